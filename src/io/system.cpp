#include "io/system.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

namespace kompakt {
namespace {

template <typename T>
T or_errno(T result) {
  return result < 0 ? static_cast<T>(-errno) : result;
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
  // AT_EMPTY_PATH needs a capability; the /proc link works for everyone.
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
