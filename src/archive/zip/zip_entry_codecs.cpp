#include "archive/zip/zip_entry_codecs.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <utility>

#include "archive/zip/zip_entry_deflate64.hpp"
#include "codec/deflate/inflate/inflater.hpp"
#include "core/endian.hpp"
#include "format/xz/lzma.hpp"

namespace kompakt::zip {
namespace {

constexpr std::size_t kPiece = std::size_t{512} * 1024;

Status corrupt(const char* what) { return {Code::kCorrupt, what}; }
Status left_behind() { return corrupt("zip: stored bytes are left behind the compressed stream"); }

class StoreDecoder final : public ContentDecoder {
 public:
  explicit StoreDecoder(StoredInput input) : input_(std::move(input)) {}
  Result<ByteSpan> next() override {
    input_.consume(given_);
    given_ = 0;
    if (Status filled = input_.fill(); !filled.ok()) {
      return filled;
    }
    given_ = input_.available().size();
    return input_.available();
  }

 private:
  StoredInput input_;
  std::size_t given_ = 0;
};

class DeflateDecoder final : public ContentDecoder {
 public:
  explicit DeflateDecoder(StoredInput input)
      : input_(std::move(input)), buffer_(deflate::kWindowSize + kPiece) {
    inflater_.start();
  }

  Result<ByteSpan> next() override {
    if (filled_ > deflate::kWindowSize) {
      std::memmove(buffer_.data(), buffer_.data() + filled_ - deflate::kWindowSize,
                   deflate::kWindowSize);
      filled_ = deflate::kWindowSize;
    }
    const std::size_t start = filled_;
    // A little room may stay: what is left of a match goes into the next piece.
    while (!ended_ && filled_ < deflate::kWindowSize + kPiece) {
      if (Status status = step(); !status.ok()) {
        return status;
      }
    }
    if (filled_ == start && !input_.empty()) {
      return left_behind();
    }
    return std::as_const(buffer_).first(filled_).subspan(start);
  }

 private:
  Status step() {
    if (Status filled = input_.fill(); !filled.ok()) {
      return filled;
    }
    auto* const out = reinterpret_cast<std::uint8_t*>(buffer_.data());
    const auto step =
        inflater_.run({.bytes = input_.available(),
                       .first_byte = input_.position(),
                       .complete = input_.complete()},
                      {.buffer = {out, deflate::kWindowSize + kPiece}, .filled = filled_});
    if (!step.ok()) {
      return step.status();
    }
    filled_ += step->produced;
    ended_ = step->halt == deflate::Halt::kEnd;
    const std::uint64_t passed = (inflater_.bit_offset() + (ended_ ? 7 : 0)) / 8;
    input_.consume(static_cast<std::size_t>(passed - input_.position()));
    return {};
  }

  StoredInput input_;
  deflate::Inflater inflater_;
  Buffer buffer_;
  std::size_t filled_ = 0;
  bool ended_ = false;
};

/// A codec of the registry that streams. Streams laid end to end are read as one.
class CodecDecoder final : public ContentDecoder {
 public:
  CodecDecoder(StoredInput input, std::unique_ptr<StreamCoder> coder)
      : input_(std::move(input)), coder_(std::move(coder)), buffer_(kPiece) {}

  Result<ByteSpan> next() override {
    std::size_t filled = 0;
    while (filled < kPiece && !ended_) {
      if (Status status = input_.fill(); !status.ok()) {
        return status;
      }
      const auto step = coder_->step(input_.available(), buffer_.first(kPiece).subspan(filled),
                                     input_.complete() ? StreamMode::kFinish : StreamMode::kRun);
      if (!step.ok()) {
        return step.status();
      }
      input_.consume(step->consumed);
      filled += step->produced;
      if (step->state == StreamState::kFinished) {
        ended_ = input_.empty();
        if (Status reset = ended_ ? Status() : coder_->reset(); !reset.ok()) {
          return reset;
        }
      } else if (step->consumed == 0 && step->produced == 0) {
        return Status(Code::kTruncated, "zip: the compressed stream ends too early");
      }
    }
    return std::as_const(buffer_).first(filled);
  }

 private:
  StoredInput input_;
  std::unique_ptr<StreamCoder> coder_;
  Buffer buffer_;
  bool ended_ = false;
};

/// Bare LZMA behind zip's own header, or an .xz stream.
class LzmaDecoder final : public ContentDecoder {
 public:
  LzmaDecoder(StoredInput input, std::uint64_t size)
      : input_(std::move(input)), buffer_(kPiece), size_(size) {}

  Status start_xz(std::uint64_t max_memory) {
    what_ = "the xz data";
    return lzma_status(lzma_stream_decoder(stream_.get(), max_memory, LZMA_CONCATENATED), what_);
  }

  // Two bytes of version, two of the properties' length, then those of .lzma, which lacks a size.
  Status start_lzma(std::uint64_t max_memory, bool has_end_mark) {
    constexpr std::size_t kHead = 4;
    constexpr std::size_t kProperties = 5;
    what_ = "the LZMA data";
    if (Status filled = input_.fill(); !filled.ok()) {
      return filled;
    }
    const ByteSpan head = input_.available();
    if (head.size() < kHead + kProperties ||
        load_le<std::uint16_t>(head.subspan(2)) != kProperties) {
      return corrupt("zip: invalid header of LZMA data");
    }
    std::array<std::byte, kProperties + sizeof(std::uint64_t)> alone{};
    std::copy_n(head.begin() + kHead, kProperties, alone.begin());
    store_le<std::uint64_t>(MutableByteSpan(alone).subspan(kProperties),
                            has_end_mark ? UINT64_MAX : size_);
    input_.consume(kHead + kProperties);
    unmarked_ = true;
    if (Status status = lzma_status(lzma_alone_decoder(stream_.get(), max_memory), what_);
        !status.ok()) {
      return status;
    }
    // The library reads nothing while it has no room, although a header gives no output.
    const lzma_ret code = stream_.step(alone, buffer_.first(1), LZMA_RUN);
    return code == LZMA_OK && stream_.consumed() != alone.size()
               ? Status(Code::kInternal, "zip: the LZMA header was not taken")
               : lzma_status(code, what_);
  }

  Result<ByteSpan> next() override {
    std::size_t filled = 0;
    while (filled < kPiece && !ended_) {
      if (Status status = input_.fill(); !status.ok()) {
        return status;
      }
      const bool last = input_.complete();
      const lzma_ret code = stream_.step(input_.available(), buffer_.first(kPiece).subspan(filled),
                                         last ? LZMA_FINISH : LZMA_RUN);
      input_.consume(stream_.consumed());
      filled += stream_.produced();
      produced_ += stream_.produced();
      // Some writers promise an end mark and leave it out; others write one without promising.
      const bool complete = unmarked_ && last && code == LZMA_BUF_ERROR && produced_ == size_;
      ended_ = code == LZMA_STREAM_END || complete;
      if (!ended_ && (code != LZMA_BUF_ERROR || last)) {
        if (Status status = lzma_status(code, what_); !status.ok()) {
          return status;
        }
      }
    }
    if (filled == 0 && !unmarked_ && !input_.empty()) {
      return left_behind();
    }
    return std::as_const(buffer_).first(filled);
  }

 private:
  StoredInput input_;
  LzmaStream stream_;
  Buffer buffer_;
  std::uint64_t size_;
  std::uint64_t produced_ = 0;
  const char* what_ = "";
  bool unmarked_ = false;
  bool ended_ = false;
};

Result<std::unique_ptr<ContentDecoder>> codec_decoder(StoredInput input, CodecId id,
                                                      std::uint64_t max_memory) {
  auto coder = find_codec(id)->make_stream_decoder({}, Limits{.max_memory = max_memory});
  if (!coder.ok()) {
    return coder.status();
  }
  return std::unique_ptr<ContentDecoder>(
      std::make_unique<CodecDecoder>(std::move(input), std::move(*coder)));
}

}  // namespace

Status check_method(const ZipExtent& extent) {
  switch (is_nothing(extent) ? Method::kStore : plain_method(extent.method)) {
    case Method::kStore:
    case Method::kDeflate:
    case Method::kDeflate64:
    case Method::kBzip2:
    case Method::kLzma:
    case Method::kZstd:
    case Method::kXz:
      return {};
    default:
      return {Code::kUnsupported, "zip: cannot decode " + describe_method(extent.method)};
  }
}

Result<std::unique_ptr<ContentDecoder>> make_content_decoder(const Source& source,
                                                             const ZipExtent& extent,
                                                             std::uint64_t max_memory) {
  StoredInput input(source, extent.data, extent.stored_size);
  switch (is_nothing(extent) ? Method::kStore : plain_method(extent.method)) {
    case Method::kStore:
      return std::unique_ptr<ContentDecoder>(std::make_unique<StoreDecoder>(std::move(input)));
    case Method::kDeflate:
      return std::unique_ptr<ContentDecoder>(std::make_unique<DeflateDecoder>(std::move(input)));
    case Method::kDeflate64:
      return make_deflate64_decoder(std::move(input));
    case Method::kBzip2:
      return codec_decoder(std::move(input), CodecId::kBzip2, max_memory);
    case Method::kZstd:
      return codec_decoder(std::move(input), CodecId::kZstd, max_memory);
    case Method::kLzma:
    case Method::kXz: {
      auto decoder = std::make_unique<LzmaDecoder>(std::move(input), extent.size);
      const Status started = extent.method == Method::kXz
                                 ? decoder->start_xz(max_memory)
                                 : decoder->start_lzma(max_memory, extent.lzma_end_mark);
      if (!started.ok()) {
        return started;
      }
      return std::unique_ptr<ContentDecoder>(std::move(decoder));
    }
    default:
      return check_method(extent);
  }
}

}  // namespace kompakt::zip
