// What happens to files: names, overwriting, links, metadata, removal.
#include <gtest/gtest.h>
#include <sys/xattr.h>

#include "faulty_system.hpp"
#include "tool.hpp"

namespace kompakt::testing {
namespace {

class Files : public ::testing::Test {
 protected:
  Files() { write_file(folder / "a", text); }
  [[nodiscard]] bool exists(const std::string& name) const {
    return std::filesystem::exists(folder / name);
  }
  TempFolder folder;
  std::string text = sample_text();
};

TEST_F(Files, GoThereAndBack) {
  EXPECT_EQ(run_tool({folder / "a"}).code, 0);
  EXPECT_EQ(read_file(folder / "a"), text) << "the source is kept";
  std::filesystem::remove(folder / "a");
  EXPECT_EQ(run_tool({"-d", folder / "a.warp"}).code, 0);
  EXPECT_EQ(read_file(folder / "a"), text);
  EXPECT_EQ(folder.names(), (std::vector<std::string>{"a", "a.warp"}));
}

TEST_F(Files, GoThroughPipes) {
  const Outcome packed = run_tool({}, {.input = text});
  ASSERT_EQ(packed.code, 0);
  EXPECT_EQ(run_tool({"-d"}, {.input = packed.out}).out, text);
  EXPECT_EQ(run_tool({"decompress", "-", "-"}, {.input = packed.out}).out, text);
  EXPECT_EQ(run_tool({"-d", "-o", folder / "b"}, {.input = packed.out}).code, 0);
  EXPECT_EQ(read_file(folder / "b"), text);
}

TEST_F(Files, OfNoBytesSurvive) {
  write_file(folder / "empty", "");
  EXPECT_EQ(run_tool({"--rm", folder / "empty"}).code, 0);
  EXPECT_EQ(run_tool({"-d", folder / "empty.warp"}).code, 0);
  EXPECT_EQ(read_file(folder / "empty"), "");
}

TEST_F(Files, GetTheSuffixThatIsAskedFor) {
  EXPECT_EQ(run_tool({"-S", ".w", folder / "a"}).code, 0);
  ASSERT_TRUE(exists("a.w"));
  EXPECT_EQ(run_tool({"-S", "w", folder / "a.w"}).code, 2) << "already has it";
  EXPECT_EQ(run_tool({"-df", "-S", ".w", folder / "a.w"}).code, 0);
  EXPECT_EQ(run_tool({"-S", "x/y", folder / "a"}).code, 1);
}

TEST_F(Files, AreDecompressedByMagicWhateverTheirName) {
  ASSERT_EQ(run_tool({"-o", folder / "b.bin", folder / "a"}).code, 0);
  const Outcome outcome = run_tool({"-d", folder / "b.bin"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_NE(outcome.err.find("b.bin.out"), std::string::npos);
  EXPECT_EQ(read_file(folder / "b.bin.out"), text);
  ASSERT_EQ(run_tool({"-o", folder / ".warp", folder / "a"}).code, 0);
  EXPECT_EQ(run_tool({"-d", folder / ".warp"}).code, 2);
  EXPECT_EQ(read_file(folder / ".warp.out"), text);
}

TEST_F(Files, WithTheSuffixAreSkippedUnlessForced) {
  ASSERT_EQ(run_tool({folder / "a"}).code, 0);
  EXPECT_EQ(run_tool({folder / "a.warp"}).code, 2);
  EXPECT_FALSE(exists("a.warp.warp"));
  EXPECT_EQ(run_tool({"-f", folder / "a.warp"}).code, 0);
  EXPECT_TRUE(exists("a.warp.warp"));
}

TEST_F(Files, AreNotOverwrittenUnlessForced) {
  write_file(folder / "a.warp", "precious");
  EXPECT_EQ(run_tool({folder / "a"}).code, 1);
  EXPECT_EQ(read_file(folder / "a.warp"), "precious");
  EXPECT_EQ(run_tool({"-f", folder / "a"}).code, 0);
  EXPECT_EQ(run_tool({"-t", folder / "a.warp"}).code, 0);
}

TEST_F(Files, AreNeverTheirOwnOutput) {
  std::filesystem::create_hard_link(folder / "a", folder / "link");
  std::filesystem::create_symlink("a", folder / "symlink");
  for (const char* name : {"a", "link", "symlink"}) {
    EXPECT_EQ(run_tool({"-f", "-o", folder / name, folder / "a"}).code, 1) << name;
    EXPECT_EQ(read_file(folder / "a"), text);
  }
  const int fd = ::open((folder / "a").c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  EXPECT_EQ(run_tool({"-c", folder / "a"}, {.out_fd = fd}).code, 1);
  ::close(fd);
  EXPECT_EQ(read_file(folder / "a"), text);
}

TEST_F(Files, BehindSymlinksAreReadAndLinksAtTheOutputAreNotFollowed) {
  std::filesystem::create_symlink("a", folder / "link");
  EXPECT_EQ(run_tool({folder / "link"}).code, 0);
  EXPECT_EQ(run_tool({"-t", folder / "link.warp"}).code, 0);
  write_file(folder / "victim", "precious");
  std::filesystem::create_symlink("victim", folder / "a.warp");
  EXPECT_EQ(run_tool({folder / "a"}).code, 1);
  EXPECT_EQ(run_tool({"-f", folder / "a"}).code, 0);
  EXPECT_EQ(read_file(folder / "victim"), "precious");
  EXPECT_FALSE(std::filesystem::is_symlink(folder / "a.warp"));
}

TEST_F(Files, ThatAreSpecialAreSkippedWithoutBeingOpened) {
  ASSERT_EQ(::mkfifo((folder / "fifo").c_str(), 0600), 0);
  EXPECT_EQ(run_tool({folder / "fifo"}).code, 2);
}

TEST_F(Files, KeepModeTimeOwnerAndAttributesBothWays) {
  const std::string path = folder / "a";
  ASSERT_EQ(::chmod(path.c_str(), 0640), 0);
  const std::array<timespec, 2> times = {timespec{1000000000, 5}, timespec{1234567890, 123456789}};
  ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), times.data(), 0), 0);
  const bool attributes = ::setxattr(path.c_str(), "user.test", "value", 5, 0) == 0;
  ASSERT_EQ(run_tool({path}).code, 0);
  std::filesystem::remove(path);
  // What the .warp file itself looks like must not matter: the stored metadata comes first.
  ASSERT_EQ(::chmod((path + ".warp").c_str(), 0600), 0);
  ASSERT_EQ(::utimensat(AT_FDCWD, (path + ".warp").c_str(), nullptr, 0), 0);
  ASSERT_EQ(run_tool({"-d", path + ".warp"}).code, 0);
  const auto status = stat_of(path);
  EXPECT_EQ(status.st_mode & 07777U, 0640U);
  EXPECT_EQ(status.st_mtim.tv_sec, 1234567890);
  EXPECT_EQ(status.st_mtim.tv_nsec, 123456789);
  EXPECT_EQ(status.st_uid, ::geteuid());
  std::array<char, 16> value{};
  if (attributes) {
    EXPECT_EQ(::getxattr(path.c_str(), "user.test", value.data(), value.size()), 5);
  }
}

TEST_F(Files, WithoutStoredMetadataTakeTheCompressedFilesOwn) {
  ASSERT_EQ(run_tool({"--no-name", folder / "a"}).code, 0);
  ASSERT_EQ(::chmod((folder / "a.warp").c_str(), 0604), 0);
  ASSERT_EQ(run_tool({"-df", folder / "a.warp"}).code, 0);
  EXPECT_EQ(stat_of(folder / "a").st_mode & 07777U, 0604U);
}

TEST_F(Files, NeverGetSetIdBitsFromStoredMetadata) {
  ASSERT_EQ(::chmod((folder / "a").c_str(), 06755), 0);
  ASSERT_EQ(run_tool({folder / "a"}).code, 0);
  EXPECT_EQ(stat_of(folder / "a.warp").st_mode & 07777U, 0755U);
  ASSERT_EQ(run_tool({"-df", folder / "a.warp"}).code, 0);
  EXPECT_EQ(stat_of(folder / "a").st_mode & 07777U, 0755U);
}

TEST_F(Files, StoreNoTimeAfterSourceDateEpoch) {
  const auto run = [&](const char* name) {
    return run_tool({"-o", folder / name, folder / "a"},
                    {.environment = {{"SOURCE_DATE_EPOCH", "1000"}}});
  };
  ASSERT_EQ(run("b").code, 0);
  ASSERT_EQ(::utimensat(AT_FDCWD, (folder / "a").c_str(), nullptr, 0), 0);
  ASSERT_EQ(run("c").code, 0);
  EXPECT_EQ(read_file(folder / "b"), read_file(folder / "c"));
  ASSERT_EQ(run_tool({"-d", "-o", folder / "d", folder / "b"}).code, 0);
  EXPECT_EQ(stat_of(folder / "d").st_mtim.tv_sec, 1000);
}

TEST_F(Files, AreRemovedOnRequestAfterTheOutputIsVerifiedAndDurable) {
  const FaultySystem system;
  ASSERT_EQ(run_tool({"--rm", folder / "a"}, {.system = &system}).code, 0);
  EXPECT_FALSE(exists("a"));
  const auto position = [&](const std::string& entry) { return system.position(entry); };
  EXPECT_LT(position("fsync file"), position("link a.warp"));
  EXPECT_LT(position("link a.warp"), position("fsync directory"));
  EXPECT_LT(position("fsync directory"), position("unlink a"));
  ASSERT_EQ(run_tool({"-d", "--rm", folder / "a.warp"}).code, 0);
  EXPECT_EQ(folder.names(), std::vector<std::string>{"a"});
  EXPECT_EQ(read_file(folder / "a"), text);
}

TEST_F(Files, ThatAreLinksAreNotRemoved) {
  std::filesystem::create_symlink("a", folder / "symlink");
  EXPECT_EQ(run_tool({"--rm", folder / "symlink"}).code, 1);
  std::filesystem::create_hard_link(folder / "a", folder / "hard");
  EXPECT_EQ(run_tool({"--rm", folder / "a"}).code, 1);
  EXPECT_EQ(folder.names(), (std::vector<std::string>{"a", "hard", "symlink"}));
  EXPECT_EQ(run_tool({"--rm", "-f", folder / "a"}).code, 0);
  EXPECT_FALSE(exists("a"));
}

TEST_F(Files, AreVerifiedFromPipesToo) {
  EXPECT_EQ(run_tool({"--verify", "-o", folder / "b.warp"}, {.input = text}).code, 0);
  EXPECT_EQ(run_tool({"-d", "--rm", folder / "b.warp"}).code, 0);
  EXPECT_EQ(read_file(folder / "b"), text);
}

TEST_F(Files, GoToADeviceThatIsNamed) {
  EXPECT_EQ(run_tool({"-o", "/dev/null", folder / "a"}).code, 0);
  const Outcome full = run_tool({"-o", "/dev/full", folder / "a"});
  EXPECT_EQ(full.code, 1);
  EXPECT_NE(full.err.find("No space left"), std::string::npos);
}

TEST_F(Files, WithHolesKeepThem) {
  const std::string path = folder / "sparse";
  write_file(path, text);
  ASSERT_EQ(::truncate(path.c_str(), 50 << 20), 0);
  ASSERT_EQ(run_tool({"--rm", path}).code, 0);
  ASSERT_EQ(run_tool({"-d", path + ".warp"}).code, 0);
  const auto status = stat_of(path);
  EXPECT_EQ(status.st_size, 50 << 20);
  EXPECT_LT(status.st_blocks * 512, 10 << 20);
}

TEST_F(Files, ThatChangeWhileReadGiveAWarningAndAreKept) {
  FaultySystem system;
  bool touched = false;
  system.after_each_call([&](Call call, const std::string&) {
    if (call == Call::kPread && !touched) {
      touched = true;
      const std::array<timespec, 2> times = {timespec{0, UTIME_OMIT}, timespec{5, 0}};
      ::utimensat(AT_FDCWD, (folder / "a").c_str(), times.data(), 0);
    }
  });
  EXPECT_EQ(run_tool({"--rm", folder / "a"}, {.system = &system}).code, 2);
  EXPECT_EQ(folder.names(), (std::vector<std::string>{"a", "a.warp"}));
}

TEST_F(Files, ThatShrinkWhileReadGiveAnErrorAndNoOutput) {
  FaultySystem system;
  bool cut = false;
  system.after_each_call([&](Call call, const std::string&) {
    if (call == Call::kPread && !cut) {
      cut = true;
      ::truncate((folder / "a").c_str(), 5000);
    }
  });
  const Outcome outcome = run_tool({"-T1", "--chunk-size=4K", folder / "a"}, {.system = &system});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_NE(outcome.err.find("shrank"), std::string::npos);
  EXPECT_EQ(folder.names(), std::vector<std::string>{"a"});
}

}  // namespace
}  // namespace kompakt::testing
