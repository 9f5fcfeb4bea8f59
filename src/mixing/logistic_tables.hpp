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
  // By probability in 12 bits. Vectors load pairs, of which the first counts.
  std::array<std::int16_t, 4096 + 2> stretch{};

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
    for (std::uint32_t p = 0; p < 4096; ++p) {
      tables.stretch[p] = static_cast<std::int16_t>(kompakt::stretch(p));
    }
    return tables;
  }();
  return kTables;
}

}  // namespace kompakt
