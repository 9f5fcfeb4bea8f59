#include <brotli/decode.h>
#include <brotli/encode.h>

#include <algorithm>
#include <array>
#include <bit>

#include "codec/recycler.hpp"
#include "codec/registry.hpp"

namespace kompakt {
namespace {

constexpr std::array kOptions = {
    OptionSpec{.key = "quality",
               .min = BROTLI_MIN_QUALITY,
               .max = BROTLI_MAX_QUALITY,
               .fallback = 5,
               .help = "0 is fastest, 11 smallest"},
    OptionSpec{.key = "lgwin",
               .min = BROTLI_MIN_WINDOW_BITS,
               .max = BROTLI_MAX_WINDOW_BITS,
               .fallback = BROTLI_DEFAULT_WINDOW,
               .help = "log2 of the window"},
};

constexpr CodecInfo kInfo = {
    .id = CodecId::kBrotli,
    .name = "brotli",
    .description = "Brotli streams (RFC 7932)",
    .options = kOptions,
    .streams = true,
};

// Measured: the decoder's tables besides its ring buffer stay well below this.
constexpr std::uint64_t kDecoderTables = kMiB;

void* brotli_allocate(void* opaque, std::size_t size) {
  return static_cast<Recycler*>(opaque)->allocate(size);
}
void brotli_release(void* opaque, void* pointer) {
  static_cast<Recycler*>(opaque)->release(pointer);
}

struct StateDeleter {
  void operator()(BrotliEncoderState* s) const noexcept { BrotliEncoderDestroyInstance(s); }
  void operator()(BrotliDecoderState* s) const noexcept { BrotliDecoderDestroyInstance(s); }
};

struct Settings {
  std::uint32_t quality;
  std::uint32_t window_bits;
};

Settings settings_of(const CodecOptions& options) {
  return {static_cast<std::uint32_t>(options.get("quality")),
          static_cast<std::uint32_t>(options.get("lgwin"))};
}

Status no_memory() { return {Code::kLimitExceeded, "brotli: memory limit reached"}; }

// Brotli's objects cannot be reset, so each block makes a new one out of recycled memory.
class EncoderState {
 public:
  explicit EncoderState(Settings settings) : settings_(settings) {}

  // `size_hint` is the content's size where it is known, else 0.
  [[nodiscard]] bool start(std::size_t size_hint) {
    state_.reset();
    state_.reset(BrotliEncoderCreateInstance(brotli_allocate, brotli_release, &memory_));
    if (!state_) {
      return false;
    }
    const auto hint =
        static_cast<std::uint32_t>(std::min<std::size_t>(size_hint, std::uint32_t{1} << 30U));
    return set(BROTLI_PARAM_QUALITY, settings_.quality) &&
           set(BROTLI_PARAM_LGWIN, settings_.window_bits) && set(BROTLI_PARAM_SIZE_HINT, hint);
  }

  [[nodiscard]] bool step(BrotliEncoderOperation operation, ByteSpan in, MutableByteSpan out) {
    const auto* next_in = reinterpret_cast<const std::uint8_t*>(in.data());
    auto* next_out = reinterpret_cast<std::uint8_t*>(out.data());
    std::size_t in_left = in.size();
    std::size_t out_left = out.size();
    const bool ok = BrotliEncoderCompressStream(state_.get(), operation, &in_left, &next_in,
                                                &out_left, &next_out, nullptr) == BROTLI_TRUE;
    consumed_ = in.size() - in_left;
    produced_ = out.size() - out_left;
    return ok;
  }

  [[nodiscard]] BrotliEncoderState* get() const { return state_.get(); }
  [[nodiscard]] std::size_t consumed() const { return consumed_; }
  [[nodiscard]] std::size_t produced() const { return produced_; }
  void stop() { state_.reset(); }

 private:
  [[nodiscard]] bool set(BrotliEncoderParameter parameter, std::uint32_t value) {
    return BrotliEncoderSetParameter(state_.get(), parameter, value) == BROTLI_TRUE;
  }

  Settings settings_;
  Recycler memory_;
  std::unique_ptr<BrotliEncoderState, StateDeleter> state_;
  std::size_t consumed_ = 0;
  std::size_t produced_ = 0;
};

class BrotliBlockEncoder final : public Encoder {
 public:
  explicit BrotliBlockEncoder(Settings settings) : state_(settings) {}

  Result<std::optional<std::size_t>> encode(ByteSpan in, MutableByteSpan out) override {
    if (!state_.start(in.size())) {
      return no_memory();
    }
    const bool ok = state_.step(BROTLI_OPERATION_FINISH, in, out);
    const bool finished = ok && BrotliEncoderIsFinished(state_.get()) == BROTLI_TRUE;
    state_.stop();
    if (!ok) {
      return no_memory();
    }
    return finished ? std::optional<std::size_t>(state_.produced()) : std::nullopt;
  }

 private:
  EncoderState state_;
};

class BrotliStreamEncoder final : public StreamCoder {
 public:
  explicit BrotliStreamEncoder(Settings settings) : state_(settings) {}

  Result<StreamProgress> step(ByteSpan in, MutableByteSpan out, StreamMode mode) override {
    if (state_.get() == nullptr) {
      return no_memory();
    }
    const auto operation = mode == StreamMode::kRun     ? BROTLI_OPERATION_PROCESS
                           : mode == StreamMode::kFlush ? BROTLI_OPERATION_FLUSH
                                                        : BROTLI_OPERATION_FINISH;
    if (BrotliEncoderIsFinished(state_.get()) == BROTLI_TRUE) {
      return StreamProgress{0, 0, StreamState::kFinished};
    }
    if (!state_.step(operation, in, out)) {
      return Status(Code::kInternal, "brotli: the streaming encoder failed");
    }
    StreamProgress progress{state_.consumed(), state_.produced(), StreamState::kNeedsInput};
    if (BrotliEncoderIsFinished(state_.get()) == BROTLI_TRUE) {
      progress.state = StreamState::kFinished;
    } else if (progress.consumed < in.size() || mode == StreamMode::kFinish ||
               BrotliEncoderHasMoreOutput(state_.get()) == BROTLI_TRUE) {
      progress.state = StreamState::kNeedsOutput;
    }
    return progress;
  }

  Status reset() override { return state_.start(0) ? Status() : no_memory(); }

 private:
  EncoderState state_;
};

// The decoder both ways; a Recycler with the caller's ceiling keeps it within max_memory.
class DecoderState {
 public:
  explicit DecoderState(const Limits& limits) : memory_(limits.max_memory) {}

  Status start() {
    state_.reset();
    state_.reset(BrotliDecoderCreateInstance(brotli_allocate, brotli_release, &memory_));
    return state_ ? Status() : no_memory();
  }

  // Windows of more than the RFC's 16 MiB, which the stock tool writes and reads on demand.
  void allow_large_window() {
    BrotliDecoderSetParameter(state_.get(), BROTLI_DECODER_PARAM_LARGE_WINDOW, 1);
  }

  Result<StreamProgress> step(ByteSpan in, MutableByteSpan out) {
    const auto* next_in = reinterpret_cast<const std::uint8_t*>(in.data());
    auto* next_out = reinterpret_cast<std::uint8_t*>(out.data());
    std::size_t in_left = in.size();
    std::size_t out_left = out.size();
    const auto result = BrotliDecoderDecompressStream(state_.get(), &in_left, &next_in, &out_left,
                                                      &next_out, nullptr);
    StreamProgress progress{in.size() - in_left, out.size() - out_left, StreamState::kNeedsInput};
    switch (result) {
      case BROTLI_DECODER_RESULT_SUCCESS:
        progress.state = StreamState::kFinished;
        return progress;
      case BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT:
        return progress;
      case BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT:
        progress.state = StreamState::kNeedsOutput;
        return progress;
      default:
        break;
    }
    if (memory_.take_refusal()) {
      return no_memory();
    }
    return Status(Code::kCorrupt,
                  std::string("brotli: ") +
                      BrotliDecoderErrorString(BrotliDecoderGetErrorCode(state_.get())));
  }

  void stop() { state_.reset(); }

 private:
  Recycler memory_;
  std::unique_ptr<BrotliDecoderState, StateDeleter> state_;
};

class BrotliBlockDecoder final : public Decoder {
 public:
  explicit BrotliBlockDecoder(const Limits& limits) : limits_(limits), state_(limits) {}

  Result<std::size_t> decode(ByteSpan in, MutableByteSpan out) override {
    if (out.size() > limits_.max_output) {
      return Status(Code::kLimitExceeded, "brotli: output limit reached");
    }
    if (Status started = state_.start(); !started.ok()) {
      return started;
    }
    const auto progress = state_.step(in, out);
    state_.stop();
    if (!progress.ok()) {
      return progress.status();
    }
    switch (progress->state) {
      case StreamState::kNeedsInput:
        return Status(Code::kTruncated, "brotli: the stream ends too early");
      case StreamState::kNeedsOutput:
        return Status(Code::kCorrupt, "brotli: stream decodes to more than its declared size");
      case StreamState::kFinished:
        break;
    }
    if (progress->consumed != in.size()) {
      return Status(Code::kCorrupt, "brotli: bytes after the end of the stream");
    }
    return progress->produced;
  }

 private:
  Limits limits_;
  DecoderState state_;
};

class BrotliStreamDecoder final : public StreamCoder {
 public:
  explicit BrotliStreamDecoder(const Limits& limits) : state_(limits) {}

  Result<StreamProgress> step(ByteSpan in, MutableByteSpan out, StreamMode mode) override {
    if (finished_) {
      return StreamProgress{0, 0, StreamState::kFinished};
    }
    if (!failure_.ok()) {
      return failure_;
    }
    auto progress = state_.step(in, out);
    if (!progress.ok()) {
      failure_ = progress.status();
    } else if (progress->state == StreamState::kNeedsInput && mode == StreamMode::kFinish) {
      failure_ = Status(Code::kTruncated, "brotli: the stream ends too early");
    } else {
      finished_ = progress->state == StreamState::kFinished;
      return progress;
    }
    return failure_;
  }

  Status reset() override {
    finished_ = false;
    failure_ = state_.start();
    if (failure_.ok()) {
      state_.allow_large_window();
    }
    return failure_;
  }

 private:
  DecoderState state_;
  Status failure_;
  bool finished_ = false;
};

class BrotliCodec final : public Codec {
 public:
  const CodecInfo& info() const noexcept override { return kInfo; }

  std::size_t max_encoded_size(std::size_t n) const override {
    // The library's bound leaves out qualities 0 and 1, which cut the input into pieces of one
    // window (at least 1 KiB) and spend up to five bytes on each.
    return BrotliEncoderMaxCompressedSize(n) + n / 128 + 64;
  }

  CodecMemory memory(const CodecOptions& options, std::size_t block_size) const override;

  Result<std::unique_ptr<Encoder>> make_encoder(const CodecOptions& options) const override {
    return std::unique_ptr<Encoder>(std::make_unique<BrotliBlockEncoder>(settings_of(options)));
  }

  Result<std::unique_ptr<Decoder>> make_decoder(ByteSpan parameters,
                                                const Limits& limits) const override {
    if (!parameters.empty()) {
      return Status(Code::kCorrupt, "brotli: unexpected parameters");
    }
    return std::unique_ptr<Decoder>(std::make_unique<BrotliBlockDecoder>(limits));
  }

  Result<std::unique_ptr<StreamCoder>> make_stream_encoder(
      const CodecOptions& options) const override {
    return started(std::make_unique<BrotliStreamEncoder>(settings_of(options)));
  }

  Result<std::unique_ptr<StreamCoder>> make_stream_decoder(ByteSpan parameters,
                                                           const Limits& limits) const override {
    if (!parameters.empty()) {
      return Status(Code::kCorrupt, "brotli: unexpected parameters");
    }
    return started(std::make_unique<BrotliStreamDecoder>(limits));
  }

 private:
  static Result<std::unique_ptr<StreamCoder>> started(std::unique_ptr<StreamCoder> coder) {
    if (Status reset = coder->reset(); !reset.ok()) {
      return reset;
    }
    return coder;
  }
};

CodecMemory BrotliCodec::memory(const CodecOptions& options, std::size_t block_size) const {
  // Fitted from above to what the library allocated over all qualities, windows of 16 to 24 bits
  // and blocks of 64 KiB to 16 MiB. In KiB: the match finder of each quality.
  constexpr std::array<std::uint64_t, BROTLI_MAX_QUALITY + 1> kFinder = {
      160, 1200, 640, 640, 4300, 2200, 3200, 9400, 17600, 34000, 4096, 4096};
  const Settings settings = settings_of(options);
  const std::uint64_t window = std::uint64_t{1} << settings.window_bits;
  const std::uint64_t used = std::min(window, std::bit_ceil(std::uint64_t{block_size} + kKiB));
  std::uint64_t encode = kFinder[settings.quality] * kKiB + kMiB;
  if (settings.quality >= 10) {
    encode += 10 * window + 12 * used;  // ring buffer, binary trees, the parse's nodes
  } else if (settings.quality >= 2) {
    encode += 2 * window + 6 * used;  // ring buffer, commands
  }
  // The ring buffer, and its smaller predecessor while it grows.
  return {.encode = encode, .decode = kDecoderTables + 2 * used};
}

}  // namespace

const Codec& brotli_codec() {
  static const BrotliCodec kCodec;
  return kCodec;
}

}  // namespace kompakt
