#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "archive/extract/refusals.hpp"
#include "archive/zip/zip_entry_content.hpp"
#include "archive/zip/zip_extract.hpp"

namespace kompakt {

using zip::WholeDecoder;

namespace {

// An entry within both bounds is decoded whole, in a batch with its neighbours.
constexpr std::uint64_t kSmallStored = std::uint64_t{1} << 20U;
constexpr std::uint64_t kSmallContent = std::uint64_t{4} << 20U;
// A batch ends with the entry that passes one of these.
constexpr std::uint64_t kBatchBytes = std::uint64_t{1} << 20U;
constexpr std::uint64_t kBatchContent = std::uint64_t{8} << 20U;
constexpr std::size_t kBatchEntries = 256;
// What may lie unread between two entries of one batch.
constexpr std::uint64_t kLargestGap = std::uint64_t{64} << 10U;
// Longer fields in a local header than in the directory are read apart.
constexpr std::uint64_t kHeaderSlack = 256;
// Decoders of entries that are decoded in pieces: buffers, and a window unless it is larger.
constexpr std::uint64_t kPieceDecoder = std::uint64_t{2} << 20U;
constexpr std::uint64_t kLargeWindow = std::uint64_t{64} << 20U;
constexpr std::uint64_t kMaxSymlink = std::uint64_t{64} << 10U;
// Extraction may give this much without regard to the ratio.
constexpr std::uint64_t kFreeOutput = std::uint64_t{64} << 20U;

/// What became of an entry.
enum class Fate : std::uint8_t { kPending, kDone, kSkipped, kRefused, kLost };

struct Member {
  std::size_t index = 0;
  Entry entry;
  std::string path;   ///< where it goes
  bool late = false;  ///< replaces an earlier one, so it waits for write()
  Fate fate = Fate::kPending;
  Status status;
  std::string rule;
  Status warning;
};

/// Entries that are worked on together, and the stretch of the file that holds the small ones.
struct Unit final : StagedJob::Slot {
  std::vector<Member> members;
  Buffer bytes;
  std::uint64_t begin = 0;
  std::size_t size = 0;
  std::uint64_t stored = 0;  ///< bytes of the archive up to here

  [[nodiscard]] ByteSpan from(std::uint64_t offset) const {
    if (offset < begin || offset - begin >= size) {
      return {};
    }
    return bytes.first(size).subspan(static_cast<std::size_t>(offset - begin));
  }
};

struct DecodingWorker final : StagedJob::Worker {
  explicit DecodingWorker(std::uint64_t max_memory) : whole(max_memory) {}
  WholeDecoder whole;
  Buffer spare;
};

Status system_failure(const Status& status) {
  return status.code() == Code::kIo || status.code() == Code::kCancelled ||
                 status.code() == Code::kInternal
             ? status
             : Status();
}

class Job final : public ZipExtractJob {
 public:
  Job(const ZipArchive& archive, TreeWriter& writer, MemberFilter& filter, ExtractHooks hooks,
      ExtractLimits limits)
      : archive_(archive),
        writer_(writer),
        filter_(filter),
        hooks_(std::move(hooks)),
        limits_(std::move(limits)),
        link_worker_(archive.limits().max_memory),
        late_worker_(archive.limits().max_memory) {
    counts_.damage = archive.damage();
  }

  std::uint64_t slot_bytes() const override { return kBatchBytes + kSmallStored + kLargestGap; }
  std::uint64_t worker_bytes() const override {
    return kSmallContent + kPieceDecoder + (large_windows_ ? kLargeWindow : 0);
  }
  bool ordered_stages_wait() const override { return false; }
  std::unique_ptr<Slot> make_slot() override { return std::make_unique<Unit>(); }
  Result<std::unique_ptr<Worker>> make_worker() override {
    return std::unique_ptr<Worker>(std::make_unique<DecodingWorker>(archive_.limits().max_memory));
  }

  void note_methods() {
    for (std::size_t i = 0; i < archive_.size() && !large_windows_; ++i) {
      const zip::Method method = archive_.record(i).fixed.method;
      large_windows_ = method != zip::Method::kStore && method != zip::Method::kDeflate &&
                       method != zip::Method::kDeflate64;
    }
  }

  Result<bool> read(Slot& slot) override;
  Status work(Slot& slot, Worker& worker) override;
  Status write(Slot& slot) override;
  Status finish() override;
  Progress progress() const override { return {bytes_in_, counts_.content}; }
  const ExtractCounts& counts() const override { return counts_; }

 private:
  [[nodiscard]] static bool is_small(const Entry& entry) {
    return entry.stored_size.value_or(0) <= kSmallStored && entry.size <= kSmallContent;
  }
  [[nodiscard]] std::uint64_t read_end(std::size_t index, const zip::DirectoryRecord& record) const;
  [[nodiscard]] Status collect(Unit& unit);
  [[nodiscard]] Status check_limits(const Entry& entry, bool believable);
  [[nodiscard]] Status fetch(Unit& unit, std::uint64_t end);
  [[nodiscard]] Status prepare(Unit& unit, Member& member);
  [[nodiscard]] Status place(Member& member);
  [[nodiscard]] Status process(const Unit& unit, Member& member, DecodingWorker& worker);
  [[nodiscard]] Status extract_small(const Unit& unit, Member& member, const ZipExtent& extent,
                                     DecodingWorker& worker);
  [[nodiscard]] Status extract_large(Member& member, const ZipExtent& extent);
  [[nodiscard]] static Status settle(Member& member, const Status& status);
  [[nodiscard]] Result<ZipExtent> find(const Unit& unit, Member& member) const;
  [[nodiscard]] Result<ByteSpan> content(const Unit& unit, const ZipExtent& extent,
                                         DecodingWorker& worker) const;
  void report(const Member& member);

  const ZipArchive& archive_;  // NOLINT(cppcoreguidelines-*): outlives the job
  TreeWriter& writer_;         // NOLINT(cppcoreguidelines-*): outlives the job
  MemberFilter& filter_;       // NOLINT(cppcoreguidelines-*): outlives the job
  ExtractHooks hooks_;
  ExtractLimits limits_;
  bool large_windows_ = false;

  // Of read().
  std::size_t next_ = 0;
  std::uint64_t announced_ = 0;  // content of what was taken
  std::uint64_t stored_ = 0;     // and its bytes in the archive
  DecodingWorker link_worker_;

  // Of write().
  DecodingWorker late_worker_;
  std::uint64_t bytes_in_ = 0;
  ExtractCounts counts_;
};

// Where the entry's bytes end at the latest, as far as can be told without its local header.
std::uint64_t Job::read_end(std::size_t index, const zip::DirectoryRecord& record) const {
  const std::uint64_t begin = archive_.begin(index);
  const std::uint64_t likely = zip::kLocalSize + record.name.size() + record.extra.size() +
                               kHeaderSlack + std::min(record.stored_size, kSmallStored);
  const std::uint64_t limit = archive_.limit(index);
  return limit <= begin || limit - begin > likely ? begin + likely : limit;
}

Status Job::check_limits(const Entry& entry, bool believable) {
  stored_ += entry.stored_size.value_or(0);
  if (entry.type != EntryType::kFile || !believable) {
    return {};
  }
  // Sizes are promises that decoding holds the entries to.
  if (entry.size > limits_.max_output - std::min(announced_, limits_.max_output)) {
    return Status(Code::kLimitExceeded, "the archive holds more than the limit of " +
                                            std::to_string(limits_.max_output) + " bytes")
        .in_file(entry.path);
  }
  announced_ += entry.size;
  const std::uint64_t read = std::max<std::uint64_t>(stored_, 1);
  if (announced_ > kFreeOutput &&
      static_cast<double>(announced_) > limits_.max_ratio * static_cast<double>(read)) {
    return Status(Code::kLimitExceeded, "the archive expands beyond the allowed ratio")
        .in_file(entry.path);
  }
  return {};
}

// Takes entries that lie close behind each other, or one large one.
Status Job::collect(Unit& unit) {
  unit.members.clear();
  unit.size = 0;
  std::uint64_t end = 0;
  std::uint64_t content = 0;
  for (; next_ < archive_.size(); ++next_) {
    const std::size_t index = archive_.in_reading_order(next_);
    const zip::DirectoryRecord record = archive_.record(index);
    const std::uint64_t begin = archive_.begin(index);
    const bool first = unit.members.empty();
    const bool full = unit.members.size() >= kBatchEntries || content >= kBatchContent ||
                      end - unit.begin >= kBatchBytes;
    if (!first && (full || begin < end || begin - end > kLargestGap)) {
      break;
    }
    Entry entry = zip::to_entry(record);
    if (!filter_.takes(entry.path)) {
      continue;
    }
    const bool small = is_small(entry);
    if (!first && !small) {
      break;
    }
    if (Status status = check_limits(entry, zip::has_possible_size(record)); !status.ok()) {
      return status;
    }
    if (first) {
      unit.begin = begin;
    }
    content += entry.size;
    end = small ? read_end(index, record) : begin;
    Member& member = unit.members.emplace_back();
    member.index = index;
    member.entry = std::move(entry);
    if (!small) {
      ++next_;
      break;
    }
  }
  unit.stored = stored_;
  return unit.members.empty() ? Status() : fetch(unit, end);
}

Status Job::fetch(Unit& unit, std::uint64_t end) {
  const std::uint64_t file_size = archive_.source().size().value_or(0);
  end = std::min(end, file_size);
  if (end <= unit.begin) {
    return {};
  }
  const auto size = static_cast<std::size_t>(end - unit.begin);
  unit.bytes.resize_discard(size);
  const auto got = archive_.source().read_at(unit.begin, unit.bytes.first(size));
  if (!got.ok()) {
    return got.status();
  }
  unit.size = *got;
  return {};
}

Result<bool> Job::read(Slot& slot) {
  auto& unit = static_cast<Unit&>(slot);
  if (Status status = collect(unit); !status.ok()) {
    return status;
  }
  for (Member& member : unit.members) {
    if (Status status = prepare(unit, member); !status.ok()) {
      return status;
    }
  }
  return !unit.members.empty();
}

// Finds out where the entry goes. The target of a symlink is its content, and is needed for that.
Status Job::prepare(Unit& unit, Member& member) {
  if (member.entry.type == EntryType::kSymlink) {
    const auto extent = find(unit, member);
    if (!extent.ok()) {
      return settle(member, extent.status());
    }
    if (extent->size > kMaxSymlink || extent->stored_size > kMaxSymlink) {
      return settle(member, Status(Code::kCorrupt, "zip: a symlink's target is too long"));
    }
    const auto target = content(unit, *extent, link_worker_);
    if (!target.ok()) {
      return settle(member, target.status());
    }
    member.entry.link_target.assign(reinterpret_cast<const char*>(target->data()), target->size());
  }
  return place(member);
}

Status Job::place(Member& member) {
  Placement placement = writer_.place(member.entry);
  member.warning = std::move(placement.warning);
  member.late = placement.duplicate;
  member.path = std::move(placement.path);
  if (placement.kind == Placement::Kind::kSkip) {
    member.fate = Fate::kSkipped;
  } else if (placement.kind == Placement::Kind::kRefuse) {
    member.fate = Fate::kRefused;
    member.rule = std::move(placement.refusal.rule);
    member.status = std::move(placement.refusal.reason);
    return member.rule == rule::kTooManyEntries ? member.status : Status();
  }
  return {};
}

// The failure becomes the member's fate, unless it is not about the member.
Status Job::settle(Member& member, const Status& status) {
  if (status.ok()) {
    member.fate = Fate::kDone;
    return {};
  }
  if (Status fatal = system_failure(status); !fatal.ok()) {
    return fatal;
  }
  member.status = status;
  const bool readable =
      status.code() == Code::kUnsupported || status.code() == Code::kLimitExceeded;
  if (member.rule.empty() && readable) {
    member.rule = status.code() == Code::kUnsupported ? "unsupported" : "memory limit";
  }
  member.fate = member.rule.empty() ? Fate::kLost : Fate::kRefused;
  return {};
}

Result<ZipExtent> Job::find(const Unit& unit, Member& member) const {
  const ByteSpan bytes = unit.from(archive_.begin(member.index));
  auto extent = bytes.empty() ? archive_.locate(member.index, &member.entry)
                              : archive_.locate_in(member.index, bytes, &member.entry);
  if (!extent.ok()) {
    return extent;
  }
  if (Status status = archive_.check_overlap(member.index, *extent); !status.ok()) {
    member.rule = "overlapping members";
    return status;
  }
  if (Status status = zip::check_method(*extent); !status.ok()) {
    return status;
  }
  return extent;
}

Result<ByteSpan> Job::content(const Unit& unit, const ZipExtent& extent,
                              DecodingWorker& worker) const {
  const auto size = static_cast<std::size_t>(extent.stored_size);
  ByteSpan stored = unit.from(extent.data);
  if (stored.size() < size) {
    worker.spare.resize_discard(size);
    const auto got = archive_.source().read_at(extent.data, worker.spare.first(size));
    if (!got.ok()) {
      return got.status();
    }
    stored = std::as_const(worker.spare).first(*got);
  }
  return worker.whole.decode(extent, stored.first(std::min(size, stored.size())));
}

Status Job::extract_small(const Unit& unit, Member& member, const ZipExtent& extent,
                          DecodingWorker& worker) {
  const auto bytes = content(unit, extent, worker);
  if (!bytes.ok()) {
    return settle(member, bytes.status());
  }
  Status written = writer_.write_file(member.entry, member.path, *bytes);
  if (!written.ok() && concerns_one_member(written)) {
    member.rule = rule_of(written);
    return settle(member, written);
  }
  member.fate = Fate::kDone;
  return written;
}

Status Job::extract_large(Member& member, const ZipExtent& extent) {
  auto content = zip::CheckedContent::open(archive_.source(), extent, archive_.limits().max_memory);
  if (!content.ok()) {
    return settle(member, content.status());
  }
  auto file = writer_.create_file(member.entry, member.path);
  if (!file.ok()) {
    if (concerns_one_member(file.status())) {
      member.rule = rule_of(file.status());
      return settle(member, file.status());
    }
    return file.status();
  }
  if (*file == nullptr) {
    member.fate = Fate::kSkipped;
    return {};
  }
  while (true) {
    if (limits_.cancel != nullptr && limits_.cancel->cancelled()) {
      return {Code::kCancelled, "cancelled"};
    }
    const std::uint64_t offset = content->produced();
    const auto piece = content->next();
    if (!piece.ok()) {
      return settle(member, piece.status());
    }
    if (piece->empty()) {
      break;
    }
    if (Status status = (*file)->write_at(offset, *piece); !status.ok()) {
      return status;
    }
  }
  Status committed = (*file)->commit();
  if (!committed.ok() && concerns_one_member(committed)) {
    member.rule = rule_of(committed);
    return settle(member, committed);
  }
  member.fate = Fate::kDone;
  return committed;
}

Status Job::process(const Unit& unit, Member& member, DecodingWorker& worker) {
  switch (member.entry.type) {
    case EntryType::kDirectory: {
      Status made = writer_.make_directory(member.entry, member.path);
      if (!made.ok() && concerns_one_member(made)) {
        member.rule = rule_of(made);
        return settle(member, made);
      }
      member.fate = Fate::kDone;
      return made;
    }
    case EntryType::kFile:
      break;
    default:
      writer_.defer(member.entry, member.path);
      member.fate = Fate::kDone;
      return {};
  }
  const auto extent = find(unit, member);
  if (!extent.ok()) {
    return settle(member, extent.status());
  }
  return is_small(member.entry) ? extract_small(unit, member, *extent, worker)
                                : extract_large(member, *extent);
}

Status Job::work(Slot& slot, Worker& worker) {
  auto& unit = static_cast<Unit&>(slot);
  for (Member& member : unit.members) {
    if (member.fate == Fate::kPending && !member.late) {
      if (Status status = process(unit, member, static_cast<DecodingWorker&>(worker));
          !status.ok()) {
        return status.in_file(member.entry.path);
      }
    }
  }
  return {};
}

Status Job::write(Slot& slot) {
  auto& unit = static_cast<Unit&>(slot);
  for (Member& member : unit.members) {
    // Everything before this unit is done by now, so what a late member replaces is there.
    if (member.fate == Fate::kPending) {
      if (Status status = process(unit, member, late_worker_); !status.ok()) {
        return status.in_file(member.entry.path);
      }
    }
    report(member);
  }
  bytes_in_ = unit.stored;
  return {};
}

void Job::report(const Member& member) {
  if (!member.warning.ok() && hooks_.on_note) {
    hooks_.on_note(member.warning);
  }
  switch (member.fate) {
    case Fate::kDone:
      ++counts_.entries;
      counts_.files += member.entry.type == EntryType::kFile ? 1 : 0;
      counts_.content += member.entry.size;
      if (hooks_.on_entry) {
        hooks_.on_entry(member.entry);
      }
      break;
    case Fate::kRefused:
      ++counts_.refused;
      if (hooks_.on_refused) {
        hooks_.on_refused(
            {.path = member.entry.path, .rule = member.rule, .reason = member.status});
      }
      break;
    case Fate::kLost:
      ++counts_.lost;
      if (counts_.damage.ok()) {
        counts_.damage = member.status;
        counts_.damage.in_file(member.entry.path);
      }
      if (hooks_.on_lost) {
        hooks_.on_lost(member.entry, member.status);
      }
      break;
    default:
      break;
  }
}

Status Job::finish() {
  return writer_.finish([this](const Refusal& refusal) {
    ++counts_.refused;
    if (hooks_.on_refused) {
      hooks_.on_refused(refusal);
    }
  });
}

}  // namespace

Result<std::unique_ptr<ZipExtractJob>> make_zip_extract_job(const ZipArchive& archive,
                                                            TreeWriter& writer,
                                                            MemberFilter& filter,
                                                            const ExtractHooks& hooks,
                                                            const ExtractLimits& limits) {
  auto job = std::make_unique<Job>(archive, writer, filter, hooks, limits);
  job->note_methods();
  return std::unique_ptr<ZipExtractJob>(std::move(job));
}

}  // namespace kompakt
