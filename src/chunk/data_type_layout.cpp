#include "chunk/data_type_layout.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "core/endian.hpp"

namespace kompakt {
namespace {

// A profile compares this many bytes at a few places of the piece with those `lag` bytes further.
constexpr std::size_t kRun = 256;
constexpr std::size_t kRuns = 8;
constexpr std::size_t kCompared = kRun * kRuns;
constexpr std::size_t kSmallestPiece = 2048;
constexpr std::size_t kMaxRecord = 1024;

// The kernels below are loops that compilers make vector code of.
std::uint32_t count_equal(const std::byte* a, const std::byte* b) {
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

std::uint32_t sum_differences8(const std::byte* a, const std::byte* b) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < kRun; ++i) {
    const int difference = std::to_integer<int>(a[i]) - std::to_integer<int>(b[i]);
    sum += static_cast<std::uint32_t>(difference < 0 ? -difference : difference);
  }
  return sum;
}

// Differences of 16-bit little-endian values modulo 2^16, of which the nearer side counts.
std::uint32_t sum_differences16(const std::byte* a, const std::byte* b) {
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

std::uint32_t median(std::vector<std::uint32_t> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// Lags that have nothing to do with each other, to measure chance by. Even, for 16-bit values.
constexpr std::size_t kChanceLags = 31;
constexpr std::size_t chance_lag(std::size_t i) { return 130 + 26 * i; }
constexpr std::size_t kLongestShortLag = chance_lag(kChanceLags);

template <Kernel kernel>
std::uint32_t chance(const Probe& probe) {
  std::vector<std::uint32_t> values;
  for (std::size_t i = 0; i < kChanceLags; ++i) {
    values.push_back(probe.at<kernel>(chance_lag(i)));
  }
  return median(std::move(values));
}

// A pixel or frame: neighbours differ by less than values that lie apart.
struct Smoothness {
  std::uint32_t width = 0;        // bytes from a value to its neighbour
  std::uint8_t sample_bytes = 0;  // 2: 16-bit little-endian, compared as such
  std::uint32_t near = 0;         // sum of differences between neighbours
  std::uint32_t far = 0;          // the same between values that lie apart
};

// near / far below 0.45.
bool is_smooth(std::uint32_t near, std::uint32_t far) {
  return std::uint64_t{near} * 20 < std::uint64_t{far} * 9;
}

std::optional<Smoothness> smooth16(const Probe& probe, const std::array<std::uint32_t, 5>& near8) {
  // Bytes of like significance are closer than unlike ones; a picture in bytes has no such order.
  if (std::uint64_t{near8[2]} * 20 > std::uint64_t{near8[1]} * 17) {
    const std::uint32_t stereo = near8[4];
    if (std::uint64_t{stereo} * 20 > std::uint64_t{near8[1]} * 17) {
      return std::nullopt;
    }
  }
  const std::uint32_t far = chance<sum_differences16>(probe);
  const std::uint32_t mono = probe.at<sum_differences16>(2);
  const std::uint32_t stereo = probe.at<sum_differences16>(4);
  if (is_smooth(mono, far) && std::uint64_t{mono} <= std::uint64_t{stereo} * 2) {
    return Smoothness{.width = 2, .sample_bytes = 2, .near = mono, .far = far};
  }
  if (is_smooth(stereo, far)) {
    return Smoothness{.width = 4, .sample_bytes = 2, .near = stereo, .far = far};
  }
  return std::nullopt;
}

std::optional<Smoothness> smooth8(const Probe& probe, const std::array<std::uint32_t, 5>& near8) {
  const std::uint32_t far = chance<sum_differences8>(probe);
  std::uint32_t width = 1;
  for (std::uint32_t candidate = 3; candidate <= 4; ++candidate) {
    if (std::uint64_t{near8[candidate]} * 4 < std::uint64_t{near8[width]} * 3) {
      width = candidate;
    }
  }
  if (!is_smooth(near8[width], far)) {
    return std::nullopt;
  }
  return Smoothness{.width = width,
                    .sample_bytes = static_cast<std::uint8_t>(width),
                    .near = near8[width],
                    .far = far};
}

constexpr std::size_t kShortestRow = 16;  // pixels

// Whether samples `row` bytes apart are close, and closer than their surroundings.
template <Kernel kernel>
bool is_row(const Probe& probe, std::size_t row, std::size_t width, std::uint32_t far) {
  const std::uint64_t here = probe.at<kernel>(row);
  const std::uint64_t before = probe.at<kernel>(row - 8 * width);
  const std::uint64_t behind = probe.at<kernel>(row + 8 * width);
  return here * 4 < std::uint64_t{far} * 3 && here * 10 < before * 9 && here * 10 < behind * 9;
}

// The row of a picture: the lag with the least difference, or the shortest part of it that is
// about as good. Lags next to a pixel are left out: they are close in any case.
template <Kernel kernel>
std::uint32_t find_row(ByteSpan piece, const Smoothness& smooth, std::uint32_t hint) {
  const std::size_t width = smooth.width;
  const std::size_t longest = std::min<std::size_t>(kMaxStride, piece.size() / 4);
  const std::size_t margin = 8 * width;
  if (longest < kShortestRow * width + margin) {
    return 0;
  }
  const Probe probe(piece, longest + margin);
  if (hint > margin && hint <= longest && is_row<kernel>(probe, hint, width, smooth.far)) {
    return hint;
  }
  std::size_t best = 0;
  std::uint32_t least = UINT32_MAX;
  for (std::size_t row = kShortestRow * width; row <= longest; row += width) {
    const std::uint32_t difference = probe.at<kernel>(row);
    if (difference < least) {
      least = difference;
      best = row;
    }
  }
  for (std::size_t parts = 8; parts > 1; --parts) {
    const std::size_t row = best / parts;
    if (best % (parts * width) == 0 && row >= kShortestRow * width &&
        probe.at<kernel>(row) <= least + least / 8) {
      best = row;
      break;
    }
  }
  return is_row<kernel>(probe, best, width, smooth.far) ? static_cast<std::uint32_t>(best) : 0;
}

// Sound swings to both sides of zero.
bool is_balanced16(ByteSpan piece) {
  std::size_t negative = 0;
  for (std::size_t i = 1; i < piece.size(); i += 2) {
    negative += std::to_integer<unsigned>(piece[i]) >> 7U;
  }
  const std::size_t values = piece.size() / 2;
  return negative * 10 > values * 3 && negative * 10 < values * 7;
}

std::optional<Layout> picture_or_sound(ByteSpan piece, const Smoothness& smooth,
                                       std::uint32_t hint) {
  const bool wide = smooth.sample_bytes == 2;
  const bool balanced = wide && is_balanced16(piece);
  if (!balanced && !(wide && smooth.width == 4)) {
    const std::uint32_t row = wide ? find_row<sum_differences16>(piece, smooth, hint)
                                   : find_row<sum_differences8>(piece, smooth, hint);
    if (row != 0) {
      return Layout{.type = DataType::kRaster, .stride = row, .sample_bytes = smooth.sample_bytes};
    }
  }
  if (balanced || smooth.width == 1) {
    return Layout{.type = DataType::kPcm,
                  .stride = smooth.width,
                  .sample_bytes = static_cast<std::uint8_t>(wide ? 2 : 1)};
  }
  return std::nullopt;
}

// The lag at which most bytes repeat, where that leaves clearly fewer to be told than chance does.
std::uint32_t find_record(ByteSpan piece) {
  const std::size_t longest = std::min<std::size_t>(kMaxRecord, piece.size() / 4);
  const Probe probe(piece, longest);
  std::vector<std::uint32_t> equal(longest + 1);
  for (std::size_t lag = 2; lag <= longest; ++lag) {
    equal[lag] = probe.at<count_equal>(lag);
  }
  const std::uint32_t usual = median({equal.begin() + 2, equal.end()});
  const auto most = *std::max_element(equal.begin() + 2, equal.end());
  const std::uint32_t gain = most - usual;
  if (gain * 100 < (kCompared - usual) * 15 || gain * 100 < kCompared) {
    return 0;
  }
  // A multiple of the stride can be ahead by luck; the shortest one near it counts.
  for (std::size_t lag = 2; lag <= longest; ++lag) {
    if (equal[lag] > usual && (equal[lag] - usual) * 20 >= gain * 17) {
      return static_cast<std::uint32_t>(lag);
    }
  }
  return 0;
}

}  // namespace

Layout measure_layout(ByteSpan piece, const Layout& before) {
  if (piece.size() < kSmallestPiece) {
    return {};
  }
  const Probe probe(piece, kLongestShortLag);
  std::array<std::uint32_t, 5> near8{};
  for (std::size_t lag = 1; lag < near8.size(); ++lag) {
    near8[lag] = probe.at<sum_differences8>(lag);
  }
  const std::uint32_t hint = before.type == DataType::kRaster ? before.stride : 0;
  // Constant upper bytes of 32-bit numbers are no smoothness: then a stride of 4 repeats bytes.
  const std::uint32_t equal4 = probe.at<count_equal>(4);
  const std::uint32_t equal_far = chance<count_equal>(probe);
  const bool numbers = equal4 * 20 > equal_far * 20 + kCompared * 9;
  if (!numbers) {
    if (const auto smooth = smooth16(probe, near8)) {
      if (const auto found = picture_or_sound(piece, *smooth, hint)) {
        return *found;
      }
    }
  }
  if (const auto smooth = smooth8(probe, near8)) {
    if (const auto found = picture_or_sound(piece, *smooth, hint)) {
      return *found;
    }
  }
  const std::uint32_t record = find_record(piece);
  return record == 0 ? Layout{}
                     : Layout{.type = DataType::kRecords, .stride = record, .sample_bytes = 0};
}

}  // namespace kompakt
