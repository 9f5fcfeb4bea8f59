#include "io/hidden_name.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace kompakt {
namespace {

// The one mutable global of the library: a signal handler has no other way to know which hidden
// files exist. Slots hold heap copies of full paths; slot 0 is never used. Whoever exchanges a path
// for null owns it, so a handler on one thread never reads what another thread frees.
constexpr std::size_t kCleanupSlots = 64;
static_assert(std::atomic<char*>::is_always_lock_free, "a signal handler uses these");
std::array<std::atomic<char*>, kCleanupSlots> g_hidden_paths{};

// Removes `name` when it is a regular file and its lock is free. Only the holder of the lock may
// unlink, and only while the name still leads to the file that it locked: otherwise two sweepers,
// or a sweeper and a maker that has not locked yet, could remove each other's new file.
void remove_if_abandoned(const System& system, int dir_fd, const std::string& name) {
  constexpr int kFlags = O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
  // Network file systems give exclusive locks to writers only; a read-only leftover must do
  // without.
  int fd = system.open(dir_fd, name.c_str(), O_RDWR | kFlags, 0);
  if (fd == -EACCES) {
    fd = system.open(dir_fd, name.c_str(), O_RDONLY | kFlags, 0);
  }
  const Descriptor leftover(system, fd);
  if (!leftover.valid() || ::flock(leftover.get(), LOCK_EX | LOCK_NB) != 0) {
    return;
  }
  struct stat locked {};
  struct stat named {};
  if (system.fstat(leftover.get(), &locked) == 0 &&
      system.lstat(dir_fd, name.c_str(), &named) == 0 && locked.st_dev == named.st_dev &&
      locked.st_ino == named.st_ino) {
    static_cast<void>(system.unlink(dir_fd, name.c_str()));
  }
}

}  // namespace

SplitPath split_path(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) {
    return {".", path};
  }
  return {slash == 0 ? "/" : path.substr(0, slash), path.substr(slash + 1)};
}

std::string hidden_name(std::string_view base, std::size_t number) {
  constexpr std::size_t kRoom = 120;  // encrypting file systems stop at 143 bytes, not at 255
  std::size_t length = base.size();
  if (length > kRoom) {
    // Not inside a UTF-8 sequence: some file systems refuse names that are not text.
    for (length = kRoom;
         length > 0 && (static_cast<unsigned char>(base[length]) & 0xC0U) == 0x80U;) {
      --length;
    }
  }
  std::string name = ".";
  name += base.substr(0, length);
  name += ".kompakt-";
  name += std::to_string(number);
  return name;
}

bool lock_alive(int fd) noexcept {
  return ::flock(fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;
}

void sweep_abandoned(const System& system, int dir_fd, std::string_view base) {
  // Numbers are given out from 0, so after a run of free ones there is nothing left to expect; a
  // look through the whole directory would cost more than writing a small file.
  constexpr std::size_t kFreeInARow = 8;
  std::size_t free_names = 0;
  for (std::size_t number = 0; number < kMaxHiddenNames && free_names < kFreeInARow; ++number) {
    const std::string name = hidden_name(base, number);
    struct stat found {};
    if (system.lstat(dir_fd, name.c_str(), &found) == -ENOENT) {
      ++free_names;
      continue;
    }
    free_names = 0;
    if (S_ISREG(found.st_mode)) {
      remove_if_abandoned(system, dir_fd, name);
    }
  }
}

std::size_t register_cleanup(const std::string& path) noexcept {
  char* copy = ::strdup(path.c_str());
  if (copy == nullptr) {
    return 0;
  }
  for (std::size_t slot = 1; slot < kCleanupSlots; ++slot) {
    char* expected = nullptr;
    if (g_hidden_paths[slot].compare_exchange_strong(expected, copy)) {
      return slot;
    }
  }
  std::free(copy);  // strdup's memory
  return 0;
}

void unregister_cleanup(std::size_t slot) noexcept {
  if (slot != 0) {
    std::free(g_hidden_paths[slot].exchange(nullptr));  // strdup's
  }
}

void remove_hidden_files_from_signal() noexcept {
  const int saved = errno;  // the interrupted code may be about to look at it
  for (auto& slot : g_hidden_paths) {
    if (const char* path = slot.exchange(nullptr); path != nullptr) {
      ::unlink(path);
    }
  }
  errno = saved;
}

}  // namespace kompakt
