/// \file
/// Content of members that no file holds.
#pragma once

#include <sys/stat.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "archive/tree/tree_walk.hpp"
#include "io/system.hpp"
#include "kompakt/archive.hpp"
#include "kompakt/bytes.hpp"
#include "kompakt/source.hpp"

namespace kompakt {

/// An operating system with files in it that lie on no disk: content put together by hand, which
/// the writers of archives open and read like any other file. Everything else goes to the real
/// system. Little content is kept in memory, the rest in one unnamed file.
///
/// Content is added before, and by one thread; the calls of System may come from any.
class MadeFiles final : public System {
 public:
  /// The unnamed file lies in the first of `folders` that has room for one.
  explicit MadeFiles(std::vector<std::string> folders) : folders_(std::move(folders)) {}

  /// What every file of this kind is told by.
  struct Facts {
    std::uint32_t mode = 0;
    Entry::Time modified;
  };
  /// Keeps a copy. The number of the file.
  [[nodiscard]] Result<std::size_t> add(ByteSpan content, const Facts& facts);
  /// Reads `content` to its end, until `check` fails. Nothing is kept of it after a failure.
  [[nodiscard]] Result<std::size_t> add(Source& content, const Facts& facts,
                                        const std::function<Status()>& check);
  [[nodiscard]] std::uint64_t size(std::size_t number) const { return files_[number].size; }
  /// As a walk tells of the file: where to open it.
  static void place(std::size_t number, WalkedEntry& walked);
  /// The first failure to read content back: an archive that holds it is not what was asked for.
  [[nodiscard]] Status failure() const;

  int open(int dir_fd, const char* path, int flags, mode_t mode) const override;
  int close(int fd) const override;
  ssize_t read(int fd, void* buffer, std::size_t size) const override;
  ssize_t pread(int fd, void* buffer, std::size_t size, off_t offset) const override;
  int fstat(int fd, struct stat* out) const override;

 private:
  struct File {
    std::uint64_t size = 0;
    std::vector<std::byte> bytes;  // all of them, or none
    std::uint64_t spooled_at = 0;  // in the unnamed file where `bytes` is empty
    Facts facts;
  };
  struct Handle {
    std::size_t file = 0;
    off_t position = 0;
    bool open = false;
  };

  [[nodiscard]] bool fits_memory(std::uint64_t size) const noexcept;
  [[nodiscard]] Status open_spool();
  [[nodiscard]] Status spool(std::uint64_t offset, ByteSpan bytes);
  [[nodiscard]] std::size_t keep(File file);
  [[nodiscard]] ssize_t read_file(const File& file, MutableByteSpan out, off_t offset) const;
  [[nodiscard]] Handle* handle(int fd) const;

  std::vector<std::string> folders_;
  std::vector<File> files_;
  std::uint64_t in_memory_ = 0;
  Descriptor spool_;
  std::uint64_t spooled_ = 0;
  mutable std::mutex mutex_;  // over what follows
  mutable std::vector<Handle> handles_;
  mutable Status failure_;
};

}  // namespace kompakt
