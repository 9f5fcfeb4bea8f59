// Rows of a member table to columns: docs/format/kidx.md.
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

class RowWriter {
 public:
  void put(const MemberTable::Row& row);
  [[nodiscard]] std::vector<std::byte> finish() const;

 private:
  void number(Column column, std::uint64_t value) {
    std::string& out = columns_[column];
    for (; value >= 0x80; value >>= 7U) {
      out += static_cast<char>((value & 0x7FU) | 0x80U);
    }
    out += static_cast<char>(value);
  }
  /// Near zero on either side.
  void difference(Column column, std::int64_t to, std::int64_t from) {
    const auto by = static_cast<std::int64_t>(static_cast<std::uint64_t>(to) -
                                              static_cast<std::uint64_t>(from));
    number(column, (static_cast<std::uint64_t>(by) << 1U) ^ (by < 0 ? ~std::uint64_t{0} : 0));
  }
  void text(Column column, std::string_view value) {
    number(column, value.size());
    columns_[column] += value;
  }
  void path(const std::string& value);
  void owner(const Entry& entry);
  static std::uint32_t others_of(const Entry& entry);
  void others(const Entry& entry, std::uint32_t which);

  std::array<std::string, kColumns> columns_;
  std::uint64_t expected_header_ = 0;
  std::string path_;
  std::int64_t seconds_ = 0;
  std::optional<Entry::Owner> owner_;
  std::string user_;
  std::string group_;
};

void RowWriter::path(const std::string& value) {
  const auto [end, unused] = std::mismatch(value.begin(), value.end(), path_.begin(), path_.end());
  const auto shared = static_cast<std::size_t>(end - value.begin());
  number(kShared, shared);
  number(kSuffixSizes, value.size() - shared);
  columns_[kSuffixes] += std::string_view(value).substr(shared);
  path_ = value;
}

void RowWriter::owner(const Entry& entry) {
  if (entry.owner) {
    number(kOwners, entry.owner->uid);
    number(kOwners, entry.owner->gid);
  }
  text(kOwners, entry.user);
  text(kOwners, entry.group);
  owner_ = entry.owner;
  user_ = entry.user;
  group_ = entry.group;
}

std::uint32_t RowWriter::others_of(const Entry& entry) {
  std::uint32_t which = 0;
  which |= entry.stored_size ? kStoredSize : 0;
  which |= entry.crc32 ? kCrc32 : 0;
  which |= entry.device_major != 0 || entry.device_minor != 0 ? kDevice : 0;
  which |= entry.xattrs.empty() ? 0 : kXattrs;
  which |= entry.digest.empty() ? 0 : kDigest;
  which |= entry.method.empty() ? 0 : kMethod;
  which |= entry.comment.empty() ? 0 : kComment;
  return which;
}

void RowWriter::others(const Entry& entry, std::uint32_t which) {
  number(kOthers, which);
  if ((which & kStoredSize) != 0) {
    number(kOthers, *entry.stored_size);
  }
  if ((which & kCrc32) != 0) {
    number(kOthers, *entry.crc32);
  }
  if ((which & kDevice) != 0) {
    number(kOthers, entry.device_major);
    number(kOthers, entry.device_minor);
  }
  if ((which & kXattrs) != 0) {
    number(kOthers, entry.xattrs.size());
    for (const auto& [name, value] : entry.xattrs) {
      text(kOthers, name);
      text(kOthers, value);
    }
  }
  if ((which & kDigest) != 0) {
    text(kOthers, {reinterpret_cast<const char*>(entry.digest.data()), entry.digest.size()});
  }
  if ((which & kMethod) != 0) {
    text(kOthers, entry.method);
  }
  if ((which & kComment) != 0) {
    text(kOthers, entry.comment);
  }
}

void RowWriter::put(const MemberTable::Row& row) {
  const Entry& entry = row.entry;
  const bool as_before = entry.owner == owner_ && entry.user == user_ && entry.group == group_;
  const std::uint32_t which = others_of(entry);
  auto flags = static_cast<std::uint32_t>(entry.type);
  flags |= entry.mode ? kHasMode : 0;
  flags |= entry.modified ? kHasModified : 0;
  flags |= entry.accessed ? kHasAccessed : 0;
  flags |= as_before ? kOwnerAsBefore : entry.owner ? kHasOwner : 0U;
  flags |= which != 0 ? kHasOthers : 0;
  flags |= entry.data_runs ? kHasRuns : 0;
  number(kFlags, flags);
  difference(kHeaders, static_cast<std::int64_t>(row.header),
             static_cast<std::int64_t>(expected_header_));
  expected_header_ = header_after(row);
  path(entry.path);
  if (entry.type == EntryType::kFile) {
    number(kSizes, entry.size);
  }
  if (entry.mode) {
    number(kModes, *entry.mode);
  }
  for (const auto& time : {entry.modified, entry.accessed}) {
    if (time) {
      difference(kSeconds, time->seconds, seconds_);
      seconds_ = time->seconds;
      number(kNanoseconds, time->nanoseconds);
    }
  }
  if (entry.type == EntryType::kSymlink || entry.type == EntryType::kHardlink) {
    text(kLinks, entry.link_target);
  }
  if (!as_before) {
    owner(entry);
  }
  if (which != 0) {
    others(entry, which);
  }
  if (entry.data_runs) {
    number(kOthers, entry.data_runs->size());
    std::uint64_t end = 0;
    for (const Extent& run : *entry.data_runs) {
      number(kOthers, run.offset - end);
      number(kOthers, run.length);
      end = run.offset + run.length;
    }
  }
}

std::vector<std::byte> RowWriter::finish() const {
  std::size_t size = kSizesSize;
  for (const std::string& column : columns_) {
    size += column.size();
  }
  std::vector<std::byte> raw(size);
  MutableByteSpan sizes = MutableByteSpan(raw).first(kSizesSize);
  auto* out = reinterpret_cast<char*>(raw.data()) + kSizesSize;
  for (const std::string& column : columns_) {
    store_le<std::uint64_t>(sizes, column.size());
    sizes = sizes.subspan(sizeof(std::uint64_t));
    out = std::copy(column.begin(), column.end(), out);
  }
  return raw;
}

}  // namespace

Result<std::vector<std::byte>> encode_rows(const MemberTable& table) {
  RowWriter writer;
  std::uint64_t before = 0;
  for (const MemberTable::Row& row : table.rows) {
    if (row.header < before ||
        row.header > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
      return Status(Code::kInvalidArgument, "member table: the rows are not in order");
    }
    before = row.header;
    writer.put(row);
  }
  return writer.finish();
}

}  // namespace kompakt
