/// \file
/// Decodes one block of an .xz stream, piece by piece.
#pragma once

#include <lzma.h>

#include <cstdint>
#include <optional>

#include "format/xz/lzma.hpp"

namespace kompakt {

/// What a block header says, and what of it was learnt elsewhere.
struct XzBlockSizes {
  std::optional<std::uint64_t> compressed;    ///< of the data without padding and check
  std::optional<std::uint64_t> uncompressed;  ///< of the content
};

class XzBlockDecoder {
 public:
  struct Step {
    std::size_t consumed = 0;
    std::size_t produced = 0;
    bool ended = false;
  };

  /// Bytes of a block header whose first byte, not zero, is `first`.
  [[nodiscard]] static std::size_t header_size(std::byte first) noexcept {
    return (std::to_integer<std::size_t>(first) + 1) * 4;
  }

  /// Reads a whole header. kUnsupported for filters that are not known, kLimitExceeded where its
  /// decoder would hold more than `max_memory` bytes. Allocates nothing of the sizes it states.
  [[nodiscard]] Status parse(ByteSpan header, lzma_check check, std::uint64_t max_memory);
  /// Content that is in sizes() after parse() has to be met exactly.
  [[nodiscard]] XzBlockSizes sizes() const noexcept;
  /// Bytes that the decoder of the parsed header comes to hold.
  [[nodiscard]] std::uint64_t memory() const noexcept { return memory_; }
  /// The largest distance that the parsed block's matches may have.
  [[nodiscard]] std::uint64_t window() const noexcept;
  /// Of the whole block with its header, padding and check; needs the compressed size.
  [[nodiscard]] std::uint64_t total_size() const noexcept { return lzma_block_total_size(&block_); }
  /// Of the block as the index counts it; needs the compressed size.
  [[nodiscard]] std::uint64_t unpadded_size() const noexcept {
    return lzma_block_unpadded_size(&block_);
  }

  /// States what an index says of the parsed block. kCorrupt where its header says otherwise.
  [[nodiscard]] Status expect(std::uint64_t unpadded, std::uint64_t uncompressed);
  /// Begins to decode the parsed block; its data follow the header.
  [[nodiscard]] Status start();
  /// Takes data, padding and check field. kTruncated when `in` is empty and more is needed.
  [[nodiscard]] Result<Step> step(ByteSpan in, MutableByteSpan out);
  /// The block's check field, valid once it ended: LZMA_CHECK_SIZE_MAX bytes.
  [[nodiscard]] const std::uint8_t* stored_check() const noexcept { return block_.raw_check; }

 private:
  LzmaStream stream_;
  LzmaFilters filters_;
  lzma_block block_{};
  std::uint64_t memory_ = 0;
};

}  // namespace kompakt
