#include "format/snappy/group.hpp"

#include <snappy.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "core/endian.hpp"

namespace kompakt {
namespace {

const char* chars(ByteSpan bytes) { return reinterpret_cast<const char*>(bytes.data()); }

Status truncated() { return {Code::kTruncated, "snappy: the input ends inside a chunk"}; }

}  // namespace

Result<std::size_t> snappy_content_size(const SnappyChunk& chunk, ByteSpan head) {
  if (chunk.size < kSnappyChecksum) {
    return Status(Code::kCorrupt, "snappy: a data chunk is too short for its checksum");
  }
  std::size_t content = chunk.size - kSnappyChecksum;
  if (chunk.type == kSnappyCompressed) {
    const ByteSpan data = head.subspan(kSnappyChecksum);
    if (!snappy::GetUncompressedLength(chars(data), data.size(), &content)) {
      return Status(Code::kCorrupt, "snappy: a chunk's length is malformed");
    }
  }
  if (content > kSnappyMaxContent) {
    return Status(Code::kCorrupt, "snappy: a chunk holds more than 65536 bytes");
  }
  return content;
}

Status SnappyGatherer::gather(SnappyGroup& group) {
  group.chunks.clear();
  group.coded_size = 0;
  group.content = 0;
  group.input = input_.position();
  for (bool full = false; !full;) {
    if (Status filled = input_.fill(kSnappyChunkHeader); !filled.ok()) {
      return filled;
    }
    const std::size_t have = input_.available().size();
    if (have == 0) {
      break;
    }
    // What came before a fault is given out first; then the fault is met again.
    const bool fault_waits = !group.chunks.empty();
    Status taken;
    if (have < kSnappyChunkHeader) {
      taken = inside_ ? truncated()
                      : Status(Code::kTruncated, "snappy: the stream identifier ends too early");
    } else {
      const SnappyChunk chunk = parse_snappy_chunk(input_.available());
      if (chunk.type == kSnappyIdentifier) {
        taken = take_identifier(chunk);
      } else if (!inside_) {
        taken = Status(Code::kCorrupt, "not in the snappy framing format");
      } else if (chunk.type < kSnappyFirstReserved) {
        taken = take_data(chunk, group, full);
      } else if (chunk.type < kSnappyFirstSkippable) {
        taken = Status(Code::kUnsupported, "snappy: chunk of the reserved type " +
                                               std::to_string(chunk.type) +
                                               ", which must not be skipped");
      } else {
        taken = skip(chunk.size);
        counts_.skipped += taken.ok() ? 1 : 0;
      }
    }
    if (!taken.ok()) {
      if (fault_waits && taken.code() != Code::kIo) {
        break;
      }
      return taken.at_offset(input_.position());
    }
  }
  group.input_end = input_.position();
  return {};
}

Status SnappyGatherer::take_identifier(const SnappyChunk& chunk) {
  if (Status filled = input_.fill(kSnappyStreamIdentifier.size()); !filled.ok()) {
    return filled;
  }
  const ByteSpan have = input_.available();
  const std::size_t common = std::min(have.size(), kSnappyStreamIdentifier.size());
  if (chunk.size != kSnappyStreamIdentifier.size() - kSnappyChunkHeader ||
      !std::equal(have.begin(), have.begin() + static_cast<std::ptrdiff_t>(common),
                  kSnappyStreamIdentifier.begin())) {
    return {Code::kCorrupt, "snappy: malformed stream identifier"};
  }
  if (common < kSnappyStreamIdentifier.size()) {
    return truncated();
  }
  input_.consume(kSnappyStreamIdentifier.size());
  inside_ = true;
  ++counts_.streams;
  return {};
}

Status SnappyGatherer::take_data(const SnappyChunk& chunk, SnappyGroup& group, bool& full) {
  // The largest that any content may need, so that nothing is read for a size that is impossible.
  constexpr std::size_t kLargest = kSnappyGroupCoded - kSnappyChunkHeader;
  if (chunk.size > kLargest ||
      (chunk.type == kSnappyStored && chunk.size > kSnappyMaxContent + kSnappyChecksum)) {
    return {Code::kCorrupt, "snappy: a chunk is larger than its content can be"};
  }
  const std::size_t whole = kSnappyChunkHeader + chunk.size;
  if (Status filled = input_.fill(whole); !filled.ok()) {
    return filled;
  }
  if (input_.available().size() < whole) {
    return truncated();
  }
  const ByteSpan data = input_.available().subspan(kSnappyChunkHeader, chunk.size);
  const auto content = snappy_content_size(chunk, data);
  if (!content.ok()) {
    return content.status();
  }
  if (group.content + *content > kSnappyGroupContent ||
      group.coded_size + chunk.size > kSnappyGroupCoded) {
    full = true;  // for the next group
    return {};
  }
  if (group.chunks.empty()) {
    group.input = input_.position();
    group.coded.resize_discard(kSnappyGroupCoded);
  }
  std::memcpy(group.coded.data() + group.coded_size, data.data(), data.size());
  group.chunks.push_back({chunk.type, group.coded_size, chunk.size, *content});
  group.coded_size += chunk.size;
  group.content += *content;
  ++counts_.blocks;
  input_.consume(whole);
  // Chunks without content could fill a group without end.
  full = group.chunks.size() >= 4 * kSnappyGroupContent / kSnappyMaxContent;
  return {};
}

Status SnappyGatherer::skip(std::uint32_t size) {
  const std::size_t whole = kSnappyChunkHeader + size;
  if (Status filled = input_.fill(whole); !filled.ok()) {
    return filled;
  }
  if (input_.available().size() < whole) {
    return truncated();
  }
  input_.consume(whole);
  return {};
}

Status decode_snappy_group(const SnappyGroup& group, MutableByteSpan out) {
  for (const auto& chunk : group.chunks) {
    const ByteSpan data = group.coded.first(group.coded_size).subspan(chunk.begin, chunk.size);
    const ByteSpan coded = data.subspan(kSnappyChecksum);
    const MutableByteSpan room = out.first(chunk.content);
    if (chunk.type == kSnappyStored) {
      std::copy(coded.begin(), coded.end(), room.begin());
    } else if (!snappy::RawUncompress(chars(coded), coded.size(),
                                      reinterpret_cast<char*>(room.data()))) {
      return {Code::kCorrupt, "snappy: malformed data in a chunk"};
    }
    if (load_le<std::uint32_t>(data) != snappy_checksum(room)) {
      return {Code::kCorrupt, "snappy: a chunk's content does not match its checksum"};
    }
    out = out.subspan(chunk.content);
  }
  return {};
}

}  // namespace kompakt
