#include <lz4.h>
#include <lz4hc.h>

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include "codec/lz4/frame.hpp"
#include "codec/registry.hpp"

namespace kompakt {
namespace {

constexpr std::array<std::string_view, 2> kFramingNames = {"block", "frame"};
constexpr std::int64_t kFrame = 1;

constexpr std::array kOptions = {
    OptionSpec{.key = "level",
               .min = 1,
               .max = 12,
               .fallback = 1,
               .help = "1-2 the fast compressor, 3-12 the high-compression (HC) one"},
    OptionSpec{.key = "accel",
               .min = 1,
               .max = 65537,
               .fallback = 1,
               .help = "at levels 1-2: larger is faster and weaker"},
    OptionSpec{.key = "framing",
               .min = 0,
               .max = 1,
               .fallback = 0,
               .help = "a bare block, or the standard frame around blocks of up to 4 MiB",
               .names = kFramingNames},
};

constexpr CodecInfo kInfo = {
    .id = CodecId::kLz4,
    .name = "lz4",
    .description = "LZ4 blocks and frames, fast and high-compression",
    .options = kOptions,
    .streams = true,
};

constexpr int kFirstHighLevel = LZ4HC_CLEVEL_MIN;

const char* chars(ByteSpan bytes) { return reinterpret_cast<const char*>(bytes.data()); }
char* chars(MutableByteSpan bytes) { return reinterpret_cast<char*>(bytes.data()); }

class Lz4Encoder final : public Encoder {
 public:
  Lz4Encoder(int level, int acceleration)
      : level_(level),
        acceleration_(acceleration),
        state_(static_cast<std::size_t>(level < kFirstHighLevel ? LZ4_sizeofState()
                                                                : LZ4_sizeofStateHC())) {}

  Result<std::optional<std::size_t>> encode(ByteSpan in, MutableByteSpan out) override {
    if (in.size() > LZ4_MAX_INPUT_SIZE) {
      return Status(Code::kInvalidArgument, "lz4: blocks are at most 2113929216 bytes");
    }
    const int in_size = static_cast<int>(in.size());
    const int out_size = static_cast<int>(std::min<std::size_t>(out.size(), LZ4_MAX_INPUT_SIZE));
    // The high compressors do arithmetic on the source, which is null for an empty span.
    const char nothing = 0;
    const char* from = in.empty() ? &nothing : chars(in);
    const int size =
        level_ < kFirstHighLevel
            ? LZ4_compress_fast_extState(state_.get(), from, chars(out), in_size, out_size,
                                         acceleration_)
            : LZ4_compress_HC_extStateHC(state_.get(), from, chars(out), in_size, out_size, level_);
    return size > 0 ? std::optional<std::size_t>(static_cast<std::size_t>(size)) : std::nullopt;
  }

 private:
  // LZ4 wants its state aligned for 64-bit words, which a vector of them gives.
  class State {
   public:
    explicit State(std::size_t bytes) : words_((bytes + 7) / 8) {}
    void* get() { return words_.data(); }

   private:
    std::vector<std::uint64_t> words_;
  };

  int level_;
  int acceleration_;
  State state_;
};

class Lz4Decoder final : public Decoder {
 public:
  explicit Lz4Decoder(const Limits& limits) : limits_(limits) {}

  Result<std::size_t> decode(ByteSpan in, MutableByteSpan out) override {
    if (out.size() > limits_.max_output) {
      return Status(Code::kLimitExceeded, "lz4: output limit reached");
    }
    if (in.size() > LZ4_MAX_INPUT_SIZE || out.size() > LZ4_MAX_INPUT_SIZE) {
      return Status(Code::kCorrupt, "lz4: block is larger than the format allows");
    }
    // LZ4 does not take a null destination, which an empty span may hold.
    char nothing = 0;
    const int size = LZ4_decompress_safe(chars(in), out.empty() ? &nothing : chars(out),
                                         static_cast<int>(in.size()), static_cast<int>(out.size()));
    if (size < 0) {
      return Status(Code::kCorrupt, "lz4: malformed block");
    }
    return static_cast<std::size_t>(size);
  }

 private:
  Limits limits_;
};

class Lz4Codec final : public Codec {
 public:
  const CodecInfo& info() const noexcept override { return kInfo; }

  std::size_t max_encoded_size(std::size_t n) const override {
    // A frame's header, block sizes and end mark take less than this on top of the block's bound.
    constexpr std::size_t kFrameOverhead = 32;
    return n > LZ4_MAX_INPUT_SIZE
               ? 0
               : static_cast<std::size_t>(LZ4_compressBound(static_cast<int>(n))) + kFrameOverhead;
  }

  CodecMemory memory(const CodecOptions& options, std::size_t /*block_size*/) const override {
    const bool high = options.get("level") >= kFirstHighLevel;
    const auto state = static_cast<std::uint64_t>(high ? LZ4_sizeofStateHC() : LZ4_sizeofState());
    if (options.get("framing") == kFrame) {
      return {.encode = state + lz4::kFrameEncoderMemory, .decode = lz4::kFrameDecoderMemory};
    }
    return {.encode = state, .decode = 0};
  }

  Result<std::unique_ptr<Encoder>> make_encoder(const CodecOptions& options) const override {
    if (options.get("framing") == kFrame) {
      return lz4::make_frame_encoder(frame_level(options));
    }
    return std::unique_ptr<Encoder>(std::make_unique<Lz4Encoder>(
        static_cast<int>(options.get("level")), static_cast<int>(options.get("accel"))));
  }

  std::vector<std::byte> wire_parameters(const CodecOptions& options) const override {
    return options.get("framing") == kFrame ? std::vector<std::byte>{std::byte{kFrame}}
                                            : std::vector<std::byte>();
  }

  Result<std::unique_ptr<Decoder>> make_decoder(ByteSpan parameters,
                                                const Limits& limits) const override {
    if (parameters.empty()) {
      return std::unique_ptr<Decoder>(std::make_unique<Lz4Decoder>(limits));
    }
    if (!names_frame(parameters)) {
      return bad_parameters();
    }
    return lz4::make_frame_decoder(limits);
  }

  // A stream is a frame whatever the options say: a bare block has no streaming form.
  Result<std::unique_ptr<StreamCoder>> make_stream_encoder(
      const CodecOptions& options) const override {
    return lz4::make_frame_stream_encoder(frame_level(options), false);
  }

  Result<std::unique_ptr<StreamCoder>> make_stream_decoder(ByteSpan parameters,
                                                           const Limits& limits) const override {
    if (!parameters.empty() && !names_frame(parameters)) {
      return bad_parameters();
    }
    return lz4::make_frame_stream_decoder(limits);
  }

 private:
  static bool names_frame(ByteSpan parameters) {
    return parameters.size() == 1 && parameters.front() == std::byte{kFrame};
  }
  static Status bad_parameters() { return {Code::kCorrupt, "lz4: bad framing parameter"}; }

  // The frame API spells acceleration as a negative level.
  static int frame_level(const CodecOptions& options) {
    const auto level = options.get("level");
    const auto acceleration = options.get("accel");
    return static_cast<int>(level < kFirstHighLevel && acceleration > 1 ? 1 - acceleration : level);
  }
};

}  // namespace

const Codec& lz4_codec() {
  static const Lz4Codec kCodec;
  return kCodec;
}

}  // namespace kompakt
