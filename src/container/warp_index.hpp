/// \file
/// Random access into .warp version 3 files.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "container/block_decoder.hpp"
#include "container/compact_stream.hpp"
#include "container/metadata.hpp"
#include "container/warp3_layout.hpp"
#include "kompakt/source.hpp"

namespace kompakt {

/// Where a block lies.
struct BlockLocation {
  std::size_t stream = 0;       ///< which of the file's streams
  std::uint64_t raw_begin = 0;  ///< in the whole file's content
  std::uint64_t raw_end = 0;
  std::uint64_t stored_at = 0;  ///< position of the record in the file
  Digest digest;  ///< of the raw bytes, as the index says; empty where it is not known
};

/// One .warp stream of a file.
struct WarpStream {
  warp3::FileHeader header;
  std::uint64_t stored_at = 0;  ///< position in the file
  std::uint64_t stored_size = 0;
  std::uint64_t raw_begin = 0;  ///< position in the whole file's content
  std::uint64_t raw_size = 0;
  std::uint32_t blocks = 0;
  std::uint64_t top_index_offset = 0;
  Digest content;
  std::shared_ptr<const warp3::CompactStream> compact;  ///< instead of records
};

/// The streams at the end of a file whose end records are intact.
struct StreamsAtEnd {
  std::vector<WarpStream> streams;  ///< in file order; raw_begin is not set
  Status reason;  ///< why there is none before them; ok when the first begins the file
};
/// Follows the end records from the end of a random-access source to its beginning. Needs no file
/// header: an end record has a copy.
[[nodiscard]] StreamsAtEnd find_streams_from_end(Source& source);
/// The last of them alone. kTruncated or kCorrupt where there is none.
[[nodiscard]] Result<WarpStream> find_last_stream(Source& source);

/// The map of a random-access .warp file, read from its end and filled in as it is asked for:
/// opening reads a few hundred bytes a stream, a range reads the index records that cover it.
/// What an index says is checked against the content digest. Where the end or an index record is
/// missing or damaged, the blocks are found by walking and scanning the file, and recovered() says
/// so.
class WarpIndex {
 public:
  [[nodiscard]] static Result<WarpIndex> open(Source& source);

  [[nodiscard]] Source& source() const noexcept { return *source_; }
  [[nodiscard]] const std::vector<WarpStream>& streams() const noexcept { return streams_; }
  [[nodiscard]] std::uint64_t raw_size() const noexcept;
  /// The index was rebuilt from block headers, and why.
  [[nodiscard]] const Status& recovered() const noexcept { return recovered_; }
  /// False where content may follow raw_size() that could not be found.
  [[nodiscard]] bool end_known() const noexcept { return end_known_; }

  /// The blocks that hold [begin, end) of the content, in order.
  [[nodiscard]] Result<std::vector<BlockLocation>> find(std::uint64_t begin, std::uint64_t end);
  /// Reads and checks the record of one block.
  [[nodiscard]] Result<warp3::BlockRecord> read_block(const BlockLocation& location) const;
  /// The metadata record of a stream, where it has one.
  [[nodiscard]] Result<std::optional<WarpMetadata>> read_metadata(std::size_t stream) const;

 private:
  /// What is known of an index or root record before it is read.
  struct Node {
    warp3::RecordType type = warp3::RecordType::kIndex;
    std::uint64_t stored_offset = 0;
    std::uint64_t raw_begin = 0;
    std::uint64_t raw_end = 0;
    std::uint32_t sequence = 0;
    std::uint32_t entries = 0;
  };
  /// A range of one stream's content.
  struct Wanted {
    std::size_t stream = 0;
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
  };

  explicit WarpIndex(Source& source) : source_(&source) {}
  Status load_from_end();
  Status load_by_scan();
  Result<bool> take_compact(std::uint64_t at);
  Result<bool> scan_stream(WarpStream& stream, std::uint64_t limit);
  [[nodiscard]] Status find_by_index(std::uint64_t begin, std::uint64_t end,
                                     std::vector<BlockLocation>& found) const;
  [[nodiscard]] Status find_in_stream(const Wanted& wanted,
                                      std::vector<BlockLocation>& found) const;
  [[nodiscard]] Status find_only_block(std::size_t number, std::vector<BlockLocation>& found) const;
  [[nodiscard]] Status find_in_segment(const Wanted& wanted, const Node& node,
                                       const std::vector<warp3::IndexEntry>& entries,
                                       std::vector<BlockLocation>& found) const;
  [[nodiscard]] Result<std::vector<warp3::IndexEntry>> read_entries(const WarpStream& stream,
                                                                    const Node& node) const;

  Source* source_;
  std::vector<WarpStream> streams_;
  std::vector<BlockLocation> scanned_;  // only after load_by_scan()
  Status recovered_;
  bool end_known_ = true;
};

}  // namespace kompakt
