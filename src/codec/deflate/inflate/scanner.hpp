/// \file
/// Walks a whole DEFLATE stream without decoding its content.
#pragma once

#include <array>
#include <cstdint>

#include "codec/deflate/inflate/block_header.hpp"
#include "codec/deflate/inflate/huffman_tables.hpp"
#include "codec/deflate/inflate/walk_loop.hpp"
#include "kompakt/bytes.hpp"
#include "kompakt/status.hpp"

namespace kompakt::deflate {

/// Where a stream's last block stands. Bits count from the start of the span, within a byte from
/// the lowest up. The BFINAL flag is the bit at header_bit.
struct LastBlock {
  std::uint64_t header_bit = 0;
  std::uint64_t end_bit = 0;        ///< behind the block's last bit
  std::uint64_t content_bytes = 0;  ///< that the whole stream decodes to
};

/// Finds the last block. Reusable; holds about 35 KiB of tables and allocates nothing but for
/// errors. One object is used by one thread at a time.
///
/// A stream of more than a few blocks is walked from its start and from a block near its middle at
/// once. That block is searched for, and what follows it only counts if the walk from the start
/// comes to the same block, so the result never depends on the search.
class Scanner {
 public:
  Scanner() = default;

  /// `deflate` starts with the first block's header; bytes behind the final block are not looked
  /// at. kTruncated where no final block ends within it; kCorrupt as a decoder would say, except
  /// that distances are not compared with the content before them.
  [[nodiscard]] Result<LastBlock> find_last_block(ByteSpan deflate);

 private:
  enum class State : std::uint8_t { kHeader, kCodes, kStopped };
  /// One walk: from `walk.bit` until the stream ends, `stop_bit` is reached between blocks, or a
  /// fault.
  struct Lane {
    WalkTables tables;
    BlockHeader header;
    WalkLane walk;
    std::uint64_t header_bit = 0;
    std::uint64_t stop_bit = 0;
    State state = State::kHeader;
    bool ended = false;  // behind the final block
    Fault fault = Fault::kNone;
  };

  static void begin(Lane& lane, ByteSpan in, std::uint64_t bit, std::uint64_t stop_bit);
  static void open_block(Lane& lane);
  static void walk_symbol(Lane& lane);
  static void settle(Lane& lane);
  static void finish(Lane& lane);
  [[nodiscard]] static bool can_walk(const Lane& lane);

  std::array<Lane, 2> lanes_;
};

}  // namespace kompakt::deflate
