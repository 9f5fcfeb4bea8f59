/// \file
/// What every extracting job tells its caller, and counts.
#pragma once

#include <cstdint>
#include <functional>

#include "kompakt/archive.hpp"
#include "kompakt/cancel.hpp"

namespace kompakt {

/// Called from the ordered stages only: one thread at a time, in the archive's order.
struct ExtractHooks {
  std::function<void(const Entry&)> on_entry;
  std::function<void(const Refusal&)> on_refused;
  std::function<void(const Entry&, const Status&)> on_lost;
  /// Nothing is wrong with what was done, but it may be elsewhere: names that differ only in case.
  std::function<void(const Status&)> on_note;
};

/// Bounds on what comes out.
struct ExtractLimits {
  std::uint64_t max_output = UINT64_MAX;  ///< content bytes of all members together
  double max_ratio = 1'000'000;           ///< content bytes for each archive byte, past 64 MiB
  /// Bytes of the compressed archive read so far, for max_ratio; called while reading. Unset: the
  /// reader's position.
  std::function<std::uint64_t()> consumed = {};
  /// Asked while a large member is written in one go.
  const CancelToken* cancel = nullptr;
};

struct ExtractCounts {
  std::uint64_t entries = 0;
  std::uint64_t files = 0;
  std::uint64_t content = 0;
  std::uint64_t refused = 0;
  std::uint64_t lost = 0;
  Status damage;  ///< the first that was gone over
};

}  // namespace kompakt
