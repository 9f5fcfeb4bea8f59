#include "chunk/data_type_samples.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

#include "chunk/data_type_probe.hpp"

namespace kompakt {
namespace {

constexpr std::uint32_t kMaxWidth = 4;

// near / far below 0.45.
bool is_smooth(std::uint32_t near, std::uint32_t far) {
  return std::uint64_t{near} * 20 < std::uint64_t{far} * 9;
}

// Data of many zeros seems smooth. Where it is not, the values that differ do so as much as any.
// Fills in `steady` and `doubtful`: a picture of few colours has neighbours that are equal or
// differ more than others do, photographs have ones that differ little; tables lie in between.
template <Kernel kernel>
void judge(const Probe& probe, Smoothness& smooth) {
  const std::size_t apart = chance_lag(kChanceLags / 2);
  const std::uint64_t unequal = kCompared - probe.at<count_equal>(smooth.width);
  const std::uint64_t unequal_apart = kCompared - probe.at<count_equal>(apart);
  const std::uint64_t near = smooth.near * unequal_apart;
  const std::uint64_t far = std::uint64_t{probe.at<kernel>(apart)} * unequal;
  smooth.steady = near * 5 <= far * 3;
  smooth.doubtful = unequal_apart * 5 < kCompared * 2 && near * 10 > far * 3 && near < far;
}

using Differences = std::array<std::uint32_t, kMaxWidth + 1>;

// Whether bytes two or four apart, of like significance, are closer than those side by side. In a
// picture of bytes they are not.
bool has_wide_order(const Differences& near8) {
  const std::uint64_t closest = std::min(near8[2], near8[4]);
  return closest * 20 <= std::uint64_t{near8[1]} * 17;
}

void add_wide(const Probe& probe, const Differences& near8, std::vector<Smoothness>& found) {
  // Constant upper bytes of 32-bit numbers are no smoothness: then a stride of 4 repeats bytes.
  const std::size_t equal = probe.at<count_equal>(4);
  const std::size_t equal_apart = chance<count_equal>(probe);
  if (!has_wide_order(near8) || equal * 20 > equal_apart * 20 + kCompared * 9) {
    return;
  }
  const std::uint32_t far = chance<sum_differences16>(probe);
  const std::uint32_t mono = probe.at<sum_differences16>(2);
  const std::uint32_t stereo = probe.at<sum_differences16>(4);
  const bool one = is_smooth(mono, far) && mono / 2 <= stereo;
  const std::uint32_t width = one ? 2 : 4;
  const std::uint32_t near = one ? mono : stereo;
  if (is_smooth(near, far)) {
    found.push_back({.width = width, .sample_bytes = 2, .near = near, .far = far});
    judge<sum_differences16>(probe, found.back());
  }
}

void add_bytes(const Probe& probe, const Differences& near8, std::vector<Smoothness>& found) {
  std::uint32_t width = 1;
  for (std::uint32_t candidate = 3; candidate <= kMaxWidth; ++candidate) {
    if (std::uint64_t{near8[candidate]} * 4 < std::uint64_t{near8[width]} * 3) {
      width = candidate;
    }
  }
  const std::uint32_t far = chance<sum_differences8>(probe);
  if (is_smooth(near8[width], far)) {
    found.push_back({.width = width,
                     .sample_bytes = static_cast<std::uint8_t>(width),
                     .near = near8[width],
                     .far = far});
    judge<sum_differences8>(probe, found.back());
  }
}

constexpr std::size_t kShortestRow = 32;  // pixels

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
std::uint32_t find_row(ByteSpan piece, const Smoothness& smooth) {
  const std::size_t width = smooth.width;
  const std::size_t longest = std::min<std::size_t>(kMaxStride, piece.size() / 4);
  const std::size_t margin = 8 * width;
  if (longest < kShortestRow * width + margin) {
    return 0;
  }
  const Probe probe(piece, longest + margin);
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

// The weaker test for a row that is known: a flat or noisy stretch of the picture passes.
template <Kernel kernel>
bool resembles_row(const Probe& probe, std::size_t row, std::size_t margin) {
  const std::uint64_t here = probe.at<kernel>(row);
  return here * 4 <= std::uint64_t{chance<kernel>(probe)} * 3 &&
         here <= probe.at<kernel>(row - margin) && here <= probe.at<kernel>(row + margin);
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

}  // namespace

bool same_picture(ByteSpan piece, const Layout& before) {
  const std::size_t margin = std::size_t{8} * before.sample_bytes;
  if (before.type != DataType::kRaster || before.stride < margin ||
      piece.size() < kRun + before.stride + margin || piece.size() < kSmallestPiece) {
    return false;
  }
  const Probe probe(piece, std::max<std::size_t>(before.stride + margin, kLongestShortLag));
  return before.sample_bytes == 2 ? resembles_row<sum_differences16>(probe, before.stride, margin)
                                  : resembles_row<sum_differences8>(probe, before.stride, margin);
}

std::vector<Smoothness> find_smooth_samples(ByteSpan piece) {
  const Probe probe(piece, kLongestShortLag);
  Differences near8{};
  for (std::size_t lag = 1; lag < near8.size(); ++lag) {
    near8[lag] = probe.at<sum_differences8>(lag);
  }
  std::vector<Smoothness> found;
  add_bytes(probe, near8, found);
  add_wide(probe, near8, found);
  if (found.size() == 2 &&
      std::uint64_t{found[1].near} * found[0].far < std::uint64_t{found[0].near} * found[1].far) {
    std::swap(found[0], found[1]);  // pixels of four bytes and pairs of 16-bit values look alike
  }
  return found;
}

std::optional<Layout> picture_or_sound(ByteSpan piece, const Smoothness& smooth) {
  const bool wide = smooth.sample_bytes == 2;
  const bool balanced = wide && is_balanced16(piece);
  if (!balanced && !(wide && smooth.width == 4)) {
    const std::uint32_t row = wide ? find_row<sum_differences16>(piece, smooth)
                                   : find_row<sum_differences8>(piece, smooth);
    if (row != 0) {
      return Layout{.type = DataType::kRaster, .stride = row, .sample_bytes = smooth.sample_bytes};
    }
  }
  // Sound in bytes is rare, tables of small numbers are not: it has to be clear.
  const bool clear = smooth.steady && std::uint64_t{smooth.near} * 4 < smooth.far;
  if (balanced || (smooth.width == 1 && clear)) {
    return Layout{.type = DataType::kPcm,
                  .stride = smooth.width,
                  .sample_bytes = static_cast<std::uint8_t>(wide ? 2 : 1)};
  }
  return std::nullopt;
}

}  // namespace kompakt
