// Many frames, each of its own, and a table of them in a skippable frame at the end.
#include <limits>

#include "core/endian.hpp"
#include "format/common/part_encode_job.hpp"
#include "format/zstd/encode.hpp"
#include "format/zstd/frame.hpp"
#include "format/zstd/seek_table.hpp"

namespace kompakt::zstd {
namespace {

// Stronger levels look further back, so a frame start costs them more.
std::size_t default_frame(int level) {
  return static_cast<std::size_t>((level <= 9    ? 4
                                   : level <= 15 ? 8
                                   : level <= 19 ? 16
                                                 : 64) *
                                  kMiB);
}

struct Coder final : PartEncodeJob::Coder {
  CompressContext context = make_compress_context();
};

class SeekableWriter final : public PartEncodeJob {
 public:
  SeekableWriter(Source& source, Sink& sink, const Wishes& wishes, std::size_t frame_size)
      : PartEncodeJob(
            source, sink,
            {.part_size = frame_size,
             .max_coded = ZSTD_compressBound(frame_size),
             .coder_bytes =
                 ZSTD_estimateCCtxSize_usingCParams(ZSTD_getCParams(wishes.level, frame_size, 0)) +
                 (std::uint64_t{1} << static_cast<unsigned>(wishes.window_log)) +
                 (wishes.dictionary ? wishes.dictionary->size() * 4 : 0),
             .part_for_empty = true}),
        wishes_(wishes) {}

 protected:
  Result<std::unique_ptr<PartEncodeJob::Coder>> make_coder() override {
    auto coder = std::make_unique<zstd::Coder>();
    ZSTD_CCtx* const context = coder->context.get();
    if (context == nullptr) {
      return Status(Code::kLimitExceeded, "zstd: no memory for a compression context");
    }
    ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, wishes_.level);
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, wishes_.checksum ? 1 : 0);
    if (wishes_.window_log != 0) {
      ZSTD_CCtx_setParameter(context, ZSTD_c_enableLongDistanceMatching, 1);
      ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, wishes_.window_log);
    }
    if (wishes_.dictionary) {
      const std::size_t loaded =
          ZSTD_CCtx_loadDictionary(context, wishes_.dictionary->data(), wishes_.dictionary->size());
      if (failed(loaded)) {
        return encode_failure(loaded);
      }
    }
    return std::unique_ptr<PartEncodeJob::Coder>(std::move(coder));
  }

  Status begin(std::vector<std::byte>& /*header*/) override { return {}; }

  Status encode(Part& part, PartEncodeJob::Coder& coder) override {
    ZSTD_CCtx* const context = static_cast<zstd::Coder&>(coder).context.get();
    const MutableByteSpan room = part.coded.first(part.coded.capacity());
    const std::size_t size =
        ZSTD_compress2(context, room.data(), room.size(), part.raw.data(), part.raw.size());
    if (failed(size)) {
      return encode_failure(size);
    }
    part.coded_size = size;
    // The frame ends with the very check that the table wants.
    part.check = wishes_.checksum ? load_le<std::uint32_t>(room.first(size).last(4)) : 0;
    return {};
  }

  Status append(Part& part) override {
    if (table_.size() == kMaxTableFrames) {
      return {Code::kLimitExceeded, "zstd: more frames than a seek table holds; make them larger"};
    }
    table_.push_back({.stored = static_cast<std::uint32_t>(part.coded_size),
                      .content = static_cast<std::uint32_t>(part.size),
                      .check = static_cast<std::uint32_t>(part.check)});
    return {};
  }

  Status end(std::vector<std::byte>& trailer) override {
    append_seek_table(trailer, table_, wishes_.checksum);
    return {};
  }

 private:
  Wishes wishes_;
  std::vector<TableEntry> table_;
};

}  // namespace

Result<std::unique_ptr<StagedJob>> make_seekable_writer(Source& source, Sink& sink,
                                                        const Wishes& wishes) {
  const std::size_t frame_size =
      wishes.part_size != 0 ? wishes.part_size : default_frame(wishes.level);
  return std::unique_ptr<StagedJob>(
      std::make_unique<SeekableWriter>(source, sink, wishes, frame_size));
}

}  // namespace kompakt::zstd
