/// \file
/// Blocks of the LZ4 frame format, each on its own.
#pragma once

#include <memory>

#include "format/format.hpp"
#include "format/lz4/frame.hpp"

namespace kompakt::lz4_frame {

/// Encodes blocks. One thread at a time; what a block becomes depends on nothing before it.
class BlockEncoder {
 public:
  /// `level` as the stock tool's: below 3 the fast method, where negative ones are its
  /// accelerations. Of a dictionary the last 64 KiB count.
  BlockEncoder(int level, Dictionary dictionary);
  ~BlockEncoder();
  BlockEncoder(const BlockEncoder&) = delete;
  BlockEncoder& operator=(const BlockEncoder&) = delete;
  BlockEncoder(BlockEncoder&&) = delete;
  BlockEncoder& operator=(BlockEncoder&&) = delete;

  /// Writes size word and block; `out` holds kWordSize + raw.size() bytes at least. Returns the
  /// bytes written.
  [[nodiscard]] std::size_t encode(ByteSpan raw, MutableByteSpan out);
  /// Bytes that one of these may hold.
  [[nodiscard]] static std::uint64_t memory();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Decodes one block record (size word, bytes, check) at the start of `records`, whose extent was
/// checked to hold it, to `out`, which has room for the largest block. `history` is the content
/// before the block or a dictionary; fastest where it lies right before `out`. Moves `records` on.
[[nodiscard]] Result<std::size_t> decode_block(ByteSpan& records, const BlockRules& rules,
                                               ByteSpan history, MutableByteSpan out);

}  // namespace kompakt::lz4_frame
