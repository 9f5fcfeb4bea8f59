#include "format/xz/range.hpp"

#include <algorithm>
#include <utility>

#include "format/common/piece_decode_job.hpp"
#include "format/xz/point_reader.hpp"

namespace kompakt {
namespace {

constexpr std::size_t kChunk = 256 * kKiB;
// What the content between two points may hold in memory until its turn comes, on sinks that take
// bytes in order only.
constexpr std::uint64_t kMaxHeld = 64 * kMiB;

struct Range {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  std::size_t point = 0;  ///< where decoding starts
};

/// One stretch: from one point to the next, or as far as the range goes.
struct Unit final : StagedJob::Slot {
  std::size_t point = 0;
  std::uint64_t begin = 0;  ///< content wanted of it
  std::uint64_t end = 0;
  Buffer bytes;
};

struct RangeWorker final : StagedJob::Worker {
  RangeWorker(const Source& source, std::uint64_t max_memory) : reader(source, max_memory) {}
  XzPointReader reader;
  Buffer piece;
};

/// Content offset at which the stretch behind a point ends.
std::uint64_t stop_of(const SeekIndex& index, std::size_t point) {
  return point + 1 < index.points.size() ? index.points[point + 1].content : index.content_size;
}

/// Decodes the stretches in parallel, each from its point.
class XzRangeJob final : public StagedJob {
 public:
  struct Plan {
    Range range;
    std::uint64_t largest = 0;  ///< stretch, in bytes
    std::uint64_t memory = 0;   ///< of a decoder
    Limits limits;
  };

  XzRangeJob(const Source& source, Sink& sink, const SeekIndex& index, const Plan& plan)
      : source_(source),
        sink_(sink),
        index_(index),
        plan_(plan),
        next_(plan.range.begin),
        point_(plan.range.point) {}

  std::uint64_t slot_bytes() const override { return sink_.positional() ? 0 : plan_.largest; }
  std::uint64_t worker_bytes() const override { return plan_.memory + 2 * kChunk; }
  bool ordered_stages_wait() const override { return !sink_.positional(); }
  std::unique_ptr<Slot> make_slot() override { return std::make_unique<Unit>(); }
  Result<std::unique_ptr<Worker>> make_worker() override {
    return std::unique_ptr<Worker>(std::make_unique<RangeWorker>(source_, plan_.limits.max_memory));
  }

  Result<bool> read(Slot& slot) override {
    auto& unit = static_cast<Unit&>(slot);
    if (next_ >= plan_.range.end) {
      return false;
    }
    while (stop_of(index_, point_) <= next_) {
      ++point_;
    }
    unit.point = point_;
    unit.begin = next_;
    unit.end = next_ = std::min(plan_.range.end, stop_of(index_, point_));
    return true;
  }

  Status work(Slot& slot, Worker& worker) override {
    auto& unit = static_cast<Unit&>(slot);
    Status decoded = decode(unit, static_cast<RangeWorker&>(worker));
    return decoded.at_offset(index_.points[unit.point].bit / 8);
  }

  Status write(Slot& slot) override {
    auto& unit = static_cast<Unit&>(slot);
    const auto size = static_cast<std::size_t>(unit.end - unit.begin);
    progress_.bytes_out += size;
    return sink_.positional() ? Status() : sink_.write(std::as_const(unit.bytes).first(size));
  }
  Progress progress() const override { return progress_; }

 private:
  Status decode(Unit& unit, RangeWorker& worker) const {
    const SeekPoint& point = index_.points[unit.point];
    const std::uint64_t stop = stop_of(index_, unit.point);
    if (!sink_.positional()) {
      unit.bytes.resize_discard(static_cast<std::size_t>(unit.end - unit.begin));
    }
    worker.piece.resize_discard(kChunk);
    if (Status opened = worker.reader.open(point); !opened.ok()) {
      return opened;
    }
    // Up to the end of the last block where all of it is wanted, so that its check is verified.
    std::uint64_t position = point.content;
    while (position < unit.end || (unit.end == stop && !worker.reader.between_blocks())) {
      const auto got = worker.reader.read(worker.piece.first(kChunk));
      if (!got.ok()) {
        return got.status();
      }
      if (*got > stop - position) {
        return xz_misleading_index();
      }
      if (Status kept = keep(unit, position, std::as_const(worker.piece).first(*got)); !kept.ok()) {
        return kept;
      }
      position += *got;
    }
    return {};
  }

  // Takes what of `content`, which lies at `position`, belongs to the unit.
  Status keep(Unit& unit, std::uint64_t position, ByteSpan content) const {
    const std::uint64_t from = std::max(position, unit.begin);
    const std::uint64_t to = std::min(position + content.size(), unit.end);
    if (from >= to) {
      return {};
    }
    const ByteSpan wanted = content.subspan(static_cast<std::size_t>(from - position),
                                            static_cast<std::size_t>(to - from));
    if (sink_.positional()) {
      return sink_.write_at(from - plan_.range.begin, wanted);
    }
    std::copy(wanted.begin(), wanted.end(), unit.bytes.data() + (from - unit.begin));
    return {};
  }

  const Source& source_;    // NOLINT(cppcoreguidelines-*): outlives the job
  Sink& sink_;              // NOLINT(cppcoreguidelines-*): outlives the job
  const SeekIndex& index_;  // NOLINT(cppcoreguidelines-*): outlives the job
  Plan plan_;
  std::uint64_t next_;
  std::size_t point_;
  Progress progress_;
};

/// PieceDecodeJob asks its source only whether reading waits, so it gets one that does not.
struct NoSource {
  std::unique_ptr<Source> none = memory_source({});
};

/// Decodes one stretch, or stretches too large to be held, from front to back; writing overlaps.
class XzSerialRangeJob final : private NoSource, public PieceDecodeJob {
 public:
  XzSerialRangeJob(const Source& source, Sink& sink, const Config& config, const Range& range,
                   const SeekIndex& index)
      : PieceDecodeJob(*none, sink, config),
        reader_(source, config.limits.max_memory),
        range_(range),
        position_(index.points[range.point].content),
        content_size_(index.content_size) {}

  Status open(const SeekPoint& point) { return reader_.open(point); }
  [[nodiscard]] std::uint64_t decoder_memory() const noexcept { return reader_.memory(); }

 protected:
  Result<bool> produce(Piece& piece) override {
    for (;;) {
      const bool wanted =
          position_ < range_.end || (range_.end == content_size_ && !reader_.between_blocks());
      if (!wanted) {
        return false;
      }
      const auto got = reader_.read(piece.room.first(config().piece_size));
      if (!got.ok()) {
        return got.status();
      }
      const std::uint64_t begin = position_;
      if (*got > content_size_ - position_) {
        return xz_misleading_index();
      }
      position_ += *got;
      const std::uint64_t from = std::clamp(range_.begin, begin, position_);
      const std::uint64_t to = std::clamp(range_.end, from, position_);
      piece.bytes =
          std::as_const(piece.room)
              .first(*got)
              .subspan(static_cast<std::size_t>(from - begin), static_cast<std::size_t>(to - from));
      if (!piece.bytes.empty()) {
        return true;
      }
    }
  }
  Status inspect(Piece& /*piece*/) const override { return {}; }
  Status settle(Piece& /*piece*/) override { return {}; }
  std::uint64_t input_position() const override { return reader_.position(); }

 private:
  XzPointReader reader_;
  Range range_;
  std::uint64_t position_;
  std::uint64_t content_size_;
};

}  // namespace

Result<std::unique_ptr<StagedJob>> make_xz_range_decoder(const Source& source, Sink& sink,
                                                         const SeekIndex& index,
                                                         const RangeSettings& settings) {
  if (settings.dictionary) {
    return Status(Code::kInvalidArgument, "xz has no option dictionary");
  }
  Range range;
  range.begin = std::min(settings.offset, index.content_size);
  range.end = range.begin + std::min(settings.length, index.content_size - range.begin);
  if (range.end - range.begin > settings.limits.max_output) {
    return Status(Code::kLimitExceeded, "the range is larger than the output limit");
  }
  XzRangeJob::Plan plan;
  plan.range = range;
  plan.limits = settings.limits;
  if (range.begin == range.end) {
    return std::unique_ptr<StagedJob>(std::make_unique<XzRangeJob>(source, sink, index, plan));
  }
  if (index.points.empty()) {
    return xz_misleading_index();
  }
  range.point = plan.range.point = index.point_before(range.begin);
  std::size_t stretches = 0;
  for (std::size_t i = range.point; i < index.points.size() && index.points[i].content < range.end;
       ++i, ++stretches) {
    const std::uint64_t from = std::max(range.begin, index.points[i].content);
    const std::uint64_t to = std::min(range.end, stop_of(index, i));
    plan.largest = std::max(plan.largest, to - std::min(from, to));
  }
  auto serial = std::make_unique<XzSerialRangeJob>(
      source, sink, PieceDecodeJob::Config{.limits = settings.limits}, range, index);
  const SeekPoint& point = index.points[range.point];
  if (Status opened = serial->open(point); !opened.ok()) {
    return opened.at_offset(point.bit / 8);
  }
  plan.memory = serial->decoder_memory();
  if (stretches == 1 || (!sink.positional() && plan.largest > kMaxHeld)) {
    return std::unique_ptr<StagedJob>(std::move(serial));
  }
  return std::unique_ptr<StagedJob>(std::make_unique<XzRangeJob>(source, sink, index, plan));
}

}  // namespace kompakt
