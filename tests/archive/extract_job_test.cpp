#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "archive/extract_support.hpp"
#include "temp_folder.hpp"

namespace kompakt {
namespace {

using testing::extract;
using testing::file;
using testing::folder;
using testing::Made;
using testing::MadeReader;
using testing::Outcome;
using testing::read_file;
using testing::symlink;
using testing::TempFolder;
using Strings = std::vector<std::string>;

Made damaged(std::string path, std::size_t size) {
  Made made = file(std::move(path), std::string(size, 'd'));
  made.content.resize(size / 2);
  made.failure = Status(Code::kCorrupt, "the checksum is wrong");
  return made;
}

TEST(ExtractJob, AMemberHitByDamageDoesNotAppearAndTheOthersDo) {
  for (const unsigned threads : {1U, 3U}) {
    const TempFolder target;
    const Outcome outcome = extract(real_system(), {.directory = target.path()},
                                    {file("before"), damaged("small", 1000), file("between"),
                                     damaged("large", 5U << 20U), file("behind")},
                                    threads);
    EXPECT_TRUE(outcome.status.ok()) << outcome.status.to_string();
    EXPECT_EQ(outcome.lost, (Strings{"small", "large"}));
    EXPECT_EQ(outcome.counts.lost, 2U);
    EXPECT_EQ(outcome.counts.entries, 3U);
    EXPECT_EQ(outcome.counts.files, 3U);
    EXPECT_EQ(outcome.counts.damage.code(), Code::kCorrupt);
    EXPECT_EQ(outcome.counts.damage.file(), "small");
    EXPECT_EQ(target.names(), (Strings{"before", "behind", "between"}));
  }
}

TEST(ExtractJob, AnArchiveThatEndsInDamageIsFinishedAsFarAsItWent) {
  const TempFolder target;
  auto writer = TreeWriter::open(real_system(), {.directory = target.path()});
  ASSERT_TRUE(writer.ok());
  const std::vector<Made> members = {folder("d", 0755), file("d/a"), symlink("d/s", "a")};
  MadeReader reader(
      [&](std::size_t number, Made& made) {
        made = number < members.size() ? members[number] : made;
        return number < members.size();
      },
      Status(Code::kTruncated, "ends early"));
  const Outcome outcome = extract(reader, **writer);
  EXPECT_TRUE(outcome.status.ok());
  EXPECT_EQ(outcome.counts.damage.code(), Code::kTruncated);
  EXPECT_EQ(read_file(target / "d/s"), "content");
  EXPECT_EQ(testing::stat_of(target / "d").st_mode & 07777U, 0755U);
}

TEST(ExtractJob, AnArchiveWithoutAnyMemberBeforeTheDamageFails) {
  const TempFolder target;
  auto writer = TreeWriter::open(real_system(), {.directory = target.path()});
  ASSERT_TRUE(writer.ok());
  MadeReader reader([](std::size_t, Made&) { return false; },
                    Status(Code::kUnsupported, "of another kind"));
  EXPECT_EQ(extract(reader, **writer).status.code(), Code::kUnsupported);
}

TEST(ExtractJob, ContentOfAnotherLengthThanAnnouncedIsDamage) {
  const TempFolder target;
  Made longer = file("longer", "12345");
  longer.entry.size = 4;
  Made shorter = file("shorter", "12345");
  shorter.entry.size = 6;
  Made large = file("large", std::string(2U << 20U, 'x'));
  large.entry.size = (2U << 20U) - 1;
  const Outcome outcome =
      extract(real_system(), {.directory = target.path()}, {longer, shorter, large, file("good")});
  EXPECT_EQ(outcome.lost, (Strings{"longer", "shorter", "large"}));
  EXPECT_EQ(target.names(), Strings{"good"});
}

TEST(ExtractJob, OutputAndRatioAreBounded) {
  const TempFolder target(testing::On::kMemory);
  const std::vector<Made> members = {file("a", std::string(600, 'a')),
                                     file("b", std::string(600, 'b'))};
  EXPECT_EQ(extract(real_system(), {.directory = target.path()}, members, 1,
                    {.max_output = 1000, .consumed = {}})
                .status.code(),
            Code::kLimitExceeded);
  const std::vector<Made> bomb = {file("bomb", std::string(80U << 20U, '\0'))};
  const ExtractLimits limits = {.max_ratio = 1000,
                                .consumed = [] { return std::uint64_t{70'000}; }};
  const Outcome outcome = extract(real_system(), {.directory = target.path()}, bomb, 2, limits);
  EXPECT_EQ(outcome.status.code(), Code::kLimitExceeded);
  EXPECT_EQ(outcome.status.file(), "bomb");
  EXPECT_EQ(target.names(), Strings());
}

TEST(ExtractJob, EntriesAreToldInOrderWhateverTheThreads) {
  std::vector<Made> members;
  Strings names;
  for (int i = 0; i < 800; ++i) {
    members.push_back(
        file("f" + std::to_string(i), std::string(static_cast<std::size_t>(i % 7) * 400, 'x')));
    if (i % 200 == 7) {
      members.back() = file("f" + std::to_string(i), std::string((1U << 20U) + 9, 'L'));
    }
    names.push_back(members.back().entry.path);
  }
  for (const unsigned threads : {1U, 4U}) {
    const TempFolder target(testing::On::kMemory);
    const Outcome outcome = extract(real_system(), {.directory = target.path()}, members, threads);
    EXPECT_EQ(outcome.entries, names);
    for (const Made& member : members) {
      ASSERT_EQ(read_file(target / member.entry.path), member.content);
    }
  }
}

TEST(ExtractJob, ATestAppliesTheRulesAndWritesNothing) {
  const auto writer = make_null_tree_writer({.directory = "/nonexistent/at/all"});
  const std::vector<Made> members = {file("a"), file("../b"), damaged("c", 3U << 20U),
                                     file("d", std::string(3U << 20U, 'd'))};
  MadeReader reader([&](std::size_t number, Made& made) {
    made = number < members.size() ? members[number] : made;
    return number < members.size();
  });
  const Outcome outcome = extract(reader, *writer);
  EXPECT_TRUE(outcome.status.ok());
  EXPECT_EQ(outcome.rules(), Strings{"../b: parent directory"});
  EXPECT_EQ(outcome.lost, Strings{"c"});
  EXPECT_EQ(outcome.counts.files, 2U);
  EXPECT_EQ(outcome.counts.content, 7U + (3U << 20U));
}

}  // namespace
}  // namespace kompakt
