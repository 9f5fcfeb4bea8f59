#include "container/warp3_layout.hpp"

#include <algorithm>
#include <cstring>

#include "core/endian.hpp"

namespace kompakt::warp3 {
namespace {

Status corrupt(std::string message) { return {Code::kCorrupt, std::move(message)}; }

template <std::size_t N>
bool starts_with(ByteSpan from, const std::array<std::byte, N>& magic) {
  return from.size() >= N && std::equal(magic.begin(), magic.end(), from.begin());
}

void append(std::vector<std::byte>& to, ByteSpan bytes) {
  const std::size_t at = to.size();
  to.resize(at + bytes.size());
  std::copy(bytes.begin(), bytes.end(), to.begin() + static_cast<std::ptrdiff_t>(at));
}

template <std::unsigned_integral T>
void append_le(std::vector<std::byte>& to, T value) {
  std::array<std::byte, sizeof(T)> bytes{};
  store_le<T>(bytes, value);
  append(to, bytes);
}

Digest read_digest(ByteSpan from, HashId hash) {
  Digest digest;
  digest.size = digest_size(hash);
  std::copy_n(from.begin(), digest.size, digest.bytes.begin());
  return digest;
}

// Field positions of the file header.
constexpr std::size_t kHeaderChecksumAt = 20;
// Field positions of a record header.
constexpr std::size_t kRecordChecksumAt = 44;

}  // namespace

void FileHeader::encode(MutableByteSpan to) const {
  std::copy(kMagic.begin(), kMagic.end(), to.begin());
  to[4] = std::byte{kVersion};
  to[5] = std::byte{minimum_revision};
  to[6] = static_cast<std::byte>(hash);
  to[7] = std::byte{block_log};
  store_le<std::uint32_t>(to.subspan(8), decode_kib);
  store_le<std::uint32_t>(to.subspan(12), stream_id);
  store_le<std::uint32_t>(to.subspan(16), 0);  // reserved
  store_le<std::uint32_t>(to.subspan(kHeaderChecksumAt), crc32c(to.first(kHeaderChecksumAt)));
}

Result<FileHeader> FileHeader::decode(ByteSpan from) {
  if (from.size() < kSize) {
    std::array<std::byte, kMagic.size() + 1> prefix{};
    std::copy(kMagic.begin(), kMagic.end(), prefix.begin());
    prefix.back() = std::byte{kVersion};
    const std::size_t known = std::min(from.size(), prefix.size());
    return std::equal(prefix.begin(), prefix.begin() + known, from.begin())
               ? Status(Code::kTruncated, "the file ends inside its header")
               : corrupt("not a .warp version 3 header");
  }
  if (load_le<std::uint32_t>(from.subspan(kHeaderChecksumAt)) !=
      crc32c(from.first(kHeaderChecksumAt))) {
    return corrupt("the file header is damaged (checksum)");
  }
  FileHeader header;
  header.minimum_revision = std::to_integer<std::uint8_t>(from[5]);
  header.hash = static_cast<HashId>(from[6]);
  header.block_log = std::to_integer<std::uint8_t>(from[7]);
  header.decode_kib = load_le<std::uint32_t>(from.subspan(8));
  header.stream_id = load_le<std::uint32_t>(from.subspan(12));
  if (!starts_with(from, kMagic) || from[4] != std::byte{kVersion}) {
    return Status(Code::kUnsupported, "not a .warp version 3 header");
  }
  if (header.minimum_revision > kReaderRevision || load_le<std::uint32_t>(from.subspan(16)) != 0) {
    return Status(Code::kUnsupported, "needs a newer reader: .warp revision 3." +
                                          std::to_string(header.minimum_revision));
  }
  if (header.hash > HashId::kBlake2b) {
    return Status(Code::kUnsupported, "needs a newer reader: unknown hash " +
                                          std::to_string(static_cast<unsigned>(header.hash)));
  }
  if (header.block_log < kMinBlockLog || header.block_log > kMaxBlockLog) {
    return corrupt("impossible block size 2^" + std::to_string(header.block_log));
  }
  return header;
}

bool FileHeader::is_damaged_magic(ByteSpan from) {
  if (from.size() < kSize) {
    return false;
  }
  std::array<std::byte, kHeaderChecksumAt> repaired{};
  std::copy_n(from.begin(), kHeaderChecksumAt, repaired.begin());
  std::copy(kMagic.begin(), kMagic.end(), repaired.begin());
  repaired[4] = std::byte{kVersion};
  const bool fits = load_le<std::uint32_t>(from.subspan(kHeaderChecksumAt)) == crc32c(repaired);
  return fits && !std::equal(repaired.begin(), repaired.begin() + 5, from.begin());
}

void RecordHeader::encode(MutableByteSpan to, ByteSpan extension) const {
  std::copy(kSync.begin(), kSync.end(), to.begin());
  store_le<std::uint32_t>(to.subspan(4), stream_id);
  to[8] = static_cast<std::byte>(type);
  to[9] = std::byte{flags};
  store_le<std::uint16_t>(to.subspan(10), extension_size);
  store_le<std::uint32_t>(to.subspan(12), payload_size);
  store_le<std::uint64_t>(to.subspan(16), raw_offset);
  store_le<std::uint64_t>(to.subspan(24), raw_size);
  store_le<std::uint32_t>(to.subspan(32), sequence);
  store_le<std::uint64_t>(to.subspan(36), payload_hash);
  Crc32c checksum;
  checksum.update(to.first(kRecordChecksumAt));
  checksum.update(extension);
  store_le<std::uint32_t>(to.subspan(kRecordChecksumAt), checksum.value());
}

std::optional<RecordHeader> RecordHeader::peek(ByteSpan from) {
  if (from.size() < kSize || !starts_with(from, kSync)) {
    return std::nullopt;
  }
  RecordHeader header;
  header.stream_id = load_le<std::uint32_t>(from.subspan(4));
  header.type = static_cast<RecordType>(from[8]);
  header.flags = std::to_integer<std::uint8_t>(from[9]);
  header.extension_size = load_le<std::uint16_t>(from.subspan(10));
  header.payload_size = load_le<std::uint32_t>(from.subspan(12));
  header.raw_offset = load_le<std::uint64_t>(from.subspan(16));
  header.raw_size = load_le<std::uint64_t>(from.subspan(24));
  header.sequence = load_le<std::uint32_t>(from.subspan(32));
  header.payload_hash = load_le<std::uint64_t>(from.subspan(36));
  return header;
}

bool RecordHeader::checksum_fits(ByteSpan header, ByteSpan extension) {
  Crc32c checksum;
  checksum.update(header.first(kRecordChecksumAt));
  checksum.update(extension);
  return checksum.value() == load_le<std::uint32_t>(header.subspan(kRecordChecksumAt));
}

std::vector<std::byte> BlockExtension::encode() const {
  std::vector<std::byte> bytes;
  bytes.push_back(static_cast<std::byte>(chain.size()));
  for (const auto& step : chain) {
    append_le<std::uint16_t>(bytes, step.id);
    bytes.push_back(static_cast<std::byte>(step.parameters.size()));
    append(bytes, step.parameters);
  }
  append_le<std::uint64_t>(bytes, raw_hash);
  append(bytes, digest.span());
  return bytes;
}

Result<BlockExtension> BlockExtension::decode(ByteSpan from, HashId hash) {
  BlockExtension extension;
  if (from.empty()) {
    return corrupt("block header without a codec chain");
  }
  const auto steps = std::to_integer<std::size_t>(from[0]);
  from = from.subspan(1);
  if (steps == 0 || steps > kMaxSteps) {
    return corrupt("impossible codec chain of " + std::to_string(steps) + " steps");
  }
  for (std::size_t i = 0; i < steps; ++i) {
    if (from.size() < 3) {
      return corrupt("codec chain is cut short");
    }
    ChainStep step;
    step.id = load_le<std::uint16_t>(from);
    const auto parameters = std::to_integer<std::size_t>(from[2]);
    if (parameters > kMaxParameters || from.size() - 3 < parameters) {
      return corrupt("codec chain is cut short");
    }
    step.parameters.assign(from.begin() + 3,
                           from.begin() + 3 + static_cast<std::ptrdiff_t>(parameters));
    from = from.subspan(3 + parameters);
    extension.chain.push_back(std::move(step));
  }
  if (from.size() != 8 + digest_size(hash)) {
    return corrupt("block header has the wrong length");
  }
  extension.raw_hash = load_le<std::uint64_t>(from);
  extension.digest = read_digest(from.subspan(8), hash);
  return extension;
}

void IndexEntry::append_to(std::vector<std::byte>& to) const {
  append_le<std::uint64_t>(to, raw_offset);
  append_le<std::uint64_t>(to, stored_offset);
  append(to, digest.span());
}

IndexEntry IndexEntry::decode(ByteSpan from, HashId hash) {
  return {.raw_offset = load_le<std::uint64_t>(from),
          .stored_offset = load_le<std::uint64_t>(from.subspan(8)),
          .digest = read_digest(from.subspan(16), hash)};
}

std::vector<std::byte> End::encode() const {
  std::vector<std::byte> bytes;
  append_le<std::uint64_t>(bytes, top_index_offset);
  append_le<std::uint64_t>(bytes, stream_size);
  std::array<std::byte, FileHeader::kSize> header{};
  file.encode(header);
  append(bytes, header);
  append(bytes, content.span());
  return bytes;
}

Result<End> End::decode(ByteSpan from) {
  constexpr std::size_t kDigestAt = 16 + FileHeader::kSize;
  if (from.size() < kDigestAt) {
    return corrupt("end record has the wrong length");
  }
  const auto file = FileHeader::decode(from.subspan(16, FileHeader::kSize));
  if (!file.ok()) {
    return file.status();
  }
  if (from.size() != kDigestAt + digest_size(file->hash)) {
    return corrupt("end record has the wrong length");
  }
  return End{.top_index_offset = load_le<std::uint64_t>(from),
             .stream_size = load_le<std::uint64_t>(from.subspan(8)),
             .file = *file,
             .content = read_digest(from.subspan(kDigestAt), file->hash)};
}

std::array<std::byte, End::kTailSize> End::tail(std::uint32_t record_size) {
  std::array<std::byte, kTailSize> bytes{};
  store_le<std::uint32_t>(bytes, record_size);
  std::copy(kTailMagic.begin(), kTailMagic.end(), bytes.begin() + 4);
  return bytes;
}

std::optional<std::uint32_t> End::record_size(ByteSpan tail) {
  if (tail.size() != kTailSize || !starts_with(tail.subspan(4), kTailMagic)) {
    return std::nullopt;
  }
  return load_le<std::uint32_t>(tail);
}

}  // namespace kompakt::warp3
