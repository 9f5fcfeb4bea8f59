#include "container/legacy/table_reader.hpp"

#include <algorithm>
#include <array>

#include "container/legacy/buffer_room.hpp"
#include "container/legacy/v1_reader.hpp"

namespace kompakt::legacy {
namespace {

// The longest run a snappy element of three bytes copies is 64 bytes, so no block grows by more.
constexpr std::uint64_t kMaxSnappyGain = 22;

}  // namespace

TableReader::TableReader(InputCursor cursor, const TableHeader& header, ChunkTable table,
                         const Limits& limits)
    : cursor_(cursor), header_(header), table_(std::move(table)), limits_(limits) {}

std::uint64_t TableReader::worker_bytes() const {
  const std::uint64_t chunk = table_.largest_original() != 0 ? table_.largest_original() : 8 * kMiB;
  return decoder_memory(coding_of(header_.method), chunk);
}

Status TableReader::peek_trailer() {
  if (!cursor_.random_access()) {
    return {};
  }
  InputCursor ahead(cursor_.source(), header_.payload_offset() + table_.stored_total());
  auto trailer = read_content_trailer(ahead);
  if (!trailer.ok()) {
    return trailer.status();
  }
  peeked_ = true;
  trailer_ = *trailer;
  candidates_ = trailer_ ? std::span<const HashId>(&trailer_->hash, 1) : std::span<const HashId>();
  return {};
}

Result<bool> TableReader::end_unit(DecodeSlot& slot) {
  if (ended_) {
    return false;
  }
  if (raw_offset_ != header_.original_size) {
    return Status(Code::kCorrupt, "the content is shorter than the header says")
        .at_offset(cursor_.position());
  }
  slot.stored_offset = cursor_.position();
  if (!peeked_) {
    auto trailer = read_content_trailer(cursor_);
    if (!trailer.ok()) {
      return trailer.status();
    }
    trailer_ = *trailer;
  }
  slot.index = index_;
  slot.end = trailer_.value_or(ContentTrailer());
  slot.input_end = peeked_ && trailer_
                       ? slot.stored_offset + ContentTrailer::kPrefixSize + trailer_->digest.size
                       : cursor_.position();
  ended_ = true;
  return true;
}

Status TableReader::claim_raw(std::uint64_t size) const {
  return size <= header_.original_size - raw_offset_
             ? Status()
             : Status(Code::kCorrupt, "the content is longer than the header says");
}

ChunkedTableReader::ChunkedTableReader(InputCursor cursor, const TableHeader& header,
                                       ChunkTable table, const Limits& limits)
    : TableReader(cursor, header, std::move(table), limits),
      largest_original_(table_.largest_original()) {}

Status ChunkedTableReader::prepare() {
  if (Status peeked = peek_trailer(); !peeked.ok()) {
    return peeked;
  }
  return header_.version == 1 ? measure_snappy() : Status();
}

Status ChunkedTableReader::measure_snappy() {
  if (!cursor_.random_access()) {
    largest_original_ = std::min({header_.original_size, kMaxChunkSize, limits_.max_memory,
                                  table_.largest_stored() * kMaxSnappyGain + 64});
    return {};
  }
  std::uint64_t offset = header_.payload_offset();
  DecodeSlot unused;
  for (std::uint32_t i = 0; i < header_.chunk_count; ++i) {
    const auto sizes = table_.next();
    if (!sizes.ok()) {
      return sizes.status();
    }
    unused.stored_offset = offset;
    const auto original = original_size(*sizes, unused);
    if (!original.ok()) {
      return original.status().in_block(i).at_offset(offset);
    }
    largest_original_ = std::max(largest_original_, *original);
    offset += sizes->stored;
  }
  table_.rewind();
  return {};
}

std::uint64_t ChunkedTableReader::slot_bytes() const {
  return buffer_room(table_.largest_stored()) + buffer_room(largest_original_);
}

Result<std::uint64_t> ChunkedTableReader::original_size(const ChunkSizes& sizes, DecodeSlot& slot) {
  std::uint64_t original = sizes.original.value_or(0);
  if (!sizes.original) {
    std::array<std::byte, kMaxSnappyLengthSize> bytes{};
    const auto head = MutableByteSpan(bytes).first(
        static_cast<std::size_t>(std::min<std::uint64_t>(sizes.stored, bytes.size())));
    if (slot.loaded) {
      std::copy_n(slot.stored.data(), head.size(), head.begin());
    } else if (Status read = read_exact_at(cursor_.source(), slot.stored_offset, head, "a chunk");
               !read.ok()) {
      return read;
    }
    auto length = snappy_length(head);
    if (!length.ok()) {
      return length;
    }
    original = *length;
    if (Status fits = check_chunk_sizes(sizes.stored, original, limits_); !fits.ok()) {
      return fits;
    }
    if (original > sizes.stored * kMaxSnappyGain + 64) {
      return Status(Code::kCorrupt, "snappy: the length is beyond what the block can hold");
    }
  }
  Status claimed = claim_raw(original);
  return claimed.ok() ? Result<std::uint64_t>(original) : claimed;
}

Status ChunkedTableReader::load(DecodeSlot& slot) {
  if (cursor_.random_access()) {
    cursor_.seek(slot.stored_offset + slot.stored_size);
    return {};
  }
  slot.stored.resize_discard(slot.stored_size + 1);
  slot.loaded = true;
  return cursor_.read_exact(slot.stored.first(slot.stored_size), "a chunk");
}

Result<bool> ChunkedTableReader::next(DecodeSlot& slot) {
  if (at_end()) {
    return end_unit(slot);
  }
  const auto sizes = table_.next();
  if (!sizes.ok()) {
    return sizes.status();
  }
  if (sizes->stored > std::min(table_.largest_stored(), max_stored_size(kMaxChunkSize))) {
    return Status(Code::kCorrupt, "impossible size in the chunk tables").in_block(index_);
  }
  slot.index = index_;
  slot.coding = coding_of(header_.method);
  slot.stored_offset = cursor_.position();
  slot.stored_size = static_cast<std::size_t>(sizes->stored);
  Status loaded = load(slot);
  if (!loaded.ok()) {
    return loaded.in_block(index_);
  }
  const auto original = original_size(*sizes, slot);
  if (!original.ok() || *original > largest_original_) {
    Status bad = original.ok() ? Status(Code::kCorrupt, "the file changed while it was read")
                               : original.status();
    return bad.in_block(index_).at_offset(slot.stored_offset);
  }
  slot.raw_offset = raw_offset_;
  slot.raw_size = static_cast<std::size_t>(*original);
  slot.input_end = cursor_.position();
  raw_offset_ += *original;
  ++index_;
  return true;
}

Result<std::unique_ptr<UnitReader>> open_table_reader(InputCursor cursor, const TableHeader& header,
                                                      const Limits& limits) {
  if (header.original_size > limits.max_output) {
    return Status(Code::kLimitExceeded, "the content exceeds the output limit");
  }
  auto table = ChunkTable::read(cursor, header, limits);
  if (!table.ok()) {
    return table.status();
  }
  if (header.version == 1 && header.method != TableMethod::kSnappy) {
    return V1Reader::open(cursor, header, std::move(*table), limits);
  }
  auto reader = std::make_unique<ChunkedTableReader>(cursor, header, std::move(*table), limits);
  if (Status prepared = reader->prepare(); !prepared.ok()) {
    return prepared;
  }
  return std::unique_ptr<UnitReader>(std::move(reader));
}

}  // namespace kompakt::legacy
