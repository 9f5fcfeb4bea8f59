#include "chunk/data_type.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "chunk/data_type_code.hpp"
#include "chunk/data_type_layout.hpp"
#include "chunk/data_type_text.hpp"
#include "core/endian.hpp"

namespace kompakt {
namespace {

constexpr std::size_t kWindow = 16384;       // kinds are told apart by windows of this size
constexpr std::size_t kPiece = 4 * kWindow;  // layouts of binary data by pieces of this one
constexpr std::size_t kSmallestBinary = 1024;
constexpr std::size_t kRefineChunk = 512;  // the unit of tar; text ends on a multiple of it

// Bytes as evenly spread as chance makes them, give or take what compressed formats with headers
// and tables show (an order-0 entropy of 7.8 bits and more), and few strings of four that recur.
bool is_packed(ByteSpan window, const ByteCounts& counts) {
  std::uint64_t squares = 0;
  for (const std::uint64_t count : counts) {
    squares += count * count;
  }
  const std::uint64_t n = window.size();
  if (squares * 2560 > n * n * 13 + n * 2560) {
    return false;
  }
  constexpr unsigned kTableLog = 12;
  std::array<std::uint32_t, std::size_t{1} << kTableLog> last{};
  std::size_t repeats = 0;
  for (std::size_t i = 0; i + 4 <= window.size(); ++i) {
    const auto string = load_le<std::uint32_t>(window.subspan(i, 4));
    auto& entry = last[(string * 2654435761U) >> (32 - kTableLog)];
    repeats += entry == string ? 1U : 0U;
    entry = string;
  }
  return repeats * 256 <= window.size();
}

DataType kind_of(ByteSpan window) {
  const ByteCounts counts = count_bytes(window);
  switch (text_kind(window, counts)) {
    case TextKind::kProse:
      return DataType::kText;
    case TextKind::kLines:
      return DataType::kLines;
    case TextKind::kNone:
      break;
  }
  if (window.size() < kSmallestBinary) {
    return DataType::kGeneric;
  }
  if (is_x86_code(window, counts)) {
    return DataType::kX86;
  }
  return is_packed(window, counts) && !has_smooth_samples(window) ? DataType::kPacked
                                                                  : DataType::kGeneric;
}

bool is_text(DataType type) { return type == DataType::kText || type == DataType::kLines; }

bool same_kind(const Region& a, const Region& b) {
  return a.type == b.type && a.stride == b.stride && a.sample_bytes == b.sample_bytes;
}

void append(std::vector<Region>& regions, const Region& region) {
  if (!regions.empty() && same_kind(regions.back(), region)) {
    regions.back().size += region.size;
  } else {
    regions.push_back(region);
  }
}

// A region of one window between two of a kind, each at least as large, becomes theirs: what a
// switch of models costs is more than what it gains there.
std::vector<Region> swallow_islands(const std::vector<Region>& regions) {
  std::vector<Region> kept;
  for (std::size_t i = 0; i < regions.size(); ++i) {
    Region region = regions[i];
    if (!kept.empty() && i + 1 < regions.size() && region.size <= kWindow &&
        same_kind(kept.back(), regions[i + 1]) && kept.back().size >= region.size &&
        regions[i + 1].size >= region.size) {
      kept.back().size += region.size;
      continue;
    }
    append(kept, region);
  }
  return kept;
}

// Moves the boundary between text and other data to where the text ends or begins: the place in the
// two windows around it that leaves the fewest chunks on the wrong side.
std::size_t refine(ByteSpan block, std::size_t from, std::size_t to, std::size_t boundary,
                   bool text_first) {
  int score = 0;
  int best_score = 0;
  std::size_t best = from;
  for (std::size_t at = from; at + kRefineChunk <= to; at += kRefineChunk) {
    score += may_be_text(block.subspan(at, kRefineChunk)) == text_first ? 1 : -1;
    if (score > best_score) {
      best_score = score;
      best = at + kRefineChunk;
    }
  }
  return best == from ? boundary : best;
}

void refine_boundaries(ByteSpan block, std::vector<Region>& regions) {
  for (std::size_t i = 1; i < regions.size(); ++i) {
    Region& left = regions[i - 1];
    Region& right = regions[i];
    if (is_text(left.type) == is_text(right.type)) {
      continue;
    }
    const std::size_t from =
        right.begin - std::min(kWindow, left.size - 1) / kRefineChunk * kRefineChunk;
    const std::size_t to = right.begin + std::min(kWindow, right.size - 1);
    const std::size_t boundary = refine(block, from, to, right.begin, is_text(left.type));
    const std::size_t end = right.begin + right.size;
    left.size = boundary - left.begin;
    right.begin = boundary;
    right.size = end - boundary;
  }
}

// A window that held the end of a text and something else was of no kind. With its text gone, it
// may be of one.
std::vector<Region> judge_remainders(ByteSpan block, const std::vector<Region>& regions) {
  std::vector<Region> judged;
  for (Region region : regions) {
    if (region.type == DataType::kGeneric && region.size <= kWindow) {
      region.type = kind_of(block.subspan(region.begin, region.size));
    }
    append(judged, region);
  }
  return judged;
}

// Runs of generic windows: what layout they have, piece by piece.
std::vector<Region> measure_generic(ByteSpan block, const std::vector<Region>& regions) {
  std::vector<Region> measured;
  for (const Region& region : regions) {
    if (region.type != DataType::kGeneric) {
      append(measured, region);
      continue;
    }
    Layout picture;
    const std::size_t end = region.begin + region.size;
    for (std::size_t at = region.begin; at < end;) {
      // A remainder of less than half a piece goes to the last whole one.
      const std::size_t size = end - at < kPiece + kPiece / 2 ? end - at : kPiece;
      const Layout layout = measure_layout(block.subspan(at, size), picture);
      picture = layout.type == DataType::kRaster ? layout : picture;
      append(measured, {.begin = at,
                        .size = size,
                        .type = layout.type,
                        .stride = layout.stride,
                        .sample_bytes = layout.sample_bytes});
      at += size;
    }
  }
  return measured;
}

void renumber(std::vector<Region>& regions) {
  std::size_t begin = 0;
  for (Region& region : regions) {
    region.begin = begin;
    begin += region.size;
  }
}

}  // namespace

std::vector<Region> classify(ByteSpan block) {
  std::vector<Region> regions;
  for (std::size_t at = 0; at < block.size();) {
    const std::size_t left = block.size() - at;
    const std::size_t size = left < kWindow + kWindow / 2 ? left : kWindow;
    append(regions, {.begin = at, .size = size, .type = kind_of(block.subspan(at, size))});
    at += size;
  }
  regions = swallow_islands(regions);
  refine_boundaries(block, regions);
  regions = judge_remainders(block, regions);
  regions = swallow_islands(measure_generic(block, regions));
  renumber(regions);
  return regions;
}

}  // namespace kompakt
