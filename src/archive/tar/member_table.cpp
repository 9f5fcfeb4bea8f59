// The parts of a sidecar file: docs/format/kidx.md.
#include "archive/tar/member_table.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "checksum/hasher.hpp"
#include "core/endian.hpp"
#include "format/common/packed.hpp"

namespace kompakt {
namespace {

constexpr std::array kIndexMagic{std::byte{'K'}, std::byte{'I'}, std::byte{'D'}, std::byte{'X'}};
constexpr std::array kTableMagic{std::byte{'K'}, std::byte{'T'}, std::byte{'A'}, std::byte{'B'}};
constexpr std::byte kVersion{1};
constexpr std::size_t kHeaderSize = 64;

// Of a seek index, to find its end.
constexpr std::size_t kIndexHeaderSize = 80;
constexpr std::size_t kIndexStoredAt = 48;

// Offsets of the header's fields.
enum Field : std::size_t {
  kVersionAt = 4,
  kReservedAt = 5,
  kFileSizeAt = 8,
  kFingerprintAt = 16,
  kRowsAt = 24,
  kStoredAt = 32,
  kRawAt = 40,
  kHashAt = 48,
  kCrcAt = 56,
  kEndAt = 60,
};

bool starts_with(ByteSpan bytes, const std::array<std::byte, 4>& magic) {
  return bytes.size() >= magic.size() && std::equal(magic.begin(), magic.end(), bytes.begin());
}

Status damaged(const char* what) { return {Code::kCorrupt, std::string("member table: ") + what}; }

Result<std::vector<std::byte>> encode_table(const MemberTable& table, std::uint64_t file_size,
                                            std::uint64_t fingerprint) {
  const auto raw = encode_rows(table);
  if (!raw.ok()) {
    return raw.status();
  }
  auto packed = pack_payload(*raw, kHeaderSize);
  if (!packed.ok()) {
    return packed;
  }
  const ByteSpan stored = ByteSpan(*packed).subspan(kHeaderSize);
  const MutableByteSpan header = MutableByteSpan(*packed).first(kHeaderSize);
  std::fill(header.begin(), header.end(), std::byte{0});
  std::copy(kTableMagic.begin(), kTableMagic.end(), header.begin());
  header[kVersionAt] = kVersion;
  store_le<std::uint64_t>(header.subspan(kFileSizeAt), file_size);
  store_le<std::uint64_t>(header.subspan(kFingerprintAt), fingerprint);
  store_le<std::uint64_t>(header.subspan(kRowsAt), table.rows.size());
  store_le<std::uint64_t>(header.subspan(kStoredAt), stored.size());
  store_le<std::uint64_t>(header.subspan(kRawAt), raw->size());
  store_le<std::uint64_t>(header.subspan(kHashAt), xxh3_64(stored));
  store_le<std::uint32_t>(header.subspan(kCrcAt), crc32c(header.first(kCrcAt)));
  return packed;
}

Status check_header(ByteSpan bytes) {
  if (bytes.size() < kHeaderSize) {
    return {Code::kTruncated, "member table: ends inside its header"};
  }
  if (bytes[kVersionAt] != kVersion) {
    return {Code::kUnsupported, "member table: needs a newer reader"};
  }
  if (load_le<std::uint32_t>(bytes.subspan(kCrcAt)) != crc32c(bytes.first(kCrcAt))) {
    return damaged("the header's checksum does not match");
  }
  const bool reserved = std::any_of(bytes.begin() + kReservedAt, bytes.begin() + kFileSizeAt,
                                    [](std::byte b) { return b != std::byte{0}; }) ||
                        load_le<std::uint32_t>(bytes.subspan(kEndAt)) != 0;
  return reserved ? Status(Code::kUnsupported, "member table: needs a newer reader") : Status();
}

Status decode_table(ByteSpan bytes, std::uint64_t max_memory, Sidecar& sidecar) {
  if (Status status = check_header(bytes); !status.ok()) {
    return status;
  }
  const auto stored_size = load_le<std::uint64_t>(bytes.subspan(kStoredAt));
  const auto raw_size = load_le<std::uint64_t>(bytes.subspan(kRawAt));
  const ByteSpan stored = bytes.subspan(kHeaderSize);
  if (stored.size() < stored_size) {
    return {Code::kTruncated, "member table: ends inside its rows"};
  }
  if (stored.size() > stored_size) {
    return damaged("bytes behind the end");
  }
  if (load_le<std::uint64_t>(bytes.subspan(kHashAt)) != xxh3_64(stored)) {
    return damaged("the checksum of the rows does not match");
  }
  if (raw_size > max_memory) {
    return {Code::kLimitExceeded, "member table: larger than the memory limit"};
  }
  const auto raw = unpack_payload(stored, static_cast<std::size_t>(raw_size), max_memory);
  if (!raw.ok()) {
    return raw.status();
  }
  auto table =
      decode_rows(*raw, load_le<std::uint64_t>(bytes.subspan(kRowsAt)), max_memory - raw_size);
  if (!table.ok()) {
    return table.status();
  }
  sidecar.table = std::move(*table);
  sidecar.file_size = load_le<std::uint64_t>(bytes.subspan(kFileSizeAt));
  sidecar.fingerprint = load_le<std::uint64_t>(bytes.subspan(kFingerprintAt));
  return {};
}

/// Bytes of the seek index at the beginning of a sidecar, as its header says.
std::size_t index_size(ByteSpan bytes) {
  if (bytes.size() < kIndexHeaderSize) {
    return bytes.size();
  }
  const auto stored = load_le<std::uint64_t>(bytes.subspan(kIndexStoredAt));
  return static_cast<std::size_t>(std::min<std::uint64_t>(stored, bytes.size() - kIndexHeaderSize) +
                                  kIndexHeaderSize);
}

}  // namespace

Result<std::vector<std::byte>> encode_sidecar(const Source& file, const SeekIndex* index,
                                              const MemberTable* table) {
  if (index == nullptr && table == nullptr) {
    return Status(Code::kInvalidArgument, "a sidecar needs an index or a table");
  }
  std::vector<std::byte> bytes;
  if (index != nullptr) {
    if (Status status = check_seek_index(*index, file); !status.ok()) {
      return status;
    }
    auto part = encode_seek_index(*index);
    if (!part.ok()) {
      return part;
    }
    bytes = std::move(*part);
  }
  if (table != nullptr) {
    const auto fingerprint = seek_fingerprint(file);
    if (!fingerprint.ok()) {
      return fingerprint.status();
    }
    const auto part = encode_table(*table, file.size().value_or(0), *fingerprint);
    if (!part.ok()) {
      return part.status();
    }
    bytes.insert(bytes.end(), part->begin(), part->end());
  }
  return bytes;
}

Result<Sidecar> decode_sidecar(ByteSpan bytes, std::uint64_t max_memory) {
  Sidecar sidecar;
  if (starts_with(bytes, kIndexMagic)) {
    const std::size_t size = index_size(bytes);
    auto index = decode_seek_index(bytes.first(size), max_memory);
    if (!index.ok()) {
      return index.status();
    }
    sidecar.index = std::move(*index);
    sidecar.file_size = sidecar.index->compressed_size;
    sidecar.fingerprint = sidecar.index->fingerprint;
    bytes = bytes.subspan(size);
    if (bytes.empty()) {
      return sidecar;
    }
  }
  if (!starts_with(bytes, kTableMagic)) {
    return sidecar.index ? damaged("bytes behind the end")
                         : Status(Code::kUnsupported, "not a sidecar of a compressed file");
  }
  if (Status status = decode_table(bytes, max_memory, sidecar); !status.ok()) {
    return status;
  }
  if (sidecar.index && (sidecar.index->compressed_size != sidecar.file_size ||
                        sidecar.index->fingerprint != sidecar.fingerprint)) {
    return damaged("of another file than the seek index before it");
  }
  return sidecar;
}

Status check_sidecar(const Sidecar& sidecar, const Source& file) {
  const auto fingerprint = seek_fingerprint(file);
  if (!fingerprint.ok()) {
    return fingerprint.status();
  }
  return sidecar.file_size == file.size() && sidecar.fingerprint == *fingerprint
             ? Status()
             : Status(Code::kInvalidArgument, "the sidecar is of another file");
}

}  // namespace kompakt
