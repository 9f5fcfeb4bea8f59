#include "format/xz/index_decode.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <string>

#include "format/xz/block_worker.hpp"
#include "format/xz/check.hpp"
#include "format/xz/points.hpp"

namespace kompakt {
namespace {

// What a block may hold in memory until its turn comes, on sinks that take bytes in order only.
constexpr std::uint64_t kMaxWholeBlock = 256 * kMiB;
// Headers that are looked at beforehand for the memory that their blocks need. Blocks behind these
// may need more, each within the limit.
constexpr int kHeadersRead = 256;

struct Unit final : StagedJob::Slot {
  lzma_check check = LZMA_CHECK_NONE;
  std::uint64_t number = 0;
  std::uint64_t offset = 0;  ///< in the source
  std::uint64_t total = 0;
  std::uint64_t unpadded = 0;
  std::uint64_t content = 0;
  std::uint64_t size = 0;  ///< content bytes
  std::uint64_t lines = 0;
  Buffer bytes;
};

/// The most that any block may need.
struct Need {
  std::uint64_t content = 0;
  std::uint64_t memory = 0;
  std::uint64_t window = 0;
};

class XzIndexDecodeJob final : public DecodeJob {
 public:
  XzIndexDecodeJob(const Source& source, Sink& sink, const DecodeSettings& settings,
                   LzmaIndex index, const Need& need)
      : source_(source),
        sink_(sink),
        limits_(settings.limits),
        scatter_(sink.positional()),
        points_(settings),
        index_(std::move(index)),
        need_(need) {
    lzma_index_iter_init(&iter_, index_.get());
  }

  std::uint64_t slot_bytes() const override { return scatter_ ? 0 : need_.content; }
  std::uint64_t worker_bytes() const override {
    return need_.memory + XzBlockWorker::kInput + XzBlockWorker::kOutput;
  }
  bool ordered_stages_wait() const override { return !scatter_; }
  std::unique_ptr<Slot> make_slot() override { return std::make_unique<Unit>(); }
  Result<std::unique_ptr<Worker>> make_worker() override {
    return std::unique_ptr<Worker>(std::make_unique<XzBlockWorker>());
  }

  Result<bool> read(Slot& slot) override {
    auto& unit = static_cast<Unit&>(slot);
    if (lzma_index_iter_next(&iter_, LZMA_INDEX_ITER_BLOCK)) {
      return false;
    }
    unit.check = iter_.stream.flags->check;
    unit.number = iter_.block.number_in_file - 1;
    unit.offset = iter_.block.compressed_file_offset;
    unit.total = iter_.block.total_size;
    unit.unpadded = iter_.block.unpadded_size;
    unit.content = iter_.block.uncompressed_file_offset;
    unit.size = iter_.block.uncompressed_size;
    if (unit.content > limits_.max_output || unit.size > limits_.max_output - unit.content) {
      return Status(Code::kLimitExceeded, "output is larger than the limit of " +
                                              std::to_string(limits_.max_output) + " bytes")
          .in_block(unit.number)
          .at_offset(unit.offset);
    }
    source_.will_need(unit.offset, unit.total);
    return true;
  }

  Status work(Slot& slot, Worker& worker) override {
    auto& unit = static_cast<Unit&>(slot);
    auto& decoder = static_cast<XzBlockWorker&>(worker);
    if (!scatter_) {
      unit.bytes.resize_discard(static_cast<std::size_t>(unit.size));
    }
    Status decoded = decoder.run({
        .check = unit.check,
        .total = unit.total,
        .unpadded = unit.unpadded,
        .uncompressed = unit.size,
        .content = unit.content,
        .source = &source_,
        .offset = unit.offset,
        .scatter = scatter_ ? &sink_ : nullptr,
        .whole = &unit.bytes,
        .count_lines = points_.lines_wanted(),
        .max_memory = limits_.max_memory,
    });
    unit.lines = decoder.lines();
    return decoded.in_block(unit.number).at_offset(unit.offset);
  }

  Status write(Slot& slot) override {
    auto& unit = static_cast<Unit&>(slot);
    points_.block(unit.content, unit.offset, unit.check);
    points_.lines(unit.lines);
    progress_.bytes_in = unit.offset + unit.total;
    progress_.bytes_out += unit.size;
    return scatter_ || unit.size == 0
               ? Status()
               : sink_.write(std::as_const(unit.bytes).first(static_cast<std::size_t>(unit.size)));
  }

  Status finish() override {
    facts_.streams = lzma_index_stream_count(index_.get());
    facts_.blocks = lzma_index_block_count(index_.get());
    facts_.compressed = lzma_index_file_size(index_.get());
    facts_.content = lzma_index_uncompressed_size(index_.get());
    facts_.window = need_.window;
    lzma_index_iter iter;
    lzma_index_iter_init(&iter, index_.get());
    while (!lzma_index_iter_next(&iter, LZMA_INDEX_ITER_STREAM)) {
      if (iter.stream.number == 1) {
        facts_.check = XzCheck::name(iter.stream.flags->check);
      }
      if (!XzCheck::known(iter.stream.flags->check)) {
        facts_.warnings.push_back(
            XzCheck::warning(iter.stream.flags->check, iter.stream.compressed_offset));
      }
    }
    progress_.bytes_in = facts_.compressed;
    return {};
  }
  Progress progress() const override { return progress_; }
  const StreamFacts& facts() const override { return facts_; }
  std::optional<SeekIndex> take_index() override { return points_.take(facts_); }

 private:
  const Source& source_;  // NOLINT(cppcoreguidelines-*): outlives the job
  Sink& sink_;            // NOLINT(cppcoreguidelines-*): outlives the job
  Limits limits_;
  bool scatter_;
  XzPoints points_;
  LzmaIndex index_;
  Need need_;
  lzma_index_iter iter_{};
  Progress progress_;
  StreamFacts facts_;
};

// Headers that cannot be read count for nothing here: their blocks' turn will come.
Need find_need(const Source& source, const lzma_index* index) {
  Need need;
  XzBlockDecoder decoder;
  std::array<std::byte, LZMA_BLOCK_HEADER_SIZE_MAX> header{};
  lzma_index_iter iter;
  lzma_index_iter_init(&iter, index);
  for (int read = 0; !lzma_index_iter_next(&iter, LZMA_INDEX_ITER_BLOCK);) {
    need.content = std::max<std::uint64_t>(need.content, iter.block.uncompressed_size);
    if (read == kHeadersRead) {
      continue;
    }
    ++read;
    const auto got = source.read_at(iter.block.compressed_file_offset, header);
    if (!got.ok() || *got == 0 || header[0] == std::byte{0} ||
        XzBlockDecoder::header_size(header[0]) > *got) {
      continue;
    }
    const ByteSpan bytes = ByteSpan(header).first(XzBlockDecoder::header_size(header[0]));
    if (decoder.parse(bytes, iter.stream.flags->check, std::numeric_limits<std::uint64_t>::max())
            .ok()) {
      need.memory = std::max(need.memory, decoder.memory());
      need.window = std::max(need.window, decoder.window());
    }
  }
  return need;
}

}  // namespace

Result<std::unique_ptr<DecodeJob>> make_xz_index_decoder(const Source& source, Sink& sink,
                                                         const DecodeSettings& settings,
                                                         LzmaIndex index) {
  const std::uint64_t blocks = lzma_index_block_count(index.get());
  if (blocks == 1) {
    return std::unique_ptr<DecodeJob>();
  }
  const Need need = find_need(source, index.get());
  // On sinks that take bytes in order, blocks wait whole.
  constexpr std::uint64_t kSlots = 4;
  const bool held = !sink.positional();
  if (held && need.content > kMaxWholeBlock) {
    return std::unique_ptr<DecodeJob>();
  }
  const std::uint64_t least = 2 * need.memory + (held ? kSlots * need.content : 0);
  if (least > settings.limits.max_memory) {
    return std::unique_ptr<DecodeJob>();
  }
  return std::unique_ptr<DecodeJob>(
      std::make_unique<XzIndexDecodeJob>(source, sink, settings, std::move(index), need));
}

}  // namespace kompakt
