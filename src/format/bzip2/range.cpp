#include "format/bzip2/range.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "codec/bzip2/block_decoder.hpp"
#include "format/bzip2/content.hpp"
#include "format/bzip2/stream_parser.hpp"
#include "format/common/input_reader.hpp"

namespace kompakt {
namespace {

using bzip2::BlockContent;
using bzip2::StreamParser;

constexpr std::size_t kChunk = 256 * kKiB;
constexpr std::size_t kMaxCoded = 8 * kMiB;  // see the decoding job

// From one point to the next, or as far as the range goes.
struct Unit final : StagedJob::Slot {
  std::size_t point = 0;
  std::uint64_t begin = 0;  ///< content wanted of it
  std::uint64_t end = 0;
  Buffer bytes;
};

struct RangeWorker final : StagedJob::Worker {
  bzip2::BlockDecoder decoder;
  BlockContent content;
};

/// Between two points there may be several blocks and ends of streams, where the index has only
/// some of the blocks.
class Bzip2RangeJob final : public StagedJob {
 public:
  Bzip2RangeJob(const Source& source, Sink& sink, const SeekIndex& index,
                const RangeSettings& settings)
      : source_(source), sink_(sink), index_(index) {
    begin_ = std::min(settings.offset, index.content_size);
    end_ = begin_ + std::min(settings.length, index.content_size - begin_);
    next_ = begin_;
    point_ = index.points.empty() ? 0 : index.point_before(begin_);
    for (std::size_t i = point_; i < index_.points.size() && index_.points[i].content < end_; ++i) {
      const std::uint64_t from = std::max(begin_, index_.points[i].content);
      largest_ = std::max(largest_, std::min(end_, stop_of(i)) - std::min(from, end_));
    }
  }

  std::uint64_t size() const { return end_ - begin_; }

  std::uint64_t slot_bytes() const override { return sink_.positional() ? 0 : largest_; }
  std::uint64_t worker_bytes() const override {
    return bzip2::BlockDecoder::memory() + BlockContent::memory() + kMaxCoded;
  }
  bool ordered_stages_wait() const override { return !sink_.positional(); }
  std::unique_ptr<Slot> make_slot() override { return std::make_unique<Unit>(); }
  Result<std::unique_ptr<Worker>> make_worker() override {
    return std::unique_ptr<Worker>(std::make_unique<RangeWorker>());
  }

  Result<bool> read(Slot& slot) override {
    auto& unit = static_cast<Unit&>(slot);
    if (next_ >= end_) {
      return false;
    }
    while (stop_of(point_) <= next_) {
      ++point_;
    }
    unit.point = point_;
    unit.begin = next_;
    unit.end = std::min(end_, stop_of(point_));
    next_ = unit.end;
    ++point_;
    return true;
  }

  Status work(Slot& slot, Worker& worker) override {
    auto& unit = static_cast<Unit&>(slot);
    Status decoded = decode(unit, static_cast<RangeWorker&>(worker));
    return decoded.at_offset(index_.points[unit.point].bit / 8);
  }

  Status write(Slot& slot) override {
    auto& unit = static_cast<Unit&>(slot);
    const std::uint64_t size = unit.end - unit.begin;
    progress_.bytes_out += size;
    return sink_.positional()
               ? Status()
               : sink_.write(std::as_const(unit.bytes).first(static_cast<std::size_t>(size)));
  }
  Progress progress() const override { return progress_; }

 private:
  [[nodiscard]] std::uint64_t stop_of(std::size_t point) const {
    return point + 1 < index_.points.size() ? index_.points[point + 1].content
                                            : index_.content_size;
  }

  static Status misleading() {
    return {Code::kCorrupt, "bzip2: the index does not belong to this input"};
  }

  Status decode(Unit& unit, RangeWorker& worker) const {
    const SeekPoint& point = index_.points[unit.point];
    if (point.context < 1 || point.context > bzip2::kMaxLevel ||
        point.bit / 8 >= source_.size().value_or(0)) {
      return misleading();
    }
    if (!sink_.positional()) {
      unit.bytes.resize_discard(static_cast<std::size_t>(unit.end - unit.begin));
    }
    StreamParser parser(point.bit, static_cast<unsigned>(point.context));
    InputReader input(source_, point.bit / 8, kChunk);
    std::uint64_t position = point.content;
    const std::uint64_t stop = stop_of(unit.point);
    while (position < unit.end) {
      if (Status found = decode_block(worker, input, parser); !found.ok()) {
        return found;
      }
      if (worker.content.size() > stop - position) {
        return misleading();
      }
      if (Status kept = keep(unit, worker.content, position); !kept.ok()) {
        return kept;
      }
      position += worker.content.size();
    }
    return {};
  }

  // Decodes the next block, going over ends of streams on the way.
  static Status decode_block(RangeWorker& worker, InputReader& input, StreamParser& parser) {
    while (true) {
      input.consume(std::min(input.available().size(),
                             static_cast<std::size_t>(parser.position() / 8 - input.position())));
      const std::uint64_t begin = input.position() * 8;
      const auto next = parser.next(input.available(), begin, input.ended());
      if (!next.ok()) {
        return next.status();
      }
      if (*next == StreamParser::Next::kEnd) {
        return misleading();
      }
      if (*next == StreamParser::Next::kMoved) {
        continue;
      }
      if (*next == StreamParser::Next::kBlock) {
        Status decoded = worker.content.decode(worker.decoder, input.available(),
                                               parser.position() - begin, false);
        if (decoded.ok()) {
          const auto& block = worker.content.block();
          return parser.take_block(begin + block.end, block.size, block.crc);
        }
        if (decoded.code() != Code::kTruncated || input.ended()) {
          return decoded;
        }
        if (input.available().size() > kMaxCoded) {
          return {Code::kCorrupt, "bzip2: the block does not end"};
        }
      }
      // Most blocks are whole after one more step.
      if (Status filled = input.fill(std::max(2 * input.available().size(), kChunk));
          !filled.ok()) {
        return filled;
      }
    }
  }

  // Takes what of a block at `position` belongs to the unit.
  Status keep(Unit& unit, const BlockContent& content, std::uint64_t position) const {
    return content.for_each([&](ByteSpan bytes) {
      const std::uint64_t from = std::max(position, unit.begin);
      const std::uint64_t to = std::min(position + bytes.size(), unit.end);
      const auto offset = static_cast<std::size_t>(from - std::min(from, position));
      position += bytes.size();
      if (from >= to) {
        return Status();
      }
      const ByteSpan wanted = bytes.subspan(offset, static_cast<std::size_t>(to - from));
      if (sink_.positional()) {
        return sink_.write_at(from - begin_, wanted);
      }
      std::copy(wanted.begin(), wanted.end(), unit.bytes.data() + (from - unit.begin));
      return Status();
    });
  }

  const Source& source_;    // NOLINT(cppcoreguidelines-*): outlives the job
  Sink& sink_;              // NOLINT(cppcoreguidelines-*): outlives the job
  const SeekIndex& index_;  // NOLINT(cppcoreguidelines-*): outlives the job
  std::uint64_t begin_ = 0;
  std::uint64_t end_ = 0;
  std::uint64_t next_ = 0;
  std::size_t point_ = 0;
  std::uint64_t largest_ = 0;  // content of one unit
  Progress progress_;
};

}  // namespace

Result<std::unique_ptr<StagedJob>> make_bzip2_range_decoder(const Source& source, Sink& sink,
                                                            const SeekIndex& index,
                                                            const RangeSettings& settings) {
  if (settings.dictionary) {
    return Status(Code::kInvalidArgument, "bzip2 has no option dictionary");
  }
  if (index.points.empty() && index.content_size != 0) {
    return Status(Code::kInvalidArgument, "the index has no points");
  }
  auto job = std::make_unique<Bzip2RangeJob>(source, sink, index, settings);
  if (job->size() > settings.limits.max_output) {
    return Status(Code::kLimitExceeded, "the range is larger than the output limit");
  }
  return std::unique_ptr<StagedJob>(std::move(job));
}

}  // namespace kompakt
