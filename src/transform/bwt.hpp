/// \file
/// The Burrows-Wheeler transform of a block: the last byte of each of its rotations, these in
/// sorted order. Rotations, not suffixes: there is no end mark, and a block of n bytes gives n
/// bytes.
///
/// Besides the bytes, the sorted places ("rows") of the rotations that start at 0, step, 2 * step,
/// ... are kept, so that the inverse follows 9 to 16 chains side by side, whose cache misses
/// overlap.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/buffer.hpp"
#include "kompakt/bytes.hpp"
#include "kompakt/status.hpp"

namespace kompakt {

/// Largest block, so that rows and their sums hold in 32 bits.
inline constexpr std::size_t kMaxBwtSize = std::size_t{1} << 29U;
inline constexpr std::size_t kMaxBwtRows = 16;

/// Distance of the kept rotations for blocks of `size` bytes (at least one): a power of two.
[[nodiscard]] std::size_t bwt_step(std::size_t size) noexcept;
/// The number of rows that are kept: 1 for blocks under 32 KiB, otherwise 9 to 16.
[[nodiscard]] std::size_t bwt_row_count(std::size_t size) noexcept;

/// Bytes of `work` that forward and inverse transforms need. The forward one allocates
/// sort_table_bytes() besides.
///@{
[[nodiscard]] std::size_t bwt_forward_memory(std::size_t size) noexcept;
[[nodiscard]] std::size_t bwt_inverse_memory(std::size_t size) noexcept;
///@}

/// Transforms `in` (1 to kMaxBwtSize bytes). The result lies in `work` (at least
/// bwt_forward_memory() bytes) until that is used again; `rows` has bwt_row_count() entries.
/// Linear time for any content.
[[nodiscard]] Result<ByteSpan> bwt_forward(ByteSpan in, std::span<std::uint32_t> rows,
                                           Buffer& work);

/// The inverse into `out`, of the size of `in` (1 to kMaxBwtSize bytes) or the same bytes. Any
/// bytes and any rows give some output in bounded time; kCorrupt for a row that is not below the
/// size.
[[nodiscard]] Status bwt_inverse(ByteSpan in, std::span<const std::uint32_t> rows,
                                 MutableByteSpan out, Buffer& work);

}  // namespace kompakt
