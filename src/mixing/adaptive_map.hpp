/// \file
/// Probabilities that follow what they see: 21 bits of probability and 11 bits that say how often
/// they were moved, so that the first sights move them much and later ones little.
#pragma once

#include <cstdint>

namespace kompakt {

using AdaptiveEntry = std::uint32_t;

/// The count n is kept as its logarithm: a power k of two and f, 128 steps to the next power, so
/// that n = 2^k * (1 + f / 128). Counting is an addition, and 1 / n is near (1 - f / 256) >> k: no
/// table is needed. At 2^8 the addend is 0, which bounds n.
inline constexpr unsigned kAdaptiveCountBits = 11;
inline constexpr unsigned kAdaptiveStepBits = 7;
inline constexpr std::uint32_t kAdaptiveCountMask = (1U << kAdaptiveCountBits) - 1;
inline constexpr std::uint32_t kAdaptiveStepMask = (1U << kAdaptiveStepBits) - 1;
inline constexpr std::int32_t kAdaptiveOne = (1 << (32 - kAdaptiveCountBits)) - 1;
/// The count of what was never moved: 1 / n is 2 / 3.
inline constexpr std::uint32_t kAdaptiveFresh = 85;

/// The entry for a probability in units of 2^-22.
[[nodiscard]] constexpr AdaptiveEntry adaptive_entry(std::uint32_t p22,
                                                     std::uint32_t count) noexcept {
  return (p22 << 10U & ~kAdaptiveCountMask) | count;
}
inline constexpr AdaptiveEntry kEvenEntry = adaptive_entry(1U << 21U, kAdaptiveFresh);

/// Moves `entry` towards `bit`. The kernels of predictor-inl.hpp do the same for many at once.
inline void adapt(AdaptiveEntry& entry, unsigned bit) noexcept {
  const std::uint32_t count = entry & kAdaptiveCountMask;
  const std::uint32_t power = count >> kAdaptiveStepBits;
  const auto rate = static_cast<std::int32_t>(256 - (count & kAdaptiveStepMask));
  auto p = static_cast<std::int32_t>(entry >> kAdaptiveCountBits);
  const std::int32_t target = -static_cast<std::int32_t>(bit) & kAdaptiveOne;
  p += ((target - p) * rate) >> (8 + power);
  entry = static_cast<std::uint32_t>(p) << kAdaptiveCountBits |
          (count + ((1U << kAdaptiveStepBits) >> power));
}

}  // namespace kompakt
