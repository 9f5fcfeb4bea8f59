// Any bytes as a .warp archive: no crash, no unbounded work, and what comes out stays within what
// the index says.
//
// The first byte chooses how the rest is read. With bit 0 the bytes are a decoded segment that is
// read by itself; with bit 1 they are the decoded segment of an archive that is otherwise sound, so
// that mutations reach extraction; otherwise they are a whole file.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

#include "archive/warp/index_records.hpp"
#include "archive/warp/warp_extract.hpp"
#include "container/warp_encode.hpp"
#include "kompakt/sink.hpp"
#include "pipeline/run.hpp"

namespace {

using namespace kompakt;
using namespace kompakt::warp_index;
using Bytes = std::vector<std::byte>;

constexpr std::uint64_t kMostOutput = std::uint64_t{16} << 20U;
constexpr std::uint64_t kContent = 10'000;

void require(bool promise) {
  if (!promise) {
    std::abort();
  }
}

void read_segment(ByteSpan bytes, std::uint64_t members) {
  auto reader = SegmentReader::open(bytes, {.members = members, .content = kContent});
  if (!reader.ok()) {
    return;
  }
  Entry entry;
  MemberRange range;
  std::string last;
  std::uint64_t seen = 0;
  for (;;) {
    const auto more = reader->next(entry, range);
    if (!more.ok()) {
      return;
    }
    if (!*more) {
      require(seen == members);
      return;
    }
    ++seen;
    require(entry.path > last && entry.path.find('\0') == std::string::npos);
    require(range.offset <= kContent && range.length <= kContent - range.offset);
    require(range.length == stored_length(entry) && range.length <= entry.size);
    last = entry.path;
  }
}

/// An archive of kContent bytes in blocks of 4 KiB whose only segment is `segment`.
Bytes archive_around(ByteSpan segment, std::uint64_t members) {
  Bytes content(kContent);
  for (std::size_t i = 0; i < content.size(); ++i) {
    content[i] = static_cast<std::byte>(i < 5'000 ? 0 : i / 7);
  }
  Bytes file;
  const auto source = memory_source(content);
  const auto sink = memory_sink(file);
  const auto write_index = [&](const SideRecordWriter& write) -> Status {
    const auto payload = pack(segment);
    if (!payload.ok()) {
      return payload.status();
    }
    const auto at = write({.type = kMemberRecord,
                           .flags = static_cast<std::uint8_t>(Part::kSegment),
                           .raw_size = members},
                          *payload);
    return at.status();
  };
  auto job = make_warp_encode_job(*source, *sink,
                                  {.codec = parse_codec_spec("lz4").value(),
                                   .block_size = 4096,
                                   .hash = HashId::kNone,
                                   .metadata = std::nullopt,
                                   .on_block = nullptr,
                                   .before_end = write_index});
  require(job.ok());
  RunOptions options;
  return run_job(**job, options).ok() ? file : Bytes();
}

void extract(ByteSpan file) {
  const auto source = memory_source(file);
  static_cast<void>(has_member_index(*source));
  auto archive = WarpArchive::open(*source);
  if (!archive.ok()) {
    return;
  }
  TreeWriterOptions writing;
  const auto writer = make_null_tree_writer(writing);
  MemberFilter filter{MemberSelection{}};
  WarpExtractOptions options;
  options.limits.max_output = kMostOutput;
  options.decode.max_memory = std::uint64_t{64} << 20U;
  options.decode.max_output = kMostOutput;
  auto job = make_warp_extract_job(**archive, *writer, filter, options);
  if (!job.ok()) {
    return;
  }
  RunOptions running;
  running.memory_budget = std::uint64_t{256} << 20U;
  static_cast<void>(run_job(**job, running));
  require((*job)->counts().content <= kMostOutput);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) {
    return 0;
  }
  const ByteSpan bytes = std::as_bytes(std::span(data, size)).subspan(2);
  const std::uint64_t members = data[1];
  if ((data[0] & 1U) != 0) {
    read_segment(bytes, members);
  } else if ((data[0] & 2U) != 0) {
    extract(archive_around(bytes, members));
  } else {
    extract(bytes);
  }
  return 0;
}
