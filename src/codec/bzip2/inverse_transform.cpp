#include "codec/bzip2/inverse_transform.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace kompakt::bzip2 {
namespace {

constexpr std::uint32_t kMark = 0x80000000;
// Texts shorter than this stay in the near caches.
constexpr std::uint32_t kShort = 4096;
constexpr std::uint32_t kStretches = 1024;

}  // namespace

// All that a text may need at once, unless it is small: clearing megabytes of fresh memory takes
// far longer than a small text does.
void InverseTransform::reserve(std::size_t size) {
  constexpr std::size_t kSmall = 64 * kKiB;
  const std::size_t room = size <= kSmall ? std::min(kSmall, max_size_) : max_size_;
  // One row more for lanes that have nothing left to do.
  row_memory_.resize_discard((room + 1) * sizeof(std::uint32_t));
  rows_ = reinterpret_cast<std::uint32_t*>(row_memory_.data());
  // Twice a lane's share, and lanes not a multiple of a page apart.
  lane_size_ = (room / (kLanes / 2) / 4096 + 1) * 4096 + 576;
  lane_memory_.resize_discard(lane_size_ * kLanes);
}

std::uint64_t InverseTransform::memory(std::size_t max_size) {
  return max_size * (sizeof(std::uint32_t) + 2) + kLanes * 8192 +
         std::size_t{2} * kStretches * sizeof(Stretch);
}

void InverseTransform::invert(std::span<const std::uint32_t> runs, std::uint32_t origin,
                              MutableByteSpan text) {
  size_ = static_cast<std::uint32_t>(text.size());
  reserve(text.size());
  link(runs);
  if (size_ < kShort) {
    walk(origin, text);
    return;
  }
  mark(origin);
  if (walk_stretches(origin)) {
    join(text);
    return;
  }
  for (const Stretch& stretch : stretches_) {
    rows_[stretch.row] &= ~kMark;
  }
  walk(origin, text);
}

// The k-th occurrence of a byte in the column is the k-th in the sorted first column: that row's
// rotation, less its first byte, is the rotation of the column's row.
void InverseTransform::link(std::span<const std::uint32_t> runs) {
  std::array<std::uint32_t, 256> next{};
  for (const std::uint32_t run : runs) {
    next[run & 0xFF] += run >> 8U;
  }
  std::array<std::uint32_t, 256> ends{};
  std::uint32_t sum = 0;
  for (std::size_t byte = 0; byte < 256; ++byte) {
    const std::uint32_t count = next[byte];
    next[byte] = sum;
    sum += count;
    ends[byte] = sum;
  }
  constexpr std::uint32_t kStep = 1U << 8U;
#if defined(__SSE2__)
  const __m128i steps = _mm_set_epi32(3 * kStep, 2 * kStep, kStep, 0);
#endif
  std::uint32_t row = 0;
  for (const std::uint32_t run : runs) {
    const std::uint32_t byte = run & 0xFF;
    const std::uint32_t length = run >> 8U;
    std::uint32_t at = next[byte];
    const std::uint32_t end = at + length;
    next[byte] = end;
    std::uint32_t entry = (row << 8U) | byte;
    row += length;
#if defined(__SSE2__)
    // Entries behind the run are written later, as long as they are of the same byte.
    while (at < end && at + 4 <= ends[byte]) {
      const __m128i entries = _mm_add_epi32(_mm_set1_epi32(static_cast<int>(entry)), steps);
      _mm_storeu_si128(reinterpret_cast<__m128i*>(rows_ + at), entries);
      at += 4;
      entry += 4 * kStep;
    }
#endif
    for (; at < end; ++at, entry += kStep) {
      rows_[at] = entry;
    }
  }
}

void InverseTransform::walk(std::uint32_t origin, MutableByteSpan text) const {
  std::uint32_t row = origin;
  for (std::byte& byte : text) {
    const std::uint32_t entry = rows_[row];
    byte = static_cast<std::byte>(entry);
    row = entry >> 8U;
  }
}

void InverseTransform::mark(std::uint32_t origin) {
  spacing_ = static_cast<unsigned>(std::bit_width(size_ / kStretches));
  stretches_.clear();
  stretches_.push_back({.row = origin});
  for (std::uint32_t row = 0; row < size_; row += 1U << spacing_) {
    stretches_.push_back({.row = row});
  }
  for (const Stretch& stretch : stretches_) {
    rows_[stretch.row] |= kMark;
  }
}

std::uint32_t InverseTransform::stretch_at(std::uint32_t row, std::uint32_t origin) const {
  return row == origin ? 0 : 1 + (row >> spacing_);
}

// Walks all stretches, kLanes at a time. False where one lane would need more than its room, as
// when few of the marked rows lie on the text's cycle.
bool InverseTransform::walk_stretches(std::uint32_t origin) {
  const std::uint32_t idle = size_;
  rows_[idle] = idle << 8U;
  std::array<std::uint32_t, kLanes> row{};
  std::array<std::uint32_t, kLanes> current{};
  std::array<std::uint32_t, kLanes> begun{};
  std::array<std::byte*, kLanes> out{};
  std::uint32_t pending = 0;
  std::size_t busy = kLanes;
  const auto count = static_cast<std::uint32_t>(stretches_.size());
  // If the origin is on the grid, the grid's stretch there is the origin's.
  const auto next_stretch = [&]() {
    while (pending < count && pending != stretch_at(stretches_[pending].row, origin)) {
      ++pending;
    }
    return pending < count ? pending++ : count;
  };
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    current[lane] = next_stretch();
    row[lane] = rows_[stretches_[current[lane]].row] & ~kMark;
    out[lane] = lane_memory_.data() + lane * lane_size_;
  }
  // row[lane] is the entry whose byte is written next.
  for (std::uint32_t step = 0; busy > 0; ++step) {
    if (step == lane_size_) {
      return false;
    }
#pragma GCC unroll 8
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      out[lane][step] = static_cast<std::byte>(row[lane]);
      std::uint32_t entry = rows_[row[lane] >> 8U];
      if ((entry & kMark) != 0) [[unlikely]] {
        Stretch& done = stretches_[current[lane]];
        done.bytes = out[lane] + begun[lane];
        done.length = step + 1 - begun[lane];
        done.follower = stretch_at(row[lane] >> 8U, origin);
        begun[lane] = step + 1;
        current[lane] = next_stretch();
        if (current[lane] < count) {
          entry = rows_[stretches_[current[lane]].row] & ~kMark;
        } else {
          entry = rows_[idle];
          --busy;
        }
      }
      row[lane] = entry;
    }
  }
  return true;
}

// Follows the stretches from the origin's on. A text that repeats a shorter one goes round its
// cycle more than once.
void InverseTransform::join(MutableByteSpan text) const {
  std::uint32_t current = 0;
  while (!text.empty()) {
    const Stretch& stretch = stretches_[current];
    const std::size_t count = std::min<std::size_t>(stretch.length, text.size());
    std::memcpy(text.data(), stretch.bytes, count);
    text = text.subspan(count);
    current = stretch.follower;
  }
}

}  // namespace kompakt::bzip2
