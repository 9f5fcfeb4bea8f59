#include "archive/zip/zip_directory.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <numeric>

#include "archive/zip/zip_entry_name.hpp"
#include "archive/zip/zip_entry_recover.hpp"
#include "checksum/hasher.hpp"
#include "core/checked.hpp"
#include "core/endian.hpp"

namespace kompakt {

using zip::DirectoryRecord;
using zip::kCentralSize;
using zip::kEndSize;

namespace {

constexpr std::size_t kMaxComment = 65'535;
// How far from the file's end the end record is searched: its comment, and junk behind it.
constexpr std::size_t kTail = kEndSize + kMaxComment + std::size_t{64} * 1024;
// End records that are looked into before the archive counts as damaged.
constexpr unsigned kMostCandidates = 32;
// Members that are read to see whether they truly begin inside another one.
constexpr unsigned kMostProbes = 16;
constexpr std::uint64_t kMostDirectory = 0xFFFFFFFF;

constexpr std::uint16_t kFlagLzmaEndMark = 1U << 1U;
constexpr std::uint16_t kFlagPatch = 1U << 5U;

Status corrupt(const char* what) { return {Code::kCorrupt, what}; }

// Fills `out` or fails.
Status read_fully(const Source& source, std::uint64_t offset, MutableByteSpan out) {
  const auto got = source.read_at(offset, out);
  if (!got.ok()) {
    return got.status();
  }
  return *got == out.size() ? Status()
                            : Status(Code::kTruncated, "zip: the archive ends too early");
}

bool has_signature(const Source& source, std::uint64_t offset, std::uint32_t signature) {
  std::array<std::byte, sizeof(signature)> bytes{};
  return read_fully(source, offset, bytes).ok() && load_le<std::uint32_t>(bytes) == signature;
}

// Whether the file begins as zip archives do that nothing was put in front of.
bool begins_as_zip(const Source& source) {
  constexpr std::uint32_t kSpannedMarker = 0x30304B50;
  std::array<std::byte, 8> bytes{};
  if (!read_fully(source, 0, bytes).ok()) {
    return false;
  }
  const auto first = load_le<std::uint32_t>(bytes);
  return first == zip::kLocalSignature || first == zip::kCentralSignature ||
         ((first == kSpannedMarker || first == zip::kDescriptorSignature) &&
          load_le<std::uint32_t>(ByteSpan(bytes).subspan(4)) == zip::kLocalSignature);
}

// Whether local header and directory agree, and the entry is one that can be read at all.
Status compare(const zip::LocalRecord& local, const DirectoryRecord& central) {
  constexpr std::uint16_t kEncrypted =
      zip::kFlagEncrypted | zip::kFlagStrongEncryption | zip::kFlagMaskedHeaders;
  if (!zip::same_name(local, central)) {
    return corrupt("zip: local header and directory disagree on the name");
  }
  const auto flags = static_cast<std::uint16_t>(central.fixed.flags | local.fixed.flags);
  if ((flags & kEncrypted) != 0 || central.fixed.method == zip::Method::kAes) {
    return {Code::kUnsupported, "zip: the entry is encrypted"};
  }
  if ((flags & kFlagPatch) != 0) {
    return {Code::kUnsupported, "zip: the entry is a patch for another file"};
  }
  if (local.fixed.method != central.fixed.method) {
    return corrupt("zip: local header and directory disagree on the method");
  }
  if ((local.fixed.flags & zip::kFlagDescriptor) != 0) {
    return {};
  }
  if (local.stored_size != central.stored_size || local.size != central.size) {
    return corrupt("zip: local header and directory disagree on the size");
  }
  return local.fixed.crc32 == central.fixed.crc32
             ? Status()
             : corrupt("zip: local header and directory disagree on the checksum");
}

}  // namespace

// What an end record says, widened where there is a zip64 one, and where that leads to.
struct ZipArchive::Found {
  std::uint64_t end = 0;     // offset of the (first) end record: the directory lies before it
  std::uint64_t behind = 0;  // bytes in the file behind the end record and its comment
  zip::EndRecord narrow;
  std::uint64_t entries = 0;
  std::uint64_t size = 0;
  std::uint64_t offset = 0;  // as stated
  bool wide = false;
  std::uint64_t begin = 0;   // in the file
  std::uint64_t prefix = 0;  // what offsets are short of
  ByteSpan comment;
};

Result<std::unique_ptr<ZipArchive>> ZipArchive::open(const Source& source,
                                                     const ZipReadLimits& limits) {
  if (!source.random_access() || !source.size()) {
    return Status(Code::kUnsupported, "zip: the archive must be a file, not a pipe");
  }
  std::unique_ptr<ZipArchive> archive(new ZipArchive(source, limits));
  archive->limits_.max_directory = std::min(limits.max_directory, kMostDirectory);
  Status status = archive->read_end();
  if (is_damage(status)) {
    status = archive->recover(status);
  }
  if (!status.ok()) {
    return status.in_file(source.name());
  }
  archive->sort();
  return archive;
}

Status ZipArchive::read_end() {
  const auto tail_size = static_cast<std::size_t>(std::min<std::uint64_t>(file_size_, kTail));
  const std::uint64_t tail_begin = file_size_ - tail_size;
  std::vector<std::byte> tail(tail_size);
  if (Status read = read_fully(source_, tail_begin, tail); !read.ok()) {
    return read;
  }
  Status first_failure;
  unsigned candidates = 0;
  for (std::size_t at = tail_size < kEndSize ? 0 : tail_size - kEndSize + 1; at > 0; --at) {
    const ByteSpan here = ByteSpan(tail).subspan(at - 1);
    if (here.front() != std::byte{'P'} || load_le<std::uint32_t>(here) != zip::kEndSignature) {
      continue;
    }
    if (++candidates > kMostCandidates) {
      break;
    }
    damage_ = {};
    auto found = examine(tail, tail_begin, at - 1);
    Status status = found.ok() ? adopt(*found) : found.status();
    if (status.ok()) {
      return {};
    }
    if (status.code() == Code::kLimitExceeded || status.code() == Code::kIo) {
      return status;
    }
    first_failure = first_failure.ok() ? status : first_failure;
  }
  if (!first_failure.ok()) {
    return first_failure;
  }
  return begins_as_zip(source_)
             ? Status(Code::kTruncated, "zip: there is no end record: the archive is cut short")
             : Status(Code::kUnsupported, "zip: this is no zip archive");
}

Result<ZipArchive::Found> ZipArchive::examine(ByteSpan tail, std::uint64_t tail_begin,
                                              std::size_t at) {
  const auto narrow = zip::EndRecord::load(tail.subspan(at));
  if (!narrow.ok()) {
    return narrow.status();
  }
  Found found;
  found.end = tail_begin + at;
  found.narrow = *narrow;
  found.entries = narrow->entries;
  found.size = narrow->central_size;
  found.offset = narrow->central_offset;
  const ByteSpan rest = tail.subspan(at + kEndSize);
  found.comment = rest.first(std::min<std::size_t>(narrow->comment_size, rest.size()));
  found.behind = rest.size() - found.comment.size();
  if (Status status = widen(found); !status.ok()) {
    return status;
  }
  if (Status status = place_directory(found); !status.ok()) {
    return status;
  }
  return found;
}

// Takes over the zip64 end record where there is one.
Status ZipArchive::widen(Found& found) {
  const zip::EndRecord& narrow = found.narrow;
  const bool wanted = narrow.entries == zip::kIn64Count || narrow.central_size == zip::kIn64 ||
                      narrow.central_offset == zip::kIn64;
  std::array<std::byte, zip::kZip64LocatorSize> locator_bytes{};
  const bool room = found.end >= locator_bytes.size();
  const std::uint64_t locator_at = room ? found.end - locator_bytes.size() : 0;
  const bool has_locator = room && read_fully(source_, locator_at, locator_bytes).ok();
  const auto locator = zip::Zip64Locator::load(locator_bytes);
  if (!has_locator || !locator.ok()) {
    // The last of several disks names itself twice; a number that stands alone is damaged.
    if (narrow.disk != 0 && narrow.central_disk != 0 && narrow.central_disk <= narrow.disk) {
      return {Code::kUnsupported, "zip: archives of several disks are not supported"};
    }
    if (narrow.disk != 0 || narrow.central_disk != 0) {
      damage_ = corrupt("zip: the end record's disk numbers are wrong");
    }
    return wanted && narrow.central_offset == zip::kIn64
               ? corrupt("zip: the zip64 end record is missing")
               : Status();
  }
  if (locator->disks > 1 || locator->disk != 0) {
    return {Code::kUnsupported, "zip: archives of several disks are not supported"};
  }
  // Where something lies in front of the archive, the record stands directly before its locator.
  std::array<std::byte, zip::kZip64EndSize> bytes{};
  for (const std::uint64_t at :
       {locator->end_offset, locator_at - std::min<std::uint64_t>(locator_at, bytes.size())}) {
    if (at > locator_at || locator_at - at < bytes.size() || !read_fully(source_, at, bytes).ok()) {
      continue;
    }
    const auto end = zip::Zip64End::load(bytes);
    if (!end.ok()) {
      continue;
    }
    if (end->disk != 0 || end->central_disk != 0) {
      return {Code::kUnsupported, "zip: archives of several disks are not supported"};
    }
    constexpr std::uint64_t kVersion1 = zip::kZip64EndSize - 12;
    if (end->version_needed >= 62 && end->record_size > kVersion1) {
      return {Code::kUnsupported, "zip: the central directory is encrypted or compressed"};
    }
    const bool agrees =
        (narrow.entries == zip::kIn64Count || narrow.entries == end->entries) &&
        (narrow.central_size == zip::kIn64 || narrow.central_size == end->central_size) &&
        (narrow.central_offset == zip::kIn64 || narrow.central_offset == end->central_offset);
    if (!agrees && damage_.ok()) {
      damage_ = corrupt("zip: the end record and its zip64 counterpart disagree");
    }
    found.entries = end->entries;
    found.size = end->central_size;
    found.offset = end->central_offset;
    found.end = at;
    found.wide = true;
    return {};
  }
  return wanted ? corrupt("zip: the zip64 end record is missing") : Status();
}

// Finds out whether offsets count from the file's start or from that of the archive in it.
Status ZipArchive::place_directory(Found& found) {
  if (found.size > found.end) {
    return corrupt("zip: the central directory is larger than what lies before its end");
  }
  const std::uint64_t before_end = found.end - found.size;
  const auto begins_directory = [&](std::uint64_t at) {
    return found.size == 0 || has_signature(source_, at, zip::kCentralSignature);
  };
  if (before_end >= found.offset && begins_directory(before_end)) {
    found.begin = before_end;
    found.prefix = found.size == 0 && found.entries == 0 ? 0 : before_end - found.offset;
  } else if (found.offset <= before_end && begins_directory(found.offset)) {
    found.begin = found.offset;
    if (damage_.ok()) {
      damage_ = corrupt("zip: there are unknown bytes between the central directory and its end");
    }
  } else {
    return corrupt("zip: there is no central directory where the end record says");
  }
  return {};
}

Status ZipArchive::adopt(const Found& found) {
  if (Status status = read_directory(found); !status.ok()) {
    records_.clear();
    begins_.clear();
    return status;
  }
  directory_begin_ = found.begin;
  comment_ = zip::decode_name(found.comment, zip::NameCoding::kUnknown);
  if (found.comment.size() < found.narrow.comment_size && damage_.ok()) {
    damage_ = Status(Code::kTruncated, "zip: the archive's comment is cut short");
  }
  if (found.behind > 0) {
    warning_ = Status(Code::kCorrupt, "zip: " + std::to_string(found.behind) +
                                          " bytes behind the end of the archive are not looked at");
  }
  // Some writers stored offsets from the file's start although something lies in front.
  if (found.prefix > 0 && !begins_.empty() && !has_header_at_begin(0) &&
      has_signature(source_, begins_[0] - found.prefix, zip::kLocalSignature)) {
    for (std::uint64_t& begin : begins_) {
      begin -= found.prefix;
    }
    prefix_ = 0;
  }
  return {};
}

Status ZipArchive::read_directory(const Found& found) {
  if (found.size > limits_.max_directory) {
    return {Code::kLimitExceeded, "zip: the central directory takes " + std::to_string(found.size) +
                                      " bytes, the limit is " +
                                      std::to_string(limits_.max_directory)};
  }
  prefix_ = found.prefix;
  directory_size_ = static_cast<std::size_t>(found.size);
  directory_.resize_discard(directory_size_);
  if (Status read = read_fully(source_, found.begin, directory_.first(directory_size_));
      !read.ok()) {
    return read;
  }
  directory_begin_ = found.begin;
  if (Status status = index_records(directory_.first(directory_size_), found.entries);
      !status.ok()) {
    return status;
  }
  // Old writers of many entries stored their number modulo 2^16.
  const std::uint64_t counted = found.wide ? records_.size() : records_.size() % 65'536;
  if (counted < found.entries && found.entries - counted < 65'536) {
    return corrupt("zip: the central directory has fewer entries than the end record counts");
  }
  if (counted != found.entries && damage_.ok()) {
    damage_ = Status(Code::kCorrupt, "zip: the end record counts " + std::to_string(found.entries) +
                                         " entries, the central directory has " +
                                         std::to_string(records_.size()));
  }
  return {};
}

Status ZipArchive::index_records(ByteSpan directory, std::uint64_t stated) {
  constexpr std::uint32_t kDigitalSignature = 0x05054B50;
  const std::uint64_t room = directory.size() / kCentralSize;
  records_.reserve(static_cast<std::size_t>(std::min(stated, room)));
  begins_.reserve(records_.capacity());
  std::size_t at = 0;
  while (at < directory.size()) {
    const ByteSpan rest = directory.subspan(at);
    if (rest.size() >= sizeof(kDigitalSignature) &&
        load_le<std::uint32_t>(rest) == kDigitalSignature) {
      break;
    }
    const auto record = zip::read_record(rest);
    if (!record.ok()) {
      return record.status().at_offset(directory_begin_ + at);
    }
    constexpr std::uint16_t kHidden = zip::kFlagMaskedHeaders | zip::kFlagEncrypted;
    if ((record->fixed.flags & kHidden) == kHidden) {
      return {Code::kUnsupported, "zip: the central directory is encrypted: headers are masked"};
    }
    if (records_.size() >= limits_.max_entries) {
      return {Code::kLimitExceeded,
              "zip: more than " + std::to_string(limits_.max_entries) + " entries"};
    }
    records_.push_back(static_cast<std::uint32_t>(at));
    // A sum that wraps around lies behind the file like any other wrong offset.
    begins_.push_back(checked_add(record->local_offset, prefix_).value_or(UINT64_MAX));
    at += record->record_size();
  }
  return {};
}

Status ZipArchive::recover(const Status& why) {
  auto made = zip::recover_directory(
      source_, {.max_entries = limits_.max_entries, .max_directory = limits_.max_directory});
  if (!made.ok()) {
    return made.status();
  }
  if (made->empty()) {
    return why;
  }
  records_.clear();
  begins_.clear();
  prefix_ = 0;
  directory_size_ = made->size();
  directory_.resize_discard(directory_size_);
  std::memcpy(directory_.data(), made->data(), directory_size_);
  directory_begin_ = file_size_;
  if (Status status = index_records(directory_.first(directory_size_), 0); !status.ok()) {
    return status;
  }
  recovered_ = true;
  warning_ = {};
  damage_ = why;
  return {};
}

void ZipArchive::sort() {
  records_.shrink_to_fit();
  begins_.shrink_to_fit();
  // Strictly: of entries at one place only the last may be read, which sorting finds.
  const auto out_of_order =
      std::adjacent_find(begins_.begin(), begins_.end(), std::greater_equal());
  if (out_of_order == begins_.end()) {
    return;
  }
  by_begin_.resize(begins_.size());
  std::iota(by_begin_.begin(), by_begin_.end(), 0U);
  std::stable_sort(by_begin_.begin(), by_begin_.end(),
                   [this](std::uint32_t a, std::uint32_t b) { return begins_[a] < begins_[b]; });
  if (!is_repeated_in_wrong_order()) {
    reading_order_ = by_begin_;
  }
}

// Whether some name would be overwritten by an earlier entry of it if entries were taken by place.
bool ZipArchive::is_repeated_in_wrong_order() const {
  std::vector<std::uint64_t> hashes(records_.size());
  for (std::size_t i = 0; i < hashes.size(); ++i) {
    hashes[i] = xxh3_64(record(i).name);
  }
  std::sort(hashes.begin(), hashes.end());
  return std::adjacent_find(hashes.begin(), hashes.end()) != hashes.end();
}

DirectoryRecord ZipArchive::record(std::size_t index) const {
  auto record = zip::read_record(directory_.first(directory_size_).subspan(records_[index]));
  return std::move(record).value();  // index_records() has read it before
}

std::size_t ZipArchive::place_of(std::size_t index) const noexcept {
  if (by_begin_.empty()) {
    return index;
  }
  const auto before = [this](std::uint32_t a, std::size_t b) {
    return begins_[a] != begins_[b] ? begins_[a] < begins_[b] : a < b;
  };
  const auto place = std::lower_bound(by_begin_.begin(), by_begin_.end(), index, before);
  return static_cast<std::size_t>(place - by_begin_.begin());
}

std::uint64_t ZipArchive::limit(std::size_t index) const noexcept {
  std::size_t place = index + 1;
  if (!by_begin_.empty()) {
    // Any number of entries may claim one place: going over them would take the square of it.
    const auto before = [this](std::uint64_t begin, std::uint32_t other) {
      return begin < begins_[other];
    };
    const auto next = std::upper_bound(by_begin_.begin(), by_begin_.end(), begins_[index], before);
    place = static_cast<std::size_t>(next - by_begin_.begin());
  }
  return place < begins_.size() ? std::min(begins_[at_place(place)], directory_begin_)
                                : directory_begin_;
}

bool ZipArchive::has_header_at_begin(std::size_t index) const {
  std::vector<std::byte> bytes(zip::kLocalSize);
  if (!read_fully(source_, begins_[index], bytes).ok()) {
    return false;
  }
  const auto fixed = zip::LocalHeader::load(bytes);
  if (!fixed.ok()) {
    return false;
  }
  bytes.resize(zip::kLocalSize + std::size_t{fixed->name_size} + fixed->extra_size);
  if (!read_fully(source_, begins_[index], bytes).ok()) {
    return false;
  }
  const auto local = zip::read_local(bytes);
  return local.ok() && zip::same_name(*local, record(index));
}

Result<ZipExtent> ZipArchive::locate(std::size_t index, Entry* entry) const {
  // Most extra fields fit; locate_in() reads again where they do not.
  constexpr std::size_t kLikelyExtra = 128;
  std::vector<std::byte> bytes(zip::kLocalSize + record(index).name.size() + kLikelyExtra);
  const auto got = source_.read_at(begins_[index], bytes);
  if (!got.ok()) {
    return got.status();
  }
  return locate_in(index, ByteSpan(bytes).first(*got), entry);
}

Result<ZipExtent> ZipArchive::locate_in(std::size_t index, ByteSpan bytes, Entry* entry) const {
  const DirectoryRecord central = record(index);
  const std::uint64_t begin = begins_[index];
  if (central.problem != nullptr) {
    return corrupt(central.problem);
  }
  if (begin >= file_size_) {
    return Status(Code::kTruncated, "zip: the entry lies behind the end of the archive");
  }
  auto local = zip::read_local(bytes);
  std::vector<std::byte> longer;
  if (!local.ok() && local.status().code() == Code::kTruncated) {
    longer.resize(zip::kLocalSize + std::size_t{2} * 65'535);
    const auto got = source_.read_at(begin, longer);
    if (!got.ok()) {
      return got.status();
    }
    local = zip::read_local(ByteSpan(longer).first(*got));
  }
  if (!local.ok()) {
    return local.status().code() == Code::kCorrupt
               ? corrupt("zip: there is no local header where the directory says").at_offset(begin)
               : local.status().at_offset(begin);
  }
  if (Status status = compare(*local, central); !status.ok()) {
    return status.at_offset(begin);
  }
  ZipExtent extent{.method = central.fixed.method,
                   .data = begin + local->record_size(),
                   .stored_size = central.stored_size,
                   .size = central.size,
                   .crc32 = central.fixed.crc32,
                   .lzma_end_mark = (central.fixed.flags & kFlagLzmaEndMark) != 0};
  if (extent.data > file_size_ || extent.stored_size > file_size_ - extent.data) {
    return Status(Code::kTruncated, "zip: the entry's data end behind the archive")
        .at_offset(begin);
  }
  if (!zip::has_possible_size(central)) {
    return corrupt("zip: the entry's stored bytes cannot hold what it says").at_offset(begin);
  }
  if (entry != nullptr) {
    zip::add_local_extra(*entry, local->extra);
  }
  return extent;
}

Status ZipArchive::check_overlap(std::size_t index, const ZipExtent& extent) const {
  const std::uint64_t begin = begins_[index];
  if (extent.end() > directory_begin_) {
    return corrupt("zip: the entry overlaps the central directory").at_offset(begin);
  }
  // A damaged record may point anywhere; only where a member truly begins is there an overlap.
  // Enough of them are refused unread, so that no archive can make this expensive.
  unsigned probes = 0;
  for (std::size_t place = place_of(index) + 1; place < begins_.size(); ++place) {
    const std::size_t other = at_place(place);
    if (begins_[other] >= extent.end() && begins_[other] != begin) {
      break;
    }
    if (++probes > kMostProbes || has_header_at_begin(other)) {
      return corrupt("zip: the entry overlaps another one").at_offset(begin);
    }
  }
  return {};
}

}  // namespace kompakt
