// Columns back to the rows of a member table: docs/format/kidx.md.
#include <algorithm>
#include <array>
#include <limits>
#include <string_view>

#include "archive/tar/member_columns.hpp"
#include "archive/tar/member_table.hpp"
#include "core/endian.hpp"

namespace kompakt {
namespace {

using namespace member_columns;

Status damaged(const char* what) { return {Code::kCorrupt, std::string("member table: ") + what}; }

/// Reads what RowWriter writes. After the first thing that is wrong every value is empty, and
/// status() tells of it: callers look once a row.
class RowReader {
 public:
  explicit RowReader(std::uint64_t max_memory) : left_(max_memory) {}
  [[nodiscard]] Status open(ByteSpan raw);
  void take(MemberTable::Row& row);
  [[nodiscard]] const Status& status() const { return status_; }
  [[nodiscard]] bool exhausted() const {
    return std::all_of(columns_.begin(), columns_.end(),
                       [](const std::string_view& column) { return column.empty(); });
  }
  [[nodiscard]] std::size_t most_rows() const { return columns_[kFlags].size(); }
  /// Counts what is held against the limit.
  bool hold(std::uint64_t bytes) {
    if (bytes > left_) {
      refuse({Code::kLimitExceeded, "member table: larger than the memory limit"});
      return false;
    }
    left_ -= bytes;
    return true;
  }

 private:
  void refuse(Status why) {
    if (status_.ok()) {
      status_ = std::move(why);
    }
  }
  std::uint64_t number(Column column,
                       std::uint64_t most = std::numeric_limits<std::int64_t>::max());
  std::int64_t difference(Column column, std::int64_t from);
  std::string text(Column column);
  std::uint64_t header();
  std::optional<Entry::Time> time();
  void path(std::string& to);
  void owner(Entry& entry, std::uint64_t flags);
  void others(Entry& entry);
  void runs(Entry& entry);

  std::array<std::string_view, kColumns> columns_;
  std::uint64_t left_;
  Status status_;
  std::uint64_t header_ = 0;
  std::uint64_t expected_header_ = 0;
  std::string path_;
  std::int64_t seconds_ = 0;
  std::optional<Entry::Owner> owner_;
  std::string user_;
  std::string group_;
};

Status RowReader::open(ByteSpan raw) {
  if (raw.size() < kSizesSize) {
    return damaged("shorter than its beginning");
  }
  ByteSpan sizes = raw.first(kSizesSize);
  std::string_view rest(reinterpret_cast<const char*>(raw.data()) + kSizesSize,
                        raw.size() - kSizesSize);
  for (std::string_view& column : columns_) {
    const auto size = load_le<std::uint64_t>(sizes);
    sizes = sizes.subspan(sizeof(std::uint64_t));
    if (size > rest.size()) {
      return damaged("a column is cut off");
    }
    column = rest.substr(0, static_cast<std::size_t>(size));
    rest.remove_prefix(column.size());
  }
  return rest.empty() ? Status() : damaged("bytes behind the last column");
}

std::uint64_t RowReader::number(Column column, std::uint64_t most) {
  std::string_view& in = columns_[column];
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < in.size() && i < 10; ++i) {
    const auto byte = static_cast<unsigned char>(in[i]);
    if (i == 9 && byte > 1) {
      break;
    }
    value |= std::uint64_t{byte & 0x7FU} << (7 * i);
    if (byte < 0x80) {
      in.remove_prefix(i + 1);
      if (value > most) {
        refuse(damaged("a number out of its range"));
        return 0;
      }
      return value;
    }
  }
  refuse(damaged("a number is cut off"));
  return 0;
}

std::int64_t RowReader::difference(Column column, std::int64_t from) {
  const std::uint64_t folded = number(column, std::numeric_limits<std::uint64_t>::max());
  const std::uint64_t by = (folded >> 1U) ^ ((folded & 1U) != 0 ? ~std::uint64_t{0} : 0);
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(from) + by);
}

std::uint64_t RowReader::header() {
  const auto value =
      static_cast<std::uint64_t>(difference(kHeaders, static_cast<std::int64_t>(expected_header_)));
  if (value < header_ || value > std::numeric_limits<std::int64_t>::max()) {
    refuse(damaged("headers out of order"));
    return header_;
  }
  header_ = value;
  return value;
}

std::string RowReader::text(Column column) {
  const std::uint64_t size = number(column);
  std::string_view& in = columns_[column];
  if (size > in.size()) {
    refuse(damaged("a text is cut off"));
    return {};
  }
  if (!hold(size)) {
    return {};
  }
  std::string value(in.substr(0, static_cast<std::size_t>(size)));
  in.remove_prefix(value.size());
  return value;
}

std::optional<Entry::Time> RowReader::time() {
  seconds_ = difference(kSeconds, seconds_);
  return Entry::Time{.seconds = seconds_,
                     .nanoseconds = static_cast<std::uint32_t>(number(kNanoseconds, kBillion - 1))};
}

void RowReader::path(std::string& to) {
  const std::uint64_t shared = number(kShared, path_.size());
  const std::uint64_t more = number(kSuffixSizes);
  std::string_view& in = columns_[kSuffixes];
  if (more > in.size()) {
    refuse(damaged("a path is cut off"));
    return;
  }
  if (!hold(shared + more)) {
    return;
  }
  path_.resize(static_cast<std::size_t>(shared));
  path_ += in.substr(0, static_cast<std::size_t>(more));
  in.remove_prefix(static_cast<std::size_t>(more));
  to = path_;
}

void RowReader::owner(Entry& entry, std::uint64_t flags) {
  if ((flags & kOwnerAsBefore) == 0) {
    owner_.reset();
    if ((flags & kHasOwner) != 0) {
      constexpr std::uint64_t kMostId = std::numeric_limits<std::uint32_t>::max();
      const auto uid = static_cast<std::uint32_t>(number(kOwners, kMostId));
      const auto gid = static_cast<std::uint32_t>(number(kOwners, kMostId));
      owner_ = Entry::Owner{.uid = uid, .gid = gid};
    }
    user_ = text(kOwners);
    group_ = text(kOwners);
  } else if ((flags & kHasOwner) != 0) {
    refuse(damaged("an owner that is stated twice"));
  }
  if (hold(user_.size() + group_.size())) {
    entry.owner = owner_;
    entry.user = user_;
    entry.group = group_;
  }
}

void RowReader::others(Entry& entry) {
  constexpr std::uint64_t kMost32 = std::numeric_limits<std::uint32_t>::max();
  const std::uint64_t which = number(kOthers, kKnownOthers);
  if ((which & kStoredSize) != 0) {
    entry.stored_size = number(kOthers);
  }
  if ((which & kCrc32) != 0) {
    entry.crc32 = static_cast<std::uint32_t>(number(kOthers, kMost32));
  }
  if ((which & kDevice) != 0) {
    entry.device_major = static_cast<std::uint32_t>(number(kOthers, kMost32));
    entry.device_minor = static_cast<std::uint32_t>(number(kOthers, kMost32));
  }
  if ((which & kXattrs) != 0) {
    for (std::uint64_t count = number(kOthers); count > 0 && status_.ok(); --count) {
      std::string name = text(kOthers);
      std::string value = text(kOthers);
      if (hold(sizeof(entry.xattrs[0]))) {
        entry.xattrs.emplace_back(std::move(name), std::move(value));
      }
    }
  }
  if ((which & kDigest) != 0) {
    const std::string digest = text(kOthers);
    const auto* const bytes = reinterpret_cast<const std::byte*>(digest.data());
    entry.digest.assign(bytes, bytes + digest.size());
  }
  if ((which & kMethod) != 0) {
    entry.method = text(kOthers);
  }
  if ((which & kComment) != 0) {
    entry.comment = text(kOthers);
  }
}

void RowReader::runs(Entry& entry) {
  auto& runs = entry.data_runs.emplace();
  std::uint64_t end = 0;
  for (std::uint64_t count = number(kOthers); count > 0 && status_.ok(); --count) {
    const std::uint64_t offset = end + number(kOthers, entry.size - end);
    const std::uint64_t length = number(kOthers, entry.size - offset);
    end = offset + length;
    if (hold(sizeof(Extent))) {
      runs.push_back({.offset = offset, .length = length, .hole = false});
    }
  }
}

void RowReader::take(MemberTable::Row& row) {
  Entry& entry = row.entry;
  const std::uint64_t flags = number(kFlags, kKnownFlags);
  if ((flags & kTypeMask) > static_cast<std::uint64_t>(EntryType::kBlockDevice)) {
    refuse(damaged("an unknown type"));
    return;
  }
  entry.type = static_cast<EntryType>(flags & kTypeMask);
  row.header = header();
  path(entry.path);
  if (entry.type == EntryType::kFile) {
    entry.size = number(kSizes);
  }
  if ((flags & kHasMode) != 0) {
    entry.mode = static_cast<std::uint32_t>(number(kModes, 07777));
  }
  if ((flags & kHasModified) != 0) {
    entry.modified = time();
  }
  if ((flags & kHasAccessed) != 0) {
    entry.accessed = time();
  }
  if (entry.type == EntryType::kSymlink || entry.type == EntryType::kHardlink) {
    entry.link_target = text(kLinks);
  }
  owner(entry, flags);
  if ((flags & kHasOthers) != 0) {
    others(entry);
  }
  if ((flags & kHasRuns) != 0) {
    runs(entry);
  }
  expected_header_ = header_after(row);
}

}  // namespace

Result<MemberTable> decode_rows(ByteSpan raw, std::uint64_t count, std::uint64_t max_memory) {
  RowReader reader(max_memory);
  if (Status status = reader.open(raw); !status.ok()) {
    return status;
  }
  // A row takes a byte of flags at least, and much more in memory.
  if (count > reader.most_rows()) {
    return damaged("more rows than bytes for them");
  }
  if (!reader.hold(count * sizeof(MemberTable::Row))) {
    return reader.status();
  }
  MemberTable table;
  table.rows.resize(static_cast<std::size_t>(count));
  for (MemberTable::Row& row : table.rows) {
    reader.take(row);
    if (!reader.status().ok()) {
      return reader.status();
    }
  }
  if (!reader.exhausted()) {
    return damaged("bytes that belong to no row");
  }
  return table;
}

}  // namespace kompakt
