/// \file
/// Frames from the outside: headers, skippable frames, the chain of block headers.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "format/common/input_reader.hpp"
#include "kompakt/bytes.hpp"
#include "kompakt/status.hpp"

namespace kompakt::zstd {

inline constexpr std::uint32_t kMagic = 0xFD2FB528;
/// The lowest of the sixteen magic numbers of skippable frames.
inline constexpr std::uint32_t kSkippableMagic = 0x184D2A50;
inline constexpr std::size_t kSkippableHeader = 8;
inline constexpr std::size_t kMaxHeader = 18;
inline constexpr std::size_t kBlockHeader = 3;
inline constexpr std::size_t kMaxBlock = std::size_t{128} << 10U;

[[nodiscard]] constexpr bool is_skippable(std::uint32_t magic) noexcept {
  return (magic & 0xFFFFFFF0U) == kSkippableMagic;
}
/// Frames of the versions before 1.0, which were never frozen.
[[nodiscard]] constexpr bool is_legacy(std::uint32_t magic) noexcept {
  return (magic >= 0xFD2FB522U && magic <= 0xFD2FB527U) || magic == 0x1EB52FFDU;
}

struct FrameHeader {
  bool skippable = false;
  std::size_t size = 0;                  ///< of the header, magic number included
  std::uint64_t skip = 0;                ///< skippable: bytes behind the header
  std::optional<std::uint64_t> content;  ///< where the frame says it
  std::uint64_t window = 0;
  std::size_t max_block = 0;  ///< content bytes that one block may have
  std::uint32_t dictionary = 0;
  bool checksum = false;
};
/// Reads the header at the start of `head`, which holds kMaxHeader bytes or all there are.
[[nodiscard]] Result<FrameHeader> parse_header(ByteSpan head);

struct HeaderFields {
  std::optional<std::uint64_t> content;
  std::uint64_t window = 0;      ///< rounded up to what the format can say
  std::uint32_t dictionary = 0;  ///< 0: none that has a number
  bool checksum = true;
};
void append_frame_header(std::vector<std::byte>& out, const HeaderFields& fields);

struct BlockHeader {
  bool last = false;
  std::size_t stored = 0;   ///< bytes behind the header
  std::size_t content = 0;  ///< decoded bytes, or the most they may be where that is not known
  bool exact = false;       ///< `content` is not just the most
};
/// nullopt for the reserved block type. `bytes` holds kBlockHeader bytes.
[[nodiscard]] std::optional<BlockHeader> parse_block_header(ByteSpan bytes,
                                                            std::size_t max_block) noexcept;

/// Where a frame ends.
struct FrameExtent {
  std::uint64_t size = 0;  ///< bytes of the frame: header, blocks, checksum
  std::uint64_t blocks = 0;
  std::uint64_t max_content = 0;
  bool exact = false;  ///< max_content is the content's size
};
/// Bounds on a walk; frames beyond them are not walked to their end.
struct WalkLimits {
  std::uint64_t size = 0;
  std::uint64_t content = 0;
};
/// Walks the frame whose header `input` stands at, without taking anything. nullopt where the frame
/// is damaged, incomplete or beyond the limits: decoding tells what is wrong with it.
[[nodiscard]] Result<std::optional<FrameExtent>> walk_frame(InputReader& input,
                                                            const FrameHeader& header,
                                                            const WalkLimits& limits);

}  // namespace kompakt::zstd
