#include <algorithm>

#include "archive/warp/index_records.hpp"
#include "core/checked.hpp"

namespace kompakt::warp_index {
namespace {

/// Columns of a segment. Numbers on disk.
enum Column : std::size_t {
  kPrefixes = 0,
  kPaths = 1,
  kTypes = 2,
  kFlags = 3,
  kModes = 4,
  kSeconds = 5,
  kNanoseconds = 6,
  kOwners = 7,
  kNames = 8,
  kSizes = 9,
  kOffsets = 10,
  kRuns = 11,
  kLinks = 12,
  kDevices = 13,
  kAttributes = 14,
  kDigests = 15,
};

constexpr std::uint64_t kHasMode = 1;
constexpr std::uint64_t kHasTime = 2;
constexpr std::uint64_t kHasOwner = 4;
constexpr std::uint64_t kHasAttributes = 8;
constexpr std::uint64_t kIsSparse = 16;
constexpr std::uint64_t kHasDigest = 32;
constexpr std::uint64_t kKnownFlags = 63;

constexpr std::uint32_t kNanosecondsInSecond = 1'000'000'000;

bool is_link(EntryType type) { return type == EntryType::kSymlink || type == EntryType::kHardlink; }
bool is_device(EntryType type) {
  return type == EntryType::kCharDevice || type == EntryType::kBlockDevice;
}

Status corrupt(std::string_view what) {
  return {Code::kCorrupt, "member index is damaged: " + std::string(what)};
}

std::uint64_t flags_of(const Entry& entry, std::size_t digest_bytes) {
  return (entry.mode ? kHasMode : 0) | (entry.modified ? kHasTime : 0) |
         (entry.owner || !entry.user.empty() || !entry.group.empty() ? kHasOwner : 0) |
         (entry.xattrs.empty() ? 0 : kHasAttributes) | (entry.data_runs ? kIsSparse : 0) |
         (digest_bytes != 0 && entry.digest.size() >= digest_bytes ? kHasDigest : 0);
}

/// As new, less the memory of what members commonly have: a fresh one would cost more than all else
/// of reading a member.
void clear(Entry& entry) {
  entry.path.clear();
  entry.type = EntryType::kFile;
  entry.size = 0;
  entry.stored_size.reset();
  entry.mode.reset();
  entry.modified.reset();
  entry.accessed.reset();
  entry.owner.reset();
  entry.user.clear();
  entry.group.clear();
  entry.link_target.clear();
  entry.device_major = 0;
  entry.device_minor = 0;
  entry.xattrs.clear();
  entry.data_runs.reset();
  entry.method.clear();
  entry.crc32.reset();
  entry.digest.clear();
  entry.comment.clear();
}

}  // namespace

std::uint64_t stored_length(const Entry& entry) {
  if (entry.type != EntryType::kFile) {
    return 0;
  }
  if (!entry.data_runs) {
    return entry.size;
  }
  std::uint64_t length = 0;
  for (const auto& run : *entry.data_runs) {
    length += run.length;
  }
  return length;
}

void SegmentWriter::add(const Entry& entry, std::uint64_t offset) {
  const auto differ =
      std::mismatch(entry.path.begin(), entry.path.end(), last_.begin(), last_.end());
  const auto shared = static_cast<std::size_t>(differ.first - entry.path.begin());
  columns_[kPrefixes].number(shared);
  columns_[kPaths].text(std::string_view(entry.path).substr(shared));
  columns_[kTypes].byte(static_cast<std::uint8_t>(entry.type));
  const std::uint64_t flags = flags_of(entry, digest_bytes_);
  columns_[kFlags].number(flags);
  if (entry.mode) {
    columns_[kModes].number(*entry.mode);
  }
  if (entry.modified) {
    const auto seconds = static_cast<std::uint64_t>(entry.modified->seconds);
    columns_[kSeconds].difference(last_seconds_, seconds);
    columns_[kNanoseconds].number(entry.modified->nanoseconds);
    last_seconds_ = seconds;
  }
  if ((flags & kHasOwner) != 0) {
    add_owner(entry);
  }
  if (entry.type == EntryType::kFile) {
    add_file(entry, offset);
  }
  if (is_link(entry.type)) {
    columns_[kLinks].text(entry.link_target);
  }
  if (is_device(entry.type)) {
    columns_[kDevices].number(entry.device_major);
    columns_[kDevices].number(entry.device_minor);
  }
  if (!entry.xattrs.empty()) {
    columns_[kAttributes].number(entry.xattrs.size());
    for (const auto& [name, value] : entry.xattrs) {
      columns_[kAttributes].text(name);
      columns_[kAttributes].number(value.size());
      columns_[kAttributes].put(value);
    }
  }
  if ((flags & kHasDigest) != 0) {
    columns_[kDigests].put(ByteSpan(entry.digest).first(digest_bytes_));
  }
  if (members_ == 0) {
    first_ = entry.path;
  }
  last_ = entry.path;
  ++members_;
}

bool SegmentWriter::full() const noexcept {
  std::size_t bytes = 0;
  for (const auto& column : columns_) {
    bytes += column.size();
  }
  return members_ >= kSegmentMembers || bytes >= kSegmentBytes;
}

void SegmentWriter::add_file(const Entry& entry, std::uint64_t offset) {
  columns_[kSizes].number(entry.size);
  if (entry.data_runs) {
    columns_[kRuns].number(entry.data_runs->size());
    std::uint64_t end = 0;
    for (const auto& run : *entry.data_runs) {
      columns_[kRuns].number(run.offset - end);
      columns_[kRuns].number(run.length);
      end = run.offset + run.length;
    }
  }
  if (const std::uint64_t length = stored_length(entry); length != 0) {
    columns_[kOffsets].difference(last_end_, offset);
    last_end_ = offset + length;
  }
}

void SegmentWriter::add_owner(const Entry& entry) {
  const auto owner = entry.owner.value_or(Entry::Owner{});
  ByteWriter& column = columns_[kOwners];
  // Bit 0: the numbers are known. The rest: 0 for no name, otherwise its place in the list.
  column.number(name_number(entry.user) * 2 + (entry.owner ? 1 : 0));
  column.number(name_number(entry.group));
  if (entry.owner) {
    column.number(owner.uid);
    column.number(owner.gid);
  }
}

std::uint64_t SegmentWriter::name_number(const std::string& name) {
  if (name.empty()) {
    return 0;
  }
  const auto known = std::find(names_.begin(), names_.end(), name);
  if (known != names_.end()) {
    return static_cast<std::uint64_t>(known - names_.begin()) + 1;
  }
  names_.push_back(name);
  columns_[kNames].text(name);
  return names_.size();
}

std::vector<std::byte> SegmentWriter::finish() {
  ByteWriter out;
  out.byte(kLayout);
  out.byte(static_cast<std::uint8_t>(digest_bytes_));
  for (std::size_t i = 0; i < kColumns; ++i) {
    if (columns_[i].size() != 0) {
      out.number(i);
      out.number(columns_[i].size());
      out.put(columns_[i].bytes());
    }
  }
  const std::size_t digest_bytes = digest_bytes_;
  std::vector<std::byte> bytes = out.bytes();
  *this = SegmentWriter(digest_bytes);
  return bytes;
}

Result<SegmentReader> SegmentReader::open(ByteSpan segment, const Bounds& bounds) {
  SegmentReader reader;
  reader.bounds_ = bounds;
  ByteReader bytes(segment);
  if (const std::uint8_t layout = bytes.byte(); bytes.failed() || layout != kLayout) {
    return bytes.failed()
               ? corrupt("an empty segment")
               : Status(Code::kUnsupported,
                        "needs a newer reader: member index layout " + std::to_string(layout));
  }
  reader.digest_bytes_ = bytes.byte();
  if (reader.digest_bytes_ > kMaxDigestSize) {
    return corrupt("impossible digest size");
  }
  std::uint64_t least = 0;  // ids ascend, so none comes twice
  while (!bytes.empty()) {
    const std::uint64_t id = bytes.number();
    const ByteSpan column = bytes.take(bytes.number());
    if (bytes.failed() || id < least) {
      return corrupt("columns");
    }
    least = id + 1;
    if (id < kColumns) {
      reader.columns_[static_cast<std::size_t>(id)] = ByteReader(column);
    }
  }
  ByteReader& names = reader.columns_[kNames];
  while (!names.empty() && reader.names_.size() / 2 <= bounds.members) {
    reader.names_.push_back(names.text());
  }
  if (names.failed() || !names.empty()) {
    return corrupt("owner names");
  }
  return reader;
}

Result<bool> SegmentReader::next(Entry& entry, MemberRange& range) {
  if (done_ == bounds_.members) {
    if (Status checked = check_end(); !checked.ok()) {
      return checked;
    }
    return false;
  }
  if (Status read = read_member(entry, range); !read.ok()) {
    return read;
  }
  ++done_;
  return true;
}

Status SegmentReader::check_end() const {
  const bool whole = std::all_of(columns_.begin(), columns_.end(), [](const ByteReader& column) {
    return column.empty() && !column.failed();
  });
  return whole ? Status() : corrupt("more fields than members");
}

bool SegmentReader::read_path(std::string& path) {
  const std::uint64_t shared = columns_[kPrefixes].number();
  const std::string_view suffix = columns_[kPaths].text();
  if (shared > last_.size() || columns_[kPrefixes].failed() || columns_[kPaths].failed()) {
    return false;
  }
  const std::string_view dropped = std::string_view(last_).substr(static_cast<std::size_t>(shared));
  // Strictly ascending: so no path comes twice, and none is empty.
  path_bytes_ += shared + suffix.size();
  if (dropped >= suffix || path_bytes_ > kMaxPathBytes) {
    return false;
  }
  last_.resize(static_cast<std::size_t>(shared));
  last_ += suffix;
  path = last_;
  return true;
}

bool SegmentReader::read_times_and_owner(Entry& entry, std::uint64_t flags) {
  if ((flags & kHasMode) != 0) {
    const std::uint64_t mode = columns_[kModes].number();
    if (mode > 07777) {
      return false;
    }
    entry.mode = static_cast<std::uint32_t>(mode);
  }
  if ((flags & kHasTime) != 0) {
    last_seconds_ = columns_[kSeconds].difference(last_seconds_);
    const std::uint64_t nanoseconds = columns_[kNanoseconds].number();
    if (nanoseconds >= kNanosecondsInSecond) {
      return false;
    }
    entry.modified = Entry::Time{static_cast<std::int64_t>(last_seconds_),
                                 static_cast<std::uint32_t>(nanoseconds)};
  }
  if ((flags & kHasOwner) != 0) {
    ByteReader& column = columns_[kOwners];
    const std::uint64_t user = column.number();
    const std::uint64_t group = column.number();
    if (user / 2 > names_.size() || group > names_.size()) {
      return false;
    }
    if (user / 2 != 0) {
      entry.user = names_[static_cast<std::size_t>(user / 2 - 1)];
    }
    if (group != 0) {
      entry.group = names_[static_cast<std::size_t>(group - 1)];
    }
    if ((user & 1U) != 0) {
      const auto uid = checked_cast<std::uint32_t>(column.number());
      const auto gid = checked_cast<std::uint32_t>(column.number());
      if (!uid || !gid) {
        return false;
      }
      entry.owner = Entry::Owner{*uid, *gid};
    }
  }
  return true;
}

bool SegmentReader::read_runs(Entry& entry) {
  ByteReader& column = columns_[kRuns];
  const std::uint64_t count = column.number();
  if (count > kMaxRuns || count > column.left() / 2) {  // each takes two bytes at least
    return false;
  }
  entry.data_runs.emplace();
  std::uint64_t end = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto offset = checked_add(end, column.number());
    const std::uint64_t length = column.number();
    const auto run_end = offset ? checked_add(*offset, length) : std::nullopt;
    if (!run_end || length == 0 || *run_end > entry.size) {
      return false;
    }
    entry.data_runs->push_back({.offset = *offset, .length = length, .hole = false});
    end = *run_end;
  }
  return true;
}

bool SegmentReader::read_attributes(Entry& entry) {
  ByteReader& column = columns_[kAttributes];
  const std::uint64_t count = column.number();
  // Each takes a name of one byte, its end, and a size.
  if (count == 0 || count > kMaxAttributes || count > column.left() / 3) {
    return false;
  }
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::string_view name = column.text();
    const std::string_view value = column.take_text(column.number());
    if (name.empty() || column.failed()) {
      return false;
    }
    entry.xattrs.emplace_back(name, value);
  }
  return true;
}

bool SegmentReader::read_range(Entry& entry, std::uint64_t flags, MemberRange& range) {
  range = {};
  if (entry.type != EntryType::kFile) {
    return (flags & kIsSparse) == 0;
  }
  entry.size = columns_[kSizes].number();
  if ((flags & kIsSparse) != 0 && !read_runs(entry)) {
    return false;
  }
  range.length = stored_length(entry);
  if (range.length == 0) {
    return true;
  }
  range.offset = columns_[kOffsets].difference(last_end_);
  if (range.offset > bounds_.content || range.length > bounds_.content - range.offset) {
    return false;
  }
  last_end_ = range.end();
  return true;
}

Status SegmentReader::read_member(Entry& entry, MemberRange& range) {
  clear(entry);
  if (!read_path(entry.path)) {
    return corrupt("paths are out of order");
  }
  const std::uint8_t type = columns_[kTypes].byte();
  const std::uint64_t flags = columns_[kFlags].number();
  if (type > static_cast<std::uint8_t>(EntryType::kBlockDevice) || (flags & ~kKnownFlags) != 0) {
    return {Code::kUnsupported, "needs a newer reader: unknown type or property of a member"};
  }
  entry.type = static_cast<EntryType>(type);
  if (!read_times_and_owner(entry, flags) || !read_range(entry, flags, range)) {
    return corrupt("impossible metadata or place of a member");
  }
  if (is_link(entry.type)) {
    entry.link_target = columns_[kLinks].text();
  }
  if (is_device(entry.type)) {
    const auto major = checked_cast<std::uint32_t>(columns_[kDevices].number());
    const auto minor = checked_cast<std::uint32_t>(columns_[kDevices].number());
    if (!major || !minor) {
      return corrupt("impossible device number");
    }
    entry.device_major = *major;
    entry.device_minor = *minor;
  }
  if ((flags & kHasAttributes) != 0 && !read_attributes(entry)) {
    return corrupt("extended attributes");
  }
  if ((flags & kHasDigest) != 0) {
    const ByteSpan bytes = columns_[kDigests].take(digest_bytes_);
    entry.digest.assign(bytes.begin(), bytes.end());
  }
  bool failed = false;
  for (const ByteReader& column : columns_) {
    failed |= column.failed();
  }
  return failed ? corrupt("fields are missing") : Status();
}

}  // namespace kompakt::warp_index
