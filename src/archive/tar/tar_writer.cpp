#include "archive/tar/tar_writer.hpp"

#include <algorithm>
#include <cstring>
#include <set>
#include <string>
#include <utility>

#include "archive/tar/tar_encode.hpp"
#include "archive/tar/tar_header.hpp"

namespace kompakt {
namespace {

constexpr std::uint64_t kRecord = 20 * tar::kBlock;

class TarWriter final : public TarSource {
 public:
  TarWriter(std::unique_ptr<TreeWalk> walk, TarWriteOptions options)
      : walk_(std::move(walk)),
        options_(std::move(options)),
        system_(options_.system != nullptr ? *options_.system : real_system()),
        rules_{.reproducible = options_.reproducible, .epoch = options_.epoch} {}

  Result<std::size_t> read(MutableByteSpan out) override;
  std::string_view name() const override { return "<tar>"; }
  const TarCounts& counts() const override { return counts_; }

 private:
  void warn(const Status& status);
  std::size_t take_pending(MutableByteSpan out);
  std::size_t take_content(MutableByteSpan out);
  Status next_member();
  bool open_file();
  void begin_content();
  void end_content();
  void end_archive();

  std::unique_ptr<TreeWalk> walk_;
  TarWriteOptions options_;
  const System& system_;
  tar::EncodeRules rules_;
  TarCounts counts_;
  WalkedEntry current_;
  std::string pending_;  // headers and padding on their way out
  std::size_t pending_at_ = 0;
  std::vector<Extent> runs_;  // of the current file's content
  std::size_t run_ = 0;
  std::uint64_t run_done_ = 0;
  Descriptor file_;
  bool changed_ = false;
  bool unreadable_ = false;
  bool ended_ = false;
  // Files that were left out: their other names cannot be hardlinks to them.
  std::set<std::string> left_out_;
};

void TarWriter::warn(const Status& status) {
  ++counts_.warnings;
  if (options_.on_warning) {
    options_.on_warning(status);
  }
}

std::size_t TarWriter::take_pending(MutableByteSpan out) {
  const std::size_t count = std::min(out.size(), pending_.size() - pending_at_);
  if (count != 0) {
    std::memcpy(out.data(), pending_.data() + pending_at_, count);
    pending_at_ += count;
  }
  return count;
}

Result<std::size_t> TarWriter::read(MutableByteSpan out) {
  std::size_t done = 0;
  while (done < out.size()) {
    const MutableByteSpan rest = out.subspan(done);
    std::size_t count = 0;
    if (pending_at_ < pending_.size()) {
      count = take_pending(rest);
    } else if (run_ < runs_.size()) {
      count = take_content(rest);
    } else if (ended_) {
      break;
    } else if (Status status = next_member(); !status.ok()) {
      return status;
    }
    done += count;
    counts_.bytes += count;
  }
  return done;
}

std::size_t TarWriter::take_content(MutableByteSpan out) {
  const Extent& run = runs_[run_];
  const auto count =
      static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), run.length - run_done_));
  const Status status = unreadable_ ? Status()
                                    : read_exactly(system_, file_.get(), run.offset + run_done_,
                                                   out.first(count), &changed_);
  if (!status.ok()) {
    Status reason = status;
    warn(reason.in_file(current_.real_path));
    unreadable_ = true;
  }
  if (unreadable_) {
    // The header is out already: zeros keep what follows readable.
    std::fill_n(out.begin(), count, std::byte{0});
  }
  counts_.read += count;
  run_done_ += count;
  if (run_done_ == run.length) {
    run_done_ = 0;
    ++run_;
    if (run_ == runs_.size()) {
      end_content();
    }
  }
  return count;
}

/// False where the file is to be left out.
bool TarWriter::open_file() {
  const Entry& entry = current_.entry;
  if (entry.type == EntryType::kHardlink && left_out_.contains(entry.link_target)) {
    warn(Status(Code::kIo, "another name of a file that was left out").in_file(current_.real_path));
    return false;
  }
  if (tar::stored_content(entry) == 0) {
    return true;
  }
  auto file = walk_->open_current();
  if (!file.ok()) {
    Status reason = file.status();
    warn(reason.in_file(current_.real_path));
    left_out_.insert(entry.path);
    return false;
  }
  file_ = std::move(*file);
  return true;
}

void TarWriter::begin_content() {
  const Entry& entry = current_.entry;
  runs_.clear();
  run_ = 0;
  run_done_ = 0;
  changed_ = false;
  unreadable_ = false;
  if (entry.type != EntryType::kFile) {
    return;
  }
  ++counts_.files;
  counts_.content += entry.size;
  if (entry.data_runs) {
    runs_ = *entry.data_runs;
    std::erase_if(runs_, [](const Extent& run) { return run.length == 0; });
  } else if (entry.size != 0) {
    runs_.push_back({.offset = 0, .length = entry.size, .hole = false});
  }
}

void TarWriter::end_content() {
  const Entry& entry = current_.entry;
  struct stat now {};
  if (!changed_ && system_.fstat(file_.get(), &now) == 0) {
    const Entry::Time modified{.seconds = now.st_mtim.tv_sec,
                               .nanoseconds = static_cast<std::uint32_t>(now.st_mtim.tv_nsec)};
    changed_ = static_cast<std::uint64_t>(now.st_size) != entry.size ||
               (entry.modified && *entry.modified != modified);
  }
  if (changed_ && !unreadable_) {
    warn(Status(Code::kIo, "the file changed while it was read").in_file(current_.real_path));
  }
  file_.reset();
  pending_.assign(tar::padding_of(tar::stored_content(entry)), '\0');
  pending_at_ = 0;
}

/// Two zero blocks, and as many more as fill a record.
void TarWriter::end_archive() {
  const std::uint64_t size = counts_.bytes + 2 * tar::kBlock;
  const std::uint64_t whole = (size + kRecord - 1) / kRecord * kRecord;
  pending_.assign(static_cast<std::size_t>(whole - counts_.bytes), '\0');
  ended_ = true;
}

Status TarWriter::next_member() {
  pending_.clear();
  pending_at_ = 0;
  for (;;) {
    const auto more = walk_->next(current_);
    if (!more.ok()) {
      return more.status();
    }
    if (!*more) {
      end_archive();
      return {};
    }
    if (open_file()) {
      break;
    }
  }
  if (options_.on_entry) {
    options_.on_entry(current_.entry);
  }
  ++counts_.entries;
  tar::append_headers(current_.entry, rules_, pending_);
  begin_content();
  return {};
}

}  // namespace

Result<std::unique_ptr<TarSource>> make_tar_source(std::unique_ptr<TreeWalk> walk,
                                                   TarWriteOptions options) {
  if (walk == nullptr) {
    return Status(Code::kInvalidArgument, "tar: nothing to walk");
  }
  return std::unique_ptr<TarSource>(
      std::make_unique<TarWriter>(std::move(walk), std::move(options)));
}

}  // namespace kompakt
