/// \file
/// How far the size that data claims for its content is taken at its word.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "core/checked.hpp"
#include "kompakt/bytes.hpp"

namespace kompakt {

/// Bytes of address space that may be taken for the content of `size` bytes of data before any of
/// it is there: 64 MiB, or 256 times as much as the data. It becomes memory only as content fills
/// it.
[[nodiscard]] inline std::uint64_t trusted_size(std::size_t size) {
  constexpr std::uint64_t kTrusted = 64 * kMiB;
  constexpr std::uint64_t kTrustedRatio = 256;
  return std::max(kTrusted, checked_mul<std::uint64_t>(size, kTrustedRatio)
                                .value_or(std::numeric_limits<std::uint64_t>::max()));
}

}  // namespace kompakt
