#include "transform/bwt.hpp"

#include <algorithm>
#include <array>
#include <bit>

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

// For the sorted rotations of a block that is not a repetition: rows[i] as the place of the one
// that starts at i * step, for a larger block that repeats it. `before` has an entry for each.
void find_rows(ByteSpan last, std::uint32_t place_of_first, std::size_t step,
               std::span<std::uint32_t> before, std::span<std::uint32_t> rows) {
  std::array<std::uint32_t, 257> begin{};
  for (const std::byte value : last) {
    ++begin[std::to_integer<std::size_t>(value) + 1];
  }
  for (std::size_t value = 0; value < 256; ++value) {
    begin[value + 1] += begin[value];
  }
  for (std::size_t i = 0; i < last.size(); ++i) {
    before[i] = begin[std::to_integer<std::size_t>(last[i])]++;
  }
  std::uint32_t place = place_of_first;
  for (std::size_t start = last.size(); start-- > 0;) {
    place = before[place];
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (i * step % last.size() == start) {
        rows[i] = place;
      }
    }
  }
}

// The transform of a block that repeats its first bytes. Among the same rotations the order is that
// of suffixes of the least rotation: what starts later in it comes first.
ByteSpan sort_repetition(ByteSpan in, std::size_t step, std::span<std::uint32_t> rows,
                         std::span<std::uint32_t> words) {
  const LeastRotation least = least_rotation(in);
  const std::size_t repeats = in.size() / least.period;
  const ByteSpan once = in.first(least.period);
  // Behind the words that sorting what is repeated takes.
  const std::span<std::uint32_t> room = words.last(once.size());
  ByteSpan last = once;
  std::fill(rows.begin(), rows.end(), 0U);
  if (once.size() > 1) {
    std::uint32_t place = 0;
    last = sort_rotations(once, std::bit_ceil(once.size()), std::span(&place, 1), words);
    find_rows(last, place, step, room, rows);
  }
  const std::span kept = std::as_writable_bytes(room).last(once.size());
  std::copy(last.begin(), last.end(), kept.begin());
  const std::span out = std::as_writable_bytes(words).first(in.size());
  for (std::size_t i = 0; i < once.size(); ++i) {
    std::fill_n(out.begin() + static_cast<std::ptrdiff_t>(i * repeats), repeats, kept[i]);
  }
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::size_t turned = (i * step + in.size() - least.start) % in.size();
    rows[i] = static_cast<std::uint32_t>(rows[i] * repeats + repeats - 1 - turned / once.size());
  }
  return out;
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
  return size == 1 || is_repetition(in) ? sort_repetition(in, step, rows, words)
                                        : sort_rotations(in, step, rows, words);
}

}  // namespace kompakt
