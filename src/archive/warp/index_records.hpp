/// \file
/// The records of a member index as they lie on disk: segments, their table, and the locator.
/// docs/format/warp-archive.md is the specification.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "container/warp3_layout.hpp"
#include "core/byte_fields.hpp"
#include "kompakt/archive.hpp"

namespace kompakt::warp_index {

inline constexpr auto kMemberRecord = static_cast<warp3::RecordType>(0x82);
/// The flags field of a record of this type says which of these it is.
enum class Part : std::uint8_t { kSegment = 1, kTable = 2, kLocator = 3 };

inline constexpr std::uint8_t kLayout = 1;
/// A writer ends a segment at either of these; one member alone may go beyond the second.
inline constexpr std::size_t kSegmentMembers = 4096;
inline constexpr std::size_t kSegmentBytes = std::size_t{1} << 20U;
/// What a reader accepts of a segment or table, decoded.
inline constexpr std::size_t kMaxPartBytes = std::size_t{64} << 20U;
/// Paths of one part together. Each takes but a few bytes beside what it shares with the one
/// before, so that a small part could ask for much.
inline constexpr std::uint64_t kMaxPathBytes = std::uint64_t{1} << 29U;
/// Of one member.
inline constexpr std::size_t kMaxRuns = std::size_t{1} << 18U;
inline constexpr std::size_t kMaxAttributes = std::size_t{1} << 16U;
/// Longer digests are cut to this.
inline constexpr std::size_t kMaxMemberDigest = 16;

/// Where the content of a file lies in the content of its stream.
struct MemberRange {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  [[nodiscard]] std::uint64_t end() const noexcept { return offset + length; }
  friend bool operator==(const MemberRange&, const MemberRange&) = default;
};

/// Bytes of `entry` that are stored: its data runs together, or its size.
[[nodiscard]] std::uint64_t stored_length(const Entry& entry);

/// Collects members, in strictly ascending order of their paths, and lays them out column by
/// column.
class SegmentWriter {
 public:
  explicit SegmentWriter(std::size_t digest_bytes) : digest_bytes_(digest_bytes) {}
  /// `offset` only counts for files that have content.
  void add(const Entry& entry, std::uint64_t offset);
  [[nodiscard]] std::size_t members() const noexcept { return members_; }
  [[nodiscard]] bool full() const noexcept;
  [[nodiscard]] const std::string& first_path() const noexcept { return first_; }
  /// The segment, not yet encoded; the writer is as new afterwards.
  [[nodiscard]] std::vector<std::byte> finish();

 private:
  void add_file(const Entry& entry, std::uint64_t offset);
  void add_owner(const Entry& entry);
  std::uint64_t name_number(const std::string& name);

  static constexpr std::size_t kColumns = 16;
  std::size_t digest_bytes_;
  std::array<ByteWriter, kColumns> columns_;
  std::vector<std::string> names_;
  std::string first_;
  std::string last_;
  std::uint64_t last_seconds_ = 0;
  std::uint64_t last_end_ = 0;
  std::size_t members_ = 0;
};

/// Reads a decoded segment, which must stay where it is. Everything in it is checked.
class SegmentReader {
 public:
  struct Bounds {
    std::uint64_t members = 0;  ///< as the record header counts them
    std::uint64_t content = 0;  ///< bytes of the stream's content
  };
  [[nodiscard]] static Result<SegmentReader> open(ByteSpan segment, const Bounds& bounds);
  /// False behind the last member. `entry` is overwritten whole, its memory reused.
  [[nodiscard]] Result<bool> next(Entry& entry, MemberRange& range);

 private:
  [[nodiscard]] Status read_member(Entry& entry, MemberRange& range);
  [[nodiscard]] bool read_path(std::string& path);
  [[nodiscard]] bool read_times_and_owner(Entry& entry, std::uint64_t flags);
  [[nodiscard]] bool read_runs(Entry& entry);
  [[nodiscard]] bool read_attributes(Entry& entry);
  [[nodiscard]] bool read_range(Entry& entry, std::uint64_t flags, MemberRange& range);
  [[nodiscard]] Status check_end() const;

  static constexpr std::size_t kColumns = 16;
  Bounds bounds_;
  std::size_t digest_bytes_ = 0;
  std::array<ByteReader, kColumns> columns_;
  std::vector<std::string_view> names_;
  std::string last_;
  std::uint64_t last_seconds_ = 0;
  std::uint64_t last_end_ = 0;
  std::uint64_t done_ = 0;
  std::uint64_t path_bytes_ = 0;  // of all paths so far
};

/// What the table says of a segment.
struct SegmentRow {
  std::uint64_t stored_offset = 0;  ///< of the record's header, from the start of the stream
  std::uint64_t stored_size = 0;    ///< of the record
  std::uint64_t members = 0;
  std::string first_path;
};
[[nodiscard]] std::vector<std::byte> encode_table(const std::vector<SegmentRow>& rows);
/// `table_at` is where the table's own record begins: all segments end before it.
[[nodiscard]] Result<std::vector<SegmentRow>> decode_table(ByteSpan table, std::uint32_t segments,
                                                           std::uint64_t table_at);

/// The payload of the record right before the end record.
struct Locator {
  static constexpr std::size_t kSize = 48;
  static constexpr std::size_t kRecordSize = warp3::RecordHeader::kSize + kSize;
  std::uint8_t digest_bytes = 0;
  std::uint32_t segments = 0;
  std::uint64_t members = 0;
  std::uint64_t first_segment = 0;  ///< stored offset; that of the table where there is none
  std::uint64_t table = 0;          ///< stored offset
  std::uint64_t file_bytes = 0;     ///< sizes of all files together
  std::uint32_t table_size = 0;     ///< of the record
  [[nodiscard]] std::array<std::byte, kSize> encode() const;
  /// kUnsupported for a layout that this reader does not know.
  [[nodiscard]] static Result<Locator> decode(ByteSpan payload, const warp3::FileHeader& file);
};

/// A segment or table as the payload of its record: codec, size, encoded bytes.
[[nodiscard]] Result<std::vector<std::byte>> pack(ByteSpan part);
/// kCorrupt, kUnsupported (codec), kLimitExceeded where it is larger than kMaxPartBytes.
[[nodiscard]] Result<std::vector<std::byte>> unpack(ByteSpan payload);

}  // namespace kompakt::warp_index
