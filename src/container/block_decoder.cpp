#include "container/block_decoder.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "core/endian.hpp"

namespace kompakt::warp3 {
namespace {

Status corrupt(std::string message) { return {Code::kCorrupt, std::move(message)}; }

constexpr std::size_t kFirstScanWindow = std::size_t{4} << 10U;
constexpr std::size_t kScanWindow = std::size_t{256} << 10U;

bool is_skippable(RecordType type) {
  return (static_cast<std::uint8_t>(type) & kSkippableBit) != 0;
}

// Fields that this revision keeps zero mean something that must not be overlooked.
bool reserved_fields_are_zero(const RecordHeader& header) {
  switch (header.type) {
    case RecordType::kBlock:
      return (header.flags & ~kFlagHole) == 0;
    case RecordType::kIndex:
    case RecordType::kRoot:
    case RecordType::kEnd:
    case RecordType::kMetadata:
      return header.flags == 0 && header.extension_size == 0;
  }
  return true;  // an unknown type is the caller's to judge
}

}  // namespace

Result<std::size_t> RecordInput::read(MutableByteSpan out) {
  auto got = source_.random_access() ? source_.read_at(position_, out) : source_.read(out);
  if (got.ok()) {
    position_ += *got;
  }
  return got;
}

Status RecordInput::read_exactly(MutableByteSpan out) {
  const std::uint64_t begin = position_;
  const auto got = read(out);
  if (!got.ok()) {
    return got.status();
  }
  if (*got != out.size()) {
    return Status(Code::kTruncated, "the file ends too early").at_offset(begin + *got);
  }
  return {};
}

Status RecordInput::skip(std::uint64_t count) {
  if (source_.random_access()) {
    const std::uint64_t size = source_.size().value_or(0);
    if (position_ > size || count > size - position_) {
      return Status(Code::kTruncated, "the file ends too early").at_offset(size);
    }
    position_ += count;
    return {};
  }
  std::array<std::byte, 65536> sink{};
  while (count > 0) {
    const auto piece = static_cast<std::size_t>(std::min<std::uint64_t>(count, sink.size()));
    if (Status read = read_exactly(MutableByteSpan(sink).first(piece)); !read.ok()) {
      return read;
    }
    count -= piece;
  }
  return {};
}

Result<Record> read_record(RecordInput& input, std::uint32_t stream_id) {
  Record record;
  record.at = input.position();
  std::array<std::byte, RecordHeader::kSize> bytes{};
  if (Status read = input.read_exactly(bytes); !read.ok()) {
    return read;
  }
  const auto header = RecordHeader::peek(bytes);
  if (!header || header->stream_id != stream_id) {
    return corrupt("no record header where one must be").at_offset(record.at);
  }
  record.header = *header;
  // Only a block has an extension, and a short one; a longer claim is damage, not worth reading.
  if (!is_skippable(header->type) && header->extension_size > BlockExtension::kMaxSize) {
    return corrupt("record header is damaged (length)").at_offset(record.at);
  }
  record.extension.resize(header->extension_size);
  if (Status read = input.read_exactly(record.extension); !read.ok()) {
    return read;
  }
  if (!RecordHeader::checksum_fits(bytes, record.extension)) {
    return corrupt("record header is damaged (checksum)").at_offset(record.at);
  }
  if (!reserved_fields_are_zero(*header)) {
    return Status(Code::kUnsupported,
                  "needs a newer reader: unknown flags or fields of record type " +
                      std::to_string(static_cast<unsigned>(header->type)))
        .at_offset(record.at);
  }
  return record;
}

Result<std::vector<std::byte>> read_side_payload(RecordInput& input, const Record& record,
                                                 std::size_t most) {
  const std::uint32_t size = record.header.payload_size;
  if (size > most) {
    return corrupt("record has an impossible length").at_offset(record.at);
  }
  // Grown piece by piece: the size is checked but a truncated file must not cost its worth of
  // memory.
  std::vector<std::byte> payload;
  while (payload.size() < size) {
    const std::size_t piece = std::min<std::size_t>(size - payload.size(), std::size_t{1} << 20U);
    payload.resize(payload.size() + piece);
    if (Status read = input.read_exactly(MutableByteSpan(payload).last(piece)); !read.ok()) {
      return read;
    }
  }
  if (xxh3_64(payload) != record.header.payload_hash) {
    return corrupt("record is damaged (checksum)").at_offset(record.at);
  }
  return payload;
}

Status skip_side_payload(RecordInput& input, const Record& record) {
  std::uint32_t left = record.header.payload_size;
  if (left > kMaxSidePayload) {
    return corrupt("record has an impossible length").at_offset(record.at);
  }
  const auto hasher = make_hasher(HashId::kXxh3);
  std::vector<std::byte> piece(std::min<std::size_t>(left, std::size_t{64} << 10U));
  while (left > 0) {
    const MutableByteSpan part =
        MutableByteSpan(piece).first(std::min<std::size_t>(left, piece.size()));
    if (Status read = input.read_exactly(part); !read.ok()) {
      return read;
    }
    hasher->update(part);
    left -= static_cast<std::uint32_t>(part.size());
  }
  std::array<std::byte, 8> expected{};
  store_be<std::uint64_t>(expected, record.header.payload_hash);
  const Digest digest = hasher->finish();
  if (!std::equal(expected.begin(), expected.end(), digest.bytes.begin())) {
    return corrupt("record is damaged (checksum)").at_offset(record.at);
  }
  return {};
}

Result<std::uint64_t> find_next_record(const Source& source, std::uint64_t from, std::uint64_t end,
                                       std::uint32_t stream_id) {
  constexpr std::size_t kOverlap = RecordHeader::kSize + BlockExtension::kMaxSize;
  std::vector<std::byte> window;
  std::size_t reach = kFirstScanWindow;
  while (from < end) {
    window.resize(reach + kOverlap);
    const auto got = source.read_at(from, window);
    if (!got.ok()) {
      return got.status();
    }
    if (*got == 0) {
      break;
    }
    const ByteSpan bytes = ByteSpan(window).first(*got);
    const auto starts = static_cast<std::size_t>(
        std::min<std::uint64_t>(std::min(reach, bytes.size()), end - from));
    reach = std::min(reach * 2, kScanWindow);
    for (std::size_t i = 0; i < starts; ++i) {
      const auto* hit = static_cast<const std::byte*>(
          std::memchr(bytes.data() + i, std::to_integer<int>(RecordHeader::kSync[0]), starts - i));
      if (hit == nullptr) {
        break;
      }
      i = static_cast<std::size_t>(hit - bytes.data());
      const ByteSpan rest = bytes.subspan(i);
      const auto header = RecordHeader::peek(rest);
      if (header && header->stream_id == stream_id &&
          header->extension_size <= BlockExtension::kMaxSize &&
          rest.size() >= RecordHeader::kSize + header->extension_size &&
          RecordHeader::checksum_fits(rest.first(RecordHeader::kSize),
                                      rest.subspan(RecordHeader::kSize, header->extension_size))) {
        return from + i;
      }
    }
    from += starts;
  }
  return end;
}

Status check_block(const BlockRecord& block, const FileHeader& file) {
  if (block.raw_size == 0 || block.raw_offset + block.raw_size < block.raw_offset) {
    return corrupt("impossible block size");
  }
  const bool stored = block.codec.id == static_cast<std::uint16_t>(CodecId::kStore);
  if ((block.zero || stored) && !block.codec.parameters.empty()) {
    return corrupt("block has parameters where none belong");
  }
  if (block.zero) {
    const Digest none{.bytes = {}, .size = digest_size(file.hash)};
    return block.payload_size == 0 && block.payload_hash == xxh3_64({}) && block.raw_hash == 0 &&
                   block.digest == none
               ? Status()
               : corrupt("zero block has a payload");
  }
  return block.hole || block.raw_size > std::uint64_t{1} << file.block_log ||
                 block.payload_size > block.raw_size
             ? corrupt("block sizes contradict the file header")
             : Status();
}

Result<BlockRecord> parse_block(const Record& record, const FileHeader& file) {
  const RecordHeader& header = record.header;
  auto extension = BlockExtension::decode(record.extension, file.hash);
  if (!extension.ok()) {
    return extension.status().at_offset(record.at);
  }
  if (extension->chain.size() != 1) {
    return Status(Code::kUnsupported, "needs a newer reader: unknown transform " +
                                          std::to_string(extension->chain.front().id))
        .at_offset(record.at);
  }
  BlockRecord block{
      .raw_offset = header.raw_offset,
      .raw_size = header.raw_size,
      .payload_at = record.payload_at(),
      .payload_size = header.payload_size,
      .payload_hash = header.payload_hash,
      .sequence = header.sequence,
      .zero = extension->chain.front().id == static_cast<std::uint16_t>(CodecId::kZero),
      .hole = (header.flags & kFlagHole) != 0,
      .codec = extension->chain.front(),
      .raw_hash = extension->raw_hash,
      .checked_by_digest = false,
      .digest = extension->digest};
  if (Status checked = check_block(block, file); !checked.ok()) {
    return checked.at_offset(record.at);
  }
  return block;
}

Result<Decoder*> BlockDecoder::decoder_for(const ChainStep& step) {
  for (auto& [known, decoder] : decoders_) {
    if (known == step) {
      return decoder.get();
    }
  }
  const Codec* codec = find_codec(static_cast<CodecId>(step.id));
  if (codec == nullptr) {
    return Status(Code::kUnsupported, "needs a newer version: codec " + std::to_string(step.id) +
                                          " is not in this build");
  }
  auto decoder = codec->make_decoder(step.parameters, limits_);
  if (!decoder.ok()) {
    return decoder.status();
  }
  // Parameters come from the file: a hostile one must not make the list grow without end.
  constexpr std::size_t kMostDecoders = 16;
  if (decoders_.size() == kMostDecoders) {
    decoders_.erase(decoders_.begin());
  }
  decoders_.emplace_back(step, std::move(*decoder));
  return decoders_.back().second.get();
}

Result<ByteSpan> BlockDecoder::decode(const BlockRecord& block, HashId hash, ByteSpan payload,
                                      MutableByteSpan room, const StepwiseDecoder::Step& step) {
  if (xxh3_64(payload) != block.payload_hash) {
    return corrupt("stored bytes are damaged (checksum)");
  }
  ByteSpan raw = payload;
  if (block.codec.id != static_cast<std::uint16_t>(CodecId::kStore)) {
    const auto decoder = decoder_for(block.codec);
    if (!decoder.ok()) {
      return decoder.status();
    }
    const MutableByteSpan out = room.first(static_cast<std::size_t>(block.raw_size));
    auto* stepwise = step ? dynamic_cast<StepwiseDecoder*>(*decoder) : nullptr;
    const auto size = stepwise != nullptr ? stepwise->decode_stepwise(payload, out, step)
                                          : (*decoder)->decode(payload, out);
    if (!size.ok()) {
      // The stored bytes are intact, so an early end here is damage and not a cut file.
      return size.status().code() == Code::kTruncated
                 ? corrupt(std::string(size.status().message()))
                 : size.status();
    }
    raw = room.first(*size);
  }
  if (raw.size() != block.raw_size) {
    return corrupt("block decodes to " + std::to_string(raw.size()) + " bytes instead of " +
                   std::to_string(block.raw_size));
  }
  // A stored block's payload is its content, and has been checked.
  const bool stored = raw.data() == payload.data();
  if (!block.checked_by_digest && (stored ? block.payload_hash : xxh3_64(raw)) != block.raw_hash) {
    return corrupt("decoded bytes are wrong (checksum)");
  }
  if (!verify_digests_ && !block.checked_by_digest) {
    return raw;
  }
  if (!hasher_ || hasher_id_ != hash) {
    hasher_ = make_hasher(hash);
    hasher_id_ = hash;
  }
  hasher_->reset();
  hasher_->update(raw);
  if (hasher_->finish() != block.digest) {
    return corrupt("decoded bytes are wrong (" + std::string(hash_name(hash)) + " digest)");
  }
  return raw;
}

}  // namespace kompakt::warp3
