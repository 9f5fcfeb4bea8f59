/// \file
/// One block of a bzip2 stream, from bits to run-length coded bytes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "codec/bzip2/bit_reader.hpp"
#include "codec/bzip2/inverse_transform.hpp"
#include "codec/bzip2/layout.hpp"
#include "codec/bzip2/prefix_decoder.hpp"
#include "core/buffer.hpp"
#include "kompakt/bytes.hpp"
#include "kompakt/status.hpp"

namespace kompakt::bzip2 {

/// A block without its run-length coding undone.
struct DecodedBlock {
  std::size_t size = 0;   ///< bytes written
  std::uint32_t crc = 0;  ///< of the content, as the block states it
  std::uint64_t end = 0;  ///< the bit behind the block
};

/// Decodes blocks of any level, one after the other. Accepts what the reference decoder (bzip2
/// 1.0.8) accepts: randomised blocks, surplus selectors, codes that are not complete.
class BlockDecoder {
 public:
  BlockDecoder();

  /// Working memory.
  static std::uint64_t memory();

  /// Decodes the block whose magic starts at bit `begin` of `in` into `out`, which has at least
  /// kMaxBlock bytes. kCorrupt, or kTruncated where `in` ends before the block does. The caller
  /// compares the size with the stream's level, and the CRC.
  [[nodiscard]] Result<DecodedBlock> decode(ByteSpan in, std::uint64_t begin, MutableByteSpan out);

 private:
  [[nodiscard]] const char* read_head(BitReader& bits);
  [[nodiscard]] const char* read_selectors(BitReader& bits, unsigned tables);
  [[nodiscard]] const char* read_codes(BitReader& bits, unsigned tables);
  [[nodiscard]] const char* read_symbols(BitReader& bits);

  InverseTransform inverse_;
  std::array<PrefixDecoder, kMaxTables> codes_;
  std::vector<std::uint8_t> selectors_;
  Buffer run_memory_;
  std::uint32_t* runs_ = nullptr;
  std::size_t run_count_ = 0;
  std::size_t block_size_ = 0;
  std::uint32_t crc_ = 0;
  std::uint32_t origin_ = 0;
  bool randomised_ = false;
  std::array<std::byte, 256> in_use_{};
  std::size_t distinct_ = 0;
};

}  // namespace kompakt::bzip2
