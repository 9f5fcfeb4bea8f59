#include "archive/extract/new_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <utility>

namespace kompakt {

HiddenNames::HiddenNames() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  prefix_ = ".kompakt-" + std::to_string(::getpid()) + "-" +
            std::to_string(static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000U +
                           static_cast<std::uint64_t>(now.tv_nsec)) +
            "-";
}

std::string HiddenNames::next() { return prefix_ + std::to_string(number_.fetch_add(1)); }

NewFile::~NewFile() {
  if (!hidden_.empty()) {
    static_cast<void>(system_.unlink(folder_->fd(), hidden_.c_str()));
  }
}

Status NewFile::open(std::shared_ptr<const Folder> folder, mode_t mode) {
  folder_ = std::move(folder);
  int fd = -EOPNOTSUPP;
  if (names_.unnamed_files()) {
    fd = open_uninterrupted(system_, folder_->fd(), ".", O_WRONLY | O_TMPFILE, mode);
    // Kernels and file systems without such files take the call for one on the folder itself.
    if (fd == -EOPNOTSUPP || fd == -EISDIR || fd == -EINVAL || fd == -ENOENT) {
      names_.no_unnamed_files();
      fd = -EOPNOTSUPP;
    }
  }
  if (fd == -EOPNOTSUPP) {
    fd = open_hidden(mode);
  }
  if (fd < 0) {
    return system_error("cannot create", fd);
  }
  file_ = Descriptor(system_, fd);
  return {};
}

int NewFile::open_hidden(mode_t mode) {
  hidden_ = names_.next();
  const int fd = open_uninterrupted(system_, folder_->fd(), hidden_.c_str(),
                                    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
  if (fd < 0) {
    hidden_.clear();  // not this object's to remove
  }
  return fd;
}

Status NewFile::write_at(std::uint64_t offset, ByteSpan bytes) const {
  while (!bytes.empty()) {
    const ssize_t put =
        system_.pwrite(file_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (put == -EINTR) {
      continue;
    }
    if (put <= 0) {
      return system_error("cannot write", put == 0 ? -EIO : put);
    }
    bytes = bytes.subspan(static_cast<std::size_t>(put));
    offset += static_cast<std::uint64_t>(put);
  }
  return {};
}

int NewFile::publish(const std::string& name, bool replace) {
  if (hidden_.empty()) {
    const int linked = system_.link_descriptor(file_.get(), folder_->fd(), name.c_str());
    if (linked != -EEXIST || !replace) {
      return linked;
    }
    std::string hidden = names_.next();
    if (const int made = system_.link_descriptor(file_.get(), folder_->fd(), hidden.c_str());
        made < 0) {
      return made;
    }
    hidden_ = std::move(hidden);
  } else if (!replace) {
    return publish_hidden(name);
  }
  const int renamed = system_.rename(folder_->fd(), hidden_.c_str(), name.c_str());
  if (renamed == 0) {
    hidden_.clear();
  }
  return renamed;
}

int NewFile::publish_hidden(const std::string& name) {
  const int result = rename_to_free(system_, folder_->fd(), hidden_, name);
  if (result == 0) {
    hidden_.clear();
  }
  return result;
}

int rename_to_free(const System& system, int folder, const std::string& hidden,
                   const std::string& name) {
  const int renamed = system.rename_noreplace(folder, hidden.c_str(), name.c_str());
  if (renamed != -EINVAL && renamed != -ENOSYS && renamed != -EOPNOTSUPP) {
    return renamed;
  }
  if (const int linked = system.link(folder, hidden.c_str(), folder, name.c_str());
      linked == 0 || linked == -EEXIST) {
    return linked == 0 ? system.unlink(folder, hidden.c_str()) : linked;
  }
  // Neither call: what is there is looked for, which another process may outrun.
  struct stat found {};
  return system.lstat(folder, name.c_str(), &found) == 0
             ? -EEXIST
             : system.rename(folder, hidden.c_str(), name.c_str());
}

}  // namespace kompakt
