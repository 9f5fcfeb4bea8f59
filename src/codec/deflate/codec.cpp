#include <isa-l/igzip_lib.h>
#include <libdeflate.h>

#include <algorithm>
#include <limits>

#include "codec/deflate/framing.hpp"
#include "codec/registry.hpp"

namespace kompakt {
namespace {

using deflate::Framing;

constexpr int kMinLevel = 1;
constexpr int kMaxLevel = 12;
constexpr int kIsalLevel = 1;

constexpr std::array kOptions = {
    OptionSpec{.key = "level",
               .min = kMinLevel,
               .max = kMaxLevel,
               .fallback = 6,
               .help = "1 ISA-L's fast compressor, 2-12 libdeflate; streams use at most 9"},
    OptionSpec{.key = "framing",
               .min = 0,
               .max = 2,
               .fallback = 0,
               .help = "wrapper around the DEFLATE stream",
               .names = deflate::kFramingNames},
};

constexpr CodecInfo kInfo = {
    .id = CodecId::kDeflate,
    .name = "deflate",
    .description = "DEFLATE (RFC 1951), bare or in a zlib or gzip wrapper",
    .options = kOptions,
    .streams = true,
    // ISA-L hashes differently on processors without SSE 4.2, so level 1 may differ there.
    .deterministic = false,
};

Framing framing_of(const CodecOptions& options) {
  return static_cast<Framing>(options.get("framing"));
}

struct LibdeflateDeleter {
  void operator()(libdeflate_compressor* c) const noexcept { libdeflate_free_compressor(c); }
  void operator()(libdeflate_decompressor* d) const noexcept { libdeflate_free_decompressor(d); }
};
using Compressor = std::unique_ptr<libdeflate_compressor, LibdeflateDeleter>;
using Decompressor = std::unique_ptr<libdeflate_decompressor, LibdeflateDeleter>;

// libdeflate's three wrappers have the same shape, so the framing picks a row.
struct FramingCalls {
  decltype(&libdeflate_deflate_compress) compress;
  decltype(&libdeflate_deflate_compress_bound) bound;
  decltype(&libdeflate_deflate_decompress_ex) decompress;
  std::uint16_t isal_flag;
};
constexpr std::array kCalls = {
    FramingCalls{libdeflate_deflate_compress, libdeflate_deflate_compress_bound,
                 libdeflate_deflate_decompress_ex, IGZIP_DEFLATE},
    FramingCalls{libdeflate_zlib_compress, libdeflate_zlib_compress_bound,
                 libdeflate_zlib_decompress_ex, IGZIP_ZLIB},
    FramingCalls{libdeflate_gzip_compress, libdeflate_gzip_compress_bound,
                 libdeflate_gzip_decompress_ex, IGZIP_GZIP},
};
const FramingCalls& calls(Framing framing) { return kCalls[static_cast<std::size_t>(framing)]; }

// libdeflate's level 2 is close to its 1 and 3; leaving it out makes room for ISA-L at level 1.
int libdeflate_level(int level) { return level <= 2 ? 1 : level; }

class LibdeflateEncoder final : public Encoder {
 public:
  LibdeflateEncoder(Compressor compressor, Framing framing)
      : compressor_(std::move(compressor)), calls_(calls(framing)) {}

  Result<std::optional<std::size_t>> encode(ByteSpan in, MutableByteSpan out) override {
    const std::size_t size =
        calls_.compress(compressor_.get(), in.data(), in.size(), out.data(), out.size());
    return size != 0 ? std::optional<std::size_t>(size) : std::nullopt;
  }

 private:
  Compressor compressor_;
  const FramingCalls& calls_;
};

class IsalEncoder final : public Encoder {
 public:
  IsalEncoder(Compressor fallback, Framing framing)
      : fallback_(std::move(fallback), framing), calls_(calls(framing)) {}

  Result<std::optional<std::size_t>> encode(ByteSpan in, MutableByteSpan out) override {
    if (const auto size = try_encode(in, out)) {
      return size;
    }
    // ISA-L states no bound on expansion; libdeflate does, and keeps to it.
    if (out.size() >= calls_.bound(nullptr, in.size())) {
      return fallback_.encode(in, out);
    }
    return std::optional<std::size_t>();
  }

 private:
  static constexpr std::size_t kMaxPiece = std::numeric_limits<std::uint32_t>::max() / 2;

  std::optional<std::size_t> try_encode(ByteSpan in, MutableByteSpan out) {
    isal_deflate_init(&stream_);
    stream_.level = 2;
    stream_.level_buf = level_buffer_.data();
    stream_.level_buf_size = static_cast<std::uint32_t>(level_buffer_.size());
    stream_.gzip_flag = calls_.isal_flag;
    stream_.flush = NO_FLUSH;
    std::size_t consumed = 0;
    std::size_t produced = 0;
    while (produced < out.size()) {
      const std::size_t give = std::min(in.size() - consumed, kMaxPiece);
      const std::size_t room = std::min(out.size() - produced, kMaxPiece);
      // ISA-L does not write through next_in.
      stream_.next_in =
          const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(in.data()) + consumed);
      stream_.avail_in = static_cast<std::uint32_t>(give);
      stream_.next_out = reinterpret_cast<std::uint8_t*>(out.data()) + produced;
      stream_.avail_out = static_cast<std::uint32_t>(room);
      stream_.end_of_stream = consumed + give == in.size() ? 1 : 0;
      if (isal_deflate(&stream_) != COMP_OK) {
        return std::nullopt;
      }
      consumed += give - stream_.avail_in;
      produced += room - stream_.avail_out;
      if (stream_.internal_state.state == ZSTATE_END) {
        return produced;
      }
    }
    return std::nullopt;
  }

  LibdeflateEncoder fallback_;
  const FramingCalls& calls_;
  std::array<std::uint8_t, ISAL_DEF_LVL2_EXTRA_LARGE> level_buffer_{};
  isal_zstream stream_{};
};

class DeflateDecoder final : public Decoder {
 public:
  DeflateDecoder(Decompressor decompressor, Framing framing, const Limits& limits)
      : decompressor_(std::move(decompressor)), framing_(framing), limits_(limits) {}

  Result<std::size_t> decode(ByteSpan in, MutableByteSpan out) override {
    if (out.size() > limits_.max_output) {
      return Status(Code::kLimitExceeded, "deflate: output limit reached");
    }
    // libdeflate does arithmetic on the pointers of empty spans, which may be null.
    std::byte nothing{};
    std::size_t used = 0;
    std::size_t size = 0;
    const auto code = calls(framing_).decompress(
        decompressor_.get(), in.empty() ? &nothing : in.data(), in.size(),
        out.empty() ? &nothing : out.data(), out.size(), &used, &size);
    if (code == LIBDEFLATE_INSUFFICIENT_SPACE) {
      return Status(Code::kCorrupt, "deflate: stream decodes to more than its declared size");
    }
    if (code != LIBDEFLATE_SUCCESS) {
      return explain(in, out.size());
    }
    if (used != in.size()) {
      return Status(Code::kCorrupt, "deflate: bytes after the end of the stream");
    }
    return size;
  }

 private:
  // libdeflate does not say what is wrong. The streaming decoder does, and failure is rare enough
  // for a second look at the input; it stops where the output would have ended.
  Status explain(ByteSpan in, std::size_t max_output) const {
    const auto decoder = deflate::make_stream_decoder(framing_);
    if (!decoder.ok()) {
      return decoder.status();
    }
    std::array<std::byte, 4096> scratch{};
    std::size_t produced = 0;
    while (produced <= max_output) {
      const auto progress = (*decoder)->step(in, scratch, StreamMode::kFinish);
      if (!progress.ok()) {
        return progress.status();
      }
      if (progress->state == StreamState::kFinished) {
        break;
      }
      in = in.subspan(progress->consumed);
      produced += progress->produced;
    }
    return {Code::kCorrupt, "deflate: malformed stream"};
  }

  Decompressor decompressor_;
  Framing framing_;
  Limits limits_;
};

Result<Framing> parse_parameters(ByteSpan parameters) {
  if (parameters.empty()) {
    return Framing::kRaw;
  }
  const auto value = std::to_integer<std::uint8_t>(parameters.front());
  if (parameters.size() != 1 || value == 0 || value > static_cast<std::uint8_t>(Framing::kGzip)) {
    return Status(Code::kCorrupt, "deflate: bad framing parameter");
  }
  return static_cast<Framing>(value);
}

class DeflateCodec final : public Codec {
 public:
  const CodecInfo& info() const noexcept override { return kInfo; }

  std::size_t max_encoded_size(std::size_t n) const override {
    return libdeflate_gzip_compress_bound(nullptr, n);
  }

  CodecMemory memory(const CodecOptions& options, std::size_t /*block_size*/) const override {
    // libdeflate's match finders, by how its levels group: hash table, hash chains, binary trees.
    const auto level = options.get("level");
    std::uint64_t encode = 9 * kMiB;
    if (level == kIsalLevel) {
      encode = kKiB * 1024;
    } else if (level < 10) {
      encode = kKiB * 768;
    }
    return {.encode = std::max(encode, deflate::kStreamEncoderMemory),
            .decode = std::max(deflate::kStreamDecoderMemory, 16 * kKiB)};
  }

  Result<std::unique_ptr<Encoder>> make_encoder(const CodecOptions& options) const override {
    const int level = static_cast<int>(options.get("level"));
    Compressor compressor(libdeflate_alloc_compressor(libdeflate_level(level)));
    if (!compressor) {
      return Status(Code::kLimitExceeded, "deflate: no memory for a compressor");
    }
    if (level == kIsalLevel) {
      return std::unique_ptr<Encoder>(
          std::make_unique<IsalEncoder>(std::move(compressor), framing_of(options)));
    }
    return std::unique_ptr<Encoder>(
        std::make_unique<LibdeflateEncoder>(std::move(compressor), framing_of(options)));
  }

  std::vector<std::byte> wire_parameters(const CodecOptions& options) const override {
    const Framing framing = framing_of(options);
    return framing == Framing::kRaw ? std::vector<std::byte>()
                                    : std::vector<std::byte>{static_cast<std::byte>(framing)};
  }

  Result<std::unique_ptr<Decoder>> make_decoder(ByteSpan parameters,
                                                const Limits& limits) const override {
    const auto framing = parse_parameters(parameters);
    if (!framing.ok()) {
      return framing.status();
    }
    Decompressor decompressor(libdeflate_alloc_decompressor());
    if (!decompressor) {
      return Status(Code::kLimitExceeded, "deflate: no memory for a decompressor");
    }
    return std::unique_ptr<Decoder>(
        std::make_unique<DeflateDecoder>(std::move(decompressor), *framing, limits));
  }

  Result<std::unique_ptr<StreamCoder>> make_stream_encoder(
      const CodecOptions& options) const override {
    return deflate::make_stream_encoder(framing_of(options),
                                        static_cast<int>(options.get("level")));
  }

  Result<std::unique_ptr<StreamCoder>> make_stream_decoder(ByteSpan parameters,
                                                           const Limits& limits) const override {
    const auto framing = parse_parameters(parameters);
    if (!framing.ok()) {
      return framing.status();
    }
    if (limits.max_memory < deflate::kStreamDecoderMemory) {
      return Status(Code::kLimitExceeded, "deflate: memory limit reached");
    }
    return deflate::make_stream_decoder(*framing);
  }
};

}  // namespace

const Codec& deflate_codec() {
  static const DeflateCodec kCodec;
  return kCodec;
}

}  // namespace kompakt
