#include <isa-l/igzip_lib.h>
#include <zlib.h>

#include <algorithm>
#include <limits>
#include <new>

#include "codec/deflate/framing.hpp"

namespace kompakt::deflate {
namespace {

// The libraries count in 32 bits; a larger span is taken in several steps.
constexpr std::size_t kMaxPiece = std::numeric_limits<std::uint32_t>::max() / 2;

std::uint32_t piece(std::size_t size) {
  return static_cast<std::uint32_t>(std::min(size, kMaxPiece));
}

// Both libraries take mutable input pointers but only read through them.
std::uint8_t* octets(ByteSpan bytes) {
  return const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(bytes.data()));
}
std::uint8_t* octets(MutableByteSpan bytes) {
  return reinterpret_cast<std::uint8_t*>(bytes.data());
}

class ZlibStreamEncoder final : public StreamCoder {
 public:
  ZlibStreamEncoder() = default;
  ZlibStreamEncoder(const ZlibStreamEncoder&) = delete;
  ZlibStreamEncoder& operator=(const ZlibStreamEncoder&) = delete;
  ZlibStreamEncoder(ZlibStreamEncoder&&) = delete;
  ZlibStreamEncoder& operator=(ZlibStreamEncoder&&) = delete;
  ~ZlibStreamEncoder() override { deflateEnd(&stream_); }

  Status start(Framing framing, int level) {
    constexpr int kWindowBits = 15;
    constexpr int kMemoryLevel = 8;
    const int window = framing == Framing::kRaw    ? -kWindowBits
                       : framing == Framing::kZlib ? kWindowBits
                                                   : kWindowBits + 16;
    if (deflateInit2(&stream_, std::min(level, 9), Z_DEFLATED, window, kMemoryLevel,
                     Z_DEFAULT_STRATEGY) != Z_OK) {
      return {Code::kLimitExceeded, "deflate: no memory for a streaming encoder"};
    }
    return {};
  }

  Result<StreamProgress> step(ByteSpan in, MutableByteSpan out, StreamMode mode) override {
    if (finished_) {
      return StreamProgress{0, 0, StreamState::kFinished};
    }
    std::uint8_t nothing = 0;
    stream_.next_in = in.empty() ? &nothing : octets(in);
    stream_.avail_in = piece(in.size());
    stream_.next_out = out.empty() ? &nothing : octets(out);
    stream_.avail_out = piece(out.size());
    const std::size_t offered_in = stream_.avail_in;
    const std::size_t offered_out = stream_.avail_out;
    const bool all_offered = offered_in == in.size();
    const int flush = mode == StreamMode::kRun || !all_offered ? Z_NO_FLUSH
                      : mode == StreamMode::kFlush             ? Z_SYNC_FLUSH
                                                               : Z_FINISH;
    const int code = ::deflate(&stream_, flush);
    if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR) {
      return Status(Code::kInternal, "deflate: the streaming encoder was misused");
    }
    StreamProgress progress{offered_in - stream_.avail_in, offered_out - stream_.avail_out,
                            StreamState::kNeedsInput};
    finished_ = code == Z_STREAM_END;
    if (finished_) {
      progress.state = StreamState::kFinished;
    } else if (mode == StreamMode::kRun) {
      progress.state =
          progress.consumed < in.size() ? StreamState::kNeedsOutput : StreamState::kNeedsInput;
    } else {
      // A flush is done when it left room in the output, or when zlib finds nothing to do.
      const bool flushed = progress.consumed == in.size() && !out.empty() &&
                           (stream_.avail_out != 0 || code == Z_BUF_ERROR);
      progress.state = mode == StreamMode::kFlush && flushed ? StreamState::kNeedsInput
                                                             : StreamState::kNeedsOutput;
    }
    return progress;
  }

  Status reset() override {
    finished_ = false;
    if (deflateReset(&stream_) != Z_OK) {
      return {Code::kInternal, "deflate: the streaming encoder cannot be reset"};
    }
    return {};
  }

 private:
  z_stream stream_{};
  bool finished_ = false;
};

Status inflate_failure(int code) {
  switch (code) {
    case ISAL_NEED_DICT:
      return {Code::kMissingResource, "deflate: the stream needs a preset dictionary"};
    case ISAL_INCORRECT_CHECKSUM:
      return {Code::kCorrupt, "deflate: checksum or length does not match"};
    case ISAL_INVALID_WRAPPER:
      return {Code::kCorrupt, "deflate: bad zlib or gzip header"};
    case ISAL_UNSUPPORTED_METHOD:
      return {Code::kUnsupported, "deflate: header names an unknown compression method"};
    default:
      return {Code::kCorrupt, "deflate: malformed stream"};
  }
}

class IsalStreamDecoder final : public StreamCoder {
 public:
  explicit IsalStreamDecoder(Framing framing) : framing_(framing) { start(); }

  Result<StreamProgress> step(ByteSpan in, MutableByteSpan out, StreamMode mode) override {
    if (!failure_.ok()) {
      return failure_;
    }
    if (finished_) {
      return StreamProgress{0, 0, StreamState::kFinished};
    }
    std::uint8_t nothing = 0;
    state_.next_in = in.empty() ? &nothing : octets(in);
    state_.avail_in = piece(in.size());
    state_.next_out = out.empty() ? &nothing : octets(out);
    state_.avail_out = piece(out.size());
    const std::size_t offered_in = state_.avail_in;
    const std::size_t offered_out = state_.avail_out;
    const int code = isal_inflate(&state_);
    if (code < 0 || code == ISAL_NEED_DICT) {
      return failure_ = inflate_failure(code);
    }
    finished_ = state_.block_state == ISAL_BLOCK_FINISH;
    const bool output_full = state_.avail_out == 0;
    if (finished_ || output_full) {
      give_back(offered_in - state_.avail_in);
    }
    StreamProgress progress{offered_in - state_.avail_in, offered_out - state_.avail_out,
                            StreamState::kNeedsInput};
    if (finished_) {
      progress.state = StreamState::kFinished;
    } else if (output_full || progress.consumed < in.size()) {
      progress.state = StreamState::kNeedsOutput;
    } else if (mode == StreamMode::kFinish) {
      return failure_ = Status(Code::kTruncated, "deflate: the stream ends too early");
    }
    return progress;
  }

  Status reset() override {
    start();
    return {};
  }

 private:
  // ISA-L reads up to eight bytes ahead. When it stops for another reason than a lack of input,
  // these may lie behind the end of the stream, so they are returned to the caller. Bytes held
  // from an earlier step stay: the decoder stalled on them, so they belong to the stream.
  void give_back(std::size_t consumed) {
    if (finished_ && framing_ == Framing::kGzip) {
      return;  // the eight bytes of the trailer use up any read-ahead
    }
    const std::size_t held =
        state_.read_in_length > 0 ? static_cast<std::size_t>(state_.read_in_length) / 8 : 0;
    const std::size_t count = std::min(held, consumed);
    if (count == 0) {
      return;
    }
    state_.next_in -= count;
    state_.avail_in += static_cast<std::uint32_t>(count);
    state_.read_in_length -= static_cast<std::int32_t>(8 * count);
    state_.read_in &= (std::uint64_t{1} << static_cast<unsigned>(state_.read_in_length)) - 1;
  }

  void start() {
    isal_inflate_init(&state_);
    state_.crc_flag = framing_ == Framing::kRaw    ? ISAL_DEFLATE
                      : framing_ == Framing::kZlib ? ISAL_ZLIB
                                                   : ISAL_GZIP;
    finished_ = false;
    failure_ = Status();
  }

  Framing framing_;
  bool finished_ = false;
  Status failure_;
  inflate_state state_{};
};

}  // namespace

Result<std::unique_ptr<StreamCoder>> make_stream_encoder(Framing framing, int level) {
  auto encoder = std::make_unique<ZlibStreamEncoder>();
  if (Status started = encoder->start(framing, level); !started.ok()) {
    return started;
  }
  return std::unique_ptr<StreamCoder>(std::move(encoder));
}

Result<std::unique_ptr<StreamCoder>> make_stream_decoder(Framing framing) {
  return std::unique_ptr<StreamCoder>(std::make_unique<IsalStreamDecoder>(framing));
}

}  // namespace kompakt::deflate
