#include "archive/warp/warp_create.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "archive/warp/content_source.hpp"
#include "archive/warp/index_records.hpp"
#include "archive/warp/member_store.hpp"
#include "archive/warp/similar_order.hpp"
#include "container/warp_encode.hpp"

namespace kompakt {
namespace {

using warp_index::Locator;
using warp_index::Part;
using warp_index::SegmentRow;
using warp_index::SegmentWriter;

/// The index of an archive, written when the content is.
class IndexWriter {
 public:
  IndexWriter(const SideRecordWriter& write, std::size_t digest_bytes)
      : write_(write), segment_(digest_bytes) {
    locator_.digest_bytes = static_cast<std::uint8_t>(digest_bytes);
  }

  Status add(const Entry& entry, std::uint64_t offset) {
    segment_.add(entry, offset);
    locator_.file_bytes += entry.size;
    return segment_.full() ? end_segment() : Status();
  }

  Status finish() {
    if (segment_.members() != 0) {
      if (Status ended = end_segment(); !ended.ok()) {
        return ended;
      }
    }
    const auto table = warp_index::pack(warp_index::encode_table(rows_));
    if (!table.ok()) {
      return table.status();
    }
    const auto table_at = put(Part::kTable, *table, 0, locator_.members);
    if (!table_at.ok()) {
      return table_at.status();
    }
    locator_.segments = static_cast<std::uint32_t>(rows_.size());
    locator_.first_segment = rows_.empty() ? *table_at : rows_.front().stored_offset;
    locator_.table = *table_at;
    locator_.table_size = static_cast<std::uint32_t>(warp3::RecordHeader::kSize + table->size());
    return put(Part::kLocator, locator_.encode(), 0, locator_.members).status();
  }

  [[nodiscard]] const Locator& locator() const noexcept { return locator_; }

 private:
  Status end_segment() {
    const std::uint64_t members = segment_.members();
    std::string first = segment_.first_path();
    const auto payload = warp_index::pack(segment_.finish());
    if (!payload.ok()) {
      return payload.status();
    }
    const auto at = put(Part::kSegment, *payload, locator_.members, members);
    if (!at.ok()) {
      return at.status();
    }
    rows_.push_back({.stored_offset = *at,
                     .stored_size = warp3::RecordHeader::kSize + payload->size(),
                     .members = members,
                     .first_path = std::move(first)});
    locator_.members += members;
    return {};
  }

  Result<std::uint64_t> put(Part part, ByteSpan payload, std::uint64_t first,
                            std::uint64_t members) {
    return write_({.type = warp_index::kMemberRecord,
                   .flags = static_cast<std::uint8_t>(part),
                   .raw_offset = first,
                   .raw_size = members,
                   .sequence = static_cast<std::uint32_t>(rows_.size())},
                  payload);
  }

  const SideRecordWriter& write_;  // NOLINT(cppcoreguidelines-*): outlives the writer
  SegmentWriter segment_;
  std::vector<SegmentRow> rows_;
  Locator locator_;
};

class ArchiveJob final : public WarpArchiveJob {
 public:
  ArchiveJob(const System& system, std::unique_ptr<TreeWalk> walk, WarpArchiveOptions options)
      : walk_(std::move(walk)),
        options_(std::move(options)),
        digest_bytes_(std::min(digest_size(options_.hash), warp_index::kMaxMemberDigest)),
        content_(system, {.hash = options_.hash,
                          .digest_bytes = digest_bytes_,
                          .on_entry = options_.on_entry,
                          .on_warning = options_.on_warning}) {}

  Status open(Sink& sink) {
    auto encode = make_warp_encode_job(
        content_, sink,
        {.codec = options_.codec,
         .block_size = options_.block_size,
         .even_end = options_.even_end,
         .hash = options_.hash,
         .metadata = std::nullopt,
         .on_block = options_.on_block,
         .before_end = [this](const SideRecordWriter& write) { return write_index(write); }});
    if (!encode.ok()) {
      return encode.status();
    }
    encode_ = std::move(*encode);
    return {};
  }

  std::uint64_t slot_bytes() const override { return encode_->slot_bytes(); }
  std::uint64_t worker_bytes() const override { return encode_->worker_bytes(); }
  std::unique_ptr<Slot> make_slot() override { return encode_->make_slot(); }
  Result<std::unique_ptr<Worker>> make_worker() override { return encode_->make_worker(); }
  bool ordered_stages_wait() const override { return encode_->ordered_stages_wait(); }

  Result<bool> read(Slot& slot) override {
    if (walk_) {
      if (Status collected = collect(); !collected.ok()) {
        return collected;
      }
    }
    return encode_->read(slot);
  }
  Status work(Slot& slot, Worker& worker) override { return encode_->work(slot, worker); }
  Status write(Slot& slot) override { return encode_->write(slot); }
  Status finish() override { return encode_->finish(); }
  Progress progress() const override { return encode_->progress(); }
  WarpArchiveCounts counts() const override { return counts_; }

 private:
  /// Walks to the end and begins with the content.
  Status collect() {
    const auto walk = std::move(walk_);
    WalkedEntry walked;
    std::vector<std::uint32_t> files;
    for (;;) {
      const auto more = walk->next(walked);
      if (!more.ok()) {
        return more.status();
      }
      if (!*more) {
        break;
      }
      Entry& entry = walked.entry;
      if (members_.size() == UINT32_MAX || entry.path.empty()) {
        return {Code::kLimitExceeded, "more than 2^32 - 1 members, or one without a name"};
      }
      if (entry.data_runs && entry.data_runs->size() > warp_index::kMaxRuns) {
        entry.data_runs.reset();  // stored with its holes as zeros
      }
      if (options_.adjust) {
        options_.adjust(entry);
      }
      if (entry.type == EntryType::kFile) {
        files.push_back(static_cast<std::uint32_t>(members_.size()));
      } else if (options_.on_entry) {
        options_.on_entry(entry);
      }
      members_.add(entry, {walked.real_path, walked.device, walked.inode});
    }
    content_.start(members_, similar_order(members_, std::move(files)));
    return {};
  }

  void warn(const Status& status) const {
    if (options_.on_warning) {
      options_.on_warning(status);
    }
  }

  Status write_index(const SideRecordWriter& write) {
    constexpr std::uint32_t kNoFile = UINT32_MAX;
    std::vector<std::uint32_t> places(members_.size(), kNoFile);
    std::vector<std::uint32_t> order(members_.size());
    for (std::uint32_t i = 0; i < members_.size(); ++i) {
      order[i] = i;
    }
    for (std::uint32_t place = 0; place < content_.files().size(); ++place) {
      places[content_.files()[place]] = place;
    }
    std::stable_sort(order.begin(), order.end(), [this](std::uint32_t a, std::uint32_t b) {
      return members_.path(a) < members_.path(b);
    });
    std::set<std::string_view> missing;
    for (std::uint32_t place = 0; place < content_.files().size(); ++place) {
      if (content_.stored()[place].missing) {
        missing.insert(members_.path(content_.files()[place]));
      }
    }
    IndexWriter index(write, digest_bytes_);
    Entry entry;
    std::string last;
    for (const std::uint32_t member : order) {
      members_.get(member, entry);
      std::uint64_t offset = 0;
      if (places[member] != kNoFile && !settle(entry, content_.stored()[places[member]], offset)) {
        continue;
      }
      if (entry.type == EntryType::kHardlink && missing.contains(entry.link_target)) {
        warn(Status(Code::kIo, "left out with the file that it is another name of")
                 .in_file(entry.path));
        continue;
      }
      if (entry.path == last) {
        warn(Status(Code::kIo, "was met twice; stored once").in_file(entry.path));
        continue;
      }
      if (Status added = index.add(entry, offset); !added.ok()) {
        return added.in_file(entry.path);
      }
      last = entry.path;
      ++counts_.entries;
    }
    return index.finish();
  }

  /// Puts what was really stored of a file into its entry; false where nothing was.
  bool settle(Entry& entry, const StoredFile& stored, std::uint64_t& offset) {
    if (stored.missing) {
      return false;
    }
    entry.size = stored.size;
    if (!stored.sparse) {
      entry.data_runs.reset();
    }
    const ByteSpan digest = stored.digest.span();
    entry.digest.assign(digest.begin(), digest.end());
    offset = stored.offset;
    ++counts_.files;
    counts_.content += entry.size;
    counts_.duplicates += stored.duplicate ? 1 : 0;
    return true;
  }

  std::unique_ptr<TreeWalk> walk_;
  WarpArchiveOptions options_;
  std::size_t digest_bytes_;
  MemberStore members_;
  ContentSource content_;
  std::unique_ptr<StagedJob> encode_;
  WarpArchiveCounts counts_;
};

}  // namespace

Result<std::unique_ptr<WarpArchiveJob>> make_warp_archive_job(const System& system,
                                                              std::unique_ptr<TreeWalk> walk,
                                                              Sink& sink,
                                                              WarpArchiveOptions options) {
  auto job = std::make_unique<ArchiveJob>(system, std::move(walk), std::move(options));
  if (Status opened = job->open(sink); !opened.ok()) {
    return opened;
  }
  return std::unique_ptr<WarpArchiveJob>(std::move(job));
}

}  // namespace kompakt
