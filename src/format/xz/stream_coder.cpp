#include "format/xz/stream_coder.hpp"

#include <array>
#include <utility>

#include "format/xz/encode.hpp"
#include "format/xz/lzma.hpp"

namespace kompakt {
namespace {

class XzHandEncoder final : public StreamCoder {
 public:
  XzHandEncoder(const lzma_options_lzma& lzma, lzma_check check) : lzma_(lzma), check_(check) {}

  Result<StreamProgress> step(ByteSpan in, MutableByteSpan out, StreamMode mode) override {
    const lzma_action action = mode == StreamMode::kRun     ? LZMA_RUN
                               : mode == StreamMode::kFlush ? LZMA_SYNC_FLUSH
                                                            : LZMA_FINISH;
    const lzma_ret code = stream_.step(in, out, action);
    if (code != LZMA_OK && code != LZMA_STREAM_END && code != LZMA_BUF_ERROR) {
      return lzma_status(code, "encoder");
    }
    StreamProgress progress{stream_.consumed(), stream_.produced(), StreamState::kNeedsInput};
    if (code == LZMA_STREAM_END) {
      progress.state =
          mode == StreamMode::kFinish ? StreamState::kFinished : StreamState::kNeedsInput;
    } else if (progress.consumed < in.size() || mode != StreamMode::kRun) {
      progress.state = StreamState::kNeedsOutput;
    }
    return progress;
  }

  Status reset() override {
    const std::array<lzma_filter, 2> filters{lzma_filter{LZMA_FILTER_LZMA2, &lzma_},
                                             lzma_filter{LZMA_VLI_UNKNOWN, nullptr}};
    return lzma_status(lzma_stream_encoder(stream_.get(), filters.data(), check_), "encoder");
  }

 private:
  lzma_options_lzma lzma_;
  lzma_check check_;
  LzmaStream stream_;
};

class XzHandDecoder final : public StreamCoder {
 public:
  explicit XzHandDecoder(std::uint64_t limit) : limit_(limit) {}

  Result<StreamProgress> step(ByteSpan in, MutableByteSpan out, StreamMode mode) override {
    const lzma_ret code = stream_.step(in, out, LZMA_RUN);
    StreamProgress progress{stream_.consumed(), stream_.produced(), StreamState::kNeedsInput};
    if (code == LZMA_STREAM_END) {
      progress.state = StreamState::kFinished;
      return progress;
    }
    if (code == LZMA_MEMLIMIT_ERROR) {
      return lzma_memory_status(lzma_memusage(stream_.get()), limit_);
    }
    if (code != LZMA_OK && code != LZMA_BUF_ERROR) {
      return lzma_status(code, "stream");
    }
    if (progress.consumed < in.size() || progress.produced == out.size()) {
      progress.state = StreamState::kNeedsOutput;
    } else if (mode == StreamMode::kFinish) {
      return Status(Code::kTruncated, "xz: the stream ends too early");
    }
    return progress;
  }

  // Which of the three formats it is liblzma tells by the first byte.
  Status reset() override {
    return lzma_status(lzma_auto_decoder(stream_.get(), limit_, 0), "decoder");
  }

 private:
  std::uint64_t limit_;
  LzmaStream stream_;
};

Result<std::unique_ptr<StreamCoder>> started(std::unique_ptr<StreamCoder> coder) {
  if (Status ready = coder->reset(); !ready.ok()) {
    return ready;
  }
  return coder;
}

}  // namespace

Result<std::unique_ptr<StreamCoder>> make_xz_hand_encoder(const EncodeSettings& settings) {
  std::unique_ptr<StreamCoder> none;
  if (settings.seekable || settings.block_size) {
    return none;
  }
  const auto coding = xz_coding(settings);
  if (!coding.ok()) {
    return coding.status();
  }
  lzma_options_lzma lzma = coding->lzma;
  const std::array<lzma_filter, 2> filters{lzma_filter{LZMA_FILTER_LZMA2, &lzma},
                                           lzma_filter{LZMA_VLI_UNKNOWN, nullptr}};
  const std::uint64_t needed = lzma_raw_encoder_memusage(filters.data());
  if (needed > settings.limits.max_memory) {
    return Status(Code::kLimitExceeded, "xz: the level needs more memory than allowed");
  }
  return started(std::make_unique<XzHandEncoder>(lzma, coding->check));
}

Result<std::unique_ptr<StreamCoder>> make_xz_hand_decoder(const DecodeSettings& settings) {
  if (settings.dictionary) {
    return Status(Code::kInvalidArgument, "xz has no option dictionary");
  }
  return started(std::make_unique<XzHandDecoder>(settings.limits.max_memory));
}

}  // namespace kompakt
