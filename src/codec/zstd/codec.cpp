// For ZSTD_estimateCCtxSize() and ZSTD_decompressContinue(), which have no stable counterparts.
#define ZSTD_STATIC_LINKING_ONLY
#include <zstd.h>
#include <zstd_errors.h>

#include <array>

#include "codec/registry.hpp"
#include "codec/stepwise_decoder.hpp"
#include "codec/zstd/contexts.hpp"
#include "codec/zstd/encode_step.hpp"

namespace kompakt {
namespace {

constexpr std::array kOptions = {
    OptionSpec{
        .key = "level", .min = -50, .max = 22, .fallback = 3, .help = "zstd compression level"},
    OptionSpec{.key = "long",
               .min = 0,
               .max = 31,
               .fallback = 0,
               .help = "log2 of the window with long-distance matching; 0: the level's own window"},
    OptionSpec{.key = "hashlog",
               .min = 0,
               .max = 30,
               .fallback = 0,
               .help = "log2 of the hash table; 0: the level's"},
    OptionSpec{.key = "chainlog",
               .min = 0,
               .max = 30,
               .fallback = 0,
               .help = "log2 of the chain table (long hash for the fast levels); 0: the level's"},
    OptionSpec{.key = "windowlog",
               .min = 0,
               .max = 31,
               .fallback = 0,
               .help = "log2 of the window; 0: the level's"},
};

constexpr CodecInfo kInfo = {
    .id = CodecId::kZstd,
    .name = "zstd",
    .description = "Zstandard frames (RFC 8878)",
    .options = kOptions,
    .streams = true,
    .concatenates = true,
};

using zstd::CompressContext;
using zstd::DecompressContext;

Status decode_failure(std::size_t code) {
  const std::string text = std::string("zstd: ") + ZSTD_getErrorName(code);
  switch (ZSTD_getErrorCode(code)) {
    case ZSTD_error_memory_allocation:
    case ZSTD_error_frameParameter_windowTooLarge:
      return {Code::kLimitExceeded, text};
    case ZSTD_error_dictionary_wrong:
      return {Code::kMissingResource, "zstd: the frame needs a dictionary"};
    default:
      return {Code::kCorrupt, text};
  }
}

Result<CompressContext> make_context(const CodecOptions& options) {
  CompressContext context = zstd::make_compress_context();
  if (!context) {
    return Status(Code::kLimitExceeded, "zstd: no memory for a compression context");
  }
  // Our containers carry their own checksums, so the frame's is left out.
  const std::int64_t window = options.get("long");
  struct Setting {
    ZSTD_cParameter parameter;
    std::int64_t value;
    bool wanted;
  };
  const std::array settings = {
      Setting{ZSTD_c_compressionLevel, options.get("level"), true},
      Setting{ZSTD_c_checksumFlag, 0, true},
      Setting{ZSTD_c_enableLongDistanceMatching, 1, window != 0},
      Setting{ZSTD_c_windowLog, window, window != 0},
      Setting{ZSTD_c_windowLog, options.get("windowlog"), options.get("windowlog") != 0},
      Setting{ZSTD_c_hashLog, options.get("hashlog"), options.get("hashlog") != 0},
      Setting{ZSTD_c_chainLog, options.get("chainlog"), options.get("chainlog") != 0},
  };
  for (const auto& setting : settings) {
    if (!setting.wanted) {
      continue;
    }
    const std::size_t code =
        ZSTD_CCtx_setParameter(context.get(), setting.parameter, static_cast<int>(setting.value));
    if (ZSTD_isError(code) != 0U) {
      return Status(Code::kInvalidArgument, std::string("zstd: ") + ZSTD_getErrorName(code));
    }
  }
  return context;
}

class ZstdEncoder final : public Encoder {
 public:
  explicit ZstdEncoder(CompressContext context) : context_(std::move(context)) {}

  Result<std::optional<std::size_t>> encode(ByteSpan in, MutableByteSpan out) override {
    const std::size_t size =
        ZSTD_compress2(context_.get(), out.data(), out.size(), in.data(), in.size());
    if (ZSTD_isError(size) == 0U) {
      return std::optional<std::size_t>(size);
    }
    if (ZSTD_getErrorCode(size) == ZSTD_error_dstSize_tooSmall) {
      return std::optional<std::size_t>();
    }
    return Status(ZSTD_getErrorCode(size) == ZSTD_error_memory_allocation ? Code::kLimitExceeded
                                                                          : Code::kInternal,
                  std::string("zstd: ") + ZSTD_getErrorName(size));
  }

 private:
  CompressContext context_;
};

class ZstdDecoder final : public StepwiseDecoder {
 public:
  ZstdDecoder(DecompressContext context, const Limits& limits)
      : context_(std::move(context)), limits_(limits) {}

  Result<std::size_t> decode(ByteSpan in, MutableByteSpan out) override {
    if (out.size() > limits_.max_output) {
      return Status(Code::kLimitExceeded, "zstd: output limit reached");
    }
    const std::size_t size =
        ZSTD_decompressDCtx(context_.get(), out.data(), out.size(), in.data(), in.size());
    if (ZSTD_isError(size) == 0U) {
      return size;
    }
    if (ZSTD_getErrorCode(size) == ZSTD_error_dstSize_tooSmall) {
      return Status(Code::kCorrupt, "zstd: frame decodes to more than its declared size");
    }
    return decode_failure(size);
  }

  Result<std::size_t> decode_stepwise(ByteSpan in, MutableByteSpan out, const Step& step) override {
    if (out.size() > limits_.max_output ||
        ZSTD_isError(ZSTD_decompressBegin(context_.get())) != 0U) {
      return decode(in, out);
    }
    ByteSpan left = in;
    std::size_t produced = 0;
    std::size_t wanted = ZSTD_nextSrcSizeToDecompress(context_.get());
    while (wanted != 0 && wanted <= left.size()) {
      const MutableByteSpan room = out.subspan(produced);
      const std::size_t size =
          ZSTD_decompressContinue(context_.get(), room.data(), room.size(), left.data(), wanted);
      if (ZSTD_isError(size) != 0U) {
        break;
      }
      left = left.subspan(wanted);
      wanted = ZSTD_nextSrcSizeToDecompress(context_.get());
      produced += size;
      if (size != 0 && wanted != 0) {
        if (Status stepped = step(produced); !stepped.ok()) {
          return stepped;
        }
      }
    }
    // Anything but a single whole frame (damage, or several frames) is for the library's own loop
    // over the input to judge.
    return wanted == 0 && left.empty() ? Result<std::size_t>(produced) : decode(in, out);
  }

 private:
  DecompressContext context_;
  Limits limits_;
};

class ZstdStreamEncoder final : public StreamCoder {
 public:
  explicit ZstdStreamEncoder(CompressContext context) : context_(std::move(context)) {}

  Result<StreamProgress> step(ByteSpan in, MutableByteSpan out, StreamMode mode) override {
    const zstd::EncodeStep done = zstd::encode_step(context_.get(), in, out, mode);
    if (ZSTD_isError(done.code) != 0U) {
      return Status(Code::kInternal, std::string("zstd: ") + ZSTD_getErrorName(done.code));
    }
    return done.progress;
  }

  Status reset() override {
    ZSTD_CCtx_reset(context_.get(), ZSTD_reset_session_only);
    return {};
  }

 private:
  CompressContext context_;
};

class ZstdStreamDecoder final : public StreamCoder {
 public:
  explicit ZstdStreamDecoder(DecompressContext context) : context_(std::move(context)) {}

  Result<StreamProgress> step(ByteSpan in, MutableByteSpan out, StreamMode mode) override {
    if (finished_) {
      return StreamProgress{0, 0, StreamState::kFinished};
    }
    ZSTD_inBuffer input{in.data(), in.size(), 0};
    ZSTD_outBuffer output{out.data(), out.size(), 0};
    const std::size_t hint = ZSTD_decompressStream(context_.get(), &output, &input);
    if (ZSTD_isError(hint) != 0U) {
      return decode_failure(hint);
    }
    StreamProgress progress{input.pos, output.pos, StreamState::kNeedsInput};
    if (hint == 0) {
      finished_ = true;
      progress.state = StreamState::kFinished;
    } else if (output.pos == output.size) {
      progress.state = StreamState::kNeedsOutput;
    } else if (mode == StreamMode::kFinish && input.pos == input.size) {
      return Status(Code::kTruncated, "zstd: the frame ends too early");
    }
    return progress;
  }

  Status reset() override {
    ZSTD_DCtx_reset(context_.get(), ZSTD_reset_session_only);
    finished_ = false;
    return {};
  }

 private:
  DecompressContext context_;
  bool finished_ = false;
};

class ZstdCodec final : public Codec {
 public:
  const CodecInfo& info() const noexcept override { return kInfo; }
  std::size_t max_encoded_size(std::size_t n) const override { return ZSTD_compressBound(n); }

  CodecMemory memory(const CodecOptions& options, std::size_t block_size) const override {
    const int level = static_cast<int>(options.get("level"));
    std::uint64_t encode = ZSTD_estimateCCtxSize(level);
    for (const auto* key : {"hashlog", "chainlog"}) {
      const auto log = static_cast<unsigned>(options.get(key));
      encode += log != 0 ? std::uint64_t{4} << log : 0;
    }
    if (options.get("long") != 0) {
      // Long-distance matching keeps a hash table of an eighth of the window besides it.
      encode += std::uint64_t{1} << static_cast<unsigned>(options.get("long"));
    }
    // One-shot decoding writes straight into the destination, so no window is held.
    return {.encode = encode + block_size / 4, .decode = 256 * kKiB};
  }

  Result<std::unique_ptr<Encoder>> make_encoder(const CodecOptions& options) const override {
    auto context = make_context(options);
    if (!context.ok()) {
      return context.status();
    }
    return std::unique_ptr<Encoder>(std::make_unique<ZstdEncoder>(std::move(*context)));
  }

  Result<std::unique_ptr<Decoder>> make_decoder(ByteSpan parameters,
                                                const Limits& limits) const override {
    if (Status none = expect_no_parameters(*this, parameters); !none.ok()) {
      return none;
    }
    DecompressContext context = zstd::make_decompress_context();
    if (!context) {
      return Status(Code::kLimitExceeded, "zstd: no memory for a decompression context");
    }
    return std::unique_ptr<Decoder>(std::make_unique<ZstdDecoder>(std::move(context), limits));
  }

  Result<std::unique_ptr<StreamCoder>> make_stream_encoder(
      const CodecOptions& options) const override {
    auto context = make_context(options);
    if (!context.ok()) {
      return context.status();
    }
    return std::unique_ptr<StreamCoder>(std::make_unique<ZstdStreamEncoder>(std::move(*context)));
  }

  Result<std::unique_ptr<StreamCoder>> make_stream_decoder(ByteSpan parameters,
                                                           const Limits& limits) const override {
    if (Status none = expect_no_parameters(*this, parameters); !none.ok()) {
      return none;
    }
    DecompressContext context = zstd::make_decompress_context();
    if (!context) {
      return Status(Code::kLimitExceeded, "zstd: no memory for a decompression context");
    }
    // A frame may ask for a window up to 2 GiB; the largest power of two within the limit is
    // allowed.
    unsigned window_log = 10;
    while (window_log < 31 && (std::uint64_t{2} << window_log) <= limits.max_memory) {
      ++window_log;
    }
    ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, static_cast<int>(window_log));
    return std::unique_ptr<StreamCoder>(std::make_unique<ZstdStreamDecoder>(std::move(context)));
  }
};

}  // namespace

const Codec& zstd_codec() {
  static const ZstdCodec kCodec;
  return kCodec;
}

}  // namespace kompakt
