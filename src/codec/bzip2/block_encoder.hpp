/// \file
/// One block of a bzip2 stream, from run-length coded bytes to bits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "codec/bzip2/bit_writer.hpp"
#include "codec/bzip2/code_tables.hpp"
#include "codec/bzip2/rotation_sort.hpp"
#include "core/buffer.hpp"
#include "kompakt/bytes.hpp"

namespace kompakt::bzip2 {

/// Encodes blocks, one after the other. The bits depend on the block alone.
class BlockEncoder {
 public:
  /// For blocks of up to `max_block` bytes, at most kMaxBlock.
  explicit BlockEncoder(std::size_t max_block);

  /// Room that the encoding of a block of `size` bytes may need.
  static std::size_t max_coded(std::size_t size);
  /// Working memory.
  static std::uint64_t memory(std::size_t max_block);

  /// Writes the bits of one block, magic included, from the first bit of `out` on (at least
  /// max_coded(block.size()) bytes) and returns their number. `block` (not empty) is what
  /// encode_runs() made of content with this CRC.
  std::uint64_t encode(ByteSpan block, std::uint32_t crc, MutableByteSpan out);

 private:
  void rank_symbols(std::size_t size, ByteSpan in_use);
  void put_tables(BitWriter& bits) const;
  void put_symbols(BitWriter& bits) const;

  RotationSorter sorter_;
  CodeTables tables_;
  Buffer column_;
  Buffer symbol_memory_;
  std::uint16_t* symbols_;
  std::size_t symbol_count_ = 0;
  std::size_t alphabet_ = 0;
  SymbolCounts counts_{};
};

}  // namespace kompakt::bzip2
