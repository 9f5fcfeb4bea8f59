/// \file
/// A stretch of the compressed input that is decoded apart from what lies before it.
#pragma once

#include <cstdint>
#include <span>

#include "core/buffer.hpp"
#include "kompakt/bytes.hpp"

namespace kompakt::gzip {

/// How far deflate refers back.
inline constexpr std::size_t kWindow = 32768;

/// Meaning of SeekPoint::context: inside a member's body, or in front of a member's header.
inline constexpr std::uint64_t kInBody = 0;
inline constexpr std::uint64_t kAtMember = 1;

/// Bytes as the inflater takes them.
[[nodiscard]] inline std::span<std::uint8_t> octets(MutableByteSpan bytes) noexcept {
  return {reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size()};
}

/// What a stretch was cut for, and thus how it is decoded.
enum class StretchKind : std::uint8_t {
  kPart,     ///< deflate blocks that refer to nothing before them, up to a mark
  kMembers,  ///< whole gzip members
  kChunk,    ///< a piece of a long deflate stream, cut anywhere
};

/// Its own bytes and, once decoded, its content. Whatever goes wrong in decoding only makes `good`
/// false: the bytes are then decoded again from front to back, and any error is found there.
struct Stretch {
  StretchKind kind = StretchKind::kPart;
  std::uint64_t begin = 0;  ///< byte offset in the input
  std::size_t size = 0;     ///< bytes of the input
  Buffer raw;
  std::size_t ahead = 0;    ///< bytes behind those in `raw`, to decode the last block to its end
  bool input_ends = false;  ///< nothing follows what is in `raw`
  std::size_t content_claimed = 0;  ///< what the layout says of its content's size
  /// Decoded content lies behind room for a window.
  Buffer content;
  std::size_t content_size = 0;
  std::uint32_t check = 0;
  std::uint64_t members = 0;
  bool good = false;

  // Of a chunk. Offsets are bits of the input.
  Buffer symbols;                  ///< content with markers for what the unknown window holds
  std::size_t symbol_count = 0;    ///< the content behind these is bytes
  std::uint64_t earliest_bit = 0;  ///< decoding began at a header that starts between this ...
  std::uint64_t latest_bit = 0;    ///< ... and this
  std::uint64_t end_bit = 0;       ///< behind the last block that was decoded
  bool ends = false;               ///< which was the final one

  [[nodiscard]] std::uint64_t end() const noexcept { return begin + size; }
  [[nodiscard]] ByteSpan bytes() const noexcept { return raw.first(size); }
  /// The markers' side of `symbols`, which starts with a window of them.
  [[nodiscard]] std::span<std::uint16_t> marked(std::size_t count) noexcept {
    return {reinterpret_cast<std::uint16_t*>(symbols.data()), kWindow + count};
  }
};

}  // namespace kompakt::gzip
