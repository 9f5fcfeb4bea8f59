#include "archive/tree/tree_walk.hpp"

#include <dirent.h>
#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <deque>
#include <optional>
#include <unordered_map>
#include <utility>

#include "archive/selection.hpp"
#include "archive/tree/examiner.hpp"
#include "archive/tree/folder_stack.hpp"
#include "archive/tree/roots.hpp"

namespace kompakt {
namespace {

constexpr int kFileFlags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
constexpr int kFolderFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NOCTTY;
constexpr std::size_t kDirectoryBuffer = std::size_t{64} << 10U;

/// Where a file was met.
struct Site {
  int dir_fd = -1;
  const char* name = nullptr;
  unsigned char type = DT_UNKNOWN;
  bool is_root = false;
};

/// A file that was looked at: its metadata, and a descriptor where it was opened for them.
struct Found {
  struct stat status {};
  Descriptor fd;
  int open_error = 0;  // why a folder could not be opened, as System says it
  bool through_link = false;
};

/// Names of files with several links, until all of them were met.
class HardLinks {
 public:
  /// The member that was given for the same file before; nullopt where this is the first, which is
  /// remembered.
  std::optional<std::string> earlier(const struct stat& status, const std::string& member) {
    const auto [at, added] = files_.try_emplace(Key{status.st_dev, status.st_ino});
    if (added) {
      at->second = {.member = member, .to_come = status.st_nlink - 1};
      return std::nullopt;
    }
    if (--at->second.to_come > 0) {
      return at->second.member;
    }
    std::string first = std::move(at->second.member);
    files_.erase(at);
    return first;
  }

 private:
  struct Key {
    dev_t device = 0;
    ino_t inode = 0;
    friend bool operator==(const Key&, const Key&) = default;
  };
  struct Hash {
    std::size_t operator()(const Key& key) const noexcept {
      return std::hash<std::uint64_t>()(key.inode ^
                                        (static_cast<std::uint64_t>(key.device) << 40U));
    }
  };
  struct First {
    std::string member;
    nlink_t to_come = 0;
  };
  std::unordered_map<Key, First, Hash> files_;
};

class Walk final : public TreeWalk {
 public:
  Walk(const System& system, const TreeSelection& selection, const WalkOptions& options,
       Descriptor base, Roots roots)
      : system_(system),
        selection_(selection),
        options_(options),
        base_(std::move(base)),
        roots_(std::move(roots)),
        examiner_(system, {.xattrs = options.xattrs && selection.xattrs,
                           .owner_names = options.owner_names,
                           .sparse = options.sparse}),
        stack_(system, base_.get()),
        directory_buffer_(kDirectoryBuffer) {}

  Result<bool> next(WalkedEntry& out) override {
    current_ = {};
    for (;;) {
      if (!ready_.empty()) {
        out = std::move(ready_.front());
        ready_.pop_front();
        if (ready_.empty()) {
          current_ = std::exchange(held_, {});
        }
        return true;
      }
      if (stack_.empty()) {
        if (next_root_ == roots_.size()) {
          return false;
        }
        visit_root(roots_[next_root_++]);
        continue;
      }
      NameList::Name name;
      if (!stack_.top().names.take(name)) {
        leave_folder();
        continue;
      }
      visit({.dir_fd = stack_.top_fd(), .name = name.text, .type = name.type, .is_root = false},
            below(stack_.top().member_length, member_, name.text),
            below(stack_.top().real_length, real_, name.text));
    }
  }

  Result<Descriptor> open_current() override;

 private:
  void visit_root(const Root& root);
  void visit(const Site& site, std::string member, std::string real);
  [[nodiscard]] bool wanted(const Site& site, const std::string& member) const;
  [[nodiscard]] bool included(const std::string& member) const;
  [[nodiscard]] Result<Found> look_at(const Site& site);
  [[nodiscard]] Result<Found> look_through(const Site& site);
  [[nodiscard]] Status open_found(const Site& site, Found& found);
  [[nodiscard]] bool is_left_out(const Found& found, const WalkedEntry& walked);
  void give_file(const Site& site, Found& found, WalkedEntry walked);
  void give_folder(const Site& site, Found& found, WalkedEntry walked);
  void enter_folder(const Site& site, Found& found, std::size_t member_length,
                    const std::string& real);
  void leave_folder();
  void give(WalkedEntry walked);

  void warn(Status status, const std::string& real) const {
    if (options_.on_warning) {
      options_.on_warning(status.in_file(real));
    }
  }
  /// The path of `name` below the folder whose path is the first `length` bytes of `path`, which
  /// is cut to them: paths of deeper folders are behind the walk.
  static std::string below(std::size_t length, std::string& path, const char* name) {
    path.resize(length);
    std::string out;
    out.reserve(length + 64);
    out = path;
    out += length == 0 || out.ends_with('/') ? "" : "/";
    out += name;
    return out;
  }

  /// What open_current() opens.
  struct Current {
    bool is_file = false;
    Descriptor fd;  // where it has been opened already
    Site site;
    std::string real;
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    bool through_link = false;
  };

  const System& system_;  // outlives the walk
  TreeSelection selection_;
  WalkOptions options_;
  Descriptor base_;
  Roots roots_;
  std::size_t next_root_ = 0;
  dev_t root_device_ = 0;
  Examiner examiner_;
  HardLinks links_;
  FolderStack stack_;
  std::string member_;  // of the folder on top of the stack, and so for real_
  std::string real_;
  std::vector<char> directory_buffer_;
  /// Folders on the way down that are to be given once something below them is: those of stack_
  /// from the bottom up that have not been, and where none is missing, none.
  std::deque<WalkedEntry> unsent_;
  std::deque<WalkedEntry> ready_;
  Current held_;  // of the last entry in ready_
  Current current_;
};

void Walk::visit_root(const Root& root) {
  std::string real = root.path;
  if (selection_.base != "." && !root.path.starts_with('/')) {
    const bool slash = selection_.base.ends_with('/');
    real = root.path == "." ? selection_.base : selection_.base + (slash ? "" : "/") + root.path;
  }
  const auto excludes = [&](const std::string& pattern) {
    return !root.member.empty() && glob_takes(pattern, root.member);
  };
  if (std::any_of(selection_.exclude.begin(), selection_.exclude.end(), excludes)) {
    return;
  }
  visit({.dir_fd = base_.get(), .name = root.path.c_str(), .type = DT_UNKNOWN, .is_root = true},
        root.member, std::move(real));
}

bool Walk::included(const std::string& member) const {
  return selection_.include.empty() ||
         std::any_of(selection_.include.begin(), selection_.include.end(),
                     [&](const std::string& pattern) { return glob_matches(pattern, member); });
}

/// What the name alone tells, before any call is spent on the file.
bool Walk::wanted(const Site& site, const std::string& member) const {
  if (site.is_root) {
    return true;
  }
  const auto excludes = [&](const std::string& pattern) { return glob_matches(pattern, member); };
  if (std::any_of(selection_.exclude.begin(), selection_.exclude.end(), excludes) ||
      roots_.given_before(member, next_root_ - 1)) {
    return false;
  }
  const bool may_be_folder = site.type == DT_UNKNOWN || site.type == DT_DIR ||
                             (site.type == DT_LNK && selection_.follow_symlinks);
  return may_be_folder || included(member);
}

void Walk::visit(const Site& site, std::string member, std::string real) {
  if (!wanted(site, member)) {
    return;
  }
  auto found = look_at(site);
  if (!found.ok()) {
    warn(found.status(), real);
    return;
  }
  if (site.is_root) {
    root_device_ = found->status.st_dev;
  }
  WalkedEntry walked;
  walked.entry.path = std::move(member);
  walked.real_path = std::move(real);
  walked.device = found->status.st_dev;
  walked.inode = found->status.st_ino;
  if (is_left_out(*found, walked)) {
    return;
  }
  if (S_ISDIR(found->status.st_mode)) {
    give_folder(site, *found, std::move(walked));
  } else {
    give_file(site, *found, std::move(walked));
  }
}

/// Metadata in the fewest calls: where the kind of the file is known to be one that is opened
/// anyway, through its descriptor.
Result<Found> Walk::look_at(const Site& site) {
  if (selection_.follow_symlinks) {
    return look_through(site);
  }
  Found found;
  const bool open_first =
      site.type == DT_DIR ? selection_.recurse : site.type == DT_REG && options_.open_files;
  if (open_first) {
    const bool folder = site.type == DT_DIR;
    found.fd = Descriptor(system_, open_uninterrupted(system_, site.dir_fd, site.name,
                                                      folder ? kFolderFlags : kFileFlags));
    if (found.fd.valid()) {
      const int result = system_.fstat(found.fd.get(), &found.status);
      if (result < 0) {
        return system_error("cannot examine", result);
      }
      const bool as_expected =
          folder ? S_ISDIR(found.status.st_mode) : S_ISREG(found.status.st_mode);
      if (as_expected) {
        return found;
      }
      found.fd.reset();
    } else if (!folder && found.fd.get() != -ELOOP && found.fd.get() != -ENXIO) {
      return system_error("cannot open", found.fd.get());
    }
  }
  if (const int result = system_.lstat(site.dir_fd, site.name, &found.status); result < 0) {
    return system_error("cannot examine", result);
  }
  if (Status opened = open_found(site, found); !opened.ok()) {
    return opened;
  }
  return found;
}

/// The same where symlinks stand for what they lead to.
Result<Found> Walk::look_through(const Site& site) {
  Found found;
  int result = system_.lstat(site.dir_fd, site.name, &found.status);
  if (result == 0 && S_ISLNK(found.status.st_mode)) {
    found.through_link = true;
    result = system_.stat(site.dir_fd, site.name, &found.status);
  }
  if (result < 0) {
    return system_error(found.through_link ? "cannot follow the symlink" : "cannot examine",
                        result);
  }
  if (Status opened = open_found(site, found); !opened.ok()) {
    return opened;
  }
  return found;
}

/// Opens what was only looked at so far, where it is to be read.
Status Walk::open_found(const Site& site, Found& found) {
  const bool folder = S_ISDIR(found.status.st_mode);
  const bool to_open = folder ? selection_.recurse
                              : S_ISREG(found.status.st_mode) &&
                                    (options_.open_files || examiner_.may_have_holes(found.status));
  if (!to_open) {
    return {};
  }
  // A trailing slash in a path of the selection follows a symlink, with O_NOFOLLOW too.
  int flags = folder ? kFolderFlags : kFileFlags;
  flags &= found.through_link ? ~O_NOFOLLOW : ~0;
  Descriptor fd(system_, open_uninterrupted(system_, site.dir_fd, site.name, flags));
  if (!fd.valid()) {
    // A folder that cannot be read is still there.
    found.open_error = fd.get();
    return folder ? Status() : system_error("cannot open", fd.get());
  }
  struct stat now {};
  if (const int result = system_.fstat(fd.get(), &now); result < 0) {
    return system_error("cannot examine", result);
  }
  if (now.st_dev != found.status.st_dev || now.st_ino != found.status.st_ino) {
    return {Code::kIo, "file changed while it was being examined"};
  }
  found.status = now;
  found.fd = std::move(fd);
  return {};
}

/// What must not or cannot be kept, whatever it is called.
bool Walk::is_left_out(const Found& found, const WalkedEntry& walked) {
  const auto same = [&](const auto& skipped) {
    return skipped.first == walked.device && skipped.second == walked.inode;
  };
  if (std::any_of(options_.skip.begin(), options_.skip.end(), same)) {
    return true;
  }
  const bool folder = S_ISDIR(found.status.st_mode);
  if (!folder && !included(walked.entry.path)) {
    return true;
  }
  if (selection_.one_file_system && !folder && found.status.st_dev != root_device_) {
    warn({Code::kUnsupported, "lies on another file system and is left out"}, walked.real_path);
    return true;
  }
  if (folder && found.through_link && stack_.contains(found.status.st_dev, found.status.st_ino)) {
    warn({Code::kUnsupported, "leads to a folder that it lies in and is left out"},
         walked.real_path);
    return true;
  }
  return false;
}

void Walk::give_file(const Site& site, Found& found, WalkedEntry walked) {
  Entry& entry = walked.entry;
  if (!examiner_.describe(found.status, entry)) {
    warn({Code::kUnsupported, "is a socket and is left out"}, walked.real_path);
    return;
  }
  if (entry.type == EntryType::kSymlink) {
    if (Status read = examiner_.read_link(site.dir_fd, site.name, entry); !read.ok()) {
      warn(std::move(read), walked.real_path);
      return;
    }
  }
  // Hard links are extracted to files alone, so other kinds come again whole: they are small.
  if (options_.hard_links && entry.type == EntryType::kFile && found.status.st_nlink > 1) {
    if (auto first = links_.earlier(found.status, entry.path)) {
      entry.type = EntryType::kHardlink;
      entry.size = 0;
      entry.link_target = std::move(*first);
      give(std::move(walked));
      return;
    }
  }
  if (found.fd.valid()) {
    examiner_.read_xattrs(found.fd.get(), "", walked.device, entry);
    examiner_.find_holes(found.fd.get(), found.status, entry);
  } else {
    examiner_.read_xattrs(site.dir_fd, site.name, walked.device, entry);
  }
  held_ = {.is_file = entry.type == EntryType::kFile,
           .fd = std::move(found.fd),
           .site = site,
           .real = walked.real_path,
           .device = walked.device,
           .inode = walked.inode,
           .through_link = found.through_link};
  give(std::move(walked));
}

void Walk::give_folder(const Site& site, Found& found, WalkedEntry walked) {
  Entry& entry = walked.entry;
  static_cast<void>(examiner_.describe(found.status, entry));
  if (found.fd.valid()) {
    examiner_.read_xattrs(found.fd.get(), "", walked.device, entry);
  } else {
    examiner_.read_xattrs(site.dir_fd, site.name, walked.device, entry);
  }
  const std::size_t member_length = entry.path.size();
  member_ = entry.path;
  const std::string real = walked.real_path;
  if (!entry.path.empty()) {
    if (selection_.include.empty() || included(entry.path)) {
      give(std::move(walked));
    } else {
      unsent_.push_back(std::move(walked));
    }
  }
  enter_folder(site, found, member_length, real);
}

void Walk::enter_folder(const Site& site, Found& found, std::size_t member_length,
                        const std::string& real) {
  Folder folder{.name = site.name,
                .through_link = found.through_link,
                .device = found.status.st_dev,
                .inode = found.status.st_ino,
                .names = {},
                .member_length = member_length,
                .real_length = real.size()};
  const bool other_system = selection_.one_file_system && found.status.st_dev != root_device_;
  if (selection_.recurse && !other_system) {
    if (!found.fd.valid()) {
      warn(system_error("cannot open the folder", found.open_error), real);
    } else if (Status read = folder.names.read(system_, found.fd.get(), directory_buffer_);
               !read.ok()) {
      warn(std::move(read), real);
    }
  }
  real_ = real;
  stack_.push(std::move(found.fd), std::move(folder));
}

void Walk::leave_folder() {
  for (bool again = true; again;) {
    // Unsent folders are the deepest of the stack; one without a member name is never among them.
    if (!unsent_.empty() && unsent_.back().entry.path.size() == stack_.top().member_length) {
      unsent_.pop_back();
    }
    Status popped = stack_.pop();
    again = !popped.ok();
    if (again) {
      real_.resize(stack_.top().real_length);
      warn(std::move(popped), real_);
    }
  }
}

/// Folders that had to wait for something in them come first.
void Walk::give(WalkedEntry walked) {
  while (!unsent_.empty()) {
    ready_.push_back(std::move(unsent_.front()));
    unsent_.pop_front();
  }
  ready_.push_back(std::move(walked));
}

Result<Descriptor> Walk::open_current() {
  if (!current_.is_file) {
    return Status(Code::kInvalidArgument, "no file to open").in_file(current_.real);
  }
  if (current_.fd.valid()) {
    return std::move(current_.fd);
  }
  Found found;
  found.through_link = current_.through_link;
  const int flags = kFileFlags & (current_.through_link ? ~O_NOFOLLOW : ~0);
  Descriptor fd(system_,
                open_uninterrupted(system_, current_.site.dir_fd, current_.site.name, flags));
  if (!fd.valid()) {
    return system_error("cannot open", fd.get()).in_file(current_.real);
  }
  struct stat now {};
  if (const int result = system_.fstat(fd.get(), &now); result < 0) {
    return system_error("cannot examine", result).in_file(current_.real);
  }
  if (now.st_dev != current_.device || now.st_ino != current_.inode) {
    return Status(Code::kIo, "file changed since it was examined").in_file(current_.real);
  }
  return fd;
}

}  // namespace

Result<std::unique_ptr<TreeWalk>> TreeWalk::open(const System& system,
                                                 const TreeSelection& selection,
                                                 const WalkOptions& options) {
  Descriptor base(
      system, open_uninterrupted(system, AT_FDCWD, selection.base.c_str(), O_PATH | O_DIRECTORY));
  if (!base.valid()) {
    return system_error("cannot open the folder", base.get()).in_file(selection.base);
  }
  auto roots = Roots::plan(system, base.get(), selection,
                           {.member = options.root_member, .on_warning = options.on_warning});
  if (!roots.ok()) {
    return roots.status();
  }
  return std::unique_ptr<TreeWalk>(
      std::make_unique<Walk>(system, selection, options, std::move(base), std::move(*roots)));
}

}  // namespace kompakt
