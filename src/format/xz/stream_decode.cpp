#include "format/xz/stream_decode.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>

#include "format/xz/block_worker.hpp"
#include "format/xz/stream_parser.hpp"

namespace kompakt {
namespace {

constexpr std::size_t kPiece = kMiB;
// A whole block waits in memory where it is decoded apart; the blocks of xz -9 have 192 MiB.
constexpr std::uint64_t kMaxWholeBlock = 256 * kMiB;

struct Unit final : StagedJob::Slot {
  bool whole = false;   ///< a block to be decoded in work(); else a decoded piece of one
  bool begins = false;  ///< a piece: the first of its block
  bool ends = false;    ///< a piece: the last of its block
  lzma_check check = LZMA_CHECK_NONE;
  std::uint64_t block = 0;         ///< number
  std::uint64_t block_offset = 0;  ///< in the source
  std::uint64_t content = 0;       ///< offset
  std::uint64_t input_end = 0;
  std::uint64_t lines = 0;
  std::uint64_t unpadded = 0;
  std::size_t coded_size = 0;
  std::size_t size = 0;  ///< content bytes
  std::array<std::uint8_t, LZMA_CHECK_SIZE_MAX> stored{};
  Buffer coded;
  Buffer bytes;
};

/// The most that whole blocks may need, settled by the first block of the source.
struct Room {
  std::uint64_t coded = 0;
  std::uint64_t content = 0;
  std::uint64_t memory = 0;  ///< of a decoder
};

class XzStreamDecodeJob final : public DecodeJob {
 public:
  XzStreamDecodeJob(InputReader input, bool ordered_input, Sink& sink,
                    const DecodeSettings& settings)
      : ordered_input_(ordered_input),
        sink_(sink),
        limits_(settings.limits),
        scatter_(sink.positional()),
        points_(settings),
        parser_(std::move(input), settings.limits.max_memory) {}

  /// Looks at the first block.
  Status prepare() {
    auto sizes = parser_.first_block();
    if (!sizes.ok()) {
      return sizes.status();
    }
    if (!*sizes) {
      return {};
    }
    const auto& first = **sizes;
    // One worker and the fewest slots that the engine makes for more than one thread.
    constexpr std::uint64_t kSlots = 4;
    if (first.total > kMaxWholeBlock || first.content > kMaxWholeBlock ||
        kSlots * (first.total + first.content) + 2 * first.memory > limits_.max_memory) {
      return {};
    }
    room_ = {first.total, first.content, first.memory};
    return {};
  }

  std::uint64_t slot_bytes() const override {
    return room_.coded + (scatter_ ? kPiece : std::max<std::uint64_t>(room_.content, kPiece));
  }
  std::uint64_t worker_bytes() const override { return room_.memory + XzBlockWorker::kOutput; }
  bool ordered_stages_wait() const override { return ordered_input_ || !scatter_; }
  std::unique_ptr<Slot> make_slot() override { return std::make_unique<Unit>(); }
  Result<std::unique_ptr<Worker>> make_worker() override {
    return std::unique_ptr<Worker>(std::make_unique<XzBlockWorker>());
  }

  Result<bool> read(Slot& slot) override {
    auto& unit = static_cast<Unit&>(slot);
    unit.whole = unit.begins = unit.ends = false;
    unit.lines = 0;
    if (!in_block_) {
      auto more = parser_.next_block();
      if (!more.ok() || !*more) {
        return more;
      }
      auto whole = take_whole(unit);
      if (!whole.ok() || *whole) {
        return whole;
      }
    }
    Status decoded = decode_piece(unit);
    decoded.in_block(parser_.block_number()).at_offset(parser_.block_offset());
    return decoded.ok() ? Result<bool>(true) : Result<bool>(decoded);
  }

  Status work(Slot& slot, Worker& worker) override {
    auto& unit = static_cast<Unit&>(slot);
    if (unit.whole) {
      return decode_whole(unit, static_cast<XzBlockWorker&>(worker))
          .in_block(unit.block)
          .at_offset(unit.block_offset);
    }
    const ByteSpan bytes = std::as_const(unit.bytes).first(unit.size);
    if (points_.lines_wanted()) {
      unit.lines = count_lines(bytes);
    }
    return scatter_ && !bytes.empty() ? sink_.write_at(unit.content, bytes) : Status();
  }

  Status write(Slot& slot) override {
    auto& unit = static_cast<Unit&>(slot);
    const ByteSpan bytes =
        unit.whole && scatter_ ? ByteSpan() : std::as_const(unit.bytes).first(unit.size);
    if (!unit.whole) {
      if (Status agreed = check_piece(unit, bytes); !agreed.ok()) {
        return agreed.in_block(unit.block).at_offset(unit.block_offset);
      }
    }
    if (unit.whole || unit.begins) {
      points_.block(unit.content, unit.block_offset, unit.check);
    }
    points_.lines(unit.lines);
    progress_.bytes_in = unit.input_end;
    progress_.bytes_out += unit.size;
    return scatter_ || bytes.empty() ? Status() : sink_.write(bytes);
  }

  Status finish() override {
    facts_ = parser_.facts();
    facts_.content = produced_;
    progress_.bytes_in = facts_.compressed;
    return {};
  }
  Progress progress() const override { return progress_; }
  const StreamFacts& facts() const override { return facts_; }
  std::optional<SeekIndex> take_index() override { return points_.take(facts_); }

 private:
  Status take_output(std::uint64_t size) {
    if (size > limits_.max_output - produced_) {
      return {Code::kLimitExceeded, "output is larger than the limit of " +
                                        std::to_string(limits_.max_output) + " bytes"};
    }
    produced_ += size;
    return {};
  }

  void describe(Unit& unit) {
    unit.check = parser_.check();
    unit.block = parser_.block_number();
    unit.block_offset = parser_.block_offset();
    unit.content = produced_;
  }

  // False where the block has to be decoded piece by piece.
  Result<bool> take_whole(Unit& unit) {
    const XzBlockSizes sizes = parser_.decoder().sizes();
    if (!sizes.compressed || !sizes.uncompressed || *sizes.uncompressed > room_.content ||
        parser_.decoder().memory() > room_.memory) {
      return false;
    }
    const std::uint64_t total = parser_.decoder().total_size();
    if (total > room_.coded) {
      return false;
    }
    auto complete = parser_.whole_block(static_cast<std::size_t>(total));
    if (!complete.ok() || !*complete) {
      return complete;
    }
    describe(unit);
    if (Status allowed = take_output(*sizes.uncompressed); !allowed.ok()) {
      return allowed;
    }
    unit.whole = true;
    unit.unpadded = parser_.decoder().unpadded_size();
    unit.coded_size = static_cast<std::size_t>(total);
    unit.size = static_cast<std::size_t>(*sizes.uncompressed);
    unit.coded.resize_discard(unit.coded_size);
    std::memcpy(unit.coded.data(), parser_.available().data(), unit.coded_size);
    parser_.take(unit.coded_size);
    unit.input_end = parser_.position();
    Status counted = parser_.count_block(unit.size);
    return counted.ok() ? Result<bool>(true) : Result<bool>(counted);
  }

  Status decode_whole(Unit& unit, XzBlockWorker& worker) const {
    if (!scatter_) {
      unit.bytes.resize_discard(unit.size);
    }
    Status decoded = worker.run({
        .check = unit.check,
        .total = unit.coded_size,
        .unpadded = unit.unpadded,
        .uncompressed = unit.size,
        .content = unit.content,
        .coded = std::as_const(unit.coded).first(unit.coded_size),
        .scatter = scatter_ ? &sink_ : nullptr,
        .whole = &unit.bytes,
        .count_lines = points_.lines_wanted(),
        .max_memory = limits_.max_memory,
    });
    unit.lines = worker.lines();
    return decoded;
  }

  Status decode_piece(Unit& unit) {
    describe(unit);
    if (!in_block_) {
      if (Status started = parser_.decoder().start(); !started.ok()) {
        return started;
      }
      parser_.take(parser_.header_size());
      block_content_ = 0;
      unit.begins = in_block_ = true;
    }
    unit.bytes.resize_discard(kPiece);
    unit.size = 0;
    while (unit.size < kPiece && !unit.ends) {
      auto step = parser_.step_block(unit.bytes.first(kPiece).subspan(unit.size));
      if (!step.ok()) {
        return step.status();
      }
      unit.size += step->produced;
      unit.ends = step->ended;
    }
    if (Status allowed = take_output(unit.size); !allowed.ok()) {
      return allowed;
    }
    block_content_ += unit.size;
    unit.input_end = parser_.position();
    if (unit.ends) {
      std::copy_n(parser_.decoder().stored_check(), unit.stored.size(), unit.stored.begin());
      in_block_ = false;
      return parser_.count_block(block_content_);
    }
    return {};
  }

  Status check_piece(const Unit& unit, ByteSpan bytes) {
    if (unit.begins) {
      check_.begin(unit.check);
    }
    check_.update(bytes);
    return !unit.ends || check_.matches(unit.stored.data()) ? Status() : mismatch();
  }

  static Status mismatch() { return {Code::kCorrupt, "xz: the content does not match its check"}; }

  bool ordered_input_;
  Sink& sink_;  // NOLINT(cppcoreguidelines-*): outlives the job
  Limits limits_;
  bool scatter_;
  XzPoints points_;
  XzStreamParser parser_;
  Room room_;
  // Of read().
  bool in_block_ = false;
  std::uint64_t block_content_ = 0;
  std::uint64_t produced_ = 0;
  // Of write().
  XzCheck check_;
  Progress progress_;
  StreamFacts facts_;
};

}  // namespace

Result<std::unique_ptr<DecodeJob>> make_xz_stream_decoder(Source& source, InputReader input,
                                                          Sink& sink,
                                                          const DecodeSettings& settings) {
  auto job = std::make_unique<XzStreamDecodeJob>(std::move(input), !source.random_access(), sink,
                                                 settings);
  if (Status prepared = job->prepare(); !prepared.ok()) {
    return prepared;
  }
  return std::unique_ptr<DecodeJob>(std::move(job));
}

}  // namespace kompakt
