#include "archive/tree/made_files.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <string_view>
#include <utility>

#include "core/checked.hpp"

namespace kompakt {
namespace {

// Content within the first bound is kept in memory until all of it together passes the second.
constexpr std::uint64_t kSmall = std::uint64_t{256} << 10U;
constexpr std::uint64_t kMostMemory = std::uint64_t{64} << 20U;
// Below something that is no folder nothing can lie, so no real file has such a path.
constexpr std::string_view kPrefix = "/dev/null/member/";
constexpr std::uint64_t kDevice = ~std::uint64_t{0};
// Descriptors from here on are not the kernel's, which counts from 0 and whose limit is 2^20 as a
// rule.
constexpr int kFirstHandle = 1 << 30;

}  // namespace

bool MadeFiles::fits_memory(std::uint64_t size) const noexcept {
  return size <= kSmall && in_memory_ + size <= kMostMemory;
}

/// An unnamed file, or where there is no such thing one that has lost its name.
Status MadeFiles::open_spool() {
  constexpr int kFlags = O_RDWR | O_NOFOLLOW;
  int last = -ENOENT;
  for (const std::string& folder : folders_) {
    Descriptor fd(*this,
                  open_uninterrupted(*this, AT_FDCWD, folder.c_str(), O_RDWR | O_TMPFILE, 0600));
    if (!fd.valid()) {
      const std::string path = folder + "/.kompakt-members-" + std::to_string(::getpid()) + "-" +
                               std::to_string(reinterpret_cast<std::uintptr_t>(this));
      fd = Descriptor(*this, open_uninterrupted(*this, AT_FDCWD, path.c_str(),
                                                kFlags | O_CREAT | O_EXCL, 0600));
      if (fd.valid()) {
        static_cast<void>(unlink(AT_FDCWD, path.c_str()));
      }
    }
    if (fd.valid()) {
      spool_ = std::move(fd);
      return {};
    }
    last = fd.get();
  }
  return system_error("cannot keep content of members", last)
      .in_file(folders_.empty() ? "<temporary file>" : folders_.back());
}

Status MadeFiles::spool(std::uint64_t offset, ByteSpan bytes) {
  if (!spool_.valid()) {
    if (Status opened = open_spool(); !opened.ok()) {
      return opened;
    }
  }
  while (!bytes.empty()) {
    const auto at = checked_cast<off_t>(offset);
    if (!at) {
      return {Code::kLimitExceeded, "more content than a file can hold"};
    }
    const ssize_t put = pwrite(spool_.get(), bytes.data(), bytes.size(), *at);
    if (put == -EINTR) {
      continue;
    }
    if (put <= 0) {
      return system_error("cannot keep content of members", put == 0 ? -EIO : put)
          .in_file("<temporary file>");
    }
    bytes = bytes.subspan(static_cast<std::size_t>(put));
    offset += static_cast<std::uint64_t>(put);
  }
  return {};
}

std::size_t MadeFiles::keep(File file) {
  in_memory_ += file.bytes.size();
  files_.push_back(std::move(file));
  return files_.size() - 1;
}

Result<std::size_t> MadeFiles::add(ByteSpan content, const Facts& facts) {
  File file{.size = content.size(), .bytes = {}, .spooled_at = spooled_, .facts = facts};
  if (fits_memory(content.size())) {
    file.bytes.assign(content.begin(), content.end());
  } else if (Status kept = spool(spooled_, content); !kept.ok()) {
    return kept;
  } else {
    spooled_ += content.size();
  }
  return keep(std::move(file));
}

Result<std::size_t> MadeFiles::add(Source& content, const Facts& facts,
                                   const std::function<Status()>& check) {
  File file{.size = 0, .bytes = {}, .spooled_at = spooled_, .facts = facts};
  std::vector<std::byte> room(static_cast<std::size_t>(kSmall));
  for (;;) {
    if (Status going = check(); !going.ok()) {
      return going;
    }
    const auto got = content.read(room);
    if (!got.ok()) {
      return got.status();
    }
    const bool ended = *got < room.size();
    const ByteSpan piece = ByteSpan(room).first(*got);
    if (file.size == 0 && ended && fits_memory(*got)) {
      file.bytes.assign(piece.begin(), piece.end());
    } else if (Status kept = spool(spooled_ + file.size, piece); !kept.ok()) {
      return kept;
    }
    file.size += *got;
    if (ended) {
      break;
    }
  }
  spooled_ += file.bytes.empty() ? file.size : 0;
  return keep(std::move(file));
}

void MadeFiles::place(std::size_t number, WalkedEntry& walked) {
  walked.real_path = std::string(kPrefix) + std::to_string(number);
  walked.device = kDevice;
  walked.inode = number + 1;
}

Status MadeFiles::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

int MadeFiles::open(int dir_fd, const char* path, int flags, mode_t mode) const {
  const std::string_view name(path);
  if (!name.starts_with(kPrefix)) {
    return System::open(dir_fd, path, flags, mode);
  }
  std::size_t number = 0;
  const std::string_view digits = name.substr(kPrefix.size());
  const auto [end, error] = std::from_chars(digits.begin(), digits.end(), number);
  if (error != std::errc() || end != digits.end() || number >= files_.size()) {
    return -ENOENT;
  }
  const std::lock_guard lock(mutex_);
  auto free =
      std::find_if(handles_.begin(), handles_.end(), [](const Handle& h) { return !h.open; });
  if (free == handles_.end()) {
    free = handles_.emplace(handles_.end());
  }
  *free = {.file = number, .position = 0, .open = true};
  return kFirstHandle + static_cast<int>(free - handles_.begin());
}

/// nullptr where `fd` is the real system's. The lock is held.
MadeFiles::Handle* MadeFiles::handle(int fd) const {
  const auto at = static_cast<std::size_t>(fd) - static_cast<std::size_t>(kFirstHandle);
  return fd >= kFirstHandle && at < handles_.size() && handles_[at].open ? &handles_[at] : nullptr;
}

int MadeFiles::close(int fd) const {
  if (fd < kFirstHandle) {
    return System::close(fd);
  }
  const std::lock_guard lock(mutex_);
  Handle* const found = handle(fd);
  if (found == nullptr) {
    return -EBADF;
  }
  found->open = false;
  return 0;
}

ssize_t MadeFiles::read_file(const File& file, MutableByteSpan out, off_t offset) const {
  const auto at = static_cast<std::uint64_t>(offset);
  if (offset < 0 || at >= file.size) {
    return offset < 0 ? -EINVAL : 0;
  }
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), file.size - at));
  if (!file.bytes.empty()) {
    std::memcpy(out.data(), file.bytes.data() + at, count);
    return static_cast<ssize_t>(count);
  }
  const ssize_t got =
      System::pread(spool_.get(), out.data(), count, static_cast<off_t>(file.spooled_at) + offset);
  if (got == 0 || (got < 0 && got != -EINTR)) {
    const std::lock_guard lock(mutex_);
    if (failure_.ok()) {
      failure_ = system_error("cannot read back content of members", got == 0 ? -EIO : got)
                     .in_file("<temporary file>");
    }
    return got == 0 ? -EIO : got;
  }
  return got;
}

ssize_t MadeFiles::pread(int fd, void* buffer, std::size_t size, off_t offset) const {
  if (fd < kFirstHandle) {
    return System::pread(fd, buffer, size, offset);
  }
  std::size_t number = 0;
  {
    const std::lock_guard lock(mutex_);
    const Handle* const found = handle(fd);
    if (found == nullptr) {
      return -EBADF;
    }
    number = found->file;
  }
  return read_file(files_[number], {static_cast<std::byte*>(buffer), size}, offset);
}

ssize_t MadeFiles::read(int fd, void* buffer, std::size_t size) const {
  if (fd < kFirstHandle) {
    return System::read(fd, buffer, size);
  }
  off_t position = 0;
  {
    const std::lock_guard lock(mutex_);
    const Handle* const found = handle(fd);
    if (found == nullptr) {
      return -EBADF;
    }
    position = found->position;
  }
  const ssize_t got = pread(fd, buffer, size, position);
  if (got > 0) {
    const std::lock_guard lock(mutex_);
    handle(fd)->position = position + got;
  }
  return got;
}

int MadeFiles::fstat(int fd, struct stat* out) const {
  if (fd < kFirstHandle) {
    return System::fstat(fd, out);
  }
  const std::lock_guard lock(mutex_);
  const Handle* const found = handle(fd);
  if (found == nullptr) {
    return -EBADF;
  }
  const File& file = files_[found->file];
  *out = {};
  out->st_dev = kDevice;
  out->st_ino = found->file + 1;
  out->st_mode = S_IFREG | (file.facts.mode & 07777U);
  out->st_nlink = 1;
  out->st_size = static_cast<off_t>(file.size);
  out->st_mtim.tv_sec = static_cast<time_t>(file.facts.modified.seconds);
  out->st_mtim.tv_nsec = static_cast<long>(file.facts.modified.nanoseconds);
  return 0;
}

}  // namespace kompakt
