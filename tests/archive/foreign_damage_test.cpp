#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <filesystem>

#include "archive/foreign/errors.hpp"
#include "archive/foreign/foreign.hpp"
#include "archive/foreign/library.hpp"
#include "archive/foreign/xar_toc.hpp"
#include "format/stock_tools.hpp"
#include "support/read_members.hpp"
#include "temp_folder.hpp"

namespace kompakt::testing {
namespace {

/// Reads whatever it is; where it cannot be opened, `end` says why.
ReadArchive read_any(ByteSpan bytes) {
  const auto source = memory_source(bytes);
  auto reader = open_foreign_reader(*source);
  if (!reader.ok()) {
    ReadArchive nothing;
    nothing.end = reader.status();
    return nothing;
  }
  return read_members(**reader, 65536, 1U << 20U);
}

/// Archives of a few files whose content does not shrink, so that damage meets content too.
Bytes some_archive(const std::string& format) {
  const TempFolder folder;
  std::vector<std::string> command = {"env", "LC_ALL=C.UTF-8",   "bsdtar", "--format",     format,
                                      "-cf", folder / "archive", "-C",     folder / "tree"};
  std::filesystem::create_directory(folder / "tree");
  for (int i = 0; i < 6; ++i) {
    const std::string name = "file" + std::to_string(i);
    const Bytes noise = random_bytes(3000, static_cast<std::uint64_t>(i));
    write_file(folder / ("tree/" + name),
               {reinterpret_cast<const char*>(noise.data()), noise.size()});
    command.push_back(name);
  }
  run_tool(command, {});
  return to_bytes(read_file(folder / "archive"));
}

class ForeignDamage : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (!archive_library().ok() || !have_tool("bsdtar")) {
      GTEST_SKIP() << "needs libarchive and bsdtar";
    }
  }
};

INSTANTIATE_TEST_SUITE_P(Formats, ForeignDamage,
                         ::testing::Values("newc", "odc", "7zip", "iso9660", "xar"),
                         [](const auto& each) { return std::string(each.param); });

TEST_P(ForeignDamage, NoTruncatedArchivePassesForWhole) {
  const Bytes whole = some_archive(GetParam());
  const ReadArchive reference = read_any(whole);
  ASSERT_TRUE(reference.clean());
  const std::size_t steps = 60;
  for (std::size_t i = 0; i < steps; ++i) {
    const std::size_t size = whole.size() * i / steps;
    const ReadArchive got = read_any(ByteSpan(whole).first(size));
    std::size_t intact = 0;
    for (const auto& member : got.members) {
      const auto* const original = reference.find(member.entry.path);
      ASSERT_NE(original, nullptr);
      intact += member.status.ok() && member.content == original->content ? 1U : 0U;
      EXPECT_TRUE(!member.status.ok() || member.content == original->content)
          << "wrong content passed for right";
    }
    // The end of an ISO image is padding; all members may be there without it.
    EXPECT_TRUE(!got.clean() || intact == reference.members.size()) << "cut at " << size;
  }
}

TEST_P(ForeignDamage, FlippedBytesNeitherCrashNorHang) {
  const Bytes whole = some_archive(GetParam());
  Random random(11);
  for (int i = 0; i < 150; ++i) {
    Bytes damaged = whole;
    // The first and the last kilobyte hold what is about the archive itself.
    const std::size_t zone = random.below(3);
    const std::size_t span = zone == 2 ? whole.size() : std::min<std::size_t>(1024, whole.size());
    const std::size_t at = random.below(span) + (zone == 1 ? whole.size() - span : 0);
    damaged[at] ^= static_cast<std::byte>(1U << random.below(8));
    (void)read_any(damaged);
  }
}

TEST(ForeignVerdicts, ContentThatFailsItsChecksumIsLost) {
  if (!archive_library().ok() || !have_tool("7zz")) {
    GTEST_SKIP() << "needs libarchive and 7zz";
  }
  const TempFolder folder;
  write_file(folder / "a", std::string(5000, 'a'));
  write_file(folder / "b", std::string(5000, 'b'));
  run_tool({"7zz", "a", "-bso0", "-bsp0", "-m0=copy", "-ms=off", folder / "x.7z", folder / "a",
            folder / "b"},
           {});
  Bytes bytes = to_bytes(read_file(folder / "x.7z"));
  const auto first = std::search_n(bytes.begin(), bytes.end(), 100, std::byte{'a'});
  ASSERT_NE(first, bytes.end());
  *(first + 50) = std::byte{'x'};
  const ReadArchive got = read_any(bytes);
  ASSERT_NE(got.find("a"), nullptr);
  EXPECT_EQ(got.find("a")->status.code(), Code::kCorrupt);
  ASSERT_NE(got.find("b"), nullptr) << "damage in one member must not hide the next";
  EXPECT_TRUE(got.find("b")->status.ok());
  EXPECT_EQ(got.find("b")->content, std::string(5000, 'b'));
}

TEST(ForeignVerdicts, EncryptedMembersAreUnsupportedNotCorrupt) {
  if (!archive_library().ok() || !have_tool("7zz")) {
    GTEST_SKIP() << "needs libarchive and 7zz";
  }
  const TempFolder folder;
  write_file(folder / "secret", "nobody may read this");
  run_tool({"7zz", "a", "-bso0", "-bsp0", "-pword", folder / "data.7z", folder / "secret"}, {});
  run_tool(
      {"7zz", "a", "-bso0", "-bsp0", "-pword", "-mhe=on", folder / "all.7z", folder / "secret"},
      {});
  const ReadArchive data = read_any(to_bytes(read_file(folder / "data.7z")));
  ASSERT_EQ(data.members.size(), 1U);
  EXPECT_EQ(data.members[0].status.code(), Code::kUnsupported);
  EXPECT_EQ(read_any(to_bytes(read_file(folder / "all.7z"))).end.code(), Code::kUnsupported);
}

TEST(ForeignVerdicts, TellTruncatedUnsupportedAndMemoryFromCorrupt) {
  EXPECT_EQ(foreign_failure(84, "Truncated 7-Zip file body").code(), Code::kTruncated);
  EXPECT_EQ(
      foreign_failure(84, "The archive header is encrypted, but currently not supported").code(),
      Code::kUnsupported);
  EXPECT_EQ(foreign_failure(12, "anything").code(), Code::kLimitExceeded);
  EXPECT_EQ(foreign_failure(84, "Damaged 7-Zip archive").code(), Code::kCorrupt);
  EXPECT_EQ(foreign_failure(0, "").code(), Code::kCorrupt);
}

TEST(ForeignXar, TablesThatMakeLibarchiveHangAreRefused) {
  const std::string open = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<xar><toc>";
  const std::string close = "</toc></xar>";
  const auto check = [&](const std::string& inside) {
    return check_xar_text(open + inside + close).code();
  };
  EXPECT_EQ(check("<file id=\"1\"><type link=\"original\">hardlink</type></file>"
                  "<file id=\"2\"><type link=\"1\">hardlink</type></file>"),
            Code::kOk);
  EXPECT_EQ(check("<file id=\"1\"><type>directory</type><file id=\"2\"><type\nlink='1'>hardlink"
                  "</type></file></file>"),
            Code::kOk);
  EXPECT_EQ(check("<file><type link=\"1\">hardlink</type><type link=\"1\">hardlink</type></file>"),
            Code::kCorrupt);
  EXPECT_EQ(check("<file><type link=\"1\">hardlink</type><file></file><type\tlink='1'/></file>"),
            Code::kCorrupt)
      << "children in between";
  EXPECT_EQ(check_xar_text("<!DOCTYPE x [<!ENTITY y 'z'>]><xar/>").code(), Code::kCorrupt);
  EXPECT_EQ(check_xar_text("<?xml version=\"1.0\" encoding='UTF-7'?><xar/>").code(),
            Code::kUnsupported);
  EXPECT_EQ(check_xar_text(std::string("\xFE\xFF\0<", 4)).code(), Code::kUnsupported);
  std::string many;
  for (int i = 0; i < 20'001; ++i) {
    many += "<file><type link=\"1\"/></file>";
  }
  EXPECT_EQ(check(many), Code::kLimitExceeded);
}

/// libarchive's own test archives, hostile ones among them: none may crash it or take long.
TEST(ForeignPublic, EveryTestArchiveOfLibarchiveComesToAnEnd) {
  const std::string root = std::string(KOMPAKT_SHARED) + "/interop/libarchive";
  if (!archive_library().ok() || !std::filesystem::exists(root)) {
    GTEST_SKIP() << "needs libarchive and " << root;
  }
  std::size_t seen = 0;
  std::size_t clean = 0;
  for (const auto& found : std::filesystem::recursive_directory_iterator(root)) {
    if (!found.is_regular_file()) {
      continue;
    }
    const Bytes bytes = to_bytes(read_file(found.path().string()));
    if (!may_be_foreign(bytes)) {
      continue;
    }
    SCOPED_TRACE(found.path().filename().string());
    const auto begin = std::chrono::steady_clock::now();
    // What any failure before may leave: libarchive would take it for its own and end the process.
    errno = ENOMEM;
    const ReadArchive got = read_any(bytes);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
    ++seen;
    clean += got.clean() ? 1U : 0U;
  }
  EXPECT_GT(seen, 150U);
  EXPECT_GT(clean, 90U) << "most of them are sound";
}

TEST(ForeignPublic, ARar5OfLibarchivesTestsHasItsContent) {
  const std::string path = std::string(KOMPAKT_SHARED) +
                           "/interop/libarchive/libarchive/test/test_read_format_rar5_stored.rar";
  if (!archive_library().ok() || !std::filesystem::exists(path)) {
    GTEST_SKIP() << "needs libarchive and " << path;
  }
  const ReadArchive got = read_any(to_bytes(read_file(path)));
  ASSERT_NE(got.find("helloworld.txt"), nullptr);
  EXPECT_EQ(got.find("helloworld.txt")->content, "hello libarchive test suite!\n");
  EXPECT_EQ(got.format, "RAR5");
}

}  // namespace
}  // namespace kompakt::testing
