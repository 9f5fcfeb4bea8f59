/// \file
/// Probabilities that follow what they see: 22 bits of probability and 10 bits that count how
/// often, so that the first sights move it much and later ones little.
#pragma once

#include <array>
#include <cstdint>

namespace kompakt {

using AdaptiveEntry = std::uint32_t;
inline constexpr AdaptiveEntry kEvenEntry = 1U << 31U;
inline constexpr std::int32_t kAdaptiveOne = (1 << 22) - 1;

/// 4096 / (n + 1.5) for the count n.
inline constexpr auto kAdaptiveRates = [] {
  std::array<std::int32_t, 1024> rates{};
  for (std::int32_t n = 0; n < 1024; ++n) {
    rates[static_cast<std::size_t>(n)] = 8192 / (2 * n + 3);
  }
  return rates;
}();

/// Moves `entry` towards `bit`; `limit` (below 1024) is where the count stays. The kernels of
/// predictor-inl.hpp do the same for many at once.
inline void adapt(AdaptiveEntry& entry, unsigned bit, std::uint32_t limit) noexcept {
  const std::uint32_t count = entry & 1023U;
  auto p = static_cast<std::int32_t>(entry >> 10U);
  const std::int32_t target = bit != 0 ? kAdaptiveOne : 0;
  p += (((target - p) >> 4) * kAdaptiveRates[count]) >> 8;
  entry = static_cast<std::uint32_t>(p) << 10U | (count < limit ? count + 1 : count);
}

}  // namespace kompakt
