/// \file
/// v1 with lz4, zstd or brotli: chunks of unknown size, decoded as streams in constant memory.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "container/legacy/table_reader.hpp"
#include "kompakt/codec.hpp"

namespace kompakt::legacy {

/// Decodes while it reads, one piece of content at a time; hashing and writing go on beside it.
class V1Reader final : public TableReader {
 public:
  [[nodiscard]] static Result<std::unique_ptr<UnitReader>> open(InputCursor cursor,
                                                                const TableHeader& header,
                                                                ChunkTable table,
                                                                const Limits& limits);
  V1Reader(InputCursor cursor, const TableHeader& header, ChunkTable table, const Limits& limits,
           std::unique_ptr<StreamCoder> decoder);
  std::uint64_t slot_bytes() const override;
  Result<bool> next(DecodeSlot& slot) override;

 private:
  Status open_chunk();
  Status refill();
  Result<std::size_t> decode_piece(MutableByteSpan out);
  Status finish_chunk();

  std::unique_ptr<StreamCoder> decoder_;
  std::vector<std::byte> input_;
  ByteSpan ready_;                 // what of input_ the decoder has not taken yet
  std::uint64_t chunk_start_ = 0;  // where the open chunk lies
  std::uint64_t unread_ = 0;       // stored bytes of the open chunk not read yet
  bool open_ = false;
};

}  // namespace kompakt::legacy
