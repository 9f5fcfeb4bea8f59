#include "format/zstd/stream_coder.hpp"

#include <algorithm>
#include <utility>

#include "codec/zstd/encode_step.hpp"
#include "format/common/frame_magic.hpp"
#include "format/zstd/encode.hpp"
#include "format/zstd/frame.hpp"
#include "format/zstd/library.hpp"

namespace kompakt::zstd {
namespace {

class FrameEncoder final : public StreamCoder {
 public:
  explicit FrameEncoder(CompressContext context) : context_(std::move(context)) {}

  Result<StreamProgress> step(ByteSpan in, MutableByteSpan out, StreamMode mode) override {
    const EncodeStep done = encode_step(context_.get(), in, out, mode);
    return failed(done.code) ? Result<StreamProgress>(encode_failure(done.code)) : done.progress;
  }

  Status reset() override {
    ZSTD_CCtx_reset(context_.get(), ZSTD_reset_session_only);
    return {};
  }

 private:
  CompressContext context_;
};

class FrameDecoder final : public StreamCoder {
 public:
  explicit FrameDecoder(DecompressContext context) : context_(std::move(context)) {}

  Result<StreamProgress> step(ByteSpan in, MutableByteSpan out, StreamMode mode) override {
    ZSTD_inBuffer input{in.data(), in.size(), 0};
    ZSTD_outBuffer output{out.data(), out.size(), 0};
    for (;;) {
      const std::size_t before = input.pos;
      const std::size_t hint = ZSTD_decompressStream(context_.get(), &output, &input);
      if (failed(hint)) {
        return decode_failure(hint);
      }
      magic_.take(in.subspan(before, input.pos - before));
      const StreamProgress progress{input.pos, output.pos, StreamState::kNeedsInput};
      const bool all_taken = input.pos == input.size;
      if (hint == 0 && magic_.known() && !is_skippable(magic_.value())) {
        return StreamProgress{input.pos, output.pos, StreamState::kFinished};
      }
      if (hint == 0 && magic_.begun()) {
        magic_ = {};
        skipped_ = true;
      }
      if (output.pos == output.size && magic_.begun()) {
        return StreamProgress{input.pos, output.pos, StreamState::kNeedsOutput};
      }
      if (!all_taken) {
        continue;
      }
      if (mode == StreamMode::kFinish) {
        return skipped_ && !magic_.begun()
                   ? Result<StreamProgress>(
                         StreamProgress{input.pos, output.pos, StreamState::kFinished})
                   : Result<StreamProgress>(
                         Status(Code::kTruncated, "zstd: the frame ends too early"));
      }
      return progress;
    }
  }

  Status reset() override {
    ZSTD_DCtx_reset(context_.get(), ZSTD_reset_session_only);
    magic_ = {};
    skipped_ = false;
    return {};
  }

 private:
  DecompressContext context_;
  FrameMagic magic_;  // of the frame that is being read
  bool skipped_ = false;
};

}  // namespace

Result<std::unique_ptr<StreamCoder>> make_stream_encoder(const EncodeSettings& settings) {
  std::unique_ptr<StreamCoder> none;
  if (settings.seekable || settings.block_size) {
    return none;
  }
  const auto wishes = check_wishes(settings);
  if (!wishes.ok()) {
    return wishes.status();
  }
  if (stream_memory(*wishes) > settings.limits.max_memory) {
    return Status(Code::kLimitExceeded, "zstd: the level needs more memory than allowed");
  }
  CompressContext context = make_compress_context();
  if (!context) {
    return Status(Code::kLimitExceeded, "zstd: no memory for a compression context");
  }
  if (Status configured = configure_stream(context.get(), *wishes, std::nullopt);
      !configured.ok()) {
    return configured;
  }
  return std::unique_ptr<StreamCoder>(std::make_unique<FrameEncoder>(std::move(context)));
}

Result<std::unique_ptr<StreamCoder>> make_stream_decoder(const DecodeSettings& settings) {
  DecompressContext context = make_decompress_context();
  if (!context) {
    return Status(Code::kLimitExceeded, "zstd: no memory for a decompression context");
  }
  // The largest window, a power of two, that lies within the limit.
  int window_log = ZSTD_WINDOWLOG_MIN;
  while (window_log < ZSTD_WINDOWLOG_MAX &&
         (std::uint64_t{2} << static_cast<unsigned>(window_log)) <= settings.limits.max_memory) {
    ++window_log;
  }
  std::size_t code = ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, window_log);
  if (settings.dictionary && !failed(code)) {
    code = ZSTD_DCtx_loadDictionary(context.get(), settings.dictionary->data(),
                                    settings.dictionary->size());
    if (failed(code)) {
      return Status(Code::kInvalidArgument, "zstd: the dictionary is damaged");
    }
  }
  if (failed(code)) {
    return decode_failure(code);
  }
  return std::unique_ptr<StreamCoder>(std::make_unique<FrameDecoder>(std::move(context)));
}

}  // namespace kompakt::zstd
