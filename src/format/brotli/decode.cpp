// The reader: one stream from front to back.
#include <brotli/decode.h>

#include <algorithm>
#include <string>

#include "format/brotli/jobs.hpp"
#include "format/common/huge_allocator.hpp"
#include "format/common/input_reader.hpp"
#include "format/common/piece_decode_job.hpp"

namespace kompakt {
namespace {

// Measured: the decoder's tables besides its ring buffer stay well below this.
constexpr std::uint64_t kDecoderTables = kMiB;

struct StateDeleter {
  void operator()(BrotliDecoderState* state) const noexcept { BrotliDecoderDestroyInstance(state); }
};

/// The decoder's memory under a ceiling.
class Memory {
 public:
  explicit Memory(std::uint64_t limit) : limit_(limit) {}
  static void* allocate(void* opaque, std::size_t size) {
    auto& self = *static_cast<Memory*>(opaque);
    if (size > self.limit_ - std::min(self.limit_, kDecoderTables)) {
      self.refused_ = size + kDecoderTables;
      return nullptr;
    }
    return self.memory_.allocate(size);
  }
  static void release(void* opaque, void* pointer) {
    static_cast<Memory*>(opaque)->memory_.release(pointer);
  }
  [[nodiscard]] std::uint64_t refused() const noexcept { return refused_; }
  [[nodiscard]] std::uint64_t limit() const noexcept { return limit_; }

 private:
  HugeAllocator memory_;
  std::uint64_t limit_;
  std::uint64_t refused_ = 0;
};

class BrotliDecodeJob final : public PieceDecodeJob {
 public:
  BrotliDecodeJob(Source& source, Sink& sink, const Config& config)
      : PieceDecodeJob(source, sink, config),
        input_(source),
        memory_(config.limits.max_memory),
        state_(BrotliDecoderCreateInstance(Memory::allocate, Memory::release, &memory_)) {
    if (state_) {
      // The stock tool reads them too.
      BrotliDecoderSetParameter(state_.get(), BROTLI_DECODER_PARAM_LARGE_WINDOW, 1);
    }
  }

  Status finish() override {
    facts_.content = produced();
    return {};
  }

 protected:
  Result<bool> produce(Piece& piece) override {
    if (ended_) {
      return false;
    }
    if (!state_) {
      return Status(Code::kLimitExceeded, "brotli: no memory");
    }
    const std::size_t size = config().piece_size;
    auto* next_out = reinterpret_cast<std::uint8_t*>(piece.room.data());
    std::size_t out_left = size;
    while (out_left != 0 && !ended_) {
      if (Status filled = input_.fill(1); !filled.ok()) {
        return filled;
      }
      const ByteSpan in = input_.available();
      const auto* next_in = reinterpret_cast<const std::uint8_t*>(in.data());
      std::size_t in_left = in.size();
      const BrotliDecoderResult result = BrotliDecoderDecompressStream(
          state_.get(), &in_left, &next_in, &out_left, &next_out, nullptr);
      input_.consume(in.size() - in_left);
      if (result == BROTLI_DECODER_RESULT_SUCCESS) {
        ended_ = true;
      } else if (result == BROTLI_DECODER_RESULT_ERROR) {
        return failure().at_offset(input_.position());
      } else if (result == BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT && in.empty()) {
        return Status(Code::kTruncated, input_.position() == 0
                                            ? "brotli: the input is empty"
                                            : "brotli: the stream ends too early")
            .at_offset(input_.position());
      }
    }
    piece.bytes = std::as_const(piece.room).first(size - out_left);
    return ended_ ? end() : Result<bool>(true);
  }

  Status inspect(Piece& /*piece*/) const override { return {}; }
  Status settle(Piece& /*piece*/) override { return {}; }
  std::uint64_t input_position() const override { return input_.position(); }

 private:
  Status failure() const {
    if (memory_.refused() != 0) {
      return {Code::kLimitExceeded, "brotli: decoding needs " + std::to_string(memory_.refused()) +
                                        " bytes of memory at once, the limit is " +
                                        std::to_string(memory_.limit())};
    }
    const BrotliDecoderErrorCode code = BrotliDecoderGetErrorCode(state_.get());
    // The allocation errors lie between these two.
    if (code <= BROTLI_DECODER_ERROR_ALLOC_CONTEXT_MODES &&
        code >= BROTLI_DECODER_ERROR_ALLOC_BLOCK_TYPE_TREES) {
      return {Code::kLimitExceeded, "brotli: no memory"};
    }
    return {Code::kCorrupt,
            std::string("brotli: corrupt input (") + BrotliDecoderErrorString(code) + ")"};
  }

  Result<bool> end() {
    if (Status filled = input_.fill(1); !filled.ok()) {
      return filled;
    }
    if (!input_.available().empty()) {
      return Status(Code::kCorrupt, "brotli: garbage after the end of the stream")
          .at_offset(input_.position());
    }
    facts_.streams = 1;
    facts_.compressed = input_.position();
    facts_.check = "None";
    return true;
  }

  InputReader input_;
  Memory memory_;
  std::unique_ptr<BrotliDecoderState, StateDeleter> state_;
  bool ended_ = false;
};

}  // namespace

Result<std::unique_ptr<DecodeJob>> make_brotli_decoder(Source& source, Sink& sink,
                                                       const DecodeSettings& settings) {
  if (settings.dictionary) {
    return Status(Code::kInvalidArgument, "brotli has no option dictionary");
  }
  return std::unique_ptr<DecodeJob>(std::make_unique<BrotliDecodeJob>(
      source, sink,
      PieceDecodeJob::Config{.decoder_bytes = kDecoderTables, .limits = settings.limits}));
}

}  // namespace kompakt
