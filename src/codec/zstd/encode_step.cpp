#include "codec/zstd/encode_step.hpp"

namespace kompakt::zstd {

EncodeStep encode_step(ZSTD_CCtx* context, ByteSpan in, MutableByteSpan out, StreamMode mode) {
  ZSTD_inBuffer input{in.data(), in.size(), 0};
  ZSTD_outBuffer output{out.data(), out.size(), 0};
  const ZSTD_EndDirective directive = mode == StreamMode::kRun     ? ZSTD_e_continue
                                      : mode == StreamMode::kFlush ? ZSTD_e_flush
                                                                   : ZSTD_e_end;
  const std::size_t left = ZSTD_compressStream2(context, &output, &input, directive);
  EncodeStep step{left, {input.pos, output.pos, StreamState::kNeedsInput}};
  if (mode == StreamMode::kRun) {
    step.progress.state =
        input.pos < input.size ? StreamState::kNeedsOutput : StreamState::kNeedsInput;
  } else if (left != 0) {
    step.progress.state = StreamState::kNeedsOutput;
  } else if (mode == StreamMode::kFinish) {
    step.progress.state = StreamState::kFinished;
  }
  return step;
}

}  // namespace kompakt::zstd
