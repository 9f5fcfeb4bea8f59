// Independent blocks are decoded in parallel, linked ones in order in read(). The content's check
// runs in write(). Where a block's content belongs is known only once all blocks before it are
// decoded; on a positional sink work() writes those for which it is, write() the others.
#include <algorithm>
#include <array>
#include <atomic>
#include <string>
#include <utility>

#include "core/checked.hpp"
#include "format/common/cut_range.hpp"
#include "format/lz4/block_coder.hpp"
#include "format/lz4/block_reader.hpp"
#include "format/lz4/decode.hpp"

namespace kompakt::lz4_frame {
namespace {

constexpr std::uint64_t kAnySize = std::numeric_limits<std::uint64_t>::max();
constexpr std::size_t kInputChunk = 2 * kMiB;

struct Unit final : StagedJob::Slot {
  std::uint64_t number = 0;
  BlockGroup group;
  Buffer room;      // kWindow bytes of history, then the content
  ByteSpan window;  // the history of a linked group
  ByteSpan bytes;
  bool decoded = false;
  std::optional<std::uint64_t> expected;  // offset in the content if all blocks before are full
  bool placed = false;
  std::uint64_t lines = 0;
};

/// Where a job begins and ends, for ranges.
struct Stretch {
  std::uint64_t content = 0;
  std::uint64_t stop = kAnySize;
  bool partial = false;
  bool mid_frame = false;
  std::vector<std::byte> window;
};

/// Which units are known to have filled the room that was expected of them. Written and read by
/// many threads.
class FullUnits {
 public:
  void note(std::uint64_t number) {
    full_[number % kCount].store(number + 1, std::memory_order_release);
  }
  /// All units before `number` were written where they were expected.
  void settle(std::uint64_t number) { settled_.store(number, std::memory_order_release); }
  /// A unit was shorter than expected: nothing behind it may trust its expected offset.
  void give_up() { astray_.store(true, std::memory_order_release); }
  [[nodiscard]] bool all_before(std::uint64_t number) const {
    const std::uint64_t settled = settled_.load(std::memory_order_acquire);
    if (astray_.load(std::memory_order_acquire) || number - settled >= kCount) {
      return false;
    }
    for (std::uint64_t i = settled; i < number; ++i) {
      if (full_[i % kCount].load(std::memory_order_acquire) != i + 1) {
        return false;
      }
    }
    return true;
  }

 private:
  static constexpr std::size_t kCount = 1024;
  std::array<std::atomic<std::uint64_t>, kCount> full_{};
  std::atomic<std::uint64_t> settled_{0};
  std::atomic<bool> astray_{false};
};

class Job final : public DecodeJob {
 public:
  Job(BlockReader reader, bool random_access, Sink& sink, DecodeSettings settings, Stretch stretch)
      : reader_(std::move(reader)),
        random_access_(random_access),
        sink_(sink),
        settings_(std::move(settings)),
        stretch_(std::move(stretch)),
        scatter_(sink.positional()),
        history_(stretch_.window),
        next_offset_(stretch_.content),
        written_(stretch_.content),
        whole_frame_(!stretch_.mid_frame) {}

  std::uint64_t slot_bytes() const override { return kWindow + 8 * kMiB + 64 * kKiB; }
  std::uint64_t worker_bytes() const override { return 0; }
  bool ordered_stages_wait() const override { return !random_access_ || !scatter_; }
  std::unique_ptr<Slot> make_slot() override { return std::make_unique<Unit>(); }
  Result<std::unique_ptr<Worker>> make_worker() override { return std::make_unique<Worker>(); }
  Result<bool> read(Slot& slot) override;
  Status work(Slot& slot, Worker& worker) override;
  Status write(Slot& slot) override;
  Status finish() override;
  Progress progress() const override { return {bytes_in_, written_ - stretch_.content}; }
  const StreamFacts& facts() const override { return facts_; }
  std::optional<SeekIndex> take_index() override {
    if (settings_.index_spacing == 0 || index_.points.empty()) {
      return std::nullopt;
    }
    return std::move(index_);
  }

 private:
  Status admit(const BlockGroup& group) const;
  Status decode_in_order(Unit& unit);
  static Status decode(Unit& unit, ByteSpan dictionary);
  void expect(Unit& unit);
  Status check_end(const BlockGroup& group);
  void note_point(const Unit& unit);
  Status within_output(std::uint64_t content_end) const;
  [[nodiscard]] ByteSpan dictionary() const {
    const ByteSpan all = settings_.dictionary ? ByteSpan(*settings_.dictionary) : ByteSpan();
    return all.last(std::min(all.size(), kWindow));
  }

  // Of read():
  BlockReader reader_;
  bool random_access_;
  Sink& sink_;  // outlives the job
  DecodeSettings settings_;
  Stretch stretch_;
  bool scatter_;
  std::vector<std::byte> history_;  // of linked blocks
  std::uint64_t units_ = 0;
  std::optional<std::uint64_t> next_offset_;
  std::uint64_t frame_offset_ = 0;
  FullUnits full_;
  StreamFacts facts_;
  // Of write():
  ContentHash hash_;
  std::uint64_t written_;
  std::uint64_t frame_content_ = 0;
  bool whole_frame_;  // the frame under way was read from its start, so its check holds
  std::uint64_t bytes_in_ = 0;
  std::uint64_t lines_ = 0;
  SeekIndex index_;
};

Result<bool> Job::read(Slot& slot) {
  auto& unit = static_cast<Unit&>(slot);
  unit.window = unit.bytes = {};
  unit.decoded = unit.placed = false;
  unit.lines = 0;
  if (next_offset_ && *next_offset_ >= stretch_.stop) {
    return false;
  }
  const auto more = reader_.next(unit.group);
  if (!more.ok()) {
    return more.status().in_block(reader_.counts().blocks).at_offset(reader_.position());
  }
  if (!*more) {
    return false;
  }
  unit.number = units_++;
  if (Status admitted = admit(unit.group); !admitted.ok()) {
    return admitted.at_offset(unit.group.begin);
  }
  // In a range the offsets must be known beforehand, so it is decoded in order too.
  if (unit.group.rules.linked || stretch_.partial) {
    if (Status decoded = decode_in_order(unit); !decoded.ok()) {
      return decoded.in_block(reader_.counts().blocks).at_offset(unit.group.begin);
    }
  }
  expect(unit);
  return true;
}

Status Job::admit(const BlockGroup& group) const {
  const std::uint64_t needed =
      group_blocks(group.rules) * (group.rules.max_stored() + group.rules.max_block);
  if (needed > settings_.limits.max_memory) {
    return {Code::kLimitExceeded,
            "lz4: blocks of this size need " + std::to_string(needed) + " bytes of memory"};
  }
  return {};
}

// Sets where the unit's content belongs as far as that can be told before it is decoded, and moves
// on by what it should have.
void Job::expect(Unit& unit) {
  const BlockGroup& group = unit.group;
  if (group.opens) {
    frame_offset_ = next_offset_.value_or(0);
  }
  unit.expected = next_offset_;
  if (!next_offset_) {
    return;
  }
  if (unit.decoded) {
    next_offset_ = *next_offset_ + unit.bytes.size();
    full_.note(unit.number);
  } else if (!group.closes) {
    next_offset_ = *next_offset_ + group.blocks * group.rules.max_block;
  } else {
    // The last block may be short, unless the frame said how much it all is.
    next_offset_ = group.content ? checked_add(frame_offset_, *group.content) : std::nullopt;
    full_.note(unit.number);
  }
}

Status Job::decode_in_order(Unit& unit) {
  if (unit.group.opens) {
    const ByteSpan start = dictionary();
    history_.assign(start.begin(), start.end());
  }
  if (Status decoded = decode(unit, unit.group.rules.linked ? ByteSpan(history_) : dictionary());
      !decoded.ok()) {
    return decoded;
  }
  if (unit.group.rules.linked) {
    const ByteSpan seen(unit.window.data(), unit.window.size() + unit.bytes.size());
    const ByteSpan tail = seen.last(std::min(seen.size(), kWindow));
    history_.assign(tail.begin(), tail.end());
  }
  return {};
}

Status Job::decode(Unit& unit, ByteSpan dictionary) {
  const BlockGroup& group = unit.group;
  unit.room.resize_discard(kWindow + group_blocks(group.rules) * group.rules.max_block);
  std::byte* const start = unit.room.data() + kWindow;
  if (group.rules.linked) {
    // A copy right before the content makes window and content one piece for the library.
    std::copy(dictionary.begin(), dictionary.end(), start - dictionary.size());
    unit.window = ByteSpan(start - dictionary.size(), dictionary.size());
  }
  std::size_t size = 0;
  ByteSpan records = group.records.first(group.size);
  for (std::size_t i = 0; i < group.blocks; ++i) {
    const ByteSpan seen(unit.window.data(), unit.window.size() + size);
    const auto got =
        decode_block(records, group.rules,
                     group.rules.linked ? seen.last(std::min(seen.size(), kWindow)) : dictionary,
                     MutableByteSpan(start + size, group.rules.max_block));
    if (!got.ok()) {
      return got.status();
    }
    size += *got;
  }
  unit.bytes = ByteSpan(start, size);
  unit.decoded = true;
  return {};
}

Status Job::within_output(std::uint64_t content_end) const {
  if (content_end - std::min(content_end, stretch_.content) > settings_.limits.max_output) {
    return {Code::kLimitExceeded, "output is larger than the limit of " +
                                      std::to_string(settings_.limits.max_output) + " bytes"};
  }
  return {};
}

Status Job::work(Slot& slot, Worker& /*worker*/) {
  auto& unit = static_cast<Unit&>(slot);
  if (!unit.decoded) {
    if (Status decoded = decode(unit, dictionary()); !decoded.ok()) {
      return decoded.at_offset(unit.group.begin);
    }
    if (unit.bytes.size() == unit.group.blocks * unit.group.rules.max_block) {
      full_.note(unit.number);
    }
  }
  if (settings_.index_lines) {
    unit.lines = static_cast<std::uint64_t>(
        std::count(unit.bytes.begin(), unit.bytes.end(), std::byte{'\n'}));
  }
  if (!scatter_ || !unit.expected || unit.bytes.empty() || !full_.all_before(unit.number) ||
      !within_output(*unit.expected + unit.bytes.size()).ok()) {
    return {};
  }
  unit.placed = true;
  return sink_.write_at(*unit.expected, unit.bytes);
}

Status Job::write(Slot& slot) {
  auto& unit = static_cast<Unit&>(slot);
  const BlockGroup& group = unit.group;
  if (Status allowed = within_output(written_ + unit.bytes.size()); !allowed.ok()) {
    return allowed;
  }
  if (group.opens) {
    frame_content_ = 0;
    whole_frame_ = true;
  }
  note_point(unit);
  hash_.update(unit.bytes);
  frame_content_ += unit.bytes.size();
  if (group.closes) {
    if (Status ended = check_end(group); !ended.ok()) {
      return ended.at_offset(group.end);
    }
  }
  if (!unit.placed && !unit.bytes.empty()) {
    Status status = scatter_ ? sink_.write_at(written_, unit.bytes) : sink_.write(unit.bytes);
    if (!status.ok()) {
      return status;
    }
  }
  written_ += unit.bytes.size();
  lines_ += unit.lines;
  bytes_in_ = group.end;
  if (!group.closes && !group.rules.linked && !stretch_.partial &&
      unit.bytes.size() != group.blocks * group.rules.max_block) {
    full_.give_up();
  }
  full_.settle(unit.number + 1);
  return {};
}

Status Job::check_end(const BlockGroup& group) {
  const std::uint32_t found = hash_.take();
  if (!whole_frame_) {
    return {};
  }
  if (group.content && *group.content != frame_content_) {
    return {Code::kCorrupt, "lz4: the content is not as long as the frame says"};
  }
  if (group.check && *group.check != found) {
    return {Code::kCorrupt, "lz4: the content does not match its checksum"};
  }
  return {};
}

void Job::note_point(const Unit& unit) {
  if (settings_.index_spacing == 0 || unit.bytes.empty()) {
    return;
  }
  const auto& points = index_.points;
  if (!points.empty() && written_ - points.back().content < settings_.index_spacing) {
    return;
  }
  SeekPoint point;
  point.content = written_;
  point.lines = lines_;
  if (unit.group.opens) {
    point.bit = unit.group.frame * 8;
  } else {
    point.bit = unit.group.begin * 8;
    point.context = pack_rules(unit.group.rules);
    point.window.assign(unit.window.begin(), unit.window.end());
  }
  index_.points.push_back(std::move(point));
}

Status Job::finish() {
  const auto& counts = reader_.counts();
  bytes_in_ = reader_.position();
  facts_.streams = counts.frames;
  facts_.skipped = counts.skipped;
  facts_.blocks = counts.blocks;
  facts_.compressed = bytes_in_;
  facts_.content = written_ - stretch_.content;
  facts_.check = counts.checksum ? "XXH32" : "None";
  if (counts.linked) {
    facts_.window = kWindow;
  }
  index_.format = Format::kLz4;
  index_.compressed_size = bytes_in_;
  index_.content_size = written_;
  index_.has_lines = settings_.index_lines;
  index_.lines = lines_;
  return {};
}

bool has(const Dictionary& dictionary) { return dictionary && !dictionary->empty(); }

}  // namespace

Result<std::unique_ptr<DecodeJob>> make_decoder(Source& source, Sink& sink,
                                                const DecodeSettings& settings) {
  return std::unique_ptr<DecodeJob>(
      std::make_unique<Job>(BlockReader(InputReader(source, kInputChunk), has(settings.dictionary)),
                            source.random_access(), sink, settings, Stretch{}));
}

Result<std::unique_ptr<StagedJob>> make_range_decoder(const Source& source, Sink& sink,
                                                      const SeekIndex& index,
                                                      const RangeSettings& settings) {
  if (index.format != Format::kLz4 || index.points.empty() ||
      index.compressed_size != source.size()) {
    return Status(Code::kInvalidArgument, "lz4: the index belongs to another file");
  }
  const SeekPoint& point = index.points[index.point_before(settings.offset)];
  const bool mid_frame = point.context != 0;
  const auto rules = unpack_rules(point.context);
  if (point.content > settings.offset || point.bit % 8 != 0 ||
      point.bit / 8 >= index.compressed_size || (mid_frame && !rules) ||
      point.window.size() > kWindow) {
    return Status(Code::kCorrupt, "lz4: the index is damaged");
  }
  const Stretch stretch{.content = point.content,
                        .stop = checked_add(settings.offset, settings.length).value_or(kAnySize),
                        .partial = true,
                        .mid_frame = mid_frame,
                        .window = point.window};
  return CutRangeJob::make(
      sink, {.start = point.content, .begin = settings.offset, .end = stretch.stop},
      [&](Sink& cut) -> Result<std::unique_ptr<StagedJob>> {
        // The limit on output is on what is asked for, not on what lies before it.
        DecodeSettings decode;
        decode.limits.max_memory = settings.limits.max_memory;
        decode.dictionary = settings.dictionary;
        InputReader input(source, point.bit / 8, kMiB);
        const bool with = has(settings.dictionary);
        BlockReader reader = mid_frame ? BlockReader(std::move(input), with, *rules)
                                       : BlockReader(std::move(input), with);
        return std::unique_ptr<StagedJob>(
            std::make_unique<Job>(std::move(reader), true, cut, decode, stretch));
      });
}

}  // namespace kompakt::lz4_frame
