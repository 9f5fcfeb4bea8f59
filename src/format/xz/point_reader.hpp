/// \file
/// Reads content from a seek point on, across blocks and streams.
#pragma once

#include <cstdint>
#include <optional>

#include "format/common/input_reader.hpp"
#include "format/xz/block_decoder.hpp"
#include "format/xz/check.hpp"
#include "kompakt/seek_index.hpp"

namespace kompakt {

/// What leads elsewhere than an index says.
[[nodiscard]] Status xz_misleading_index();

class XzPointReader {
 public:
  XzPointReader(const Source& source, std::uint64_t max_memory)
      : source_(source), max_memory_(max_memory) {}

  /// Goes to `point`, which came from outside. Looks at its block header.
  [[nodiscard]] Status open(const SeekPoint& point);
  /// Bytes that the decoder of the block at hand holds.
  [[nodiscard]] std::uint64_t memory() const noexcept { return decoder_.memory(); }
  /// Decodes on; `out` has room. Fills it, or less where a block ends, whose check was verified
  /// then. 0 is no end: a block may be empty.
  [[nodiscard]] Result<std::size_t> read(MutableByteSpan out);
  /// Nothing was read of a block that has not been read to its end.
  [[nodiscard]] bool between_blocks() const noexcept { return !in_block_; }
  [[nodiscard]] std::uint64_t position() const noexcept { return input_->position(); }

 private:
  Status next_header();
  Status pass_stream_end();
  Status pass_index();

  const Source& source_;  // NOLINT(cppcoreguidelines-*): outlives the reader
  std::uint64_t max_memory_;
  std::optional<InputReader> input_;
  XzBlockDecoder decoder_;
  XzCheck check_;
  lzma_check id_ = LZMA_CHECK_NONE;
  bool parsed_ = false;  // decoder_ knows the next block, whose header was taken
  bool in_block_ = false;
};

}  // namespace kompakt
