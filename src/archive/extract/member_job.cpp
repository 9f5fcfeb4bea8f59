#include "archive/extract/member_job.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "archive/extract/refusals.hpp"
#include "core/buffer.hpp"

namespace kompakt {
namespace {

constexpr std::size_t kUnitBytes = kMiB;   // of content
constexpr std::size_t kUnitMembers = 256;  // so that empty files make units too
// An entry with its strings; attributes and lists of runs may be larger but seldom are.
constexpr std::uint64_t kMemberBytes = 2048;
constexpr std::uint64_t kFreeOutput = 64 * kMiB;  // before the ratio counts

enum class Fate : std::uint8_t {
  kDone,    ///< a folder, a link, or the first piece of a large file: nothing left but to tell
  kFolder,  ///< a folder yet to be made
  kSmall,   ///< a file whose content lies in the slot
  kPlain,   ///< nothing is left of its path
  kRefused,
  kLost,
};

struct Item {
  Entry entry;
  std::string path;
  Fate fate = Fate::kPlain;
  bool ordered = false;  ///< to be written after everything before it
  std::size_t offset = 0;
  std::size_t size = 0;
  Status status;  ///< why it was refused or lost
  Status warning;
  Refusal refusal;  ///< where the rules on names gave one
};

/// A file that takes several units.
struct LargeFile {
  Entry entry;
  std::unique_ptr<FileInProgress> file;  ///< none where it is skipped or lost
  std::vector<Extent> runs;
  std::size_t run = 0;         ///< where the next content goes: this run
  std::uint64_t in_run = 0;    ///< and this far in it
  std::uint64_t expected = 0;  ///< content bytes
  std::uint64_t got = 0;
  // Of write():
  std::uint64_t counted = 0;  ///< of `got`, in the counts
  bool given_up = false;      ///< told of as lost or refused
};

/// Where a stretch of a slot's content goes.
struct Stretch {
  std::uint64_t target = 0;
  std::size_t offset = 0;
  std::size_t size = 0;
};

struct ExtractSlot final : StagedJob::Slot {
  Buffer buffer{kUnitBytes + 1};
  std::vector<Item> items;  // `used` of them; the rest keep their strings for reuse
  std::size_t used = 0;
  std::size_t bytes = 0;
  // A piece of a large file.
  std::shared_ptr<LargeFile> large;
  std::vector<Stretch> stretches;
  bool last = false;    // the file's last piece
  Status piece_status;  // of reading (the file is lost), then of writing
  bool piece_lost = false;
  std::uint64_t position = 0;

  Item& add() {
    if (used == items.size()) {
      items.emplace_back();
    }
    Item& item = items[used++];
    item.fate = Fate::kPlain;
    item.ordered = false;
    item.offset = item.size = 0;
    item.status = item.warning = Status();
    item.refusal = Refusal();
    return item;
  }
  void clear() {
    used = 0;
    bytes = 0;
    large.reset();
    stretches.clear();
    last = piece_lost = false;
    piece_status = Status();
  }
};

class Job final : public MemberExtractJob {
 public:
  Job(MemberReader& reader, TreeWriter& writer, MemberFilter& filter, ExtractHooks hooks,
      ExtractLimits limits)
      : reader_(reader),
        writer_(writer),
        filter_(filter),
        hooks_(std::move(hooks)),
        limits_(std::move(limits)) {}

  std::uint64_t slot_bytes() const override { return kUnitBytes + kUnitMembers * kMemberBytes; }
  std::uint64_t worker_bytes() const override { return 0; }
  std::unique_ptr<Slot> make_slot() override { return std::make_unique<ExtractSlot>(); }
  Result<std::unique_ptr<Worker>> make_worker() override { return std::make_unique<Worker>(); }

  Result<bool> read(Slot& slot) override;
  Status work(Slot& slot, Worker& worker) override;
  Status write(Slot& slot) override;
  Status finish() override;
  Progress progress() const override { return progress_; }
  ExtractCounts counts() const override { return counts_; }

 private:
  [[nodiscard]] Result<bool> next_member();
  [[nodiscard]] Status take_member(ExtractSlot& slot);
  [[nodiscard]] Status take_file(ExtractSlot& slot, Item& item);
  [[nodiscard]] bool costs_one_member(const Status& status) const;
  [[nodiscard]] Status begin_large(Item& item);
  [[nodiscard]] Status read_piece(ExtractSlot& slot);
  static void map_piece(ExtractSlot& slot, std::size_t size);
  [[nodiscard]] Status count_output(std::size_t size);
  [[nodiscard]] static Status settle(Item& item, Status result);
  void tell(Item& item);
  [[nodiscard]] Status end_piece(ExtractSlot& slot);
  void lose(const Entry& entry, const Status& status);
  void refuse(const Refusal& refusal);

  MemberReader& reader_;
  TreeWriter& writer_;
  MemberFilter& filter_;
  ExtractHooks hooks_;
  ExtractLimits limits_;
  // Of read():
  Entry entry_;           // of the member that the reader stands on
  bool pending_ = false;  // it waits for the next unit
  bool begun_ = false;    // there was a member
  bool ended_ = false;
  Status end_damage_;  // why the archive ended early
  std::uint64_t output_ = 0;
  std::shared_ptr<LargeFile> large_;
  // Of write():
  ExtractCounts counts_;
  Progress progress_;
};

Result<bool> Job::next_member() {
  for (;;) {
    auto more = reader_.next(entry_);
    if (!more.ok()) {
      const Status status = more.status();
      // What came before is whole and is to be finished, but something must have come.
      if (!begun_ || (!is_damage(status) && status.code() != Code::kUnsupported)) {
        return status;
      }
      end_damage_ = status;
      return false;
    }
    begun_ = begun_ || *more;
    if (!*more || filter_.takes(entry_.path)) {
      return *more;
    }
  }
}

Result<bool> Job::read(Slot& slot) {
  auto& unit = static_cast<ExtractSlot&>(slot);
  unit.clear();
  if (large_) {
    const Status status = read_piece(unit);
    unit.position = reader_.position();
    return status.ok() ? Result<bool>(true) : Result<bool>(status);
  }
  while (!ended_ && unit.used < kUnitMembers && !large_) {
    if (!std::exchange(pending_, false)) {
      const auto more = next_member();
      if (!more.ok()) {
        return more.status();
      }
      if (!*more) {
        ended_ = true;
        break;
      }
    }
    if (Status taken = take_member(unit); !taken.ok()) {
      return taken;
    }
    if (pending_) {
      break;
    }
  }
  unit.position = reader_.position();
  return unit.used > 0;
}

Status Job::take_member(ExtractSlot& slot) {
  const bool fits = placed_type(entry_) != EntryType::kFile || entry_.data_runs ||
                    entry_.size > kUnitBytes || entry_.size <= kUnitBytes - slot.bytes;
  if (!fits) {
    pending_ = true;
    return {};
  }
  Placement placement = writer_.place(entry_);
  Item& item = slot.add();
  std::swap(item.entry, entry_);
  item.path = std::move(placement.path);
  item.warning = std::move(placement.warning);
  item.ordered = placement.duplicate;
  if (placement.kind == Placement::Kind::kRefuse) {
    item.fate = Fate::kRefused;
    item.status = placement.refusal.reason;
    item.refusal = std::move(placement.refusal);
    return item.refusal.rule == rule::kTooManyEntries ? item.status : Status();
  }
  if (placement.kind == Placement::Kind::kSkip) {
    return {};
  }
  item.fate = Fate::kDone;
  switch (placed_type(item.entry)) {
    case EntryType::kFile:
      return take_file(slot, item);
    case EntryType::kDirectory:
      // At once, so that it is there before what is in it; but after a file of the same name.
      item.fate = item.ordered ? Fate::kFolder : Fate::kDone;
      return item.ordered ? Status() : settle(item, writer_.make_directory(item.entry, item.path));
    default:
      writer_.defer(item.entry, item.path);
      return {};
  }
}

Status Job::take_file(ExtractSlot& slot, Item& item) {
  if (item.entry.data_runs || item.entry.size > kUnitBytes) {
    return begin_large(item);
  }
  const auto size = static_cast<std::size_t>(item.entry.size);
  // A byte more than announced is asked for, to see that there is none.
  auto got = reader_.read({slot.buffer.data() + slot.bytes, size + 1});
  Status status = got.status();
  if (status.ok() && *got != size) {
    status = {Code::kCorrupt, "the content is not as long as announced"};
  }
  if (!status.ok()) {
    item.fate = Fate::kLost;
    item.status = status;
    return costs_one_member(status) ? Status() : status;
  }
  item.fate = Fate::kSmall;
  item.offset = slot.bytes;
  item.size = size;
  slot.bytes += size;
  return count_output(size).in_file(item.entry.path);
}

/// A failure to read content that the reader can go on behind. What it calls lost is, whatever the
/// code: a header over a limit, too.
bool Job::costs_one_member(const Status& status) const {
  return is_damage(status) || status.code() == Code::kUnsupported || !reader_.lost().ok();
}

Status Job::begin_large(Item& item) {
  auto large = std::make_shared<LargeFile>();
  large->runs = item.entry.data_runs.value_or(
      std::vector<Extent>{{.offset = 0, .length = item.entry.size, .hole = false}});
  std::uint64_t end = 0;
  for (const Extent& run : large->runs) {
    if (run.offset < end || run.length > item.entry.size ||
        run.offset > item.entry.size - run.length) {
      item.fate = Fate::kLost;
      item.status = {Code::kCorrupt, "the runs of data contradict each other"};
      return {};
    }
    end = run.offset + run.length;
    large->expected += run.length;
  }
  auto file = writer_.create_file(item.entry, item.path);
  if (!file.ok()) {
    return settle(item, file.status());
  }
  if (*file == nullptr) {
    return {};  // exists and is left
  }
  large->file = *std::move(file);
  large->entry = item.entry;
  large_ = std::move(large);
  return {};
}

Status Job::read_piece(ExtractSlot& slot) {
  slot.large = large_;
  LargeFile& large = *large_;
  const auto want =
      static_cast<std::size_t>(std::min<std::uint64_t>(kUnitBytes, large.expected - large.got));
  const bool to_the_end = want == large.expected - large.got;
  auto got = reader_.read({slot.buffer.data(), want + (to_the_end ? 1 : 0)});
  Status status = got.status();
  if (status.ok() && *got != want) {
    status = {Code::kCorrupt, "the content is not as long as announced"};
  }
  slot.last = to_the_end || !status.ok();
  if (slot.last) {
    large_.reset();
  }
  if (!status.ok()) {
    slot.piece_lost = true;
    slot.piece_status = status;
    return costs_one_member(status) ? Status() : status;
  }
  map_piece(slot, want);
  large.got += want;
  return count_output(want).in_file(large.entry.path);
}

void Job::map_piece(ExtractSlot& slot, std::size_t size) {
  LargeFile& large = *slot.large;
  for (std::size_t at = 0; at < size;) {
    const Extent& run = large.runs[large.run];
    const auto part =
        static_cast<std::size_t>(std::min<std::uint64_t>(size - at, run.length - large.in_run));
    if (part > 0) {
      slot.stretches.push_back({.target = run.offset + large.in_run, .offset = at, .size = part});
    }
    at += part;
    large.in_run += part;
    if (large.in_run == run.length) {
      ++large.run;
      large.in_run = 0;
    }
  }
}

Status Job::count_output(std::size_t size) {
  output_ += size;
  if (output_ > limits_.max_output) {
    return {Code::kLimitExceeded,
            "more than " + std::to_string(limits_.max_output) + " bytes come out"};
  }
  if (output_ > kFreeOutput) {
    const std::uint64_t consumed = limits_.consumed ? limits_.consumed() : reader_.position();
    if (static_cast<double>(output_) > limits_.max_ratio * static_cast<double>(consumed)) {
      return {Code::kLimitExceeded, std::to_string(output_) + " bytes come out of " +
                                        std::to_string(consumed) + ": over the ratio allowed"};
    }
  }
  return {};
}

/// Keeps a failure that concerns this member alone with it, and returns the others.
Status Job::settle(Item& item, Status result) {
  if (result.ok()) {
    return {};
  }
  if (!concerns_one_member(result)) {
    return result.in_file(item.entry.path);
  }
  item.fate = Fate::kRefused;
  item.status = std::move(result);
  return {};
}

Status Job::work(Slot& slot, Worker&) {
  auto& unit = static_cast<ExtractSlot&>(slot);
  const ByteSpan content = std::as_const(unit.buffer).first(unit.buffer.capacity());
  for (std::size_t i = 0; i < unit.used; ++i) {
    Item& item = unit.items[i];
    if (item.fate == Fate::kSmall && !item.ordered) {
      Status result = settle(
          item, writer_.write_file(item.entry, item.path, content.subspan(item.offset, item.size)));
      if (!result.ok()) {
        return result;
      }
    }
  }
  for (const Stretch& stretch : unit.stretches) {
    Status written =
        unit.large->file->write_at(stretch.target, content.subspan(stretch.offset, stretch.size));
    if (!written.ok()) {
      if (!concerns_one_member(written)) {
        return written.in_file(unit.large->entry.path);
      }
      unit.piece_status = written;
      break;
    }
  }
  return {};
}

Status Job::write(Slot& slot) {
  auto& unit = static_cast<ExtractSlot&>(slot);
  const ByteSpan content = std::as_const(unit.buffer).first(unit.buffer.capacity());
  for (std::size_t i = 0; i < unit.used; ++i) {
    Item& item = unit.items[i];
    if (item.fate == Fate::kSmall && item.ordered) {
      Status result = settle(
          item, writer_.write_file(item.entry, item.path, content.subspan(item.offset, item.size)));
      if (!result.ok()) {
        return result;
      }
    }
    if (item.fate == Fate::kFolder) {
      Status result = settle(item, writer_.make_directory(item.entry, item.path));
      if (!result.ok()) {
        return result;
      }
    }
    tell(item);
  }
  progress_.bytes_in = unit.position;
  if (unit.large) {
    if (Status ended = end_piece(unit); !ended.ok()) {
      return ended;
    }
  }
  progress_.bytes_out = counts_.content;
  return {};
}

void Job::tell(Item& item) {
  if (!item.warning.ok() && hooks_.on_note) {
    hooks_.on_note(item.warning);
  }
  switch (item.fate) {
    case Fate::kRefused:
      if (item.refusal.rule.empty()) {
        item.refusal = {.path = item.entry.path,
                        .rule = rule_of(item.status),
                        .reason = item.status.in_file(item.entry.path)};
      }
      refuse(item.refusal);
      return;
    case Fate::kLost:
      lose(item.entry, item.status);
      return;
    case Fate::kPlain:
      return;
    default:
      break;
  }
  if (hooks_.on_entry) {
    hooks_.on_entry(item.entry);
  }
  ++counts_.entries;
  counts_.files += placed_type(item.entry) == EntryType::kFile ? 1U : 0U;
  counts_.content += item.size;
}

Status Job::end_piece(ExtractSlot& slot) {
  LargeFile& large = *slot.large;
  if (large.given_up) {
    return {};
  }
  if (!slot.piece_lost && slot.piece_status.ok()) {
    for (const Stretch& stretch : slot.stretches) {
      counts_.content += stretch.size;
      large.counted += stretch.size;
    }
    if (!slot.last) {
      return {};
    }
    slot.piece_status = large.file->commit();
    if (slot.piece_status.ok()) {
      large.file.reset();  // closes it now, not when the slot is used again
      return {};
    }
    if (!concerns_one_member(slot.piece_status)) {
      return slot.piece_status.in_file(large.entry.path);
    }
  }
  // Later pieces may be in work still, so the file goes away with the last of them. It was counted
  // when it began.
  large.given_up = true;
  --counts_.entries;
  --counts_.files;
  counts_.content -= large.counted;
  if (slot.piece_lost) {
    lose(large.entry, slot.piece_status);
  } else {
    refuse({.path = large.entry.path,
            .rule = rule_of(slot.piece_status),
            .reason = slot.piece_status.in_file(large.entry.path)});
  }
  return {};
}

void Job::lose(const Entry& entry, const Status& status) {
  ++counts_.lost;
  if (counts_.damage.ok()) {
    counts_.damage = status;
    counts_.damage.in_file(entry.path);
  }
  if (hooks_.on_lost) {
    hooks_.on_lost(entry, status);
  }
}

void Job::refuse(const Refusal& refusal) {
  ++counts_.refused;
  if (hooks_.on_refused) {
    hooks_.on_refused(refusal);
  }
}

Status Job::finish() {
  Status finished = writer_.finish([this](const Refusal& refusal) {
    counts_.entries -= counts_.entries > 0 ? 1U : 0U;  // folders in between were not counted
    refuse(refusal);
  });
  if (counts_.damage.ok()) {
    counts_.damage = end_damage_.ok() ? reader_.damage() : end_damage_;
  }
  return finished;
}

}  // namespace

std::unique_ptr<MemberExtractJob> make_member_extract_job(MemberReader& reader, TreeWriter& writer,
                                                          MemberFilter& filter, ExtractHooks hooks,
                                                          ExtractLimits limits) {
  return std::make_unique<Job>(reader, writer, filter, std::move(hooks), std::move(limits));
}

}  // namespace kompakt
