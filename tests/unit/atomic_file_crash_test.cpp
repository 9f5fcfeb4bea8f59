#include "io/atomic_file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <csignal>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "atomic_writing.hpp"
#include "faulty_system.hpp"
#include "temp_folder.hpp"
#include "test_data.hpp"

namespace kompakt {
namespace {

using testing::Call;
using testing::FaultySystem;
using testing::fill;
using testing::in_child;
using testing::kAllWays;
using testing::kContent;
using testing::killed_by;
using testing::Names;
using testing::read_file;
using testing::set_ways;
using testing::TempFolder;
using testing::Ways;
using testing::write_atomically;
using testing::write_file;

// ---- crashes ----

// Kills a writer after each of its calls in turn, those aside that only look.
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
          system.after_each_call([&](Call call, const std::string&) {
            const bool only_looks = call == Call::kLstat || call == Call::kFstat;
            if (!only_looks && ++calls == deadline) {
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

// A replacement has a hidden name between two calls; another run may sweep at that very moment.
TEST(AtomicFile, ReplacementUnderWayIsNotSweptByAnotherRun) {
  const TempFolder folder;
  write_file(folder / "out", "old");
  FaultySystem system;
  bool swept = false;
  system.after_each_call([&](Call call, const std::string& what) {
    if (call == Call::kLink && what == ".out.kompakt-0") {
      swept = true;
      static_cast<void>(AtomicFile::create(real_system(), folder / "out", {}));
    }
  });
  ASSERT_TRUE(write_atomically(system, folder / "out", {.replace = true}).ok());
  EXPECT_TRUE(swept);
  EXPECT_EQ(read_file(folder / "out"), kContent);
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

}  // namespace
}  // namespace kompakt
