// Seek indexes and their sidecar file: docs/format/kidx.md.
#include "kompakt/seek_index.hpp"

#include <algorithm>
#include <array>

#include "checksum/hasher.hpp"
#include "core/checked.hpp"
#include "core/endian.hpp"
#include "format/common/packed.hpp"

namespace kompakt {
namespace {

constexpr std::array kMagic{std::byte{'K'}, std::byte{'I'}, std::byte{'D'}, std::byte{'X'}};
constexpr std::array kTableMagic{std::byte{'K'}, std::byte{'T'}, std::byte{'A'}, std::byte{'B'}};
constexpr std::byte kVersion{1};
constexpr std::uint16_t kHasLines = 1;
constexpr std::size_t kHeaderSize = 80;
constexpr std::size_t kPointSize = 40;
constexpr std::size_t kFingerprintSpan = 64 * kKiB;

// Offsets of the header's fields.
enum Field : std::size_t {
  kVersionAt = 4,
  kFormatAt = 5,
  kFlagsAt = 6,
  kCompressedAt = 8,
  kContentAt = 16,
  kFingerprintAt = 24,
  kLinesAt = 32,
  kPointsAt = 40,
  kStoredAt = 48,
  kRawAt = 56,
  kHashAt = 64,
  kCrcAt = 72,
  kReservedAt = 76,
};

std::vector<std::byte> encode_points(const SeekIndex& index) {
  std::size_t size = 0;
  for (const auto& point : index.points) {
    size += kPointSize + point.window.size();
  }
  std::vector<std::byte> raw(size);
  MutableByteSpan records = MutableByteSpan(raw).first(index.points.size() * kPointSize);
  std::size_t window_at = records.size();
  for (const auto& point : index.points) {
    store_le<std::uint64_t>(records, point.content);
    store_le<std::uint64_t>(records.subspan(8), point.bit);
    store_le<std::uint64_t>(records.subspan(16), point.context);
    store_le<std::uint64_t>(records.subspan(24), point.lines);
    store_le<std::uint64_t>(records.subspan(32), point.window.size());
    records = records.subspan(kPointSize);
    std::copy(point.window.begin(), point.window.end(),
              raw.begin() + static_cast<std::ptrdiff_t>(window_at));
    window_at += point.window.size();
  }
  return raw;
}

/// A sidecar may go on with a table of members.
bool is_next_part(ByteSpan bytes) {
  return bytes.size() >= kTableMagic.size() &&
         std::equal(kTableMagic.begin(), kTableMagic.end(), bytes.begin());
}

Status damaged(std::string what) { return {Code::kCorrupt, "seek index: " + std::move(what)}; }

/// Points of an index are in order and inside what the header says of the input.
Status check_point(const SeekIndex& index, const SeekPoint& point) {
  if (point.content > index.content_size || point.bit / 8 > index.compressed_size) {
    return damaged("a point lies outside the input");
  }
  if (index.points.empty()) {
    return point.content == 0 ? Status() : damaged("the first point is not the beginning");
  }
  const SeekPoint& before = index.points.back();
  return point.content >= before.content && point.bit >= before.bit && point.lines >= before.lines
             ? Status()
             : damaged("the points are not in order");
}

Status decode_points(ByteSpan raw, std::uint64_t count, SeekIndex& index) {
  if (count > raw.size() / kPointSize) {
    return damaged("more points than bytes for them");
  }
  ByteSpan records = raw.first(static_cast<std::size_t>(count) * kPointSize);
  ByteSpan windows = raw.subspan(records.size());
  index.points.reserve(static_cast<std::size_t>(count));
  for (; !records.empty(); records = records.subspan(kPointSize)) {
    SeekPoint point;
    point.content = load_le<std::uint64_t>(records);
    point.bit = load_le<std::uint64_t>(records.subspan(8));
    point.context = load_le<std::uint64_t>(records.subspan(16));
    point.lines = load_le<std::uint64_t>(records.subspan(24));
    const auto window = load_le<std::uint64_t>(records.subspan(32));
    if (window > windows.size()) {
      return damaged("a window is cut off");
    }
    const ByteSpan bytes = windows.first(static_cast<std::size_t>(window));
    point.window.assign(bytes.begin(), bytes.end());
    windows = windows.subspan(bytes.size());
    if (Status checked = check_point(index, point); !checked.ok()) {
      return checked;
    }
    index.points.push_back(std::move(point));
  }
  return windows.empty() ? Status() : damaged("bytes behind the last window");
}

/// The header's fields, checked; the sizes of the payload are left to the caller.
Status decode_header(ByteSpan bytes, SeekIndex& index) {
  if (bytes.size() < kHeaderSize) {
    return {Code::kTruncated, "seek index: ends inside its header"};
  }
  if (!std::equal(kMagic.begin(), kMagic.end(), bytes.begin())) {
    return {Code::kUnsupported, "not a seek index"};
  }
  if (bytes[kVersionAt] != kVersion) {
    return {Code::kUnsupported, "seek index: needs a newer reader"};
  }
  if (load_le<std::uint32_t>(bytes.subspan(kCrcAt)) != crc32c(bytes.first(kCrcAt))) {
    return damaged("the header's checksum does not match");
  }
  const auto flags = load_le<std::uint16_t>(bytes.subspan(kFlagsAt));
  const auto format = std::to_integer<std::uint8_t>(bytes[kFormatAt]);
  if ((flags & ~kHasLines) != 0 || load_le<std::uint32_t>(bytes.subspan(kReservedAt)) != 0 ||
      format > static_cast<std::uint8_t>(Format::kSnappy)) {
    return {Code::kUnsupported, "seek index: needs a newer reader"};
  }
  index.format = static_cast<Format>(format);
  index.has_lines = (flags & kHasLines) != 0;
  index.compressed_size = load_le<std::uint64_t>(bytes.subspan(kCompressedAt));
  index.content_size = load_le<std::uint64_t>(bytes.subspan(kContentAt));
  index.fingerprint = load_le<std::uint64_t>(bytes.subspan(kFingerprintAt));
  index.lines = load_le<std::uint64_t>(bytes.subspan(kLinesAt));
  return {};
}

}  // namespace

std::size_t SeekIndex::point_before(std::uint64_t content) const {
  const auto after = std::upper_bound(
      points.begin(), points.end(), content,
      [](std::uint64_t wanted, const SeekPoint& point) { return wanted < point.content; });
  return after == points.begin() ? 0 : static_cast<std::size_t>(after - points.begin()) - 1;
}

Result<std::uint64_t> seek_fingerprint(const Source& source) {
  const std::uint64_t size = source.size().value_or(0);
  const auto span = static_cast<std::size_t>(std::min<std::uint64_t>(size, kFingerprintSpan));
  std::vector<std::byte> ends(2 * span);
  for (const bool tail : {false, true}) {
    const auto got = source.read_at(tail ? size - span : 0,
                                    MutableByteSpan(ends).subspan(tail ? span : 0, span));
    if (!got.ok()) {
      return got.status();
    }
    if (*got != span) {
      return Status(Code::kIo, "the input became shorter while it was being read");
    }
  }
  return xxh3_64(ends);
}

Status check_seek_index(const SeekIndex& index, const Source& source) {
  const auto fingerprint = seek_fingerprint(source);
  if (!fingerprint.ok()) {
    return fingerprint.status();
  }
  return index.compressed_size == source.size() && index.fingerprint == *fingerprint &&
                 !index.points.empty()
             ? Status()
             : Status(Code::kInvalidArgument, "the seek index is of another file");
}

Result<std::vector<std::byte>> encode_seek_index(const SeekIndex& index) {
  const auto raw = encode_points(index);
  auto packed = pack_payload(raw, kHeaderSize);
  if (!packed.ok()) {
    return packed;
  }
  std::vector<std::byte>& bytes = *packed;
  const MutableByteSpan header = MutableByteSpan(bytes).first(kHeaderSize);
  std::copy(kMagic.begin(), kMagic.end(), header.begin());
  header[kVersionAt] = kVersion;
  header[kFormatAt] = static_cast<std::byte>(index.format);
  store_le<std::uint16_t>(header.subspan(kFlagsAt), index.has_lines ? kHasLines : 0);
  store_le<std::uint64_t>(header.subspan(kCompressedAt), index.compressed_size);
  store_le<std::uint64_t>(header.subspan(kContentAt), index.content_size);
  store_le<std::uint64_t>(header.subspan(kFingerprintAt), index.fingerprint);
  store_le<std::uint64_t>(header.subspan(kLinesAt), index.lines);
  store_le<std::uint64_t>(header.subspan(kPointsAt), index.points.size());
  store_le<std::uint64_t>(header.subspan(kStoredAt), bytes.size() - kHeaderSize);
  store_le<std::uint64_t>(header.subspan(kRawAt), raw.size());
  store_le<std::uint64_t>(header.subspan(kHashAt), xxh3_64(ByteSpan(bytes).subspan(kHeaderSize)));
  store_le<std::uint32_t>(header.subspan(kCrcAt), crc32c(header.first(kCrcAt)));
  return packed;
}

Result<SeekIndex> decode_seek_index(ByteSpan bytes, std::uint64_t max_memory) {
  SeekIndex index;
  if (Status header = decode_header(bytes, index); !header.ok()) {
    return header;
  }
  const auto count = load_le<std::uint64_t>(bytes.subspan(kPointsAt));
  const auto stored_size = load_le<std::uint64_t>(bytes.subspan(kStoredAt));
  const auto raw_size = load_le<std::uint64_t>(bytes.subspan(kRawAt));
  ByteSpan stored = bytes.subspan(kHeaderSize);
  if (stored.size() < stored_size) {
    return Status(Code::kTruncated, "seek index: ends inside its points");
  }
  const ByteSpan behind = stored.subspan(static_cast<std::size_t>(stored_size));
  if (!behind.empty() && !is_next_part(behind)) {
    return damaged("bytes behind the end");
  }
  stored = stored.first(static_cast<std::size_t>(stored_size));
  if (load_le<std::uint64_t>(bytes.subspan(kHashAt)) != xxh3_64(stored)) {
    return damaged("the checksum of the points does not match");
  }
  // The points and their windows are held twice while they are taken apart.
  const auto held = checked_mul<std::uint64_t>(raw_size, 2);
  if (!held || *held > max_memory) {
    return Status(Code::kLimitExceeded, "seek index: larger than the memory limit");
  }
  const auto raw = unpack_payload(stored, static_cast<std::size_t>(raw_size), max_memory);
  if (!raw.ok()) {
    return raw.status();
  }
  if (Status points = decode_points(*raw, count, index); !points.ok()) {
    return points;
  }
  return index;
}

}  // namespace kompakt
