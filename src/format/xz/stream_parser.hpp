/// \file
/// Walks an .xz file from front to back: stream headers, block headers, indexes, footers, padding.
#pragma once

#include <lzma.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "format/common/input_reader.hpp"
#include "format/xz/block_decoder.hpp"
#include "format/xz/check.hpp"
#include "format/xz/points.hpp"

namespace kompakt {

/// Stops at every block header, whose block the caller then takes: whole, or by step_block(). In
/// both cases count_block() goes before the next next_block().
class XzStreamParser {
 public:
  struct FirstBlock {
    std::uint64_t total = 0;
    std::uint64_t content = 0;
    std::uint64_t memory = 0;
  };

  XzStreamParser(InputReader input, std::uint64_t max_memory)
      : input_(std::move(input)), max_memory_(max_memory) {}

  /// What the first block states of its sizes, if the file begins with a block that does. Finds no
  /// fault: next_block() does.
  [[nodiscard]] Result<std::optional<FirstBlock>> first_block();

  /// Goes on to the next block header and parses it. False at the clean end of the file.
  [[nodiscard]] Result<bool> next_block();

  [[nodiscard]] XzBlockDecoder& decoder() noexcept { return decoder_; }
  [[nodiscard]] lzma_check check() const noexcept { return flags_.check; }
  [[nodiscard]] std::uint64_t block_number() const noexcept { return blocks_ - 1; }
  [[nodiscard]] std::uint64_t block_offset() const noexcept { return block_offset_; }
  [[nodiscard]] std::size_t header_size() const noexcept { return header_size_; }
  /// Offset in the source of what was not taken yet.
  [[nodiscard]] std::uint64_t position() const noexcept { return input_.position(); }

  /// Whether all `total` bytes of the block are there; reads up to them.
  [[nodiscard]] Result<bool> whole_block(std::size_t total);
  /// The bytes at hand, from the block header on where nothing of the block was taken.
  [[nodiscard]] ByteSpan available() const noexcept { return input_.available(); }
  void take(std::size_t count) noexcept { input_.consume(count); }
  /// Decodes on; the decoder was started and the header taken.
  [[nodiscard]] Result<XzBlockDecoder::Step> step_block(MutableByteSpan out);
  /// Notes, for the index to come, that the block decodes to `content` bytes. Needs its compressed
  /// size: stated by the header or met at its end.
  [[nodiscard]] Status count_block(std::uint64_t content);

  /// Complete once next_block() returned false; without the content's size.
  [[nodiscard]] const StreamFacts& facts() const noexcept { return facts_; }

 private:
  struct HashDeleter {
    void operator()(lzma_index_hash* hash) const noexcept { lzma_index_hash_end(hash, nullptr); }
  };

  Result<bool> next_stream();
  Status skip_padding();
  Status stream_header();
  Status block_header();
  Status index_and_footer();

  InputReader input_;
  std::uint64_t max_memory_;
  XzBlockDecoder decoder_;
  lzma_stream_flags flags_{};
  std::unique_ptr<lzma_index_hash, HashDeleter> hash_;
  bool in_stream_ = false;
  std::size_t header_size_ = 0;
  std::uint64_t block_offset_ = 0;
  std::uint64_t blocks_ = 0;
  StreamFacts facts_;
};

}  // namespace kompakt
