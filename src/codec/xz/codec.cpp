#include <lzma.h>

#include <algorithm>
#include <bit>
#include <limits>

#include "codec/registry.hpp"

namespace kompakt {
namespace {

constexpr std::array kOptions = {
    OptionSpec{.key = "level", .min = 0, .max = 9, .fallback = 6, .help = "xz preset"},
    OptionSpec{.key = "extreme",
               .min = 0,
               .max = 1,
               .fallback = 0,
               .help = "1: the preset's slower, slightly smaller variant"},
    OptionSpec{.key = "dictlog",
               .min = 0,
               .max = 30,
               .fallback = 0,
               .help = "log2 of the dictionary, 12 or more; 0: the level's"},
    OptionSpec{.key = "lc", .min = 0, .max = 4, .fallback = 3, .help = "literal context bits"},
    OptionSpec{.key = "lp", .min = 0, .max = 4, .fallback = 0, .help = "literal position bits"},
    OptionSpec{.key = "pb", .min = 0, .max = 4, .fallback = 2, .help = "position bits"},
};

constexpr CodecInfo kInfo = {
    .id = CodecId::kXz,
    .name = "xz",
    .description = "LZMA2, the coder of xz and 7z, without a container",
    .options = kOptions,
    .streams = true,
};

constexpr std::int64_t kMinDictionaryLog = 12;
constexpr std::uint32_t kMinDictionary = std::uint32_t{1} << kMinDictionaryLog;
constexpr std::uint8_t kMaxDictionaryProperty = 40;

Status no_memory() { return {Code::kLimitExceeded, "xz: memory limit reached"}; }

// The dictionary size that an LZMA2 property byte in 0..40 stands for: 2^n and 3 * 2^n by turns.
std::uint32_t dictionary_of_property(std::uint8_t property) {
  return property == kMaxDictionaryProperty ? std::numeric_limits<std::uint32_t>::max()
                                            : (2U | (property & 1U)) << (property / 2U + 11U);
}

// No match reaches back further than the block's start, so a larger dictionary would be allocated
// and cleared for nothing, on both sides.
std::uint32_t dictionary_for_block(std::uint32_t dictionary, std::size_t block_size) {
  const std::uint64_t wanted =
      std::bit_ceil(std::clamp<std::uint64_t>(block_size, kMinDictionary, std::uint64_t{1} << 31U));
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(dictionary, wanted));
}

Result<lzma_options_lzma> lzma_options(const CodecOptions& options) {
  lzma_options_lzma lzma{};
  const auto preset = static_cast<std::uint32_t>(options.get("level")) |
                      (options.get("extreme") != 0 ? LZMA_PRESET_EXTREME : 0U);
  const std::int64_t dictionary_log = options.get("dictlog");
  if (lzma_lzma_preset(&lzma, preset) != 0) {
    return Status(Code::kInternal, "xz: the library lacks this preset");
  }
  if (dictionary_log != 0) {
    if (dictionary_log < kMinDictionaryLog) {
      return Status(Code::kInvalidArgument, "xz: option 'dictlog' must be 0 or 12..30");
    }
    lzma.dict_size = std::uint32_t{1} << static_cast<unsigned>(dictionary_log);
  }
  lzma.lc = static_cast<std::uint32_t>(options.get("lc"));
  lzma.lp = static_cast<std::uint32_t>(options.get("lp"));
  lzma.pb = static_cast<std::uint32_t>(options.get("pb"));
  if (lzma.lc + lzma.lp > 4) {
    return Status(Code::kInvalidArgument, "xz: options 'lc' and 'lp' must not exceed 4 together");
  }
  return lzma;
}

// A filter chain of just LZMA2. Points into `lzma`.
std::array<lzma_filter, 2> chain(lzma_options_lzma& lzma) {
  return {lzma_filter{LZMA_FILTER_LZMA2, &lzma}, lzma_filter{LZMA_VLI_UNKNOWN, nullptr}};
}

// An lzma_stream; starting it again keeps its memory where sizes agree.
class Stream {
 public:
  Stream() = default;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  Stream(Stream&&) = delete;
  Stream& operator=(Stream&&) = delete;
  ~Stream() { lzma_end(&stream_); }

  Status start(lzma_ret (*init)(lzma_stream*, const lzma_filter*), lzma_options_lzma& lzma) {
    switch (init(&stream_, chain(lzma).data())) {
      case LZMA_OK:
        return {};
      case LZMA_MEM_ERROR:
        return no_memory();
      default:
        return {Code::kInvalidArgument, "xz: the library rejects these options"};
    }
  }

  lzma_ret step(ByteSpan in, MutableByteSpan out, lzma_action action) {
    stream_.next_in = reinterpret_cast<const std::uint8_t*>(in.data());
    stream_.avail_in = in.size();
    stream_.next_out = reinterpret_cast<std::uint8_t*>(out.data());
    stream_.avail_out = out.size();
    const lzma_ret code = lzma_code(&stream_, action);
    progress_ = {in.size() - stream_.avail_in, out.size() - stream_.avail_out,
                 StreamState::kNeedsInput};
    return code;
  }

  [[nodiscard]] const StreamProgress& progress() const { return progress_; }

 private:
  lzma_stream stream_ = LZMA_STREAM_INIT;
  StreamProgress progress_;
};

class XzEncoder final : public Encoder {
 public:
  explicit XzEncoder(const lzma_options_lzma& lzma) : lzma_(lzma) {}

  Result<std::optional<std::size_t>> encode(ByteSpan in, MutableByteSpan out) override {
    lzma_options_lzma lzma = lzma_;
    lzma.dict_size = dictionary_for_block(lzma.dict_size, in.size());
    if (Status started = stream_.start(lzma_raw_encoder, lzma); !started.ok()) {
      return started;
    }
    std::size_t produced = 0;
    while (true) {
      const lzma_ret code = stream_.step(in, out.subspan(produced), LZMA_FINISH);
      in = in.subspan(stream_.progress().consumed);
      produced += stream_.progress().produced;
      if (code == LZMA_STREAM_END) {
        return std::optional<std::size_t>(produced);
      }
      if (code == LZMA_BUF_ERROR || (code == LZMA_OK && produced == out.size())) {
        return std::optional<std::size_t>();
      }
      if (code != LZMA_OK) {
        return code == LZMA_MEM_ERROR ? no_memory() : Status(Code::kInternal, "xz: encoder failed");
      }
    }
  }

 private:
  lzma_options_lzma lzma_;
  Stream stream_;
};

class XzStreamEncoder final : public StreamCoder {
 public:
  explicit XzStreamEncoder(const lzma_options_lzma& lzma) : lzma_(lzma) {}

  Result<StreamProgress> step(ByteSpan in, MutableByteSpan out, StreamMode mode) override {
    if (finished_) {
      return StreamProgress{0, 0, StreamState::kFinished};
    }
    const lzma_action action = mode == StreamMode::kRun     ? LZMA_RUN
                               : mode == StreamMode::kFlush ? LZMA_SYNC_FLUSH
                                                            : LZMA_FINISH;
    const lzma_ret code = stream_.step(in, out, action);
    StreamProgress progress = stream_.progress();
    if (code != LZMA_OK && code != LZMA_STREAM_END && code != LZMA_BUF_ERROR) {
      return code == LZMA_MEM_ERROR
                 ? no_memory()
                 : Status(Code::kInternal, "xz: the streaming encoder was misused");
    }
    finished_ = mode == StreamMode::kFinish && code == LZMA_STREAM_END;
    if (finished_) {
      progress.state = StreamState::kFinished;
    } else if (progress.consumed < in.size() ||
               (mode != StreamMode::kRun && code != LZMA_STREAM_END)) {
      progress.state = StreamState::kNeedsOutput;
    }
    return progress;
  }

  Status reset() override {
    finished_ = false;
    return stream_.start(lzma_raw_encoder, lzma_);
  }

 private:
  lzma_options_lzma lzma_;
  Stream stream_;
  bool finished_ = false;
};

// The wire decides on the dictionary, so this comes before anything is allocated for it.
Status check_dictionary(std::uint32_t dictionary, const Limits& limits) {
  lzma_options_lzma lzma{};
  lzma.dict_size = dictionary;
  if (lzma_raw_decoder_memusage(chain(lzma).data()) > limits.max_memory) {
    return {Code::kLimitExceeded, "xz: the dictionary of " + std::to_string(dictionary) +
                                      " bytes exceeds the memory limit"};
  }
  return {};
}

Status decode_failure(lzma_ret code) {
  return code == LZMA_MEM_ERROR ? no_memory() : Status(Code::kCorrupt, "xz: malformed LZMA2 data");
}

class XzDecoder final : public Decoder {
 public:
  XzDecoder(std::uint32_t dictionary, const Limits& limits)
      : dictionary_(dictionary), limits_(limits) {}

  Result<std::size_t> decode(ByteSpan in, MutableByteSpan out) override {
    if (out.size() > limits_.max_output) {
      return Status(Code::kLimitExceeded, "xz: output limit reached");
    }
    lzma_options_lzma lzma{};
    lzma.dict_size = dictionary_for_block(dictionary_, out.size());
    if (Status allowed = check_dictionary(lzma.dict_size, limits_); !allowed.ok()) {
      return allowed;
    }
    if (Status started = stream_.start(lzma_raw_decoder, lzma); !started.ok()) {
      return started;
    }
    std::size_t produced = 0;
    while (true) {
      const lzma_ret code = stream_.step(in, out.subspan(produced), LZMA_FINISH);
      in = in.subspan(stream_.progress().consumed);
      produced += stream_.progress().produced;
      if (code == LZMA_STREAM_END) {
        break;
      }
      if (code == LZMA_BUF_ERROR) {
        return in.empty()
                   ? Status(Code::kTruncated, "xz: the data ends too early")
                   : Status(Code::kCorrupt, "xz: block decodes to more than its declared size");
      }
      if (code != LZMA_OK) {
        return decode_failure(code);
      }
    }
    if (!in.empty()) {
      return Status(Code::kCorrupt, "xz: bytes after the end marker");
    }
    return produced;
  }

 private:
  std::uint32_t dictionary_;
  Limits limits_;
  Stream stream_;
};

class XzStreamDecoder final : public StreamCoder {
 public:
  explicit XzStreamDecoder(std::uint32_t dictionary) : dictionary_(dictionary) {}

  Result<StreamProgress> step(ByteSpan in, MutableByteSpan out, StreamMode mode) override {
    if (finished_) {
      return StreamProgress{0, 0, StreamState::kFinished};
    }
    if (!failure_.ok()) {
      return failure_;
    }
    const lzma_ret code = stream_.step(in, out, LZMA_RUN);
    StreamProgress progress = stream_.progress();
    if (code == LZMA_STREAM_END) {
      finished_ = true;
      progress.state = StreamState::kFinished;
    } else if (code != LZMA_OK && code != LZMA_BUF_ERROR) {
      return failure_ = decode_failure(code);
    } else if (progress.consumed < in.size() || progress.produced == out.size()) {
      progress.state = StreamState::kNeedsOutput;
    } else if (mode == StreamMode::kFinish) {
      return failure_ = Status(Code::kTruncated, "xz: the data ends too early");
    }
    return progress;
  }

  Status reset() override {
    finished_ = false;
    lzma_options_lzma lzma{};
    lzma.dict_size = dictionary_;
    failure_ = stream_.start(lzma_raw_decoder, lzma);
    return failure_;
  }

 private:
  std::uint32_t dictionary_;
  Stream stream_;
  Status failure_;
  bool finished_ = false;
};

Result<std::uint32_t> parse_parameters(ByteSpan parameters) {
  if (parameters.size() != 1) {
    return Status(Code::kCorrupt, "xz: the dictionary size parameter must be one byte");
  }
  const auto property = std::to_integer<std::uint8_t>(parameters.front());
  if (property > kMaxDictionaryProperty) {
    return Status(Code::kCorrupt, "xz: bad dictionary size parameter");
  }
  return dictionary_of_property(property);
}

class XzCodec final : public Codec {
 public:
  const CodecInfo& info() const noexcept override { return kInfo; }

  std::size_t max_encoded_size(std::size_t n) const override {
    // A stored LZMA2 chunk has up to 64 KiB behind three bytes; chunks may come out a little
    // shorter than that. One byte ends the data.
    return n + n / 4096 + 64;
  }

  CodecMemory memory(const CodecOptions& options, std::size_t block_size) const override {
    auto lzma = lzma_options(options);
    if (!lzma.ok()) {
      return {};
    }
    lzma->dict_size = dictionary_for_block(lzma->dict_size, block_size);
    const auto filters = chain(*lzma);
    return {.encode = lzma_raw_encoder_memusage(filters.data()),
            .decode = lzma_raw_decoder_memusage(filters.data())};
  }

  Result<std::unique_ptr<Encoder>> make_encoder(const CodecOptions& options) const override {
    const auto lzma = lzma_options(options);
    if (!lzma.ok()) {
      return lzma.status();
    }
    return std::unique_ptr<Encoder>(std::make_unique<XzEncoder>(*lzma));
  }

  std::vector<std::byte> wire_parameters(const CodecOptions& options) const override {
    const auto lzma = lzma_options(options);
    if (!lzma.ok()) {
      return {};
    }
    // Every dictionary that the options can ask for is a power of two, which even values stand for.
    const int log = std::countr_zero(lzma->dict_size);
    return {static_cast<std::byte>(2 * (log - kMinDictionaryLog))};
  }

  Result<std::unique_ptr<Decoder>> make_decoder(ByteSpan parameters,
                                                const Limits& limits) const override {
    const auto dictionary = parse_parameters(parameters);
    if (!dictionary.ok()) {
      return dictionary.status();
    }
    return std::unique_ptr<Decoder>(std::make_unique<XzDecoder>(*dictionary, limits));
  }

  Result<std::unique_ptr<StreamCoder>> make_stream_encoder(
      const CodecOptions& options) const override {
    const auto lzma = lzma_options(options);
    if (!lzma.ok()) {
      return lzma.status();
    }
    return started(std::make_unique<XzStreamEncoder>(*lzma));
  }

  Result<std::unique_ptr<StreamCoder>> make_stream_decoder(ByteSpan parameters,
                                                           const Limits& limits) const override {
    const auto dictionary = parse_parameters(parameters);
    if (!dictionary.ok()) {
      return dictionary.status();
    }
    if (Status allowed = check_dictionary(*dictionary, limits); !allowed.ok()) {
      return allowed;
    }
    return started(std::make_unique<XzStreamDecoder>(*dictionary));
  }

 private:
  static Result<std::unique_ptr<StreamCoder>> started(std::unique_ptr<StreamCoder> coder) {
    if (Status reset = coder->reset(); !reset.ok()) {
      return reset;
    }
    return coder;
  }
};

}  // namespace

const Codec& xz_codec() {
  static const XzCodec kCodec;
  return kCodec;
}

}  // namespace kompakt
