#include "io/atomic_file.hpp"

#include <fcntl.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "faulty_system.hpp"
#include "temp_folder.hpp"
#include "test_data.hpp"

namespace kompakt {
namespace {

using testing::Call;
using testing::call_name;
using testing::Fault;
using testing::FaultySystem;
using testing::open_descriptors;
using testing::read_file;
using testing::stat_of;
using testing::TempFolder;
using testing::to_bytes;
using testing::write_file;

using Names = std::vector<std::string>;

const std::string kContent = "first second" + std::string(5000, '\0') + "third";

/// The ways in which file systems let a file come into being.
enum class Ways { kUnnamed, kHidden, kHiddenPlainRename, kHiddenNoLinks };
constexpr std::array kAllWays = {Ways::kUnnamed, Ways::kHidden, Ways::kHiddenPlainRename,
                                 Ways::kHiddenNoLinks};

void set_ways(FaultySystem& system, Ways ways) {
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

Status fill(AtomicFile& file) {
  Sink& sink = file.sink();
  Status status = sink.write(to_bytes("first "));
  status = status.ok() ? sink.write(to_bytes("second")) : status;
  status = status.ok() ? sink.write_zeros(5000) : status;
  status = status.ok() ? sink.write(to_bytes("third")) : status;
  return status.ok() ? sink.finish(kContent.size()) : status;
}

/// Everything a writer does, ended at the first failure.
Status write_atomically(const System& system, const std::string& path, AtomicFileOptions options) {
  auto file = AtomicFile::create(system, path, options);
  if (!file.ok()) {
    return file.status();
  }
  const Status filled = fill(**file);
  return filled.ok() ? (*file)->commit() : filled;
}

/// Runs `body` in a child process and returns how that ended, as waitpid() tells it.
int in_child(const std::function<void()>& body) {
  const pid_t child = ::fork();
  if (child == 0) {
    body();
    ::_exit(::testing::Test::HasFailure() ? 1 : 0);
  }
  int ended = 0;
  EXPECT_EQ(::waitpid(child, &ended, 0), child);
  return ended;
}

bool killed_by(int ended, int signal) { return WIFSIGNALED(ended) && WTERMSIG(ended) == signal; }

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

mode_t mode_of(const struct stat& status) { return status.st_mode & 07777U; }

mode_t mode_of(int fd) {
  struct stat status {};
  EXPECT_EQ(::fstat(fd, &status), 0);
  return mode_of(status);
}

// ---- whole or not at all ----

TEST(AtomicFile, CommittedFileIsComplete) {
  for (const Ways ways : kAllWays) {
    const TempFolder folder;
    FaultySystem system;
    set_ways(system, ways);
    EXPECT_TRUE(write_atomically(system, folder / "out", {}).ok());
    EXPECT_EQ(read_file(folder / "out"), kContent);
    EXPECT_EQ(folder.names(), Names{"out"});
  }
}

TEST(AtomicFile, NoNameBeforeCommitAndNothingWithoutIt) {
  for (const Ways ways : kAllWays) {
    const TempFolder folder;
    FaultySystem system;
    set_ways(system, ways);
    {
      auto file = AtomicFile::create(system, folder / "out", {});
      ASSERT_TRUE(file.ok());
      ASSERT_TRUE(fill(**file).ok());
      EXPECT_EQ(folder.names(), ways == Ways::kUnnamed ? Names() : Names{".out.kompakt-0"});
    }
    EXPECT_EQ(folder.names(), Names());
  }
}

struct SweepCase {
  Ways ways;
  bool replace;
};

std::string describe(const SweepCase& at, const Fault& fault) {
  return std::string(call_name(fault.call)) + " #" + std::to_string(fault.nth) + " error " +
         std::to_string(fault.error) + (fault.for_ever ? " for ever" : " once") + ", way " +
         std::to_string(static_cast<int>(at.ways)) + (at.replace ? ", replacing" : "");
}

// One run with one fault, and everything that has to hold after it.
void check_one_fault(const SweepCase& at, const Fault& fault, std::size_t last_fsync) {
  SCOPED_TRACE(describe(at, fault));
  const TempFolder folder(testing::On::kMemory);
  if (at.replace) {
    write_file(folder / "out", "old");
  }
  const std::size_t descriptors = open_descriptors();
  FaultySystem system(fault);
  set_ways(system, at.ways);
  const Status status = write_atomically(system, folder / "out", {.replace = at.replace});
  EXPECT_EQ(open_descriptors(), descriptors);

  const std::string now = read_file(folder / "out");
  if (status.ok()) {
    EXPECT_EQ(now, kContent);
  } else {
    EXPECT_EQ(status.code(), Code::kIo) << status.to_string();
    EXPECT_EQ(status.file(), folder / "out");
    // The documented exception: nothing brings the old file back.
    const bool only_directory_not_durable =
        at.replace && fault.call == Call::kFsync && fault.nth == last_fsync;
    EXPECT_EQ(now, only_directory_not_durable ? kContent : at.replace ? "old" : "");
  }
  if (fault.call == Call::kUnlink) {
    // What could not be removed is removed by the next run, even one that is refused.
    static_cast<void>(AtomicFile::create(real_system(), folder / "out", {}));
  }
  EXPECT_EQ(folder.names(), status.ok() || at.replace ? Names{"out"} : Names());
}

// Every call of a run fails once, and fails from there on; errors of all kinds.
TEST(AtomicFile, AnyFailedCallLeavesTheWholeFileOrNone) {
  for (const Ways ways : kAllWays) {
    for (const bool replace : {false, true}) {
      const TempFolder folder(testing::On::kMemory);
      FaultySystem clean;
      set_ways(clean, ways);
      if (replace) {
        write_file(folder / "out", "old");
      }
      ASSERT_TRUE(write_atomically(clean, folder / "out", {.replace = replace}).ok());
      for (const Call call : testing::kAllCalls) {
        for (std::size_t nth = 1; nth <= clean.count(call); ++nth) {
          for (const int error : {EIO, ENOSPC}) {
            for (const bool for_ever : {false, true}) {
              check_one_fault({ways, replace}, {call, nth, error, for_ever},
                              clean.count(Call::kFsync));
            }
          }
        }
      }
    }
  }
}

TEST(AtomicFile, ShortAndInterruptedWritesAreFinished) {
  for (const Call call : {Call::kOpen, Call::kPwrite, Call::kFtruncate}) {
    for (std::size_t nth = 1; nth <= 20; ++nth) {
      const TempFolder folder(testing::On::kMemory);
      FaultySystem system({.call = call, .nth = nth, .error = EINTR});
      system.limit_pieces(1);
      const Status status = write_atomically(system, folder / "out", {});
      ASSERT_TRUE(status.ok()) << status.to_string();
      EXPECT_EQ(read_file(folder / "out"), kContent);
    }
  }
}

TEST(AtomicFile, FailedFsyncLeavesNoOutputAndIsNotTriedAgain) {
  for (const Ways ways : kAllWays) {
    const TempFolder folder;
    FaultySystem system({.call = Call::kFsync});
    set_ways(system, ways);
    auto file = AtomicFile::create(system, folder / "out", {});
    ASSERT_TRUE(fill(**file).ok());
    EXPECT_EQ((*file)->commit().code(), Code::kIo);
    EXPECT_EQ(folder.names(), Names()) << "gone at once, not only with the object";
    EXPECT_EQ((*file)->commit().code(), Code::kInternal);
    EXPECT_EQ(system.count(Call::kFsync), 1U);
    EXPECT_EQ(folder.names(), Names());
  }
}

TEST(AtomicFile, FailedCloseLeavesNoOutput) {
  const TempFolder folder;
  FaultySystem system;
  auto file = AtomicFile::create(system, folder / "out", {.sync = false});
  ASSERT_TRUE(fill(**file).ok());
  system.inject({.call = Call::kClose, .nth = system.count(Call::kClose) + 1, .error = EDQUOT});
  EXPECT_EQ((*file)->commit().code(), Code::kIo);
  EXPECT_EQ(folder.names(), Names());
}

TEST(AtomicFile, FailedDirectoryFsyncTakesANewNameBack) {
  for (const Ways ways : kAllWays) {
    const TempFolder folder;
    FaultySystem system({.call = Call::kFsync, .nth = 2});
    set_ways(system, ways);
    EXPECT_EQ(write_atomically(system, folder / "out", {}).code(), Code::kIo);
    EXPECT_EQ(folder.names(), Names());
  }
}

TEST(AtomicFile, FailedDirectoryFsyncLeavesTheCompleteReplacement) {
  for (const Ways ways : kAllWays) {
    const TempFolder folder;
    write_file(folder / "out", "old");
    FaultySystem system({.call = Call::kFsync, .nth = 2});
    set_ways(system, ways);
    EXPECT_EQ(write_atomically(system, folder / "out", {.replace = true}).code(), Code::kIo);
    EXPECT_EQ(read_file(folder / "out"), kContent);
    EXPECT_EQ(folder.names(), Names{"out"});
  }
}

TEST(AtomicFile, DirectoriesThatCannotBeSyncedAreNoFailure) {
  for (const int error : {EINVAL, ENOSYS, EOPNOTSUPP}) {
    const TempFolder folder;
    const FaultySystem system({.call = Call::kFsync, .nth = 2, .error = error});
    EXPECT_TRUE(write_atomically(system, folder / "out", {}).ok());
    EXPECT_EQ(read_file(folder / "out"), kContent);
  }
}

TEST(AtomicFile, WriteFailureInTheMiddleLeavesNoOutput) {
  for (const int error : {ENOSPC, EDQUOT, EFBIG, EIO}) {
    for (std::size_t nth = 1; nth <= 17; ++nth) {
      const TempFolder folder(testing::On::kMemory);
      FaultySystem system({.call = Call::kPwrite, .nth = nth, .error = error});
      system.limit_pieces(1);
      const Status status = write_atomically(system, folder / "out", {});
      EXPECT_EQ(status.code(), Code::kIo);
      EXPECT_TRUE(status.offset());
      EXPECT_EQ(folder.names(), Names());
    }
  }
}

// ---- durability ----

TEST(AtomicFile, InputIsRemovedOnlyAfterTheOutputIsDurable) {
  const TempFolder folder;
  write_file(folder / "in", "source");
  const FaultySystem system;
  ASSERT_TRUE(write_atomically(system, folder / "out", {}).ok());
  ASSERT_TRUE(remove_file(system, folder / "in", true).ok());
  const std::size_t removed = system.position("unlink in");
  ASSERT_NE(removed, FaultySystem::npos);
  EXPECT_LT(system.position("ftruncate"), system.position("fsync file"));
  EXPECT_LT(system.position("fsync file"), system.position("link out"));
  EXPECT_LT(system.position("link out"), system.position("fsync directory"));
  EXPECT_LT(system.position("fsync directory"), removed);
  EXPECT_EQ(system.log().at(system.log().size() - 2), "fsync directory") << "the removal's own";
}

TEST(AtomicFile, ReplacementIsDurableBeforeItTakesTheName) {
  for (const Ways ways : kAllWays) {
    const TempFolder folder;
    write_file(folder / "out", "old");
    FaultySystem system;
    set_ways(system, ways);
    ASSERT_TRUE(write_atomically(system, folder / "out", {.replace = true}).ok());
    const std::size_t renamed = system.position("rename .out.kompakt-0 out");
    ASSERT_NE(renamed, FaultySystem::npos);
    EXPECT_LT(system.position("fsync file"), renamed);
    EXPECT_LT(renamed, system.position("fsync directory"));
  }
}

TEST(AtomicFile, WithoutSyncNothingIsSynced) {
  const TempFolder folder;
  const FaultySystem system;
  ASSERT_TRUE(write_atomically(system, folder / "out", {.sync = false}).ok());
  EXPECT_EQ(system.count(Call::kFsync), 0U);
  EXPECT_EQ(read_file(folder / "out"), kContent);
}

// ---- what is at the name already ----

TEST(AtomicFile, ExistingFileIsRefusedAtOnceAndUntouched) {
  for (const Ways ways : kAllWays) {
    const TempFolder folder;
    write_file(folder / "out", "old");
    FaultySystem system;
    set_ways(system, ways);
    EXPECT_EQ(AtomicFile::create(system, folder / "out", {}).status().code(), Code::kAlreadyExists);
    EXPECT_EQ(read_file(folder / "out"), "old");
    EXPECT_EQ(folder.names(), Names{"out"});
  }
}

TEST(AtomicFile, FileThatAppearsMeanwhileIsNotOverwritten) {
  for (const Ways ways : kAllWays) {
    const TempFolder folder;
    FaultySystem system;
    set_ways(system, ways);
    auto file = AtomicFile::create(system, folder / "out", {});
    ASSERT_TRUE(fill(**file).ok());
    write_file(folder / "out", "theirs");
    EXPECT_EQ((*file)->commit().code(), Code::kAlreadyExists);
    EXPECT_EQ(read_file(folder / "out"), "theirs");
    EXPECT_EQ(folder.names(), Names{"out"});
  }
}

// At the last moment: while the data is being made durable.
TEST(AtomicFile, FileThatAppearsDuringCommitIsReplacedOnlyOnRequest) {
  for (const Ways ways : kAllWays) {
    for (const bool replace : {false, true}) {
      const TempFolder folder;
      FaultySystem system;
      set_ways(system, ways);
      system.after_each_call([&](Call call, const std::string& what) {
        if (call == Call::kFsync && what == "file") {
          write_file(folder / "out", "theirs");
        }
      });
      const Status status = write_atomically(system, folder / "out", {.replace = replace});
      EXPECT_EQ(status.code(), replace ? Code::kOk : Code::kAlreadyExists);
      EXPECT_EQ(read_file(folder / "out"), replace ? kContent : "theirs");
      EXPECT_EQ(folder.names(), Names{"out"});
    }
  }
}

TEST(AtomicFile, SymlinkAtTheNameIsNeverFollowed) {
  for (const Ways ways : kAllWays) {
    for (const bool dangling : {false, true}) {
      const TempFolder folder;
      if (!dangling) {
        write_file(folder / "elsewhere", "precious");
      }
      std::filesystem::create_symlink("elsewhere", folder / "out");
      FaultySystem system;
      set_ways(system, ways);
      EXPECT_EQ(AtomicFile::create(system, folder / "out", {}).status().code(),
                Code::kAlreadyExists);
      ASSERT_TRUE(write_atomically(system, folder / "out", {.replace = true}).ok());
      EXPECT_TRUE(S_ISREG(stat_of(folder / "out").st_mode));
      EXPECT_EQ(read_file(folder / "out"), kContent);
      EXPECT_EQ(read_file(folder / "elsewhere"), dangling ? "" : "precious");
      EXPECT_EQ(std::filesystem::exists(folder / "elsewhere"), !dangling);
    }
  }
}

TEST(AtomicFile, SymlinkThatAppearsMeanwhileIsNotFollowed) {
  for (const Ways ways : kAllWays) {
    for (const bool replace : {false, true}) {
      const TempFolder folder;
      write_file(folder / "elsewhere", "precious");
      FaultySystem system;
      set_ways(system, ways);
      auto file = AtomicFile::create(system, folder / "out", {.replace = replace});
      ASSERT_TRUE(fill(**file).ok());
      std::filesystem::create_symlink("elsewhere", folder / "out");
      EXPECT_EQ((*file)->commit().code(), replace ? Code::kOk : Code::kAlreadyExists);
      EXPECT_EQ(S_ISLNK(stat_of(folder / "out").st_mode), !replace);
      EXPECT_EQ(read_file(folder / "elsewhere"), "precious");
    }
  }
}

TEST(AtomicFile, OtherHardLinksOfAReplacedFileKeepTheirContent) {
  for (const Ways ways : kAllWays) {
    const TempFolder folder;
    write_file(folder / "other", "old");
    std::filesystem::create_hard_link(folder / "other", folder / "out");
    FaultySystem system;
    set_ways(system, ways);
    ASSERT_TRUE(write_atomically(system, folder / "out", {.replace = true}).ok());
    EXPECT_EQ(read_file(folder / "other"), "old");
    EXPECT_EQ(read_file(folder / "out"), kContent);
    EXPECT_EQ(stat_of(folder / "out").st_nlink, 1U);
  }
}

TEST(AtomicFile, DirectoriesAndSpecialFilesAreNotReplaced) {
  const TempFolder folder;
  std::filesystem::create_directory(folder / "directory");
  ASSERT_EQ(::mkfifo((folder / "fifo").c_str(), 0600), 0);
  for (const char* name : {"directory", "fifo"}) {
    EXPECT_EQ(AtomicFile::create(real_system(), folder / name, {}).status().code(),
              Code::kAlreadyExists);
    EXPECT_EQ(AtomicFile::create(real_system(), folder / name, {.replace = true}).status().code(),
              Code::kIo);
  }
  EXPECT_EQ(folder.names(), (Names{"directory", "fifo"}));
}

TEST(AtomicFile, DirectoryThatAppearsMeanwhileIsNotReplaced) {
  for (const Ways ways : kAllWays) {
    const TempFolder folder;
    FaultySystem system;
    set_ways(system, ways);
    auto file = AtomicFile::create(system, folder / "out", {.replace = true});
    ASSERT_TRUE(fill(**file).ok());
    std::filesystem::create_directory(folder / "out");
    EXPECT_EQ((*file)->commit().code(), Code::kIo);
    EXPECT_TRUE(S_ISDIR(stat_of(folder / "out").st_mode));
    EXPECT_EQ(folder.names(), Names{"out"});
  }
}

// ---- names ----

TEST(AtomicFile, NamesThatAreNoFileNamesAreRefused) {
  const TempFolder folder;
  for (const std::string& path : {std::string(), folder.path() + "/", folder / ".", folder / "..",
                                  std::string("."), folder / std::string_view("a\0b", 3)}) {
    EXPECT_EQ(AtomicFile::create(real_system(), path, {}).status().code(), Code::kInvalidArgument)
        << path;
  }
  EXPECT_EQ(AtomicFile::create(real_system(), folder / "missing/out", {}).status().code(),
            Code::kIo);
}

TEST(AtomicFile, LongestNamesWork) {
  const std::string longest(255, 'n');
  for (const Ways ways : kAllWays) {
    const TempFolder folder;
    FaultySystem system;
    set_ways(system, ways);
    ASSERT_TRUE(write_atomically(system, folder / longest, {}).ok());
    ASSERT_TRUE(write_atomically(system, folder / longest, {.replace = true}).ok());
    EXPECT_EQ(folder.names(), Names{longest});
    EXPECT_EQ(AtomicFile::create(system, folder / (longest + "n"), {}).status().code(), Code::kIo)
        << "told before the work, not after it";
  }
}

TEST(AtomicFile, RelativePathsAndOtherDirectories) {
  const auto before = std::filesystem::current_path();
  for (const Ways ways : kAllWays) {
    const TempFolder folder;
    std::filesystem::create_directory(folder / "sub");
    std::filesystem::current_path(folder.path());
    FaultySystem system;
    set_ways(system, ways);
    EXPECT_TRUE(write_atomically(system, "out", {}).ok());
    EXPECT_TRUE(write_atomically(system, "sub/out", {}).ok());
    EXPECT_TRUE(write_atomically(system, "sub/../sub//other", {}).ok());
    EXPECT_TRUE(write_atomically(system, "-n", {}).ok());
    EXPECT_EQ(folder.names(), (Names{"-n", "out", "sub"}));
    EXPECT_EQ(read_file(folder / "sub/out"), kContent);
    EXPECT_EQ(read_file(folder / "sub/other"), kContent);
    std::filesystem::current_path(before);
  }
}

TEST(AtomicFile, DirectoryThatIsMovedTakesTheOutputAlong) {
  const TempFolder folder;
  std::filesystem::create_directory(folder / "a");
  auto file = AtomicFile::create(real_system(), folder / "a/out", {});
  ASSERT_TRUE(fill(**file).ok());
  std::filesystem::rename(folder / "a", folder / "b");
  ASSERT_TRUE((*file)->commit().ok());
  EXPECT_EQ(read_file(folder / "b/out"), kContent);
}

TEST(HiddenName, IsShortEnoughForEveryFileSystemAndStaysText) {
  EXPECT_EQ(hidden_name("out", 7), ".out.kompakt-7");
  EXPECT_LE(hidden_name(std::string(255, 'n'), kMaxHiddenNames - 1).size(), 143U);
  // 119 letters, then a three-byte character across the cut at 120.
  const std::string letters(119, 'n');
  EXPECT_EQ(hidden_name(letters + "\xE2\x82\xAC" + "xyz", 0), "." + letters + ".kompakt-0");
  EXPECT_EQ(hidden_name(std::string(119, 'n') + "xyz", 0), "." + letters + "x.kompakt-0");
}

TEST(HiddenName, PathsAreSplitAtTheLastSlash) {
  const auto split = [](const std::string& path) {
    const SplitPath parts = split_path(path);
    return parts.directory + "|" + parts.name;
  };
  EXPECT_EQ(split("out"), ".|out");
  EXPECT_EQ(split("/out"), "/|out");
  EXPECT_EQ(split("a/b/out"), "a/b|out");
  EXPECT_EQ(split("a/"), "a|");
}

// ---- crashes ----

// Kills a writer after each of its calls in turn.
TEST(AtomicFile, KilledAnywhereLeavesOldOrNewAndTheNextRunCleansUp) {
  for (const Ways ways : {Ways::kUnnamed, Ways::kHidden, Ways::kHiddenPlainRename}) {
    for (const bool replace : {false, true}) {
      bool finished = false;
      for (std::size_t deadline = 1; !finished; ++deadline) {
        const TempFolder folder(testing::On::kMemory);
        if (replace) {
          write_file(folder / "out", "old");
        }
        const int ended = in_child([&] {
          FaultySystem system;
          set_ways(system, ways);
          std::size_t calls = 0;
          system.after_each_call([&](Call, const std::string&) {
            if (++calls == deadline) {
              std::raise(SIGKILL);
            }
          });
          EXPECT_TRUE(write_atomically(system, folder / "out", {.replace = replace}).ok());
        });
        finished = !killed_by(ended, SIGKILL);
        ASSERT_TRUE(!finished || ended == 0);
        const std::string now = read_file(folder / "out");
        EXPECT_TRUE(now == kContent || now == (replace ? "old" : "")) << deadline;
        const bool exists = std::filesystem::exists(folder / "out");
        EXPECT_EQ(exists, !now.empty());
        static_cast<void>(AtomicFile::create(real_system(), folder / "out", {}));
        EXPECT_EQ(folder.names(), exists ? Names{"out"} : Names()) << deadline;
      }
    }
  }
}

TEST(AtomicFile, LeftoversAreSweptAlsoBehindAGap) {
  const TempFolder folder;
  for (const char* name : {".out.kompakt-0", ".out.kompakt-3", ".out.kompakt-9"}) {
    write_file(folder / name, "left by a crash");
  }
  write_file(folder / ".other.kompakt-0", "not ours to judge");
  ASSERT_TRUE(write_atomically(real_system(), folder / "out", {}).ok());
  EXPECT_EQ(folder.names(), (Names{".other.kompakt-0", "out"}));
}

TEST(AtomicFile, LiveOutputsOfOthersAreNotSwept) {
  const TempFolder folder;
  FaultySystem system;
  set_ways(system, Ways::kHidden);
  auto first = AtomicFile::create(system, folder / "out", {});
  auto second = AtomicFile::create(system, folder / "out", {});
  auto third = AtomicFile::create(real_system(), folder / "out", {.replace = true});
  ASSERT_TRUE(first.ok() && second.ok() && third.ok());
  EXPECT_EQ(folder.names(), (Names{".out.kompakt-0", ".out.kompakt-1"}));
  ASSERT_TRUE(fill(**first).ok() && fill(**second).ok());
  EXPECT_TRUE((*second)->commit().ok());
  EXPECT_EQ((*first)->commit().code(), Code::kAlreadyExists);
  EXPECT_TRUE((*third)->commit().ok());
  EXPECT_EQ(read_file(folder / "out"), "");
  EXPECT_EQ(folder.names(), Names{"out"});
}

TEST(AtomicFile, ThingsThatOnlyLookLikeLeftoversStay) {
  const TempFolder folder;
  std::filesystem::create_directory(folder / ".out.kompakt-0");
  ASSERT_EQ(::mkfifo((folder / ".out.kompakt-1").c_str(), 0600), 0);
  write_file(folder / "precious", "precious");
  std::filesystem::create_symlink("precious", folder / ".out.kompakt-2");
  for (const Ways ways : kAllWays) {
    for (const bool replace : {false, true}) {
      FaultySystem system;
      set_ways(system, ways);
      std::filesystem::remove(folder / "out");
      if (replace) {
        write_file(folder / "out", "old");
      }
      ASSERT_TRUE(write_atomically(system, folder / "out", {.replace = replace}).ok());
      EXPECT_EQ(read_file(folder / "out"), kContent);
    }
  }
  EXPECT_EQ(folder.names(),
            (Names{".out.kompakt-0", ".out.kompakt-1", ".out.kompakt-2", "out", "precious"}));
  EXPECT_EQ(read_file(folder / "precious"), "precious");
}

TEST(AtomicFile, LeftoversThatCannotBeRemovedAreSteppedOver) {
  const TempFolder folder;
  write_file(folder / ".out.kompakt-0", "left by a crash");
  FaultySystem system({.call = Call::kUnlink, .error = EPERM, .for_ever = true});
  set_ways(system, Ways::kHidden);
  ASSERT_TRUE(write_atomically(system, folder / "out", {}).ok());
  EXPECT_EQ(read_file(folder / "out"), kContent);
}

TEST(AtomicFile, TooManyOutputsOfOneNameAreAnError) {
  const TempFolder folder(testing::On::kMemory);
  for (std::size_t number = 0; number < kMaxHiddenNames; ++number) {
    std::filesystem::create_directory(folder / hidden_name("out", number));
  }
  FaultySystem system;
  set_ways(system, Ways::kHidden);
  EXPECT_EQ(AtomicFile::create(system, folder / "out", {}).status().code(), Code::kIo);
  write_file(folder / "old", "old");
  std::filesystem::rename(folder / "old", folder / "out");
  EXPECT_EQ(write_atomically(real_system(), folder / "out", {.replace = true}).code(), Code::kIo);
  EXPECT_EQ(read_file(folder / "out"), "old");
}

// Between creating a hidden file and locking it, another process may sweep it, and a third may take
// the name.
TEST(AtomicFile, FileSweptBeforeItWasLockedIsGivenUp) {
  for (const bool taken : {false, true}) {
    const TempFolder folder;
    FaultySystem system;
    set_ways(system, Ways::kHidden);
    bool swept = false;
    system.after_each_call([&](Call call, const std::string& what) {
      if (call == Call::kOpen && what == ".out.kompakt-0" && !swept) {
        swept = true;
        std::filesystem::remove(folder / what);
        if (taken) {
          write_file(folder / what, "theirs");
        }
      }
    });
    ASSERT_TRUE(write_atomically(system, folder / "out", {}).ok());
    EXPECT_TRUE(swept);
    EXPECT_EQ(read_file(folder / "out"), kContent);
    EXPECT_EQ(read_file(folder / ".out.kompakt-0"), taken ? "theirs" : "");
  }
}

// A cleaner of old files is not bound by our locks.
TEST(AtomicFile, HiddenFileTakenAwayIsAnErrorAndNeverAnothersFile) {
  for (const bool taken : {false, true}) {
    const TempFolder folder;
    FaultySystem system;
    set_ways(system, Ways::kHidden);
    auto file = AtomicFile::create(system, folder / "out", {.replace = true});
    ASSERT_TRUE(fill(**file).ok());
    std::filesystem::remove(folder / ".out.kompakt-0");
    if (taken) {
      write_file(folder / ".out.kompakt-0", "theirs");
    }
    EXPECT_EQ((*file)->commit().code(), Code::kIo);
    file->reset();
    EXPECT_EQ(folder.names(), taken ? Names{".out.kompakt-0"} : Names());
  }
}

// ---- signals ----

void clean_up_and_die(int signal) {
  remove_hidden_files_from_signal();
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

TEST(AtomicFile, SignalHandlerRemovesAllHiddenFiles) {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGXCPU, SIGXFSZ}) {
    const TempFolder folder;
    write_file(folder / "c", "old");
    const int ended = in_child([&] {
      FaultySystem system;
      set_ways(system, Ways::kHidden);
      auto a = AtomicFile::create(system, folder / "a", {});
      auto b = AtomicFile::create(system, folder / "b", {});
      auto c = AtomicFile::create(system, folder / "c", {.replace = true});
      ASSERT_TRUE(a.ok() && b.ok() && c.ok());
      ASSERT_EQ(folder.names().size(), 4U);
      ASSERT_TRUE((*b)->commit().ok());
      std::signal(signal, clean_up_and_die);
      std::raise(signal);
    });
    EXPECT_TRUE(killed_by(ended, signal)) << signal;
    EXPECT_EQ(folder.names(), (Names{"b", "c"})) << "what was committed stays";
    EXPECT_EQ(read_file(folder / "c"), "old");
  }
}

// An unnamed file that replaces another has a hidden name for a moment.
TEST(AtomicFile, SignalDuringReplacementLeavesNoHiddenFile) {
  const TempFolder folder;
  write_file(folder / "out", "old");
  const int ended = in_child([&] {
    std::signal(SIGTERM, clean_up_and_die);
    FaultySystem system;
    system.after_each_call([&](Call call, const std::string& what) {
      if (call == Call::kLstat && what == ".out.kompakt-0" && system.count(Call::kLink) == 2) {
        std::raise(SIGTERM);
      }
    });
    static_cast<void>(write_atomically(system, folder / "out", {.replace = true}));
  });
  EXPECT_TRUE(killed_by(ended, SIGTERM));
  EXPECT_EQ(folder.names(), Names{"out"});
  EXPECT_EQ(read_file(folder / "out"), "old");
}

TEST(AtomicFile, CleanupListThatIsFullCostsOnlyTheCleanup) {
  const TempFolder folder;
  FaultySystem system;
  set_ways(system, Ways::kHidden);
  std::vector<std::unique_ptr<AtomicFile>> files;
  for (int i = 0; i < 80; ++i) {
    auto file = AtomicFile::create(system, folder / std::to_string(i), {});
    ASSERT_TRUE(file.ok());
    files.push_back(*std::move(file));
  }
  for (auto& file : files) {
    ASSERT_TRUE(file->commit().ok());
  }
  EXPECT_EQ(folder.names().size(), 80U);
}

// ---- metadata ----

TEST(AtomicFile, NobodyElseMayReadBeforeCommitWhateverTheUmask) {
  const UmaskGuard umask(0);
  for (const Ways ways : kAllWays) {
    const TempFolder folder;
    FaultySystem system;
    set_ways(system, ways);
    auto file = AtomicFile::create(system, folder / "out", {});
    EXPECT_EQ(mode_of((*file)->descriptor()), 0600U);
    ASSERT_TRUE(fill(**file).ok());
    EXPECT_EQ(mode_of((*file)->descriptor()), 0600U);
    ASSERT_TRUE((*file)->commit().ok());
    EXPECT_EQ(mode_of(stat_of(folder / "out")), 0666U) << "a file without a history";
  }
}

// Looks at the file after every single call, from the first to the last.
TEST(AtomicFile, NeverMoreReadableThanTheInput) {
  const UmaskGuard umask(0);
  for (const Ways ways : kAllWays) {
    const TempFolder folder;
    write_file(folder / "in", "x");
    ASSERT_EQ(::chmod((folder / "in").c_str(), 0640), 0);
    const Descriptor in(real_system(), ::open((folder / "in").c_str(), O_RDONLY | O_CLOEXEC));
    FaultySystem system;
    set_ways(system, ways);
    system.after_each_call([&](Call, const std::string&) {
      for (const std::string& name : folder.names()) {
        EXPECT_EQ(mode_of(stat_of(folder / name)) & ~mode_t{0640}, 0U) << name;
      }
    });
    auto file = AtomicFile::create(system, folder / "out", {});
    ASSERT_TRUE(file.ok());
    auto metadata = read_metadata(real_system(), in.get());
    ASSERT_TRUE(metadata.ok());
    (*file)->set_metadata(*std::move(metadata));
    ASSERT_TRUE(fill(**file).ok());
    EXPECT_EQ(mode_of((*file)->descriptor()), 0600U);
    ASSERT_TRUE((*file)->commit().ok());
    EXPECT_EQ(mode_of(stat_of(folder / "out")), 0640U);
  }
}

TEST(AtomicFile, DefaultModeFollowsTheUmask) {
  for (const mode_t mask : {mode_t{0}, mode_t{022}, mode_t{077}, mode_t{0777}}) {
    const TempFolder folder;
    const UmaskGuard umask(mask);
    ASSERT_TRUE(write_atomically(real_system(), folder / "out", {}).ok());
    EXPECT_EQ(mode_of(stat_of(folder / "out")), 0666U & ~mask);
    EXPECT_EQ(::umask(mask), mask) << "not changed on the way";
  }
}

class Metadata : public ::testing::Test {
 protected:
  Metadata() {
    write_file(folder_ / "in", "x");
    in_ = Descriptor(real_system(), ::open((folder_ / "in").c_str(), O_RDWR | O_CLOEXEC));
  }
  /// Commits "out" with the metadata of "in".
  void copy() {
    auto file = AtomicFile::create(real_system(), folder_ / "out", {.replace = true});
    ASSERT_TRUE(file.ok());
    auto metadata = read_metadata(real_system(), in_.get());
    ASSERT_TRUE(metadata.ok());
    (*file)->set_metadata(*std::move(metadata));
    ASSERT_TRUE(fill(**file).ok());
    const Status status = (*file)->commit();
    ASSERT_TRUE(status.ok()) << status.to_string();
  }

  TempFolder folder_;
  Descriptor in_;
};

TEST_F(Metadata, ModeAndTimesAreKeptToTheNanosecond) {
  ASSERT_EQ(::fchmod(in_.get(), 0751), 0);
  const std::array<timespec, 2> times = {timespec{1'000'000'001, 987'654'321},
                                         timespec{1'234'567'890, 123'456'789}};
  ASSERT_EQ(::futimens(in_.get(), times.data()), 0);
  copy();
  const struct stat out = stat_of(folder_ / "out");
  EXPECT_EQ(mode_of(out), 0751U);
  EXPECT_EQ(out.st_mtim.tv_sec, times[1].tv_sec);
  EXPECT_EQ(out.st_mtim.tv_nsec, times[1].tv_nsec);
  EXPECT_EQ(out.st_atim.tv_sec, times[0].tv_sec);
  EXPECT_EQ(out.st_atim.tv_nsec, times[0].tv_nsec);
}

TEST_F(Metadata, OwnerIsKeptWhereTheUserMay) {
  if (::fchown(in_.get(), 12345, 23456) != 0) {
    GTEST_SKIP() << "may not give files away";
  }
  ASSERT_EQ(::fchmod(in_.get(), 06750), 0);
  copy();
  const struct stat out = stat_of(folder_ / "out");
  EXPECT_EQ(out.st_uid, 12345U);
  EXPECT_EQ(out.st_gid, 23456U);
  EXPECT_EQ(mode_of(out), 06750U) << "set-id bits survive the change of owner";
}

TEST_F(Metadata, ExtendedAttributesAreKept) {
  const std::string binary("a\0b", 3);
  if (::fsetxattr(in_.get(), "user.kompakt.test", binary.data(), binary.size(), 0) != 0) {
    GTEST_SKIP() << "no extended attributes here";
  }
  ASSERT_EQ(::fsetxattr(in_.get(), "user.kompakt.empty", "", 0, 0), 0);
  copy();
  std::string value(10, '?');
  const ssize_t size =
      ::getxattr((folder_ / "out").c_str(), "user.kompakt.test", value.data(), value.size());
  ASSERT_EQ(size, 3);
  EXPECT_EQ(value.substr(0, 3), binary);
  EXPECT_EQ(::getxattr((folder_ / "out").c_str(), "user.kompakt.empty", nullptr, 0), 0);
}

TEST_F(Metadata, FailureToExamineIsReported) {
  const FaultySystem system({.call = Call::kFstat, .error = EIO});
  EXPECT_EQ(read_metadata(system, in_.get()).status().code(), Code::kIo);
}

// Metadata without an owner may come from anywhere, and so may its set-id bits and its group.
TEST_F(Metadata, RightsOfAnUnknownOwnerAreCut) {
  auto file = AtomicFile::create(real_system(), folder_ / "out", {});
  (*file)->set_metadata({.mode = 06754, .has_owner = false, .xattrs = {}});
  ASSERT_TRUE((*file)->commit().ok());
  EXPECT_EQ(mode_of(stat_of(folder_ / "out")), 0744U);
}

/// Commits `path` with `metadata` as a user who may not give files away, in a child process.
void commit_as_nobody(const std::string& path, const FileMetadata& metadata) {
  const int ended = in_child([&] {
    if (::getuid() == 0) {
      constexpr uid_t kNobody = 65534;
      ASSERT_EQ(::setgroups(0, nullptr), 0);
      ASSERT_EQ(::setresgid(kNobody, kNobody, kNobody), 0);
      ASSERT_EQ(::setresuid(kNobody, kNobody, kNobody), 0);
    }
    auto file = AtomicFile::create(real_system(), path, {});
    ASSERT_TRUE(file.ok()) << file.status().to_string();
    (*file)->set_metadata(metadata);
    const Status status = (*file)->commit();
    ASSERT_TRUE(status.ok()) << status.to_string();
  });
  EXPECT_EQ(ended, 0);
}

// Where the group cannot be kept, its members become others and some of the others its members.
TEST_F(Metadata, LostGroupNeverWidensTheRights) {
  ASSERT_EQ(::chmod(folder_.path().c_str(), 0777), 0);
  const std::vector<std::pair<mode_t, mode_t>> cases = {{0644, 0644},  {0640, 0600}, {0604, 0600},
                                                        {0664, 0644},  {0646, 0644}, {0777, 0777},
                                                        {06755, 0755}, {0070, 0000}};
  for (const auto& [in, out] : cases) {
    const std::string path = folder_ / std::to_string(in);
    commit_as_nobody(path, {.mode = in, .has_owner = true, .uid = 0, .gid = 0, .xattrs = {}});
    EXPECT_EQ(mode_of(stat_of(path)), out) << std::oct << in;
  }
}

// ---- access control lists ----

constexpr const char* kAccessList = "system.posix_acl_access";

/// The kernel's form of a list: version 2, then tag, rights and id of each entry, little-endian.
std::string access_list(const std::vector<std::array<std::uint32_t, 3>>& entries) {
  std::string bytes("\2\0\0\0", 4);
  const auto put = [&](std::uint32_t value, int size) {
    for (int i = 0; i < size; ++i) {
      bytes += static_cast<char>((value >> (8U * static_cast<unsigned>(i))) & 0xFFU);
    }
  };
  for (const auto& [tag, rights, id] : entries) {
    put(tag, 2);
    put(rights, 2);
    put(id, 4);
  }
  return bytes;
}

// Owner rw, user 4242 `user`, group none, mask r, others none: the mode shows as 0640 although the
// group may not read.
std::string list_for_user(std::uint32_t user_rights) {
  constexpr std::uint32_t kNoId = 0xFFFFFFFF;
  return access_list({{{0x01, 6, kNoId}},
                      {{0x02, user_rights, 4242}},
                      {{0x04, 0, kNoId}},
                      {{0x10, 4, kNoId}},
                      {{0x20, 0, kNoId}}});
}

std::string list_of(const std::string& path) {
  std::string value(1000, '\0');
  const ssize_t size = ::getxattr(path.c_str(), kAccessList, value.data(), value.size());
  value.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  return value;
}

class AccessList : public Metadata {
 protected:
  void SetUp() override {
    const std::string list = list_for_user(4);
    if (::fsetxattr(in_.get(), kAccessList, list.data(), list.size(), 0) != 0) {
      GTEST_SKIP() << "no access control lists here";
    }
  }
};

TEST_F(AccessList, IsKept) {
  copy();
  EXPECT_EQ(list_of(folder_ / "out"), list_for_user(4));
  EXPECT_EQ(mode_of(stat_of(folder_ / "out")), 0640U);
}

// Without the list, the group's bits of the mode would let a group in that the list kept out.
TEST_F(AccessList, ThatCannotBeKeptLeavesTheOwnerAlone) {
  auto metadata = read_metadata(real_system(), in_.get());
  ASSERT_TRUE(metadata.ok());
  metadata->xattrs = {{kAccessList, "not a list"}};
  auto file = AtomicFile::create(real_system(), folder_ / "out", {});
  (*file)->set_metadata(*metadata);
  ASSERT_TRUE((*file)->commit().ok());
  EXPECT_EQ(mode_of(stat_of(folder_ / "out")), 0600U);
}

TEST_F(AccessList, OfALostGroupLeavesTheOwnerAlone) {
  ASSERT_EQ(::chmod(folder_.path().c_str(), 0777), 0);
  auto metadata = read_metadata(real_system(), in_.get());
  ASSERT_TRUE(metadata.ok());
  metadata->uid = 0;
  metadata->gid = 0;
  commit_as_nobody(folder_ / "out", *metadata);
  EXPECT_EQ(mode_of(stat_of(folder_ / "out")), 0600U);
  EXPECT_EQ(list_of(folder_ / "out"), "");
}

// The output's directory must not let in whom the input kept out.
TEST_F(AccessList, OfTheDirectoryDoesNotReachAFileWithMetadata) {
  const std::string inherited = list_for_user(6);
  ASSERT_EQ(::setxattr(folder_.path().c_str(), "system.posix_acl_default", inherited.data(),
                       inherited.size(), 0),
            0);
  ASSERT_EQ(::fremovexattr(in_.get(), kAccessList), 0);
  ASSERT_EQ(::fchmod(in_.get(), 0640), 0);
  copy();
  EXPECT_EQ(list_of(folder_ / "out"), "");
  EXPECT_EQ(mode_of(stat_of(folder_ / "out")), 0640U);
}

// ---- remove_file ----

TEST(RemoveFile, RemovesAndSyncsTheDirectory) {
  const TempFolder folder;
  write_file(folder / "in", "x");
  const struct stat in = stat_of(folder / "in");
  const FaultySystem system;
  EXPECT_TRUE(remove_file(system, folder / "in", true, &in).ok());
  EXPECT_EQ(folder.names(), Names());
  EXPECT_LT(system.position("unlink in"), system.position("fsync directory"));
}

TEST(RemoveFile, OnlyTheVeryFileThatWasRead) {
  const TempFolder folder;
  write_file(folder / "in", "read");
  const struct stat in = stat_of(folder / "in");
  std::filesystem::rename(folder / "in", folder / "moved");
  write_file(folder / "in", "new");
  std::filesystem::create_symlink("moved", folder / "link");
  for (const char* name : {"in", "link", "missing"}) {
    EXPECT_EQ(remove_file(real_system(), folder / name, true, &in).code(), Code::kIo) << name;
  }
  EXPECT_EQ(folder.names(), (Names{"in", "link", "moved"}));
}

TEST(RemoveFile, EveryFailureIsReported) {
  for (const Call call : {Call::kOpen, Call::kLstat, Call::kUnlink, Call::kFsync}) {
    const TempFolder folder;
    write_file(folder / "in", "x");
    const struct stat in = stat_of(folder / "in");
    const FaultySystem system({.call = call});
    const Status status = remove_file(system, folder / "in", true, &in);
    EXPECT_EQ(status.code(), Code::kIo);
    EXPECT_EQ(status.file(), folder / "in");
    EXPECT_EQ(std::filesystem::exists(folder / "in"), call != Call::kFsync) << call_name(call);
  }
}

}  // namespace
}  // namespace kompakt
