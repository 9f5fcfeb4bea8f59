#include "archive/warp/warp_archive.hpp"

#include <algorithm>
#include <array>
#include <queue>

#include "core/checked.hpp"

namespace kompakt {

using warp3::End;
using warp3::Record;
using warp3::RecordHeader;
using warp3::RecordInput;
using warp3::RecordType;
using warp_index::kMemberRecord;
using warp_index::Locator;
using warp_index::Part;
using warp_index::SegmentReader;
using warp_index::SegmentRow;

namespace {

// What the decoded segments of many streams, read side by side, may take together.
constexpr std::uint64_t kMaxDecoded = std::uint64_t{1} << 30U;

Status corrupt(std::string_view what) {
  return {Code::kCorrupt, "member index is damaged: " + std::string(what)};
}

bool is_part(const RecordHeader& header, Part part) {
  return header.type == kMemberRecord && header.flags == static_cast<std::uint8_t>(part) &&
         header.extension_size == 0;
}

/// The record of a stream that ends right before its end record, if it is a locator.
Result<Locator> read_locator(Source& source, const WarpStream& stream) {
  const std::size_t end_size = RecordHeader::kSize + 16 + warp3::FileHeader::kSize +
                               digest_size(stream.header.hash) + End::kTailSize;
  const std::uint64_t needed = Locator::kRecordSize + end_size + warp3::FileHeader::kSize;
  if (stream.compact || stream.stored_size < needed) {
    return Status(Code::kUnsupported, "no member index");
  }
  RecordInput input(source);
  input.seek(stream.stored_at + stream.stored_size - end_size - Locator::kRecordSize);
  const auto record = read_record(input, stream.header.stream_id);
  if (!record.ok()) {
    return record.status();
  }
  if (!is_part(record->header, Part::kLocator)) {
    return Status(Code::kUnsupported, "no member index");
  }
  const auto payload = read_side_payload(input, *record, Locator::kSize);
  if (!payload.ok()) {
    return payload.status();
  }
  auto locator = Locator::decode(*payload, stream.header);
  const std::uint64_t at = record->at - stream.stored_at;
  if (locator.ok() && (locator->table > at || locator->table_size > at - locator->table ||
                       locator->members != record->header.raw_size ||
                       locator->segments != record->header.sequence)) {
    return corrupt("locator contradicts itself");
  }
  return locator;
}

}  // namespace

bool has_member_index(Source& source) {
  if (!source.random_access()) {
    return false;
  }
  const auto last = find_last_stream(source);
  return last.ok() && read_locator(source, *last).ok();
}

/// Goes through the segments of one stream.
class WarpArchive::Cursor {
 public:
  Cursor(const WarpArchive& archive, const StreamSegments& segments)
      : archive_(archive), segments_(segments) {}

  /// Goes to the first member at or behind `lower`; the damage that it went over is in damage().
  Status start(std::string_view lower) {
    const auto behind = std::upper_bound(
        segments_.rows.begin(), segments_.rows.end(), lower,
        [](std::string_view path, const SegmentRow& row) { return path < row.first_path; });
    next_row_ = static_cast<std::size_t>(behind - segments_.rows.begin());
    next_row_ -= next_row_ == 0 ? 0 : 1;
    do {
      if (Status moved = advance(); !moved.ok()) {
        return moved;
      }
    } while (valid_ && entry_.path < lower);
    return {};
  }

  /// Only failures that end everything are returned.
  Status advance() {
    valid_ = false;
    for (;;) {
      if (reader_) {
        const auto more = reader_->next(entry_, range_);
        if (more.ok() && *more) {
          const Status checked = check_order();
          if (checked.ok()) {
            range_.offset += archive_.blocks_.streams()[segments_.stream].raw_begin;
            valid_ = true;
            return {};
          }
          note(checked);
        } else {
          note(more.status());
          last_path_ = more.ok() ? entry_.path : last_path_;
        }
        reader_.reset();
      }
      if (next_row_ == segments_.rows.size()) {
        raw_ = {};
        return {};
      }
      if (Status opened = open_segment(); !opened.ok()) {
        if (opened.code() == Code::kIo) {
          return opened;
        }
        note(opened);
      }
    }
  }

  [[nodiscard]] bool valid() const noexcept { return valid_; }
  [[nodiscard]] const Entry& entry() const noexcept { return entry_; }
  [[nodiscard]] const MemberRange& range() const noexcept { return range_; }
  [[nodiscard]] const Status& damage() const noexcept { return damage_; }
  [[nodiscard]] std::uint64_t decoded() const noexcept { return raw_.size(); }

 private:
  Status open_segment() {
    const SegmentRow& row = segments_.rows[next_row_++];
    first_of_segment_ = true;
    auto raw = archive_.read_segment(segments_.stream, row);
    if (!raw.ok()) {
      return raw.status();
    }
    raw_ = std::move(*raw);
    auto reader = SegmentReader::open(
        raw_,
        {.members = row.members, .content = archive_.blocks_.streams()[segments_.stream].raw_size});
    if (!reader.ok()) {
      return reader.status();
    }
    reader_.emplace(std::move(*reader));
    return {};
  }

  /// The first of a segment must be the one that the table names, and none may come twice.
  Status check_order() {
    if (!std::exchange(first_of_segment_, false)) {
      return {};
    }
    const SegmentRow& row = segments_.rows[next_row_ - 1];
    const bool named = row.first_path.empty() || row.first_path == entry_.path;
    const bool ascends = last_path_ < entry_.path;
    return named && ascends ? Status() : corrupt("segments are out of order");
  }

  void note(const Status& status) { damage_ = damage_.ok() ? status : damage_; }

  const WarpArchive& archive_;      // NOLINT(cppcoreguidelines-*): outlives the cursor
  const StreamSegments& segments_;  // NOLINT(cppcoreguidelines-*): outlives the cursor
  std::size_t next_row_ = 0;
  std::vector<std::byte> raw_;
  std::optional<SegmentReader> reader_;
  Entry entry_;
  MemberRange range_;
  std::string last_path_;  // of the segment before
  bool first_of_segment_ = false;
  bool valid_ = false;
  Status damage_;
};

Result<std::unique_ptr<WarpArchive>> WarpArchive::open(Source& source) {
  auto blocks = WarpIndex::open(source);
  if (!blocks.ok()) {
    return blocks.status();
  }
  std::unique_ptr<WarpArchive> archive(new WarpArchive(std::move(*blocks)));
  archive->damage_ = archive->blocks_.recovered();
  for (std::size_t i = 0; i < archive->blocks_.streams().size(); ++i) {
    if (Status loaded = archive->load_stream(i); !loaded.ok()) {
      return loaded.in_file(source.name());
    }
  }
  if (archive->streams_.empty()) {
    return (archive->damage_.ok() ? Status(Code::kUnsupported, "has no member index")
                                  : archive->damage_)
        .in_file(source.name());
  }
  return archive;
}

Status WarpArchive::note(const Status& status) {
  if (!status.ok() && status.code() != Code::kIo) {
    damage_ = damage_.ok() ? status : damage_;
    return {};
  }
  return status;
}

Status WarpArchive::load_stream(std::size_t number) {
  const WarpStream& stream = blocks_.streams()[number];
  StreamSegments segments{.stream = number, .rows = {}};
  const auto locator = read_locator(source(), stream);
  if (locator.ok()) {
    members_ += locator->members;
    file_bytes_ += locator->file_bytes;
    auto rows = read_table(number, *locator);
    if (rows.ok()) {
      segments.rows = std::move(*rows);
      streams_.push_back(std::move(segments));
      return {};
    }
    if (Status noted = note(rows.status()); !noted.ok()) {
      return noted;
    }
  } else if (locator.status().code() == Code::kIo) {
    return locator.status();
  }
  auto rows = scan(number);
  if (!rows.ok()) {
    return rows.status();
  }
  if (rows->empty() && !locator.ok()) {
    return {};  // content that is in no archive
  }
  if (!locator.ok()) {
    for (const auto& row : *rows) {
      members_ += row.members;
    }
    if (Status noted = note(corrupt("the locator is missing")); !noted.ok()) {
      return noted;
    }
  }
  segments.rows = std::move(*rows);
  streams_.push_back(std::move(segments));
  return {};
}

Result<std::vector<SegmentRow>> WarpArchive::read_table(std::size_t number,
                                                        const Locator& locator) const {
  const WarpStream& stream = blocks_.streams()[number];
  RecordInput input(source());
  input.seek(stream.stored_at + locator.table);
  const auto record = read_record(input, stream.header.stream_id);
  if (!record.ok()) {
    return record.status();
  }
  if (!is_part(record->header, Part::kTable) ||
      record->header.stored_size() != locator.table_size) {
    return corrupt("no table where the locator says").at_offset(record->at);
  }
  const auto payload = read_side_payload(input, *record, warp3::kMaxSidePayload);
  if (!payload.ok()) {
    return payload.status();
  }
  const auto table = warp_index::unpack(*payload);
  if (!table.ok()) {
    return table.status();
  }
  auto rows = warp_index::decode_table(*table, locator.segments, locator.table);
  if (rows.ok()) {
    std::uint64_t members = 0;
    for (const auto& row : *rows) {
      members = checked_add(members, row.members).value_or(UINT64_MAX);
    }
    if (members != locator.members) {
      return corrupt("table contradicts the locator");
    }
  }
  return rows;
}

// Where the table is lost: the segments by their own record headers. They lie behind the index of
// the blocks.
Result<std::vector<SegmentRow>> WarpArchive::scan(std::size_t number) const {
  const WarpStream& stream = blocks_.streams()[number];
  const std::uint64_t end = stream.stored_at + stream.stored_size;
  std::uint64_t at =
      stream.stored_at + std::max<std::uint64_t>(stream.top_index_offset, warp3::FileHeader::kSize);
  RecordInput input(source());
  std::vector<SegmentRow> rows;
  while (at < end) {
    input.seek(at);
    const auto record = read_record(input, stream.header.stream_id);
    if (!record.ok()) {
      if (record.status().code() == Code::kIo) {
        return record.status();
      }
      const auto next = warp3::find_next_record(source(), at + 1, end, stream.header.stream_id);
      if (!next.ok()) {
        return next.status();
      }
      at = *next;
      continue;
    }
    if (is_part(record->header, Part::kSegment)) {
      rows.push_back({.stored_offset = at - stream.stored_at,
                      .stored_size = record->header.stored_size(),
                      .members = record->header.raw_size,
                      .first_path = {}});
    } else if (record->header.type == RecordType::kEnd) {
      break;
    }
    at += record->header.stored_size();
  }
  return rows;
}

Result<std::vector<std::byte>> WarpArchive::read_segment(std::size_t number,
                                                         const SegmentRow& row) const {
  const WarpStream& stream = blocks_.streams()[number];
  RecordInput input(source());
  input.seek(stream.stored_at + row.stored_offset);
  const auto record = read_record(input, stream.header.stream_id);
  if (!record.ok()) {
    return record.status();
  }
  if (!is_part(record->header, Part::kSegment) || record->header.stored_size() != row.stored_size ||
      record->header.raw_size != row.members) {
    return corrupt("no segment where the table says").at_offset(record->at);
  }
  const auto payload = read_side_payload(input, *record, warp3::kMaxSidePayload);
  if (!payload.ok()) {
    return payload.status();
  }
  return warp_index::unpack(*payload);
}

// Every stream is in order of paths, so all of them are gone through side by side: memory does not
// grow with the number of members.
Status WarpArchive::for_each(const Visitor& visit, std::string_view lower, std::string_view upper) {
  std::vector<std::unique_ptr<Cursor>> cursors;
  const auto later = [&](std::size_t a, std::size_t b) {  // the top: least path, then last stream
    const int order = cursors[a]->entry().path.compare(cursors[b]->entry().path);
    return order != 0 ? order > 0 : a < b;
  };
  std::priority_queue<std::size_t, std::vector<std::size_t>, decltype(later)> queue(later);
  std::uint64_t decoded = 0;
  for (const auto& stream : streams_) {
    cursors.push_back(std::make_unique<Cursor>(*this, stream));
    if (Status started = cursors.back()->start(lower); !started.ok()) {
      return started;
    }
    if (cursors.back()->valid()) {
      queue.push(cursors.size() - 1);
    }
    decoded += cursors.back()->decoded();
    if (decoded > kMaxDecoded) {
      return {Code::kLimitExceeded, "the member indexes of too many archives laid end to end"};
    }
  }
  std::string last;
  bool first = true;
  Status result;
  while (result.ok() && !queue.empty()) {
    const std::size_t top = queue.top();
    queue.pop();
    Cursor& cursor = *cursors[top];
    if (!upper.empty() && cursor.entry().path >= upper) {
      continue;
    }
    if (first || cursor.entry().path != last) {
      result = visit(cursor.entry(), cursor.range());
      if (cursors.size() > 1) {
        last = cursor.entry().path;
        first = false;
      }
    }
    if (result.ok()) {
      result = cursor.advance();
    }
    if (result.ok() && cursor.valid()) {
      queue.push(top);
    }
  }
  for (const auto& cursor : cursors) {
    static_cast<void>(note(cursor->damage()));
  }
  return result;
}

Result<std::optional<WarpArchive::Member>> WarpArchive::find(std::string_view path) {
  std::optional<Member> found;
  const std::string upper = std::string(path) + '\0';
  if (Status searched = for_each(
          [&found](const Entry& entry, const MemberRange& range) {
            found = Member{entry, range};
            return Status();
          },
          path, upper);
      !searched.ok()) {
    return searched;
  }
  return found;
}

}  // namespace kompakt
