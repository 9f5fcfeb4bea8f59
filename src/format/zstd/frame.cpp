#include "format/zstd/frame.hpp"

#include <algorithm>
#include <bit>
#include <string>

#include "core/endian.hpp"
#include "format/zstd/library.hpp"

namespace kompakt::zstd {
namespace {

enum BlockType : std::uint8_t { kRaw = 0, kRle = 1, kCompressed = 2, kReserved = 3 };

template <typename T>
void append(std::vector<std::byte>& out, T value) {
  out.resize(out.size() + sizeof(T));
  store_le<T>(MutableByteSpan(out).last(sizeof(T)), value);
}

// The descriptor of the smallest window that is no smaller than `window`: a power of two and
// eighths of it on top.
std::uint8_t window_descriptor(std::uint64_t window) {
  const std::uint64_t wanted = std::max<std::uint64_t>(window, kKiB);
  auto exponent = static_cast<unsigned>(std::bit_width(wanted)) - 1;
  const std::uint64_t eighth = (std::uint64_t{1} << exponent) / 8;
  std::uint64_t mantissa = (wanted - (std::uint64_t{1} << exponent) + eighth - 1) / eighth;
  if (mantissa == 8) {
    mantissa = 0;
    ++exponent;
  }
  return static_cast<std::uint8_t>((exponent - 10) << 3U | mantissa);
}

Status truncated() { return {Code::kTruncated, "zstd: the input ends inside a frame header"}; }

}  // namespace

Result<FrameHeader> parse_header(ByteSpan head) {
  if (head.size() < sizeof(std::uint32_t)) {
    return truncated();
  }
  const auto magic = load_le<std::uint32_t>(head);
  FrameHeader header;
  if (is_skippable(magic)) {
    if (head.size() < kSkippableHeader) {
      return truncated();
    }
    header.skippable = true;
    header.size = kSkippableHeader;
    header.skip = load_le<std::uint32_t>(head.subspan(4));
    return header;
  }
  if (is_legacy(magic)) {
    return Status(Code::kUnsupported, "zstd: a frame of a version before 1.0");
  }
  if (magic != kMagic) {
    return Status(Code::kCorrupt, "zstd: no frame begins here");
  }
  ZSTD_frameHeader parsed{};
  const std::size_t code = ZSTD_getFrameHeader(&parsed, head.data(), head.size());
  if (failed(code)) {
    return decode_failure(code);
  }
  if (code != 0) {
    return truncated();
  }
  header.size = parsed.headerSize;
  if (parsed.frameContentSize != ZSTD_CONTENTSIZE_UNKNOWN) {
    header.content = parsed.frameContentSize;
  }
  header.window = parsed.windowSize;
  header.max_block = std::min<std::size_t>(parsed.blockSizeMax, kMaxBlock);
  header.dictionary = parsed.dictID;
  header.checksum = parsed.checksumFlag != 0;
  return header;
}

void append_frame_header(std::vector<std::byte>& out, const HeaderFields& fields) {
  constexpr std::uint8_t kChecksumFlag = 1U << 2U;
  constexpr std::uint8_t kWideDictionary = 3;  // its number takes four bytes
  constexpr std::uint8_t kSingleSegment = 1U << 5U;
  const std::uint64_t content = fields.content.value_or(0);
  const bool single = fields.content && content <= fields.window;
  // Sizes of the content field: a flag of 0 means one byte in a single segment, else none. The
  // two-byte form stores 256 less than the size.
  unsigned flag = 0;
  if (fields.content) {
    flag = content < 256 && single                   ? 0
           : content >= 256 && content < 65536 + 256 ? 1
           : content < (std::uint64_t{1} << 32U)     ? 2
                                                     : 3;
  }
  append<std::uint32_t>(out, kMagic);
  append<std::uint8_t>(out,
                       static_cast<std::uint8_t>(flag << 6U | (single ? kSingleSegment : 0U) |
                                                 (fields.checksum ? kChecksumFlag : 0U) |
                                                 (fields.dictionary != 0 ? kWideDictionary : 0U)));
  if (!single) {
    append<std::uint8_t>(out, window_descriptor(fields.window));
  }
  if (fields.dictionary != 0) {
    append<std::uint32_t>(out, fields.dictionary);
  }
  if (flag == 0 && single) {
    append<std::uint8_t>(out, static_cast<std::uint8_t>(content));
  } else if (flag == 1) {
    append<std::uint16_t>(out, static_cast<std::uint16_t>(content - 256));
  } else if (flag == 2) {
    append<std::uint32_t>(out, static_cast<std::uint32_t>(content));
  } else if (flag == 3) {
    append<std::uint64_t>(out, content);
  }
}

std::optional<BlockHeader> parse_block_header(ByteSpan bytes, std::size_t max_block) noexcept {
  const unsigned value = std::to_integer<unsigned>(bytes[0]) |
                         std::to_integer<unsigned>(bytes[1]) << 8U |
                         std::to_integer<unsigned>(bytes[2]) << 16U;
  const unsigned type = value >> 1U & 3U;
  const std::size_t size = value >> 3U;
  if (type == kReserved || size > max_block) {
    return std::nullopt;
  }
  return BlockHeader{.last = (value & 1U) != 0,
                     .stored = type == kRle ? 1 : size,
                     .content = type == kCompressed ? max_block : size,
                     .exact = type != kCompressed};
}

Result<std::optional<FrameExtent>> walk_frame(InputReader& input, const FrameHeader& header,
                                              const WalkLimits& limits) {
  const std::optional<FrameExtent> unknown;
  FrameExtent extent{.size = header.size, .exact = true};
  bool last = false;
  while (!last) {
    if (Status filled = input.fill(static_cast<std::size_t>(extent.size) + kBlockHeader);
        !filled.ok()) {
      return filled;
    }
    const ByteSpan at_hand = input.available();
    if (at_hand.size() < extent.size + kBlockHeader) {
      return unknown;
    }
    const auto block = parse_block_header(at_hand.subspan(static_cast<std::size_t>(extent.size)),
                                          header.max_block);
    if (!block) {
      return unknown;
    }
    extent.size += kBlockHeader + block->stored;
    extent.max_content += block->content;
    extent.exact = extent.exact && block->exact;
    ++extent.blocks;
    last = block->last;
    if (extent.size > limits.size || (!header.content && extent.max_content > limits.content)) {
      return unknown;
    }
  }
  extent.size += header.checksum ? sizeof(std::uint32_t) : 0;
  if (Status filled = input.fill(static_cast<std::size_t>(extent.size)); !filled.ok()) {
    return filled;
  }
  if (input.available().size() < extent.size) {
    return unknown;
  }
  if (header.content) {
    extent.max_content = *header.content;
    extent.exact = true;
  }
  return std::optional(extent);
}

}  // namespace kompakt::zstd
