#include "archive/zip/zip_write_record.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <string>

#include "archive/zip/zip_entry_name.hpp"
#include "core/endian.hpp"

namespace kompakt::zip {
namespace {

constexpr std::uint32_t kRegular = 0100000;
constexpr std::uint32_t kFolder = 0040000;
constexpr std::uint32_t kLink = 0120000;
constexpr std::uint32_t kOwnerMayWrite = 0200;
constexpr std::uint16_t kFolderVersion = 20;

// The most that the extra fields of one header come to: zip64 with three values, time, NTFS times,
// owner with two 4-byte ids.
constexpr std::size_t kMaxExtra = 4 + 24 + 4 + 5 + 4 + kNtfsDataSize + 4 + 11;

/// The extra fields of one header.
class ExtraWriter {
 public:
  template <typename T>
  void put(T value) noexcept {
    store_le(MutableByteSpan(bytes_).subspan(size_), value);
    size_ += sizeof(T);
  }
  void begin(std::uint16_t id, std::size_t data_size) noexcept {
    put(id);
    put(static_cast<std::uint16_t>(data_size));
  }
  void put_ntfs(const NtfsTimes& times) noexcept {
    begin(kExtraNtfs, kNtfsDataSize);
    store_ntfs(MutableByteSpan(bytes_).subspan(size_), times);
    size_ += kNtfsDataSize;
  }
  [[nodiscard]] ByteSpan bytes() const noexcept { return ByteSpan(bytes_).first(size_); }

 private:
  std::array<std::byte, kMaxExtra> bytes_{};
  std::size_t size_ = 0;
};

enum class Place : std::uint8_t { kLocal, kCentral };

/// The time in whole seconds where 32 bits hold it. Fractions, and times beyond, as NTFS times: of
/// fractions only one copy, in the central directory, where those look who read them.
void put_times(ExtraWriter& extra, const Entry& entry, Place place) {
  if (!entry.modified) {
    return;
  }
  const auto [seconds, nanoseconds] = *entry.modified;
  const bool fits = std::in_range<std::int32_t>(seconds);
  if (fits) {
    constexpr std::uint8_t kModified = 1;
    extra.begin(kExtraTime, 5);
    extra.put(kModified);
    extra.put(static_cast<std::uint32_t>(seconds));
  }
  if (fits && (nanoseconds < 100 || place == Place::kLocal)) {
    return;
  }
  const auto modified = ntfs_time_of(seconds, nanoseconds);
  if (!modified) {
    return;
  }
  const auto accessed = entry.accessed
                            ? ntfs_time_of(entry.accessed->seconds, entry.accessed->nanoseconds)
                            : std::nullopt;
  // Zero: not known.
  extra.put_ntfs({.modified = *modified, .accessed = accessed.value_or(0), .created = 0});
}

void put_owner(ExtraWriter& extra, const Entry& entry) {
  if (!entry.owner) {
    return;
  }
  constexpr std::uint8_t kVersion = 1;
  const auto [uid, gid] = *entry.owner;
  const bool narrow = std::in_range<std::uint16_t>(uid) && std::in_range<std::uint16_t>(gid);
  const std::uint8_t width = narrow ? 2 : 4;
  extra.begin(kExtraOwner, std::size_t{3} + 2 * std::size_t{width});
  extra.put(kVersion);
  for (const std::uint32_t id : {uid, gid}) {
    extra.put(width);
    if (narrow) {
      extra.put(static_cast<std::uint16_t>(id));
    } else {
      extra.put(id);
    }
  }
}

std::uint32_t external_attributes(const Entry& entry) {
  const bool folder = entry.type == EntryType::kDirectory;
  const std::uint32_t mode = entry.mode.value_or(folder ? 0755 : 0644) & 07777U;
  const std::uint32_t type = folder                              ? kFolder
                             : entry.type == EntryType::kSymlink ? kLink
                                                                 : kRegular;
  return (type | mode) << 16U | (folder ? kDosDirectory : 0U) |
         ((mode & kOwnerMayWrite) == 0 ? kDosReadOnly : 0U);
}

std::uint16_t flags_of(const Member& member) {
  const std::string& path = member.entry.path;
  const bool ascii = std::all_of(path.begin(), path.end(),
                                 [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  std::uint16_t flags = member.streamed ? kFlagDescriptor : 0U;
  // Names that are no UTF-8 go in as they are, unmarked.
  if (!ascii && is_utf8(path)) {
    flags |= kFlagUtf8;
  }
  return flags;
}

std::uint16_t version_needed(const Member& member, bool zip64) {
  const bool folder = member.entry.type == EntryType::kDirectory;
  const std::uint16_t version =
      std::max(version_for(member.method), folder ? kFolderVersion : std::uint16_t{0});
  return zip64 || member.wide ? std::max(version, kVersionZip64) : version;
}

std::size_t name_size(const Entry& entry) {
  return entry.path.size() + (entry.type == EntryType::kDirectory ? 1 : 0);
}

/// Name and extra fields, to the end of `out`.
void put_tail(MutableByteSpan out, const Entry& entry, const ExtraWriter& extra) {
  std::memcpy(out.data(), entry.path.data(), entry.path.size());
  if (entry.type == EntryType::kDirectory) {
    out[entry.path.size()] = std::byte{'/'};
  }
  std::copy(extra.bytes().begin(), extra.bytes().end(),
            out.begin() + static_cast<std::ptrdiff_t>(name_size(entry)));
}

ExtraWriter local_extra(const Member& member) {
  ExtraWriter extra;
  if (member.wide) {
    // The sizes are in the descriptor; this says how wide they are there.
    extra.begin(kExtraZip64, 16);
    extra.put(std::uint64_t{0});
    extra.put(std::uint64_t{0});
  }
  put_times(extra, member.entry, Place::kLocal);
  put_owner(extra, member.entry);
  return extra;
}

/// What a 32-bit field holds of a value.
std::uint32_t narrow(std::uint64_t value) {
  return value < kIn64 ? static_cast<std::uint32_t>(value) : kIn64;
}

}  // namespace

std::size_t local_size(const Member& member) {
  return kLocalSize + name_size(member.entry) + local_extra(member).bytes().size();
}

void put_local(const Member& member, MutableByteSpan out) {
  const ExtraWriter extra = local_extra(member);
  LocalHeader header;
  header.version_needed = version_needed(member, false);
  header.flags = flags_of(member);
  header.method = member.method;
  header.modified = member.modified;
  if (!member.streamed) {
    header.crc32 = member.crc32;
    header.stored_size = narrow(member.stored_size);
    header.size = narrow(member.size);
  } else if (member.wide) {
    header.stored_size = kIn64;
    header.size = kIn64;
  }
  header.name_size = static_cast<std::uint16_t>(name_size(member.entry));
  header.extra_size = static_cast<std::uint16_t>(extra.bytes().size());
  header.store(out);
  put_tail(out.subspan(kLocalSize), member.entry, extra);
}

void CentralDirectory::add(const Member& member, std::uint64_t local_offset) {
  ExtraWriter extra;
  CentralHeader header;
  header.size = narrow(member.size);
  header.stored_size = narrow(member.stored_size);
  header.local_offset = narrow(local_offset);
  // The field holds those values, in this order, whose own fields cannot.
  struct Value {
    std::uint32_t field;
    std::uint64_t value;
  };
  const std::array values = {Value{header.size, member.size},
                             Value{header.stored_size, member.stored_size},
                             Value{header.local_offset, local_offset}};
  const auto large =
      std::count_if(values.begin(), values.end(), [](const Value& v) { return v.field == kIn64; });
  if (large != 0) {
    extra.begin(kExtraZip64, static_cast<std::size_t>(large) * sizeof(std::uint64_t));
    for (const Value& v : values) {
      if (v.field == kIn64) {
        extra.put(v.value);
      }
    }
  }
  put_times(extra, member.entry, Place::kCentral);
  put_owner(extra, member.entry);
  header.version_needed = version_needed(member, large != 0);
  header.flags = flags_of(member);
  header.method = member.method;
  header.modified = member.modified;
  header.crc32 = member.crc32;
  header.name_size = static_cast<std::uint16_t>(name_size(member.entry));
  header.extra_size = static_cast<std::uint16_t>(extra.bytes().size());
  header.external_attributes = external_attributes(member.entry);
  const MutableByteSpan out = room(kCentralSize + header.name_size + header.extra_size);
  header.store(out);
  put_tail(out.subspan(kCentralSize), member.entry, extra);
  ++entries_;
}

MutableByteSpan CentralDirectory::room(std::size_t size) {
  if (blocks_.empty() || blocks_.back().capacity() - blocks_.back().size() < size) {
    blocks_.emplace_back().reserve(std::max(kBlock, size));
  }
  auto& block = blocks_.back();
  block.resize(block.size() + size);
  size_ += size;
  return MutableByteSpan(block).last(size);
}

Result<std::uint64_t> CentralDirectory::write(Sink& sink, std::uint64_t offset) const {
  for (const auto& block : blocks_) {
    if (Status written = sink.write(block); !written.ok()) {
      return written;
    }
  }
  std::vector<std::byte> tail(kZip64EndSize + kZip64LocatorSize + kEndSize);
  MutableByteSpan left(tail);
  if (entries_ >= kIn64Count || size_ >= kIn64 || offset >= kIn64) {
    Zip64End record;
    record.disk_entries = entries_;
    record.entries = entries_;
    record.central_size = size_;
    record.central_offset = offset;
    record.store(left);
    left = left.subspan(kZip64EndSize);
    Zip64Locator locator;
    locator.end_offset = offset + size_;
    locator.store(left);
    left = left.subspan(kZip64LocatorSize);
  }
  EndRecord end;
  end.entries = static_cast<std::uint16_t>(std::min<std::uint64_t>(entries_, kIn64Count));
  end.disk_entries = end.entries;
  end.central_size = narrow(size_);
  end.central_offset = narrow(offset);
  end.store(left);
  const std::size_t used = tail.size() - left.size() + kEndSize;
  if (Status written = sink.write(ByteSpan(tail).first(used)); !written.ok()) {
    return written;
  }
  return size_ + used;
}

}  // namespace kompakt::zip
