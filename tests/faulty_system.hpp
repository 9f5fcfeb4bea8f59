/// \file
/// An operating system that fails on request and writes down what it was asked to do.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "io/system.hpp"

namespace kompakt::testing {

enum class Call : std::uint8_t {
  kOpen,
  kClose,
  kRead,
  kPread,
  kWrite,
  kPwrite,
  kFtruncate,
  kFsync,
  kFstat,
  kLstat,
  kLseek,
  kLink,
  kRename,  // with and without replacing
  kUnlink,
};
inline constexpr std::array<Call, 14> kAllCalls = {
    Call::kOpen,   Call::kClose,     Call::kRead,   Call::kPread, Call::kWrite,
    Call::kPwrite, Call::kFtruncate, Call::kFsync,  Call::kFstat, Call::kLstat,
    Call::kLseek,  Call::kLink,      Call::kRename, Call::kUnlink};

inline const char* call_name(Call call) {
  constexpr std::array<const char*, kAllCalls.size()> kNames = {
      "open",  "close", "read",  "pread", "write", "pwrite", "ftruncate",
      "fsync", "fstat", "lstat", "lseek", "link",  "rename", "unlink"};
  return kNames.at(static_cast<std::size_t>(call));
}

/// One order to fail.
struct Fault {
  Call call{};
  std::size_t nth = 1;    ///< counted from 1 over all calls of this kind
  int error = EIO;        ///< what errno would be
  bool for_ever = false;  ///< every call from the nth on, not that one only
};

/// The real system, less what it was told to refuse. Thread-safe once it is set up: orders are
/// given before the system is used.
///
/// A refused call has no effect, except close(): the descriptor is gone whatever close() says.
class FaultySystem final : public System {
 public:
  using Hook = std::function<void(Call, const std::string& what)>;

  FaultySystem() = default;
  explicit FaultySystem(Fault fault) { inject(fault); }

  void inject(Fault fault) { faults_.push_back(fault); }
  /// Reads and writes move at most `size` bytes a call.
  void limit_pieces(std::size_t size) { piece_ = size; }
  /// Behaves like a file system without O_TMPFILE.
  void refuse_unnamed_files(int error = EOPNOTSUPP) { unnamed_error_ = error; }
  /// Behaves like a file system that knows only the plain rename.
  void refuse_rename_noreplace(int error = EINVAL) { noreplace_error_ = error; }
  /// Behaves like a file system without hard links.
  void refuse_links(int error = EPERM) { link_error_ = error; }
  /// Called after every call, refused or not, from the thread that made it: for what another
  /// process might do at that moment.
  void after_each_call(Hook hook) { hook_ = std::move(hook); }

  /// Calls of a kind so far.
  [[nodiscard]] std::size_t count(Call call) const {
    const std::lock_guard lock(mutex_);
    return counts_.at(static_cast<std::size_t>(call));
  }
  /// Bytes that reads delivered so far.
  [[nodiscard]] std::uint64_t bytes_read() const {
    const std::lock_guard lock(mutex_);
    return bytes_read_;
  }
  /// Successful calls in order: "open NAME", "fsync file", "fsync directory", "rename FROM TO", ...
  [[nodiscard]] std::vector<std::string> log() const {
    const std::lock_guard lock(mutex_);
    return log_;
  }
  /// Where `entry` is in the log; npos when it is not.
  [[nodiscard]] std::size_t position(const std::string& entry) const {
    const std::lock_guard lock(mutex_);
    for (std::size_t at = 0; at < log_.size(); ++at) {
      if (log_[at] == entry) {
        return at;
      }
    }
    return npos;
  }
  static constexpr std::size_t npos = std::numeric_limits<std::size_t>::max();

  int open(int dir_fd, const char* path, int flags, mode_t mode) const override {
    const bool unnamed = (flags & O_TMPFILE) == O_TMPFILE;
    return make<int>(Call::kOpen, unnamed ? "<unnamed>" : path, unnamed ? unnamed_error_ : 0,
                     [&] { return System::open(dir_fd, path, flags, mode); });
  }
  int close(int fd) const override {
    const int real = System::close(fd);
    return make<int>(Call::kClose, "", 0, [&] { return real; });
  }
  ssize_t read(int fd, void* buffer, std::size_t size) const override {
    return counted(
        make<ssize_t>(Call::kRead, "", 0, [&] { return System::read(fd, buffer, piece(size)); }));
  }
  ssize_t pread(int fd, void* buffer, std::size_t size, off_t offset) const override {
    return counted(make<ssize_t>(Call::kPread, "", 0,
                                 [&] { return System::pread(fd, buffer, piece(size), offset); }));
  }
  ssize_t write(int fd, const void* buffer, std::size_t size) const override {
    return make<ssize_t>(Call::kWrite, "", 0,
                         [&] { return System::write(fd, buffer, piece(size)); });
  }
  ssize_t pwrite(int fd, const void* buffer, std::size_t size, off_t offset) const override {
    return make<ssize_t>(Call::kPwrite, "", 0,
                         [&] { return System::pwrite(fd, buffer, piece(size), offset); });
  }
  int ftruncate(int fd, off_t size) const override {
    return make<int>(Call::kFtruncate, "", 0, [&] { return System::ftruncate(fd, size); });
  }
  /// Only says that it did: a test cannot see durability, and thousands of real ones would wait for
  /// the disk.
  int fsync(int fd) const override {
    struct stat status {};
    const bool directory = System::fstat(fd, &status) == 0 && S_ISDIR(status.st_mode);
    return make<int>(Call::kFsync, directory ? "directory" : "file", 0, [] { return 0; });
  }
  int fstat(int fd, struct stat* out) const override {
    return make<int>(Call::kFstat, "", 0, [&] { return System::fstat(fd, out); });
  }
  int lstat(int dir_fd, const char* path, struct stat* out) const override {
    return make<int>(Call::kLstat, path, 0, [&] { return System::lstat(dir_fd, path, out); });
  }
  off_t lseek(int fd, off_t offset, int whence) const override {
    return make<off_t>(Call::kLseek, "", 0, [&] { return System::lseek(fd, offset, whence); });
  }
  int link_descriptor(int fd, int dir_fd, const char* path) const override {
    return make<int>(Call::kLink, path, link_error_,
                     [&] { return System::link_descriptor(fd, dir_fd, path); });
  }
  int rename(int dir_fd, const char* from, const char* to) const override {
    return make<int>(Call::kRename, std::string(from) + " " + to, 0,
                     [&] { return System::rename(dir_fd, from, to); });
  }
  int rename_noreplace(int dir_fd, const char* from, const char* to) const override {
    return make<int>(Call::kRename, std::string(from) + " " + to, noreplace_error_,
                     [&] { return System::rename_noreplace(dir_fd, from, to); });
  }
  int unlink(int dir_fd, const char* path) const override {
    return make<int>(Call::kUnlink, path, 0, [&] { return System::unlink(dir_fd, path); });
  }

 private:
  template <typename T, typename Real>
  T make(Call call, std::string what, int standing_error, Real real) const {
    int error = next_error(call);
    error = error != 0 ? error : standing_error;
    const T result = error != 0 ? static_cast<T>(-error) : real();
    if (result >= 0) {
      const std::lock_guard lock(mutex_);
      log_.push_back(what.empty() ? call_name(call) : call_name(call) + (" " + what));
    }
    if (hook_) {
      hook_(call, what);
    }
    return result;
  }

  int next_error(Call call) const {
    const std::lock_guard lock(mutex_);
    const std::size_t number = ++counts_.at(static_cast<std::size_t>(call));
    for (const Fault& fault : faults_) {
      if (fault.call == call && (fault.for_ever ? number >= fault.nth : number == fault.nth)) {
        return fault.error;
      }
    }
    return 0;
  }

  [[nodiscard]] std::size_t piece(std::size_t size) const { return size < piece_ ? size : piece_; }

  ssize_t counted(ssize_t got) const {
    if (got > 0) {
      const std::lock_guard lock(mutex_);
      bytes_read_ += static_cast<std::uint64_t>(got);
    }
    return got;
  }

  std::vector<Fault> faults_;
  std::size_t piece_ = std::numeric_limits<std::size_t>::max();
  int unnamed_error_ = 0;
  int noreplace_error_ = 0;
  int link_error_ = 0;
  Hook hook_;
  mutable std::mutex mutex_;  // guards what follows
  mutable std::array<std::size_t, kAllCalls.size()> counts_{};
  mutable std::uint64_t bytes_read_ = 0;
  mutable std::vector<std::string> log_;
};

}  // namespace kompakt::testing
