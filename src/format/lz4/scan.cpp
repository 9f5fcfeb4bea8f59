// What the headers and block sizes of a file tell.
#include <array>

#include "core/checked.hpp"
#include "core/endian.hpp"
#include "format/lz4/decode.hpp"
#include "format/lz4/frame.hpp"

namespace kompakt::lz4_frame {
namespace {

Status truncated(std::uint64_t offset) {
  return Status(Code::kTruncated, "lz4: the input ends inside a frame").at_offset(offset);
}

// The offset behind the blocks of the frame, of which the first is at `at`.
Result<std::uint64_t> frame_end(const Source& source, std::uint64_t at, const FrameHeader& header,
                                std::uint64_t total, std::uint64_t& blocks) {
  for (;;) {
    std::array<std::byte, kWordSize> bytes{};
    const auto got = source.read_at(at, bytes);
    if (!got.ok()) {
      return got.status();
    }
    if (*got == 0 && header.rules.legacy) {
      return at;
    }
    if (*got < kWordSize) {
      return truncated(at + *got);
    }
    const auto word = load_le<std::uint32_t>(bytes);
    if (!header.rules.legacy && word == 0) {
      return at + kWordSize + (header.rules.checksum ? kWordSize : 0);
    }
    const std::size_t size = header.rules.legacy ? word : word & ~kStoredBit;
    if (size > header.rules.max_stored()) {
      return header.rules.legacy && is_magic(word)
                 ? Result<std::uint64_t>(at)
                 : Status(Code::kCorrupt, "lz4: impossible block size").at_offset(at);
    }
    at += kWordSize + size + (header.rules.block_checks ? kWordSize : 0);
    ++blocks;
    if (at > total) {
      return truncated(total);
    }
  }
}

}  // namespace

Result<StreamFacts> scan(const Source& source) {
  StreamFacts facts;
  facts.content = 0;
  facts.compressed = source.size().value_or(0);
  for (std::uint64_t at = 0; at < facts.compressed;) {
    std::array<std::byte, kMaxHeader> head{};
    const auto got = source.read_at(at, head);
    if (!got.ok()) {
      return got.status();
    }
    const auto header = parse_header(ByteSpan(head).first(*got));
    if (!header.ok()) {
      return header.status().at_offset(at);
    }
    at += header->size;
    if (header->skippable) {
      ++facts.skipped;
      at += header->skip;
    } else {
      if (facts.streams++ == 0) {
        facts.check = header->rules.checksum ? "XXH32" : "None";
      }
      if (header->rules.linked) {
        facts.window = kWindow;
      }
      facts.content = facts.content && header->content
                          ? checked_add(*facts.content, *header->content)
                          : std::nullopt;
      const auto end = frame_end(source, at, *header, facts.compressed, facts.blocks);
      if (!end.ok()) {
        return end.status();
      }
      at = *end;
    }
    if (at > facts.compressed) {
      return truncated(facts.compressed);
    }
  }
  return facts;
}

}  // namespace kompakt::lz4_frame
