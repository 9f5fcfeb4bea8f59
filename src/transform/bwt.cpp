#include "transform/bwt.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <vector>

#include "transform/suffix_sort.hpp"

namespace kompakt {
namespace {

constexpr std::size_t kManyRows = 32 * kKiB;  // from here on several chains pay

// Where the first of the least rotations of a block starts, and the least distance by which the
// block can be rotated into itself: its size, unless it repeats a shorter one.
struct LeastRotation {
  std::size_t start = 0;
  std::size_t period = 0;
};

LeastRotation least_rotation(ByteSpan in) noexcept {
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
  return {.start = best, .period = same == size ? other - best : size};
}

// Whether a block consists of a shorter one, repeated. Looks at all of it only if so, or nearly so.
bool is_repetition(ByteSpan in) noexcept {
  std::size_t rest = in.size();
  for (std::size_t prime = 2; rest > 1; ++prime) {
    if (prime * prime > rest) {
      prime = rest;
    }
    if (rest % prime != 0) {
      continue;
    }
    while (rest % prime == 0) {
      rest /= prime;
    }
    const std::size_t period = in.size() / prime;
    if (std::equal(in.begin() + static_cast<std::ptrdiff_t>(period), in.end(), in.begin())) {
      return true;
    }
  }
  return false;
}

// For the last bytes of the sorted rotations of a block that is not a repetition, and the place of
// the one that starts at 0: the places of all.
std::vector<std::uint32_t> places_of_rotations(ByteSpan last, std::uint32_t place_of_first) {
  std::array<std::uint32_t, 257> begin{};
  for (const std::byte value : last) {
    ++begin[std::to_integer<std::size_t>(value) + 1];
  }
  for (std::size_t value = 0; value < 256; ++value) {
    begin[value + 1] += begin[value];
  }
  std::vector<std::uint32_t> before(last.size());
  for (std::size_t i = 0; i < last.size(); ++i) {
    before[i] = begin[std::to_integer<std::size_t>(last[i])]++;
  }
  std::vector<std::uint32_t> places(last.size());
  std::uint32_t place = place_of_first;
  for (std::size_t start = last.size(); start-- > 0;) {
    place = before[place];
    places[start] = place;
  }
  return places;
}

// A block that repeats its first `least.period` bytes. Among the same rotations the order is that
// of suffixes of the least rotation: what starts later in it comes first.
void repeat_sorted(ByteSpan once, std::span<const std::uint32_t> places, LeastRotation least,
                   MutableByteSpan last, std::size_t step, std::span<std::uint32_t> rows) {
  const std::size_t repeats = last.size() / once.size();
  for (std::size_t i = 0; i < once.size(); ++i) {
    std::fill_n(last.begin() + static_cast<std::ptrdiff_t>(i * repeats), repeats, once[i]);
  }
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::size_t position = i * step;
    const std::size_t turned = (position + last.size() - least.start) % last.size();
    rows[i] = static_cast<std::uint32_t>(places[position % once.size()] * repeats + repeats - 1 -
                                         turned / once.size());
  }
}

}  // namespace

std::size_t bwt_step(std::size_t size) noexcept {
  return size < kManyRows ? std::bit_ceil(size) : std::bit_ceil(size) / kMaxBwtRows;
}

std::size_t bwt_row_count(std::size_t size) noexcept {
  const std::size_t step = bwt_step(size);
  return (size + step - 1) / step;
}

std::size_t bwt_forward_memory(std::size_t size) noexcept {
  return sizeof(std::uint32_t) * sort_work_words(size);
}

Result<ByteSpan> bwt_forward(ByteSpan in, std::span<std::uint32_t> rows, Buffer& work) {
  const std::size_t size = in.size();
  const std::size_t step = bwt_step(size);
  work.resize_discard(bwt_forward_memory(size));
  const std::span words(reinterpret_cast<std::uint32_t*>(work.data()), sort_work_words(size));
  if (size > 1 && !is_repetition(in)) {
    return sort_rotations(in, step, rows, words);
  }
  const LeastRotation least = least_rotation(in);
  std::vector<std::byte> once(in.begin(), in.begin() + static_cast<std::ptrdiff_t>(least.period));
  std::vector<std::uint32_t> places(least.period);
  if (least.period > 1) {
    const ByteSpan last =
        sort_rotations(once, std::bit_ceil(once.size()), std::span(places).first(1), words);
    std::copy(last.begin(), last.end(), once.begin());
    places = places_of_rotations(once, places[0]);
  }
  repeat_sorted(once, places, least, work.first(size), step, rows);
  return ByteSpan(work.first(size));
}

}  // namespace kompakt
