/// \file
/// What stands around the blocks of a bzip2 file: stream headers, footers, what follows them.
#pragma once

#include <cstdint>

#include "codec/bzip2/layout.hpp"
#include "kompakt/bytes.hpp"
#include "kompakt/status.hpp"

namespace kompakt::bzip2 {

/// Where a reader is in the structure of a file, and whether what comes next may come there. Bit
/// positions count from the beginning of the file.
class StreamParser {
 public:
  enum class Next : std::uint8_t {
    kMore,   ///< cannot be told before more bytes are at hand
    kBlock,  ///< a block starts at position()
    kMoved,  ///< a header or footer was read; ask again
    kEnd,    ///< the file ends here, or what follows is no bzip2 stream
  };

  StreamParser() = default;
  /// In the middle of a stream of this level, whose CRC cannot be checked.
  StreamParser(std::uint64_t position, unsigned level)
      : position_(position), level_(level), in_stream_(true), whole_(false), streams_(1) {}

  /// Looks at `bytes`, whose first bit is bit `begin` of the file, a multiple of 8 not behind
  /// position(). `last`: the file ends with them.
  [[nodiscard]] Result<Next> next(ByteSpan bytes, std::uint64_t begin, bool last);
  /// A block that started at position() has been decoded. kCorrupt where it is too large for its
  /// stream.
  [[nodiscard]] Status take_block(std::uint64_t end, std::size_t size, std::uint32_t crc);

  [[nodiscard]] std::uint64_t position() const noexcept { return position_; }
  [[nodiscard]] bool in_stream() const noexcept { return in_stream_; }
  [[nodiscard]] unsigned level() const noexcept { return level_; }
  [[nodiscard]] std::uint64_t streams() const noexcept { return streams_; }
  /// kEnd was answered because of bytes that are no stream.
  [[nodiscard]] bool garbage() const noexcept { return garbage_; }

 private:
  Result<Next> header(ByteSpan bytes, std::uint64_t begin, bool last);
  Result<Next> block_or_footer(ByteSpan bytes, std::uint64_t begin, bool last);

  std::uint64_t position_ = 0;
  unsigned level_ = 0;
  bool in_stream_ = false;
  bool whole_ = true;  // the stream was seen from its header on
  bool garbage_ = false;
  std::uint64_t streams_ = 0;
  std::uint32_t crc_ = 0;
};

}  // namespace kompakt::bzip2
