/// \file
/// What the tests of atomic outputs share: the ways of file systems, one writer's run, children.
#pragma once

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <functional>
#include <string>
#include <vector>

#include "faulty_system.hpp"
#include "io/atomic_file.hpp"
#include "temp_folder.hpp"
#include "test_data.hpp"

namespace kompakt::testing {

using Names = std::vector<std::string>;

inline const std::string kContent = "first second" + std::string(5000, '\0') + "third";

/// The ways in which file systems let a file come into being.
enum class Ways { kUnnamed, kHidden, kHiddenPlainRename, kHiddenNoLinks };
inline constexpr std::array kAllWays = {Ways::kUnnamed, Ways::kHidden, Ways::kHiddenPlainRename,
                                        Ways::kHiddenNoLinks};

inline void set_ways(FaultySystem& system, Ways ways) {
  if (ways != Ways::kUnnamed) {
    system.refuse_unnamed_files();
  }
  if (ways == Ways::kHiddenPlainRename || ways == Ways::kHiddenNoLinks) {
    system.refuse_rename_noreplace();
  }
  if (ways == Ways::kHiddenNoLinks) {
    system.refuse_links();
  }
}

inline Status fill(AtomicFile& file) {
  Sink& sink = file.sink();
  Status status = sink.write(to_bytes("first "));
  status = status.ok() ? sink.write(to_bytes("second")) : status;
  status = status.ok() ? sink.write_zeros(5000) : status;
  status = status.ok() ? sink.write(to_bytes("third")) : status;
  return status.ok() ? sink.finish(kContent.size()) : status;
}

/// Everything a writer does, ended at the first failure.
inline Status write_atomically(const System& system, const std::string& path,
                               AtomicFileOptions options) {
  auto file = AtomicFile::create(system, path, options);
  if (!file.ok()) {
    return file.status();
  }
  const Status filled = fill(**file);
  return filled.ok() ? (*file)->commit() : filled;
}

/// Runs `body` in a child process and returns how that ended, as waitpid() tells it.
inline int in_child(const std::function<void()>& body) {
  const pid_t child = ::fork();
  if (child == 0) {
    body();
    ::_exit(::testing::Test::HasFailure() ? 1 : 0);
  }
  int ended = 0;
  EXPECT_EQ(::waitpid(child, &ended, 0), child);
  return ended;
}

inline bool killed_by(int ended, int signal) {
  return WIFSIGNALED(ended) && WTERMSIG(ended) == signal;
}

class UmaskGuard {
 public:
  explicit UmaskGuard(mode_t mask) : before_(::umask(mask)) {}
  UmaskGuard(const UmaskGuard&) = delete;
  UmaskGuard& operator=(const UmaskGuard&) = delete;
  UmaskGuard(UmaskGuard&&) = delete;
  UmaskGuard& operator=(UmaskGuard&&) = delete;
  ~UmaskGuard() { ::umask(before_); }

 private:
  mode_t before_;
};

inline mode_t mode_of(const struct stat& status) { return status.st_mode & 07777U; }

inline mode_t mode_of(int fd) {
  struct stat status {};
  EXPECT_EQ(::fstat(fd, &status), 0);
  return mode_of(status);
}

}  // namespace kompakt::testing
