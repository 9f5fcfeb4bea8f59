/// \file
/// The logistic tables of entropy/logistic.hpp in 32 bits, as vector loads by index want them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "entropy/logistic.hpp"

namespace kompakt {

struct LogisticTables {
  std::array<std::int32_t, 2 * (kLogitLimit + 1)> squash{};  // at logit + kLogitLimit + 1
  std::array<std::int32_t, 4096> stretch{};                  // by probability in 12 bits

  [[nodiscard]] int squash_at(int logit) const noexcept {
    return squash[static_cast<std::size_t>(logit + kLogitLimit + 1)];
  }
};

/// The tables, made on the first call.
[[nodiscard]] inline const LogisticTables& logistic_tables() {
  static const LogisticTables kTables = [] {
    LogisticTables tables;
    for (int logit = -kLogitLimit; logit <= kLogitLimit; ++logit) {
      tables.squash[static_cast<std::size_t>(logit + kLogitLimit + 1)] =
          static_cast<std::int32_t>(kompakt::squash(logit));
    }
    for (std::uint32_t p = 0; p < tables.stretch.size(); ++p) {
      tables.stretch[p] = kompakt::stretch(p);
    }
    return tables;
  }();
  return kTables;
}

}  // namespace kompakt
