#include <bzlib.h>

#include <algorithm>
#include <limits>

#include "codec/recycler.hpp"
#include "codec/registry.hpp"

namespace kompakt {
namespace {

constexpr std::array kOptions = {
    OptionSpec{.key = "level",
               .min = 1,
               .max = 9,
               .fallback = 9,
               .help = "size of the sorted block in units of 100,000 bytes"},
};

constexpr CodecInfo kInfo = {
    .id = CodecId::kBzip2,
    .name = "bzip2",
    .description = "bzip2 streams (Burrows-Wheeler)",
    .options = kOptions,
    .streams = true,
    .concatenates = true,
};

constexpr std::uint64_t kUnit = 100'000;
// The library counts in 32 bits; a larger span is taken in several steps.
constexpr std::size_t kMaxPiece = std::numeric_limits<unsigned>::max() / 2;

unsigned piece(std::size_t size) { return static_cast<unsigned>(std::min(size, kMaxPiece)); }

void* bzip2_allocate(void* opaque, int items, int size) {
  return static_cast<Recycler*>(opaque)->allocate(static_cast<std::size_t>(items) *
                                                  static_cast<std::size_t>(size));
}
void bzip2_release(void* opaque, void* pointer) {
  static_cast<Recycler*>(opaque)->release(pointer);
}

Status no_memory() { return {Code::kLimitExceeded, "bzip2: memory limit reached"}; }

// A bz_stream on recycled memory: the library cannot reset one. kEnd is the matching destructor.
template <int (*kEnd)(bz_stream*)>
class Stream {
 public:
  explicit Stream(std::uint64_t limit = std::numeric_limits<std::uint64_t>::max())
      : memory_(limit) {}
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  Stream(Stream&&) = delete;
  Stream& operator=(Stream&&) = delete;
  ~Stream() { stop(); }

  template <typename Init>
  [[nodiscard]] Status start(Init init) {
    stop();
    stream_ = {};
    stream_.bzalloc = bzip2_allocate;
    stream_.bzfree = bzip2_release;
    stream_.opaque = &memory_;
    live_ = init(&stream_) == BZ_OK;
    return live_ ? Status() : no_memory();
  }

  void stop() {
    if (live_) {
      kEnd(&stream_);
      live_ = false;
    }
  }

  // Runs `call` on as much of the spans as 32 bits can count.
  template <typename Call>
  int step(ByteSpan in, MutableByteSpan out, Call call) {
    char nothing = 0;
    // The library does not write through next_in.
    stream_.next_in =
        in.empty() ? &nothing : const_cast<char*>(reinterpret_cast<const char*>(in.data()));
    stream_.avail_in = piece(in.size());
    stream_.next_out = out.empty() ? &nothing : reinterpret_cast<char*>(out.data());
    stream_.avail_out = piece(out.size());
    const int code = call(&stream_);
    progress_ = {piece(in.size()) - stream_.avail_in, piece(out.size()) - stream_.avail_out,
                 StreamState::kNeedsInput};
    return code;
  }

  [[nodiscard]] bool live() const { return live_; }
  [[nodiscard]] const StreamProgress& progress() const { return progress_; }

 private:
  Recycler memory_;
  bz_stream stream_{};
  StreamProgress progress_;
  bool live_ = false;
};

class Bzip2StreamEncoder final : public StreamCoder {
 public:
  explicit Bzip2StreamEncoder(int level) : level_(level) {}

  Result<StreamProgress> step(ByteSpan in, MutableByteSpan out, StreamMode mode) override {
    if (finished_) {
      return StreamProgress{0, 0, StreamState::kFinished};
    }
    if (mode == StreamMode::kFlush) {
      // A bzip2 block ends inside a byte, so the end of what was flushed would not be decodable.
      return Status(Code::kUnsupported, "bzip2: the format has no flush points");
    }
    if (!stream_.live()) {
      return no_memory();
    }
    if (out.empty() && mode == StreamMode::kFinish) {
      return StreamProgress{0, 0, StreamState::kNeedsOutput};  // a mistake too, once finishing
    }
    const bool last = mode == StreamMode::kFinish && in.size() <= kMaxPiece;
    if (!last && in.empty()) {
      return StreamProgress{};  // to the library an empty run is a mistake
    }
    const int code = stream_.step(
        in, out, [last](bz_stream* s) { return BZ2_bzCompress(s, last ? BZ_FINISH : BZ_RUN); });
    if (code < 0 && code != BZ_PARAM_ERROR) {
      return Status(Code::kInternal, "bzip2: the streaming encoder was misused");
    }
    StreamProgress progress = stream_.progress();
    finished_ = code == BZ_STREAM_END;
    if (finished_) {
      progress.state = StreamState::kFinished;
    } else if (progress.consumed < in.size() || mode == StreamMode::kFinish) {
      progress.state = StreamState::kNeedsOutput;
    }
    return progress;
  }

  Status reset() override {
    finished_ = false;
    return stream_.start([this](bz_stream* s) { return BZ2_bzCompressInit(s, level_, 0, 0); });
  }

  void stop() { stream_.stop(); }

 private:
  int level_;
  Stream<BZ2_bzCompressEnd> stream_;
  bool finished_ = false;
};

class Bzip2StreamDecoder final : public StreamCoder {
 public:
  explicit Bzip2StreamDecoder(const Limits& limits) : stream_(limits.max_memory) {}

  Result<StreamProgress> step(ByteSpan in, MutableByteSpan out, StreamMode mode) override {
    if (finished_) {
      return StreamProgress{0, 0, StreamState::kFinished};
    }
    if (!stream_.live()) {
      return failure_.ok() ? no_memory() : failure_;
    }
    const int code = stream_.step(in, out, BZ2_bzDecompress);
    StreamProgress progress = stream_.progress();
    switch (code) {
      case BZ_OK:
        break;
      case BZ_STREAM_END:
        finished_ = true;
        progress.state = StreamState::kFinished;
        return progress;
      case BZ_MEM_ERROR:
        return fail(no_memory());
      case BZ_DATA_ERROR_MAGIC:
        return fail(Status(Code::kCorrupt, "bzip2: not a bzip2 stream"));
      default:
        return fail(Status(Code::kCorrupt, "bzip2: malformed stream or wrong checksum"));
    }
    if (progress.produced == out.size() || progress.consumed < in.size()) {
      progress.state = StreamState::kNeedsOutput;
    } else if (mode == StreamMode::kFinish) {
      return fail(Status(Code::kTruncated, "bzip2: the stream ends too early"));
    }
    return progress;
  }

  Status reset() override {
    finished_ = false;
    failure_ = stream_.start([](bz_stream* s) { return BZ2_bzDecompressInit(s, 0, 0); });
    return failure_;
  }

  void stop() { stream_.stop(); }

 private:
  Status fail(Status status) {
    stream_.stop();
    return failure_ = std::move(status);
  }

  Stream<BZ2_bzDecompressEnd> stream_;
  Status failure_;
  bool finished_ = false;
};

class Bzip2Encoder final : public Encoder {
 public:
  explicit Bzip2Encoder(int level) : coder_(level) {}

  Result<std::optional<std::size_t>> encode(ByteSpan in, MutableByteSpan out) override {
    if (Status started = coder_.reset(); !started.ok()) {
      return started;
    }
    std::size_t produced = 0;
    while (true) {
      const auto progress = coder_.step(in, out.subspan(produced), StreamMode::kFinish);
      if (!progress.ok()) {
        return progress.status();
      }
      in = in.subspan(progress->consumed);
      produced += progress->produced;
      if (progress->state == StreamState::kFinished) {
        coder_.stop();
        return std::optional<std::size_t>(produced);
      }
      if (produced == out.size()) {
        coder_.stop();
        return std::optional<std::size_t>();
      }
    }
  }

 private:
  Bzip2StreamEncoder coder_;
};

class Bzip2Decoder final : public Decoder {
 public:
  explicit Bzip2Decoder(const Limits& limits) : limits_(limits), coder_(limits) {}

  Result<std::size_t> decode(ByteSpan in, MutableByteSpan out) override {
    if (out.size() > limits_.max_output) {
      return Status(Code::kLimitExceeded, "bzip2: output limit reached");
    }
    std::size_t produced = 0;
    do {
      const auto size = decode_one(in, out.subspan(produced));
      if (!size.ok()) {
        return size.status();
      }
      produced += *size;
    } while (!in.empty());
    coder_.stop();
    return produced;
  }

 private:
  // One stream off the front of `in`.
  Result<std::size_t> decode_one(ByteSpan& in, MutableByteSpan out) {
    if (Status started = coder_.reset(); !started.ok()) {
      return started;
    }
    std::size_t produced = 0;
    while (true) {
      // With the output full, the trailer is still to be read; a byte that comes out is too much.
      std::byte excess{};
      const bool full = produced == out.size();
      const auto progress = coder_.step(
          in, full ? MutableByteSpan(&excess, 1) : out.subspan(produced), StreamMode::kFinish);
      if (!progress.ok()) {
        return progress.status();
      }
      in = in.subspan(progress->consumed);
      if (full && progress->produced != 0) {
        return Status(Code::kCorrupt, "bzip2: stream decodes to more than its declared size");
      }
      produced += progress->produced;
      if (progress->state == StreamState::kFinished) {
        return produced;
      }
    }
  }

  Limits limits_;
  Bzip2StreamDecoder coder_;
};

class Bzip2Codec final : public Codec {
 public:
  const CodecInfo& info() const noexcept override { return kInfo; }

  // The library's manual: one per cent and 600 bytes.
  std::size_t max_encoded_size(std::size_t n) const override { return n + n / 100 + 601; }

  CodecMemory memory(const CodecOptions& options, std::size_t /*block_size*/) const override {
    // The library's manual: 400k + 8 x block to compress, 100k + 4 x block to decompress.
    const auto block = static_cast<std::uint64_t>(options.get("level")) * kUnit;
    return {.encode = 400 * kKiB + 8 * block, .decode = 100 * kKiB + 4 * block};
  }

  Result<std::unique_ptr<Encoder>> make_encoder(const CodecOptions& options) const override {
    return std::unique_ptr<Encoder>(
        std::make_unique<Bzip2Encoder>(static_cast<int>(options.get("level"))));
  }

  Result<std::unique_ptr<Decoder>> make_decoder(ByteSpan parameters,
                                                const Limits& limits) const override {
    if (Status none = expect_no_parameters(*this, parameters); !none.ok()) {
      return none;
    }
    return std::unique_ptr<Decoder>(std::make_unique<Bzip2Decoder>(limits));
  }

  Result<std::unique_ptr<StreamCoder>> make_stream_encoder(
      const CodecOptions& options) const override {
    return started(std::make_unique<Bzip2StreamEncoder>(static_cast<int>(options.get("level"))));
  }

  Result<std::unique_ptr<StreamCoder>> make_stream_decoder(ByteSpan parameters,
                                                           const Limits& limits) const override {
    if (Status none = expect_no_parameters(*this, parameters); !none.ok()) {
      return none;
    }
    return started(std::make_unique<Bzip2StreamDecoder>(limits));
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

const Codec& bzip2_codec() {
  static const Bzip2Codec kCodec;
  return kCodec;
}

}  // namespace kompakt
