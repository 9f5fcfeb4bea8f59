#include "kompakt/inspect.hpp"

#include <algorithm>
#include <array>

#include "container/legacy/legacy.hpp"
#include "container/warp3_layout.hpp"
#include "container/warp_index.hpp"
#include "kompakt/codec.hpp"

namespace kompakt {
namespace {

void count_codec(ContainerInfo& info, std::string_view name) {
  const auto row = std::find_if(info.codecs.begin(), info.codecs.end(),
                                [name](const auto& entry) { return entry.first == name; });
  if (row == info.codecs.end()) {
    info.codecs.emplace_back(name, 1);
  } else {
    ++row->second;
  }
}

std::string codec_name(const warp3::BlockRecord& block) {
  if (block.zero) {
    return block.hole ? "hole" : "zero";
  }
  const Codec* codec = find_codec(static_cast<CodecId>(block.codec.id));
  return codec != nullptr ? std::string(codec->info().name)
                          : "codec " + std::to_string(block.codec.id);
}

// A damaged header is a fact about the file and no reason to keep the others back; a read that
// fails is one.
Status count_codecs(WarpIndex& index, ContainerInfo& info) {
  const auto blocks = index.find(0, index.raw_size());
  if (!blocks.ok()) {
    return blocks.status();
  }
  for (const auto& location : *blocks) {
    const auto block = index.read_block(location);
    if (block.ok()) {
      count_codec(info, codec_name(*block));
    } else if (block.status().code() == Code::kUnsupported) {
      count_codec(info, "unknown");
    } else if (block.status().code() == Code::kIo) {
      return block.status();
    } else {
      ++info.damaged_blocks;
    }
  }
  return {};
}

Result<ContainerInfo> inspect_warp3(Source& source, const InspectOptions& options) {
  auto index = WarpIndex::open(source);
  if (!index.ok()) {
    return index.status();
  }
  ContainerInfo info;
  info.version = warp3::kVersion;
  info.layout = "v3";
  info.raw_size = index->raw_size();
  info.stored_size = source.size().value_or(0);
  info.streams = static_cast<std::uint32_t>(index->streams().size());
  info.recovered = index->recovered();
  for (const auto& stream : index->streams()) {
    const std::uint64_t block_size = std::uint64_t{1} << stream.header.block_log;
    info.blocks += stream.blocks;
    info.block_size = std::max(info.block_size, block_size);
    info.decode_memory =
        std::max(info.decode_memory, stream.header.decode_kib * kKiB + 2 * block_size);
    info.checksum = stream.header.hash;
  }
  if (info.streams == 1 && info.recovered.ok()) {
    const ByteSpan digest = index->streams().front().content.span();
    info.content_digest.assign(digest.begin(), digest.end());
  }
  if (auto metadata = index->read_metadata(0); metadata.ok()) {
    info.metadata = std::move(*metadata);
  }
  if (options.count_codecs) {
    if (Status counted = count_codecs(*index, info); !counted.ok()) {
      return counted;
    }
  }
  return info;
}

Result<ContainerInfo> inspect_legacy(const Source& source, const InspectOptions& options) {
  const auto facts = legacy::read_legacy_info(source);
  if (!facts.ok()) {
    return facts.status();
  }
  ContainerInfo info;
  info.version = facts->layout == legacy::Layout::kV1 ? 1 : 2;
  info.layout = legacy::layout_name(facts->layout);
  info.raw_size = facts->original_size;
  info.stored_size = facts->stored_size;
  info.blocks = facts->chunk_count;
  info.block_size = facts->largest_chunk;
  info.checksum = facts->hash;
  if (options.count_codecs) {
    const bool only = facts->methods.size() == 1;
    for (const auto& method : facts->methods) {
      info.codecs.emplace_back(method, only ? facts->chunk_count : 0);
    }
  }
  return info;
}

}  // namespace

Result<ContainerInfo> inspect(Source& source, const InspectOptions& options) {
  std::array<std::byte, warp3::FileHeader::kSize> bytes{};
  if (!source.random_access()) {
    return Status(Code::kUnsupported, "the facts of a file cannot be read from a pipe")
        .in_file(source.name());
  }
  const auto got = source.read_at(0, bytes);
  if (!got.ok()) {
    return got.status();
  }
  const ByteSpan head = ByteSpan(bytes).first(*got);
  const bool warp = head.size() >= warp3::kMagic.size() &&
                    std::equal(warp3::kMagic.begin(), warp3::kMagic.end(), head.begin());
  if (warp3::FileHeader::is_damaged_magic(head)) {
    return Status(Code::kCorrupt, "the file header is damaged (magic)")
        .in_file(source.name())
        .at_offset(0);
  }
  const bool old = legacy::is_legacy_warp(head);
  if (!warp && !old) {
    return Status(Code::kUnsupported, "not a format that this build reads").in_file(source.name());
  }
  if (!old && head.size() > 4 && head[4] != std::byte{warp3::kVersion}) {
    return Status(Code::kUnsupported, "needs a newer reader: .warp version " +
                                          std::to_string(std::to_integer<unsigned>(head[4])))
        .in_file(source.name());
  }
  auto info = old ? inspect_legacy(source, options) : inspect_warp3(source, options);
  return info.ok() ? std::move(info) : Result<ContainerInfo>(info.status().in_file(source.name()));
}

}  // namespace kompakt
