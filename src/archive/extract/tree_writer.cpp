#include "archive/extract/tree_writer.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <map>
#include <mutex>
#include <unordered_set>
#include <utility>
#include <vector>

#include "archive/extract/folder_cache.hpp"
#include "archive/extract/member_metadata.hpp"
#include "archive/extract/member_path.hpp"
#include "archive/extract/new_file.hpp"
#include "archive/extract/placement.hpp"
#include "archive/extract/refusals.hpp"

namespace kompakt {
namespace {

/// A folder's metadata, kept until finish().
struct FolderMember {
  MemberMetadata metadata;
  MemberMetadata::Xattrs xattrs;
};

struct Deferred {
  Entry entry;
  std::string path;
  bool superseded = false;
};

class SafeTreeWriter final : public TreeWriter {
 public:
  SafeTreeWriter(const System& system, TreeWriterOptions options, Descriptor root, bool root_made)
      : system_(system),
        options_(std::move(options)),
        root_made_(root_made),
        book_(options_),
        folders_(system, std::move(root)),
        metadata_(system, options_) {}

  Placement place(const Entry& entry) override { return book_.place(entry); }
  Result<std::unique_ptr<FileInProgress>> create_file(const Entry& entry,
                                                      const std::string& path) override;
  Status write_file(const Entry& entry, const std::string& path, ByteSpan content) override;
  Status make_directory(const Entry& entry, const std::string& path) override;
  void defer(const Entry& entry, const std::string& path) override;
  Status finish(const std::function<void(const Refusal&)>& on_refused) override;
  std::uint64_t bytes_written() const override {
    return bytes_written_.load(std::memory_order_relaxed);
  }

 private:
  friend class SafeFile;

  /// Sets size and metadata and lets the file appear. True where it did; false where it exists and
  /// is left.
  [[nodiscard]] Result<bool> publish(NewFile& file, const MemberMetadata& metadata,
                                     const ModePlan& plan, const std::string& path);
  [[nodiscard]] bool may_replace(const std::string& path) const {
    return options_.overwrite || book_.made(path);
  }
  /// `path`'s name is free or may be replaced, as far as can be seen now. False: to be skipped.
  [[nodiscard]] Result<bool> worth_beginning(const std::string& path);
  [[nodiscard]] Status make_deferred(const Deferred& member);
  [[nodiscard]] Status make_hardlink(const Deferred& member);
  template <typename Make>
  [[nodiscard]] Status make_by_name(const Deferred& member, Make make);
  [[nodiscard]] Status finish_folders(const std::function<void(const Refusal&)>& on_refused);
  [[nodiscard]] Status finish_folder(const std::string& path, const FolderMember* member);

  const System& system_;  // outlives the writer
  TreeWriterOptions options_;
  bool root_made_;
  PlacementBook book_;
  FolderCache folders_;
  MetadataWriter metadata_;
  HiddenNames hidden_names_;
  std::atomic<std::uint64_t> bytes_written_{0};
  std::mutex mutex_;  // guards what follows
  std::map<std::string, FolderMember> folder_members_;
  std::vector<Deferred> deferred_;
};

/// A file of several pieces.
class SafeFile final : public FileInProgress {
 public:
  SafeFile(SafeTreeWriter& writer, Entry entry, std::string path)
      : writer_(writer),
        entry_(std::move(entry)),
        path_(std::move(path)),
        metadata_(writer.metadata_.of(entry_)),
        file_(writer.system_, writer.hidden_names_) {}

  Status open() {
    auto folder = writer_.folders_.get(parent_of(path_));
    if (!folder.ok()) {
      return folder.status();
    }
    plan_ = writer_.metadata_.plan(metadata_, **folder);
    return file_.open(*std::move(folder), plan_.create);
  }

  Status write_at(std::uint64_t offset, ByteSpan bytes) override {
    if (bytes.size() > INT64_MAX || offset > INT64_MAX - bytes.size()) {
      return refused(Code::kUnsupported, rule::kTooLarge, {}).in_file(path_);
    }
    if (Status written = file_.write_at(offset, bytes); !written.ok()) {
      return written.in_file(path_);
    }
    writer_.bytes_written_.fetch_add(bytes.size(), std::memory_order_relaxed);
    const std::uint64_t end = offset + bytes.size();
    std::uint64_t before = end_.load(std::memory_order_relaxed);
    while (before < end && !end_.compare_exchange_weak(before, end)) {
    }
    return {};
  }

  Status commit() override {
    if (entry_.size > end_.load()) {
      const int result = writer_.system_.ftruncate(file_.fd(), static_cast<off_t>(entry_.size));
      if (result < 0) {
        return result == -EINVAL ? creation_error("", path_, -EFBIG)
                                 : creation_error("cannot set the size", path_, result);
      }
    }
    return writer_.publish(file_, metadata_, plan_, path_).status();
  }

 private:
  SafeTreeWriter& writer_;
  const Entry entry_;
  const std::string path_;
  const MemberMetadata metadata_;
  ModePlan plan_;
  NewFile file_;
  std::atomic<std::uint64_t> end_{0};  // behind the last byte written so far
};

Result<bool> SafeTreeWriter::worth_beginning(const std::string& path) {
  if (may_replace(path) || book_.is_duplicate(path)) {
    return true;
  }
  auto folder = folders_.get(parent_of(path));
  if (!folder.ok()) {
    return folder.status();
  }
  struct stat found {};
  if (system_.lstat((*folder)->fd(), std::string(base_of(path)).c_str(), &found) < 0) {
    return true;
  }
  if (options_.skip_existing) {
    return false;
  }
  return creation_error("", path, S_ISDIR(found.st_mode) ? -EISDIR : -EEXIST);
}

Result<std::unique_ptr<FileInProgress>> SafeTreeWriter::create_file(const Entry& entry,
                                                                    const std::string& path) {
  const auto worth = worth_beginning(path);
  if (!worth.ok()) {
    return worth.status();
  }
  if (!*worth) {
    return std::unique_ptr<FileInProgress>();
  }
  auto file = std::make_unique<SafeFile>(*this, entry, path);
  if (Status opened = file->open(); !opened.ok()) {
    return opened.in_file(path);
  }
  return std::unique_ptr<FileInProgress>(std::move(file));
}

Status SafeTreeWriter::write_file(const Entry& entry, const std::string& path, ByteSpan content) {
  auto folder = folders_.get(parent_of(path));
  if (!folder.ok()) {
    return folder.status().in_file(path);
  }
  const MemberMetadata metadata = metadata_.of(entry);
  const ModePlan plan = metadata_.plan(metadata, **folder);
  NewFile file(system_, hidden_names_);
  if (Status opened = file.open(*std::move(folder), plan.create); !opened.ok()) {
    return opened.in_file(path);
  }
  if (Status written = file.write_at(0, content); !written.ok()) {
    return written.in_file(path);
  }
  const auto published = publish(file, metadata, plan, path);
  if (published.ok() && *published) {
    bytes_written_.fetch_add(content.size(), std::memory_order_relaxed);
  }
  return published.status();
}

Result<bool> SafeTreeWriter::publish(NewFile& file, const MemberMetadata& metadata,
                                     const ModePlan& plan, const std::string& path) {
  if (Status applied = metadata_.apply(file.fd(), metadata, plan); !applied.ok()) {
    return applied.in_file(path);
  }
  const std::string name(base_of(path));
  int result = file.publish(name, options_.overwrite);
  if (result == -EEXIST && !options_.overwrite && book_.made(path)) {
    result = file.publish(name, true);
  }
  if (result == -EEXIST && options_.skip_existing) {
    return false;
  }
  if (result == -EEXIST) {
    struct stat found {};
    const bool is_folder =
        system_.lstat(file.folder().fd(), name.c_str(), &found) == 0 && S_ISDIR(found.st_mode);
    result = is_folder ? -EISDIR : -EEXIST;
  }
  if (result < 0) {
    return creation_error("cannot create", path, result);
  }
  book_.set_made(path);
  // Some file systems tell only here that a write was lost.
  if (const int closed = file.close(); closed < 0 && closed != -EINTR) {
    static_cast<void>(system_.unlink(file.folder().fd(), name.c_str()));
    return system_error("cannot write", closed).in_file(path);
  }
  return true;
}

Status SafeTreeWriter::make_directory(const Entry& entry, const std::string& path) {
  bool fresh = root_made_;
  if (path != ".") {
    const auto made = folders_.make(path);
    if (!made.ok()) {
      return made.status();
    }
    fresh = *made;
  }
  const std::lock_guard lock(mutex_);
  const bool ours = fresh || folder_members_.contains(path);
  // The target folder, where it was there before, is the user's: an archive has no say in who may
  // enter it. Nor does one that tells no mode in who may enter any other.
  if (!ours && (path == "." || options_.skip_existing || !entry.mode)) {
    return {};
  }
  FolderMember& member = folder_members_[path];
  member.metadata = metadata_.of(entry);
  member.xattrs = options_.keep_xattrs ? entry.xattrs : MemberMetadata::Xattrs();
  member.metadata.xattrs = member.xattrs.empty() ? nullptr : &member.xattrs;
  return {};
}

void SafeTreeWriter::defer(const Entry& entry, const std::string& path) {
  const std::lock_guard lock(mutex_);
  deferred_.push_back({.entry = entry, .path = path, .superseded = false});
}

Status SafeTreeWriter::finish(const std::function<void(const Refusal&)>& on_refused) {
  // Of several members with one path only the last counts, and only where no file has come later.
  std::unordered_set<std::string_view> seen;
  seen.reserve(deferred_.size());
  for (std::size_t i = deferred_.size(); i-- > 0;) {
    Deferred& member = deferred_[i];
    member.superseded =
        !seen.insert(member.path).second || !book_.is_latest(member.path, member.entry.type);
  }
  seen.clear();  // what it looks at moves
  // Symlinks come last, so that nothing is made while there are any.
  std::stable_partition(deferred_.begin(), deferred_.end(), [](const Deferred& member) {
    return member.entry.type != EntryType::kSymlink;
  });
  for (const Deferred& member : deferred_) {
    if (member.superseded) {
      continue;
    }
    if (Status made = make_deferred(member); !made.ok()) {
      made.in_file(member.path);
      if (!concerns_one_member(made)) {
        return made;
      }
      on_refused({.path = member.entry.path, .rule = rule_of(made), .reason = made});
    }
  }
  deferred_.clear();
  if (Status finished = finish_folders(on_refused); !finished.ok()) {
    return finished;
  }
  const int synced = options_.sync ? system_.sync_file_system(folders_.root()) : 0;
  return synced < 0 ? system_error("cannot make the files durable", synced) : Status();
}

Status SafeTreeWriter::make_deferred(const Deferred& member) {
  switch (member.entry.type) {
    case EntryType::kHardlink:
      return make_hardlink(member);
    case EntryType::kSymlink:
      return make_by_name(member, [&](int folder, const std::string& name) {
        return system_.make_symlink(member.entry.link_target.c_str(), folder, name.c_str());
      });
    default:
      return make_by_name(member, [&](int folder, const std::string& name) {
        mode_t type = S_IFIFO;
        if (member.entry.type != EntryType::kFifo) {
          type = member.entry.type == EntryType::kCharDevice ? S_IFCHR : S_IFBLK;
        }
        return system_.make_node(folder, name.c_str(), type | S_IRUSR | S_IWUSR,
                                 ::makedev(member.entry.device_major, member.entry.device_minor));
      });
  }
}

Status SafeTreeWriter::make_hardlink(const Deferred& member) {
  auto target = book_.link_path(member.entry.link_target);
  if (!target.ok()) {
    return target.status();
  }
  if (*target == member.path && book_.made(*target)) {
    return {};
  }
  if (!book_.made(*target)) {
    return refused(Code::kCorrupt, rule::kHardlinkTarget,
                   "'" + member.entry.link_target + "' was not extracted as a file");
  }
  auto from = folders_.get(parent_of(*target));
  if (!from.ok()) {
    return from.status();
  }
  const std::string from_name(base_of(*target));
  struct stat found {};
  if (system_.lstat((*from)->fd(), from_name.c_str(), &found) < 0 || !S_ISREG(found.st_mode)) {
    return refused(Code::kCorrupt, rule::kHardlinkTarget,
                   "'" + member.entry.link_target + "' has been changed meanwhile");
  }
  return make_by_name(member, [&](int folder, const std::string& name) {
    return system_.link((*from)->fd(), from_name.c_str(), folder, name.c_str());
  });
}

template <typename Make>
Status SafeTreeWriter::make_by_name(const Deferred& member, Make make) {
  auto parent = folders_.get(parent_of(member.path));
  if (!parent.ok()) {
    return parent.status();
  }
  const int folder = (*parent)->fd();
  const std::string name(base_of(member.path));
  int result = make(folder, name);
  if (result == -EEXIST && may_replace(member.path)) {
    const std::string hidden = hidden_names_.next();
    result = make(folder, hidden);
    if (result == 0) {
      result = system_.rename(folder, hidden.c_str(), name.c_str());
      // Two names of one file do not replace each other: rename() then does nothing, and says so
      // to nobody.
      static_cast<void>(system_.unlink(folder, hidden.c_str()));
    }
  }
  if (result == -EEXIST && options_.skip_existing) {
    return {};
  }
  if (result == -EPERM || result == -EMLINK || result == -EOPNOTSUPP) {
    // The user or the file system may not have such a thing; files and folders go on.
    const Status why = system_error("cannot create", result);
    return Status(Code::kUnsupported, std::string(why.message())).in_file(member.path);
  }
  if (result < 0) {
    return creation_error("cannot create", member.path, result);
  }
  if (member.entry.type == EntryType::kHardlink) {
    book_.set_made(member.path);  // its metadata are those of the file
    return {};
  }
  return metadata_.apply_by_name(folder, name, member.entry.type, metadata_.of(member.entry));
}

Status SafeTreeWriter::finish_folders(const std::function<void(const Refusal&)>& on_refused) {
  std::vector<std::string> paths = folders_.take_made();
  for (const auto& [path, member] : folder_members_) {
    paths.push_back(path);
  }
  std::sort(paths.begin(), paths.end());
  paths.erase(std::unique(paths.begin(), paths.end()), paths.end());
  // Sorted, a folder stands before what is in it; backwards, a folder that may not be entered any
  // more is done after what is in it.
  std::reverse(paths.begin(), paths.end());
  for (const std::string& path : paths) {
    if (path == ".") {
      continue;
    }
    const auto at = folder_members_.find(path);
    Status finished = finish_folder(path, at == folder_members_.end() ? nullptr : &at->second);
    if (!finished.ok() && !concerns_one_member(finished)) {
      return finished;
    }
    if (!finished.ok()) {
      on_refused({.path = path, .rule = rule_of(finished), .reason = finished});
    }
  }
  if (const auto at = folder_members_.find("."); at != folder_members_.end() || root_made_) {
    return finish_folder(".", at == folder_members_.end() ? nullptr : &at->second);
  }
  return {};
}

Status SafeTreeWriter::finish_folder(const std::string& path, const FolderMember* member) {
  auto folder = folders_.get(path);
  if (!folder.ok()) {
    return folder.status();
  }
  return metadata_
      .apply_to_folder((*folder)->fd(), member == nullptr ? MemberMetadata() : member->metadata)
      .in_file(path);
}

// The target folder, with what is missing above it.
int make_target(const System& system, const std::string& path) {
  for (std::size_t slash = path.find('/', 1); slash != std::string::npos;
       slash = path.find('/', slash + 1)) {
    static_cast<void>(
        system.make_directory(AT_FDCWD, path.substr(0, slash).c_str(), 0777));  // or exists
  }
  const int result = system.make_directory(AT_FDCWD, path.c_str(), 0700);
  return result == -EEXIST && path.ends_with('/') ? 0 : result;
}

}  // namespace

Result<std::unique_ptr<TreeWriter>> TreeWriter::open(const System& system,
                                                     const TreeWriterOptions& options) {
  const std::string& path = options.directory;
  constexpr int kFlags = O_RDONLY | O_DIRECTORY;
  int fd = open_uninterrupted(system, AT_FDCWD, path.c_str(), kFlags);
  bool made = false;
  if (fd == -ENOENT && !path.empty()) {
    const int result = make_target(system, path);
    made = result == 0;
    fd = made || result == -EEXIST ? open_uninterrupted(system, AT_FDCWD, path.c_str(), kFlags)
                                   : result;
  }
  if (fd == -EACCES) {
    fd = open_uninterrupted(system, AT_FDCWD, path.c_str(), O_PATH | O_DIRECTORY);
  }
  if (fd < 0) {
    return system_error("cannot open the target folder", fd).in_file(path);
  }
  return std::unique_ptr<TreeWriter>(
      std::make_unique<SafeTreeWriter>(system, options, Descriptor(system, fd), made));
}

}  // namespace kompakt
