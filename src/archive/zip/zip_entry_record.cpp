#include "archive/zip/zip_entry_record.hpp"

#include <libdeflate.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "archive/zip/zip_entry_name.hpp"
#include "core/endian.hpp"

namespace kompakt::zip {
namespace {

// Further hosts of "version made by" whose names are in code page 437.
constexpr std::uint8_t kHostHpfs = 6;
constexpr std::uint8_t kHostNtfs = 10;
constexpr std::uint8_t kHostVfat = 14;

constexpr std::uint16_t kExtraUnicodeComment = 0x6375;

// File types in the upper half of a Unix host's external attributes.
constexpr std::uint32_t kUnixType = 0170000;
constexpr std::uint32_t kUnixDirectory = 0040000;
constexpr std::uint32_t kUnixSymlink = 0120000;
constexpr std::uint32_t kPermissions = 07777;
constexpr std::uint32_t kReadOnlyMode = 0444;

std::optional<ByteSpan> find_extra(ByteSpan extra, std::uint16_t id) {
  ExtraFields fields(extra);
  while (const auto field = fields.next()) {
    if (field->id == id) {
      return field->data;
    }
  }
  return std::nullopt;
}

// Takes the 64-bit values of a zip64 field one after the other.
class Zip64Values {
 public:
  explicit Zip64Values(ByteSpan extra) {
    const auto found = find_extra(extra, kExtraZip64);
    present_ = found.has_value();
    left_ = found.value_or(ByteSpan());
  }
  [[nodiscard]] bool present() const noexcept { return present_; }
  // `narrow`, or the next value where that says it is here. A value that is missing makes bad().
  std::uint64_t resolve(std::uint32_t narrow) {
    if (narrow != kIn64 || !present_) {
      return narrow;
    }
    if (left_.size() < sizeof(std::uint64_t)) {
      bad_ = true;
      return narrow;
    }
    const auto value = load_le<std::uint64_t>(left_);
    left_ = left_.subspan(sizeof(value));
    return value;
  }
  [[nodiscard]] bool bad() const noexcept { return bad_; }

 private:
  ByteSpan left_;
  bool present_ = false;
  bool bad_ = false;
};

bool is_unix(std::uint8_t host) noexcept { return host == kHostUnix || host == kHostDarwin; }

NameCoding coding_of(const CentralHeader& fixed) noexcept {
  if ((fixed.flags & kFlagUtf8) != 0) {
    return NameCoding::kUtf8;
  }
  const bool dos = fixed.host == kHostDos || fixed.host == kHostHpfs || fixed.host == kHostNtfs ||
                   fixed.host == kHostVfat;
  return dos ? NameCoding::kCp437 : NameCoding::kUnknown;
}

// The text of a Unicode field, which only counts for the bytes that it was made for.
std::optional<ByteSpan> unicode_text(ByteSpan extra, std::uint16_t id, ByteSpan original) {
  constexpr std::size_t kHead = 5;
  const auto field = find_extra(extra, id);
  if (!field || field->size() < kHead || field->front() != std::byte{1} ||
      load_le<std::uint32_t>(field->subspan(1)) !=
          libdeflate_crc32(0, original.data(), original.size())) {
    return std::nullopt;
  }
  return field->subspan(kHead);
}

std::string text_of(const DirectoryRecord& record, ByteSpan bytes, std::uint16_t unicode_id) {
  if ((record.fixed.flags & kFlagUtf8) == 0 && !bytes.empty()) {
    if (const auto unicode = unicode_text(record.extra, unicode_id, bytes)) {
      return decode_name(*unicode, NameCoding::kUtf8);
    }
  }
  return decode_name(bytes, coding_of(record.fixed));
}

std::string path_of(const DirectoryRecord& record) {
  std::string path = text_of(record, record.name, kExtraUnicodePath);
  // DOS programs wrote their own separators; on others '\' is a character like any.
  if (record.fixed.host == kHostDos && path.find('/') == std::string::npos) {
    std::replace(path.begin(), path.end(), '\\', '/');
  }
  return path;
}

void take_unix_times(Entry& entry, ByteSpan data) {
  if (data.empty()) {
    return;
  }
  const auto present = std::to_integer<unsigned>(data.front());
  data = data.subspan(1);
  // The directory states which times the local header has, but holds the first alone.
  for (std::optional<Entry::Time>* const time : {&entry.modified, &entry.accessed}) {
    const unsigned bit = time == &entry.modified ? 1U : 2U;
    if ((present & bit) == 0) {
      continue;
    }
    if (data.size() < sizeof(std::uint32_t)) {
      return;
    }
    const auto seconds = static_cast<std::int32_t>(load_le<std::uint32_t>(data));
    data = data.subspan(sizeof(std::uint32_t));
    if (!*time) {
      *time = Entry::Time{.seconds = seconds, .nanoseconds = 0};
    }
  }
}

void take_ntfs_times(Entry& entry, ByteSpan data) {
  const auto times = load_ntfs(data);
  if (!times) {
    return;
  }
  for (const auto& [value, time] :
       {std::pair(times->modified, &entry.modified), std::pair(times->accessed, &entry.accessed)}) {
    if (value != 0 && !*time) {
      const UnixTime converted = unix_time_of(value);
      *time = Entry::Time{.seconds = converted.seconds, .nanoseconds = converted.nanoseconds};
    }
  }
}

// An owner in a field whose numbers have lengths of their own.
void take_owner(Entry& entry, ByteSpan data) {
  if (data.empty() || data.front() != std::byte{1}) {
    return;
  }
  data = data.subspan(1);
  std::array<std::uint64_t, 2> ids{};
  for (std::uint64_t& id : ids) {
    if (data.empty()) {
      return;
    }
    const auto length = std::to_integer<std::size_t>(data.front());
    if (length > sizeof(id) || data.size() - 1 < length) {
      return;
    }
    for (std::size_t i = length; i > 0; --i) {
      id = (id << 8U) | std::to_integer<std::uint64_t>(data[i]);
    }
    data = data.subspan(1 + length);
  }
  if (ids[0] <= UINT32_MAX && ids[1] <= UINT32_MAX) {
    entry.owner = Entry::Owner{.uid = static_cast<std::uint32_t>(ids[0]),
                               .gid = static_cast<std::uint32_t>(ids[1])};
  }
}

void take_owner16(Entry& entry, ByteSpan data) {
  if (!entry.owner && data.size() >= 4) {
    entry.owner = Entry::Owner{.uid = load_le<std::uint16_t>(data),
                               .gid = load_le<std::uint16_t>(data.subspan(2))};
  }
}

// The old field: two times, and in local headers the owner.
void take_unix_old(Entry& entry, ByteSpan data) {
  constexpr std::size_t kTimes = 8;
  if (data.size() < kTimes) {
    return;
  }
  const auto seconds_at = [data](std::size_t at) {
    return Entry::Time{
        .seconds = static_cast<std::int32_t>(load_le<std::uint32_t>(data.subspan(at))),
        .nanoseconds = 0};
  };
  entry.accessed = entry.accessed ? entry.accessed : seconds_at(0);
  entry.modified = entry.modified ? entry.modified : seconds_at(4);
  take_owner16(entry, data.subspan(kTimes));
}

// Finer times first: whoever comes later only fills in what is missing.
void take_extra(Entry& entry, ByteSpan extra) {
  if (const auto ntfs = find_extra(extra, kExtraNtfs)) {
    take_ntfs_times(entry, *ntfs);
  }
  ExtraFields fields(extra);
  while (const auto field = fields.next()) {
    switch (field->id) {
      case kExtraTime:
        take_unix_times(entry, field->data);
        break;
      case kExtraOwner:
        take_owner(entry, field->data);
        break;
      case kExtraUnix16:
        take_owner16(entry, field->data);
        break;
      case kExtraUnixOld:
        take_unix_old(entry, field->data);
        break;
      default:
        break;
    }
  }
}

// Fifos and devices that a Unix zip names are what was read from, not what was stored: their
// content makes them files.
EntryType type_of(const DirectoryRecord& record, bool slash) {
  const std::uint32_t attributes = record.fixed.external_attributes;
  if (is_unix(record.fixed.host) && ((attributes >> 16U) & kUnixType) == kUnixSymlink && !slash) {
    return EntryType::kSymlink;
  }
  const bool marked = is_unix(record.fixed.host) && ((attributes >> 16U) & kUnixType) != 0
                          ? ((attributes >> 16U) & kUnixType) == kUnixDirectory
                          : !is_unix(record.fixed.host) && (attributes & kDosDirectory) != 0;
  return slash || (marked && record.size == 0) ? EntryType::kDirectory : EntryType::kFile;
}

}  // namespace

Result<DirectoryRecord> read_record(ByteSpan bytes) {
  auto fixed = CentralHeader::load(bytes);
  if (!fixed.ok()) {
    return fixed.status();
  }
  DirectoryRecord record;
  record.fixed = *fixed;
  const std::size_t total =
      kCentralSize + std::size_t{fixed->name_size} + fixed->extra_size + fixed->comment_size;
  if (bytes.size() < total) {
    return Status(Code::kTruncated, "zip: a record of the central directory ends too early");
  }
  bytes = bytes.subspan(kCentralSize);
  record.name = bytes.first(fixed->name_size);
  record.extra = bytes.subspan(fixed->name_size, fixed->extra_size);
  record.comment =
      bytes.subspan(std::size_t{fixed->name_size} + fixed->extra_size, fixed->comment_size);
  Zip64Values wide(record.extra);
  record.size = wide.resolve(fixed->size);
  record.stored_size = wide.resolve(fixed->stored_size);
  record.local_offset = wide.resolve(fixed->local_offset);
  if (wide.bad()) {
    record.problem = "zip: a zip64 field is too short for what it must hold";
  } else if (fixed->disk != 0 && fixed->disk != kIn64Count) {
    record.problem = "zip: the entry lies on another disk";
  }
  return record;
}

Result<LocalRecord> read_local(ByteSpan bytes) {
  auto fixed = LocalHeader::load(bytes);
  if (!fixed.ok()) {
    return fixed.status();
  }
  LocalRecord record;
  record.fixed = *fixed;
  if (bytes.size() - kLocalSize < std::size_t{fixed->name_size} + fixed->extra_size) {
    return Status(Code::kTruncated, "zip: a local header ends too early");
  }
  record.name = bytes.subspan(kLocalSize, fixed->name_size);
  record.extra = bytes.subspan(kLocalSize + fixed->name_size, fixed->extra_size);
  Zip64Values wide(record.extra);
  record.size = wide.resolve(fixed->size);
  record.stored_size = wide.resolve(fixed->stored_size);
  record.zip64 = wide.present();
  return record;
}

bool has_possible_size(const DirectoryRecord& record) noexcept {
  // A match of 258 bytes takes two bits at least.
  constexpr std::uint64_t kMostDeflated = 1032;
  switch (record.fixed.method) {
    case Method::kStore:
      return record.size == record.stored_size;
    case Method::kDeflate:
      return record.size / kMostDeflated <= record.stored_size;
    default:
      return true;
  }
}

std::string describe_method(Method method) {
  const std::string_view name = method_name(method);
  return name.empty() ? "method " + std::to_string(static_cast<unsigned>(method))
                      : std::string(name);
}

bool same_bytes(ByteSpan local, ByteSpan central) noexcept {
  const auto folded = [](std::byte byte) {
    return byte == std::byte{'\\'} ? std::byte{'/'} : byte;
  };
  return local.size() == central.size() &&
         std::equal(local.begin(), local.end(), central.begin(),
                    [&](std::byte a, std::byte b) { return a == b || folded(a) == folded(b); });
}

bool same_name(const LocalRecord& local, const DirectoryRecord& central) {
  if (same_bytes(local.name, central.name)) {
    return true;
  }
  DirectoryRecord as_central;
  as_central.fixed = central.fixed;
  as_central.fixed.flags = local.fixed.flags;
  as_central.extra = local.extra;
  as_central.name = local.name;
  return path_of(as_central) == path_of(central);
}

Entry to_entry(const DirectoryRecord& record) {
  Entry entry;
  entry.path = path_of(record);
  const bool slash = !entry.path.empty() && entry.path.back() == '/';
  entry.type = type_of(record, slash);
  while (entry.path.size() > 1 && entry.path.back() == '/') {
    entry.path.pop_back();
  }
  const CentralHeader& fixed = record.fixed;
  if (entry.type == EntryType::kFile) {
    entry.size = record.size;
  }
  if (entry.type != EntryType::kDirectory) {
    entry.stored_size = record.stored_size;
    entry.method = describe_method(fixed.method);
    entry.crc32 = fixed.crc32;
  }
  if (is_unix(fixed.host) && fixed.external_attributes >> 16U != 0) {
    entry.mode = (fixed.external_attributes >> 16U) & kPermissions;
  } else if (!is_unix(fixed.host) && entry.type == EntryType::kFile &&
             (fixed.external_attributes & kDosReadOnly) != 0) {
    entry.mode = kReadOnlyMode;
  }
  take_extra(entry, record.extra);
  if (!entry.modified) {
    entry.modified =
        Entry::Time{.seconds = seconds_of(fixed.modified, DosZone::kLocal), .nanoseconds = 0};
  }
  if (!record.comment.empty()) {
    entry.comment = text_of(record, record.comment, kExtraUnicodeComment);
  }
  return entry;
}

void add_local_extra(Entry& entry, ByteSpan extra) {
  Entry local;
  take_extra(local, extra);
  entry.accessed = entry.accessed ? entry.accessed : local.accessed;
  entry.owner = entry.owner ? entry.owner : local.owner;
}

}  // namespace kompakt::zip
