#include "container/warp_index.hpp"

#include <algorithm>
#include <array>

namespace kompakt {

using warp3::End;
using warp3::FileHeader;
using warp3::find_next_record;
using warp3::IndexEntry;
using warp3::Record;
using warp3::RecordHeader;
using warp3::RecordInput;
using warp3::RecordType;

namespace {

Status corrupt(std::string message) { return {Code::kCorrupt, std::move(message)}; }

Result<FileHeader> read_file_header(Source& source, std::uint64_t at) {
  RecordInput input(source);
  input.seek(at);
  std::array<std::byte, FileHeader::kSize> bytes{};
  if (Status read = input.read_exactly(bytes); !read.ok()) {
    return read;
  }
  auto header = FileHeader::decode(bytes);
  return header.ok() ? header : Result<FileHeader>(header.status().at_offset(at));
}

}  // namespace

std::uint64_t WarpIndex::raw_size() const noexcept {
  return streams_.empty() ? 0 : streams_.back().raw_begin + streams_.back().raw_size;
}

Result<WarpIndex> WarpIndex::open(Source& source) {
  if (!source.random_access()) {
    return Status(Code::kUnsupported, "this needs a file, not a pipe").in_file(source.name());
  }
  WarpIndex index(source);
  Status loaded = index.load_from_end();
  if (!loaded.ok() && loaded.code() != Code::kIo && loaded.code() != Code::kUnsupported) {
    index.recovered_ = loaded;
    loaded = index.load_by_scan();
  }
  if (!loaded.ok()) {
    return loaded.in_file(source.name());
  }
  return index;
}

// Streams are found from the last to the first: each end record says how long its stream is.
Status WarpIndex::load_from_end() {
  std::uint64_t end = source_->size().value_or(0);
  do {
    if (Status loaded = load_stream(end); !loaded.ok()) {
      return loaded;
    }
    end = streams_.back().stored_at;
  } while (end != 0);
  std::reverse(streams_.begin(), streams_.end());
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

Status WarpIndex::load_stream(std::uint64_t end) {
  RecordInput input(*source_);
  std::array<std::byte, End::kTailSize> tail{};
  if (end < FileHeader::kSize + RecordHeader::kSize + End::kTailSize) {
    return {Code::kTruncated, "the file ends without its end record"};
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
  const auto peeked = RecordHeader::peek(bytes);
  if (!peeked || peeked->type != RecordType::kEnd) {
    return corrupt("no end record where the tail says").at_offset(end - *record_size);
  }
  input.seek(end - *record_size);
  const auto record = read_record(input, peeked->stream_id);
  if (!record.ok()) {
    return record.status();
  }
  const auto payload = read_side_payload(input, *record);
  if (!payload.ok()) {
    return payload.status();
  }
  // The end's digest is as long as the header's hash makes it, which is not known yet.
  if (payload->size() < 16) {
    return corrupt("end record has the wrong length").at_offset(record->at);
  }
  const auto sizes = End::decode(ByteSpan(*payload).first(16), HashId::kNone);
  if (!sizes.ok() || sizes->stream_size > end) {
    return corrupt("end record states an impossible size").at_offset(record->at);
  }
  const std::uint64_t begin = end - sizes->stream_size;
  const auto header = read_file_header(*source_, begin);
  if (!header.ok()) {
    return header.status();
  }
  const auto full = End::decode(*payload, header->hash);
  if (!full.ok() || header->stream_id != peeked->stream_id) {
    return corrupt("end record contradicts the file header").at_offset(record->at);
  }
  streams_.push_back({.header = *header,
                      .stored_at = begin,
                      .stored_size = sizes->stream_size,
                      .raw_begin = 0,
                      .raw_size = record->header.raw_offset,
                      .blocks = record->header.sequence,
                      .top_index_offset = full->top_index_offset,
                      .content = full->content});
  return {};
}

// Walks the records from the front, and scans for the next one where a header is damaged. Side
// records are stepped over; only block headers count.
Status WarpIndex::load_by_scan() {
  streams_.clear();
  const std::uint64_t end = source_->size().value_or(0);
  const auto header = read_file_header(*source_, 0);
  if (!header.ok()) {
    return header.status();
  }
  WarpStream stream;
  stream.header = *header;
  stream.stored_size = end;
  RecordInput input(*source_);
  std::uint64_t at = FileHeader::kSize;
  while (at < end) {
    input.seek(at);
    const auto record = read_record(input, header->stream_id);
    if (!record.ok()) {
      if (record.status().code() == Code::kIo) {
        return record.status();
      }
      const auto next = find_next_record(*source_, at + 1, header->stream_id);
      if (!next.ok()) {
        return next.status();
      }
      at = *next;
      continue;
    }
    if (record->header.type == RecordType::kBlock) {
      const auto block = parse_block(*record, *header);
      if (block.ok() && (scanned_.empty() || block->raw_offset >= scanned_.back().raw_end)) {
        scanned_.push_back({0, block->raw_offset, block->raw_offset + block->raw_size, at});
        stream.raw_size = scanned_.back().raw_end;
        ++stream.blocks;
      }
    }
    at += record->header.stored_size();
  }
  streams_.push_back(stream);
  return {};
}

Result<std::vector<IndexEntry>> WarpIndex::read_entries(const WarpStream& stream, std::uint64_t stored_offset,
                                                        RecordType type, RecordHeader& header) const {
  if (stored_offset > stream.stored_size) {
    return corrupt("index points outside the stream").at_offset(stream.stored_at);
  }
  RecordInput input(*source_);
  input.seek(stream.stored_at + stored_offset);
  const auto record = read_record(input, stream.header.stream_id);
  if (!record.ok()) {
    return record.status();
  }
  const auto payload = read_side_payload(input, *record);
  if (!payload.ok()) {
    return payload.status();
  }
  const std::size_t entry_size = IndexEntry::size(stream.header.hash);
  if (record->header.type != type || payload->size() % entry_size != 0 || payload->empty()) {
    return corrupt("index record is malformed").at_offset(record->at);
  }
  header = record->header;
  std::vector<IndexEntry> entries;
  entries.reserve(payload->size() / entry_size);
  for (std::size_t at = 0; at < payload->size(); at += entry_size) {
    entries.push_back(IndexEntry::decode(ByteSpan(*payload).subspan(at, entry_size), stream.header.hash));
    const std::uint64_t previous = entries.size() == 1 ? header.raw_offset : entries[entries.size() - 2].raw_offset;
    if (entries.back().raw_offset < previous || entries.back().raw_offset > header.raw_offset + header.raw_size) {
      return corrupt("index entries are out of order").at_offset(record->at);
    }
  }
  return entries;
}

Status WarpIndex::find_in_segment(std::size_t number, std::uint64_t stored_offset, std::uint64_t begin,
                                  std::uint64_t end, std::vector<BlockLocation>& found) {
  const WarpStream& stream = streams_[number];
  RecordHeader header;
  const auto entries = read_entries(stream, stored_offset, RecordType::kIndex, header);
  if (!entries.ok()) {
    return entries.status();
  }
  for (std::size_t i = 0; i < entries->size(); ++i) {
    const auto& entry = (*entries)[i];
    const std::uint64_t entry_end =
        i + 1 < entries->size() ? (*entries)[i + 1].raw_offset : header.raw_offset + header.raw_size;
    if (entry.raw_offset < end && entry_end > begin) {
      if (entry.stored_offset > stream.stored_size) {
        return corrupt("index points outside the stream");
      }
      found.push_back({number, stream.raw_begin + entry.raw_offset, stream.raw_begin + entry_end,
                       stream.stored_at + entry.stored_offset});
    }
  }
  return {};
}

Status WarpIndex::find_in_stream(std::size_t number, std::uint64_t begin, std::uint64_t end,
                                 std::vector<BlockLocation>& found) {
  const WarpStream& stream = streams_[number];
  if (stream.blocks == 0 || begin >= end) {
    return {};
  }
  if (stream.top_index_offset == 0) {
    // A single block has no index: it follows the file header and the metadata.
    RecordInput input(*source_);
    input.seek(stream.stored_at + FileHeader::kSize);
    for (;;) {
      const auto record = read_record(input, stream.header.stream_id);
      if (!record.ok()) {
        return record.status();
      }
      if (record->header.type == RecordType::kBlock) {
        found.push_back({number, stream.raw_begin, stream.raw_begin + stream.raw_size, record->at});
        return {};
      }
      if (record->header.type == RecordType::kEnd) {
        return corrupt("end record counts a block that is not there").at_offset(record->at);
      }
      if (Status skipped = input.skip(record->header.payload_size); !skipped.ok()) {
        return skipped;
      }
    }
  }
  // The top record is the root when there is more than one index record.
  if (stream.blocks <= warp3::kIndexFanout) {
    return find_in_segment(number, stream.top_index_offset, begin, end, found);
  }
  RecordHeader header;
  const auto segments = read_entries(stream, stream.top_index_offset, RecordType::kRoot, header);
  if (!segments.ok()) {
    return segments.status();
  }
  for (std::size_t i = 0; i < segments->size(); ++i) {
    const std::uint64_t segment_end = i + 1 < segments->size() ? (*segments)[i + 1].raw_offset : stream.raw_size;
    if ((*segments)[i].raw_offset < end && segment_end > begin) {
      if (Status searched = find_in_segment(number, (*segments)[i].stored_offset, begin, end, found); !searched.ok()) {
        return searched;
      }
    }
  }
  return {};
}

Result<std::vector<BlockLocation>> WarpIndex::find(std::uint64_t begin, std::uint64_t end) {
  std::vector<BlockLocation> found;
  if (!recovered_.ok()) {
    std::copy_if(scanned_.begin(), scanned_.end(), std::back_inserter(found),
                 [&](const BlockLocation& block) { return block.raw_begin < end && block.raw_end > begin; });
    return found;
  }
  for (std::size_t i = 0; i < streams_.size(); ++i) {
    const auto& stream = streams_[i];
    const std::uint64_t stream_end = stream.raw_begin + stream.raw_size;
    if (stream.raw_begin < end && stream_end > begin) {
      const std::uint64_t from = std::max(begin, stream.raw_begin) - stream.raw_begin;
      const std::uint64_t to = std::min(end, stream_end) - stream.raw_begin;
      if (Status searched = find_in_stream(i, from, to, found); !searched.ok()) {
        return searched.in_file(source_->name());
      }
    }
  }
  return found;
}

Result<warp3::BlockRecord> WarpIndex::read_block(const BlockLocation& location) const {
  const WarpStream& stream = streams_[location.stream];
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
                     block->raw_size != location.raw_end - location.raw_begin)) {
    return corrupt("block contradicts the index").at_offset(location.stored_at);
  }
  return block;
}

Result<std::optional<WarpMetadata>> WarpIndex::read_metadata(std::size_t stream_number) const {
  const WarpStream& stream = streams_[stream_number];
  RecordInput input(*source_);
  input.seek(stream.stored_at + FileHeader::kSize);
  const auto record = read_record(input, stream.header.stream_id);
  if (!record.ok()) {
    return record.status();
  }
  if (record->header.type != RecordType::kMetadata) {
    return std::optional<WarpMetadata>();
  }
  if (record->header.payload_size > kMaxMetadataSize) {
    return corrupt("metadata is too large").at_offset(record->at);
  }
  const auto payload = read_side_payload(input, *record);
  if (!payload.ok()) {
    return payload.status();
  }
  auto metadata = decode_metadata(*payload);
  if (!metadata.ok()) {
    return metadata.status().at_offset(record->at);
  }
  return std::optional<WarpMetadata>(std::move(*metadata));
}

}  // namespace kompakt
