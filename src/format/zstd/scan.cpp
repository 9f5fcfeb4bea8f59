// What a file tells without being decoded: its frames, from their headers and block headers, or
// from a seek table. And ranges of content, which begin at frames.
#include <algorithm>
#include <array>
#include <string>

#include "core/checked.hpp"
#include "format/common/cut_range.hpp"
#include "format/zstd/decode.hpp"
#include "format/zstd/frame.hpp"
#include "format/zstd/seek_table.hpp"

namespace kompakt::zstd {
namespace {

struct FoundFrame {
  std::uint64_t at = 0;
  std::optional<std::uint64_t> content;
};
struct Layout {
  StreamFacts facts;
  std::vector<FoundFrame> frames;
};

Status truncated(std::uint64_t offset) {
  return Status(Code::kTruncated, "zstd: the input ends inside a frame").at_offset(offset);
}

// The offset behind the frame whose header is at `at`. Blocks of compressed frames are kilobytes,
// so one small read for each costs less than reading everything.
Result<std::uint64_t> frame_end(const Source& source, std::uint64_t at, const FrameHeader& header,
                                std::uint64_t total, std::uint64_t& blocks) {
  std::uint64_t position = at + header.size;
  bool last = false;
  while (!last) {
    std::array<std::byte, kBlockHeader> bytes{};
    const auto got = source.read_at(position, bytes);
    if (!got.ok()) {
      return got.status();
    }
    if (*got < bytes.size()) {
      return truncated(position + *got);
    }
    const auto block = parse_block_header(bytes, header.max_block);
    if (!block) {
      return Status(Code::kCorrupt, "zstd: impossible block header").at_offset(position);
    }
    position += kBlockHeader + block->stored;
    last = block->last;
    ++blocks;
  }
  position += header.checksum ? sizeof(std::uint32_t) : 0;
  return position <= total ? Result<std::uint64_t>(position) : truncated(total);
}

Result<Layout> walk(const Source& source) {
  Layout layout;
  StreamFacts& facts = layout.facts;
  facts.content = 0;
  const std::uint64_t total = source.size().value_or(0);
  facts.compressed = total;
  if (total == 0) {
    return Status(Code::kTruncated, "the input is empty");
  }
  for (std::uint64_t at = 0; at < total;) {
    std::array<std::byte, kMaxHeader> head{};
    const auto got = source.read_at(at, head);
    if (!got.ok()) {
      return got.status();
    }
    const auto header = parse_header(ByteSpan(head).first(*got));
    if (!header.ok()) {
      return header.status().at_offset(at);
    }
    if (header->skippable) {
      ++facts.skipped;
      at += header->size + header->skip;
      if (at > total) {
        return truncated(total);
      }
      continue;
    }
    if (facts.streams++ == 0) {
      facts.check = header->checksum ? "XXH64" : "None";
    }
    facts.window = std::max(facts.window.value_or(0), header->window);
    const auto sum = facts.content && header->content
                         ? checked_add(*facts.content, *header->content)
                         : std::nullopt;
    facts.content = sum;
    layout.frames.push_back({at, header->content});
    const auto end = frame_end(source, at, *header, total, facts.blocks);
    if (!end.ok()) {
      return end.status();
    }
    at = *end;
  }
  return layout;
}

SeekIndex empty_index(const Source& source) {
  SeekIndex index;
  index.format = Format::kZstd;
  index.compressed_size = source.size().value_or(0);
  return index;
}

}  // namespace

Result<StreamFacts> scan(const Source& source) {
  auto layout = walk(source);
  if (!layout.ok()) {
    return layout.status();
  }
  return std::move(layout->facts);
}

Result<std::optional<SeekIndex>> native_index(const Source& source) {
  const auto table = read_seek_table(source);
  if (!table.ok()) {
    return table.status();
  }
  SeekIndex index = empty_index(source);
  if (*table) {
    std::uint64_t at = 0;
    for (const auto& entry : **table) {
      if (entry.content != 0) {
        index.points.push_back(frame_point(index.content_size, at, 0));
      }
      index.content_size += entry.content;
      at += entry.stored;
    }
  } else {
    // One frame is no index: everything would be decoded from its start anyway.
    const auto layout = walk(source);
    if (!layout.ok() || layout->frames.size() < 2 || !layout->facts.content) {
      return std::optional<SeekIndex>();
    }
    for (const auto& frame : layout->frames) {
      if (*frame.content != 0) {
        index.points.push_back(frame_point(index.content_size, frame.at, 0));
      }
      index.content_size += *frame.content;
    }
  }
  return index.points.empty() ? std::optional<SeekIndex>() : std::optional(std::move(index));
}

Result<std::unique_ptr<StagedJob>> make_range_decoder(const Source& source, Sink& sink,
                                                      const SeekIndex& index,
                                                      const RangeSettings& settings) {
  if (index.format != Format::kZstd || index.points.empty() ||
      index.compressed_size != source.size()) {
    return Status(Code::kInvalidArgument, "zstd: the index belongs to another file");
  }
  const SeekPoint& point = index.points[index.point_before(settings.offset)];
  if (point.content > settings.offset || point.bit % 8 != 0 ||
      point.bit / 8 >= index.compressed_size || !point.window.empty() || point.context != 0) {
    return Status(Code::kCorrupt, "zstd: the index is damaged");
  }
  const std::uint64_t end = checked_add(settings.offset, settings.length)
                                .value_or(std::numeric_limits<std::uint64_t>::max());
  return CutRangeJob::make(
      sink, {.start = point.content, .begin = settings.offset, .end = end},
      [&](Sink& cut) -> Result<std::unique_ptr<StagedJob>> {
        // The limit on output is on what is asked for, not on what lies before it.
        DecodeSettings decode{.limits = settings.limits, .dictionary = settings.dictionary};
        decode.limits.max_output = std::numeric_limits<std::uint64_t>::max();
        auto job = make_decode_job(InputReader(source, point.bit / 8, kMiB), true, cut, decode,
                                   {.content = point.content, .stop = end, .partial = true});
        if (!job.ok()) {
          return job.status();
        }
        return std::unique_ptr<StagedJob>(std::move(*job));
      });
}

}  // namespace kompakt::zstd
