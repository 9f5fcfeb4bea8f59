#include "format/gzip/readers.hpp"

#include <algorithm>
#include <array>

#include "core/endian.hpp"
#include "format/gzip/decode_job.hpp"
#include "format/gzip/member_header.hpp"

namespace kompakt::gzip {
namespace {

/// One look at the input: enough for the headers of those who write sizes into them.
constexpr std::size_t kLook = 4096;

/// Reads a header in full, however long it is.
Result<MemberHeader> read_header(const Source& source) {
  HeaderParser parser(Framing::kGzip);
  std::uint64_t at = 0;
  std::array<std::byte, kLook> look{};
  while (!parser.complete()) {
    const auto got = source.read_at(at, look);
    if (!got.ok()) {
      return got.status();
    }
    if (*got == 0) {
      return Status(Code::kTruncated,
                    at == 0 ? "gzip: the input is empty" : "gzip: the input ends inside a header")
          .at_offset(at);
    }
    const auto used = parser.read(ByteSpan(look).first(*got));
    if (!used.ok()) {
      return used.status().at_offset(at);
    }
    at += *used;
  }
  return parser.fields();
}

struct MemberPlace {
  std::uint64_t size = 0;
  std::uint32_t content = 0;
};

/// The member at `at`, if it tells its size and ends within the input. The trailer is believed.
Result<std::optional<MemberPlace>> look_at_member(const Source& source, std::uint64_t at,
                                                  std::uint64_t total) {
  std::array<std::byte, kLook> look{};
  // BGZF's headers, by far the most common, are met with little reading.
  constexpr std::size_t kFirstLook = 64;
  HeaderParser parser(Framing::kGzip);
  for (const std::size_t length : {kFirstLook, kLook}) {
    const auto got = source.read_at(at, MutableByteSpan(look).first(length));
    if (!got.ok()) {
      return got.status();
    }
    parser = HeaderParser(Framing::kGzip);
    if (!parser.read(ByteSpan(look).first(*got)).ok()) {
      return std::optional<MemberPlace>();
    }
    if (parser.complete()) {
      break;
    }
  }
  const MemberHeader header = parser.complete() ? parser.fields() : MemberHeader{};
  const std::uint64_t size = header.member_size.value_or(0);
  if (size < kBgzfHeaderSize + kTrailerSize || size > total - at) {
    return std::optional<MemberPlace>();
  }
  std::array<std::byte, 4> content{};
  const auto got = source.read_at(at + size - content.size(), content);
  if (!got.ok()) {
    return got.status();
  }
  return std::optional(MemberPlace{size, load_le<std::uint32_t>(content)});
}

Status refused(const std::string& why) {
  return {Code::kCorrupt, "the index does not fit the input: " + why};
}

Status check_index(const SeekIndex& index, std::uint64_t input_size, Format format) {
  if (index.format != format) {
    return {Code::kInvalidArgument, "the index is for another format"};
  }
  if (index.points.empty() || index.points.front().content != 0) {
    return refused("it has no first point");
  }
  if (index.compressed_size != input_size) {
    return refused("the input has another size");
  }
  const SeekPoint* before = nullptr;
  for (const SeekPoint& point : index.points) {
    if (point.bit / 8 > input_size || point.content > index.content_size ||
        point.context > kAtMember ||
        point.window.size() > std::min<std::uint64_t>(kWindow, point.content) ||
        (point.context == kAtMember && point.bit % 8 != 0) ||
        (before != nullptr && (point.content < before->content || point.bit <= before->bit))) {
      return refused("a point lies outside, or out of order");
    }
    before = &point;
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<DecodeJob>> make_decode_job(Source& source, Sink& sink,
                                                   const DecodeSettings& settings,
                                                   Framing framing) {
  const GzipDecodeJob::Config config{.framing = framing,
                                     .settings = settings,
                                     .random_access = source.random_access(),
                                     .input_size = source.size()};
  return std::unique_ptr<DecodeJob>(
      std::make_unique<GzipDecodeJob>(InputReader(source), sink, config));
}

Result<std::unique_ptr<StagedJob>> make_range_job(const Source& source, Sink& sink,
                                                  const SeekIndex& index,
                                                  const RangeSettings& settings, Framing framing) {
  if (!source.random_access()) {
    return Status(Code::kUnsupported, "a range can only be read from an input with random access");
  }
  const Format format = framing == Framing::kZlib ? Format::kZlib : Format::kGzip;
  if (Status fits = check_index(index, source.size().value_or(0), format); !fits.ok()) {
    return fits;
  }
  const std::uint64_t begin = std::min(settings.offset, index.content_size);
  const std::size_t point = index.point_before(begin);
  const GzipDecodeJob::Config config{
      .framing = framing,
      .settings = {.limits = settings.limits, .dictionary = settings.dictionary},
      .random_access = true,
      .range = GzipDecodeJob::Range{
          .index = &index,
          .point = point,
          .begin = begin,
          .end = begin + std::min(settings.length, index.content_size - begin)}};
  InputReader reader(source, index.points[point].bit / 8, InputReader::kDefaultChunk);
  return std::unique_ptr<StagedJob>(
      std::make_unique<GzipDecodeJob>(std::move(reader), sink, config));
}

Result<std::optional<SeekIndex>> native_index(const Source& source) {
  SeekIndex index;
  index.format = Format::kGzip;
  index.compressed_size = source.size().value_or(0);
  std::uint64_t at = 0;
  while (at < index.compressed_size) {
    const auto member = look_at_member(source, at, index.compressed_size);
    if (!member.ok()) {
      return member.status();
    }
    if (!*member) {
      return std::optional<SeekIndex>();
    }
    if ((*member)->content != 0 || index.points.empty()) {
      index.points.push_back(
          {.content = index.content_size, .bit = at * 8, .context = kAtMember, .window = {}});
    }
    index.content_size += (*member)->content;
    at += (*member)->size;
  }
  return index.points.empty() ? std::optional<SeekIndex>() : std::optional(std::move(index));
}

Result<StreamFacts> scan_gzip(const Source& source) {
  const auto header = read_header(source);
  if (!header.ok()) {
    return header.status();
  }
  StreamFacts facts;
  facts.streams = 1;
  facts.compressed = source.size().value_or(0);
  facts.check = "CRC32";
  facts.window = kWindow;
  facts.name = header->name;
  if (header->modified != 0) {
    facts.modified = header->modified;
  }
  std::array<std::byte, kTrailerSize> trailer{};
  if (facts.compressed >= trailer.size()) {
    const auto got = source.read_at(facts.compressed - trailer.size(), trailer);
    if (!got.ok()) {
      return got.status();
    }
    facts.last_check = load_le<std::uint32_t>(trailer);
  }
  if (header->member_size) {
    const auto index = native_index(source);
    if (!index.ok()) {
      return index.status();
    }
    if (*index) {
      facts.content = (*index)->content_size;
      facts.streams = (*index)->points.size();
    }
  }
  return facts;
}

}  // namespace kompakt::gzip
