// Opening a file that was walked before, and reading what may shrink meanwhile.
#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>

#include "archive/tree/tree_walk.hpp"
#include "core/checked.hpp"

namespace kompakt {
namespace {

constexpr int kFileFlags = O_RDONLY | O_NONBLOCK | O_NOCTTY;

/// Opens a path of any length: the kernel takes PATH_MAX bytes at a time.
Descriptor open_long(const System& system, std::string_view path, int flags) {
  Descriptor at;
  while (path.size() >= PATH_MAX) {
    const std::size_t slash = path.rfind('/', PATH_MAX - 1);
    if (slash == std::string_view::npos || slash == 0) {
      break;
    }
    const std::string part(path.substr(0, slash));
    at = Descriptor(system, open_uninterrupted(system, at.valid() ? at.get() : AT_FDCWD,
                                               part.c_str(), O_PATH | O_DIRECTORY));
    if (!at.valid()) {
      return at;
    }
    path.remove_prefix(slash + 1);
  }
  return {system, open_uninterrupted(system, at.valid() ? at.get() : AT_FDCWD,
                                     std::string(path).c_str(), flags)};
}

/// Opens by `open(flags)`, and checks that it is the file that was walked.
template <typename Open>
Result<Descriptor> open_same(const System& system, const WalkedEntry& file, struct stat* found,
                             Open open) {
  Descriptor fd = open(kFileFlags | O_NOFOLLOW);
  if (fd.get() == -ELOOP) {
    // It may have been a symlink already, and followed; its identity tells.
    fd = open(kFileFlags);
  }
  if (!fd.valid()) {
    return system_error("cannot open", fd.get()).in_file(file.real_path);
  }
  struct stat now {};
  if (const int result = system.fstat(fd.get(), &now); result < 0) {
    return system_error("cannot examine", result).in_file(file.real_path);
  }
  if (now.st_dev != file.device || now.st_ino != file.inode) {
    return Status(Code::kIo, "file changed since it was examined").in_file(file.real_path);
  }
  if (found != nullptr) {
    *found = now;
  }
  return fd;
}

}  // namespace

Result<Descriptor> open_walked(const System& system, const WalkedEntry& file, struct stat* found) {
  return open_same(system, file, found,
                   [&](int flags) { return open_long(system, file.real_path, flags); });
}

Result<Descriptor> WalkedOpener::open(const WalkedEntry& file, struct stat* found) {
  const std::size_t slash = file.real_path.rfind('/');
  if (slash == std::string::npos || slash == 0) {
    return open_walked(system_, file, found);
  }
  const std::string_view folder = std::string_view(file.real_path).substr(0, slash);
  if (!folder_.valid() || folder_path_ != folder) {
    folder_ = open_long(system_, folder, O_PATH | O_DIRECTORY);
    folder_path_ = folder;
  }
  if (!folder_.valid()) {
    return open_walked(system_, file, found);  // which tells what is wrong
  }
  return open_same(system_, file, found, [&](int flags) {
    return Descriptor(system_, open_uninterrupted(system_, folder_.get(),
                                                  file.real_path.c_str() + slash + 1, flags));
  });
}

Status read_exactly(const System& system, int fd, std::uint64_t offset, MutableByteSpan out,
                    bool* changed) {
  while (!out.empty()) {
    const auto at = checked_cast<off_t>(offset);
    if (!at) {
      return {Code::kInvalidArgument, "file offset out of range"};
    }
    const ssize_t got = system.pread(fd, out.data(), out.size(), *at);
    if (got == -EINTR) {
      continue;
    }
    if (got < 0) {
      return system_error("read failed", got).at_offset(offset);
    }
    if (got == 0) {
      std::fill(out.begin(), out.end(), std::byte{0});
      *changed = true;
      return {};
    }
    offset += static_cast<std::uint64_t>(got);
    out = out.subspan(static_cast<std::size_t>(got));
  }
  return {};
}

}  // namespace kompakt
