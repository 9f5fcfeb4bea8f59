#include "transform/bwt.hpp"

#include <divsufsort.h>

#include <algorithm>
#include <bit>
#include <cstring>

namespace kompakt {
namespace {

constexpr std::size_t kAhead = 32;            // places whose bytes are asked for early
constexpr std::size_t kManyRows = 32 * kKiB;  // from here on several chains pay

// Where the least rotation of `in` starts. Sorting the suffixes of that rotation (a Lyndon word or
// a power of one) puts the rotations in order as well.
std::size_t least_rotation(ByteSpan in) noexcept {
  const std::size_t size = in.size();
  std::size_t best = 0;
  std::size_t other = 1;
  std::size_t same = 0;
  while (other < size && same < size) {
    const std::size_t left = best + same;
    const std::size_t right = other + same;
    const std::byte a = in[left < size ? left : left - size];
    const std::byte b = in[right < size ? right : right - size];
    if (a == b) {
      ++same;
      continue;
    }
    // No start within what was compared can begin the least rotation on the losing side.
    if (a > b) {
      best = std::max(best + same + 1, other);
      other = best + 1;
    } else {
      other += same + 1;
    }
    same = 0;
  }
  return best;
}

}  // namespace

std::size_t bwt_step(std::size_t size) noexcept {
  return size < kManyRows ? std::bit_ceil(size) : std::bit_ceil(size) / kMaxBwtRows;
}

std::size_t bwt_row_count(std::size_t size) noexcept {
  const std::size_t step = bwt_step(size);
  return (size + step - 1) / step;
}

std::size_t bwt_forward_memory(std::size_t size) noexcept { return 5 * size + 64; }

Result<ByteSpan> bwt_forward(ByteSpan in, std::span<std::uint32_t> rows, Buffer& work) {
  const std::size_t size = in.size();
  work.resize_discard(bwt_forward_memory(size));
  auto* const places = reinterpret_cast<saidx_t*>(work.data());
  std::byte* const turned = work.data() + 4 * size;
  const std::size_t start = least_rotation(in);
  std::memcpy(turned, in.data() + start, size - start);
  std::memcpy(turned + (size - start), in.data(), start);
  if (divsufsort(reinterpret_cast<const sauchar_t*>(turned), places, static_cast<saidx_t>(size)) !=
      0) {
    return Status(Code::kInternal, "bwt: the sorter failed");
  }
  // The last bytes take the place of the sorted starts: byte i lies before place i, or is part of
  // it.
  const std::size_t mask = bwt_step(size) - 1;
  const auto shift = static_cast<unsigned>(std::countr_one(mask));
  std::byte* const last = work.data();
  const auto position_at = [&](std::size_t i) {
    saidx_t place = 0;
    std::memcpy(&place, work.data() + 4 * i, sizeof(place));
    const std::size_t position = static_cast<std::size_t>(place) + start;
    return position - (position >= size ? size : 0);
  };
  for (std::size_t i = 0; i < size; ++i) {
    if (i + kAhead < size) {
      __builtin_prefetch(in.data() + position_at(i + kAhead));
    }
    const std::size_t position = position_at(i);
    last[i] = in[(position == 0 ? size : position) - 1];
    if ((position & mask) == 0) {
      rows[position >> shift] = static_cast<std::uint32_t>(i);
    }
  }
  return ByteSpan(last, size);
}

}  // namespace kompakt
