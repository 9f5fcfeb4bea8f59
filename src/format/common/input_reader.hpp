/// \file
/// Ordered reading with look-ahead, for decoders that do not know how much input they will take.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/buffer.hpp"
#include "kompakt/source.hpp"

namespace kompakt {

/// A window over a source that moves forward. One thread at a time.
class InputReader {
 public:
  static constexpr std::size_t kDefaultChunk = std::size_t{1} << 20U;

  /// Reads `source` from its beginning.
  explicit InputReader(Source& source, std::size_t chunk = kDefaultChunk);
  /// Reads a source with random access from `position` on. Any number of these work side by side.
  InputReader(const Source& source, std::uint64_t position, std::size_t chunk);

  /// Offset in the source of the first byte of available().
  [[nodiscard]] std::uint64_t position() const noexcept { return position_; }
  /// The unread bytes at hand, maybe none. Valid until the next fill() or consume().
  [[nodiscard]] ByteSpan available() const noexcept { return buffer_.first(end_).subspan(begin_); }
  /// Makes at least `count` bytes available, fewer only at the end of the source. The bytes at hand
  /// stay, at another address. `count` may be any size that memory allows; 0 reads nothing.
  [[nodiscard]] Status fill(std::size_t count);
  /// Reads on by about one chunk, whatever is at hand. Does nothing at the end of the source.
  [[nodiscard]] Status fill_more();
  /// Takes `count` bytes, at most available().size().
  void consume(std::size_t count) noexcept {
    begin_ += count;
    position_ += count;
  }
  /// Nothing is at hand and nothing follows; known only after a fill() that came short.
  [[nodiscard]] bool at_end() const noexcept { return ended_ && begin_ == end_; }
  /// The source has been read up to its end (bytes may still be at hand).
  [[nodiscard]] bool ended() const noexcept { return ended_; }

 private:
  Result<std::size_t> read_some(MutableByteSpan out);

  const Source* random_ = nullptr;
  Source* ordered_ = nullptr;
  std::size_t chunk_;
  Buffer buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::uint64_t position_ = 0;
  bool ended_ = false;
};

}  // namespace kompakt
