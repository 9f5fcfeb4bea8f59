#include "format/gzip/stream_coder.hpp"

#include <zlib.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "format/gzip/part_coder.hpp"

namespace kompakt::gzip {
namespace {

using deflate::Framing;

constexpr int kMaxStreamLevel = 9;

/// A zlib stream with a preset dictionary, which only zlib's own decoder knows.
class PresetDecoder final : public StreamCoder {
 public:
  explicit PresetDecoder(Dictionary dictionary) : dictionary_(std::move(dictionary)) {}
  PresetDecoder(const PresetDecoder&) = delete;
  PresetDecoder& operator=(const PresetDecoder&) = delete;
  PresetDecoder(PresetDecoder&&) = delete;
  PresetDecoder& operator=(PresetDecoder&&) = delete;
  ~PresetDecoder() override { inflateEnd(&stream_); }

  Status start() {
    return inflateInit(&stream_) == Z_OK
               ? Status()
               : Status(Code::kLimitExceeded, "zlib: no memory for a decoder");
  }

  Result<StreamProgress> step(ByteSpan in, MutableByteSpan out, StreamMode mode) override {
    std::uint8_t nothing = 0;
    const auto offered_in = static_cast<uInt>(std::min<std::size_t>(in.size(), kMost));
    const auto offered_out = static_cast<uInt>(std::min<std::size_t>(out.size(), kMost));
    // zlib does not write through next_in.
    stream_.next_in =
        in.empty() ? &nothing
                   : const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(in.data()));
    stream_.avail_in = offered_in;
    stream_.next_out = out.empty() ? &nothing : reinterpret_cast<std::uint8_t*>(out.data());
    stream_.avail_out = offered_out;
    int code = inflate(&stream_, Z_NO_FLUSH);
    if (code == Z_NEED_DICT) {
      if (inflateSetDictionary(
              &stream_, reinterpret_cast<const std::uint8_t*>(dictionary_->data()),
              static_cast<uInt>(std::min<std::size_t>(dictionary_->size(), kMost))) != Z_OK) {
        return Status(Code::kMissingResource, "zlib: the stream needs another preset dictionary");
      }
      code = inflate(&stream_, Z_NO_FLUSH);
    }
    if (code == Z_MEM_ERROR) {
      return Status(Code::kLimitExceeded, "zlib: no memory for a decoder");
    }
    if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR) {
      return Status(Code::kCorrupt, "zlib: malformed stream or wrong checksum");
    }
    StreamProgress progress{offered_in - stream_.avail_in, offered_out - stream_.avail_out,
                            StreamState::kNeedsInput};
    if (code == Z_STREAM_END) {
      progress.state = StreamState::kFinished;
    } else if (stream_.avail_out == 0 || progress.consumed < in.size()) {
      progress.state = StreamState::kNeedsOutput;
    } else if (mode == StreamMode::kFinish) {
      return Status(Code::kTruncated, "zlib: the stream ends too early");
    }
    return progress;
  }

  Status reset() override {
    return inflateReset(&stream_) == Z_OK ? Status()
                                          : Status(Code::kInternal, "zlib: cannot be reset");
  }

 private:
  static constexpr std::size_t kMost = std::numeric_limits<uInt>::max() / 2;
  z_stream stream_{};
  Dictionary dictionary_;
};

}  // namespace

Result<std::unique_ptr<StreamCoder>> make_stream_encoder(const EncodeSettings& settings,
                                                         Framing framing) {
  std::unique_ptr<StreamCoder> none;
  const int level = settings.level.value_or(kDefaultLevel);
  if (level > kMaxStreamLevel || settings.seekable || settings.block_size || settings.name ||
      settings.modified) {
    return none;
  }
  if (settings.limits.max_memory < deflate::kStreamEncoderMemory) {
    return Status(Code::kLimitExceeded, "deflate: memory limit reached");
  }
  return deflate::make_stream_encoder(framing, level);
}

Result<std::unique_ptr<StreamCoder>> make_stream_decoder(const DecodeSettings& settings,
                                                         Framing framing) {
  if (settings.limits.max_memory < deflate::kStreamDecoderMemory) {
    return Status(Code::kLimitExceeded, "deflate: memory limit reached");
  }
  if (framing == Framing::kZlib && settings.dictionary && !settings.dictionary->empty()) {
    auto decoder = std::make_unique<PresetDecoder>(settings.dictionary);
    if (Status started = decoder->start(); !started.ok()) {
      return started;
    }
    return std::unique_ptr<StreamCoder>(std::move(decoder));
  }
  return deflate::make_stream_decoder(framing);
}

}  // namespace kompakt::gzip
