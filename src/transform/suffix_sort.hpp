/// \file
/// Sorting of the rotations of a block by induction, for the Burrows-Wheeler transform: linear time
/// for any content, and the last bytes come out of the last pass without an array of all places.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "kompakt/bytes.hpp"

namespace kompakt {

/// Largest block: a place and two flags share 32 bits.
inline constexpr std::size_t kMaxSortSize = std::size_t{1} << 30U;

/// The number of words of `work` that sort_rotations() needs for `size` bytes.
[[nodiscard]] constexpr std::size_t sort_work_words(std::size_t size) noexcept {
  return size + (size + 1) / 2 + 512;
}

/// Bytes that it allocates besides, at the most: tables for the levels of recursion.
[[nodiscard]] constexpr std::size_t sort_table_bytes(std::size_t size) noexcept {
  std::size_t bytes = 16 * kKiB;
  for (; size != 0; size /= 2) {
    bytes += std::min(size, 4 * kMiB + 64);
  }
  return bytes;
}

/// Sorts the rotations of `in` (2 to kMaxSortSize bytes), which must not be a repetition of a
/// shorter block, so that no two rotations are the same. Writes the last byte of each to the
/// front of `work` as in.size() bytes, and into rows[i] the place among them of the rotation that
/// starts at i * step. `step` is a power of two, `work` has at least sort_work_words() words,
/// `rows` an entry for each multiple of step below the size.
/// \return the last bytes, within `work`
[[nodiscard]] ByteSpan sort_rotations(ByteSpan in, std::size_t step, std::span<std::uint32_t> rows,
                                      std::span<std::uint32_t> work);

}  // namespace kompakt
