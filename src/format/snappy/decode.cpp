// The reader: groups of chunks in parallel, from pipes as from files; and byte ranges.
#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "format/snappy/group.hpp"
#include "format/snappy/jobs.hpp"

namespace kompakt {
namespace {

constexpr std::uint64_t kWindow = kSnappyMaxContent;

struct Unit final : StagedJob::Slot {
  SnappyGroup group;
  std::uint64_t block = 0;    ///< number of the first chunk
  std::uint64_t content = 0;  ///< offset
  std::uint64_t lines = 0;
  ByteSpan wanted = {};  ///< of bytes: what is to be written
  Buffer bytes;
};

Status decode_unit(Unit& unit) {
  unit.bytes.resize_discard(kSnappyGroupContent);
  unit.wanted = std::as_const(unit.bytes).first(unit.group.content);
  Status decoded = decode_snappy_group(unit.group, unit.bytes.first(unit.group.content));
  return decoded.in_block(unit.block).at_offset(unit.group.input);
}

class SnappyDecodeJob final : public DecodeJob {
 public:
  SnappyDecodeJob(Source& source, Sink& sink, const DecodeSettings& settings)
      : sink_(sink),
        settings_(settings),
        scatter_(sink.positional()),
        waits_(!source.random_access() || !scatter_),
        gatherer_(InputReader(source), false) {
    index_.format = Format::kSnappy;
    index_.has_lines = settings.index_lines;
  }

  std::uint64_t slot_bytes() const override { return kSnappyGroupCoded + kSnappyGroupContent; }
  std::uint64_t worker_bytes() const override { return 0; }
  bool ordered_stages_wait() const override { return waits_; }
  std::unique_ptr<Slot> make_slot() override { return std::make_unique<Unit>(); }
  Result<std::unique_ptr<Worker>> make_worker() override { return std::make_unique<Worker>(); }

  Result<bool> read(Slot& slot) override {
    auto& unit = static_cast<Unit&>(slot);
    unit.block = gatherer_.counts().blocks;
    unit.content = produced_;
    if (Status gathered = gatherer_.gather(unit.group); !gathered.ok()) {
      return gathered.in_block(unit.block);
    }
    if (unit.group.chunks.empty()) {
      return gatherer_.counts().streams != 0
                 ? Result<bool>(false)
                 : Result<bool>(Status(Code::kTruncated, "snappy: the input is empty"));
    }
    if (unit.group.content > settings_.limits.max_output - produced_) {
      return Status(Code::kLimitExceeded, "output is larger than the limit of " +
                                              std::to_string(settings_.limits.max_output) +
                                              " bytes");
    }
    produced_ += unit.group.content;
    return true;
  }

  Status work(Slot& slot, Worker& /*worker*/) override {
    auto& unit = static_cast<Unit&>(slot);
    if (Status decoded = decode_unit(unit); !decoded.ok()) {
      return decoded;
    }
    if (settings_.index_spacing != 0 && settings_.index_lines) {
      unit.lines = static_cast<std::uint64_t>(
          std::count(unit.wanted.begin(), unit.wanted.end(), std::byte{'\n'}));
    }
    return scatter_ && !unit.wanted.empty() ? sink_.write_at(unit.content, unit.wanted) : Status();
  }

  Status write(Slot& slot) override {
    auto& unit = static_cast<Unit&>(slot);
    if (settings_.index_spacing != 0) {
      note_point(unit);
    }
    progress_ = {unit.group.input_end, progress_.bytes_out + unit.group.content};
    return scatter_ || unit.wanted.empty() ? Status() : sink_.write(unit.wanted);
  }

  Status finish() override {
    const auto& counts = gatherer_.counts();
    facts_.streams = counts.streams;
    facts_.skipped = counts.skipped;
    facts_.blocks = counts.blocks;
    facts_.compressed = gatherer_.position();
    facts_.content = produced_;
    facts_.check = "CRC32C";
    facts_.window = kWindow;
    progress_.bytes_in = facts_.compressed;
    return {};
  }
  Progress progress() const override { return progress_; }
  const StreamFacts& facts() const override { return facts_; }

  std::optional<SeekIndex> take_index() override {
    if (settings_.index_spacing == 0) {
      return std::nullopt;
    }
    index_.compressed_size = facts_.compressed;
    index_.content_size = produced_;
    return std::move(index_);
  }

 private:
  void note_point(const Unit& unit) {
    const bool due = index_.points.empty() ||
                     unit.content - index_.points.back().content >= settings_.index_spacing;
    if (due && unit.group.content != 0) {
      SeekPoint point;
      point.content = unit.content;
      point.bit = unit.group.input * 8;
      point.lines = index_.lines;
      index_.points.push_back(std::move(point));
    }
    index_.lines += unit.lines;
  }

  Sink& sink_;  // NOLINT(cppcoreguidelines-*): outlives the job
  DecodeSettings settings_;
  bool scatter_;
  bool waits_;
  SnappyGatherer gatherer_;
  std::uint64_t produced_ = 0;
  SeekIndex index_;
  Progress progress_;
  StreamFacts facts_;
};

/// Decodes from the point before the range to the range's end.
class SnappyRangeJob final : public StagedJob {
 public:
  SnappyRangeJob(const Source& source, Sink& sink, const SeekPoint& point, std::uint64_t begin,
                 std::uint64_t end)
      : sink_(sink),
        gatherer_(InputReader(source, point.bit / 8, kSnappyGroupCoded), true),
        position_(point.content),
        begin_(begin),
        end_(end) {}

  std::uint64_t slot_bytes() const override { return kSnappyGroupCoded + kSnappyGroupContent; }
  std::uint64_t worker_bytes() const override { return 0; }
  bool ordered_stages_wait() const override { return !sink_.positional(); }
  std::unique_ptr<Slot> make_slot() override { return std::make_unique<Unit>(); }
  Result<std::unique_ptr<Worker>> make_worker() override { return std::make_unique<Worker>(); }

  Result<bool> read(Slot& slot) override {
    auto& unit = static_cast<Unit&>(slot);
    if (position_ >= end_) {
      return false;
    }
    if (Status gathered = gatherer_.gather(unit.group); !gathered.ok()) {
      return gathered;
    }
    if (unit.group.chunks.empty()) {
      return Status(Code::kCorrupt, "snappy: the index does not belong to this input");
    }
    unit.content = position_;
    position_ += unit.group.content;
    return true;
  }

  Status work(Slot& slot, Worker& /*worker*/) override {
    auto& unit = static_cast<Unit&>(slot);
    if (Status decoded = decode_unit(unit); !decoded.ok()) {
      return decoded;
    }
    const std::uint64_t unit_end = unit.content + unit.group.content;
    const std::uint64_t from = std::clamp(begin_, unit.content, unit_end);
    const std::uint64_t to = std::clamp(end_, from, unit_end);
    unit.wanted = unit.wanted.subspan(static_cast<std::size_t>(from - unit.content),
                                      static_cast<std::size_t>(to - from));
    return sink_.positional() && !unit.wanted.empty() ? sink_.write_at(from - begin_, unit.wanted)
                                                      : Status();
  }

  Status write(Slot& slot) override {
    auto& unit = static_cast<Unit&>(slot);
    progress_.bytes_in += unit.group.coded_size;
    progress_.bytes_out += unit.wanted.size();
    return sink_.positional() || unit.wanted.empty() ? Status() : sink_.write(unit.wanted);
  }
  Progress progress() const override { return progress_; }

 private:
  Sink& sink_;  // NOLINT(cppcoreguidelines-*): outlives the job
  SnappyGatherer gatherer_;
  std::uint64_t position_;
  std::uint64_t begin_;
  std::uint64_t end_;
  Progress progress_;
};

}  // namespace

Result<std::unique_ptr<DecodeJob>> make_snappy_decoder(Source& source, Sink& sink,
                                                       const DecodeSettings& settings) {
  if (settings.dictionary) {
    return Status(Code::kInvalidArgument, "the snappy framing format has no dictionaries");
  }
  return std::unique_ptr<DecodeJob>(std::make_unique<SnappyDecodeJob>(source, sink, settings));
}

Result<std::unique_ptr<StagedJob>> make_snappy_range_decoder(const Source& source, Sink& sink,
                                                             const SeekIndex& index,
                                                             const RangeSettings& settings) {
  if (settings.dictionary) {
    return Status(Code::kInvalidArgument, "the snappy framing format has no dictionaries");
  }
  const std::uint64_t begin = std::min(settings.offset, index.content_size);
  const std::uint64_t end = begin + std::min(settings.length, index.content_size - begin);
  if (end - begin > settings.limits.max_output) {
    return Status(Code::kLimitExceeded, "the range is larger than the output limit");
  }
  const SeekPoint none;
  const SeekPoint& point = index.points.empty() ? none : index.points[index.point_before(begin)];
  if (point.bit % 8 != 0 || (index.points.empty() && begin != end)) {
    return Status(Code::kCorrupt, "snappy: the index does not belong to this input");
  }
  return std::unique_ptr<StagedJob>(
      std::make_unique<SnappyRangeJob>(source, sink, point, begin, end));
}

Result<StreamFacts> scan_snappy(const Source& source) {
  StreamFacts facts;
  facts.check = "CRC32C";
  facts.content = 0;
  facts.window = kWindow;
  facts.compressed = source.size().value_or(0);
  // A header, a checksum and the longest preamble.
  std::array<std::byte, kSnappyChunkHeader + kSnappyChecksum + 5> head{};
  for (std::uint64_t at = 0; at < facts.compressed;) {
    const auto got = source.read_at(at, head);
    if (!got.ok()) {
      return got.status();
    }
    const auto fail = [at](Code code, const char* message) {
      return Status(code, message).at_offset(at);
    };
    if (*got < kSnappyChunkHeader) {
      return fail(Code::kTruncated, "snappy: the input ends inside a chunk");
    }
    const ByteSpan have = ByteSpan(head).first(*got);
    const SnappyChunk chunk = parse_snappy_chunk(have);
    if (facts.streams == 0 && chunk.type != kSnappyIdentifier) {
      return fail(Code::kCorrupt, "not in the snappy framing format");
    }
    if (chunk.size > facts.compressed - at - kSnappyChunkHeader) {
      return fail(Code::kTruncated, "snappy: the input ends inside a chunk");
    }
    if (chunk.type < kSnappyFirstReserved) {
      const auto content = snappy_content_size(
          chunk, have.subspan(kSnappyChunkHeader)
                     .first(std::min<std::size_t>(*got - kSnappyChunkHeader, chunk.size)));
      if (!content.ok()) {
        return content.status().at_offset(at);
      }
      *facts.content += *content;
      ++facts.blocks;
    } else if (chunk.type == kSnappyIdentifier) {
      ++facts.streams;
    } else if (chunk.type < kSnappyFirstSkippable) {
      return fail(Code::kUnsupported, "snappy: chunk of a reserved type");
    } else {
      ++facts.skipped;
    }
    at += kSnappyChunkHeader + chunk.size;
  }
  return facts.streams != 0
             ? Result<StreamFacts>(std::move(facts))
             : Result<StreamFacts>(Status(Code::kTruncated, "snappy: the input is empty"));
}

}  // namespace kompakt
