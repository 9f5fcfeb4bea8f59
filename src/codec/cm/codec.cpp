#include <algorithm>
#include <array>
#include <functional>
#include <numeric>
#include <span>
#include <string>
#include <utility>

#include "codec/cm/block_layout.hpp"
#include "codec/cm/filters.hpp"
#include "codec/cm/plan.hpp"
#include "codec/cm/priming.hpp"
#include "codec/registry.hpp"
#include "core/buffer.hpp"
#include "core/parts.hpp"
#include "mixing/stream.hpp"
#include "transform/word_replacement.hpp"

namespace kompakt {
namespace {

using cm::BlockHeader;
using cm::CodedStream;
using cm::Depth;
using cm::Effort;
using cm::Filter;
using cm::Method;
using cm::Stream;
using cm::StreamBytes;

constexpr std::array<std::string_view, cm::kDepths> kDepthNames = {"sorted", "fast", "medium",
                                                                   "strong", "strongest"};

constexpr std::array kOptions = {
    OptionSpec{.key = "depth",
               .min = 0,
               .max = cm::kDepths - 1,
               .fallback = static_cast<std::int64_t>(Depth::kMedium),
               .help = "what is spent: sorting alone, or how many contexts are mixed",
               .names = kDepthNames},
    OptionSpec{.key = "version",
               .min = static_cast<std::int64_t>(cm::Version::kOne),
               .max = static_cast<std::int64_t>(cm::kNewest),
               .fallback = static_cast<std::int64_t>(cm::kNewest),
               .help = "of the models: every version is decoded"},
};

constexpr CodecInfo kInfo = {
    .id = CodecId::kCm,
    .name = "cm",
    .description = "context mixing by kind of data",
    .options = kOptions,
    .needs_exact_size = true,
};

// Blocks of at most this size start from what the priming data teaches, which takes longer than the
// block itself: not where speed counts.
constexpr std::size_t kMostPrimed = 128 * kKiB;
// The header of a block of few streams; max_encoded_size() leaves room for it.
constexpr std::size_t kHeaderRoom = 64;
constexpr std::uint64_t kWordsMemory = 3 * kMiB;

// All priming data, one behind the other.
ByteSpan priming_text() {
  static const std::vector<std::byte> kText = [] {
    std::vector<std::byte> text;
    for (const Priming& priming : primings()) {
      text.insert(text.end(), priming.data.begin(), priming.data.end());
    }
    return text;
  }();
  return kText;
}

bool is_primed(Depth depth, std::size_t block_size) {
  return depth >= Depth::kMedium && block_size <= kMostPrimed;
}

// What a stream's models know before its first byte.
ByteSpan known_to(const Stream& stream, bool primed) {
  return primed && stream.settings.model == MixModel::kText ? priming_text() : ByteSpan();
}

Effort effort_of(const CodecOptions& options) {
  return {.depth = static_cast<Depth>(options.get("depth")),
          .version = static_cast<cm::Version>(options.get("version"))};
}

CodecOptions sorting_options(Effort effort) {
  CodecOptions options(bwt_codec().info().options);
  const char* quickest = effort.version == cm::Version::kOne ? "fast" : "quick";
  static_cast<void>(options.set("effort", effort.depth == Depth::kSorted ? quickest : "strong"));
  return options;
}

// What a stream of `size` bytes takes to be decoded, its own bytes and those before the filter
// counted.
std::uint64_t stream_memory(const Stream& stream, std::size_t size, bool primed) {
  std::uint64_t memory = 2 * static_cast<std::uint64_t>(size);
  memory += stream.filter == Filter::kWords ? kWordsMemory : 0;
  switch (stream.method) {
    case Method::kStored:
      break;
    case Method::kSorted:
      memory += bwt_codec().memory(sorting_options({.depth = Depth::kFast}), size).decode;
      break;
    case Method::kMixed:
      memory += mix_memory(stream.settings, known_to(stream, primed), size);
      break;
  }
  return memory;
}

// What a stream is coded with besides its settings.
struct Coding {
  std::vector<MixStretch> stretches;
  bool primed = false;
};

// visit(place in the block, size) for each region of stream `index`.
template <typename Visit>
void for_regions(std::span<const cm::Region> regions, std::size_t index, Visit&& visit) {
  std::size_t at = 0;
  for (const cm::Region& region : regions) {
    if (region.stream == index) {
      visit(at, region.size);
    }
    at += region.size;
  }
}

// Where a stream lies in a block.
struct StreamPlace {
  ByteSpan block;
  std::span<const cm::Region> regions;
  std::size_t index = 0;

  // The only region, as it lies there, or copies of all.
  [[nodiscard]] StreamBytes gather() const {
    StreamBytes found;
    std::size_t size = 0;
    std::size_t count = 0;
    for_regions(regions, index, [&](std::size_t at, std::size_t region) {
      found.bytes = block.subspan(at, region);
      size += region;
      ++count;
    });
    if (count > 1) {
      found.own.resize(size);
      copy_to(found.own);
      found.bytes = found.own;
    }
    return found;
  }
  // Returns their size together.
  std::size_t copy_to(MutableByteSpan out) const {
    std::size_t size = 0;
    for_regions(regions, index, [&](std::size_t at, std::size_t region) {
      std::ranges::copy(block.subspan(at, region), out.subspan(size).begin());
      size += region;
    });
    return size;
  }
};

// What coders of streams are kept by: one for each lane, made when it is first used.
template <typename Coder>
class Lanes {
 public:
  // code(stream, lane's coder) for every stream, several at once where threads are idle. `sizes`:
  // of the streams. Returns the failure of the first stream that has one.
  template <typename Make, typename Code>
  Status run(std::span<const std::size_t> sizes, const Make& make, const Code& code) {
    // What takes longest comes first, so that no thread begins with it when the others are done.
    std::vector<std::size_t> order(sizes.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, std::ranges::greater(),
                             [sizes](std::size_t stream) { return sizes[stream]; });
    std::vector<Status> results(sizes.size());
    coders_.resize(part_lanes());
    run_parts(order.size(), [&](std::size_t part, unsigned lane) {
      if (!coders_[lane]) {
        coders_[lane] = make();
      }
      results[order[part]] = code(order[part], *coders_[lane]);
    });
    coders_.resize(1);  // threads that helped once have other things to do with the memory
    const auto failed = std::ranges::find_if_not(results, &Status::ok);
    return failed == results.end() ? Status() : std::move(*failed);
  }

 private:
  std::vector<std::unique_ptr<Coder>> coders_;
};

class StreamEncoder {
 public:
  explicit StreamEncoder(Effort effort) : effort_(effort) {}

  // Writes the payload to `out`, which has room for the stream as it is: what does not shrink is
  // stored so.
  Result<CodedStream> encode(const StreamPlace& place, Stream stream, MutableByteSpan out,
                             const Coding& coding) {
    if (stream.method != Method::kStored) {
      StreamBytes data = place.gather();
      if (!cm::apply_filter(stream.filter, data)) {
        stream.filter = Filter::kNone;
      }
      const MutableByteSpan room = out.first(std::min(out.size(), data.bytes.size()));
      const auto size = code(stream, data.bytes, room, coding);
      if (!size.ok()) {
        return size.status();
      }
      if (*size && **size < data.bytes.size()) {
        return CodedStream{
            .stream = stream, .filtered_size = data.bytes.size(), .payload_size = **size};
      }
    }
    stream.method = Method::kStored;
    stream.filter = Filter::kNone;
    const std::size_t size = place.copy_to(out);
    return CodedStream{.stream = stream, .filtered_size = size, .payload_size = size};
  }

 private:
  Result<std::optional<std::size_t>> code(const Stream& stream, ByteSpan data, MutableByteSpan out,
                                          const Coding& coding) {
    if (stream.method == Method::kMixed) {
      return mixer_.encode(stream.settings, known_to(stream, coding.primed), data, out,
                           coding.stretches);
    }
    mixer_ = MixCoder();  // its memory is for the sorter now
    if (!sorter_) {
      auto made = bwt_codec().make_encoder(sorting_options(effort_));
      if (!made.ok()) {
        return made.status();
      }
      sorter_ = std::move(*made);
    }
    return sorter_->encode(data, out);
  }

  Effort effort_;
  MixCoder mixer_;
  std::unique_ptr<Encoder> sorter_;
};

class CmEncoder final : public Encoder {
 public:
  explicit CmEncoder(Effort effort) : effort_(effort) {}

  Result<std::optional<std::size_t>> encode(ByteSpan in, MutableByteSpan out) override {
    cm::Plan plan = cm::make_plan(in, effort_);
    BlockHeader header;
    header.effort = effort_;
    header.primed = is_primed(effort_.depth, in.size());
    header.regions = std::move(plan.regions);
    // What a stream does not become smaller in is stored, so that each has room where all streams
    // before it would lie as they are.
    payload_.resize_discard(in.size());
    std::vector<MutableByteSpan> payloads;
    std::vector<std::size_t> sizes;
    std::size_t at = 0;
    for (const Stream& stream : plan.streams) {
      payloads.push_back(payload_.first(in.size()).subspan(at, stream.size));
      sizes.push_back(stream.size);
      at += stream.size;
    }
    header.streams.resize(plan.streams.size());
    Status status = lanes_.run(
        sizes, [this] { return std::make_unique<StreamEncoder>(effort_); },
        [&](std::size_t i, StreamEncoder& encoder) {
          const Coding coding = {.stretches = cm::stretches_of(header, plan.streams[i], i),
                                 .primed = header.primed};
          auto coded = encoder.encode({.block = in, .regions = header.regions, .index = i},
                                      plan.streams[i], payloads[i], coding);
          if (coded.ok()) {
            header.streams[i] = *coded;
          }
          return coded.status();
        });
    if (!status.ok()) {
      return status;
    }
    return join(header, payloads, out);
  }

 private:
  static std::optional<std::size_t> join(const BlockHeader& header,
                                         std::span<const MutableByteSpan> payloads,
                                         MutableByteSpan out) {
    const std::vector<std::byte> front = cm::store_header(header);
    std::size_t size = front.size();
    for (const CodedStream& coded : header.streams) {
      size += coded.payload_size;
    }
    if (size > out.size()) {
      return std::nullopt;
    }
    auto to = std::ranges::copy(front, out.begin()).out;
    for (std::size_t i = 0; i < payloads.size(); ++i) {
      to = std::ranges::copy(payloads[i].first(header.streams[i].payload_size), to).out;
    }
    return size;
  }

  Effort effort_;
  Lanes<StreamEncoder> lanes_;
  Buffer payload_;
};

// Decodes streams into their places in a block.
class StreamDecoder {
 public:
  explicit StreamDecoder(const Limits& limits) : limits_(limits) {}

  Status decode(const BlockHeader& header, std::size_t index, ByteSpan payload,
                MutableByteSpan block) {
    const CodedStream& coded = header.streams[index];
    const Coding coding = {.stretches = cm::stretches_of(header, coded.stream, index),
                           .primed = header.primed};
    const auto only = only_region(header, index);
    content_.resize_discard(only ? 0 : coded.stream.size);
    const MutableByteSpan content =
        only ? block.subspan(*only, coded.stream.size) : content_.first(coded.stream.size);
    Status status = decode_stream(coded, coding, payload, content);
    if (status.ok() && !only) {
      scatter(header, index, block);
    }
    return status;
  }

 private:
  // Where a stream lies in the block, if that is in one piece.
  static std::optional<std::size_t> only_region(const BlockHeader& header, std::size_t index) {
    std::size_t found = 0;
    std::size_t count = 0;
    for_regions(header.regions, index, [&](std::size_t at, std::size_t) {
      found = at;
      ++count;
    });
    return count == 1 ? std::optional(found) : std::nullopt;
  }

  Status decode_stream(const CodedStream& coded, const Coding& coding, ByteSpan payload,
                       MutableByteSpan content) {
    const Stream& stream = coded.stream;
    if (stream_memory(stream, std::max(stream.size, coded.filtered_size), coding.primed) >
        limits_.max_memory) {
      return {Code::kLimitExceeded, "cm: memory limit reached"};
    }
    MutableByteSpan filtered = content;
    if (stream.filter == Filter::kWords) {
      filtered_.resize_discard(coded.filtered_size);
      filtered = filtered_.first(coded.filtered_size);
    }
    if (Status status = decode_payload(stream, coding, payload, filtered); !status.ok()) {
      return status;
    }
    return cm::undo_filter(stream.filter, filtered, content);
  }

  Status decode_payload(const Stream& stream, const Coding& coding, ByteSpan payload,
                        MutableByteSpan out) {
    switch (stream.method) {
      case Method::kStored:
        std::ranges::copy(payload, out.begin());
        return {};
      case Method::kMixed:
        return mixer_.decode(stream.settings, known_to(stream, coding.primed), payload, out,
                             coding.stretches);
      case Method::kSorted:
        break;
    }
    mixer_ = MixCoder();  // its memory is for the inverse transform now
    auto sorter = bwt_codec().make_decoder({}, limits_);
    if (!sorter.ok()) {
      return sorter.status();
    }
    const auto size = (*sorter)->decode(payload, out);
    if (size.ok() && *size != out.size()) {
      return {Code::kCorrupt, "cm: a sorted stream has another size than its header says"};
    }
    return size.status();
  }

  // The regions of stream `index` go to their places in the block.
  void scatter(const BlockHeader& header, std::size_t index, MutableByteSpan out) {
    ByteSpan content = content_.first(header.streams[index].stream.size);
    for_regions(header.regions, index, [&](std::size_t at, std::size_t region) {
      std::ranges::copy(content.first(region), out.subspan(at).begin());
      content = content.subspan(region);
    });
  }

  Limits limits_;
  MixCoder mixer_;
  Buffer filtered_;
  Buffer content_;
};

class CmDecoder final : public Decoder {
 public:
  explicit CmDecoder(const Limits& limits) : limits_(limits) {}

  Result<std::size_t> decode(ByteSpan in, MutableByteSpan out) override {
    auto header = cm::load_header(in);
    if (!header.ok()) {
      return header.status();
    }
    if (header->size > limits_.max_output) {
      return Status(Code::kLimitExceeded, "cm: output limit reached");
    }
    if (header->size > out.size()) {
      return Status(Code::kCorrupt, "cm: block decodes to more than its declared size");
    }
    std::vector<ByteSpan> payloads;
    std::vector<std::size_t> sizes;
    for (const CodedStream& coded : header->streams) {
      if (coded.payload_size > in.size()) {
        return Status(Code::kTruncated, "cm: the block ends too early");
      }
      payloads.push_back(in.first(coded.payload_size));
      sizes.push_back(coded.stream.size);
      in = in.subspan(coded.payload_size);
    }
    if (!in.empty()) {
      return Status(Code::kCorrupt, "cm: bytes behind the last stream");
    }
    Status status = lanes_.run(
        sizes, [this] { return std::make_unique<StreamDecoder>(limits_); },
        [&](std::size_t i, StreamDecoder& decoder) {
          return decoder.decode(*header, i, payloads[i], out);
        });
    if (!status.ok()) {
      return status;
    }
    return header->size;
  }

 private:
  Limits limits_;
  Lanes<StreamDecoder> lanes_;
};

class CmCodec final : public Codec {
 public:
  const CodecInfo& info() const noexcept override { return kInfo; }

  std::size_t max_encoded_size(std::size_t n) const override {
    // A region takes at most 9 bytes of header, and there is at most one for each 64 KiB or so.
    return n + n / 4096 + kHeaderRoom + 16 * cm::kMaxStreams;
  }

  CodecMemory memory(const CodecOptions& options, std::size_t block_size) const override {
    const Effort effort = effort_of(options);
    const Depth depth = effort.depth;
    const bool primed = is_primed(depth, block_size);
    std::uint64_t most = 0;
    for (unsigned model = 0; model < kMixModels && depth != Depth::kSorted; ++model) {
      Stream stream;
      stream.filter = Filter::kWords;
      stream.settings = cm::mix_settings(effort);
      stream.settings.model = static_cast<MixModel>(model);
      most = std::max(most, stream_memory(stream, block_size, primed));
    }
    if (depth <= Depth::kFast) {
      Stream sorted;
      sorted.method = Method::kSorted;
      sorted.filter = Filter::kWords;
      most = std::max(most, stream_memory(sorted, block_size, false));
    }
    // Payloads and one stream at a time, twice while a filter runs.
    std::uint64_t encode = most + block_size;
    if (depth <= Depth::kFast) {
      encode = std::max(encode, bwt_codec().memory(sorting_options(effort), block_size).encode +
                                    2 * std::uint64_t{block_size} + kWordsMemory);
    }
    return {.encode = encode, .decode = most};
  }

  Result<std::unique_ptr<Encoder>> make_encoder(const CodecOptions& options) const override {
    return std::unique_ptr<Encoder>(std::make_unique<CmEncoder>(effort_of(options)));
  }

  Result<std::unique_ptr<Decoder>> make_decoder(ByteSpan parameters,
                                                const Limits& limits) const override {
    if (Status none = expect_no_parameters(*this, parameters); !none.ok()) {
      return none;
    }
    return std::unique_ptr<Decoder>(std::make_unique<CmDecoder>(limits));
  }
};

}  // namespace

const Codec& cm_codec() {
  static const CmCodec kCodec;
  return kCodec;
}

}  // namespace kompakt
