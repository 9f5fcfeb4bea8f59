/// \file
/// The command line in a test's hands: in-process with an injected world, or as a process.
#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "io/system.hpp"
#include "kompakt/world.hpp"
#include "temp_folder.hpp"
#include "test_data.hpp"

namespace kompakt::testing {

inline std::string to_text(const Bytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

struct Outcome {
  int code = -1;
  std::string out;
  std::string err;
};

/// How the world is for one run.
struct Setting {
  std::string input = {};  ///< what stdin delivers, through a pipe
  bool in_is_terminal = false;
  bool out_is_terminal = false;
  bool err_is_terminal = false;
  int out_fd = -1;  ///< instead of a file that becomes Outcome::out
  int in_fd = -1;   ///< instead of the pipe
  std::map<std::string, std::string> environment = {};
  const System* system = nullptr;
};

/// An unnamed file in memory.
class MemoryFile {
 public:
  MemoryFile() : fd_(::memfd_create("test", MFD_CLOEXEC)) {}
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  MemoryFile(MemoryFile&&) = delete;
  MemoryFile& operator=(MemoryFile&&) = delete;
  ~MemoryFile() { ::close(fd_); }
  [[nodiscard]] int fd() const { return fd_; }
  [[nodiscard]] std::string content() const {
    std::string text(static_cast<std::size_t>(::lseek(fd_, 0, SEEK_END)), '\0');
    EXPECT_EQ(::pread(fd_, text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
    return text;
  }

 private:
  int fd_;
};

/// A pipe that delivers `text` from a thread of its own, however long it is.
class FedPipe {
 public:
  explicit FedPipe(std::string text) {
    EXPECT_EQ(::pipe2(ends_.data(), O_CLOEXEC), 0);
    feeder_ = std::thread([fd = ends_[1], text = std::move(text)] {
      for (std::size_t at = 0; at < text.size();) {
        const ssize_t put = ::write(fd, text.data() + at, text.size() - at);
        if (put <= 0) {
          break;
        }
        at += static_cast<std::size_t>(put);
      }
      ::close(fd);
    });
  }
  FedPipe(const FedPipe&) = delete;
  FedPipe& operator=(const FedPipe&) = delete;
  FedPipe(FedPipe&&) = delete;
  FedPipe& operator=(FedPipe&&) = delete;
  ~FedPipe() {
    ::close(ends_[0]);  // a feeder that is still at it gets EPIPE
    feeder_.join();
  }
  [[nodiscard]] int fd() const { return ends_[0]; }

 private:
  std::array<int, 2> ends_{};
  std::thread feeder_;
};

/// Runs the tool in this process. `words` are the arguments after the program's name.
inline Outcome run_tool(const std::vector<std::string>& words, const Setting& setting = {},
                        const std::string& program = "kompakt") {
  ::signal(SIGPIPE, SIG_IGN);
  const MemoryFile out;
  const MemoryFile err;
  std::optional<FedPipe> pipe;
  if (setting.in_fd < 0) {
    pipe.emplace(setting.input);
  }
  cli::World world;
  world.args = {program};
  world.args.insert(world.args.end(), words.begin(), words.end());
  world.in = setting.in_fd < 0 ? pipe->fd() : setting.in_fd;
  world.out = setting.out_fd < 0 ? out.fd() : setting.out_fd;
  world.err = err.fd();
  world.is_terminal = [&](int fd) {
    return (fd == world.in && setting.in_is_terminal) ||
           (fd == world.out && setting.out_is_terminal) ||
           (fd == world.err && setting.err_is_terminal);
  };
  world.environment = [&](const std::string& name) -> std::optional<std::string> {
    const auto found = setting.environment.find(name);
    return found == setting.environment.end() ? std::nullopt : std::optional(found->second);
  };
  world.system = setting.system != nullptr ? setting.system : &real_system();
  world.now = [] { return std::chrono::steady_clock::now(); };
  Outcome outcome;
  outcome.code = cli::run(world);
  outcome.out = out.content();
  outcome.err = err.content();
  return outcome;
}

/// Runs the built tool as a process, with descriptors 0 to 2 as given (-1: /dev/null).
class Process {
 public:
  Process(std::vector<std::string> words, const std::array<int, 3>& descriptors,
          const std::string& program = KOMPAKT_BINARY) {
    words.insert(words.begin(), program);
    std::vector<char*> argv;
    for (auto& word : words) {
      argv.push_back(word.data());
    }
    argv.push_back(nullptr);
    const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    pid_ = ::fork();
    if (pid_ == 0) {
      for (int to = 0; to < 3; ++to) {
        const int from = descriptors.at(static_cast<std::size_t>(to));
        ::dup2(from < 0 ? null : from, to);
      }
      ::signal(SIGPIPE, SIG_DFL);
      ::execv(argv[0], argv.data());
      ::_exit(127);
    }
    ::close(null);
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  Process(Process&&) = delete;
  Process& operator=(Process&&) = delete;
  ~Process() {
    if (pid_ > 0) {
      static_cast<void>(wait());
    }
  }
  [[nodiscard]] pid_t pid() const { return pid_; }
  /// The status as waitpid() tells it.
  int wait(struct rusage* usage = nullptr) {
    int status = 0;
    while (::wait4(pid_, &status, 0, usage) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return status;
  }
  /// The exit code, or 128 + the signal.
  int code() {
    const int status = wait();
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

 private:
  pid_t pid_ = -1;
};

/// Content that compresses, of a few blocks at the block size that the tests use.
inline std::string sample_text(std::size_t size = 40000) { return to_text(text_bytes(size)); }

/// Flips bit `bit` of byte `at` of a file.
inline void flip_bit(const std::string& path, std::size_t at, unsigned bit = 0) {
  std::string content = read_file(path);
  content.at(at) = static_cast<char>(content[at] ^ (1 << bit));
  write_file(path, content);
}

}  // namespace kompakt::testing
