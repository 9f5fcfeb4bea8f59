/// \file
/// The loop that walks over a block's symbols without decoding them, on one stream or two at once.
///
/// Walking waits for table look-ups, each of which depends on the one before, so two independent
/// streams taken in turns cost little more than one. For that the loop must not branch on the data:
/// a literal is taken like a match with a distance of no bits.
#pragma once

#include <cstddef>
#include <cstdint>

#include "codec/deflate/inflate/huffman_tables.hpp"
#include "kompakt/bytes.hpp"

namespace kompakt::deflate {

/// Input that must lie ahead of a lane's bit at a call.
inline constexpr std::size_t kWalkInput = 48;

/// One stream's state, in and out.
struct WalkLane {
  const WalkTables* tables = nullptr;
  ByteSpan in;
  std::uint64_t bit = 0;
  std::uint64_t content = 0;
  bool block_ended = false;
};

/// Walks until the block ends (and is passed), input becomes short or a symbol is invalid (and is
/// not passed). Distances are not compared with the content before them.
void walk_lane(WalkLane& lane) noexcept;
/// As walk_lane() on both at once; returns when either would.
void walk_lanes(WalkLane& first, WalkLane& second) noexcept;

}  // namespace kompakt::deflate
