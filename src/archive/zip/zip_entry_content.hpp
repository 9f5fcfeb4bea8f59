/// \file
/// The content of one entry: decoded, and checked against what the archive says of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "archive/zip/zip_directory.hpp"
#include "core/buffer.hpp"
#include "kompakt/bytes.hpp"
#include "kompakt/codec.hpp"
#include "kompakt/source.hpp"
#include "kompakt/status.hpp"

namespace kompakt::zip {

/// The stored bytes of an entry, through a window that the decoder moves.
class StoredInput {
 public:
  /// `source` outlives this.
  StoredInput(const Source& source, std::uint64_t begin, std::uint64_t size)
      : source_(source), next_(begin), left_(size) {}

  /// Makes more bytes available where there are more and less than half of the window is full.
  /// kTruncated where the source ends before the entry does.
  [[nodiscard]] Status fill();
  [[nodiscard]] ByteSpan available() const noexcept { return buffer_.first(end_).subspan(begin_); }
  void consume(std::size_t count) noexcept {
    begin_ += count;
    position_ += count;
  }
  /// Stored bytes consumed so far.
  [[nodiscard]] std::uint64_t position() const noexcept { return position_; }
  /// available() reaches to the end of the stored bytes.
  [[nodiscard]] bool complete() const noexcept { return left_ == 0; }
  [[nodiscard]] bool empty() const noexcept { return left_ == 0 && begin_ == end_; }

 private:
  const Source& source_;  // NOLINT(cppcoreguidelines-*): see the constructor
  std::uint64_t next_;
  std::uint64_t left_;
  std::uint64_t position_ = 0;
  Buffer buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

/// Decodes stored bytes from front to back.
class ContentDecoder {
 public:
  ContentDecoder() = default;
  ContentDecoder(const ContentDecoder&) = delete;
  ContentDecoder& operator=(const ContentDecoder&) = delete;
  ContentDecoder(ContentDecoder&&) = delete;
  ContentDecoder& operator=(ContentDecoder&&) = delete;
  virtual ~ContentDecoder() = default;
  /// The next piece, valid until the next call. Empty at the end of the method's own stream; it
  /// then is an error where stored bytes are left.
  [[nodiscard]] virtual Result<ByteSpan> next() = 0;
};

/// kUnsupported, naming it, for a method that cannot be decoded.
[[nodiscard]] Status check_method(const ZipExtent& extent);

/// A decoder for the extent's method that holds at most `max_memory` bytes.
[[nodiscard]] Result<std::unique_ptr<ContentDecoder>> make_content_decoder(
    const Source& source, const ZipExtent& extent, std::uint64_t max_memory);

/// Content that is checked while it passes: never more than extent.size bytes come out, and the
/// end only comes where their number and their CRC-32 are right.
class CheckedContent {
 public:
  [[nodiscard]] static Result<CheckedContent> open(const Source& source, const ZipExtent& extent,
                                                   std::uint64_t max_memory);
  /// The next piece, valid until the next call; empty at the end.
  [[nodiscard]] Result<ByteSpan> next();
  /// Content bytes given out so far.
  [[nodiscard]] std::uint64_t produced() const noexcept { return produced_; }

 private:
  CheckedContent(std::unique_ptr<ContentDecoder> decoder, const ZipExtent& extent)
      : decoder_(std::move(decoder)), size_(extent.size), crc32_(extent.crc32) {}
  std::unique_ptr<ContentDecoder> decoder_;
  std::uint64_t size_;
  std::uint32_t crc32_;
  std::uint64_t produced_ = 0;
  std::uint32_t crc_ = 0;
};

/// Decodes small entries whole. One thread at a time; contexts are kept from entry to entry.
class WholeDecoder {
 public:
  explicit WholeDecoder(std::uint64_t max_memory);
  ~WholeDecoder();
  WholeDecoder(const WholeDecoder&) = delete;
  WholeDecoder& operator=(const WholeDecoder&) = delete;
  WholeDecoder(WholeDecoder&&) = delete;
  WholeDecoder& operator=(WholeDecoder&&) = delete;

  /// The content of the entry whose stored bytes are `stored`: in those bytes themselves, or in a
  /// buffer that the next call overwrites.
  [[nodiscard]] Result<ByteSpan> decode(const ZipExtent& extent, ByteSpan stored);

 private:
  struct Contexts;
  [[nodiscard]] Status decode_into(const ZipExtent& extent, ByteSpan stored, MutableByteSpan out);
  [[nodiscard]] Status inflate(ByteSpan stored, MutableByteSpan out);
  [[nodiscard]] Status decode_zstd(ByteSpan stored, MutableByteSpan out);
  [[nodiscard]] Status decode_pieces(const ZipExtent& extent, ByteSpan stored,
                                     MutableByteSpan out) const;
  std::uint64_t max_memory_;
  std::unique_ptr<Contexts> contexts_;
  Buffer content_;
};

}  // namespace kompakt::zip
