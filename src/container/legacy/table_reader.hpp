/// \file
/// Finding the chunks of v1 and v2 files.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "container/legacy/chunk_table.hpp"
#include "container/legacy/decode_job.hpp"

namespace kompakt::legacy {

/// What v1 and v2 share: header, tables, running totals and the trailer.
class TableReader : public UnitReader {
 public:
  std::span<const HashId> candidate_hashes() const override { return candidates_; }
  std::uint64_t worker_bytes() const override;

 protected:
  TableReader(InputCursor cursor, const TableHeader& header, ChunkTable table,
              const Limits& limits);
  /// Looks at the trailer beforehand where the source allows, so that only its hash is computed
  /// and damage behind the content is told before any work.
  Status peek_trailer();
  [[nodiscard]] bool at_end() const noexcept { return index_ == header_.chunk_count; }
  /// Turns `slot` into the end unit, or returns false when that was given out already.
  Result<bool> end_unit(DecodeSlot& slot);
  /// kCorrupt when `size` more bytes exceed what the header promised.
  Status claim_raw(std::uint64_t size) const;

  InputCursor cursor_;
  TableHeader header_;
  ChunkTable table_;
  Limits limits_;
  std::uint64_t index_ = 0;
  std::uint64_t raw_offset_ = 0;

 private:
  std::span<const HashId> candidates_ = kTrailerHashes;
  bool peeked_ = false;
  std::optional<ContentTrailer> trailer_;
  bool ended_ = false;
};

/// v2, and v1 with snappy, whose blocks tell their own length: whole chunks, decoded in parallel.
class ChunkedTableReader final : public TableReader {
 public:
  ChunkedTableReader(InputCursor cursor, const TableHeader& header, ChunkTable table,
                     const Limits& limits);
  /// To be called once, before anything else.
  Status prepare();
  std::uint64_t slot_bytes() const override;
  Result<bool> next(DecodeSlot& slot) override;

 private:
  Status measure_snappy();
  Result<std::uint64_t> original_size(const ChunkSizes& sizes, DecodeSlot& slot);
  Status load(DecodeSlot& slot);

  std::uint64_t largest_original_;
};

/// Reads tables at `cursor`, which stands behind `header`, and picks the reader.
[[nodiscard]] Result<std::unique_ptr<UnitReader>> open_table_reader(InputCursor cursor,
                                                                    const TableHeader& header,
                                                                    const Limits& limits);

}  // namespace kompakt::legacy
