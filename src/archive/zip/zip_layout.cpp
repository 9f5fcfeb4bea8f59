#include "archive/zip/zip_layout.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <limits>
#include <string>

#include "core/endian.hpp"

namespace kompakt::zip {
namespace {

/// Puts fields one behind the other. The caller has made sure of the room.
class Writer {
 public:
  explicit Writer(MutableByteSpan out) noexcept : out_(out) {}
  template <typename T>
  Writer& put(T value) noexcept {
    store_le(out_.subspan(at_), value);
    at_ += sizeof(T);
    return *this;
  }

 private:
  MutableByteSpan out_;
  std::size_t at_ = 0;
};

/// Takes fields one behind the other, from a span that is long enough for all of them.
class Reader {
 public:
  explicit Reader(ByteSpan from) noexcept : from_(from) {}
  template <typename T>
  void get(T& value) noexcept {
    value = load_le<T>(from_.subspan(at_));
    at_ += sizeof(T);
  }
  void get(Method& value) noexcept {
    std::uint16_t number = 0;
    get(number);
    value = static_cast<Method>(number);
  }
  void get(DosTime& value) noexcept {
    get(value.time);
    get(value.date);
  }

 private:
  ByteSpan from_;
  std::size_t at_ = 0;
};

/// The fields behind the signature, or why the bytes are no such record.
Result<Reader> open_record(ByteSpan bytes, std::uint32_t signature, std::size_t size,
                           std::string_view what) {
  if (bytes.size() < size) {
    return Status(Code::kTruncated, "zip: the " + std::string(what) + " is cut short");
  }
  if (load_le<std::uint32_t>(bytes) != signature) {
    return Status(Code::kCorrupt, "zip: no " + std::string(what) + " where one should be");
  }
  return Reader(bytes.subspan(sizeof signature));
}

constexpr std::int64_t kFirstYear = 1980;
constexpr std::int64_t kLastYear = kFirstYear + 127;
constexpr DosTime kFirst{};
constexpr DosTime kLast{.time = 23U << 11U | 59U << 5U | 29U, .date = 127U << 9U | 12U << 5U | 31U};

// From 1601-01-01 to 1970-01-01.
constexpr std::int64_t kNtfsEpoch = 11'644'473'600;
constexpr std::int64_t kNtfsTicks = 10'000'000;
constexpr std::uint16_t kNtfsTag = 1;
constexpr std::uint16_t kNtfsTagSize = 24;
constexpr std::size_t kNtfsReserved = 4;
constexpr std::size_t kTagHeader = 4;

struct MethodFacts {
  Method method;
  std::string_view name;
  std::uint16_t version;
};
constexpr std::array kMethods = {
    MethodFacts{Method::kStore, "store", 10}, MethodFacts{Method::kDeflate, "deflate", 20},
    MethodFacts{Method::kBzip2, "bzip2", 46}, MethodFacts{Method::kDeflate64, "deflate64", 21},
    MethodFacts{Method::kLzma, "lzma", 63},   MethodFacts{Method::kZstd, "zstd", 63},
    MethodFacts{Method::kXz, "xz", 63},       MethodFacts{Method::kPpmd, "ppmd", 63},
    MethodFacts{Method::kAes, "aes", 51},
};

const MethodFacts* facts_of(Method method) noexcept {
  const auto* const found = std::find_if(kMethods.begin(), kMethods.end(),
                                         [&](const MethodFacts& m) { return m.method == method; });
  return found != kMethods.end() ? found : nullptr;
}

}  // namespace

std::string_view method_name(Method method) noexcept {
  const MethodFacts* const facts = facts_of(method);
  return facts != nullptr ? facts->name : std::string_view();
}

std::uint16_t version_for(Method method) noexcept {
  const MethodFacts* const facts = facts_of(method);
  return facts != nullptr ? facts->version : kMethods.front().version;
}

DosTime dos_time_of(std::int64_t seconds, DosZone zone) noexcept {
  const std::time_t when = seconds;
  std::tm parts{};
  if ((zone == DosZone::kUtc ? gmtime_r(&when, &parts) : localtime_r(&when, &parts)) == nullptr) {
    return seconds < 0 ? kFirst : kLast;
  }
  const std::int64_t year = std::int64_t{parts.tm_year} + 1900;
  if (year < kFirstYear || year > kLastYear) {
    return year < kFirstYear ? kFirst : kLast;
  }
  const auto bits = [](std::int64_t value, unsigned shift) {
    return static_cast<unsigned>(value) << shift;
  };
  // A leap second would not fit its five bits.
  const int second = std::min(parts.tm_sec, 59);
  return {.time = static_cast<std::uint16_t>(bits(parts.tm_hour, 11) | bits(parts.tm_min, 5) |
                                             bits(second / 2, 0)),
          .date = static_cast<std::uint16_t>(bits(year - kFirstYear, 9) |
                                             bits(parts.tm_mon + 1, 5) | bits(parts.tm_mday, 0))};
}

std::int64_t seconds_of(const DosTime& when, DosZone zone) noexcept {
  std::tm parts{};
  parts.tm_sec = static_cast<int>(when.time & 31U) * 2;
  parts.tm_min = static_cast<int>(when.time >> 5U & 63U);
  parts.tm_hour = when.time >> 11U;
  parts.tm_mday = static_cast<int>(when.date & 31U);
  parts.tm_mon = static_cast<int>(when.date >> 5U & 15U) - 1;
  parts.tm_year = (when.date >> 9U) + 80;
  parts.tm_isdst = -1;
  return zone == DosZone::kUtc ? timegm(&parts) : mktime(&parts);
}

void LocalHeader::store(MutableByteSpan out) const noexcept {
  Writer(out)
      .put(kLocalSignature)
      .put(version_needed)
      .put(flags)
      .put(static_cast<std::uint16_t>(method))
      .put(modified.time)
      .put(modified.date)
      .put(crc32)
      .put(stored_size)
      .put(size)
      .put(name_size)
      .put(extra_size);
}

Result<LocalHeader> LocalHeader::load(ByteSpan bytes) {
  auto in = open_record(bytes, kLocalSignature, kLocalSize, "local header");
  if (!in.ok()) {
    return in.status();
  }
  LocalHeader header;
  in->get(header.version_needed);
  in->get(header.flags);
  in->get(header.method);
  in->get(header.modified);
  in->get(header.crc32);
  in->get(header.stored_size);
  in->get(header.size);
  in->get(header.name_size);
  in->get(header.extra_size);
  return header;
}

void CentralHeader::store(MutableByteSpan out) const noexcept {
  Writer(out)
      .put(kCentralSignature)
      .put(version_made)
      .put(host)
      .put(version_needed)
      .put(flags)
      .put(static_cast<std::uint16_t>(method))
      .put(modified.time)
      .put(modified.date)
      .put(crc32)
      .put(stored_size)
      .put(size)
      .put(name_size)
      .put(extra_size)
      .put(comment_size)
      .put(disk)
      .put(internal_attributes)
      .put(external_attributes)
      .put(local_offset);
}

Result<CentralHeader> CentralHeader::load(ByteSpan bytes) {
  auto in = open_record(bytes, kCentralSignature, kCentralSize, "central directory entry");
  if (!in.ok()) {
    return in.status();
  }
  CentralHeader header;
  in->get(header.version_made);
  in->get(header.host);
  in->get(header.version_needed);
  in->get(header.flags);
  in->get(header.method);
  in->get(header.modified);
  in->get(header.crc32);
  in->get(header.stored_size);
  in->get(header.size);
  in->get(header.name_size);
  in->get(header.extra_size);
  in->get(header.comment_size);
  in->get(header.disk);
  in->get(header.internal_attributes);
  in->get(header.external_attributes);
  in->get(header.local_offset);
  return header;
}

void EndRecord::store(MutableByteSpan out) const noexcept {
  Writer(out)
      .put(kEndSignature)
      .put(disk)
      .put(central_disk)
      .put(disk_entries)
      .put(entries)
      .put(central_size)
      .put(central_offset)
      .put(comment_size);
}

Result<EndRecord> EndRecord::load(ByteSpan bytes) {
  auto in = open_record(bytes, kEndSignature, kEndSize, "end record");
  if (!in.ok()) {
    return in.status();
  }
  EndRecord record;
  in->get(record.disk);
  in->get(record.central_disk);
  in->get(record.disk_entries);
  in->get(record.entries);
  in->get(record.central_size);
  in->get(record.central_offset);
  in->get(record.comment_size);
  return record;
}

void Zip64End::store(MutableByteSpan out) const noexcept {
  Writer(out)
      .put(kZip64EndSignature)
      .put(record_size)
      .put(version_made)
      .put(version_needed)
      .put(disk)
      .put(central_disk)
      .put(disk_entries)
      .put(entries)
      .put(central_size)
      .put(central_offset);
}

Result<Zip64End> Zip64End::load(ByteSpan bytes) {
  auto in = open_record(bytes, kZip64EndSignature, kZip64EndSize, "zip64 end record");
  if (!in.ok()) {
    return in.status();
  }
  Zip64End record;
  in->get(record.record_size);
  in->get(record.version_made);
  in->get(record.version_needed);
  in->get(record.disk);
  in->get(record.central_disk);
  in->get(record.disk_entries);
  in->get(record.entries);
  in->get(record.central_size);
  in->get(record.central_offset);
  return record;
}

void Zip64Locator::store(MutableByteSpan out) const noexcept {
  Writer(out).put(kZip64LocatorSignature).put(disk).put(end_offset).put(disks);
}

Result<Zip64Locator> Zip64Locator::load(ByteSpan bytes) {
  auto in = open_record(bytes, kZip64LocatorSignature, kZip64LocatorSize, "zip64 locator");
  if (!in.ok()) {
    return in.status();
  }
  Zip64Locator record;
  in->get(record.disk);
  in->get(record.end_offset);
  in->get(record.disks);
  return record;
}

void Descriptor::store(MutableByteSpan out, bool zip64) const noexcept {
  Writer writer(out);
  writer.put(kDescriptorSignature).put(crc32);
  if (zip64) {
    writer.put(stored_size).put(size);
  } else {
    writer.put(static_cast<std::uint32_t>(stored_size)).put(static_cast<std::uint32_t>(size));
  }
}

std::optional<ExtraField> ExtraFields::next() noexcept {
  if (left_.size() < kExtraHeaderSize) {
    return std::nullopt;
  }
  const auto id = load_le<std::uint16_t>(left_);
  const auto size = load_le<std::uint16_t>(left_.subspan(sizeof id));
  const ByteSpan rest = left_.subspan(kExtraHeaderSize);
  if (rest.size() < size) {
    return std::nullopt;
  }
  left_ = rest.subspan(size);
  return ExtraField{.id = id, .data = rest.first(size)};
}

std::optional<std::uint64_t> ntfs_time_of(std::int64_t seconds,
                                          std::uint32_t nanoseconds) noexcept {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max() / kNtfsTicks - 1;
  if (seconds < -kNtfsEpoch || seconds > kMost - kNtfsEpoch) {
    return std::nullopt;
  }
  return static_cast<std::uint64_t>((seconds + kNtfsEpoch) * kNtfsTicks) + nanoseconds / 100;
}

UnixTime unix_time_of(std::uint64_t ntfs) noexcept {
  const auto ticks = static_cast<std::uint64_t>(kNtfsTicks);
  return {.seconds = static_cast<std::int64_t>(ntfs / ticks) - kNtfsEpoch,
          .nanoseconds = static_cast<std::uint32_t>(ntfs % ticks) * 100};
}

void store_ntfs(MutableByteSpan out, const NtfsTimes& times) noexcept {
  Writer(out)
      .put(std::uint32_t{0})
      .put(kNtfsTag)
      .put(kNtfsTagSize)
      .put(times.modified)
      .put(times.accessed)
      .put(times.created);
}

std::optional<NtfsTimes> load_ntfs(ByteSpan data) noexcept {
  if (data.size() < kNtfsReserved) {
    return std::nullopt;
  }
  // Tags within the field have the shape of extra fields.
  ExtraFields tags(data.subspan(kNtfsReserved));
  while (const auto tag = tags.next()) {
    if (tag->id == kNtfsTag && tag->data.size() >= kNtfsTagSize) {
      Reader in(tag->data);
      NtfsTimes times;
      in.get(times.modified);
      in.get(times.accessed);
      in.get(times.created);
      return times;
    }
  }
  static_assert(kNtfsDataSize == kNtfsReserved + kTagHeader + kNtfsTagSize);
  return std::nullopt;
}

}  // namespace kompakt::zip
