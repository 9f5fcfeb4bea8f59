/// \file
/// The logistic domain, in integers: ln(p / (1 - p)) in units of 1 / 256, as tables made by the
/// compiler.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace kompakt {

/// stretch() gives and squash() takes values in [-kLogitLimit, kLogitLimit].
inline constexpr int kLogitLimit = 2815;  // 11 * 256 - 1: p down to 1 / 65536

namespace logistic_detail {

inline constexpr int kSquashSize = 2 * (kLogitLimit + 1);

constexpr std::size_t index_of(int logit) {
  const int index = logit + kLogitLimit + 1;
  return static_cast<std::size_t>(index);
}

// squash in units of 1 / 65536. e^(-k/256) comes by repeated multiplication of 31-bit fractions;
// 2139111403 is 2^31 * e^(-1/256), rounded.
constexpr std::array<std::uint16_t, kSquashSize> make_squash() {
  constexpr std::uint64_t kOne = std::uint64_t{1} << 31U;
  constexpr std::uint64_t kStep = 2139111403;
  std::array<std::uint16_t, kSquashSize> table{};
  std::uint64_t power = kOne;
  for (int k = 0; k <= kLogitLimit; ++k) {
    const auto above = static_cast<std::uint32_t>((65536 * kOne + power) / (kOne + power));
    const std::uint32_t p = std::min<std::uint32_t>(above, 65535);
    table[index_of(k)] = static_cast<std::uint16_t>(p);
    table[index_of(-k)] = static_cast<std::uint16_t>(65536 - p);
    power = (power * kStep + kOne / 2) >> 31U;
  }
  table[0] = table[1];
  return table;
}

inline constexpr auto kSquash = make_squash();

// The inverse at the middle of each of 4096 equal steps of p.
constexpr std::array<std::int16_t, 4096> make_stretch() {
  std::array<std::int16_t, 4096> table{};
  int logit = -kLogitLimit;
  for (std::uint32_t i = 0; i < 4096; ++i) {
    while (logit < kLogitLimit && kSquash[index_of(logit)] < i * 16 + 8) {
      ++logit;
    }
    table[i] = static_cast<std::int16_t>(logit);
  }
  return table;
}

inline constexpr auto kStretch = make_stretch();

}  // namespace logistic_detail

/// The logit of a probability of 12 bits.
[[nodiscard]] inline int stretch(std::uint32_t p12) noexcept {
  return logistic_detail::kStretch[p12];
}

/// The probability, in units of 1 / 65536 and within [1, 65535], of a logit.
[[nodiscard]] inline std::uint32_t squash(int logit) noexcept {
  return logistic_detail::kSquash[logistic_detail::index_of(logit)];
}

}  // namespace kompakt
