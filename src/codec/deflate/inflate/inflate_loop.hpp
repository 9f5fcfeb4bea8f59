/// \file
/// The decoder's inner loop, for symbols of 8 and 16 bits.
#pragma once

#include <cstddef>
#include <cstdint>

#include "codec/deflate/inflate/huffman_tables.hpp"

namespace kompakt::deflate {

/// Input that the loop wants ahead when it begins a round: it passes up to 14 bytes, and reads 8
/// more.
inline constexpr std::size_t kLoopInput = 40;
/// Room, in symbols, that the loop wants: literals, the longest match, and what copying in wide
/// steps writes too much.
inline constexpr std::size_t kLoopOutput = 320;

/// State of a block's decoding, in and out.
template <typename T>
struct InflateLoop {
  const CodeTables* tables;
  const std::byte* in_begin;
  const std::byte* in_end;
  T* out_begin;  // of the history
  T* out;
  T* out_end;
  std::uint64_t bit = 0;  // from in_begin
  bool block_ended = false;
};

/// Decodes symbols until the block ends (and is passed), input or room become short, or a symbol is
/// invalid or reaches back too far (and is not passed). At the call at least kLoopInput + 8 bytes
/// of input behind `bit` and kLoopOutput of room must be there.
void inflate_loop(InflateLoop<std::uint8_t>& loop) noexcept;
void inflate_loop(InflateLoop<std::uint16_t>& loop) noexcept;

}  // namespace kompakt::deflate
