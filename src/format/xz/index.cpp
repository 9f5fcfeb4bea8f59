#include "format/xz/index.hpp"

#include <algorithm>
#include <limits>

#include "core/buffer.hpp"
#include "format/xz/alone.hpp"
#include "format/xz/check.hpp"
#include "format/xz/lzma.hpp"
#include "format/xz/points.hpp"

namespace kompakt {
namespace {

constexpr std::size_t kChunk = 64 * kKiB;

// Whether the file begins as an .xz stream; if not, it is of one of the formats that lzma_alone and
// lzip write.
Result<bool> is_xz(const Source& source) {
  std::array<std::byte, 16> head{};
  const auto got = source.read_at(0, head);
  if (!got.ok()) {
    return got.status();
  }
  return find_lzma_kind(ByteSpan(head).first(*got)) == LzmaKind::kNone;
}

}  // namespace

Result<LzmaIndex> read_xz_index(const Source& source, std::uint64_t max_memory) {
  const std::uint64_t size = source.size().value_or(0);
  LzmaStream stream;
  lzma_index* found = nullptr;
  // liblzma reads a limit of 0 as 1.
  if (Status begun =
          lzma_status(lzma_file_info_decoder(stream.get(), &found, max_memory, size), "index");
      !begun.ok()) {
    return begun;
  }
  Buffer buffer(kChunk);
  ByteSpan in;
  for (std::uint64_t position = 0;;) {
    if (in.empty()) {
      const auto got = source.read_at(position, buffer.first(kChunk));
      if (!got.ok()) {
        return got.status();
      }
      in = std::as_const(buffer).first(*got);
      position += *got;
    }
    // Only a source that shrank gives nothing here.
    const lzma_ret code = stream.step(in, {}, in.empty() ? LZMA_FINISH : LZMA_RUN);
    in = in.subspan(stream.consumed());
    if (code == LZMA_SEEK_NEEDED) {
      position = stream.get()->seek_pos;
      in = {};
    } else if (code == LZMA_STREAM_END) {
      return LzmaIndex(found);
    } else if (code != LZMA_OK) {
      return lzma_status(code, "index");
    }
  }
}

Result<StreamFacts> scan_xz(const Source& source) {
  const auto xz = is_xz(source);
  if (!xz.ok()) {
    return xz.status();
  }
  if (!*xz) {
    return scan_lzma_alone(source);
  }
  auto index = read_xz_index(source, std::numeric_limits<std::uint64_t>::max());
  if (!index.ok()) {
    return index.status();
  }
  StreamFacts facts;
  facts.streams = lzma_index_stream_count(index->get());
  facts.blocks = lzma_index_block_count(index->get());
  facts.compressed = lzma_index_file_size(index->get());
  facts.content = lzma_index_uncompressed_size(index->get());
  lzma_index_iter iter;
  lzma_index_iter_init(&iter, index->get());
  if (!lzma_index_iter_next(&iter, LZMA_INDEX_ITER_STREAM) && iter.stream.flags != nullptr) {
    facts.check = XzCheck::name(iter.stream.flags->check);
  }
  return facts;
}

Result<std::optional<SeekIndex>> xz_native_index(const Source& source) {
  const auto xz = is_xz(source);
  if (!xz.ok()) {
    return xz.status();
  }
  if (!*xz) {
    return std::optional<SeekIndex>();
  }
  auto index = read_xz_index(source, std::numeric_limits<std::uint64_t>::max());
  if (!index.ok()) {
    return index.status();
  }
  SeekIndex seek;
  seek.format = Format::kXz;
  seek.compressed_size = lzma_index_file_size(index->get());
  seek.content_size = lzma_index_uncompressed_size(index->get());
  lzma_index_iter iter;
  lzma_index_iter_init(&iter, index->get());
  while (!lzma_index_iter_next(&iter, LZMA_INDEX_ITER_NONEMPTY_BLOCK)) {
    SeekPoint point;
    point.content = iter.block.uncompressed_file_offset;
    point.bit = iter.block.compressed_file_offset * 8;
    point.context = static_cast<std::uint64_t>(iter.stream.flags->check);
    seek.points.push_back(std::move(point));
  }
  return std::optional<SeekIndex>(std::move(seek));
}

}  // namespace kompakt
