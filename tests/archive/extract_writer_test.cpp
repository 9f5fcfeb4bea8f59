#include <fcntl.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "archive/extract_support.hpp"
#include "atomic_writing.hpp"
#include "temp_folder.hpp"

namespace kompakt {
namespace {

using testing::extract;
using testing::FailingSystem;
using testing::file;
using testing::folder;
using testing::hardlink;
using testing::in_child;
using testing::killed_by;
using testing::Made;
using testing::MadeReader;
using testing::open_descriptors;
using testing::Outcome;
using testing::read_file;
using testing::stat_of;
using testing::symlink;
using testing::TempFolder;
using testing::write_file;
using Strings = std::vector<std::string>;

std::string xattr_of(const std::string& path, const char* name) {
  std::string value(256, '\0');
  const ssize_t size = ::lgetxattr(path.c_str(), name, value.data(), value.size());
  value.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
  return value;
}

const std::string kBig((1U << 20U) + 7, 'b');

// A folder of everything, files of one piece and of several.
std::vector<Made> everything() {
  std::vector<Made> members = {folder("d", 0750),           file("d/small", "small", 0640),
                               file("d/big", kBig, 0604),   file("implied/deep/file"),
                               hardlink("twin", "d/small"), symlink("d/link", "../twin"),
                               folder("d/empty", 0700)};
  members[1].entry.xattrs = {{"user.note", "kept"}};
  return members;
}

void expect_everything(const std::string& target) {
  EXPECT_EQ(read_file(target + "/d/small"), "small");
  EXPECT_EQ(read_file(target + "/d/big"), kBig);
  EXPECT_EQ(read_file(target + "/d/link"), "small");
  EXPECT_EQ(stat_of(target + "/twin").st_ino, stat_of(target + "/d/small").st_ino);
  EXPECT_EQ(stat_of(target + "/d").st_mode & 07777U, 0750U);
  EXPECT_EQ(stat_of(target + "/d").st_mtim.tv_sec, 1'500'000'000);
  EXPECT_EQ(stat_of(target + "/d").st_mtim.tv_nsec, 5);
  EXPECT_EQ(stat_of(target + "/d/small").st_mode & 07777U, 0640U);
  EXPECT_EQ(stat_of(target + "/d/small").st_mtim.tv_nsec, 123'456'789);
  EXPECT_EQ(stat_of(target + "/d/big").st_mtim.tv_sec, 1'600'000'000);
  EXPECT_EQ(stat_of(target + "/d/big").st_mode & 07777U, 0604U);
  EXPECT_EQ(stat_of(target + "/d/link").st_mtim.tv_sec, 1'500'000'000);
  EXPECT_EQ(xattr_of(target + "/d/small", "user.note"), "kept");
}

bool same(const Made& a, const std::string& path) { return a.entry.path == path; }

// ---- what is kept ----

TEST(ExtractWriter, EverythingIsKeptWhateverTheKernelAndTheFileSystemHave) {
  for (const int missing : {0, ENOSYS, EPERM}) {
    for (const bool unnamed : {true, false}) {
      const TempFolder parent(testing::On::kMemory);
      FailingSystem system;
      system.refuse_open_beneath(missing);
      if (!unnamed) {
        system.refuse_unnamed_files();
      }
      const std::size_t before = open_descriptors();
      const Outcome outcome =
          extract(system, {.directory = parent / "a/b/target", .sync = true}, everything());
      EXPECT_TRUE(outcome.status.ok()) << outcome.status.to_string();
      EXPECT_EQ(outcome.rules(), Strings());
      EXPECT_EQ(outcome.counts.entries, 7U);
      EXPECT_EQ(outcome.counts.files, 3U);
      EXPECT_EQ(open_descriptors(), before);
      expect_everything(parent / "a/b/target");
      EXPECT_EQ(parent.names(), Strings{"a"});
    }
  }
}

TEST(ExtractWriter, WhatIsNotWrittenIsAHole) {
  const TempFolder target;
  Made sparse = file("sparse");
  sparse.entry.size = 4U << 20U;
  sparse.content = std::string(8192, 'x') + std::string(4096, 'y');
  sparse.entry.data_runs = {{.offset = 4096, .length = 8192, .hole = false},
                            {.offset = 2U << 20U, .length = 4096, .hole = false}};
  Made hole = file("hole", "");
  hole.entry.size = 1U << 30U;
  hole.entry.data_runs.emplace();
  const Outcome outcome = extract(real_system(), {.directory = target.path()}, {sparse, hole});
  EXPECT_EQ(outcome.rules(), Strings());
  EXPECT_EQ(outcome.lost, Strings());
  const std::string content = read_file(target / "sparse");
  ASSERT_EQ(content.size(), 4U << 20U);
  EXPECT_EQ(content.substr(4096, 8192), std::string(8192, 'x'));
  EXPECT_EQ(content.substr(2U << 20U, 4097), std::string(4096, 'y') + '\0');
  EXPECT_LT(stat_of(target / "sparse").st_blocks, 200);
  EXPECT_EQ(stat_of(target / "hole").st_size, 1 << 30);
  EXPECT_EQ(stat_of(target / "hole").st_blocks, 0);
}

TEST(ExtractWriter, OwnersAreKeptForRootOnly) {
  if (::geteuid() != 0) {
    GTEST_SKIP() << "needs root";
  }
  Made owned = file("owned", "x", 0640);
  owned.entry.owner = Entry::Owner{.uid = 1234, .gid = 4321};
  Made named = file("named", "x", 0640);
  named.entry.owner = Entry::Owner{.uid = 1234, .gid = 4321};
  named.entry.user = "nobody";
  named.entry.group = "no such group here";
  const TempFolder target;
  EXPECT_TRUE(extract(real_system(), {.directory = target.path()}, {owned, named}).status.ok());
  EXPECT_EQ(stat_of(target / "owned").st_uid, 1234U);
  EXPECT_EQ(stat_of(target / "owned").st_gid, 4321U);
  EXPECT_EQ(stat_of(target / "owned").st_mode & 07777U, 0640U);
  EXPECT_EQ(stat_of(target / "named").st_uid, 65534U);
  EXPECT_EQ(stat_of(target / "named").st_gid, 4321U);
  const TempFolder plain;
  EXPECT_TRUE(extract(real_system(), {.directory = plain.path(), .keep_owner = false}, {owned})
                  .status.ok());
  EXPECT_EQ(stat_of(plain / "owned").st_uid, 0U);
}

TEST(ExtractWriter, AUsersFilesGetTheModeLessTheUmask) {
  const TempFolder target;
  std::filesystem::permissions(target.path(), std::filesystem::perms::all);
  const int ended = in_child([&] {
    ::umask(027);
    ASSERT_TRUE(::geteuid() != 0 ||
                (::setgroups(0, nullptr) == 0 && ::setgid(65534) == 0 && ::setuid(65534) == 0));
    Made owned = file("owned", "x", 0666);
    owned.entry.owner = Entry::Owner{.uid = 0, .gid = 0};
    const Outcome outcome =
        extract(real_system(), {.directory = target.path()},
                {owned, folder("shut", 0), file("shut/in"), folder("open", 0777), file("i/j"),
                 file("setuid", "x", 04755)});
    EXPECT_TRUE(outcome.status.ok()) << outcome.status.to_string();
    EXPECT_EQ(outcome.rules(), Strings());
  });
  EXPECT_EQ(ended, 0);
  EXPECT_EQ(stat_of(target / "owned").st_mode & 07777U, 0640U);
  EXPECT_NE(stat_of(target / "owned").st_uid, 0U);
  EXPECT_EQ(stat_of(target / "shut").st_mode & 07777U, 0U);
  EXPECT_EQ(stat_of(target / "open").st_mode & 07777U, 0750U);
  EXPECT_EQ(stat_of(target / "i").st_mode & 07777U, 0750U);
  EXPECT_EQ(stat_of(target / "setuid").st_mode & 07777U, 0750U);
  std::filesystem::permissions(target / "shut", std::filesystem::perms::all);
}

TEST(ExtractWriter, TheTargetsOwnMetadataAreTheUsers) {
  const TempFolder target;
  const auto before = stat_of(target.path()).st_mode;
  EXPECT_TRUE(extract(real_system(), {.directory = target.path()}, {folder(".", 0777), file("a")})
                  .status.ok());
  EXPECT_EQ(stat_of(target.path()).st_mode, before);
  EXPECT_TRUE(
      extract(real_system(), {.directory = target / "made"}, {folder(".", 0711)}).status.ok());
  EXPECT_EQ(stat_of(target / "made").st_mode & 07777U, 0711U);
}

// ---- failures ----

TEST(ExtractWriter, AFailureOfAnyCallEndsWithAMessageAndNoPartialFile) {
  const Strings calls = {"open", "pwrite",   "link_descriptor", "make_directory", "make_symlink",
                         "link", "set_mode", "set_times",       "open_beneath"};
  const auto members = everything();
  for (const std::string& call : calls) {
    for (const int error : {ENOSPC, EIO, EMFILE}) {
      for (const std::size_t nth : {1U, 3U}) {
        SCOPED_TRACE(call + " #" + std::to_string(nth) + " error " + std::to_string(error));
        const TempFolder target(testing::On::kMemory);
        const FailingSystem system(call, error, nth);
        const std::size_t before = open_descriptors();
        const Outcome outcome = extract(system, {.directory = target.path()}, members);
        EXPECT_EQ(open_descriptors(), before);
        if (outcome.status.ok()) {
          EXPECT_GT(nth, 1U);  // there are not as many calls of this kind
          continue;
        }
        EXPECT_EQ(outcome.status.code(), Code::kIo);
        EXPECT_NE(outcome.status.message().find(std::strerror(error)), std::string::npos)
            << outcome.status.to_string();
        for (const auto& each : std::filesystem::recursive_directory_iterator(target.path())) {
          if (each.is_symlink() || !each.is_regular_file()) {
            continue;
          }
          const std::string path = each.path().lexically_relative(target.path());
          const std::string origin = path == "twin" ? "d/small" : path;
          const auto found = std::find_if(members.begin(), members.end(),
                                          [&](const Made& member) { return same(member, origin); });
          ASSERT_NE(found, members.end()) << path;
          EXPECT_EQ(read_file(each.path()), found->content) << path;
        }
      }
    }
  }
}

TEST(ExtractWriter, AFullDiskLeavesWholeFilesOnly) {
  const TempFolder parent(testing::On::kMemory);
  std::filesystem::create_directory(parent / "disk");
  const bool mounted = ::mount("none", (parent / "disk").c_str(), "tmpfs", 0, "size=1m") == 0;
  if (!mounted) {
    GTEST_SKIP() << "cannot mount";
  }
  std::vector<Made> members;
  for (int i = 0; i < 20; ++i) {
    members.push_back(file("f" + std::to_string(i), std::string(100'000, 'x')));
  }
  members.push_back(file("big", std::string(3U << 20U, 'x')));
  const Outcome outcome = extract(real_system(), {.directory = parent / "disk"}, members);
  EXPECT_EQ(outcome.status.code(), Code::kIo);
  EXPECT_NE(outcome.status.to_string().find("No space left"), std::string::npos);
  std::size_t whole = 0;
  for (const auto& each : std::filesystem::directory_iterator(parent / "disk")) {
    EXPECT_EQ(each.file_size(), 100'000U) << each.path();
    ++whole;
  }
  EXPECT_GT(whole, 3U);
  EXPECT_EQ(::umount((parent / "disk").c_str()), 0);
}

TEST(ExtractWriter, KilledAnywhereItLeavesNoPartialFileUnderItsName) {
  for (const bool unnamed : {true, false}) {
    for (std::size_t deadline = 1; deadline < 60; deadline += unnamed ? 2 : 3) {
      const TempFolder target(testing::On::kMemory);
      const int ended = in_child([&] {
        FailingSystem system;
        if (!unnamed) {
          system.refuse_unnamed_files();
        }
        std::atomic<std::size_t> calls{0};
        system.before = [&] {
          if (++calls == deadline) {
            std::raise(SIGKILL);
          }
        };
        extract(system, {.directory = target.path()}, everything(), 1);
      });
      ASSERT_TRUE(ended == 0 || killed_by(ended, SIGKILL));
      for (const auto& each : std::filesystem::recursive_directory_iterator(target.path())) {
        if (each.is_symlink() || !each.is_regular_file() ||
            each.path().filename().string().starts_with(".kompakt-")) {
          continue;
        }
        const std::string path = each.path().lexically_relative(target.path());
        for (const Made& member : everything()) {
          EXPECT_TRUE(!same(member, path) || member.entry.type != EntryType::kFile ||
                      read_file(each.path()) == member.content)
              << path;
        }
        EXPECT_EQ(stat_of(each.path()).st_mtim.tv_nsec, 123'456'789) << path;
      }
    }
  }
}

TEST(ExtractWriter, NobodySeesAFileMoreReadableThanItEnds) {
  const TempFolder target(testing::On::kMemory);
  Made secret = file("secret", "x", 0640);
  secret.entry.owner = Entry::Owner{.uid = ::geteuid(), .gid = 4321};
  FailingSystem system;
  system.refuse_unnamed_files();
  mode_t seen = 0;
  system.before = [&] {
    for (const auto& each : std::filesystem::directory_iterator(target.path())) {
      const auto status = stat_of(each.path());
      seen |= status.st_gid == 4321U ? status.st_mode & 0007U : status.st_mode & 0077U;
    }
  };
  EXPECT_TRUE(
      extract(system, {.directory = target.path(), .keep_owner = true}, {secret}, 1).status.ok());
  EXPECT_EQ(seen, 0U);
}

// ---- races ----

TEST(ExtractWriter, ASymlinkPlantedMeanwhileIsNotFollowed) {
  const TempFolder parent(testing::On::kMemory);
  std::filesystem::create_directory(parent / "target");
  std::filesystem::create_directory(parent / "outside");
  std::atomic<bool> done{false};
  // Swaps the folder for a symlink and back, as fast as it can.
  std::thread attacker([&] {
    const std::string folder_path = parent / "target/d0";
    const std::string aside = parent / "target/aside";
    while (!done) {
      if (::rename(folder_path.c_str(), aside.c_str()) == 0) {
        static_cast<void>(::symlink("../outside", folder_path.c_str()));
        static_cast<void>(::unlink(folder_path.c_str()));
        static_cast<void>(::rename(aside.c_str(), folder_path.c_str()));
      }
    }
  });
  MadeReader reader([](std::size_t number, Made& made) {
    // Many folders, so that none stays open.
    made = file("d0/" + std::to_string(number % 300) + "/f" + std::to_string(number), "x");
    return number < 3000;
  });
  auto writer = TreeWriter::open(real_system(), {.directory = parent / "target"});
  ASSERT_TRUE(writer.ok());
  const Outcome outcome = extract(reader, **writer);
  done = true;
  attacker.join();
  EXPECT_TRUE(std::filesystem::is_empty(parent / "outside"));
}

// ---- many ----

TEST(ExtractWriter, ManyTinyFilesTakeLittleMemory) {
  const TempFolder target(testing::On::kMemory);
  const std::size_t count = testing::kSanitized ? 10'000 : 50'000;
  const int ended = in_child([&] {
    auto writer = TreeWriter::open(real_system(), {.directory = target.path()});
    ASSERT_TRUE(writer.ok());
    MadeReader reader([&](std::size_t number, Made& made) {
      made = file("folder/" + std::to_string(number), "x");
      return number < count;
    });
    rusage before{};
    ::getrusage(RUSAGE_SELF, &before);
    const Outcome outcome = extract(reader, **writer);
    EXPECT_EQ(outcome.counts.files, count);
    rusage after{};
    ::getrusage(RUSAGE_SELF, &after);
    // Names, twice: here and in the list that the test keeps.
    EXPECT_LT(after.ru_maxrss - before.ru_maxrss, 30'000);
  });
  EXPECT_EQ(ended, 0);
}

}  // namespace
}  // namespace kompakt
