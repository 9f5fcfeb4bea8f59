/// \file
/// Reading the member index of .warp archives.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "archive/warp/index_records.hpp"
#include "container/warp_index.hpp"
#include "kompakt/archive.hpp"
#include "kompakt/source.hpp"

namespace kompakt {

/// Whether the last .warp stream in `source` has a member index: reads a few hundred bytes at the
/// end. False for pipes, for anything else, and where the end is damaged.
[[nodiscard]] bool has_member_index(Source& source);

/// The index of a random-access .warp archive. Several archives laid end to end are one: of members
/// of the same path the last counts. Not thread-safe.
class WarpArchive {
 public:
  using MemberRange = warp_index::MemberRange;
  /// The range is in the content of the whole file (decompress_range() takes it); of a sparse file
  /// it holds the data runs one behind the other.
  using Visitor = std::function<Status(const Entry&, const MemberRange&)>;

  /// kUnsupported where there is no member index; kTruncated or kCorrupt where what is left of the
  /// file has none. `source` must outlive the archive.
  [[nodiscard]] static Result<std::unique_ptr<WarpArchive>> open(Source& source);

  /// Calls `visit` for the members whose paths are at least `lower` and (unless it is empty) below
  /// `upper`, in ascending order of their paths' bytes, until it fails. Reads only the segments of
  /// the index that may have such members. A damaged segment is gone over: damage() tells.
  [[nodiscard]] Status for_each(const Visitor& visit, std::string_view lower = {},
                                std::string_view upper = {});
  struct Member {
    Entry entry;
    MemberRange range;
  };
  /// nullopt where there is no such member.
  [[nodiscard]] Result<std::optional<Member>> find(std::string_view path);

  /// Members and bytes of files, as the streams' locators say: those that a later stream replaces
  /// count too.
  [[nodiscard]] std::uint64_t members() const noexcept { return members_; }
  [[nodiscard]] std::uint64_t file_bytes() const noexcept { return file_bytes_; }
  /// The first damage of index or container that was gone over; ok so far.
  [[nodiscard]] const Status& damage() const noexcept { return damage_; }
  [[nodiscard]] WarpIndex& blocks() noexcept { return blocks_; }
  [[nodiscard]] Source& source() const noexcept { return blocks_.source(); }

 private:
  /// The segments of one stream.
  struct StreamSegments {
    std::size_t stream = 0;
    std::vector<warp_index::SegmentRow> rows;
  };
  class Cursor;

  explicit WarpArchive(WarpIndex blocks) : blocks_(std::move(blocks)) {}
  [[nodiscard]] Status load_stream(std::size_t number);
  [[nodiscard]] Result<std::vector<warp_index::SegmentRow>> read_table(
      std::size_t number, const warp_index::Locator& locator) const;
  [[nodiscard]] Result<std::vector<warp_index::SegmentRow>> scan(std::size_t number) const;
  [[nodiscard]] Result<std::vector<std::byte>> read_segment(
      std::size_t number, const warp_index::SegmentRow& row) const;
  [[nodiscard]] Status note(const Status& status);

  WarpIndex blocks_;
  std::vector<StreamSegments> streams_;
  std::uint64_t members_ = 0;
  std::uint64_t file_bytes_ = 0;
  Status damage_;
};

}  // namespace kompakt
