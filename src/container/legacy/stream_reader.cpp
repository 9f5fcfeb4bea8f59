#include "container/legacy/stream_reader.hpp"

#include <algorithm>
#include <string>

#include "container/legacy/buffer_room.hpp"
#include "container/legacy/chunk_table.hpp"
#include "core/checked.hpp"

namespace kompakt::legacy {

Result<std::unique_ptr<UnitReader>> StreamReader::open(InputCursor cursor,
                                                       const StreamHeader& header,
                                                       const Limits& limits) {
  if (header.chunk_size > std::min(limits.max_memory, kMaxChunkSize)) {
    return Status(Code::kLimitExceeded,
                  "chunks of up to " + std::to_string(header.chunk_size) + " bytes")
        .at_offset(6);
  }
  auto reader = std::make_unique<StreamReader>(StreamWalker(cursor, header, limits), limits);
  if (Status peeked = reader->peek_hash(); !peeked.ok()) {
    return peeked;
  }
  return std::unique_ptr<UnitReader>(std::move(reader));
}

StreamReader::StreamReader(StreamWalker walker, const Limits& limits)
    : walker_(std::move(walker)), limits_(limits) {}

std::uint64_t StreamReader::slot_bytes() const {
  const std::uint64_t raw = walker_.chunk_size();
  const std::uint64_t stored =
      std::min(max_stored_size(raw), walker_.cursor().known_size().value_or(max_stored_size(raw)));
  return buffer_room(raw) + buffer_room(stored);
}

std::uint64_t StreamReader::worker_bytes() const {
  std::uint64_t bytes = 0;
  for (const Coding coding : {Coding::kZstd, Coding::kLz4Frame, Coding::kSnappy}) {
    bytes += decoder_memory(coding, walker_.chunk_size());
  }
  return bytes;
}

// Only a hint that saves computing the other hashes: the walk to the end decides what holds.
Status StreamReader::peek_hash() {
  const auto size = walker_.cursor().known_size();
  if (!size) {
    return {};
  }
  if (*size < StreamHeader::kSize + StreamFooter::kSize) {
    candidates_ = {};
    return {};
  }
  const Source& source = walker_.cursor().source();
  std::array<std::byte, StreamFooter::kSize> end{};
  if (Status read = read_exact_at(source, *size - end.size(), end, "the footer"); !read.ok()) {
    return read;
  }
  const auto footer = StreamFooter::decode(end);
  if (!footer.ok() || footer->digest_offset == 0) {
    candidates_ = {};
    return {};
  }
  std::array<std::byte, DigestHeader::kSize> head{};
  const auto got = source.read_at(footer->digest_offset, head);
  if (got.ok() && *got == head.size() && starts_with(head, kDigestMagic)) {
    if (const auto digest = DigestHeader::decode(head); digest.ok()) {
      peeked_ = digest->hash;
      candidates_ = {&peeked_, 1};
    }
  }
  return {};
}

Result<bool> StreamReader::end_unit(DecodeSlot& slot) {
  if (ended_) {
    return false;
  }
  const auto trailer = walker_.read_trailers();
  if (!trailer.ok()) {
    return trailer.status();
  }
  slot.index = index_;
  slot.stored_offset = walker_.digest_offset();
  slot.end = *trailer;
  slot.input_end = walker_.cursor().position();
  ended_ = true;
  return true;
}

Result<bool> StreamReader::next(DecodeSlot& slot) {
  const auto chunk = ended_ ? std::optional<StreamChunkHeader>() : walker_.next_chunk();
  if (!chunk.ok()) {
    return chunk.status().in_block(index_);
  }
  if (!*chunk) {
    return end_unit(slot);
  }
  InputCursor& cursor = walker_.cursor();
  slot.index = index_;
  slot.coding = coding_of((*chunk)->method);
  slot.stored_offset = cursor.position();
  slot.stored_size = (*chunk)->stored_size;
  slot.raw_offset = raw_offset_;
  slot.raw_size = (*chunk)->original_size;
  const auto raw_end = checked_add(raw_offset_, std::uint64_t{slot.raw_size});
  if (!raw_end || *raw_end > limits_.max_output) {
    return Status(Code::kLimitExceeded, "the content exceeds the output limit").in_block(index_);
  }
  if (cursor.random_access()) {
    const auto size = cursor.known_size();
    if (size && slot.stored_size > *size - slot.stored_offset) {
      return Status(Code::kTruncated, "the file ends inside a chunk")
          .in_block(index_)
          .at_offset(*size);
    }
    cursor.seek(slot.stored_offset + slot.stored_size);
  } else {
    slot.stored.resize_discard(slot.stored_size + 1);
    Status read = cursor.read_exact(slot.stored.first(slot.stored_size), "a chunk");
    if (!read.ok()) {
      return read.in_block(index_);
    }
    slot.loaded = true;
  }
  slot.input_end = cursor.position();
  raw_offset_ = *raw_end;
  ++index_;
  return true;
}

}  // namespace kompakt::legacy
