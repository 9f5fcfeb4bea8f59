// One frame by one context of the library, for what needs a single view of all content. Reading and
// writing overlap with it; nothing else does.
#include <array>

#include "core/buffer.hpp"
#include "format/zstd/encode.hpp"

namespace kompakt::zstd {
namespace {

constexpr std::size_t kPiece = 2 * kMiB;

struct Piece final : StagedJob::Slot {
  Buffer room;
  std::size_t size = 0;
};

class StreamWriter final : public StagedJob {
 public:
  StreamWriter(Source& source, Sink& sink, const Wishes& wishes, CompressContext context)
      : source_(source),
        sink_(sink),
        context_(std::move(context)),
        coder_bytes_(stream_memory(wishes)),
        out_(ZSTD_CStreamOutSize() * 8) {}

  std::uint64_t slot_bytes() const override { return kPiece; }
  // The context is one for all, but even one worker needs it.
  std::uint64_t worker_bytes() const override { return coder_bytes_; }
  bool ordered_stages_wait() const override { return true; }
  std::unique_ptr<Slot> make_slot() override { return std::make_unique<Piece>(); }
  Result<std::unique_ptr<Worker>> make_worker() override { return std::make_unique<Worker>(); }

  Result<bool> read(Slot& slot) override {
    auto& piece = static_cast<Piece&>(slot);
    if (ended_) {
      return false;
    }
    piece.room.resize_discard(kPiece);
    const MutableByteSpan room = piece.room.first(kPiece);
    const auto got =
        source_.random_access() ? source_.read_at(position_, room) : source_.read(room);
    if (!got.ok()) {
      return got.status();
    }
    piece.size = *got;
    position_ += *got;
    ended_ = *got < kPiece;
    return piece.size != 0;
  }

  Status work(Slot& /*slot*/, Worker& /*worker*/) override { return {}; }

  Status write(Slot& slot) override {
    auto& piece = static_cast<Piece&>(slot);
    Status fed = feed(piece.room.first(piece.size), ZSTD_e_continue);
    content_ += fed.ok() ? piece.size : 0;
    return fed;
  }

  Status finish() override { return feed({}, ZSTD_e_end); }
  Progress progress() const override { return {content_, output_}; }

 private:
  Status feed(ByteSpan content, ZSTD_EndDirective directive) {
    ZSTD_inBuffer input{content.data(), content.size(), 0};
    std::size_t left = 0;
    do {
      const MutableByteSpan room = out_.first(out_.capacity());
      ZSTD_outBuffer output{room.data(), room.size(), 0};
      left = ZSTD_compressStream2(context_.get(), &output, &input, directive);
      if (failed(left)) {
        return encode_failure(left);
      }
      if (output.pos != 0) {
        output_ += output.pos;
        if (Status written = sink_.write(room.first(output.pos)); !written.ok()) {
          return written;
        }
      }
    } while (directive == ZSTD_e_end ? left != 0 : input.pos < input.size);
    return {};
  }

  Source& source_;  // NOLINT(cppcoreguidelines-*): outlives the job
  Sink& sink_;      // NOLINT(cppcoreguidelines-*): outlives the job
  CompressContext context_;
  std::uint64_t coder_bytes_;
  Buffer out_;
  std::uint64_t position_ = 0;
  bool ended_ = false;
  std::uint64_t content_ = 0;
  std::uint64_t output_ = 0;
};

}  // namespace

std::uint64_t stream_memory(const Wishes& wishes) {
  ZSTD_compressionParameters parameters = ZSTD_getCParams(wishes.level, 0, 0);
  if (wishes.window_log != 0) {
    parameters.windowLog = static_cast<unsigned>(wishes.window_log);
  }
  return ZSTD_estimateCCtxSize_usingCParams(parameters) +
         (std::uint64_t{1} << parameters.windowLog);
}

Status configure_stream(ZSTD_CCtx* context, const Wishes& wishes,
                        std::optional<std::uint64_t> content_size) {
  struct Setting {
    ZSTD_cParameter parameter;
    std::uint64_t value;
    bool wanted = true;
  };
  const std::array settings = {
      Setting{ZSTD_c_checksumFlag, wishes.checksum ? 1U : 0U},
      Setting{ZSTD_c_enableLongDistanceMatching, 1, wishes.window_log != 0},
      Setting{ZSTD_c_windowLog, static_cast<unsigned>(wishes.window_log), wishes.window_log != 0},
  };
  std::size_t code = ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, wishes.level);
  for (const auto& setting : settings) {
    if (setting.wanted && !failed(code)) {
      code = ZSTD_CCtx_setParameter(context, setting.parameter, static_cast<int>(setting.value));
    }
  }
  if (wishes.dictionary && !failed(code)) {
    code = ZSTD_CCtx_loadDictionary(context, wishes.dictionary->data(), wishes.dictionary->size());
  }
  if (content_size && !failed(code)) {
    code = ZSTD_CCtx_setPledgedSrcSize(context, *content_size);
  }
  return failed(code) ? encode_failure(code) : Status();
}

Result<std::unique_ptr<StagedJob>> make_stream_writer(Source& source, Sink& sink,
                                                      const Wishes& wishes) {
  CompressContext context = make_compress_context();
  if (!context) {
    return Status(Code::kLimitExceeded, "zstd: no memory for a compression context");
  }
  if (Status configured = configure_stream(context.get(), wishes,
                                           source.random_access() ? source.size() : std::nullopt);
      !configured.ok()) {
    return configured;
  }
  return std::unique_ptr<StagedJob>(
      std::make_unique<StreamWriter>(source, sink, wishes, std::move(context)));
}

}  // namespace kompakt::zstd
