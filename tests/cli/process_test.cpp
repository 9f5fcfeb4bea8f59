// The built program: signals, terminals, memory, exit codes as the shell sees them.
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdlib>

#include "tool.hpp"

namespace kompakt::testing {
namespace {

/// A pipe whose ends are closed one by one.
struct Pipe {
  Pipe() { EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0); }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  Pipe(Pipe&&) = delete;
  Pipe& operator=(Pipe&&) = delete;
  ~Pipe() {
    close_read();
    close_write();
  }
  void close_read() { close_end(0); }
  void close_write() { close_end(1); }
  void close_end(std::size_t end) {
    if (ends.at(end) >= 0) {
      ::close(std::exchange(ends.at(end), -1));
    }
  }
  std::array<int, 2> ends{};
};

/// What can be read from `fd` until its other end is closed (EIO for a terminal).
std::string drain(int fd) {
  std::string text;
  std::array<char, 4096> buffer{};
  for (ssize_t got = 0; (got = ::read(fd, buffer.data(), buffer.size())) > 0;) {
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
  return text;
}

class Program : public ::testing::Test {
 protected:
  Program() {
    write_file(folder / "a", text);
    EXPECT_EQ(run_tool({"--chunk-size=4K", folder / "a"}).code, 0);
  }
  /// Runs to the end; only the exit code matters.
  static int code_of(const std::vector<std::string>& words) {
    return Process(words, {-1, -1, -1}).code();
  }
  TempFolder folder;
  std::string text = sample_text();
};

TEST_F(Program, EndsWithTheCodesOfTheContract) {
  EXPECT_EQ(code_of({"-t", folder / "a.warp"}), 0);
  EXPECT_EQ(code_of({folder / "nothing"}), 1);
  EXPECT_EQ(code_of({folder / "a.warp"}), 2);
  EXPECT_EQ(code_of({"-d", "--max-output=1", "-c", folder / "a.warp"}), 4);
  EXPECT_EQ(code_of({"-15", "-c", folder / "a"}), 5);
  EXPECT_EQ(code_of({"-t", folder / "nothing", folder / "a.warp"}), 7);
  flip_bit(folder / "a.warp", 900);
  EXPECT_EQ(code_of({"-t", folder / "a.warp"}), 3);
}

/// Starts a compression that waits for more input, with part of its output on disk.
struct Waiting {
  explicit Waiting(const TempFolder& folder, const std::vector<std::string>& more = {})
      : process(words(folder, more), {input.ends[0], -1, errors.ends[1]}) {
    input.close_read();
    errors.close_write();
    // Far more than pipe and block hold: once it is taken, the program is in the midst of its work.
    const std::string noise = to_text(random_bytes(1 << 20));
    for (std::size_t at = 0; at < noise.size();) {
      const ssize_t put = ::write(input.ends[1], noise.data() + at, noise.size() - at);
      if (put <= 0) {
        break;
      }
      at += static_cast<std::size_t>(put);
    }
  }
  static std::vector<std::string> words(const TempFolder& folder,
                                        const std::vector<std::string>& more) {
    std::vector<std::string> all = {"--chunk-size=4K", "-T1", "-o", folder / "out.warp"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  Pipe input;
  Pipe errors;
  Process process;
};

TEST_F(Program, DiesOfTheSignalThatEndsItAndLeavesNothing) {
  const auto before = folder.names();
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGXCPU}) {
    Waiting waiting(folder);
    ASSERT_EQ(::kill(waiting.process.pid(), signal), 0);
    const int status = waiting.process.wait();
    ASSERT_TRUE(WIFSIGNALED(status)) << signal;
    EXPECT_EQ(WTERMSIG(status), signal);
    EXPECT_EQ(folder.names(), before) << signal;
  }
}

TEST_F(Program, GoesOnWhenASignalIsIgnored) {
  ::signal(SIGHUP, SIG_IGN);
  Waiting waiting(folder);
  ::signal(SIGHUP, SIG_DFL);
  ASSERT_EQ(::kill(waiting.process.pid(), SIGHUP), 0);
  waiting.input.close_write();
  EXPECT_EQ(waiting.process.code(), 0);
  EXPECT_EQ(run_tool({"-t", folder / "out.warp"}).code, 0);
}

TEST_F(Program, PrintsALineOfProgressOnRequest) {
  Waiting waiting(folder);
  ASSERT_EQ(::kill(waiting.process.pid(), SIGUSR1), 0);
  // The flag is looked at after the next block.
  const std::string more = to_text(random_bytes(1 << 16));
  EXPECT_GT(::write(waiting.input.ends[1], more.data(), more.size()), 0);
  waiting.input.close_write();
  EXPECT_EQ(waiting.process.code(), 0);
  EXPECT_NE(drain(waiting.errors.ends[0]).find("MB/s"), std::string::npos);
}

TEST_F(Program, DiesQuietlyOfAReaderThatIsGone) {
  write_file(folder / "big", to_text(random_bytes(1 << 20)));
  Pipe output;
  Pipe errors;
  output.close_read();
  Process process({"-c", folder / "big"}, {-1, output.ends[1], errors.ends[1]});
  errors.close_write();
  const int status = process.wait();
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGPIPE);
  EXPECT_EQ(drain(errors.ends[0]), "");
}

/// A pseudo-terminal.
struct Terminal {
  Terminal() : master(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) {
    if (master < 0) {
      return;
    }
    EXPECT_EQ(::grantpt(master), 0);
    EXPECT_EQ(::unlockpt(master), 0);
    slave = ::open(::ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
    const winsize size{.ws_row = 24, .ws_col = 60, .ws_xpixel = 0, .ws_ypixel = 0};
    ::ioctl(slave, TIOCSWINSZ, &size);
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;
  Terminal(Terminal&&) = delete;
  Terminal& operator=(Terminal&&) = delete;
  ~Terminal() {
    ::close(slave);
    ::close(master);
  }
  /// Some containers have no /dev/pts.
  [[nodiscard]] bool available() const { return master >= 0; }
  /// Waits a little for something to be shown.
  void wait_shown() const {
    pollfd ready{.fd = master, .events = POLLIN, .revents = 0};
    ::poll(&ready, 1, 1);
  }
  /// What was shown so far; whoever shows it has ended.
  std::string shown() {
    std::string text;
    pollfd ready{.fd = master, .events = POLLIN, .revents = 0};
    std::array<char, 4096> buffer{};
    while (::poll(&ready, 1, 0) == 1) {
      const ssize_t got = ::read(master, buffer.data(), buffer.size());
      if (got <= 0) {
        break;
      }
      text.append(buffer.data(), static_cast<std::size_t>(got));
    }
    return text;
  }
  int master;
  int slave = -1;
};

TEST_F(Program, RefusesTerminalsForCompressedData) {
  Terminal terminal;
  if (!terminal.available()) {
    GTEST_SKIP() << "no pseudo-terminals here";
  }
  EXPECT_EQ(Process({"-c", folder / "a"}, {-1, terminal.slave, -1}).code(), 1);
  EXPECT_EQ(Process({}, {-1, terminal.slave, -1}).code(), 1);
  EXPECT_EQ(Process({"-d"}, {terminal.slave, -1, -1}).code(), 1);
  EXPECT_EQ(terminal.shown(), "");
}

TEST_F(Program, ShowsProgressOnATerminal) {
  Terminal terminal;
  if (!terminal.available()) {
    GTEST_SKIP() << "no pseudo-terminals here";
  }
  Pipe input;
  Process process({"--chunk-size=4K", "-T1", "-o", folder / "out.warp"},
                  {input.ends[0], -1, terminal.slave});
  input.close_read();
  const std::string block = to_text(random_bytes(1 << 17));
  std::string shown;
  // Fed until it shows something: how long that takes is the program's affair.
  for (int i = 0; i < 2000 && shown.find("MB/s") == std::string::npos; ++i) {
    ASSERT_GT(::write(input.ends[1], block.data(), block.size()), 0);
    shown += terminal.shown();
    terminal.wait_shown();
  }
  input.close_write();
  EXPECT_EQ(process.code(), 0);
  shown += terminal.shown();
  EXPECT_NE(shown.find("MB/s"), std::string::npos);
  EXPECT_TRUE(shown.ends_with("\r\x1b[K")) << "the line is erased at the end";
}

TEST_F(Program, HasASecondNameWithItsOwnFace) {
  const std::string name =
      std::string(KOMPAKT_BINARY).substr(0, std::string(KOMPAKT_BINARY).rfind('/')) +
      "/warp-compress";
  EXPECT_EQ(Process({"compress", folder / "a", folder / "b"}, {-1, -1, -1}, name).code(), 0);
  EXPECT_EQ(read_file(folder / "b").substr(0, 5), std::string("PRAW\x02"));
  EXPECT_EQ(Process({"decompress", folder / "b", folder / "c"}, {-1, -1, -1}, name).code(), 0);
  EXPECT_EQ(read_file(folder / "c"), text);
}

TEST_F(Program, StaysInConstantMemoryOverAPipe) {
  if (kSanitized) {
    GTEST_SKIP() << "sanitizers hold memory of their own";
  }
  constexpr std::uint64_t kBlock = std::uint64_t{8} << 20U;
  constexpr std::uint64_t kBound = 2 * 4 * kBlock + (std::uint64_t{64} << 20U);
  // Two gibibytes: mostly zeros, with a stretch of text in every block, so that both are exercised.
  std::string block(std::size_t{8} << 20U, '\0');
  const std::string words = sample_text(64 << 10);
  block.replace(1000, words.size(), words);
  Pipe raw;
  Pipe packed;
  Process packer({"-T2"}, {raw.ends[0], packed.ends[1], -1});
  Process unpacker({"-d", "-T2"}, {packed.ends[0], -1, -1});
  raw.close_read();
  packed.close_read();
  packed.close_write();
  for (int i = 0; i < 256; ++i) {
    for (std::size_t at = 0; at < block.size();) {
      const ssize_t put = ::write(raw.ends[1], block.data() + at, block.size() - at);
      ASSERT_GT(put, 0);
      at += static_cast<std::size_t>(put);
    }
  }
  raw.close_write();
  for (Process* process : {&packer, &unpacker}) {
    struct rusage usage {};
    EXPECT_EQ(process->wait(&usage), 0);
    EXPECT_LT(static_cast<std::uint64_t>(usage.ru_maxrss) * 1024, kBound);
  }
}

TEST_F(Program, StaysInConstantMemoryOverASparseFile) {
  if (kSanitized) {
    GTEST_SKIP() << "sanitizers hold memory of their own";
  }
  const std::string path = folder / "sparse";
  write_file(path, text);
  ASSERT_EQ(::truncate(path.c_str(), off_t{20} << 30U), 0);
  for (const auto& words :
       {std::vector<std::string>{"-T2", path}, {"-d", "-f", "-T2", path + ".warp"}}) {
    struct rusage usage {};
    Process process(words, {-1, -1, -1});
    EXPECT_EQ(process.wait(&usage), 0);
    EXPECT_LT(usage.ru_maxrss, 128 << 10);
  }
  EXPECT_EQ(stat_of(path).st_size, off_t{20} << 30U);
}

}  // namespace
}  // namespace kompakt::testing
