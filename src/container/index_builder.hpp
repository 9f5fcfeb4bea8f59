/// \file
/// The index and digest tree of a .warp v3 stream, built block by block. The writer stores what the
/// builder says; the reader builds the same from what it reads and compares.
#pragma once

#include <cstdint>
#include <vector>

#include "container/warp3_layout.hpp"

namespace kompakt::warp3 {

/// Memory: one index record's entries (at most kIndexFanout) and one root entry for each index
/// record, so about 56 bytes for every 4096 blocks.
class IndexBuilder {
 public:
  explicit IndexBuilder(HashId hash) : hash_(hash) {}

  /// False while an index record is due, and once the last one or the root has been written.
  [[nodiscard]] bool takes_blocks() const noexcept { return !sealed_ && !segment_full(); }
  /// Blocks must be added in order, each starting where the last one ended.
  void add_block(std::uint64_t raw_size, std::uint64_t stored_offset, const Digest& digest);

  /// An index record is due before the next block.
  [[nodiscard]] bool segment_full() const noexcept { return pending_.size() == kIndexFanout; }
  /// An index record is due before the end: there are pending blocks and more than one block in
  /// all.
  [[nodiscard]] bool last_segment_due() const noexcept { return !pending_.empty() && blocks_ > 1; }
  /// A root record is due before the end: there are several index records and no root yet.
  [[nodiscard]] bool root_due() const noexcept { return segments_.size() > 1 && !rooted_; }
  /// Nothing more is due before the end record.
  [[nodiscard]] bool complete() const noexcept { return !last_segment_due() && !root_due(); }

  /// Payload and header (type, ranges, hash) of the index record for the pending blocks.
  [[nodiscard]] std::vector<std::byte> segment_payload() const { return encode(pending_); }
  [[nodiscard]] RecordHeader segment_header(std::uint32_t stream_id) const;
  /// The pending blocks are covered by an index record at `stored_offset`.
  void segment_done(std::uint64_t stored_offset);

  [[nodiscard]] std::vector<std::byte> root_payload() const { return encode(segments_); }
  [[nodiscard]] RecordHeader root_header(std::uint32_t stream_id) const;
  void root_done(std::uint64_t stored_offset);

  /// Root of the digest tree over all blocks so far; empty without a hash.
  [[nodiscard]] Digest content_digest() const;
  [[nodiscard]] std::uint64_t raw_size() const noexcept { return raw_size_; }
  [[nodiscard]] std::uint32_t blocks() const noexcept { return blocks_; }
  /// Where the root, or else the only index record, lies; 0 when there is neither.
  [[nodiscard]] std::uint64_t top_index() const noexcept { return top_index_; }

  /// The digest of a tree node: over each entry's raw offset and digest, then the node's end.
  [[nodiscard]] static Digest node_digest(HashId hash, const std::vector<IndexEntry>& entries,
                                          std::uint64_t raw_end);

 private:
  [[nodiscard]] static std::vector<std::byte> encode(const std::vector<IndexEntry>& entries);
  [[nodiscard]] std::uint64_t pending_begin() const noexcept {
    return pending_.empty() ? raw_size_ : pending_.front().raw_offset;
  }

  HashId hash_;
  std::vector<IndexEntry> pending_;
  std::vector<IndexEntry> segments_;
  std::uint64_t raw_size_ = 0;
  std::uint32_t blocks_ = 0;
  std::uint64_t top_index_ = 0;
  bool sealed_ = false;  // an index record of fewer than kIndexFanout blocks is the last
  bool rooted_ = false;
};

}  // namespace kompakt::warp3
