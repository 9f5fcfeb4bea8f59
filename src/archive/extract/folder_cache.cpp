#include "archive/extract/folder_cache.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "archive/extract/member_path.hpp"
#include "archive/extract/refusals.hpp"

namespace kompakt {
namespace {

// Well under the 1,024 descriptors that a process commonly may have.
constexpr std::size_t kKeptFolders = 64;
// The kernel takes paths up to PATH_MAX, 4096; longer ones go in pieces. A component has 255 bytes
// at most, so a piece can always be cut.
constexpr std::size_t kPiece = 4000;
constexpr mode_t kPrivate = 0700;
constexpr int kFolderFlags = O_RDONLY | O_DIRECTORY;

// A folder that may be entered but not listed still opens as a mere place.
template <typename Open>
int open_folder(Open open) {
  int fd = -EINTR;
  // EAGAIN: something was renamed while the kernel resolved. Bounded, because somebody may rename
  // without end.
  for (int tries = 0; (fd == -EINTR || fd == -EAGAIN) && tries < 100; ++tries) {
    fd = open(kFolderFlags);
  }
  return fd == -EACCES ? open(kFolderFlags | O_PATH) : fd;
}

}  // namespace

FolderCache::FolderCache(const System& system, Descriptor root)
    : system_(system), root_(std::make_shared<Folder>([&] {
        Folder folder = examine(root.get());
        folder.descriptor = std::move(root);
        return folder;
      }())) {}

Folder FolderCache::examine(int fd) const {
  struct stat status {};
  const bool plain_mode =
      system_.fstat(fd, &status) == 0 && (status.st_mode & static_cast<mode_t>(S_ISGID)) == 0;
  const ssize_t list =
      plain_mode ? system_.get_xattr(fd, "", "system.posix_acl_default", nullptr, 0) : 0;
  return {.descriptor = {}, .plain = list == -ENODATA || list == -EOPNOTSUPP};
}

Result<std::shared_ptr<const Folder>> FolderCache::get(std::string_view path) {
  if (path.empty() || path == ".") {
    return root_;
  }
  if (Shared kept = find(path)) {
    return kept;
  }
  int fd = resolve(path);
  if (fd == -ENOENT) {
    fd = make_missing(path);
  }
  if (fd < 0) {
    return creation_error("cannot open the folder", path, fd);
  }
  auto folder = std::make_shared<Folder>();
  folder->descriptor = Descriptor(system_, fd);
  folder->plain = examine(fd).plain;
  keep(path, folder);
  return Shared(std::move(folder));
}

Result<bool> FolderCache::make(const std::string& path) {
  auto parent = get(parent_of(path));
  if (!parent.ok()) {
    return parent.status().in_file(path);
  }
  const std::string name(base_of(path));
  const int result = make_child((*parent)->fd(), name, path);
  if (result == 0) {
    return true;
  }
  struct stat found {};
  if (result != -EEXIST || system_.lstat((*parent)->fd(), name.c_str(), &found) < 0) {
    return creation_error("cannot make the folder", path, result);
  }
  if (S_ISDIR(found.st_mode)) {
    // Another thread may have made it on the way to a file.
    const std::lock_guard lock(mutex_);
    return made_.contains(path);
  }
  return creation_error("", path, S_ISLNK(found.st_mode) ? -ELOOP : -ENOTDIR);
}

std::vector<std::string> FolderCache::take_made() {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> made(made_.begin(), made_.end());
  made_.clear();
  return made;
}

FolderCache::Shared FolderCache::find(std::string_view path) {
  const std::lock_guard lock(mutex_);
  const auto at = by_path_.find(path);
  if (at == by_path_.end()) {
    return nullptr;
  }
  kept_.splice(kept_.begin(), kept_, at->second);
  return at->second->folder;
}

void FolderCache::keep(std::string_view path, const Shared& folder) {
  const std::lock_guard lock(mutex_);
  if (by_path_.contains(path)) {
    return;  // another thread opened it meanwhile
  }
  kept_.push_front({std::string(path), folder});
  by_path_.emplace(kept_.front().path, kept_.begin());
  if (kept_.size() > kKeptFolders) {
    by_path_.erase(kept_.back().path);
    kept_.pop_back();
  }
}

int FolderCache::resolve(std::string_view path) {
  Descriptor from;
  int start = root();
  for (std::size_t at = 0;;) {
    const bool last = path.size() - at <= kPiece;
    const std::size_t end = last ? path.size() : path.rfind('/', at + kPiece);
    const int fd = open_piece(start, std::string(path.substr(at, end - at)));
    if (last || fd < 0) {
      return fd;
    }
    from = Descriptor(system_, fd);
    start = fd;
    at = end + 1;
  }
}

int FolderCache::open_piece(int start, const std::string& piece) {
  if (!by_hand_.load(std::memory_order_relaxed)) {
    const int fd = open_folder(
        [&](int flags) { return system_.open_beneath(start, piece.c_str(), flags, 0); });
    // EPERM is what sandboxes answer for calls that they do not know.
    if (fd != -ENOSYS && fd != -EPERM) {
      return fd;
    }
    by_hand_.store(true, std::memory_order_relaxed);
  }
  return open_by_hand(start, piece);
}

int FolderCache::open_by_hand(int start, std::string_view piece) const {
  Descriptor from;
  for (std::size_t at = 0;;) {
    const std::size_t end = std::min(piece.find('/', at), piece.size());
    const int fd = open_child(start, std::string(piece.substr(at, end - at)));
    if (end == piece.size() || fd < 0) {
      return fd;
    }
    from = Descriptor(system_, fd);
    start = fd;
    at = end + 1;
  }
}

int FolderCache::open_child(int folder, const std::string& name) const {
  const int fd = open_folder(
      [&](int flags) { return system_.open(folder, name.c_str(), flags | O_NOFOLLOW, 0); });
  struct stat found {};
  // Without following, the kernel calls a symlink "not a directory".
  return fd == -ENOTDIR && system_.lstat(folder, name.c_str(), &found) == 0 &&
                 S_ISLNK(found.st_mode)
             ? -ELOOP
             : fd;
}

int FolderCache::make_child(int folder, const std::string& name, std::string path) {
  const int result = system_.make_directory(folder, name.c_str(), kPrivate);
  if (result == 0) {
    const std::lock_guard lock(mutex_);
    made_.insert(std::move(path));
  }
  return result;
}

int FolderCache::make_missing(std::string_view path) {
  Descriptor from;
  int start = root();
  for (std::size_t at = 0;;) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    const std::string name(path.substr(at, end - at));
    int fd = open_child(start, name);
    if (fd == -ENOENT) {
      const int made = make_child(start, name, std::string(path.substr(0, end)));
      // Another thread may have made it first.
      fd = made == 0 || made == -EEXIST ? open_child(start, name) : made;
    }
    if (end == path.size() || fd < 0) {
      return fd;
    }
    from = Descriptor(system_, fd);
    start = fd;
    at = end + 1;
  }
}

}  // namespace kompakt
