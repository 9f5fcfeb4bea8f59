#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "archive/extract/member_path.hpp"
#include "archive/extract_support.hpp"
#include "temp_folder.hpp"

namespace kompakt {
namespace {

using testing::extract;
using testing::FailingSystem;
using testing::file;
using testing::folder;
using testing::hardlink;
using testing::Made;
using testing::other;
using testing::Outcome;
using testing::read_file;
using testing::stat_of;
using testing::symlink;
using testing::TempFolder;
using testing::write_file;
using Strings = std::vector<std::string>;

// ---- names ----

struct NameCase {
  std::string name;
  std::string rule;
};

TEST(ExtractRules, EveryDangerousNameIsRefusedByItsRule) {
  const std::vector<NameCase> cases = {
      {"/etc/passwd", "absolute path"},
      {"//etc/passwd", "absolute path"},
      {"///x", "absolute path"},
      {"..", "parent directory"},
      {"../x", "parent directory"},
      {"a/../x", "parent directory"},
      {"a/..", "parent directory"},
      {"./../x", "parent directory"},
      {"a//../../x", "parent directory"},
      {"..\\x", "parent directory"},
      {"a\\..\\..\\x", "parent directory"},
      {"C:\\x", "drive letter"},
      {"c:/x", "drive letter"},
      {"", "empty name"},
      {".", "empty name"},
      {std::string("a\0b", 3), "NUL in name"},
      {std::string(256, 'n'), "name too long"},
      {std::string(70'000, 'n'), "path too long"},
  };
  for (const NameCase& each : cases) {
    const TempFolder parent;
    const Outcome outcome =
        extract(real_system(), {.directory = parent / "target"}, {file(each.name), file("good")});
    EXPECT_TRUE(outcome.status.ok()) << outcome.status.to_string();
    EXPECT_EQ(outcome.rules(), Strings{each.name + ": " + each.rule});
    EXPECT_EQ(parent.names(), Strings{"target"});
    EXPECT_EQ(read_file(parent / "target/good"), "content");
  }
}

TEST(ExtractRules, NamesThatOnlyLookDangerousAreKept) {
  const TempFolder target;
  const Strings names = {"...", "..a",       "a..", "back\\slash", "a:b",
                         "C:x", "line\nend", " ",   "\xFF\xFE",    std::string(255, 'n')};
  std::vector<Made> members;
  for (const std::string& name : names) {
    members.push_back(file("./" + name));
  }
  const Outcome outcome = extract(real_system(), {.directory = target.path()}, members);
  EXPECT_EQ(outcome.rules(), Strings());
  for (const std::string& name : names) {
    EXPECT_EQ(read_file(target / name), "content") << name;
  }
}

TEST(ExtractRules, DepthAndNumberAreBounded) {
  std::string deep = "d";
  for (int i = 0; i < 20; ++i) {
    deep += "/d";
  }
  const TempFolder target;
  const Outcome outcome =
      extract(real_system(), {.directory = target.path(), .max_entries = 2, .max_depth = 20},
              {file(deep), file("second"), file("third")});
  EXPECT_EQ(outcome.status.code(), Code::kLimitExceeded);
  EXPECT_EQ(outcome.status.file(), "third");
  const Outcome deeper =
      extract(real_system(), {.directory = target.path(), .max_depth = 20}, {file(deep)});
  EXPECT_EQ(deeper.rules(), Strings{deep + ": path too deep"});
}

TEST(ExtractRules, PathsLongerThanTheKernelTakesInOneGoAreMade) {
  const std::string part(200, 'p');
  std::string path = part;
  for (int i = 0; i < 60; ++i) {
    path += "/" + part;  // 12 KB
  }
  for (const bool by_hand : {false, true}) {
    const TempFolder target;
    FailingSystem system;
    system.refuse_open_beneath(by_hand ? ENOSYS : 0);
    const Outcome outcome =
        extract(system, {.directory = target.path()}, {folder(path), file(path + "/x")});
    EXPECT_TRUE(outcome.status.ok()) << outcome.status.to_string();
    EXPECT_EQ(outcome.counts.files, 1U);
    EXPECT_EQ(outcome.rules(), Strings());
  }
}

TEST(ExtractRules, LeadingComponentsAreStripped) {
  const TempFolder target;
  const Outcome outcome =
      extract(real_system(), {.directory = target.path(), .strip_components = 1},
              {folder("top"), file("top/a"), file("lonely"), hardlink("top/b", "top/a")});
  EXPECT_EQ(outcome.rules(), Strings());
  EXPECT_EQ(target.names(), (Strings{"a", "b"}));
  EXPECT_EQ(stat_of(target / "a").st_ino, stat_of(target / "b").st_ino);
}

TEST(ExtractRules, NamesThatDifferInCaseOnlyAreToldOnce) {
  const TempFolder target;
  const Outcome outcome = extract(
      real_system(), {.directory = target.path()},
      {file("Makefile"), file("makefile"), file("\xC3\x84"), file("\xC3\xA4"), file("other")});
  ASSERT_EQ(outcome.warnings.size(), 2U);
  EXPECT_NE(outcome.warnings[0].find("'Makefile'"), std::string::npos);
  EXPECT_EQ(outcome.counts.files, 5U);
}

// ---- links ----

TEST(ExtractRules, SymlinkTargetsAreJudgedByWhereTheyCanLead) {
  EXPECT_FALSE(symlink_leads_outside("a/b", "../c"));
  EXPECT_FALSE(symlink_leads_outside("a/b/c", "../../d"));
  EXPECT_FALSE(symlink_leads_outside("a", "b/c"));
  EXPECT_FALSE(symlink_leads_outside("a", "."));
  EXPECT_TRUE(symlink_leads_outside("a", "/"));
  EXPECT_TRUE(symlink_leads_outside("a", ".."));
  EXPECT_TRUE(symlink_leads_outside("a/b", "../../c"));
  EXPECT_TRUE(symlink_leads_outside("a/b", ".././../c"));
  // Behind a name, ".." starts wherever that name leads: cur -> . makes cur/.. the parent.
  EXPECT_TRUE(symlink_leads_outside("a", "cur/.."));
  EXPECT_TRUE(symlink_leads_outside("a/b", "x/../y"));
}

// Each archive tries to put "pwned" into the folder beside the target.
TEST(ExtractRules, NoChainOfLinksLeadsOutside) {
  struct Attack {
    const char* name;
    std::vector<Made> members;
    Strings rules;
  };
  const std::vector<Attack> attacks = {
      {"symlink to a file, then the file",
       {symlink("x", "../outside/canary"), file("x", "pwned")},
       {"x: symlink leads outside"}},
      {"absolute symlink, then a child",
       {symlink("d", "/tmp"), file("d/pwned", "pwned")},
       {"d: symlink leads outside"}},
      {"symlink to a folder, then a child",
       {symlink("d", "../outside"), file("d/pwned", "pwned")},
       {"d: symlink leads outside"}},
      {"chain through the folder itself",
       {symlink("cur", "."), symlink("par", "cur/.."), file("par/outside/pwned", "pwned")},
       {"par: symlink leads outside"}},
      {"child of a symlink that stays inside",
       {folder("e"), symlink("d", "e"), file("d/pwned", "pwned")},
       {"d/pwned: symlink in path"}},
      {"deep chain",
       {symlink("a", "b"), symlink("b", "c/d"), symlink("a/x", ".."), file("a/x/pwned")},
       {"a/x: symlink in path", "a/x/pwned: symlink in path"}},
      {"hard link to outside, then a truncating write",
       {hardlink("h", "../outside/canary"), file("h", "pwned")},
       {"h: hard link leads outside"}},
      {"absolute hard link", {hardlink("h", "/etc/passwd")}, {"h: hard link leads outside"}},
      {"hard link through a symlink",
       {symlink("s", "e"), hardlink("h", "s/canary")},
       {"h: hard link without its file"}},
      {"hard link to a symlink",
       {symlink("s", "e"), hardlink("h", "s")},
       {"h: hard link without its file"}},
      {"hard link to what was there", {hardlink("h", "old")}, {"h: hard link without its file"}},
  };
  for (const int missing : {0, ENOSYS, EPERM}) {
    for (const Attack& attack : attacks) {
      SCOPED_TRACE(std::string(attack.name) + ", openat2 error " + std::to_string(missing));
      const TempFolder parent;
      std::filesystem::create_directory(parent / "target");
      std::filesystem::create_directory(parent / "outside");
      write_file(parent / "outside/canary", "alive");
      write_file(parent / "target/old", "old");
      FailingSystem system;
      system.refuse_open_beneath(missing);
      const Outcome outcome = extract(system, {.directory = parent / "target"}, attack.members);
      EXPECT_TRUE(outcome.status.ok()) << outcome.status.to_string();
      EXPECT_EQ(outcome.rules(), attack.rules);
      EXPECT_EQ(read_file(parent / "outside/canary"), "alive");
      EXPECT_EQ(parent.names(), (Strings{"outside", "target"}));
      EXPECT_FALSE(std::filesystem::exists(parent / "outside/pwned"));
      EXPECT_EQ(read_file(parent / "target/old"), "old");
    }
  }
}

TEST(ExtractRules, SymlinksThatWereThereAreNeverFollowed) {
  for (const int missing : {0, ENOSYS}) {
    const TempFolder parent;
    std::filesystem::create_directory(parent / "target");
    std::filesystem::create_directory(parent / "outside");
    write_file(parent / "outside/canary", "alive");
    std::filesystem::create_symlink("../outside", parent / "target/way");
    std::filesystem::create_symlink("../outside/canary", parent / "target/leaf");
    FailingSystem system;
    system.refuse_open_beneath(missing);
    for (const bool overwrite : {false, true}) {
      const Outcome outcome =
          extract(system, {.directory = parent / "target", .overwrite = overwrite},
                  {file("way/x"), file("way/below/y"), folder("way"), file("leaf", "replaced")});
      Strings rules = {"way/x: symlink in path", "way/below/y: symlink in path",
                       "way: symlink in path"};
      if (!overwrite) {
        rules.emplace_back("leaf: exists");
      }
      EXPECT_EQ(outcome.rules(), rules);
      EXPECT_EQ(read_file(parent / "outside/canary"), "alive");
    }
    EXPECT_TRUE(S_ISREG(stat_of(parent / "target/leaf").st_mode));
    EXPECT_EQ(read_file(parent / "target/leaf"), "replaced");
  }
}

TEST(ExtractRules, TheTargetItselfMayBeASymlink) {
  const TempFolder parent;
  std::filesystem::create_directory(parent / "real");
  std::filesystem::create_symlink("real", parent / "target");
  EXPECT_TRUE(extract(real_system(), {.directory = parent / "target"}, {file("a/b")}).status.ok());
  EXPECT_EQ(read_file(parent / "real/a/b"), "content");
}

// ---- kinds ----

TEST(ExtractRules, DevicesAndFifosNeedPermission) {
  const TempFolder target;
  const std::vector<Made> members = {other(EntryType::kFifo, "fifo"),
                                     other(EntryType::kCharDevice, "null")};
  const Outcome refused = extract(real_system(), {.directory = target.path()}, members);
  EXPECT_EQ(refused.rules(), (Strings{"fifo: device", "null: device"}));
  EXPECT_EQ(target.names(), Strings());
  const Outcome made = extract(real_system(), {.directory = target.path(), .allow_devices = true},
                               {other(EntryType::kFifo, "fifo", {}, 0612)});
  EXPECT_EQ(made.rules(), Strings());
  EXPECT_TRUE(S_ISFIFO(stat_of(target / "fifo").st_mode));
}

TEST(ExtractRules, SetIdAndStickyBitsNeedPermission) {
  for (const bool allowed : {false, true}) {
    const TempFolder target;
    const Outcome outcome =
        extract(real_system(), {.directory = target.path(), .allow_setuid = allowed},
                {file("s", "x", 06755), folder("t", 01755)});
    EXPECT_EQ(outcome.rules(), Strings());
    EXPECT_EQ(stat_of(target / "s").st_mode & 07777U, allowed ? 06755U : 0755U);
    EXPECT_EQ(stat_of(target / "t").st_mode & 07777U, allowed ? 01755U : 0755U);
  }
}

// ---- what is in the way ----

TEST(ExtractRules, TheLaterOfTwoMembersStands) {
  std::vector<Made> members;
  for (int i = 0; i < 50; ++i) {
    members.push_back(file("same", "version " + std::to_string(i)));
  }
  members.push_back(file("big", std::string((1U << 20U) + 9, 'a')));
  members.push_back(file("big", "small now"));
  members.push_back(file("grown", "small"));
  members.push_back(file("grown", std::string((1U << 20U) + 9, 'b')));
  members.push_back(symlink("swap", "same"));
  members.push_back(file("swap", "a file"));
  members.push_back(file("swap2", "a file"));
  members.push_back(symlink("swap2", "same"));
  for (int round = 0; round < 3; ++round) {
    const TempFolder fresh;
    const Outcome outcome = extract(real_system(), {.directory = fresh.path()}, members, 3);
    EXPECT_EQ(outcome.rules(), Strings());
    EXPECT_EQ(read_file(fresh / "same"), "version 49");
    EXPECT_EQ(read_file(fresh / "big"), "small now");
    EXPECT_EQ(read_file(fresh / "grown"), std::string((1U << 20U) + 9, 'b'));
    EXPECT_EQ(read_file(fresh / "swap"), "a file");
    EXPECT_TRUE(S_ISREG(stat_of(fresh / "swap").st_mode));
    EXPECT_TRUE(S_ISLNK(stat_of(fresh / "swap2").st_mode));
    EXPECT_EQ(outcome.entries.size(), members.size());
  }
}

TEST(ExtractRules, ExistingFilesAreRefusedSkippedOrReplacedButNeverWrittenInto) {
  for (const int way : {0, 1, 2}) {
    const TempFolder target;
    write_file(target / "f", "old");
    write_file(target / "big", "old");
    std::filesystem::create_hard_link(target / "f", target / "twin");
    std::filesystem::create_directory(target / "folder");
    const Outcome outcome = extract(
        real_system(),
        {.directory = target.path(), .overwrite = way == 2, .skip_existing = way == 1},
        {file("f", "new"), file("big", std::string((1U << 20U) + 9, 'n')), file("folder", "new")});
    EXPECT_EQ(read_file(target / "f"), way == 2 ? "new" : "old");
    EXPECT_EQ(read_file(target / "big"), way == 2 ? std::string((1U << 20U) + 9, 'n') : "old");
    EXPECT_EQ(read_file(target / "twin"), "old");
    EXPECT_EQ(outcome.rules(), way == 0   ? (Strings{"f: exists", "big: exists", "folder: exists"})
                               : way == 1 ? Strings()
                                          : Strings{"folder: exists"});
    EXPECT_EQ(target.names(), (Strings{"big", "f", "folder", "twin"}));
  }
}

TEST(ExtractRules, AFileInThePathOfAnotherIsRefused) {
  const TempFolder target;
  const Outcome outcome = extract(real_system(), {.directory = target.path()},
                                  {file("a"), file("a/b"), folder("a"), file("c/d"), file("c")}, 1);
  EXPECT_EQ(outcome.rules(), (Strings{"a/b: not a folder", "a: not a folder", "c: exists"}));
  EXPECT_EQ(read_file(target / "a"), "content");
}

}  // namespace
}  // namespace kompakt
