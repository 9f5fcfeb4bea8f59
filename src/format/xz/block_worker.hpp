/// \file
/// The worker that decodes whole blocks apart from each other.
#pragma once

#include <cstdint>

#include "core/buffer.hpp"
#include "core/staged_job.hpp"
#include "format/xz/block_decoder.hpp"
#include "format/xz/check.hpp"
#include "kompakt/sink.hpp"
#include "kompakt/source.hpp"

namespace kompakt {

/// One whole block: where it lies, what it must decode to, where the content goes.
struct XzBlockTask {
  lzma_check check = LZMA_CHECK_NONE;
  std::uint64_t total = 0;         ///< bytes with header, padding and check
  std::uint64_t unpadded = 0;      ///< as the index counts it
  std::uint64_t uncompressed = 0;  ///< content bytes
  std::uint64_t content = 0;       ///< offset of the content
  const Source* source = nullptr;  ///< holds the block at `offset`, else `coded` does
  std::uint64_t offset = 0;
  ByteSpan coded = {};
  Sink* scatter = nullptr;   ///< takes the content by position, else `whole` does
  Buffer* whole = nullptr;   ///< comes to hold `uncompressed` bytes
  bool count_lines = false;  ///< newlines, into `lines`
  std::uint64_t max_memory = 0;
};

class XzBlockWorker final : public StagedJob::Worker {
 public:
  /// Working memory besides the decoder's.
  static constexpr std::size_t kInput = 256 * kKiB;
  static constexpr std::size_t kOutput = 512 * kKiB;

  /// Decodes the block and verifies its header against both sizes, its data and its check.
  [[nodiscard]] Status run(const XzBlockTask& task);
  /// Of the last run().
  [[nodiscard]] std::uint64_t lines() const noexcept { return lines_; }
  [[nodiscard]] std::uint64_t window() const noexcept { return decoder_.window(); }

 private:
  Status more_input(const XzBlockTask& task);
  Status begin(const XzBlockTask& task);
  Status decode(const XzBlockTask& task);

  XzBlockDecoder decoder_;
  XzCheck check_;
  Buffer input_;
  Buffer output_;
  ByteSpan in_;
  std::uint64_t fetched_ = 0;  // of task.total
  std::uint64_t lines_ = 0;
};

}  // namespace kompakt
