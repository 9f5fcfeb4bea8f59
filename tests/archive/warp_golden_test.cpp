// The member index as it is specified, and a frozen archive that is read for ever.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "warp_support.hpp"

namespace kompakt::testing::warp_archive {
namespace {

/// A file with nothing but a mode.
void strip(Entry& entry) {
  entry.modified.reset();
  entry.owner.reset();
  entry.user.clear();
  entry.group.clear();
  entry.xattrs.clear();
  entry.mode = entry.type == EntryType::kDirectory ? 0755U : 0644U;
}

TEST(WarpArchiveGolden, TheWorkedExampleOfTheSpecificationIsWhatTheWriterWrites) {
  const TempFolder folder(On::kMemory);
  ASSERT_TRUE(std::filesystem::create_directory(folder / "d"));
  write_file(folder / "d/f", "x");
  auto walked = walk_of(folder.path());
  for (auto& each : walked) {
    strip(each.entry);
  }
  const Packed packed = pack(walked, {.codec = "store", .hash = HashId::kXxh3});
  ASSERT_TRUE(packed.status.ok());
  if (const char* const where = std::getenv("KOMPAKT_MAKE_EXAMPLE"); where != nullptr) {
    std::ofstream(where, std::ios::binary)
        .write(reinterpret_cast<const char*>(packed.file.data()),
               static_cast<std::streamsize>(packed.file.size()));
  }
  std::ifstream document(std::string(KOMPAKT_SOURCE_DIR) + "/docs/format/warp-archive.md");
  ASSERT_TRUE(document);
  // Lines "OFFSET  HEX HEX ...  meaning" between the two markers; two spaces end the bytes.
  std::string hex;
  bool inside = false;
  for (std::string line; std::getline(document, line);) {
    if (line.starts_with("<!-- example ")) {
      inside = line.starts_with("<!-- example begins");
    } else if (inside && line.size() > 8 && line[0] != '`') {
      const auto from = line.find("  ") + 2;
      const std::string bytes = line.substr(from, line.find("  ", from) - from);
      std::copy_if(bytes.begin(), bytes.end(), std::back_inserter(hex),
                   [](char c) { return c != ' '; });
    }
  }
  EXPECT_EQ(hex, hex_of(packed.file));
}

TEST(WarpArchiveGolden, TheFrozenArchiveIsRead) {
  const std::string path = std::string(KOMPAKT_TEST_DATA) + "/v3-archive-zstd-blake3.warp";
  // Set only when the file is first made; it is never written again.
  if (std::getenv("KOMPAKT_MAKE_GOLDEN_ARCHIVE") != nullptr) {
    const TempFolder folder(On::kMemory);
    std::filesystem::create_directories(folder / "a/b");
    write_file(folder / "a/b/one.txt", std::string(9'000, 'o'));
    write_file(folder / "a/two", "two");
    write_file(folder / "again", "two");
    write_file(folder / "empty", "");
    std::filesystem::create_symlink("a/two", folder / "link");
    std::filesystem::create_hard_link(folder / "a/two", folder / "name");
    auto walked = walk_of(folder.path());
    for (auto& each : walked) {
      strip(each.entry);
      each.entry.modified = Entry::Time{1'000'000'000, 123'456'789};
      each.entry.owner = Entry::Owner{1000, 100};
      each.entry.user = "someone";
      each.entry.group = "users";
      each.entry.xattrs = {{"user.k", std::string("v\0", 2)}};
      if (each.entry.path == "a/b/one.txt") {
        each.entry.data_runs = {{.offset = 0, .length = 5'000, .hole = false},
                                {.offset = 8'000, .length = 1'000, .hole = false}};
      }
    }
    // Times that the files on disk do not have would make the holes out of date.
    for (auto& each : walked) {
      if (each.entry.data_runs) {
        each.entry.modified.reset();
      }
    }
    const Packed packed = pack(walked);
    ASSERT_TRUE(packed.status.ok());
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(packed.file.data()),
               static_cast<std::streamsize>(packed.file.size()));
  }
  std::ifstream stream(path, std::ios::binary);
  ASSERT_TRUE(stream) << path;
  const Bytes file = to_bytes(std::string((std::istreambuf_iterator<char>(stream)), {}));
  const Unpacked out = unpack(file, {}, 2);
  ASSERT_TRUE(out.clean()) << out.status.to_string() << out.counts.damage.to_string();
  ASSERT_EQ(out.members.size(), 8U);
  const auto& two = out.members.at("a/two");
  EXPECT_EQ(two.content, "two");
  EXPECT_EQ(out.members.at("again").content, "two");
  EXPECT_EQ(two.entry.modified, (Entry::Time{1'000'000'000, 123'456'789}));
  EXPECT_EQ(two.entry.owner, (Entry::Owner{1000, 100}));
  EXPECT_EQ(two.entry.user, "someone");
  EXPECT_EQ(two.entry.group, "users");
  EXPECT_EQ(two.entry.mode, 0644U);
  ASSERT_EQ(two.entry.xattrs.size(), 1U);
  EXPECT_EQ(two.entry.xattrs[0].second, std::string("v\0", 2));
  EXPECT_EQ(two.entry.digest.size(), 16U);
  EXPECT_EQ(out.members.at("a/b/one.txt").content,
            std::string(5'000, 'o') + std::string(3'000, '\0') + std::string(1'000, 'o'));
  EXPECT_EQ(out.members.at("link").entry.link_target, "a/two");
  EXPECT_EQ(out.members.at("name").entry.type, EntryType::kHardlink);
  EXPECT_EQ(out.members.at("name").entry.link_target, "a/two");
  EXPECT_EQ(out.members.at("empty").entry.size, 0U);
}

}  // namespace
}  // namespace kompakt::testing::warp_archive
