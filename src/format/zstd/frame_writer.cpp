// One frame from parts that workers code side by side, each with the end of the content before it
// loaded as a raw dictionary. Parts after the first lose their frame header; what remains are
// blocks, which are laid end to end.
//
// Two things that a decoder carries over from block to block must not depend on where a part
// starts. Entropy tables: an encoder that begins never refers to earlier ones. Repeated offsets: an
// encoder that begins assumes the format's initial ones, but the decoder has those of the part
// before; so they are made unusable, by the call that the library's own threads make for it.
#define ZSTD_DISABLE_DEPRECATE_WARNINGS
#include <algorithm>
#include <utility>

#include "core/endian.hpp"
#include "format/common/carried_part_job.hpp"
#include "format/zstd/encode.hpp"
#include "format/zstd/frame.hpp"

// Not in the library's headers, but in its static archive, where its thread pool links to it. Weak:
// with a library that hides it, the frame is left to the library's own threads.
extern "C" __attribute__((weak)) void ZSTD_invalidateRepCodes(  // NOLINT(*-naming)
    ZSTD_CCtx* context);

namespace kompakt::zstd {
namespace {

// A raw dictionary that begins with this number would be taken for a trained one.
constexpr std::uint32_t kDictionaryMagic = ZSTD_MAGIC_DICTIONARY;

struct Coder final : StagedJob::Worker {
  CompressContext context = make_compress_context();
};

class FrameWriter final : public CarriedPartJob {
 public:
  FrameWriter(Source& source, Sink& sink, Wishes wishes, const FramePlan& plan)
      : CarriedPartJob(source, sink,
                       {.part_size = plan.part_size,
                        .carry_size = plan.overlap,
                        .max_coded = ZSTD_compressBound(plan.part_size) + kMaxHeader,
                        .coder_bytes = ZSTD_estimateCCtxSize_usingCParams(plan.parameters)}),
        wishes_(std::move(wishes)),
        plan_(plan) {}

  Result<std::unique_ptr<Worker>> make_worker() override {
    auto coder = std::make_unique<Coder>();
    if (!coder->context) {
      return Status(Code::kLimitExceeded, "zstd: no memory for a compression context");
    }
    return std::unique_ptr<Worker>(std::move(coder));
  }

 protected:
  Status pass(const Part& part) override {
    if (part.number == 0) {
      if (part.last) {
        content_size_ = part.raw.size();
      } else if (source().random_access()) {
        content_size_ = source().size();
      }
      plan_.parameters = plan_frame(wishes_, content_size_).parameters;
    }
    // The frame's header promises the size.
    const std::uint64_t end = part.offset + part.raw.size();
    if (content_size_ && (end > *content_size_ || (part.last && end != *content_size_))) {
      return Status(Code::kIo, "the input changed its size while it was being read").at_offset(end);
    }
    if (wishes_.checksum) {
      hash_.update(part.raw);
    }
    return {};
  }

  Status encode(Part& part, Worker& worker) override {
    ZSTD_CCtx* const context = static_cast<Coder&>(worker).context.get();
    // A dictionary is what comes before the first part.
    const bool first = part.number == 0;
    ByteSpan before = first && wishes_.dictionary ? ByteSpan(*wishes_.dictionary) : part.carry;
    if (!first && before.size() >= sizeof kDictionaryMagic &&
        load_le<std::uint32_t>(before) == kDictionaryMagic) {
      before = before.subspan(1);
    }
    ZSTD_parameters parameters{.cParams = plan_.parameters, .fParams = {}};
    const std::size_t begun = ZSTD_compressBegin_advanced(context, before.data(), before.size(),
                                                          parameters, ZSTD_CONTENTSIZE_UNKNOWN);
    if (failed(begun)) {
      return encode_failure(begun);
    }
    if (!first) {
      ZSTD_invalidateRepCodes(context);
    }
    const MutableByteSpan room = part.coded.first(part.coded.capacity());
    const std::size_t size = (part.last ? ZSTD_compressEnd : ZSTD_compressContinue)(
        context, room.data(), room.size(), part.raw.data(), part.raw.size());
    if (failed(size)) {
      return encode_failure(size);
    }
    const std::size_t header = ZSTD_frameHeaderSize(room.data(), size);
    if (failed(header)) {
      return encode_failure(header);
    }
    std::copy(room.begin() + static_cast<std::ptrdiff_t>(header),
              room.begin() + static_cast<std::ptrdiff_t>(size), room.begin());
    part.coded_size = size - header;
    return {};
  }

  Status begin(std::vector<std::byte>& header) override {
    // A match may reach a window back from the end of the overlap and, while the overlap is in
    // use, to its beginning: together never more than both.
    const std::uint64_t window =
        (std::uint64_t{1} << plan_.parameters.windowLog) + config().carry_size;
    append_frame_header(header, {.content = content_size_,
                                 .window = window,
                                 .dictionary = dictionary_number(),
                                 .checksum = wishes_.checksum});
    return {};
  }

  Status end(std::vector<std::byte>& trailer) override {
    if (wishes_.checksum) {
      trailer.resize(sizeof(std::uint32_t));
      store_le<std::uint32_t>(trailer, hash_.take());
    }
    return {};
  }

 private:
  [[nodiscard]] std::uint32_t dictionary_number() const {
    return wishes_.dictionary
               ? ZSTD_getDictID_fromDict(wishes_.dictionary->data(), wishes_.dictionary->size())
               : 0;
  }

  Wishes wishes_;
  FramePlan plan_;  // parameters: set with the first part, before anything is encoded
  std::optional<std::uint64_t> content_size_;
  ContentHash hash_;
};

}  // namespace

bool can_stitch_parts() noexcept { return ZSTD_invalidateRepCodes != nullptr; }

Result<std::unique_ptr<StagedJob>> make_frame_writer(Source& source, Sink& sink,
                                                     const Wishes& wishes) {
  std::optional<std::uint64_t> size;
  if (source.random_access()) {
    size = source.size();
  }
  return std::unique_ptr<StagedJob>(
      std::make_unique<FrameWriter>(source, sink, wishes, plan_frame(wishes, size)));
}

}  // namespace kompakt::zstd
