/// \file
/// The operating system as an interface, so that a full disk, a short read or a failing fsync is an
/// ordinary unit test.
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <ctime>
#include <string>

#include "kompakt/status.hpp"

namespace kompakt {

/// The calls that the file layer makes. Each returns what the POSIX call returns, or -errno.
/// Stateless and thread-safe in the real implementation; tests override single calls.
class System {
 public:
  System() = default;
  System(const System&) = delete;
  System& operator=(const System&) = delete;
  System(System&&) = delete;
  System& operator=(System&&) = delete;
  virtual ~System() = default;

  virtual int open(int dir_fd, const char* path, int flags, mode_t mode) const;
  virtual int close(int fd) const;
  virtual ssize_t read(int fd, void* buffer, std::size_t size) const;
  virtual ssize_t pread(int fd, void* buffer, std::size_t size, off_t offset) const;
  virtual ssize_t write(int fd, const void* buffer, std::size_t size) const;
  virtual ssize_t pwrite(int fd, const void* buffer, std::size_t size, off_t offset) const;
  virtual int ftruncate(int fd, off_t size) const;
  virtual int fsync(int fd) const;
  virtual int fstat(int fd, struct stat* out) const;
  /// Like statx without following a symlink at the end: fstatat with AT_SYMLINK_NOFOLLOW.
  virtual int lstat(int dir_fd, const char* path, struct stat* out) const;
  virtual off_t lseek(int fd, off_t offset, int whence) const;
  /// Gives the unnamed file behind `fd` a name; fails with -EEXIST where the name is taken.
  virtual int link_descriptor(int fd, int dir_fd, const char* path) const;
  virtual int rename(int dir_fd, const char* from, const char* to) const;
  /// Fails with -EEXIST where `to` is taken.
  virtual int rename_noreplace(int dir_fd, const char* from, const char* to) const;
  virtual int unlink(int dir_fd, const char* path) const;
  // What walking a tree needs.
  /// Like lstat(), of what a symlink at the end leads to.
  virtual int stat(int dir_fd, const char* path, struct stat* out) const;
  /// Fills `buffer` with records of getdents64(); 0 at the end.
  virtual ssize_t read_directory(int fd, void* buffer, std::size_t size) const;
  virtual ssize_t read_link(int dir_fd, const char* path, char* buffer, std::size_t size) const;
  /// Names of extended attributes, each with its NUL: of `path` in a folder, symlinks not followed,
  /// or of `dir_fd` itself where `path` is empty.
  virtual ssize_t list_xattrs(int dir_fd, const char* path, char* buffer, std::size_t size) const;
  virtual ssize_t get_xattr(int dir_fd, const char* path, const char* name, void* buffer,
                            std::size_t size) const;
  virtual int make_directory(int dir_fd, const char* path, mode_t mode) const;
  virtual int make_symlink(const char* target, int dir_fd, const char* path) const;
  /// Makes everything durable that lies on the file system of `fd`.
  virtual int sync_file_system(int fd) const;
  // What writing a tree needs.
  /// Like open(), but fails with -EXDEV where the path leaves the folder and with -ELOOP where any
  /// component of it is a symlink; -ENOSYS where the kernel cannot do that (before Linux 5.6).
  virtual int open_beneath(int dir_fd, const char* path, int flags, mode_t mode) const;
  /// A hard link; a symlink at the end of `from` is not followed.
  virtual int link(int from_dir, const char* from, int to_dir, const char* to) const;
  virtual int make_node(int dir_fd, const char* path, mode_t mode, dev_t device) const;
  // Of `path` in a folder, symlinks not followed, or of `fd` itself where `path` is empty.
  virtual int set_mode(int fd, const char* path, mode_t mode) const;
  virtual int set_owner(int fd, const char* path, uid_t uid, gid_t gid) const;
  /// `times`: of the last access and of the last change, two of them.
  virtual int set_times(int fd, const char* path, const struct timespec* times) const;
  virtual int set_xattr(int fd, const char* name, const void* value, std::size_t size) const;
  virtual int remove_xattr(int fd, const char* name) const;
};

/// The real operating system.
[[nodiscard]] const System& real_system();

/// System::open() until no signal interrupts it: opening a FIFO waits for its other end.
[[nodiscard]] int open_uninterrupted(const System& system, int dir_fd, const char* path, int flags,
                                     mode_t mode = 0);

/// Makes the entries of an open directory durable. Success where the file system has no such thing.
[[nodiscard]] Status sync_directory(const System& system, int dir_fd);

/// kIo with "what: strerror(errno)"; `result` is a negative System result.
[[nodiscard]] Status system_error(std::string what, std::int64_t result);

/// An open descriptor, closed at the end of scope.
class Descriptor {
 public:
  Descriptor() = default;
  Descriptor(const System& system, int fd) : system_(&system), fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  Descriptor(Descriptor&& other) noexcept;
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor() { reset(); }

  [[nodiscard]] int get() const noexcept { return fd_; }
  [[nodiscard]] bool valid() const noexcept { return fd_ >= 0; }
  /// Closes now and reports what close() said: the last chance to hear of a lost write.
  [[nodiscard]] int close() noexcept;
  void reset() noexcept;

 private:
  const System* system_ = nullptr;
  int fd_ = -1;
};

}  // namespace kompakt
