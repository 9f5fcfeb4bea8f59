#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <filesystem>

#include "archive/foreign/entries.hpp"
#include "archive/foreign/foreign.hpp"
#include "archive/foreign/library.hpp"
#include "format/stock_tools.hpp"
#include "ordered_ends.hpp"
#include "support/read_members.hpp"
#include "temp_folder.hpp"

namespace kompakt::testing {
namespace {

const std::string kAccented = "caf\xC3\xA9.txt";

/// A small tree that every one of these formats can hold.
class Foreign : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!archive_library().ok()) {
      GTEST_SKIP() << "libarchive is not installed";
    }
    std::filesystem::create_directories(folder_ / "tree/sub");
    for (const auto& [name, content] : contents_) {
      write_file(folder_ / ("tree/" + name), content);
    }
    const timespec times[2] = {{.tv_sec = 1'600'000'000, .tv_nsec = 0},
                               {.tv_sec = 1'500'000'000, .tv_nsec = 123'456'700}};
    ASSERT_EQ(::utimensat(AT_FDCWD, (folder_ / "tree/plain").c_str(), times, 0), 0);
    ASSERT_EQ(::chmod((folder_ / "tree/plain").c_str(), 0640), 0);
  }

  /// An archive of the tree, by bsdtar. Names are given in an order that never changes.
  Bytes archive(const std::string& format) {
    if (!have_tool("bsdtar")) {
      return {};
    }
    std::vector<std::string> command = {
        "env", "LC_ALL=C.UTF-8", "bsdtar", "--format", format, "-cf", out_, "-C", folder_ / "tree"};
    for (const auto& name : std::filesystem::directory_iterator(folder_ / "tree")) {
      command.push_back(name.path().filename().string());
    }
    std::sort(command.begin() + 9, command.end());
    run_tool(command, {});
    return to_bytes(read_file(out_));
  }

  static ReadArchive read(ByteSpan bytes, std::size_t piece = 65536) {
    const auto source = memory_source(bytes);
    auto reader = open_foreign_reader(*source);
    EXPECT_TRUE(reader.ok()) << reader.status().to_string();
    return reader.ok() ? read_members(**reader, piece) : ReadArchive{};
  }

  void expect_contents(const ReadArchive& got) {
    EXPECT_TRUE(got.clean()) << got.end.to_string() << got.damage.to_string();
    for (const auto& [name, content] : contents_) {
      const auto* const member = got.find(name);
      ASSERT_NE(member, nullptr) << name;
      EXPECT_EQ(member->content, content) << name;
      EXPECT_EQ(member->entry.size, content.size()) << name;
    }
  }

  TempFolder folder_;
  std::string out_ = folder_ / "archive";
  std::vector<std::pair<std::string, std::string>> contents_ = {
      {"plain", "plain text"},
      {"empty", ""},
      {kAccented, "an accent"},
      {"sub/inside", std::string(3000, 'i')},
      {"large", std::string(700'000, 'L') + "end"}};
};

TEST_F(Foreign, FormatsOfBsdtarAreReadWhole) {
  if (!have_tool("bsdtar")) {
    GTEST_SKIP() << "needs bsdtar";
  }
  for (const auto& [format, name] :
       {std::pair{"newc", "cpio"}, std::pair{"odc", "cpio"}, std::pair{"bin", "cpio"},
        std::pair{"7zip", "7-Zip"}, std::pair{"iso9660", "ISO 9660"}, std::pair{"xar", "xar"}}) {
    SCOPED_TRACE(format);
    const Bytes bytes = archive(format);
    EXPECT_TRUE(may_be_foreign(ByteSpan(bytes).first(std::min(bytes.size(), kForeignHeadSize))));
    for (const std::size_t piece : {1U << 20U, 4096U, 701U}) {
      const ReadArchive got = read(bytes, piece);
      EXPECT_EQ(got.format, name);
      expect_contents(got);
      ASSERT_NE(got.find("sub"), nullptr);
      EXPECT_EQ(got.find("sub")->entry.type, EntryType::kDirectory);
      EXPECT_EQ(got.find("plain")->entry.modified->seconds, 1'500'000'000);
    }
  }
}

TEST_F(Foreign, ModesTimesAndOwnersAreTold) {
  if (!have_tool("bsdtar")) {
    GTEST_SKIP() << "needs bsdtar";
  }
  const Bytes cpio = archive("newc");
  const ReadArchive old = read(cpio);
  EXPECT_EQ(old.find("plain")->entry.mode, 0640U);
  ASSERT_TRUE(old.find("plain")->entry.owner.has_value());
  EXPECT_EQ(old.find("plain")->entry.owner->uid, ::geteuid());

  const Bytes seven = archive("7zip");
  const ReadArchive modern = read(seven);
  EXPECT_EQ(modern.find("plain")->entry.mode, 0640U);
  EXPECT_EQ(modern.find("plain")->entry.modified,
            (Entry::Time{.seconds = 1'500'000'000, .nanoseconds = 123'456'700}));
  EXPECT_FALSE(modern.find("plain")->entry.owner.has_value())
      << "7-Zip stores no owner: root must not be made up";
}

TEST_F(Foreign, AttributesOfAXarAreTold) {
  const std::string value("a\0b", 3);
  if (!have_tool("bsdtar") || ::setxattr((folder_ / "tree/plain").c_str(), "user.note",
                                         value.data(), value.size(), 0) != 0) {
    GTEST_SKIP() << "needs bsdtar and a file system with attributes";
  }
  const Bytes bytes = archive("xar");
  const ReadArchive got = read(bytes);
  const std::vector<std::pair<std::string, std::string>> wanted = {{"user.note", value}};
  EXPECT_EQ(got.find("plain")->entry.xattrs, wanted);
}

// In newc the content comes with the last name; every order must lead to one file and links to it.
TEST_F(Foreign, HardLinksOfEveryCpioLeadToTheNameWithTheContent) {
  if (!have_tool("bsdtar")) {
    GTEST_SKIP() << "needs bsdtar";
  }
  for (const char* const name : {"link-1", "link-2", "sub/link-3"}) {
    std::filesystem::create_hard_link(folder_ / "tree/large",
                                      folder_ / ("tree/" + std::string(name)));
  }
  std::filesystem::create_hard_link(folder_ / "tree/empty", folder_ / "tree/empty-2");
  for (const char* const format : {"newc", "odc", "bin"}) {
    SCOPED_TRACE(format);
    const Bytes bytes = archive(format);
    const ReadArchive got = read(bytes);
    EXPECT_TRUE(got.clean());
    std::string file;
    int links = 0;
    for (const auto& member : got.members) {
      if (member.content.size() == 700'003) {
        EXPECT_TRUE(file.empty()) << "content twice";
        file = member.entry.path;
      } else if (member.entry.type == EntryType::kHardlink && member.entry.path != "empty-2") {
        EXPECT_EQ(member.entry.link_target, file) << "must come after the file";
        ++links;
      }
    }
    EXPECT_EQ(links, 3);
    ASSERT_NE(got.find("empty-2"), nullptr);
    EXPECT_EQ(got.find("empty-2")->entry.link_target, "empty");
  }
}

TEST_F(Foreign, StreamsThroughAPipeWhereTheFormatCan) {
  if (!have_tool("bsdtar")) {
    GTEST_SKIP() << "needs bsdtar";
  }
  for (const char* const format : {"newc", "odc", "iso9660"}) {
    SCOPED_TRACE(format);
    const Bytes bytes = archive(format);
    OrderedSource source(bytes);
    auto reader = open_foreign_reader(source);
    ASSERT_TRUE(reader.ok()) << reader.status().to_string();
    expect_contents(read_members(**reader));
  }
  for (const char* const format : {"7zip", "xar"}) {
    const Bytes bytes = archive(format);
    OrderedSource source(bytes);
    EXPECT_EQ(open_foreign_reader(source).status().code(), Code::kUnsupported) << format;
  }
}

TEST_F(Foreign, SevenZipOfItsOwnToolIsRead) {
  if (!have_tool("7zz")) {
    GTEST_SKIP() << "needs 7zz";
  }
  for (const char* const method : {"-m0=lzma2", "-m0=ppmd", "-m0=bzip2", "-m0=copy", "-ms=off"}) {
    SCOPED_TRACE(method);
    std::filesystem::remove(folder_ / "a.7z");
    run_tool({"env", "LC_ALL=C.UTF-8", "7zz", "a", "-bso0", "-bsp0", method, folder_ / "a.7z",
              folder_ / "tree/."},
             {});
    expect_contents(read(to_bytes(read_file(folder_ / "a.7z"))));
  }
}

TEST_F(Foreign, StaticLibrariesAndDebianPackagesListAsAr) {
  if (!have_tool("ar")) {
    GTEST_SKIP() << "needs ar";
  }
  const std::string long_name(60, 'n');
  write_file(folder_ / "debian-binary", "2.0\n");
  write_file(folder_ / long_name, "long");
  run_tool({"ar", "rc", out_, folder_ / "debian-binary", folder_ / long_name}, {});
  const ReadArchive got = read(to_bytes(read_file(out_)));
  EXPECT_TRUE(got.clean());
  ASSERT_EQ(got.members.size(), 2U) << "tables of names and symbols are no members";
  EXPECT_EQ(got.find("debian-binary")->content, "2.0\n");
  EXPECT_EQ(got.find(long_name)->content, "long");
}

// Whatever the program's locale is: the tests run in "C", where libarchive alone loses these names.
TEST_F(Foreign, NamesStayAsTheyAreInTheCLocale) {
  ASSERT_STREQ(::setlocale(LC_CTYPE, nullptr), "C");
  if (!have_tool("bsdtar")) {
    GTEST_SKIP() << "needs bsdtar";
  }
  const std::string japanese = "\xE6\x97\xA5\xE6\x9C\xAC";
  const std::string no_utf8 = "latin-\xE9";
  for (const auto& name : {japanese, std::string("e\xCC\x81")}) {
    write_file(folder_ / ("tree/" + name), name);
  }
  for (const char* const format : {"7zip", "iso9660", "xar", "newc"}) {
    SCOPED_TRACE(format);
    const Bytes bytes = archive(format);
    const ReadArchive got = read(bytes);
    EXPECT_TRUE(got.clean()) << got.damage.to_string();
    EXPECT_NE(got.find(japanese), nullptr);
    // Formats that store Unicode rather than bytes come back composed.
    const bool bytes_kept = format == std::string("newc") || format == std::string("iso9660");
    EXPECT_NE(got.find(bytes_kept ? "e\xCC\x81" : "\xC3\xA9"), nullptr);
  }
  write_file(folder_ / ("tree/" + no_utf8), no_utf8);
  const Bytes bytes = archive("newc");
  EXPECT_NE(read(bytes).find(no_utf8), nullptr) << "bytes that are no UTF-8 stay bytes";
}

TEST(ForeignKinds, AreToldByTheirFirstBytes) {
  using namespace std::string_view_literals;
  const auto kind = [](std::string_view text) { return foreign_kind(to_bytes(text)); };
  EXPECT_EQ(kind("7z\xBC\xAF\x27\x1C\0\4"sv), ForeignKind::k7Zip);
  EXPECT_EQ(kind("Rar!\x1A\x07\x00"sv), ForeignKind::kRar);
  EXPECT_EQ(kind("Rar!\x1A\x07\x01\x00"sv), ForeignKind::kRar5);
  EXPECT_EQ(kind("MSCF\0\0\0\0"sv), ForeignKind::kCab);
  EXPECT_EQ(kind("070701"sv), ForeignKind::kCpio);
  EXPECT_EQ(kind("WARC/1.0\r\n"sv), ForeignKind::kWarc);
  EXPECT_EQ(kind("\x20\x10-lh5-............\x20\x01"sv), ForeignKind::kLha);
  EXPECT_EQ(kind(std::string(32769, '\0') + "CD001\1"), ForeignKind::kIso9660);
  for (const auto text : {""sv, "7z"sv, "PK\3\4"sv, "\x1F\x8B\x08"sv, "Rar!"sv, "MSCF"sv,
                          "\x20\x10-lh9-............\x20\x01"sv}) {
    EXPECT_FALSE(kind(text).has_value()) << text;
  }
  // Two bytes are not enough for the old cpio: the rest of a header must follow.
  EXPECT_FALSE(kind("\xC7\x71" + std::string(40, '\0')).has_value());
  EXPECT_FALSE(kind("\xC7\x71" + std::string(40, 'x')).has_value());
}

Entry file_named(const std::string& path, std::uint64_t size = 0) {
  Entry entry;
  entry.path = path;
  entry.size = size;
  return entry;
}

TEST(ForeignCpioLinks, AreHeldBackOnlyUntilTheContentComes) {
  CpioLinks links;
  Entry a = file_named("a");
  Entry b = file_named("b", 5);
  Entry other = file_named("other");
  Entry c = file_named("c");
  c.type = EntryType::kHardlink;
  c.link_target = "a";
  EXPECT_EQ(links.take(a, 1, 7, 3), CpioLinks::Verdict::kHoldBack);
  EXPECT_EQ(links.take(other, 1, 8, 2), CpioLinks::Verdict::kHoldBack);
  EXPECT_FALSE(links.next().has_value());
  EXPECT_EQ(links.take(b, 1, 7, 3), CpioLinks::Verdict::kTell);
  EXPECT_EQ(b.type, EntryType::kFile);
  const auto held = links.next();
  ASSERT_TRUE(held.has_value());
  EXPECT_EQ(held->path, "a");
  EXPECT_EQ(held->link_target, "b");
  EXPECT_FALSE(links.next().has_value());
  EXPECT_EQ(links.take(c, 1, 7, 3), CpioLinks::Verdict::kTell);
  EXPECT_EQ(c.link_target, "b") << "not the name that libarchive saw first";
  links.finish();
  const auto empty = links.next();
  ASSERT_TRUE(empty.has_value());
  EXPECT_EQ(empty->path, "other");
  EXPECT_EQ(empty->type, EntryType::kFile);
}

}  // namespace
}  // namespace kompakt::testing
