#include "format/lz4/stream_coder.hpp"

#include <utility>

#include "codec/lz4/frame.hpp"
#include "format/common/frame_magic.hpp"
#include "format/lz4/frame.hpp"
#include "format/lz4/levels.hpp"

namespace kompakt::lz4_frame {
namespace {

/// The codec's decoder, one frame after the other until there is one with content.
class FrameDecoder final : public StreamCoder {
 public:
  explicit FrameDecoder(std::unique_ptr<StreamCoder> coder) : coder_(std::move(coder)) {}

  Result<StreamProgress> step(ByteSpan in, MutableByteSpan out, StreamMode mode) override {
    StreamProgress total;
    for (;;) {
      const ByteSpan rest = in.subspan(total.consumed);
      if (skipped_ && !magic_.begun() && rest.empty()) {
        total.state =
            mode == StreamMode::kFinish ? StreamState::kFinished : StreamState::kNeedsInput;
        return total;
      }
      magic_.take(rest);
      if (magic_.known() && magic_.value() == kLegacyMagic) {
        return Status(Code::kUnsupported,
                      "lz4: a legacy frame does not say where it ends; decode it as a whole");
      }
      auto done = coder_->step(rest, out.subspan(total.produced), mode);
      if (!done.ok()) {
        return done;
      }
      total.consumed += done->consumed;
      total.produced += done->produced;
      total.state = done->state;
      if (done->state != StreamState::kFinished || !is_skippable(magic_.value())) {
        return total;
      }
      skipped_ = true;
      magic_ = {};
      if (Status again = coder_->reset(); !again.ok()) {
        return again;
      }
    }
  }

  Status reset() override {
    magic_ = {};
    skipped_ = false;
    return coder_->reset();
  }

 private:
  std::unique_ptr<StreamCoder> coder_;
  FrameMagic magic_;  // of the frame that is being read
  bool skipped_ = false;
};

}  // namespace

Result<std::unique_ptr<StreamCoder>> make_stream_encoder(const EncodeSettings& settings) {
  std::unique_ptr<StreamCoder> none;
  if (settings.block_size || settings.dictionary) {
    return none;
  }
  if (settings.limits.max_memory < lz4::kFrameEncoderMemory) {
    return Status(Code::kLimitExceeded, "lz4: memory limit reached");
  }
  return lz4::make_frame_stream_encoder(settings.level.value_or(kDefaultLevel),
                                        settings.checksum && settings.check != "none");
}

Result<std::unique_ptr<StreamCoder>> make_stream_decoder(const DecodeSettings& settings) {
  std::unique_ptr<StreamCoder> none;
  if (settings.dictionary) {
    return none;
  }
  auto coder = lz4::make_frame_stream_decoder(settings.limits);
  if (!coder.ok()) {
    return coder;
  }
  return std::unique_ptr<StreamCoder>(std::make_unique<FrameDecoder>(std::move(*coder)));
}

}  // namespace kompakt::lz4_frame
