/// \file
/// Finds where a DEFLATE block may start in the middle of a stream.
///
/// What is found only looks like the start of a block: decoding from there is the proof. On random
/// bytes about one bit offset in 10^9 looks like a dynamic block, and one byte in 2^19 like a
/// stored one.
#pragma once

#include <cstdint>
#include <optional>

#include "codec/deflate/inflate/block_header.hpp"
#include "kompakt/bytes.hpp"

namespace kompakt::deflate {

struct FoundBlock {
  BlockType type = BlockType::kDynamic;
  /// Bit of the header, to start decoding at.
  std::uint64_t bit = 0;
  /// A stored block's header is followed by zero bits up to a byte's border, so it may as well
  /// begin at any bit from this one to `bit`; the content is the same. Equal to `bit` for dynamic
  /// blocks.
  std::uint64_t earliest_bit = 0;
};

/// The first offset in [from_bit, to_bit) at which a non-final block with dynamic codes may start:
/// its header lies wholly within `data`, its codes are such as zlib accepts and the one of literals
/// and lengths is complete.
[[nodiscard]] std::optional<std::uint64_t> find_dynamic_block(ByteSpan data, std::uint64_t from_bit,
                                                              std::uint64_t to_bit) noexcept;

/// As find_dynamic_block(), three times as fast, but passes over headers of few symbols: only
/// blocks with 273 or more literals and lengths, 17 or more distances and 12 or more lengths of the
/// precode are found, as most of those of some kilobytes have.
[[nodiscard]] std::optional<std::uint64_t> find_large_dynamic_block(ByteSpan data,
                                                                    std::uint64_t from_bit,
                                                                    std::uint64_t to_bit) noexcept;

/// The first non-final stored block whose FoundBlock::bit (the last that its header may start at)
/// lies in [from_bit, to_bit). Empty ones count: encoders end parts with them.
[[nodiscard]] std::optional<FoundBlock> find_stored_block(ByteSpan data, std::uint64_t from_bit,
                                                          std::uint64_t to_bit) noexcept;

/// The first of either. Blocks with fixed codes and final blocks cannot be told from other data.
[[nodiscard]] std::optional<FoundBlock> find_block(ByteSpan data, std::uint64_t from_bit,
                                                   std::uint64_t to_bit) noexcept;

}  // namespace kompakt::deflate
