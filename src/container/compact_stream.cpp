#include "container/compact_stream.hpp"

#include <algorithm>
#include <bit>

#include "checksum/hasher.hpp"
#include "core/byte_fields.hpp"
#include "core/endian.hpp"

namespace kompakt::warp3 {
namespace {

// Field positions of the header; behind it stand the block's fields, metadata, payload, tail.
constexpr std::size_t kHashAt = 6;
constexpr std::size_t kFlagsAt = 7;
constexpr std::size_t kStoredSizeAt = 8;
constexpr std::size_t kBodyChecksumAt = 12;
constexpr std::size_t kDecodeKibAt = 16;
constexpr std::size_t kHeaderChecksumAt = 20;
constexpr std::size_t kHeaderSize = FileHeader::kSize;

constexpr std::array<std::byte, 6> kMark = {
    kMagic[0], kMagic[1],           kMagic[2],
    kMagic[3], std::byte{kVersion}, std::byte{CompactStream::kRevision}};
constexpr std::byte kTailMark{0xF6};

// A metadata field has a size of four bytes in a record and of one here.
constexpr std::size_t kRecordField = 5;
constexpr std::size_t kCompactField = 2;
constexpr std::size_t kMaxField = 0xFF;
// As many as the longest field of numbers has bytes.
constexpr std::array<std::byte, 12> kZeros{};

/// What the value of a metadata field of numbers takes in a record; 0 for other fields. Zero bytes
/// at the end of such a value are left out here.
std::size_t full_size(std::byte tag) {
  switch (std::to_integer<unsigned>(tag)) {
    case 2:  // mode
      return 4;
    case 3:  // modified
      return 12;
    case 4:  // owner
      return 8;
    default:
      return 0;
  }
}

Status corrupt(const char* what) {
  return {Code::kCorrupt, std::string("compact stream: ") + what};
}

std::optional<std::vector<std::byte>> compact_fields(ByteSpan fields) {
  std::vector<std::byte> out;
  while (!fields.empty()) {
    const std::size_t size = load_le<std::uint32_t>(fields.subspan(1));
    if (size > kMaxField || out.size() + kCompactField + size > CompactStream::kMaxMetadata) {
      return std::nullopt;
    }
    ByteSpan value = fields.subspan(kRecordField, size);
    if (size == full_size(fields[0])) {
      while (!value.empty() && value.back() == std::byte{0}) {
        value = value.first(value.size() - 1);
      }
    }
    out.push_back(fields[0]);
    out.push_back(static_cast<std::byte>(value.size()));
    out.insert(out.end(), value.begin(), value.end());
    fields = fields.subspan(kRecordField + size);
  }
  return out;
}

Result<std::vector<std::byte>> record_fields(ByteSpan fields) {
  ByteWriter out;
  while (!fields.empty()) {
    if (fields.size() < kCompactField) {
      return corrupt("malformed metadata");
    }
    const auto size = std::to_integer<std::uint32_t>(fields[1]);
    if (fields.size() - kCompactField < size) {
      return corrupt("malformed metadata");
    }
    const std::size_t full = std::max<std::size_t>(size, full_size(fields[0]));
    out.put(fields.first(1));
    out.fixed<std::uint32_t>(static_cast<std::uint32_t>(full));
    out.put(fields.subspan(kCompactField, size));
    out.put(ByteSpan(kZeros).first(full - size));
    fields = fields.subspan(kCompactField + size);
  }
  return out.take();
}

std::uint8_t block_log_for(std::uint64_t raw_size) {
  return static_cast<std::uint8_t>(
      std::max<unsigned>(kMinBlockLog, static_cast<unsigned>(std::bit_width(raw_size - 1))));
}

std::array<std::byte, CompactStream::kTailSize> tail_for(std::uint32_t stored_size) {
  std::array<std::byte, CompactStream::kTailSize> tail{};
  store_le<std::uint32_t>(tail, stored_size);
  tail[3] = kTailMark;
  return tail;
}

}  // namespace

std::optional<std::vector<std::byte>> CompactStream::encode(const FileHeader& file,
                                                            const BlockRecord& block,
                                                            ByteSpan metadata, ByteSpan payload) {
  const auto fields = compact_fields(metadata);
  if (!fields || block.raw_size == 0 || block.raw_size > kMaxContent || block.hole) {
    return std::nullopt;
  }
  ByteWriter out;
  out.put(kMark);
  out.fixed<std::uint8_t>(static_cast<std::uint8_t>(file.hash));
  out.fixed<std::uint8_t>(0);   // flags
  out.fixed<std::uint32_t>(0);  // sizes and checksums follow from the rest
  out.fixed<std::uint32_t>(0);
  out.fixed<std::uint32_t>(file.decode_kib);
  out.fixed<std::uint32_t>(0);
  out.fixed<std::uint16_t>(static_cast<std::uint16_t>(block.raw_size - 1));
  out.fixed<std::uint16_t>(block.codec.id);
  out.fixed<std::uint8_t>(static_cast<std::uint8_t>(block.codec.parameters.size()));
  out.put(block.codec.parameters);
  if (file.hash == HashId::kNone) {
    out.fixed<std::uint64_t>(block.raw_hash);
  }
  out.put(block.digest.span());
  out.fixed<std::uint16_t>(static_cast<std::uint16_t>(fields->size()));
  out.put(*fields);
  out.put(payload);
  const auto size = static_cast<std::uint32_t>(out.size() + kTailSize);
  out.put(tail_for(size));
  std::vector<std::byte> stream = out.take();
  const MutableByteSpan bytes(stream);
  store_le<std::uint32_t>(bytes.subspan(kStoredSizeAt), size);
  store_le<std::uint32_t>(bytes.subspan(kBodyChecksumAt), crc32c(bytes.subspan(kHeaderSize)));
  store_le<std::uint32_t>(bytes.subspan(kHeaderChecksumAt), crc32c(bytes.first(kHeaderChecksumAt)));
  return stream;
}

std::optional<std::uint32_t> CompactStream::size_from_header(ByteSpan from) {
  if (from.size() < kHeaderSize || !std::equal(kMark.begin(), kMark.end(), from.begin()) ||
      load_le<std::uint32_t>(from.subspan(kHeaderChecksumAt)) !=
          crc32c(from.first(kHeaderChecksumAt))) {
    return std::nullopt;
  }
  const auto size = load_le<std::uint32_t>(from.subspan(kStoredSizeAt));
  return size >= kHeaderSize + kTailSize && size <= kMaxStored ? size : 0;
}

std::optional<std::uint32_t> CompactStream::size_from_tail(ByteSpan tail) {
  if (tail.size() != kTailSize || tail[3] != kTailMark) {
    return std::nullopt;
  }
  return load_le<std::uint32_t>(tail) & 0xFFFFFFU;
}

Result<CompactStream> CompactStream::decode(ByteSpan stream) {
  const auto size = size_from_header(stream);
  if (!size || *size == 0 || *size != stream.size() ||
      load_le<std::uint32_t>(stream.subspan(kBodyChecksumAt)) !=
          crc32c(stream.subspan(kHeaderSize))) {
    return corrupt("damaged (checksum)");
  }
  CompactStream read{.file = {}, .block = {}, .metadata = {}, .stored_size = *size};
  read.file.hash = static_cast<HashId>(stream[kHashAt]);
  read.file.decode_kib = load_le<std::uint32_t>(stream.subspan(kDecodeKibAt));
  if (stream[kFlagsAt] != std::byte{0} || read.file.hash > HashId::kBlake2b) {
    return Status(Code::kUnsupported, "needs a newer reader: unknown flags or hash");
  }
  ByteReader body(stream.subspan(kHeaderSize));
  BlockRecord& block = read.block;
  block.raw_size = std::uint64_t{body.fixed<std::uint16_t>()} + 1;
  block.codec.id = body.fixed<std::uint16_t>();
  const auto parameters = body.fixed<std::uint8_t>();
  if (parameters > BlockExtension::kMaxParameters) {
    return corrupt("impossible codec parameters");
  }
  const ByteSpan values = body.take(parameters);
  block.codec.parameters.assign(values.begin(), values.end());
  block.checked_by_digest = read.file.hash != HashId::kNone;
  block.raw_hash = block.checked_by_digest ? 0 : body.fixed<std::uint64_t>();
  const ByteSpan digest = body.take(digest_size(read.file.hash));
  block.digest.size = digest_size(read.file.hash);
  std::copy(digest.begin(), digest.end(), block.digest.bytes.begin());
  auto fields = record_fields(body.take(body.fixed<std::uint16_t>()));
  if (!fields.ok()) {
    return fields.status();
  }
  read.metadata = std::move(*fields);
  if (body.failed() || body.rest().size() < kTailSize) {
    return corrupt("fields do not fit the size");
  }
  const ByteSpan payload = body.rest().first(body.rest().size() - kTailSize);
  const auto tail = tail_for(*size);
  if (!std::equal(tail.begin(), tail.end(), stream.end() - kTailSize)) {
    return corrupt("tail contradicts the header");
  }
  block.payload_at = static_cast<std::uint64_t>(payload.data() - stream.data());
  block.payload_size = static_cast<std::uint32_t>(payload.size());
  block.payload_hash = xxh3_64(payload);
  block.zero = block.codec.id == static_cast<std::uint16_t>(CodecId::kZero);
  read.file.block_log = block_log_for(block.raw_size);
  if (Status checked = check_block(block, read.file); !checked.ok()) {
    return checked;
  }
  return read;
}

Result<std::optional<CompactStream>> CompactStream::read_at(const Source& source,
                                                            std::uint64_t at) {
  std::vector<std::byte> bytes(kHeaderSize);
  const auto head = source.read_at(at, bytes);
  if (!head.ok()) {
    return head.status();
  }
  const auto size = size_from_header(ByteSpan(bytes).first(*head));
  if (!size) {
    return std::optional<CompactStream>();
  }
  if (*size == 0) {
    return corrupt("impossible size").at_offset(at);
  }
  const std::uint64_t end = source.size().value_or(0);
  if (at > end || *size > end - at) {
    return Status(Code::kTruncated, "the file ends too early").at_offset(end);
  }
  bytes.resize(*size);
  const auto got = source.read_at(at, bytes);
  if (!got.ok()) {
    return got.status();
  }
  auto stream = decode(ByteSpan(bytes).first(*got));
  return stream.ok() ? Result<std::optional<CompactStream>>(std::move(*stream))
                     : stream.status().at_offset(at);
}

}  // namespace kompakt::warp3
