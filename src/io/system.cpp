#include "io/system.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

namespace kompakt {
namespace {

// Of one number wherever calls of this age exist; older headers do not name it.
constexpr long kListXattrAt = 465;

template <typename T>
T or_errno(T result) {
  return result < 0 ? static_cast<T>(-errno) : result;
}

/// For the calls that have no variant with a folder's descriptor.
std::string in_folder(int dir_fd, const char* path) {
  return dir_fd == AT_FDCWD || *path == '/'
             ? std::string(path)
             : "/proc/self/fd/" + std::to_string(dir_fd) + "/" + path;
}

}  // namespace

int System::open(int dir_fd, const char* path, int flags, mode_t mode) const {
  return or_errno(::openat(dir_fd, path, flags | O_CLOEXEC, mode));
}
int System::close(int fd) const { return or_errno(::close(fd)); }
ssize_t System::read(int fd, void* buffer, std::size_t size) const {
  return or_errno(::read(fd, buffer, size));
}
ssize_t System::pread(int fd, void* buffer, std::size_t size, off_t offset) const {
  return or_errno(::pread(fd, buffer, size, offset));
}
ssize_t System::write(int fd, const void* buffer, std::size_t size) const {
  return or_errno(::write(fd, buffer, size));
}
ssize_t System::pwrite(int fd, const void* buffer, std::size_t size, off_t offset) const {
  return or_errno(::pwrite(fd, buffer, size, offset));
}
int System::ftruncate(int fd, off_t size) const { return or_errno(::ftruncate(fd, size)); }
int System::fsync(int fd) const { return or_errno(::fsync(fd)); }
int System::fstat(int fd, struct stat* out) const { return or_errno(::fstat(fd, out)); }
int System::lstat(int dir_fd, const char* path, struct stat* out) const {
  return or_errno(::fstatat(dir_fd, path, out, AT_SYMLINK_NOFOLLOW));
}
off_t System::lseek(int fd, off_t offset, int whence) const {
  return or_errno(::lseek(fd, offset, whence));
}

int System::link_descriptor(int fd, int dir_fd, const char* path) const {
  // Kernels before 6.10 want a capability for AT_EMPTY_PATH and say ENOENT without it; the /proc
  // link works for everyone but costs a walk through /proc.
  if (::linkat(fd, "", dir_fd, path, AT_EMPTY_PATH) == 0) {
    return 0;
  }
  if (errno != ENOENT && errno != EINVAL && errno != EPERM) {
    return -errno;
  }
  const std::string proc = "/proc/self/fd/" + std::to_string(fd);
  return or_errno(::linkat(AT_FDCWD, proc.c_str(), dir_fd, path, AT_SYMLINK_FOLLOW));
}

int System::rename(int dir_fd, const char* from, const char* to) const {
  return or_errno(::renameat(dir_fd, from, dir_fd, to));
}

int System::rename_noreplace(int dir_fd, const char* from, const char* to) const {
  return or_errno(::renameat2(dir_fd, from, dir_fd, to, RENAME_NOREPLACE));
}

int System::unlink(int dir_fd, const char* path) const {
  return or_errno(::unlinkat(dir_fd, path, 0));
}

int System::stat(int dir_fd, const char* path, struct stat* out) const {
  return or_errno(::fstatat(dir_fd, path, out, 0));
}

ssize_t System::read_directory(int fd, void* buffer, std::size_t size) const {
  return or_errno(static_cast<ssize_t>(::syscall(SYS_getdents64, fd, buffer, size)));
}

ssize_t System::read_link(int dir_fd, const char* path, char* buffer, std::size_t size) const {
  return or_errno(::readlinkat(dir_fd, path, buffer, size));
}

ssize_t System::list_xattrs(int dir_fd, const char* path, char* buffer, std::size_t size) const {
  if (*path == '\0') {
    return or_errno(::flistxattr(dir_fd, buffer, size));
  }
  // From Linux 6.13 on, and half the price. EPERM is what sandboxes answer for calls that they do
  // not know.
  const ssize_t listed =
      or_errno(::syscall(kListXattrAt, dir_fd, path, AT_SYMLINK_NOFOLLOW, buffer, size));
  return listed != -ENOSYS && listed != -EPERM
             ? listed
             : or_errno(::llistxattr(in_folder(dir_fd, path).c_str(), buffer, size));
}

ssize_t System::get_xattr(int dir_fd, const char* path, const char* name, void* buffer,
                          std::size_t size) const {
  return or_errno(*path == '\0' ? ::fgetxattr(dir_fd, name, buffer, size)
                                : ::lgetxattr(in_folder(dir_fd, path).c_str(), name, buffer, size));
}

int System::make_directory(int dir_fd, const char* path, mode_t mode) const {
  return or_errno(::mkdirat(dir_fd, path, mode));
}

int System::make_symlink(const char* target, int dir_fd, const char* path) const {
  return or_errno(::symlinkat(target, dir_fd, path));
}

int System::sync_file_system(int fd) const { return or_errno(::syncfs(fd)); }

int System::open_beneath(int dir_fd, const char* path, int flags, mode_t mode) const {
  struct open_how how {};
  how.flags = static_cast<std::uint64_t>(flags) | O_CLOEXEC;
  how.mode = mode;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS;
  return static_cast<int>(or_errno(::syscall(SYS_openat2, dir_fd, path, &how, sizeof how)));
}

int System::link(int from_dir, const char* from, int to_dir, const char* to) const {
  return or_errno(::linkat(from_dir, from, to_dir, to, 0));
}

int System::make_node(int dir_fd, const char* path, mode_t mode, dev_t device) const {
  return or_errno(::mknodat(dir_fd, path, mode, device));
}

int System::set_mode(int fd, const char* path, mode_t mode) const {
  return or_errno(*path == '\0' ? ::fchmod(fd, mode)
                                : ::fchmodat(fd, path, mode, AT_SYMLINK_NOFOLLOW));
}

int System::set_owner(int fd, const char* path, uid_t uid, gid_t gid) const {
  return or_errno(*path == '\0' ? ::fchown(fd, uid, gid)
                                : ::fchownat(fd, path, uid, gid, AT_SYMLINK_NOFOLLOW));
}

int System::set_times(int fd, const char* path, const struct timespec* times) const {
  return or_errno(*path == '\0' ? ::futimens(fd, times)
                                : ::utimensat(fd, path, times, AT_SYMLINK_NOFOLLOW));
}

int System::set_xattr(int fd, const char* name, const void* value, std::size_t size) const {
  return or_errno(::fsetxattr(fd, name, value, size, 0));
}

int System::remove_xattr(int fd, const char* name) const {
  return or_errno(::fremovexattr(fd, name));
}

const System& real_system() {
  static const System kSystem;
  return kSystem;
}

int open_uninterrupted(const System& system, int dir_fd, const char* path, int flags, mode_t mode) {
  int fd = -EINTR;
  while (fd == -EINTR) {
    fd = system.open(dir_fd, path, flags, mode);
  }
  return fd;
}

Status sync_directory(const System& system, int dir_fd) {
  const int result = system.fsync(dir_fd);
  // Some network and user-space file systems sync files only.
  return result >= 0 || result == -EINVAL || result == -ENOSYS || result == -EOPNOTSUPP
             ? Status()
             : system_error("cannot make the directory durable", result);
}

Status system_error(std::string what, std::int64_t result) {
  return {Code::kIo,
          std::move(what) + ": " + std::generic_category().message(static_cast<int>(-result))};
}

Descriptor::Descriptor(Descriptor&& other) noexcept
    : system_(other.system_), fd_(std::exchange(other.fd_, -1)) {}

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  if (this != &other) {
    reset();
    system_ = other.system_;
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

int Descriptor::close() noexcept { return fd_ < 0 ? 0 : system_->close(std::exchange(fd_, -1)); }

void Descriptor::reset() noexcept { static_cast<void>(close()); }

}  // namespace kompakt
