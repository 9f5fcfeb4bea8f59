#include "container/index_builder.hpp"

#include "core/endian.hpp"

namespace kompakt::warp3 {
namespace {

RecordHeader side_header(RecordType type, std::uint32_t stream_id, std::uint64_t raw_begin,
                         std::uint64_t raw_end, std::uint32_t sequence, ByteSpan payload) {
  return {.type = type,
          .stream_id = stream_id,
          .payload_size = static_cast<std::uint32_t>(payload.size()),
          .raw_offset = raw_begin,
          .raw_size = raw_end - raw_begin,
          .sequence = sequence,
          .payload_hash = xxh3_64(payload)};
}

}  // namespace

void IndexBuilder::add_block(std::uint64_t raw_size, std::uint64_t stored_offset,
                             const Digest& digest) {
  pending_.push_back({raw_size_, stored_offset, digest});
  raw_size_ += raw_size;
  ++blocks_;
}

RecordHeader IndexBuilder::segment_header(std::uint32_t stream_id) const {
  return side_header(RecordType::kIndex, stream_id, pending_begin(), raw_size_,
                     blocks_ - static_cast<std::uint32_t>(pending_.size()), segment_payload());
}

void IndexBuilder::segment_done(std::uint64_t stored_offset) {
  segments_.push_back({pending_begin(), stored_offset, node_digest(hash_, pending_, raw_size_)});
  sealed_ = pending_.size() < kIndexFanout;
  pending_.clear();
  top_index_ = stored_offset;
}

void IndexBuilder::root_done(std::uint64_t stored_offset) {
  rooted_ = true;
  sealed_ = true;
  top_index_ = stored_offset;
}

RecordHeader IndexBuilder::root_header(std::uint32_t stream_id) const {
  return side_header(RecordType::kRoot, stream_id, 0, raw_size_, blocks_, root_payload());
}

Digest IndexBuilder::content_digest() const {
  std::vector<IndexEntry> segments = segments_;
  if (!pending_.empty()) {
    segments.push_back({pending_begin(), 0, node_digest(hash_, pending_, raw_size_)});
  }
  return node_digest(hash_, segments, raw_size_);
}

Digest IndexBuilder::node_digest(HashId hash, const std::vector<IndexEntry>& entries,
                                 std::uint64_t raw_end) {
  const auto hasher = make_hasher(hash);
  std::array<std::byte, 8> number{};
  for (const auto& entry : entries) {
    store_le<std::uint64_t>(number, entry.raw_offset);
    hasher->update(number);
    hasher->update(entry.digest.span());
  }
  store_le<std::uint64_t>(number, raw_end);
  hasher->update(number);
  return hasher->finish();
}

std::vector<std::byte> IndexBuilder::encode(const std::vector<IndexEntry>& entries) {
  std::vector<std::byte> payload;
  for (const auto& entry : entries) {
    entry.append_to(payload);
  }
  return payload;
}

}  // namespace kompakt::warp3
