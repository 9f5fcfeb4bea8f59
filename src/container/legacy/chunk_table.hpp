/// \file
/// The size tables of v1 and v2 files, checked as a whole before any entry is believed.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "container/legacy/input_cursor.hpp"
#include "container/legacy/layout.hpp"
#include "kompakt/codec.hpp"

namespace kompakt::legacy {

/// One column of u64 sizes, taken front to back. From a file it is read in windows of a few KiB
/// whenever it is needed; from a pipe, which cannot be read twice, it is kept in memory.
class SizeColumn {
 public:
  SizeColumn() = default;  ///< no entries
  /// Reads nothing: the column lies at `offset` of a random-access source.
  SizeColumn(const Source& source, std::uint64_t offset, std::uint32_t count)
      : source_(&source), offset_(offset), count_(count) {}
  /// Reads `count` entries from a pipe, growing only as they arrive.
  [[nodiscard]] static Result<SizeColumn> load(InputCursor& cursor, std::uint32_t count);

  [[nodiscard]] Result<std::uint64_t> next();
  void rewind() noexcept { next_ = 0; }
  /// Where in the file the entry that next() returns lies.
  [[nodiscard]] std::uint64_t position() const noexcept {
    return offset_ + std::uint64_t{next_} * sizeof(std::uint64_t);
  }

 private:
  Status fill_window();

  const Source* source_ = nullptr;
  std::uint64_t offset_ = 0;
  std::uint32_t count_ = 0;
  std::uint32_t next_ = 0;
  std::uint32_t window_start_ = 0;
  std::vector<std::uint64_t> window_;  // all entries when the column was loaded
};

/// What the tables say about one chunk.
struct ChunkSizes {
  std::uint64_t stored = 0;
  std::optional<std::uint64_t> original;  ///< v2 only
};

/// Whether a chunk may claim these sizes: kLimitExceeded beyond `limits` or kMaxChunkSize, kCorrupt
/// when no encoder makes them.
[[nodiscard]] Status check_chunk_sizes(std::uint64_t stored, std::uint64_t original,
                                       const Limits& limits);

class ChunkTable {
 public:
  /// Reads the tables that follow `header`, leaving `cursor` at the first payload. Every entry is
  /// checked against the others, the header, the file's size where it is known, and `limits`.
  [[nodiscard]] static Result<ChunkTable> read(InputCursor& cursor, const TableHeader& header,
                                               const Limits& limits);

  /// The next chunk; call it header.chunk_count times at most. The file is read anew where it can
  /// be, so a caller compares what it gets with the largest sizes before it believes it.
  [[nodiscard]] Result<ChunkSizes> next();
  void rewind() noexcept;
  [[nodiscard]] std::uint64_t largest_stored() const noexcept { return largest_stored_; }
  [[nodiscard]] std::uint64_t largest_original() const noexcept { return largest_original_; }
  /// Bytes of all payloads.
  [[nodiscard]] std::uint64_t stored_total() const noexcept { return stored_total_; }

 private:
  Status open(InputCursor& cursor, const TableHeader& header, const Limits& limits);
  Status check(const TableHeader& header, const Limits& limits);

  SizeColumn stored_;
  SizeColumn original_;
  bool has_original_ = false;
  std::uint64_t largest_stored_ = 0;
  std::uint64_t largest_original_ = 0;
  std::uint64_t stored_total_ = 0;
};

/// The trailer at the cursor of a v1 or v2 file, or nullopt where the file ends without one.
/// kCorrupt when anything else follows the last chunk, or anything follows the trailer.
[[nodiscard]] Result<std::optional<ContentTrailer>> read_content_trailer(InputCursor& cursor);

}  // namespace kompakt::legacy
