#include "codec/lz4/frame.hpp"

#include <lz4frame.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <string_view>

#include "core/buffer.hpp"

namespace kompakt::lz4 {
namespace {

constexpr std::size_t kFrameBlock = 4 * kMiB;

struct ContextDeleter {
  void operator()(LZ4F_cctx* context) const noexcept { LZ4F_freeCompressionContext(context); }
  void operator()(LZ4F_dctx* context) const noexcept { LZ4F_freeDecompressionContext(context); }
};
using CompressContext = std::unique_ptr<LZ4F_cctx, ContextDeleter>;
using DecompressContext = std::unique_ptr<LZ4F_dctx, ContextDeleter>;

Status no_memory() { return {Code::kLimitExceeded, "lz4: memory limit reached"}; }

// Independent blocks so that other tools may decode a frame in parallel. No checksums but where
// they are asked for: our containers have two of their own.
LZ4F_preferences_t preferences(int level, std::uint64_t content_size, bool checksum) {
  LZ4F_preferences_t p{};
  p.frameInfo.contentChecksumFlag = checksum ? LZ4F_contentChecksumEnabled : LZ4F_noContentChecksum;
  p.frameInfo.blockSizeID = LZ4F_max4MB;
  p.frameInfo.blockMode = LZ4F_blockIndependent;
  p.frameInfo.contentSize = content_size;
  p.compressionLevel = level;
  return p;
}

// The library refuses to write unless the worst case fits, so what might not fit goes through a
// staging buffer and is handed out from there.
class FrameWriter {
 public:
  FrameWriter(CompressContext context, int level, bool checksum = false)
      : context_(std::move(context)), level_(level), checksum_(checksum) {}

  // `content_size` 0 leaves the size out of the header.
  void restart(std::uint64_t content_size) {
    preferences_ = preferences(level_, content_size, checksum_);
    staged_begin_ = staged_end_ = 0;
    state_ = State::kHeader;
  }

  Result<StreamProgress> step(ByteSpan in, MutableByteSpan out, StreamMode mode) {
    StreamProgress progress;
    bool flushed = false;
    while (true) {
      progress.produced += drain(out.subspan(progress.produced));
      if (staged_begin_ != staged_end_) {
        progress.state = StreamState::kNeedsOutput;
        return progress;
      }
      const ByteSpan rest = in.subspan(progress.consumed);
      if (state_ == State::kDone) {
        progress.state = StreamState::kFinished;
        return progress;
      }
      if (rest.empty() && state_ == State::kBody &&
          (mode == StreamMode::kRun || (mode == StreamMode::kFlush && flushed))) {
        return progress;
      }
      const ByteSpan piece = rest.first(std::min(rest.size(), kFrameBlock));
      const auto written = write(piece, out.subspan(progress.produced), mode);
      if (!written.ok()) {
        return written.status();
      }
      progress.produced += written->produced;
      progress.consumed += written->consumed;
      flushed = rest.empty();
    }
  }

 private:
  enum class State : std::uint8_t { kHeader, kBody, kDone };

  std::size_t drain(MutableByteSpan out) {
    const std::size_t count = std::min(out.size(), staged_end_ - staged_begin_);
    if (count != 0) {
      std::memcpy(out.data(), staging_.data() + staged_begin_, count);
      staged_begin_ += count;
    }
    return count;
  }

  // One call of the library: the header, a piece of input, a flush or the end.
  Result<StreamProgress> write(ByteSpan piece, MutableByteSpan out, StreamMode mode) {
    const std::size_t bound = state_ == State::kHeader
                                  ? LZ4F_HEADER_SIZE_MAX
                                  : LZ4F_compressBound(piece.size(), &preferences_);
    const bool direct = out.size() >= bound;
    if (!direct) {
      try {
        staging_.resize_discard(bound);
      } catch (const std::bad_alloc&) {
        return no_memory();
      }
    }
    std::byte* to = direct ? out.data() : staging_.data();
    const std::size_t room = direct ? out.size() : staging_.capacity();
    StreamProgress progress;
    std::size_t size = 0;
    if (state_ == State::kHeader) {
      size = LZ4F_compressBegin(context_.get(), to, room, &preferences_);
      state_ = State::kBody;
    } else if (!piece.empty()) {
      size = LZ4F_compressUpdate(context_.get(), to, room, piece.data(), piece.size(), nullptr);
      progress.consumed = piece.size();
    } else if (mode == StreamMode::kFinish) {
      size = LZ4F_compressEnd(context_.get(), to, room, nullptr);
      state_ = State::kDone;
    } else {
      size = LZ4F_flush(context_.get(), to, room, nullptr);
    }
    if (LZ4F_isError(size) != 0U) {
      return Status(Code::kInternal, std::string("lz4: ") + LZ4F_getErrorName(size));
    }
    if (direct) {
      progress.produced = size;
    } else {
      staged_begin_ = 0;
      staged_end_ = size;
    }
    return progress;
  }

  CompressContext context_;
  int level_;
  bool checksum_;
  LZ4F_preferences_t preferences_{};
  Buffer staging_;
  std::size_t staged_begin_ = 0;
  std::size_t staged_end_ = 0;
  State state_ = State::kHeader;
};

class FrameEncoder final : public Encoder {
 public:
  FrameEncoder(CompressContext context, int level) : writer_(std::move(context), level) {}

  Result<std::optional<std::size_t>> encode(ByteSpan in, MutableByteSpan out) override {
    writer_.restart(in.size());
    const auto progress = writer_.step(in, out, StreamMode::kFinish);
    if (!progress.ok()) {
      return progress.status();
    }
    return progress->state == StreamState::kFinished
               ? std::optional<std::size_t>(progress->produced)
               : std::nullopt;
  }

 private:
  FrameWriter writer_;
};

class FrameStreamEncoder final : public StreamCoder {
 public:
  FrameStreamEncoder(CompressContext context, int level, bool checksum)
      : writer_(std::move(context), level, checksum) {
    writer_.restart(0);
  }
  Result<StreamProgress> step(ByteSpan in, MutableByteSpan out, StreamMode mode) override {
    return writer_.step(in, out, mode);
  }
  Status reset() override {
    writer_.restart(0);
    return {};
  }

 private:
  FrameWriter writer_;
};

Status decode_failure(std::size_t code) {
  // The library publishes names of its error codes, and numbers only to those who link statically.
  const std::string_view name = LZ4F_getErrorName(code);
  if (name == "ERROR_allocation_failed") {
    return no_memory();
  }
  return {Code::kCorrupt, "lz4: " + std::string(name)};
}

// One call of the library; finished when it says that a frame is complete.
Result<StreamProgress> decode_step(LZ4F_dctx* context, ByteSpan in, MutableByteSpan out,
                                   bool stable_output) {
  std::byte nothing{};
  LZ4F_decompressOptions_t options{};
  options.stableDst = stable_output ? 1 : 0;
  std::size_t consumed = in.size();
  std::size_t produced = out.size();
  const std::size_t hint = LZ4F_decompress(context, out.empty() ? &nothing : out.data(), &produced,
                                           in.empty() ? &nothing : in.data(), &consumed, &options);
  if (LZ4F_isError(hint) != 0U) {
    return decode_failure(hint);
  }
  return StreamProgress{consumed, produced,
                        hint == 0 ? StreamState::kFinished : StreamState::kNeedsInput};
}

class FrameDecoder final : public Decoder {
 public:
  FrameDecoder(DecompressContext context, const Limits& limits)
      : context_(std::move(context)), limits_(limits) {}

  Result<std::size_t> decode(ByteSpan in, MutableByteSpan out) override {
    if (out.size() > limits_.max_output) {
      return Status(Code::kLimitExceeded, "lz4: output limit reached");
    }
    LZ4F_resetDecompressionContext(context_.get());
    std::size_t produced = 0;
    bool complete = false;
    while (!in.empty()) {
      const auto step = decode_step(context_.get(), in, out.subspan(produced), true);
      if (!step.ok()) {
        return step.status();
      }
      in = in.subspan(step->consumed);
      produced += step->produced;
      complete = step->state == StreamState::kFinished;
      if (!complete && !in.empty() && step->consumed == 0 && step->produced == 0) {
        return Status(Code::kCorrupt, "lz4: frame decodes to more than its declared size");
      }
    }
    if (complete) {
      return produced;
    }
    return produced == out.size() && pending_output()
               ? Status(Code::kCorrupt, "lz4: frame decodes to more than its declared size")
               : Status(Code::kTruncated, "lz4: the frame ends too early");
  }

 private:
  // Whether a decoded frame block waits for room that the destination does not have.
  bool pending_output() {
    std::byte excess{};
    const auto step = decode_step(context_.get(), {}, {&excess, 1}, false);
    return step.ok() && step->produced != 0;
  }

  DecompressContext context_;
  Limits limits_;
};

class FrameStreamDecoder final : public StreamCoder {
 public:
  explicit FrameStreamDecoder(DecompressContext context) : context_(std::move(context)) {}

  Result<StreamProgress> step(ByteSpan in, MutableByteSpan out, StreamMode mode) override {
    if (finished_) {
      return StreamProgress{0, 0, StreamState::kFinished};
    }
    if (!failure_.ok()) {
      return failure_;
    }
    auto progress = decode_step(context_.get(), in, out, false);
    if (!progress.ok()) {
      return failure_ = progress.status();
    }
    finished_ = progress->state == StreamState::kFinished;
    if (!finished_) {
      if (progress->produced == out.size() || progress->consumed < in.size()) {
        progress->state = StreamState::kNeedsOutput;
      } else if (mode == StreamMode::kFinish) {
        return failure_ = Status(Code::kTruncated, "lz4: the frame ends too early");
      }
    }
    return progress;
  }

  Status reset() override {
    LZ4F_resetDecompressionContext(context_.get());
    finished_ = false;
    failure_ = Status();
    return {};
  }

 private:
  DecompressContext context_;
  Status failure_;
  bool finished_ = false;
};

Result<CompressContext> make_compress_context() {
  LZ4F_cctx* raw = nullptr;
  if (LZ4F_isError(LZ4F_createCompressionContext(&raw, LZ4F_VERSION)) != 0U) {
    return no_memory();
  }
  return CompressContext(raw);
}

Result<DecompressContext> make_decompress_context(const Limits& limits) {
  // The block size in a frame's header cannot be seen before the library allocates for it, so the
  // largest is what has to be allowed.
  if (limits.max_memory < kFrameDecoderMemory) {
    return no_memory();
  }
  LZ4F_dctx* raw = nullptr;
  if (LZ4F_isError(LZ4F_createDecompressionContext(&raw, LZ4F_VERSION)) != 0U) {
    return no_memory();
  }
  return DecompressContext(raw);
}

}  // namespace

Result<std::unique_ptr<Encoder>> make_frame_encoder(int level) {
  auto context = make_compress_context();
  if (!context.ok()) {
    return context.status();
  }
  return std::unique_ptr<Encoder>(std::make_unique<FrameEncoder>(std::move(*context), level));
}

Result<std::unique_ptr<Decoder>> make_frame_decoder(const Limits& limits) {
  auto context = make_decompress_context(limits);
  if (!context.ok()) {
    return context.status();
  }
  return std::unique_ptr<Decoder>(std::make_unique<FrameDecoder>(std::move(*context), limits));
}

Result<std::unique_ptr<StreamCoder>> make_frame_stream_encoder(int level, bool checksum) {
  auto context = make_compress_context();
  if (!context.ok()) {
    return context.status();
  }
  return std::unique_ptr<StreamCoder>(
      std::make_unique<FrameStreamEncoder>(std::move(*context), level, checksum));
}

Result<std::unique_ptr<StreamCoder>> make_frame_stream_decoder(const Limits& limits) {
  auto context = make_decompress_context(limits);
  if (!context.ok()) {
    return context.status();
  }
  return std::unique_ptr<StreamCoder>(std::make_unique<FrameStreamDecoder>(std::move(*context)));
}

}  // namespace kompakt::lz4
