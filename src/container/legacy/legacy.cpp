#include "container/legacy/legacy.hpp"

#include <algorithm>
#include <array>

#include "container/legacy/decode_job.hpp"
#include "container/legacy/stream_reader.hpp"
#include "container/legacy/table_reader.hpp"

namespace kompakt::legacy {
namespace {

// What the file begins with, and a cursor behind it.
struct Opening {
  InputCursor cursor;
  std::optional<TableHeader> table;
  std::optional<StreamHeader> stream;
};

Result<Opening> read_header(InputCursor cursor) {
  std::array<std::byte, TableHeader::kSize> bytes{};
  const MutableByteSpan all(bytes);
  // The shorter header first: over a pipe nothing can be given back.
  if (Status read = cursor.read_exact(all.first(StreamHeader::kSize), "the header"); !read.ok()) {
    return read;
  }
  Opening opening{.cursor = cursor, .table = std::nullopt, .stream = std::nullopt};
  if (starts_with(bytes, kStreamMagic)) {
    const auto header = StreamHeader::decode(bytes);
    if (!header.ok()) {
      return header.status();
    }
    opening.stream = *header;
    return opening;
  }
  Status read = opening.cursor.read_exact(all.subspan(StreamHeader::kSize), "the header");
  if (!read.ok()) {
    return read;
  }
  const auto header = TableHeader::decode(bytes);
  if (!header.ok()) {
    return header.status();
  }
  opening.table = *header;
  return opening;
}

template <typename Method>
void add_method(std::vector<std::string>& names, std::array<bool, 6>& seen, Method method) {
  bool& known = seen.at(static_cast<std::size_t>(method));
  if (!known) {
    names.emplace_back(method_name(method));
    known = true;
  }
}

Result<LegacyInfo> table_info(InputCursor cursor, const TableHeader& header, const Limits& limits) {
  const auto table = ChunkTable::read(cursor, header, limits);
  if (!table.ok()) {
    return table.status();
  }
  InputCursor end(cursor.source(), header.payload_offset() + table->stored_total());
  const auto trailer = read_content_trailer(end);
  if (!trailer.ok()) {
    return trailer.status();
  }
  LegacyInfo info;
  info.layout = header.version == 1 ? Layout::kV1 : Layout::kV2;
  info.methods.emplace_back(method_name(header.method));
  info.original_size = header.original_size;
  info.chunk_count = header.chunk_count;
  info.largest_chunk = table->largest_original();
  info.has_trailer = trailer->has_value();
  info.hash = *trailer ? (*trailer)->hash : HashId::kNone;
  return info;
}

Result<LegacyInfo> stream_info(InputCursor cursor, const StreamHeader& header,
                               const Limits& limits) {
  StreamWalker walker(cursor, header, limits);
  LegacyInfo info;
  info.layout = Layout::kStreamV2;
  std::array<bool, 6> seen{};
  while (true) {
    const auto chunk = walker.next_chunk();
    if (!chunk.ok()) {
      return chunk.status().in_block(walker.chunk_count());
    }
    if (!*chunk) {
      break;
    }
    add_method(info.methods, seen, (*chunk)->method);
    info.original_size += (*chunk)->original_size;
    info.largest_chunk = std::max<std::uint64_t>(info.largest_chunk, (*chunk)->original_size);
    const std::uint64_t next = walker.cursor().position() + (*chunk)->stored_size;
    if (next > walker.cursor().known_size().value_or(0)) {
      return Status(Code::kTruncated, "the file ends inside a chunk")
          .in_block(walker.chunk_count() - 1);
    }
    walker.cursor().seek(next);
  }
  info.chunk_count = walker.chunk_count();
  info.has_trailer = walker.has_trailers();
  const auto trailer = walker.read_trailers();
  if (!trailer.ok()) {
    return trailer.status();
  }
  info.hash = trailer->hash;
  info.has_index = walker.has_index();
  return info;
}

}  // namespace

bool is_legacy_warp(ByteSpan first_bytes) noexcept {
  return starts_with(first_bytes, kTableMagic) ||
         (starts_with(first_bytes, kStreamMagic) && first_bytes.size() > kMagicSize &&
          first_bytes[kMagicSize] == std::byte{StreamHeader::kVersion});
}

std::string_view layout_name(Layout layout) noexcept {
  switch (layout) {
    case Layout::kV1:
      return "v1";
    case Layout::kV2:
      return "v2";
    case Layout::kStreamV2:
      break;
  }
  return "stream v2";
}

Result<std::unique_ptr<StagedJob>> make_legacy_decode_job(Source& source, Sink& sink,
                                                          const Limits& limits,
                                                          LegacyDecodeOptions options) {
  const auto opening = read_header(InputCursor(source));
  if (!opening.ok()) {
    return opening.status();
  }
  auto reader = opening->stream ? StreamReader::open(opening->cursor, *opening->stream, limits)
                                : open_table_reader(opening->cursor, *opening->table, limits);
  if (!reader.ok()) {
    return reader.status();
  }
  return std::unique_ptr<StagedJob>(
      std::make_unique<DecodeJob>(source, sink, std::move(*reader), limits, std::move(options)));
}

Result<LegacyInfo> read_legacy_info(const Source& source, const Limits& limits) {
  const auto size = source.size();
  if (!source.random_access() || !size) {
    return Status(Code::kUnsupported, "the facts of an old .warp file need a file, not a pipe");
  }
  const auto opening = read_header(InputCursor(source, 0));
  if (!opening.ok()) {
    return opening.status();
  }
  auto info = opening->stream ? stream_info(opening->cursor, *opening->stream, limits)
                              : table_info(opening->cursor, *opening->table, limits);
  if (info.ok()) {
    info->stored_size = *size;
  }
  return info;
}

}  // namespace kompakt::legacy
