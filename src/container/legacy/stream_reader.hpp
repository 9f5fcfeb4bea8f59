/// \file
/// Finding the chunks of stream v2 files, and checking their index, digest and footer.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "container/legacy/decode_job.hpp"
#include "container/legacy/input_cursor.hpp"

namespace kompakt::legacy {

/// Follows the chunk headers of a stream v2 file, and compares its index with what it saw.
class StreamWalker {
 public:
  StreamWalker(InputCursor cursor, const StreamHeader& header, const Limits& limits);

  /// The header of the next chunk, leaving the cursor at its payload; nullopt at the first trailer
  /// or the end of the file.
  [[nodiscard]] Result<std::optional<StreamChunkHeader>> next_chunk();
  /// Reads the trailers once next_chunk() has returned nullopt; kNone without a digest.
  [[nodiscard]] Result<ContentTrailer> read_trailers();

  [[nodiscard]] InputCursor& cursor() noexcept { return cursor_; }
  [[nodiscard]] const InputCursor& cursor() const noexcept { return cursor_; }
  [[nodiscard]] std::uint64_t chunk_count() const noexcept { return chunk_count_; }
  [[nodiscard]] std::uint32_t chunk_size() const noexcept { return chunk_size_; }
  [[nodiscard]] std::uint64_t digest_offset() const noexcept { return footer_.digest_offset; }
  [[nodiscard]] bool has_index() const noexcept { return footer_.index_offset != 0; }
  [[nodiscard]] bool has_trailers() const noexcept { return !pending_.empty(); }

 private:
  Status read_magic();
  Status read_index();
  Result<ContentTrailer> read_digest();
  Status read_footer();
  void note(const IndexEntry& entry);

  InputCursor cursor_;
  std::uint32_t chunk_size_;
  Limits limits_;
  std::uint64_t chunk_count_ = 0;
  // Instead of the index of a file that may have any number of chunks: its hash.
  std::unique_ptr<Hasher> index_hash_;
  std::string_view pending_;  // the magic of the trailer whose first bytes were read; empty: end
  StreamFooter footer_;       // where the trailers were found
};

/// Stream v2 in parallel: only headers are read in order where the source has random access.
class StreamReader final : public UnitReader {
 public:
  [[nodiscard]] static Result<std::unique_ptr<UnitReader>> open(InputCursor cursor,
                                                                const StreamHeader& header,
                                                                const Limits& limits);
  StreamReader(StreamWalker walker, const Limits& limits);
  std::uint64_t slot_bytes() const override;
  std::uint64_t worker_bytes() const override;
  std::span<const HashId> candidate_hashes() const override { return candidates_; }
  Result<bool> next(DecodeSlot& slot) override;

 private:
  Status peek_hash();
  Result<bool> end_unit(DecodeSlot& slot);

  StreamWalker walker_;
  Limits limits_;
  std::span<const HashId> candidates_ = kStreamHashes;
  HashId peeked_ = HashId::kNone;
  std::uint64_t index_ = 0;
  std::uint64_t raw_offset_ = 0;
  bool ended_ = false;
};

}  // namespace kompakt::legacy
