// Other people's readers as judges of the zip writer.
#include "support/tree.hpp"
#include "zip_write_support.hpp"

namespace kompakt::testing {
namespace {

/// What Unix readers of zip can bring back.
Kept zip_keeps() {
  return {.time_step = 1'000'000'000,
          .directory_times = false,
          .symlink_times = false,
          .modes = true,
          .special_modes = false,
          .owners = false,
          .hardlinks = false,
          .holes = false,
          .xattrs = false,
          .acls = false,
          .fifos = false,
          .devices = false};
}

TEST(ZipStock, EveryReaderAcceptsEveryKindOfFile) {
  TreeFolder tree;
  build_tree(tree.path());
  const BuiltZip made = make_zip(walk_folder(tree.path()));
  ASSERT_TRUE(made.status.ok()) << made.status.to_string();
  const ZipParts parts(made.bytes);
  EXPECT_EQ(parts.all().size(), made.counts.entries);
  for (const char* const tool : {"unzip", "7zz", "python3", "bsdtar"}) {
    EXPECT_TRUE(accepts(tool, made.bytes)) << tool;
  }
}

class Extracting : public ::testing::TestWithParam<const char*> {};

TEST_P(Extracting, BringsTheTreeBack) {
  const std::string tool = GetParam();
  if (!have_tool(tool)) {
    GTEST_SKIP() << tool << " is not installed";
  }
  TreeFolder tree;
  // Readers change names with line ends and such, and 7zz and unzip cut long ones.
  build_tree(tree.path(), {.hostile_names = false,
                           .long_paths = false,
                           .fifos = false,
                           .special_modes = false,
                           .extreme_times = false,
                           .devices = false,
                           .large = 2 << 20U});
  const BuiltZip made = make_zip(walk_folder(tree.path()));
  ASSERT_TRUE(made.status.ok()) << made.status.to_string();
  const TempFolder place(On::kMemory);
  const std::string archive = place / "a.zip";
  write_file(archive, {reinterpret_cast<const char*>(made.bytes.data()), made.bytes.size()});
  TreeFolder out;
  std::vector<std::string> argv;
  if (tool == "unzip") {
    argv = {"unzip", "-qq", archive, "-d", out.path()};
  } else if (tool == "7zz") {
    argv = {"7zz", "x", "-bso0", "-bsp0", "-snld", "-o" + out.path(), archive};
  } else {
    argv = {"env", "LC_ALL=C.UTF-8", "bsdtar", "-xpf", archive, "-C", out.path()};
  }
  run_tool(argv, {});
  Kept kept = zip_keeps();
  kept.modes = tool != "7zz";  // it applies the umask
  TreeFacts expected = read_tree(tree.path());
  if (tool == "bsdtar") {
    expected.erase("names/cafe\xCC\x81");  // libarchive composes accents, so it meets the other
  }
  const auto differences = tree_differences(expected, read_tree(out.path()), kept);
  EXPECT_TRUE(differences.empty()) << joined(differences);
}

INSTANTIATE_TEST_SUITE_P(ZipStock, Extracting, ::testing::Values("unzip", "bsdtar", "7zz"),
                         [](const auto& tool) {
                           return std::string(tool.param[0] == '7' ? "sevenzip" : tool.param);
                         });

struct MethodCase {
  const char* method;
  std::vector<const char*> readers;  ///< those that know the method
};

TEST(ZipStock, EveryMethodIsReadByThoseWhoKnowIt) {
  for (const auto& [method, readers] :
       {MethodCase{"deflate", {"unzip", "7zz", "python3", "bsdtar"}},
        MethodCase{"store", {"unzip", "7zz", "python3", "bsdtar"}},
        MethodCase{"bzip2", {"unzip", "7zz", "python3", "bsdtar"}},
        MethodCase{"zstd", {"7zz", "bsdtar"}}, MethodCase{"xz", {"7zz", "bsdtar"}}}) {
    const BuiltZip made = make_zip(
        walk_of({listed("small", text_bytes(20'000)), listed("large", text_bytes(1'100'000)),
                 listed("noise", random_bytes(1'100'000)), listed("empty", Bytes())}),
        with_method(method));
    ASSERT_TRUE(made.status.ok()) << made.status.to_string();
    for (const char* const tool : readers) {
      EXPECT_TRUE(accepts(tool, made.bytes)) << method << ' ' << tool;
    }
  }
}

TEST(ZipStock, ReadersThatCannotSeekTakeLargeEntries) {
  if (!have_tool("bsdtar")) {
    GTEST_SKIP() << "bsdtar is not installed";
  }
  const Bytes large = text_bytes(3'000'000);
  const BuiltZip made = make_zip(walk_of(
      {listed("a", text_bytes(100)), listed("large", large), listed("z", text_bytes(200))}));
  EXPECT_EQ(run_tool({"bsdtar", "-xOf", "-", "large"}, made.bytes), large);
}

TEST(ZipStock, PythonReadsNamesSizesAndModes) {
  if (!have_python("zipfile")) {
    GTEST_SKIP() << "python3 is not installed";
  }
  auto named = listed("gr\xC3\xBC\xC3\x9F/\xE6\x97\xA5.txt", text_bytes(1234));
  named.entry.mode = 0640;
  const BuiltZip made = make_zip(walk_of({named}), reproducible());
  const TempFolder place(On::kMemory);
  const std::string archive = place / "a.zip";
  write_file(archive, {reinterpret_cast<const char*>(made.bytes.data()), made.bytes.size()});
  const Bytes said = run_tool(
      {"python3", "-c",
       "import sys, zipfile\n"
       "i = zipfile.ZipFile(sys.argv[1]).infolist()[0]\n"
       "print(i.filename.encode().hex(), i.file_size, oct(i.external_attr >> 16), i.date_time)",
       archive},
      {});
  EXPECT_EQ(said, to_bytes("6772c3bcc39f2fe697a52e747874 1234 0o100640 "
                           "(2001, 9, 9, 1, 46, 40)\n"));
}

}  // namespace
}  // namespace kompakt::testing
