/// \file
/// Compares a piece of data with itself, some bytes further: the measure behind strides.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "core/endian.hpp"
#include "kompakt/bytes.hpp"

namespace kompakt {

// A profile compares this many bytes at a few places of the piece with those `lag` bytes further.
inline constexpr std::size_t kRun = 256;
inline constexpr std::size_t kRuns = 8;
inline constexpr std::size_t kCompared = kRun * kRuns;

// The kernels below are loops that compilers make vector code of.
inline std::uint32_t count_equal(const std::byte* a, const std::byte* b) {
  constexpr std::size_t kLanes = 16;
  static_assert(kRun / kLanes < 256);
  std::array<std::uint8_t, kLanes> lanes{};
  for (std::size_t i = 0; i < kRun; i += kLanes) {
    for (std::size_t k = 0; k < kLanes; ++k) {
      lanes[k] = static_cast<std::uint8_t>(lanes[k] + (a[i + k] == b[i + k] ? 1 : 0));
    }
  }
  std::uint32_t sum = 0;
  for (const std::uint8_t lane : lanes) {
    sum += lane;
  }
  return sum;
}

inline std::uint32_t sum_differences8(const std::byte* a, const std::byte* b) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < kRun; ++i) {
    const int difference = std::to_integer<int>(a[i]) - std::to_integer<int>(b[i]);
    sum += static_cast<std::uint32_t>(difference < 0 ? -difference : difference);
  }
  return sum;
}

// Differences of 16-bit little-endian values modulo 2^16, of which the nearer side counts.
inline std::uint32_t sum_differences16(const std::byte* a, const std::byte* b) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < kRun; i += 2) {
    const auto x = load_le<std::uint16_t>(ByteSpan(a + i, 2));
    const auto y = load_le<std::uint16_t>(ByteSpan(b + i, 2));
    const auto up = static_cast<std::uint16_t>(x - y);
    const auto down = static_cast<std::uint16_t>(y - x);
    sum += std::min(up, down);
  }
  return sum;
}

using Kernel = std::uint32_t (*)(const std::byte*, const std::byte*);

// Applies a kernel at kRuns places of a piece.
class Probe {
 public:
  // Lags up to `longest` may be asked for; the piece holds kRun + longest bytes and more.
  Probe(ByteSpan piece, std::size_t longest) {
    const std::size_t room = piece.size() - kRun - longest;
    for (std::size_t run = 0; run < kRuns; ++run) {
      starts_[run] = piece.data() + (room / (kRuns - 1) * run & ~std::size_t{1});
    }
  }

  template <Kernel kernel>
  [[nodiscard]] std::uint32_t at(std::size_t lag) const {
    std::uint32_t sum = 0;
    for (const std::byte* start : starts_) {
      sum += kernel(start, start + lag);
    }
    return sum;
  }

 private:
  std::array<const std::byte*, kRuns> starts_{};
};

inline std::uint32_t median(std::vector<std::uint32_t> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// Lags that have nothing to do with each other, to measure chance by. Even, for 16-bit values.
inline constexpr std::size_t kChanceLags = 31;
constexpr std::size_t chance_lag(std::size_t i) { return 130 + 26 * i; }
inline constexpr std::size_t kLongestShortLag = chance_lag(kChanceLags);

// What a kernel gives at lags that mean nothing.
template <Kernel kernel>
std::uint32_t chance(const Probe& probe) {
  std::vector<std::uint32_t> values;
  for (std::size_t i = 0; i < kChanceLags; ++i) {
    values.push_back(probe.at<kernel>(chance_lag(i)));
  }
  return median(std::move(values));
}

}  // namespace kompakt
