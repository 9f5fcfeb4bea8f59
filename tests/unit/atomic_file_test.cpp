#include "io/atomic_file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>
#include <vector>

#include "atomic_writing.hpp"
#include "faulty_system.hpp"
#include "temp_folder.hpp"
#include "test_data.hpp"

namespace kompakt {
namespace {

using testing::Call;
using testing::call_name;
using testing::Fault;
using testing::FaultySystem;
using testing::fill;
using testing::kAllWays;
using testing::kContent;
using testing::Names;
using testing::open_descriptors;
using testing::read_file;
using testing::set_ways;
using testing::stat_of;
using testing::TempFolder;
using testing::Ways;
using testing::write_atomically;
using testing::write_file;

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
