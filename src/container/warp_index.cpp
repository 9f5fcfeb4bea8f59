#include "container/warp_index.hpp"

#include <algorithm>
#include <array>
#include <iterator>

#include "container/index_builder.hpp"

namespace kompakt {

using warp3::CompactStream;
using warp3::End;
using warp3::FileHeader;
using warp3::find_next_record;
using warp3::IndexBuilder;
using warp3::IndexEntry;
using warp3::Record;
using warp3::RecordHeader;
using warp3::RecordInput;
using warp3::RecordType;

namespace {

Status corrupt(std::string message) { return {Code::kCorrupt, std::move(message)}; }

Result<FileHeader> read_file_header(const Source& source, std::uint64_t at) {
  std::array<std::byte, FileHeader::kSize> bytes{};
  const auto got = source.read_at(at, bytes);
  if (!got.ok()) {
    return got.status();
  }
  auto header = FileHeader::decode(ByteSpan(bytes).first(*got));
  return header.ok() ? header : Result<FileHeader>(header.status().at_offset(at));
}

WarpStream compact_stream_at(std::uint64_t at, CompactStream stream) {
  IndexBuilder tree(stream.file.hash);
  tree.add_block(stream.block.raw_size, 0, stream.block.digest);
  WarpStream found{.header = stream.file,
                   .stored_at = at,
                   .stored_size = stream.stored_size,
                   .raw_begin = 0,
                   .raw_size = stream.block.raw_size,
                   .blocks = 1,
                   .top_index_offset = 0,
                   .content = tree.content_digest(),
                   .compact = nullptr};
  stream.block.payload_at += at;
  found.compact = std::make_shared<const CompactStream>(std::move(stream));
  return found;
}

/// The compact stream that ends at `end`; nullopt where none does.
Result<std::optional<WarpStream>> read_compact_ending_at(const Source& source, std::uint64_t end) {
  std::array<std::byte, CompactStream::kTailSize> tail{};
  if (end < FileHeader::kSize + tail.size()) {
    return std::optional<WarpStream>();
  }
  const auto got = source.read_at(end - tail.size(), tail);
  if (!got.ok()) {
    return got.status();
  }
  const auto size = CompactStream::size_from_tail(ByteSpan(tail).first(*got));
  if (!size || *size > end) {
    return std::optional<WarpStream>();
  }
  auto stream = CompactStream::read_at(source, end - *size);
  if (!stream.ok()) {
    return stream.status();
  }
  // A stream of records may end in bytes that look like this tail.
  return *stream && (*stream)->stored_size == *size
             ? std::optional(compact_stream_at(end - *size, std::move(**stream)))
             : std::optional<WarpStream>();
}

/// The record header of the end record of the stream that ends at `end`, told by the tail.
Result<RecordHeader> read_end_header(RecordInput& input, std::uint64_t end) {
  std::array<std::byte, End::kTailSize> tail{};
  if (end < FileHeader::kSize + RecordHeader::kSize + End::kTailSize) {
    return Status(Code::kTruncated, "the file ends without its end record").at_offset(end);
  }
  input.seek(end - tail.size());
  if (Status read = input.read_exactly(tail); !read.ok()) {
    return read;
  }
  const auto record_size = End::record_size(tail);
  if (!record_size) {
    return Status(Code::kTruncated, "the file ends without its end record").at_offset(end);
  }
  if (*record_size < RecordHeader::kSize + tail.size() || *record_size > end) {
    return corrupt("end record has an impossible length").at_offset(end);
  }
  input.seek(end - *record_size);
  std::array<std::byte, RecordHeader::kSize> bytes{};
  if (Status read = input.read_exactly(bytes); !read.ok()) {
    return read;
  }
  const auto header = RecordHeader::peek(bytes);
  if (!header || header->type != RecordType::kEnd ||
      header->stored_size() + tail.size() != *record_size) {
    return corrupt("no end record where the tail says").at_offset(end - *record_size);
  }
  input.seek(end - *record_size);
  return *header;
}

/// The stream whose end record ends at `end`.
Result<WarpStream> read_stream_ending_at(Source& source, std::uint64_t end_at) {
  auto compact = read_compact_ending_at(source, end_at);
  if (!compact.ok() || *compact) {
    return compact.ok() ? Result<WarpStream>(std::move(**compact)) : compact.status();
  }
  RecordInput input(source);
  const auto peeked = read_end_header(input, end_at);
  if (!peeked.ok()) {
    return peeked.status();
  }
  const auto record = read_record(input, peeked->stream_id);
  if (!record.ok()) {
    return record.status();
  }
  const auto payload = read_side_payload(input, *record, End::kMaxPayload);
  if (!payload.ok()) {
    return payload.status();
  }
  const auto end = End::decode(*payload);
  if (!end.ok()) {
    return end.status().at_offset(record->at);
  }
  // A stream has at least its header and its end, so the walk from stream to stream comes to an
  // end.
  const std::uint64_t least = FileHeader::kSize + (end_at - record->at);
  if (end->stream_size > end_at || end->stream_size < least ||
      end->file.stream_id != peeked->stream_id ||
      (peeked->sequence == 0) != (peeked->raw_offset == 0) || peeked->raw_size != 0) {
    return corrupt("end record contradicts itself").at_offset(record->at);
  }
  return WarpStream{.header = end->file,
                    .stored_at = end_at - end->stream_size,
                    .stored_size = end->stream_size,
                    .raw_begin = 0,
                    .raw_size = peeked->raw_offset,
                    .blocks = peeked->sequence,
                    .top_index_offset = end->top_index_offset,
                    .content = end->content,
                    .compact = nullptr};
}

}  // namespace

StreamsAtEnd find_streams_from_end(Source& source) {
  StreamsAtEnd found;
  std::uint64_t end = source.size().value_or(0);
  do {
    auto stream = read_stream_ending_at(source, end);
    if (!stream.ok()) {
      found.reason = stream.status();
      break;
    }
    end = stream->stored_at;
    found.streams.push_back(*stream);
  } while (end != 0);
  std::reverse(found.streams.begin(), found.streams.end());
  return found;
}

Result<WarpStream> find_last_stream(Source& source) {
  return read_stream_ending_at(source, source.size().value_or(0));
}

std::uint64_t WarpIndex::raw_size() const noexcept {
  return streams_.empty() ? 0 : streams_.back().raw_begin + streams_.back().raw_size;
}

Result<WarpIndex> WarpIndex::open(Source& source) {
  if (!source.random_access()) {
    return Status(Code::kUnsupported, "this needs a file, not a pipe").in_file(source.name());
  }
  WarpIndex index(source);
  Status loaded = index.load_from_end();
  if (is_damage(loaded)) {
    index.recovered_ = loaded;
    loaded = index.load_by_scan();
  }
  if (!loaded.ok()) {
    return loaded.in_file(source.name());
  }
  return index;
}

Status WarpIndex::load_from_end() {
  auto found = find_streams_from_end(*source_);
  if (!found.reason.ok()) {
    return found.reason;
  }
  streams_ = std::move(found.streams);
  std::uint64_t raw = 0;
  for (auto& stream : streams_) {
    stream.raw_begin = raw;
    if (raw + stream.raw_size < raw) {
      return corrupt("impossible content size");
    }
    raw += stream.raw_size;
  }
  return {};
}

// Goes from stream to stream, from the front. Where a stream's end cannot be found, the place of
// what follows in the content is not known either, so nothing behind it is offered.
Status WarpIndex::load_by_scan() {
  const std::uint64_t size = source_->size().value_or(0);
  const auto at_end = find_streams_from_end(*source_);
  streams_.clear();
  scanned_.clear();
  std::uint64_t at = 0;
  bool ended = true;
  while (ended && at < size) {
    const auto compact = take_compact(at);
    if (compact.ok() && *compact) {
      at += streams_.back().stored_size;
      continue;
    }
    auto header = compact.ok() ? read_file_header(*source_, at) : compact.status();
    std::uint64_t limit = size;
    for (auto known = at_end.streams.rbegin();
         known != at_end.streams.rend() && known->stored_at >= at; ++known) {
      if (known->stored_at == at && !header.ok()) {
        header = known->header;
      }
      limit = known->stored_at > at ? known->stored_at : limit;
    }
    if (!header.ok()) {
      end_known_ = false;
      return streams_.empty() || header.status().code() == Code::kIo ? header.status() : Status();
    }
    WarpStream stream;
    stream.header = *header;
    stream.stored_at = at;
    stream.raw_begin = raw_size();
    const auto scanned = scan_stream(stream, limit);
    if (!scanned.ok()) {
      return scanned.status();
    }
    ended = *scanned;
    at += stream.stored_size;
    streams_.push_back(stream);
  }
  end_known_ = ended;
  return size == 0 ? Status(Code::kTruncated, "the file is empty") : Status();
}

// Adds the compact stream that begins at `at`; false where none does.
Result<bool> WarpIndex::take_compact(std::uint64_t at) {
  auto read = CompactStream::read_at(*source_, at);
  if (!read.ok() || !*read) {
    return read.ok() ? Result<bool>(false) : read.status();
  }
  WarpStream stream = compact_stream_at(at, std::move(**read));
  stream.raw_begin = raw_size();
  scanned_.push_back({streams_.size(), stream.raw_begin, stream.raw_begin + stream.raw_size, at,
                      stream.compact->block.digest});
  streams_.push_back(std::move(stream));
  return true;
}

// Walks the records of one stream up to `limit`, where the next one is known to begin (or the file
// ends), and scans for the next record where a header is damaged. Side records are stepped over;
// only block headers count. True when the stream's end was found and so its size is known.
Result<bool> WarpIndex::scan_stream(WarpStream& stream, std::uint64_t limit) {
  RecordInput input(*source_);
  const std::size_t number = streams_.size();
  const std::size_t first = scanned_.size();
  std::uint64_t at = stream.stored_at + FileHeader::kSize;
  // Where bytes are missing, a record begins before the end that its predecessor states.
  std::uint64_t scan_from = at;
  stream.stored_size = limit - stream.stored_at;
  for (;;) {
    input.seek(at);
    const auto record = at < limit ? read_record(input, stream.header.stream_id)
                                   : Result<Record>(Status(Code::kTruncated, "no end record"));
    if (!record.ok()) {
      if (record.status().code() == Code::kIo) {
        return record.status();
      }
      // A record that is intact but of a later revision would be found again and again.
      scan_from =
          record.status().code() == Code::kUnsupported ? std::max(scan_from, at + 1) : scan_from;
      const auto next = find_next_record(*source_, scan_from, limit, stream.header.stream_id);
      if (!next.ok()) {
        return next.status();
      }
      if (*next == limit) {
        return false;
      }
      at = *next;
      scan_from = at + 1;
      continue;
    }
    scan_from = at + RecordHeader::kSize;
    at += record->header.stored_size();
    if (record->header.type == RecordType::kBlock) {
      const auto block = parse_block(*record, stream.header);
      const std::uint64_t end =
          stream.raw_begin + record->header.raw_offset + record->header.raw_size;
      if (block.ok() && block->raw_offset >= stream.raw_size && end >= stream.raw_begin) {
        scanned_.push_back(
            {number, stream.raw_begin + block->raw_offset, end, record->at, block->digest});
        stream.raw_size = block->raw_offset + block->raw_size;
        stream.blocks = static_cast<std::uint32_t>(scanned_.size() - first);
      }
    } else if (record->header.type == RecordType::kEnd &&
               record->header.raw_offset >= stream.raw_size &&
               stream.raw_begin + record->header.raw_offset >= stream.raw_begin) {
      const auto payload = read_side_payload(input, *record, End::kMaxPayload);
      const auto end = payload.ok() ? End::decode(*payload) : Result<End>(payload.status());
      const std::uint64_t end_at = at + End::kTailSize;
      // The end of a later stream with the same id must not pass for this one's.
      if (end.ok() && (end->stream_size == end_at - stream.stored_at || end_at == limit)) {
        stream.raw_size = record->header.raw_offset;
        stream.stored_size = end_at - stream.stored_at;
        return true;
      }
    }
  }
}

Result<std::vector<IndexEntry>> WarpIndex::read_entries(const WarpStream& stream,
                                                        const Node& node) const {
  if (node.stored_offset >= stream.stored_size) {
    return corrupt("index points outside the stream").at_offset(stream.stored_at);
  }
  RecordInput input(*source_);
  input.seek(stream.stored_at + node.stored_offset);
  const auto record = read_record(input, stream.header.stream_id);
  if (!record.ok()) {
    return record.status();
  }
  const std::size_t entry_size = IndexEntry::size(stream.header.hash);
  const RecordHeader expected{.type = node.type,
                              .stream_id = stream.header.stream_id,
                              .payload_size = static_cast<std::uint32_t>(node.entries * entry_size),
                              .raw_offset = node.raw_begin,
                              .raw_size = node.raw_end - node.raw_begin,
                              .sequence = node.sequence,
                              .payload_hash = record->header.payload_hash};
  if (record->header != expected) {
    return corrupt("index record is not the one that belongs here").at_offset(record->at);
  }
  const auto payload = read_side_payload(input, *record, expected.payload_size);
  if (!payload.ok()) {
    return payload.status();
  }
  std::vector<IndexEntry> entries;
  entries.reserve(node.entries);
  std::uint64_t least = node.raw_begin;  // the first begins with the node, each has some content
  for (std::size_t at = 0; at < payload->size(); at += entry_size) {
    entries.push_back(
        IndexEntry::decode(ByteSpan(*payload).subspan(at, entry_size), stream.header.hash));
    const IndexEntry& entry = entries.back();
    if (entry.raw_offset < least || entry.raw_offset >= node.raw_end ||
        entry.stored_offset >= stream.stored_size ||
        (entries.size() == 1 && entry.raw_offset != node.raw_begin)) {
      return corrupt("index entries are out of order").at_offset(record->at);
    }
    least = entry.raw_offset + 1;
  }
  return entries;
}

Status WarpIndex::find_in_segment(const Wanted& wanted, const Node& node,
                                  const std::vector<IndexEntry>& entries,
                                  std::vector<BlockLocation>& found) const {
  const WarpStream& stream = streams_[wanted.stream];
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const std::uint64_t entry_end =
        i + 1 < entries.size() ? entries[i + 1].raw_offset : node.raw_end;
    if (entries[i].raw_offset < wanted.end && entry_end > wanted.begin) {
      found.push_back({wanted.stream, stream.raw_begin + entries[i].raw_offset,
                       stream.raw_begin + entry_end, stream.stored_at + entries[i].stored_offset,
                       entries[i].digest});
    }
  }
  return {};
}

// A single block has no index: it follows the file header and the metadata.
Status WarpIndex::find_only_block(std::size_t number, std::vector<BlockLocation>& found) const {
  const WarpStream& stream = streams_[number];
  if (stream.compact) {
    found.push_back({number, stream.raw_begin, stream.raw_begin + stream.raw_size, stream.stored_at,
                     stream.compact->block.digest});
    return {};
  }
  RecordInput input(*source_);
  input.seek(stream.stored_at + FileHeader::kSize);
  for (;;) {
    const auto record = read_record(input, stream.header.stream_id);
    if (!record.ok()) {
      return record.status();
    }
    if (record->header.type == RecordType::kEnd) {
      return corrupt("end record counts a block that is not there").at_offset(record->at);
    }
    if (record->header.type != RecordType::kBlock) {
      if (Status skipped = input.skip(record->header.payload_size); !skipped.ok()) {
        return skipped;
      }
      continue;
    }
    const auto block = parse_block(*record, stream.header);
    if (!block.ok()) {
      return block.status();
    }
    IndexBuilder tree(stream.header.hash);
    tree.add_block(block->raw_size, 0, block->digest);
    if (block->raw_size != stream.raw_size || tree.content_digest() != stream.content) {
      return corrupt("block contradicts the end record").at_offset(record->at);
    }
    found.push_back(
        {number, stream.raw_begin, stream.raw_begin + stream.raw_size, record->at, block->digest});
    return {};
  }
}

Status WarpIndex::find_in_stream(const Wanted& wanted, std::vector<BlockLocation>& found) const {
  const WarpStream& stream = streams_[wanted.stream];
  if (stream.blocks == 1) {
    return find_only_block(wanted.stream, found);
  }
  constexpr auto kFanout = static_cast<std::uint32_t>(warp3::kIndexFanout);
  Node top{.type = RecordType::kIndex,
           .stored_offset = stream.top_index_offset,
           .raw_begin = 0,
           .raw_end = stream.raw_size,
           .sequence = 0,
           .entries = stream.blocks};
  const bool rooted = stream.blocks > kFanout;
  if (rooted) {
    top.type = RecordType::kRoot;
    top.sequence = stream.blocks;
    top.entries = (stream.blocks - 1) / kFanout + 1;
  }
  const auto entries = read_entries(stream, top);
  if (!entries.ok()) {
    return entries.status();
  }
  const HashId hash = stream.header.hash;
  const auto digest_of = [hash](const std::vector<IndexEntry>& nodes, std::uint64_t raw_end) {
    return IndexBuilder::node_digest(hash, nodes, raw_end);
  };
  const Digest content =
      rooted ? digest_of(*entries, stream.raw_size)
             : digest_of({{0, top.stored_offset, digest_of(*entries, stream.raw_size)}},
                         stream.raw_size);
  if (content != stream.content) {
    return corrupt("index contradicts the content digest")
        .at_offset(stream.stored_at + top.stored_offset);
  }
  if (!rooted) {
    return find_in_segment(wanted, top, *entries, found);
  }
  for (std::uint32_t i = 0; i < top.entries; ++i) {
    const Node node{.type = RecordType::kIndex,
                    .stored_offset = (*entries)[i].stored_offset,
                    .raw_begin = (*entries)[i].raw_offset,
                    .raw_end = i + 1 < top.entries ? (*entries)[i + 1].raw_offset : stream.raw_size,
                    .sequence = i * kFanout,
                    .entries = std::min(kFanout, stream.blocks - i * kFanout)};
    if (node.raw_begin >= wanted.end || node.raw_end <= wanted.begin) {
      continue;
    }
    const auto blocks = read_entries(stream, node);
    if (!blocks.ok()) {
      return blocks.status();
    }
    if (digest_of(*blocks, node.raw_end) != (*entries)[i].digest) {
      return corrupt("index contradicts the root record")
          .at_offset(stream.stored_at + node.stored_offset);
    }
    if (Status searched = find_in_segment(wanted, node, *blocks, found); !searched.ok()) {
      return searched;
    }
  }
  return {};
}

Status WarpIndex::find_by_index(std::uint64_t begin, std::uint64_t end,
                                std::vector<BlockLocation>& found) const {
  for (std::size_t i = 0; i < streams_.size(); ++i) {
    const auto& stream = streams_[i];
    const std::uint64_t stream_end = stream.raw_begin + stream.raw_size;
    if (stream.blocks != 0 && stream.raw_begin < end && stream_end > begin) {
      const Wanted wanted{.stream = i,
                          .begin = std::max(begin, stream.raw_begin) - stream.raw_begin,
                          .end = std::min(end, stream_end) - stream.raw_begin};
      if (Status searched = find_in_stream(wanted, found); !searched.ok()) {
        return searched;
      }
    }
  }
  return {};
}

Result<std::vector<BlockLocation>> WarpIndex::find(std::uint64_t begin, std::uint64_t end) {
  std::vector<BlockLocation> found;
  if (begin >= end) {
    return found;
  }
  if (recovered_.ok()) {
    Status searched = find_by_index(begin, end, found);
    if (searched.ok()) {
      return found;
    }
    if (!is_damage(searched)) {
      return searched.in_file(source_->name());
    }
    recovered_ = searched;
    if (Status scanned = load_by_scan(); !scanned.ok()) {
      return scanned.in_file(source_->name());
    }
    found.clear();
  }
  std::copy_if(
      scanned_.begin(), scanned_.end(), std::back_inserter(found),
      [&](const BlockLocation& block) { return block.raw_begin < end && block.raw_end > begin; });
  return found;
}

Result<warp3::BlockRecord> WarpIndex::read_block(const BlockLocation& location) const {
  const WarpStream& stream = streams_[location.stream];
  if (stream.compact) {
    return stream.compact->block;
  }
  RecordInput input(*source_);
  input.seek(location.stored_at);
  const auto record = read_record(input, stream.header.stream_id);
  if (!record.ok()) {
    return record.status();
  }
  if (record->header.type != RecordType::kBlock) {
    return corrupt("index points at something that is no block").at_offset(location.stored_at);
  }
  auto block = parse_block(*record, stream.header);
  if (block.ok() && (stream.raw_begin + block->raw_offset != location.raw_begin ||
                     block->raw_size != location.raw_end - location.raw_begin ||
                     (location.digest.size != 0 && block->digest != location.digest))) {
    return corrupt("block contradicts the index").at_offset(location.stored_at);
  }
  return block;
}

Result<std::optional<WarpMetadata>> WarpIndex::read_metadata(std::size_t stream_number) const {
  const WarpStream& stream = streams_[stream_number];
  if (stream.compact) {
    if (stream.compact->metadata.empty()) {
      return std::optional<WarpMetadata>();
    }
    auto metadata = decode_metadata(stream.compact->metadata);
    return metadata.ok() ? Result<std::optional<WarpMetadata>>(std::move(*metadata))
                         : metadata.status().at_offset(stream.stored_at);
  }
  RecordInput input(*source_);
  input.seek(stream.stored_at + FileHeader::kSize);
  // It comes before the first block; records of later versions may come before it.
  for (;;) {
    const auto record = read_record(input, stream.header.stream_id);
    if (!record.ok()) {
      return record.status();
    }
    if (record->header.type == RecordType::kMetadata) {
      const auto payload = read_side_payload(input, *record, kMaxMetadataSize);
      if (!payload.ok()) {
        return payload.status();
      }
      auto metadata = decode_metadata(*payload);
      if (!metadata.ok()) {
        return metadata.status().at_offset(record->at);
      }
      return std::optional<WarpMetadata>(std::move(*metadata));
    }
    if ((static_cast<std::uint8_t>(record->header.type) & warp3::kSkippableBit) == 0) {
      return std::optional<WarpMetadata>();
    }
    if (Status skipped = input.skip(record->header.payload_size); !skipped.ok()) {
      return skipped;
    }
  }
}

}  // namespace kompakt
