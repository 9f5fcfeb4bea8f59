// What is packed into a .warp archive comes out again, and only once goes in.
#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "archive/warp/similar_order.hpp"
#include "kompakt/stream.hpp"
#include "warp_support.hpp"

namespace kompakt::testing::warp_archive {
namespace {

std::string text_of(const Bytes& bytes) {
  std::string text(bytes.size(), '\0');
  std::transform(bytes.begin(), bytes.end(), text.begin(),
                 [](std::byte byte) { return static_cast<char>(byte); });
  return text;
}

/// A folder with a file of every kind.
void make_tree(const TempFolder& folder) {
  namespace fs = std::filesystem;
  fs::create_directories(folder / "a/deep/folder");
  fs::create_directories(folder / "empty folder");
  write_file(folder / "a/small.txt", "small");
  write_file(folder / "a/deep/empty", "");
  write_file(folder / "a/deep/large", text_of(text_bytes(30'000)));
  write_file(folder / "a/deep/large.twin", text_of(text_bytes(30'000)));
  write_file(folder / "a/deep/noise", text_of(random_bytes(9'000)));
  write_file(folder / "b", "small");
  write_file(folder / "n\xC3\xA4me with \n newline", "x");
  fs::create_symlink("a/small.txt", folder / "link");
  fs::create_symlink("nowhere/at all", folder / "dangling");
  fs::create_hard_link(folder / "a/small.txt", folder / "z-hardlink");
  ASSERT_EQ(::mkfifo((folder / "fifo").c_str(), 0640), 0);
  ASSERT_EQ(::chmod((folder / "b").c_str(), 0751), 0);
  static_cast<void>(::setxattr((folder / "b").c_str(), "user.colour", "bl\0e", 4, 0));
  const int sparse = ::open((folder / "sparse").c_str(), O_WRONLY | O_CREAT, 0600);
  ASSERT_GE(sparse, 0);
  ASSERT_EQ(::pwrite(sparse, "begin", 5, 0), 5);
  ASSERT_EQ(::pwrite(sparse, "middle", 6, 1'000'000), 6);
  ASSERT_EQ(::ftruncate(sparse, 1'200'000), 0);
  ::close(sparse);
}

TEST(WarpArchive, EveryKindOfMemberComesBackWithContentAndMetadata) {
  const TempFolder folder(On::kMemory);
  make_tree(folder);
  const auto walked = walk_of(folder.path());
  ASSERT_GE(walked.size(), 15U);
  for (const HashId hash : {HashId::kBlake3, HashId::kNone, HashId::kXxh64, HashId::kBlake2b}) {
    const Packed packed = pack(walked, {.hash = hash});
    ASSERT_TRUE(packed.status.ok()) << packed.status.to_string();
    EXPECT_TRUE(packed.warnings.empty());
    EXPECT_EQ(packed.counts.entries, walked.size());
    for (const unsigned threads : {1U, 4U}) {
      const Unpacked out = unpack(packed.file, {}, threads);
      ASSERT_TRUE(out.clean()) << out.status.to_string() << out.counts.damage.to_string();
      ASSERT_EQ(out.members.size(), walked.size());
      for (const auto& each : walked) {
        const auto found = out.members.find(each.entry.path);
        ASSERT_NE(found, out.members.end()) << each.entry.path;
        expect_same_entry(found->second.entry, each.entry);
        if (each.entry.type == EntryType::kFile) {
          EXPECT_EQ(found->second.content, read_file(each.real_path)) << each.entry.path;
        }
      }
    }
  }
}

TEST(WarpArchive, ATreeWrittenToDiskPacksToTheSameBytesAgain) {
  const TempFolder folder(On::kMemory);
  make_tree(folder);
  const Packed first = pack(walk_of(folder.path()));
  const auto source = memory_source(first.file);
  auto archive = WarpArchive::open(*source);
  ASSERT_TRUE(archive.ok()) << archive.status().to_string();
  const TempFolder target(On::kMemory);
  TreeWriterOptions writing;
  writing.directory = target.path();
  writing.allow_devices = true;
  auto writer = TreeWriter::open(real_system(), writing);
  ASSERT_TRUE(writer.ok()) << writer.status().to_string();
  MemberFilter filter{MemberSelection{}};
  auto job = make_warp_extract_job(**archive, **writer, filter, {});
  ASSERT_TRUE(job.ok());
  const Status ran = run(**job, 2);
  ASSERT_TRUE(ran.ok()) << ran.to_string();
  EXPECT_EQ((*job)->counts().refused, 0U);
  EXPECT_EQ(read_file(target / "sparse"), read_file(folder / "sparse"));
  EXPECT_EQ(stat_of(target / "z-hardlink").st_ino, stat_of(target / "a/small.txt").st_ino);
  EXPECT_EQ(pack(walk_of(target.path())).file, first.file);
}

TEST(WarpArchive, TheBytesDependNeitherOnThreadsNorOnTheOrderOfTheWalk) {
  const TempFolder folder(On::kMemory);
  for (int i = 0; i < 300; ++i) {
    write_file(folder / ("f" + std::to_string(i * 7919 % 300) + (i % 3 == 0 ? ".c" : ".png")),
               text_of(text_bytes(static_cast<std::size_t>(i) * 37 % 9000,
                                  1 + static_cast<std::uint64_t>(i) % 50)));
  }
  auto walked = walk_of(folder.path());
  const Packed first = pack(walked);
  ASSERT_TRUE(first.status.ok());
  EXPECT_EQ(pack(walked, {.threads = 3}).file, first.file);
  std::reverse(walked.begin(), walked.end());
  EXPECT_EQ(pack(walked, {.threads = 8}).file, first.file);
}

TEST(WarpArchive, EqualFilesAreStoredOnceWhateverTheirSize) {
  const TempFolder folder(On::kMemory);
  const Bytes large = random_bytes(1'200'000);
  const Bytes small = random_bytes(5'000, 9);
  for (const char* name : {"1.bin", "2", "3.txt"}) {
    write_file(folder / (std::string("large") + name), text_of(large));
    write_file(folder / (std::string("small") + name), text_of(small));
  }
  Bytes other = large;
  other.back() ^= std::byte{1};
  write_file(folder / "large4", text_of(other));
  for (const HashId hash : {HashId::kBlake3, HashId::kNone, HashId::kXxh3}) {
    const Packed packed = pack(walk_of(folder.path()), {.block_size = 1U << 16U, .hash = hash});
    ASSERT_TRUE(packed.status.ok());
    EXPECT_EQ(packed.counts.duplicates, 4U);
    EXPECT_LT(packed.file.size(), 2 * large.size() + small.size() + 20'000);
    const Unpacked out = unpack(packed.file, {}, 3);
    ASSERT_TRUE(out.clean()) << out.status.to_string();
    EXPECT_EQ(out.members.at("large3.txt").content, text_of(large));
    EXPECT_EQ(out.members.at("large2").content, text_of(large));
    EXPECT_EQ(out.members.at("large4").content, text_of(other));
    EXPECT_EQ(out.members.at("small1.bin").content, text_of(small));
  }
}

TEST(WarpArchive, ManyEqualFilesAcrossBlocksNeedNotBeOpenAtTheSameTime) {
  const TempFolder folder(On::kMemory);
  const std::string content = text_of(text_bytes(10'000));
  for (int i = 0; i < 150; ++i) {
    write_file(folder / std::to_string(i), content);
  }
  const Packed packed = pack(walk_of(folder.path()));
  const Unpacked out = unpack(packed.file, {}, 2);
  ASSERT_TRUE(out.clean());
  EXPECT_EQ(packed.counts.duplicates, 149U);
  EXPECT_EQ(std::count_if(out.members.begin(), out.members.end(),
                          [&](const auto& each) { return each.second.content == content; }),
            150);
}

TEST(WarpArchive, APlainReaderDecodesTheContentOfEachFileOnce) {
  const TempFolder folder(On::kMemory);
  write_file(folder / "a", "first ");
  write_file(folder / "b", "second");
  write_file(folder / "c", "first ");
  const Packed packed = pack(walk_of(folder.path()));
  const auto source = memory_source(packed.file);
  Bytes content;
  const auto sink = memory_sink(content);
  ASSERT_TRUE(decompress(*source, *sink).ok());
  EXPECT_EQ(text_of(content), "first second");
}

TEST(WarpArchive, OfArchivesLaidEndToEndTheLaterMemberCounts) {
  const TempFolder one(On::kMemory);
  const TempFolder two(On::kMemory);
  write_file(one / "a", "old a");
  write_file(one / "c", "c");
  write_file(two / "a", "the newer a");
  write_file(two / "b", "b");
  Bytes file = pack(walk_of(one.path())).file;
  const Bytes second = pack(walk_of(two.path())).file;
  file.insert(file.end(), second.begin(), second.end());
  const Unpacked out = unpack(file);
  ASSERT_TRUE(out.clean()) << out.status.to_string();
  ASSERT_EQ(out.members.size(), 3U);
  EXPECT_EQ(out.members.at("a").content, "the newer a");
  EXPECT_EQ(out.members.at("b").content, "b");
  EXPECT_EQ(out.members.at("c").content, "c");
  const auto source = memory_source(file);
  auto archive = WarpArchive::open(*source);
  ASSERT_TRUE(archive.ok());
  const auto found = (*archive)->find("a");
  ASSERT_TRUE(found.ok() && found->has_value());
  Bytes content;
  const auto sink = memory_sink(content);
  ASSERT_TRUE(
      decompress_range(*source, *sink, (*found)->range.offset, (*found)->range.length).ok());
  EXPECT_EQ(text_of(content), "the newer a");
}

TEST(WarpArchive, NamesAndGlobsTakeTheirMembersOnly) {
  const TempFolder folder(On::kMemory);
  make_tree(folder);
  const Packed packed = pack(walk_of(folder.path()));
  const auto names_of = [&](const MemberSelection& selection) {
    std::string names;
    for (const auto& [name, kept] : unpack(packed.file, selection).members) {
      names += name + ",";
    }
    return names;
  };
  EXPECT_EQ(names_of({.names = {"a/deep/noise"}, .include = {}, .exclude = {}}), "a/deep/noise,");
  EXPECT_EQ(names_of({.names = {"b", "a/deep/"}, .include = {}, .exclude = {"large*"}}),
            "a/deep,a/deep/empty,a/deep/folder,a/deep/noise,b,");
  EXPECT_EQ(names_of({.names = {"**/large.*"}, .include = {}, .exclude = {}}),
            "a/deep/large.twin,");
  EXPECT_EQ(names_of({.names = {"a/small.txt", "a"}, .include = {"*.txt"}, .exclude = {}}),
            "a/small.txt,");
  EXPECT_EQ(names_of({.names = {"nothing"}, .include = {}, .exclude = {}}), "");
}

TEST(WarpArchive, MoreMembersThanASegmentHoldsAreFoundOneByOne) {
  const TempFolder folder(On::kMemory);
  constexpr int kMembers = 9'000;
  for (int i = 0; i < kMembers; ++i) {
    write_file(folder / ("file" + std::to_string(i)), std::to_string(i));
  }
  const Packed packed = pack(walk_of(folder.path()), {.block_size = 1U << 16U});
  const auto source = memory_source(packed.file);
  EXPECT_TRUE(has_member_index(*source));
  auto archive = WarpArchive::open(*source);
  ASSERT_TRUE(archive.ok());
  EXPECT_EQ((*archive)->members(), static_cast<std::uint64_t>(kMembers));
  int seen = 0;
  ASSERT_TRUE((*archive)
                  ->for_each([&](const Entry&, const auto&) {
                    ++seen;
                    return Status();
                  })
                  .ok());
  EXPECT_EQ(seen, kMembers);
  for (const int i : {0, 1, 4095, 4096, 8999}) {
    const auto found = (*archive)->find("file" + std::to_string(i));
    ASSERT_TRUE(found.ok() && found->has_value()) << i;
    EXPECT_EQ((*found)->entry.size, std::to_string(i).size());
  }
  EXPECT_FALSE((*archive)->find("file9999").value().has_value());
  EXPECT_FALSE((*archive)->find("file").value().has_value());
}

TEST(WarpArchive, AFileThatVanishesIsLeftOutWithItsOtherNames) {
  const TempFolder folder(On::kMemory);
  write_file(folder / "gone", "gone");
  write_file(folder / "here", "here");
  std::filesystem::create_hard_link(folder / "gone", folder / "other");
  const auto walked = walk_of(folder.path());
  std::filesystem::remove(folder / "gone");
  std::filesystem::remove(folder / "other");
  const Packed packed = pack(walked);
  ASSERT_TRUE(packed.status.ok());
  EXPECT_EQ(packed.warnings.size(), 2U);
  const Unpacked out = unpack(packed.file);
  ASSERT_TRUE(out.clean());
  ASSERT_EQ(out.members.size(), 1U);
  EXPECT_EQ(out.members.at("here").content, "here");
}

TEST(WarpArchive, AFileThatGrewOrShrankIsStoredAsItIsFound) {
  const TempFolder folder(On::kMemory);
  write_file(folder / "grows", "short");
  write_file(folder / "shrinks", "was long");
  const auto walked = walk_of(folder.path());
  write_file(folder / "grows", "much longer by now");
  write_file(folder / "shrinks", "is not");
  const Packed packed = pack(walked);
  ASSERT_TRUE(packed.status.ok());
  EXPECT_EQ(packed.warnings.size(), 2U);
  const Unpacked out = unpack(packed.file);
  ASSERT_TRUE(out.clean());
  EXPECT_EQ(out.members.at("grows").content, "much longer by now");
  EXPECT_EQ(out.members.at("shrinks").content, "is not");
}

TEST(WarpArchive, AnEmptyArchiveIsOne) {
  const Packed packed = pack({});
  ASSERT_TRUE(packed.status.ok());
  const auto source = memory_source(packed.file);
  EXPECT_TRUE(has_member_index(*source));
  EXPECT_TRUE(unpack(packed.file).clean());
}

TEST(WarpArchive, ACompressedFileIsNone) {
  const Bytes content = text_bytes(20'000);
  for (const std::size_t size : {std::size_t{0}, std::size_t{100}, content.size()}) {
    Bytes file;
    const auto from = memory_source(ByteSpan(content).first(size));
    const auto to = memory_sink(file);
    CompressOptions options;
    options.block_size = 4096;
    ASSERT_TRUE(compress(*from, *to, options).ok());
    const auto source = memory_source(file);
    EXPECT_FALSE(has_member_index(*source));
    EXPECT_EQ(WarpArchive::open(*source).status().code(), Code::kUnsupported);
  }
}

TEST(WarpArchive, TheLimitOnOutputHoldsBeforeAnythingIsWritten) {
  const TempFolder folder(On::kMemory);
  write_file(folder / "a", std::string(5000, 'a'));
  write_file(folder / "b", std::string(5000, 'b'));
  const Packed packed = pack(walk_of(folder.path()));
  const auto source = memory_source(packed.file);
  auto archive = WarpArchive::open(*source);
  ASSERT_TRUE(archive.ok());
  MemoryWriter writer;
  MemberFilter filter{MemberSelection{}};
  WarpExtractOptions options;
  options.limits.max_output = 9'999;
  auto job = make_warp_extract_job(**archive, writer, filter, options);
  ASSERT_TRUE(job.ok());
  EXPECT_EQ(run(**job, 1).code(), Code::kLimitExceeded);
  EXPECT_TRUE(writer.kept().empty());
}

TEST(WarpArchive, FilesOfParallelFoldersLieTogether) {
  MemberStore members;
  std::vector<std::uint32_t> files;
  for (const char* language : {"de", "en", "fr", "pt"}) {
    for (const char* name : {"one.mo", "two.mo"}) {
      Entry entry;
      entry.path = std::string("share/") + language + "/LC_MESSAGES/" + name;
      files.push_back(static_cast<std::uint32_t>(members.size()));
      members.add(entry);
    }
  }
  EXPECT_EQ(similar_order(members, files), (std::vector<std::uint32_t>{0, 2, 4, 6, 1, 3, 5, 7}));
}

TEST(WarpArchive, VersionsOfOneFileLieTogetherAndFoldersStayWhole) {
  MemberStore members;
  std::vector<std::uint32_t> files;
  for (const char* path :
       {"chip1/core.c", "chips/a_1_0_mask.h", "chips/a_1_0_offset.h", "chips/a_2_0_mask.h",
        "chips/a_2_0_offset.h", "chips/b.h", "chips2/a.c"}) {
    Entry entry;
    entry.path = path;
    files.push_back(static_cast<std::uint32_t>(members.size()));
    members.add(entry);
  }
  EXPECT_EQ(similar_order(members, files), (std::vector<std::uint32_t>{0, 1, 3, 2, 4, 5, 6}));
}

}  // namespace
}  // namespace kompakt::testing::warp_archive
