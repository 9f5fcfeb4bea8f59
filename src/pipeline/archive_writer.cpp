// Archives that are put together member by member.
#include <fcntl.h>
#include <sys/stat.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "archive/tree/made_files.hpp"
#include "archive/tree/member_walk.hpp"
#include "io/atomic_file.hpp"
#include "kompakt/archive_file.hpp"
#include "pipeline/archive_create.hpp"
#include "pipeline/archive_reporting.hpp"

namespace kompakt {
namespace {

// What the field of a zip holds.
constexpr std::size_t kMostZipName = 65'535;

/// Where content may lie that is too much for memory.
std::vector<std::string> temporary_folders() {
  std::vector<std::string> folders;
  // Read once for each archive; nobody who writes the environment meanwhile is in order anyway.
  if (const char* named = std::getenv("TMPDIR");  // NOLINT(concurrency-mt-unsafe): see above
      named != nullptr && *named != '\0') {
    folders.emplace_back(named);
  }
  folders.insert(folders.end(), {"/var/tmp", "/tmp"});
  return folders;
}

std::uint32_t usual_mode(EntryType type) {
  switch (type) {
    case EntryType::kDirectory:
      return 0755;
    case EntryType::kSymlink:
      return 0777;
    default:
      return 0644;
  }
}

/// Leaves of `entry` what a member that is made by hand can say of itself.
Entry made_entry(const Entry& entry) {
  Entry made;
  made.path = entry.path;
  made.type = entry.type;
  made.mode = entry.mode.value_or(usual_mode(entry.type));
  made.modified = entry.modified;
  made.accessed = entry.accessed;
  made.owner = entry.owner;
  made.user = entry.user;
  made.group = entry.group;
  made.link_target = entry.link_target;
  made.device_major = entry.device_major;
  made.device_minor = entry.device_minor;
  made.xattrs = entry.xattrs;
  return made;
}

class MadeArchive final : public ArchiveWriter {
 public:
  MadeArchive(ArchiveCreateOptions options, std::vector<std::string> folders)
      : options_(std::move(options)),
        warnings_(options_),
        files_(std::move(folders)),
        walk_(std::make_unique<MemberWalk>(files_)) {}

  void write_to(Sink& sink) { sink_ = &sink; }
  void write_to(std::unique_ptr<AtomicFile> file) {
    file_ = std::move(file);
    sink_ = &file_->sink();
    skip(file_->descriptor());
  }

  Status add_tree(const TreeSelection& selection) override {
    return add_walk(selection, walk_options(selection, options_, warnings_));
  }
  Status add(const std::string& path, const std::string& member) override;
  Status add(const Entry& entry, ByteSpan content) override {
    return add_made(entry, content.empty(),
                    [&](const MadeFiles::Facts& facts) { return files_.add(content, facts); });
  }
  Status add(const Entry& entry, Source& content) override;
  Result<ArchiveResult> close() override;

 private:
  /// Where the archive has hidden names (no unnamed files), it must not find itself in a tree.
  void skip(int fd) {
    struct stat status {};
    if (files_.fstat(fd, &status) == 0) {
      options_.skip.emplace_back(status.st_dev, status.st_ino);
    }
  }
  [[nodiscard]] Status check_open() const {
    return walk_ ? Status() : Status(Code::kInvalidArgument, "the archive is closed");
  }
  [[nodiscard]] Status check_cancelled() const {
    return options_.run.cancel != nullptr && options_.run.cancel->cancelled()
               ? Status(Code::kCancelled, "cancelled")
               : Status();
  }
  [[nodiscard]] Status check_kind(const Entry& entry) const;
  Status add_walk(const TreeSelection& selection, const WalkOptions& options);
  template <typename Keep>
  Status add_made(const Entry& entry, bool empty, Keep&& keep);
  [[nodiscard]] Status add_link(WalkedEntry& member);

  ArchiveCreateOptions options_;
  WarningCounter warnings_;
  MadeFiles files_;
  std::unique_ptr<MemberWalk> walk_;                      // until close()
  std::unordered_map<std::string, std::size_t> numbers_;  // of files made by hand
  std::unique_ptr<AtomicFile> file_;
  Sink* sink_ = nullptr;
};

Status MadeArchive::add_walk(const TreeSelection& selection, const WalkOptions& options) {
  if (Status open = check_open(); !open.ok()) {
    return open;
  }
  auto tree = TreeWalk::open(files_, selection, options);
  if (!tree.ok()) {
    return tree.status();
  }
  walk_->add_tree(std::move(*tree));
  return {};
}

Status MadeArchive::add(const std::string& path, const std::string& member) {
  if (Status named = check_member_name(member); !named.ok()) {
    return named;
  }
  TreeSelection selection;
  selection.paths = {path};
  WalkOptions options = walk_options(selection, options_, warnings_);
  options.root_member = member;
  return add_walk(selection, options);
}

Status MadeArchive::add(const Entry& entry, Source& content) {
  if (entry.type != EntryType::kFile) {
    return Status(Code::kInvalidArgument, "only a file has content").in_file(entry.path);
  }
  return add_made(entry, false, [&](const MadeFiles::Facts& facts) {
    return files_.add(content, facts, [this] { return check_cancelled(); });
  });
}

/// What zip has no place for: the writer would leave it out of a tree with a warning.
Status MadeArchive::check_kind(const Entry& entry) const {
  if (options_.target.kind != ArchiveKind::kZip) {
    return {};
  }
  if (entry.path.size() > kMostZipName) {
    return {Code::kUnsupported, "zip has no room for so long a name"};
  }
  const bool kept = entry.type == EntryType::kFile || entry.type == EntryType::kDirectory ||
                    entry.type == EntryType::kSymlink || entry.type == EntryType::kHardlink;
  return kept ? Status()
              : Status(Code::kUnsupported,
                       "zip has no place for a " + std::string(entry_type_name(entry.type)));
}

/// In zip the content is stored again, so it has to be at hand.
Status MadeArchive::add_link(WalkedEntry& member) {
  const auto target = numbers_.find(member.entry.link_target);
  if (target == numbers_.end()) {
    return {Code::kInvalidArgument,
            "'" + member.entry.link_target + "' is no file that was added from memory before"};
  }
  MadeFiles::place(target->second, member);
  return {};
}

template <typename Keep>
Status MadeArchive::add_made(const Entry& entry, bool empty, Keep&& keep) {
  Status status = check_open();
  if (status.ok()) {
    status = check_made_entry(entry);
  }
  if (status.ok()) {
    status = walk_->check_free(entry);
  }
  if (status.ok()) {
    status = check_kind(entry);
  }
  if (status.ok() && entry.type != EntryType::kFile && !empty) {
    status = {Code::kInvalidArgument, "only a file has content"};
  }
  WalkedEntry member;
  if (status.ok()) {
    member.entry = made_entry(entry);
    if (entry.type == EntryType::kHardlink) {
      status = add_link(member);
    }
  }
  if (status.ok() && entry.type == EntryType::kFile) {
    const auto number = keep(MadeFiles::Facts{.mode = *member.entry.mode,
                                              .modified = entry.modified.value_or(Entry::Time{})});
    status = about_member(number.status(), entry.path);
    if (number.ok()) {
      member.entry.size = files_.size(*number);
      MadeFiles::place(*number, member);
      numbers_.emplace(entry.path, *number);
    }
  }
  if (!status.ok()) {
    return status.in_file(entry.path);
  }
  walk_->add(std::move(member));
  return {};
}

Result<ArchiveResult> MadeArchive::close() {
  if (Status open = check_open(); !open.ok()) {
    return open;
  }
  auto result = pack_members(std::move(walk_), files_, *sink_, options_, warnings_);
  Status status = result.status();
  if (Status read_back = files_.failure(); !read_back.ok()) {
    status = read_back;
  }
  if (status.ok() && file_) {
    status = file_->commit();
  }
  file_.reset();
  return status.ok() ? std::move(result) : Result<ArchiveResult>(status);
}

}  // namespace

Result<std::unique_ptr<ArchiveWriter>> ArchiveWriter::open(Sink& sink,
                                                           const ArchiveCreateOptions& options) {
  if (Status status = check_create_options(options); !status.ok()) {
    return status;
  }
  auto archive = std::make_unique<MadeArchive>(options, temporary_folders());
  archive->write_to(sink);
  return std::unique_ptr<ArchiveWriter>(std::move(archive));
}

Result<std::unique_ptr<ArchiveWriter>> ArchiveWriter::open_file(
    const std::string& path, const std::optional<ArchiveCreateOptions>& options, bool overwrite) {
  ArchiveCreateOptions chosen = options.value_or(ArchiveCreateOptions{});
  if (!options) {
    const auto target = archive_target(path);
    if (!target) {
      return Status(Code::kInvalidArgument, "the name tells no kind of archive").in_file(path);
    }
    chosen.target = *target;
  }
  if (Status status = check_create_options(chosen); !status.ok()) {
    return status;
  }
  struct stat replaced {};
  if (real_system().stat(AT_FDCWD, path.c_str(), &replaced) == 0) {
    chosen.skip.emplace_back(replaced.st_dev, replaced.st_ino);
  }
  auto file = AtomicFile::create(real_system(), path, {.replace = overwrite});
  if (!file.ok()) {
    return file.status();
  }
  // What the archive fits into has room for what it is made of, as a rule.
  std::vector<std::string> folders = temporary_folders();
  folders.insert(folders.begin(), split_path(path).directory);
  auto archive = std::make_unique<MadeArchive>(std::move(chosen), std::move(folders));
  archive->write_to(std::move(*file));
  return std::unique_ptr<ArchiveWriter>(std::move(archive));
}

}  // namespace kompakt
