#include "archive/warp/index_records.hpp"

#include <algorithm>

#include "core/checked.hpp"
#include "core/endian.hpp"
#include "kompakt/codec.hpp"

namespace kompakt::warp_index {
namespace {

Status corrupt(std::string_view what) {
  return {Code::kCorrupt, "member index is damaged: " + std::string(what)};
}

/// Codec id, then size when decoded.
constexpr std::size_t kPackHeader = 2 + 4;

// What decoding a part may use: zstd contexts and a window of the part's own size.
constexpr std::uint64_t kDecodeMemory = std::uint64_t{256} << 20U;

}  // namespace

std::vector<std::byte> encode_table(const std::vector<SegmentRow>& rows) {
  ByteWriter out;
  out.byte(kLayout);
  std::uint64_t end = 0;
  std::string_view last;
  for (const auto& row : rows) {
    const auto differ =
        std::mismatch(row.first_path.begin(), row.first_path.end(), last.begin(), last.end());
    const auto shared = static_cast<std::size_t>(differ.first - row.first_path.begin());
    out.number(row.stored_offset - end);
    out.number(row.stored_size);
    out.number(row.members);
    out.number(shared);
    out.text(std::string_view(row.first_path).substr(shared));
    end = row.stored_offset + row.stored_size;
    last = row.first_path;
  }
  return out.bytes();
}

Result<std::vector<SegmentRow>> decode_table(ByteSpan table, std::uint32_t segments,
                                             std::uint64_t table_at) {
  ByteReader in(table);
  if (const std::uint8_t layout = in.byte(); in.failed() || layout != kLayout) {
    return corrupt("layout of the table of segments");
  }
  constexpr std::size_t kLeastRow = 6;
  if (segments > in.left() / kLeastRow + 1) {
    return corrupt("size of the table of segments");
  }
  std::vector<SegmentRow> rows;
  std::uint64_t end = 0;
  std::uint64_t path_bytes = 0;
  for (std::uint32_t i = 0; i < segments; ++i) {
    SegmentRow row;
    const auto offset = checked_add(end, in.number());
    row.stored_size = in.number();
    const auto next = offset ? checked_add(*offset, row.stored_size) : std::nullopt;
    row.members = in.number();
    const std::uint64_t shared = in.number();
    const std::string_view suffix = in.text();
    const std::string_view last = rows.empty() ? std::string_view() : rows.back().first_path;
    if (in.failed() || !next || *next > table_at || row.stored_size < warp3::RecordHeader::kSize ||
        row.members == 0 || shared > last.size()) {
      return corrupt("table of segments");
    }
    path_bytes += shared + suffix.size();
    if (path_bytes > kMaxPathBytes) {
      return Status(Code::kLimitExceeded, "the paths in the table of segments are too long");
    }
    row.stored_offset = *offset;
    row.first_path = std::string(last.substr(0, static_cast<std::size_t>(shared)));
    row.first_path += suffix;
    if (row.first_path <= last) {
      return corrupt("segments are out of order");
    }
    end = *next;
    rows.push_back(std::move(row));
  }
  return in.empty() ? Result<std::vector<SegmentRow>>(std::move(rows))
                    : corrupt("size of the table of segments");
}

std::array<std::byte, Locator::kSize> Locator::encode() const {
  std::array<std::byte, kSize> bytes{};
  const MutableByteSpan to(bytes);
  to[0] = std::byte{kLayout};
  to[1] = std::byte{digest_bytes};
  store_le<std::uint32_t>(to.subspan(4), segments);
  store_le<std::uint64_t>(to.subspan(8), members);
  store_le<std::uint64_t>(to.subspan(16), first_segment);
  store_le<std::uint64_t>(to.subspan(24), table);
  store_le<std::uint64_t>(to.subspan(32), file_bytes);
  store_le<std::uint32_t>(to.subspan(40), table_size);
  return bytes;
}

Result<Locator> Locator::decode(ByteSpan payload, const warp3::FileHeader& file) {
  if (payload.size() != kSize) {
    return corrupt("size of the locator");
  }
  if (payload[0] != std::byte{kLayout} || load_le<std::uint16_t>(payload.subspan(2)) != 0 ||
      load_le<std::uint32_t>(payload.subspan(44)) != 0) {
    return Status(Code::kUnsupported, "needs a newer reader: layout of the member index");
  }
  Locator locator{.digest_bytes = std::to_integer<std::uint8_t>(payload[1]),
                  .segments = load_le<std::uint32_t>(payload.subspan(4)),
                  .members = load_le<std::uint64_t>(payload.subspan(8)),
                  .first_segment = load_le<std::uint64_t>(payload.subspan(16)),
                  .table = load_le<std::uint64_t>(payload.subspan(24)),
                  .file_bytes = load_le<std::uint64_t>(payload.subspan(32)),
                  .table_size = load_le<std::uint32_t>(payload.subspan(40))};
  if (locator.digest_bytes > digest_size(file.hash) || locator.segments > locator.members ||
      (locator.segments == 0) != (locator.members == 0) || locator.first_segment > locator.table) {
    return corrupt("locator contradicts itself");
  }
  return locator;
}

Result<std::vector<std::byte>> pack(ByteSpan part) {
  if (part.size() > kMaxPartBytes) {
    return Status(Code::kLimitExceeded, "the metadata of a member are too large");
  }
  std::vector<std::byte> payload(kPackHeader + part.size());
  store_le<std::uint32_t>(MutableByteSpan(payload).subspan(2),
                          static_cast<std::uint32_t>(part.size()));
  const MutableByteSpan room = MutableByteSpan(payload).subspan(kPackHeader);
  const auto spec = parse_codec_spec("zstd:level=9");
  if (!spec.ok()) {
    return spec.status();
  }
  auto encoder = spec->codec->make_encoder(spec->options);
  if (!encoder.ok()) {
    return encoder.status();
  }
  const auto size = part.size() < 2 ? Result<std::optional<std::size_t>>(std::nullopt)
                                    : (*encoder)->encode(part, room.first(part.size() - 1));
  if (!size.ok()) {
    return size.status();
  }
  if (size->has_value()) {
    store_le<std::uint16_t>(payload, static_cast<std::uint16_t>(CodecId::kZstd));
    payload.resize(kPackHeader + **size);
  } else {
    store_le<std::uint16_t>(payload, static_cast<std::uint16_t>(CodecId::kStore));
    std::copy(part.begin(), part.end(), room.begin());
  }
  return payload;
}

Result<std::vector<std::byte>> unpack(ByteSpan payload) {
  if (payload.size() < kPackHeader) {
    return corrupt("a part is too short");
  }
  const auto size = load_le<std::uint32_t>(payload.subspan(2));
  if (size > kMaxPartBytes) {
    return Status(Code::kLimitExceeded,
                  "a part of the member index has " + std::to_string(size) + " bytes");
  }
  const auto id = static_cast<CodecId>(load_le<std::uint16_t>(payload));
  const Codec* codec = find_codec(id);
  if (codec == nullptr || id == CodecId::kZero) {
    return Status(Code::kUnsupported, "needs a newer version: codec of the member index");
  }
  const Limits limits{.max_memory = kDecodeMemory, .max_output = size};
  auto decoder = codec->make_decoder({}, limits);
  if (!decoder.ok()) {
    return decoder.status();
  }
  std::vector<std::byte> part(size);
  const auto decoded = (*decoder)->decode(payload.subspan(kPackHeader), part);
  if (!decoded.ok()) {
    return decoded.status().code() == Code::kTruncated
               ? Result<std::vector<std::byte>>(corrupt(decoded.status().message()))
               : decoded.status();
  }
  if (*decoded != size) {
    return corrupt("a part has the wrong size");
  }
  return part;
}

}  // namespace kompakt::warp_index
