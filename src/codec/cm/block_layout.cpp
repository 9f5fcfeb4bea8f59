#include "codec/cm/block_layout.hpp"

#include <limits>
#include <string>

#include "core/varint.hpp"

namespace kompakt::cm {
namespace {

constexpr unsigned kDepthMask = 0x0F;
constexpr unsigned kPrimedFlag = 0x10;
constexpr unsigned kVersionShift = 5;
constexpr unsigned kVersionMask = 0x60;
constexpr unsigned kKnownBits = kDepthMask | kPrimedFlag | kVersionMask;
constexpr std::size_t kMostBytes = std::size_t{1} << 31U;

Status truncated() { return {Code::kTruncated, "cm: the block ends inside its header"}; }
Status corrupt(const char* what) { return {Code::kCorrupt, std::string("cm: ") + what}; }

// Numbers of at most `most`.
class Reader {
 public:
  explicit Reader(ByteSpan in) : in_(in) {}

  std::uint64_t number(std::uint64_t most) {
    const auto value = take_varint(in_);
    if (!value) {
      fail(in_.empty() ? truncated() : corrupt("a number is too long"));
      return 0;
    }
    if (*value > most) {
      fail(corrupt("a number is out of range"));
      return 0;
    }
    return *value;
  }
  void fail(Status status) {
    if (status_.ok()) {
      status_ = std::move(status);
    }
  }
  [[nodiscard]] bool ok() const { return status_.ok(); }
  [[nodiscard]] const Status& status() const { return status_; }
  [[nodiscard]] ByteSpan rest() const { return in_; }

 private:
  ByteSpan in_;
  Status status_;
};

CodedStream load_stream(Reader& in, const BlockHeader& header) {
  CodedStream coded;
  Stream& stream = coded.stream;
  stream.method = static_cast<Method>(in.number(static_cast<unsigned>(Method::kMixed)));
  stream.filter = static_cast<Filter>(in.number(kFilters - 1));
  stream.settings = mix_settings(header.effort);
  if (stream.method == Method::kMixed) {
    stream.settings.model = static_cast<MixModel>(in.number(kMixModels - 1));
    stream.settings.stride = static_cast<std::uint32_t>(in.number(kMaxMixStride));
    stream.settings.sample_bytes = static_cast<std::uint32_t>(in.number(4));
  }
  coded.filtered_size = static_cast<std::size_t>(in.number(kMostBytes));
  coded.payload_size = static_cast<std::size_t>(in.number(kMostBytes));
  return coded;
}

// Every filter but kWords keeps the size.
Status check_sizes(const BlockHeader& header) {
  for (const CodedStream& coded : header.streams) {
    const Stream& stream = coded.stream;
    if (stream.filter != Filter::kWords && coded.filtered_size != stream.size) {
      return corrupt("a stream is not as long as its regions");
    }
    if (coded.filtered_size > stream.size ||
        (stream.method == Method::kStored && coded.payload_size != coded.filtered_size)) {
      return corrupt("impossible sizes");
    }
  }
  return {};
}

}  // namespace

std::vector<MixStretch> stretches_of(const BlockHeader& header, const Stream& stream,
                                     std::size_t index) {
  std::vector<MixStretch> stretches;
  for (const Region& region : header.regions) {
    if (region.stream == index && has_stretches(header.effort, stream)) {
      stretches.push_back({.size = region.size, .stride = region.stride});
    }
  }
  return stretches;
}

std::vector<std::byte> store_header(const BlockHeader& header) {
  std::vector<std::byte> out;
  put_varint(out, static_cast<unsigned>(header.effort.depth) | (header.primed ? kPrimedFlag : 0U) |
                      (static_cast<unsigned>(header.effort.version) - 1) << kVersionShift);
  put_varint(out, header.streams.size());
  for (const CodedStream& coded : header.streams) {
    const Stream& stream = coded.stream;
    put_varint(out, static_cast<unsigned>(stream.method));
    put_varint(out, static_cast<unsigned>(stream.filter));
    if (stream.method == Method::kMixed) {
      put_varint(out, static_cast<unsigned>(stream.settings.model));
      put_varint(out, stream.settings.stride);
      put_varint(out, stream.settings.sample_bytes);
    }
    put_varint(out, coded.filtered_size);
    put_varint(out, coded.payload_size);
  }
  put_varint(out, header.regions.size());
  for (const Region& region : header.regions) {
    put_varint(out, region.stream);
    put_varint(out, region.size);
    if (has_stretches(header.effort, header.streams[region.stream].stream)) {
      put_varint(out, region.stride);
    }
  }
  return out;
}

Result<BlockHeader> load_header(ByteSpan& in) {
  Reader reader(in);
  BlockHeader header;
  const std::uint64_t kind = reader.number(std::numeric_limits<std::uint64_t>::max());
  const auto version = ((kind & kVersionMask) >> kVersionShift) + 1;
  if (reader.ok() && ((kind & ~std::uint64_t{kKnownBits}) != 0 || (kind & kDepthMask) >= kDepths ||
                      version > static_cast<unsigned>(kNewest))) {
    return Status(Code::kUnsupported, "cm: unknown kind of block " + std::to_string(kind));
  }
  header.effort = {.depth = static_cast<Depth>(kind & kDepthMask),
                   .version = static_cast<Version>(version)};
  header.primed = (kind & kPrimedFlag) != 0;
  const auto streams = reader.number(kMaxStreams);
  for (std::uint64_t i = 0; i < streams && reader.ok(); ++i) {
    header.streams.push_back(load_stream(reader, header));
  }
  const auto regions = reader.number(kMaxRegions);
  for (std::uint64_t i = 0; i < regions && reader.ok(); ++i) {
    const auto stream = static_cast<std::size_t>(reader.number(kMaxStreams));
    const auto size = static_cast<std::size_t>(reader.number(kMostBytes - header.size));
    if (reader.ok() && stream >= header.streams.size()) {
      reader.fail(corrupt("a region of a stream that is not there"));
    }
    if (reader.ok()) {
      Region region = {.stream = stream, .size = size};
      if (has_stretches(header.effort, header.streams[stream].stream)) {
        region.stride = static_cast<std::uint32_t>(reader.number(kMaxMixStride));
      }
      header.regions.push_back(region);
      header.streams[stream].stream.size += size;
      header.size += size;
    }
  }
  if (!reader.ok()) {
    return reader.status();
  }
  if (Status status = check_sizes(header); !status.ok()) {
    return status;
  }
  in = reader.rest();
  return header;
}

}  // namespace kompakt::cm
