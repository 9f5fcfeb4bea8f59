#include <isa-l/igzip_lib.h>
#include <libdeflate.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <limits>
#include <vector>

#include "codec/deflate/framing.hpp"
#include "codec/deflate/header.hpp"

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

std::size_t trailer_size(Framing framing) {
  return framing == Framing::kRaw ? 0 : framing == Framing::kZlib ? 4 : 8;
}

// ISA-L decodes the bare stream. The wrapper is read here: ISA-L 2.30 takes valid gzip headers for
// corrupt ones when they come in small pieces.
class IsalStreamDecoder final : public StreamCoder {
 public:
  explicit IsalStreamDecoder(Framing framing) : framing_(framing), header_(framing) { start(); }

  Result<StreamProgress> step(ByteSpan in, MutableByteSpan out, StreamMode mode) override {
    if (!failure_.ok()) {
      return failure_;
    }
    auto progress = advance(in, out);
    if (!progress.ok()) {
      failure_ = progress.status();
    } else if (progress->state == StreamState::kNeedsInput && mode == StreamMode::kFinish) {
      failure_ = Status(Code::kTruncated, "deflate: the stream ends too early");
    } else {
      return progress;
    }
    return failure_;
  }

  Status reset() override {
    start();
    return {};
  }

 private:
  Result<StreamProgress> advance(ByteSpan in, MutableByteSpan out) {
    StreamProgress progress;
    if (!header_.complete()) {
      const auto used = header_.read(in);
      if (!used.ok()) {
        return used.status();
      }
      progress.consumed = *used;
      if (!header_.complete()) {
        return progress;
      }
    }
    if (state_.block_state != ISAL_BLOCK_FINISH) {
      const auto body = inflate(in.subspan(progress.consumed), out);
      if (!body.ok()) {
        return body.status();
      }
      progress.consumed += body->consumed;
      progress.produced = body->produced;
      if (body->state != StreamState::kFinished) {
        progress.state = body->state;
        return progress;
      }
    }
    while (trailer_.size() < trailer_size(framing_) && progress.consumed < in.size()) {
      trailer_.push_back(in[progress.consumed++]);
    }
    if (trailer_.size() == trailer_size(framing_)) {
      if (!trailer_matches()) {
        return Status(Code::kCorrupt, "deflate: checksum or length does not match");
      }
      progress.state = StreamState::kFinished;
    }
    return progress;
  }

  Result<StreamProgress> inflate(ByteSpan in, MutableByteSpan out) {
    std::uint8_t nothing = 0;
    state_.next_in = in.empty() ? &nothing : octets(in);
    state_.avail_in = piece(in.size());
    state_.next_out = out.empty() ? &nothing : octets(out);
    state_.avail_out = piece(out.size());
    const std::size_t offered_in = state_.avail_in;
    const std::size_t offered_out = state_.avail_out;
    if (isal_inflate(&state_) < 0) {
      return Status(Code::kCorrupt, "deflate: malformed stream");
    }
    const bool finished = state_.block_state == ISAL_BLOCK_FINISH;
    const bool output_full = state_.avail_out == 0;
    if (finished || output_full) {
      give_back(offered_in - state_.avail_in);
    }
    StreamProgress progress{offered_in - state_.avail_in, offered_out - state_.avail_out,
                            StreamState::kNeedsInput};
    check(out.first(progress.produced));
    if (finished) {
      progress.state = StreamState::kFinished;
    } else if (output_full || progress.consumed < in.size()) {
      progress.state = StreamState::kNeedsOutput;
    }
    return progress;
  }

  // ISA-L reads up to eight bytes ahead. When it stops for another reason than a lack of input,
  // these may lie behind the end of the stream, so they are returned to the caller. Bytes held
  // from an earlier step stay: the decoder stalled on them, so they belong to the stream.
  void give_back(std::size_t consumed) {
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

  // Takes produced bytes into the wrapper's checksum and length.
  void check(MutableByteSpan produced) {
    if (produced.empty()) {
      return;
    }
    length_ += static_cast<std::uint32_t>(produced.size());  // modulo 2^32, as gzip has it
    if (framing_ == Framing::kZlib) {
      checksum_ = libdeflate_adler32(checksum_, produced.data(), produced.size());
    } else if (framing_ == Framing::kGzip) {
      checksum_ = libdeflate_crc32(checksum_, produced.data(), produced.size());
    }
  }

  [[nodiscard]] bool trailer_matches() const {
    std::array<std::uint32_t, 2> words{};
    for (std::size_t i = 0; i < trailer_.size(); ++i) {
      const std::size_t shift = framing_ == Framing::kZlib ? 24 - 8 * i : 8 * (i % 4);
      words[i / 4] |= std::to_integer<std::uint32_t>(trailer_[i]) << shift;
    }
    switch (framing_) {
      case Framing::kRaw:
        return true;
      case Framing::kZlib:
        return words[0] == checksum_;
      case Framing::kGzip:
        return words[0] == checksum_ && words[1] == length_;
    }
    return false;
  }

  void start() {
    isal_inflate_init(&state_);
    header_ = HeaderReader(framing_);
    trailer_.clear();
    checksum_ = framing_ == Framing::kZlib ? 1 : 0;
    length_ = 0;
    failure_ = Status();
  }

  Framing framing_;
  HeaderReader header_;
  std::vector<std::byte> trailer_;
  std::uint32_t checksum_ = 0;
  std::uint32_t length_ = 0;
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
