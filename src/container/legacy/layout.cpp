#include "container/legacy/layout.hpp"

#include <algorithm>
#include <cstring>
#include <optional>
#include <span>
#include <string>

#include "core/endian.hpp"

namespace kompakt::legacy {
namespace {

// Wire numbers of hashes: the index into these tables.
constexpr std::array kTrailerHashNumbers = {HashId::kNone, HashId::kBlake3, HashId::kXxh64,
                                            HashId::kBlake2b};
constexpr std::array kStreamHashNumbers = {HashId::kNone, HashId::kXxh64, HashId::kBlake3,
                                           HashId::kSha256};

template <std::size_t kCount>
std::uint8_t hash_number(const std::array<HashId, kCount>& numbers, HashId hash) {
  const auto* row = std::find(numbers.begin(), numbers.end(), hash);
  return static_cast<std::uint8_t>(row == numbers.end() ? 0 : row - numbers.begin());
}

void put_magic(MutableByteSpan to, std::string_view magic) noexcept {
  std::memcpy(to.data(), magic.data(), kMagicSize);
}

std::uint8_t octet(ByteSpan bytes, std::size_t at) {
  return std::to_integer<std::uint8_t>(bytes[at]);
}

Status corrupt(std::string message) { return {Code::kCorrupt, std::move(message)}; }

}  // namespace

std::string_view method_name(TableMethod method) noexcept {
  static constexpr std::array<std::string_view, 4> kNames = {"lz4", "zstd", "snappy", "brotli"};
  const auto row = static_cast<std::size_t>(method);
  return row < kNames.size() ? kNames[row] : "unknown";
}

std::string_view method_name(StreamMethod method) noexcept {
  static constexpr std::array<std::string_view, 6> kNames = {"unknown", "zstd", "lz4",
                                                             "snappy",  "copy", "zero"};
  const auto row = static_cast<std::size_t>(method);
  return row < kNames.size() ? kNames[row] : "unknown";
}

bool starts_with(ByteSpan bytes, std::string_view magic) noexcept {
  return bytes.size() >= magic.size() && std::memcmp(bytes.data(), magic.data(), magic.size()) == 0;
}

std::array<std::byte, TableHeader::kSize> TableHeader::encode() const noexcept {
  std::array<std::byte, kSize> bytes{};
  const MutableByteSpan to(bytes);
  put_magic(to, kTableMagic);
  to[4] = std::byte{version};
  to[5] = static_cast<std::byte>(method);
  store_le<std::uint64_t>(to.subspan(6), original_size);
  store_le<std::uint32_t>(to.subspan(14), chunk_count);
  return bytes;
}

Result<TableHeader> TableHeader::decode(ByteSpan bytes) {
  if (!starts_with(bytes, kTableMagic)) {
    return corrupt("no .warp v1 or v2 magic").at_offset(0);
  }
  TableHeader header;
  header.version = octet(bytes, 4);
  if (header.version != 1 && header.version != 2) {
    return Status(Code::kUnsupported, ".warp layout " + std::to_string(header.version) +
                                          " with the old magic is unknown; 1 and 2 are known")
        .at_offset(4);
  }
  const std::uint8_t method = octet(bytes, 5);
  if (method > static_cast<std::uint8_t>(TableMethod::kBrotli)) {
    return corrupt("unknown chunk method " + std::to_string(method)).at_offset(5);
  }
  header.method = static_cast<TableMethod>(method);
  header.original_size = load_le<std::uint64_t>(bytes.subspan(6));
  header.chunk_count = load_le<std::uint32_t>(bytes.subspan(14));
  return header;
}

std::vector<std::byte> ContentTrailer::encode() const {
  std::vector<std::byte> bytes(kPrefixSize + digest.size);
  const MutableByteSpan to(bytes);
  put_magic(to, kTrailerMagic);
  to[4] = std::byte{hash_number(kTrailerHashNumbers, hash)};
  store_le<std::uint16_t>(to.subspan(5), static_cast<std::uint16_t>(digest.size));
  std::copy_n(digest.bytes.begin(), digest.size, bytes.begin() + kPrefixSize);
  return bytes;
}

Result<ContentTrailer> ContentTrailer::decode_prefix(ByteSpan bytes) {
  if (!starts_with(bytes, kTrailerMagic)) {
    return corrupt("what follows the last chunk is no trailer");
  }
  const std::uint8_t number = octet(bytes, 4);
  if (number >= kTrailerHashNumbers.size()) {
    return corrupt("unknown checksum number " + std::to_string(number));
  }
  ContentTrailer trailer;
  trailer.hash = kTrailerHashNumbers[number];
  trailer.digest.size = load_le<std::uint16_t>(bytes.subspan(5));
  if (trailer.digest.size != digest_size(trailer.hash)) {
    return corrupt("wrong digest length for " + std::string(hash_name(trailer.hash)));
  }
  return trailer;
}

std::array<std::byte, StreamHeader::kSize> StreamHeader::encode() const noexcept {
  std::array<std::byte, kSize> bytes{};
  const MutableByteSpan to(bytes);
  put_magic(to, kStreamMagic);
  to[4] = std::byte{kVersion};
  store_le<std::uint32_t>(to.subspan(6), chunk_size);
  return bytes;
}

Result<StreamHeader> StreamHeader::decode(ByteSpan bytes) {
  if (!starts_with(bytes, kStreamMagic)) {
    return corrupt("no .warp stream magic").at_offset(0);
  }
  if (octet(bytes, 4) != kVersion) {
    return Status(Code::kUnsupported, "not version 2 of the .warp stream layout").at_offset(4);
  }
  if (octet(bytes, 5) != 0) {
    return Status(Code::kUnsupported, "unknown flags in the .warp stream header").at_offset(5);
  }
  if (load_le<std::uint32_t>(bytes.subspan(10)) != 0) {
    return Status(Code::kUnsupported, "reserved bits in use in the .warp stream header")
        .at_offset(10);
  }
  return StreamHeader{.chunk_size = load_le<std::uint32_t>(bytes.subspan(6))};
}

std::array<std::byte, StreamChunkHeader::kSize> StreamChunkHeader::encode() const noexcept {
  std::array<std::byte, kSize> bytes{};
  const MutableByteSpan to(bytes);
  to[0] = static_cast<std::byte>(method);
  store_le<std::uint32_t>(to.subspan(1), original_size);
  store_le<std::uint32_t>(to.subspan(5), stored_size);
  return bytes;
}

Result<StreamChunkHeader> StreamChunkHeader::decode(ByteSpan bytes) {
  const std::uint8_t method = octet(bytes, 0);
  if (method < static_cast<std::uint8_t>(StreamMethod::kZstd) ||
      method > static_cast<std::uint8_t>(StreamMethod::kZero)) {
    return corrupt("unknown chunk method " + std::to_string(method));
  }
  StreamChunkHeader header;
  header.method = static_cast<StreamMethod>(method);
  header.original_size = load_le<std::uint32_t>(bytes.subspan(1));
  header.stored_size = load_le<std::uint32_t>(bytes.subspan(5));
  if (header.method == StreamMethod::kZero && header.stored_size != 0) {
    return corrupt("a chunk of zeros has a payload");
  }
  if (header.method == StreamMethod::kCopy && header.stored_size != header.original_size) {
    return corrupt("the sizes of a copied chunk differ");
  }
  return header;
}

std::array<std::byte, IndexEntry::kSize> IndexEntry::encode() const noexcept {
  std::array<std::byte, kSize> bytes{};
  const MutableByteSpan to(bytes);
  store_le<std::uint64_t>(to, payload_offset);
  store_le<std::uint32_t>(to.subspan(8), chunk.original_size);
  store_le<std::uint32_t>(to.subspan(12), chunk.stored_size);
  to[16] = static_cast<std::byte>(chunk.method);
  return bytes;
}

std::array<std::byte, IndexHeader::kSize> IndexHeader::encode() const noexcept {
  std::array<std::byte, kSize> bytes{};
  put_magic(bytes, kIndexMagic);
  store_le<std::uint32_t>(MutableByteSpan(bytes).subspan(4), count);
  return bytes;
}

IndexHeader IndexHeader::decode(ByteSpan bytes) noexcept {
  return {.count = load_le<std::uint32_t>(bytes.subspan(4))};
}

std::array<std::byte, DigestHeader::kSize> DigestHeader::encode() const noexcept {
  std::array<std::byte, kSize> bytes{};
  put_magic(bytes, kDigestMagic);
  bytes[4] = std::byte{hash_number(kStreamHashNumbers, hash)};
  bytes[5] = static_cast<std::byte>(digest_size(hash));
  return bytes;
}

Result<DigestHeader> DigestHeader::decode(ByteSpan bytes) {
  const std::uint8_t number = octet(bytes, 4);
  if (number == 0 || number >= kStreamHashNumbers.size()) {
    return corrupt("unknown checksum number " + std::to_string(number));
  }
  const DigestHeader header{.hash = kStreamHashNumbers[number]};
  if (octet(bytes, 5) != digest_size(header.hash)) {
    return corrupt("wrong digest length for " + std::string(hash_name(header.hash)));
  }
  return header;
}

std::array<std::byte, StreamFooter::kSize> StreamFooter::encode() const noexcept {
  std::array<std::byte, kSize> bytes{};
  const MutableByteSpan to(bytes);
  put_magic(to, kFooterMagic);
  store_le<std::uint64_t>(to.subspan(4), index_offset);
  store_le<std::uint64_t>(to.subspan(12), digest_offset);
  return bytes;
}

Result<StreamFooter> StreamFooter::decode(ByteSpan bytes) {
  if (!starts_with(bytes, kFooterMagic)) {
    return corrupt("the footer is missing");
  }
  return StreamFooter{.index_offset = load_le<std::uint64_t>(bytes.subspan(4)),
                      .digest_offset = load_le<std::uint64_t>(bytes.subspan(12))};
}

}  // namespace kompakt::legacy
