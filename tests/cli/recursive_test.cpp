// -r: every file below folders, in place and mirrored.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "archive_tool.hpp"

namespace kompakt::testing {
namespace {

using Recursive = ArchiveTest;

std::map<std::string, std::string> files_of(const std::string& root) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    if (entry.is_regular_file() && !entry.is_symlink()) {
      files[entry.path().string().substr(root.size() + 1)] = read_file(entry.path().string());
    }
  }
  return files;
}

TEST_F(Recursive, GoesThereAndBackInPlace) {
  std::filesystem::remove(folder / "tree/twin.txt");
  const auto before = tree_of(folder / "tree");
  for (const char* format : {"warp", "gzip", "zstd", "xz"}) {
    const Outcome packed = run_tool({"-r", "--rm", "-F", format, folder / "tree"});
    EXPECT_EQ(packed.code, 0) << format << packed.err;
    EXPECT_FALSE(std::filesystem::exists(folder / "tree/a.txt")) << format;
    EXPECT_EQ(run_tool({"-t", "-r", folder / "tree"}).code, 0) << format;
    const Outcome unpacked = run_tool({"-d", "-r", "--rm", folder / "tree"});
    EXPECT_EQ(unpacked.code, 0) << format << unpacked.err;
    auto after = tree_of(folder / "tree");
    for (const auto& [name, value] : before) {
      if (value[0] == '4') {  // folders change while files come and go
        after[name] = value;
      }
    }
    EXPECT_EQ(difference(before, after), "") << format;
  }
}

TEST_F(Recursive, KeepsSourcesByDefaultAndSkipsWhatIsPacked) {
  const auto before = files_of(folder / "tree");
  ASSERT_EQ(run_tool({"-r", folder / "tree"}).code, 0);
  EXPECT_EQ(files_of(folder / "tree").size(), 2 * before.size());
  const Outcome again = run_tool({"-r", folder / "tree"});
  EXPECT_NE(again.code, 0) << "outputs exist, and packed files are skipped";
  EXPECT_TRUE(contains(again.err, "left out")) << again.err;
  EXPECT_EQ(files_of(folder / "tree").size(), 2 * before.size());
}

TEST_F(Recursive, ForcedAgainItReplacesOutputsAndPacksNoneOfThem) {
  ASSERT_EQ(run_tool({"-r", folder / "tree"}).code, 0);
  const auto first = files_of(folder / "tree");
  write_file(folder / "tree/a.txt.warp", "an older output");
  write_file(folder / "tree/alone.warp", "has the suffix and no file beside it");
  const Outcome again = run_tool({"-r", "-f", folder / "tree"});
  EXPECT_EQ(again.code, 0) << again.err;
  auto second = files_of(folder / "tree");
  EXPECT_EQ(second.erase("alone.warp"), 1U);
  EXPECT_EQ(second.erase("alone.warp.warp"), 1U);
  EXPECT_EQ(second, first);
}

TEST_F(Recursive, ChoosesFiles) {
  ASSERT_EQ(run_tool({"-r", "--include", "*.txt", "--exclude", "deep", folder / "tree"}).code, 0);
  EXPECT_TRUE(std::filesystem::exists(folder / "tree/a.txt.warp"));
  EXPECT_FALSE(std::filesystem::exists(folder / "tree/empty.warp"));
  EXPECT_FALSE(std::filesystem::exists(folder / "tree/sub/deep/c.txt.warp"));
  flip_bit(folder / "tree/a.txt.warp", 200);
  EXPECT_NE(run_tool({"-t", "-r", folder / "tree"}).code, 0);
  EXPECT_EQ(run_tool({"-t", "-r", "--exclude", "a.txt.warp", folder / "tree"}).code, 0);
}

TEST_F(Recursive, GoesOnAfterAFailure) {
  ASSERT_EQ(run_tool({"-r", folder / "tree"}).code, 0);
  flip_bit(folder / "tree/a.txt.warp", 200);
  for (const auto& [name, content] : files_of(folder / "tree")) {
    if (!name.ends_with(".warp")) {
      std::filesystem::remove(folder / ("tree/" + name));
    }
  }
  const Outcome outcome = run_tool({"-d", "-r", folder / "tree"});
  EXPECT_EQ(outcome.code, 7) << outcome.err;
  EXPECT_TRUE(contains(outcome.err, "a.txt.warp")) << outcome.err;
  EXPECT_FALSE(std::filesystem::exists(folder / "tree/a.txt"));
  EXPECT_EQ(read_file(folder / "tree/sub/deep/c.txt"), "content of c\n");
}

TEST_F(Recursive, MirrorsATree) {
  for (const char* format : {"warp", "zstd"}) {
    const Outcome packed = run_tool({"-r", "-F", format, folder / "tree", "-o", folder / "packed"});
    ASSERT_EQ(packed.code, 0) << packed.err;
    EXPECT_TRUE(std::filesystem::exists(folder / "packed/empty folder"));
    const Outcome unpacked = run_tool({"-d", "-r", folder / "packed", "-o", folder / "unpacked"});
    ASSERT_EQ(unpacked.code, 0) << unpacked.err;
    EXPECT_EQ(files_of(folder / "unpacked"), files_of(folder / "tree")) << format;
    std::filesystem::remove_all(folder / "packed");
    std::filesystem::remove_all(folder / "unpacked");
  }
  EXPECT_EQ(run_tool({"-r", "--rm", folder / "tree", "-o", folder / "packed"}).code, 1);
  EXPECT_EQ(run_tool({"-r", "-F", "xz", "-e", folder / "tree", "-o", folder / "packed"}).code, 1);
}

TEST_F(Recursive, MakesOneArchive) {
  ASSERT_EQ(run_tool({"-r", "--archive", "-F", "tar.gz", folder / "tree"}).code, 0);
  EXPECT_TRUE(contains(run_tool({"list", "-q", folder / "tree.tar.gz"}).out, "sub/noise.bin\n"));
}

TEST_F(Recursive, SaysWhatItDid) {
  const Outcome outcome = run_tool({"-r", "--json", folder / "tree"});
  std::size_t files = 0;
  for (const auto& text : lines_of(outcome.out)) {
    const auto line = nlohmann::json::parse(text);
    files += line["type"] == "compress" ? 1 : 0;
    if (line["type"] == "folder") {
      EXPECT_EQ(line["coded"], files);
      EXPECT_EQ(line["failed"], 0);
    }
  }
  EXPECT_EQ(files, files_of(folder / "tree").size() / 2) << outcome.out;
}

TEST_F(Recursive, TakesListedFilesWithoutIt) {
  write_file(folder / "list", folder / "tree/a.txt" + "\n" + folder / "tree/empty" + "\n");
  EXPECT_EQ(run_tool({"--files-from", folder / "list"}).code, 0);
  EXPECT_TRUE(std::filesystem::exists(folder / "tree/a.txt.warp"));
  EXPECT_TRUE(std::filesystem::exists(folder / "tree/empty.warp"));
  const std::string nul = folder / "tree/a.txt.warp" + std::string(1, '\0');
  EXPECT_EQ(run_tool({"-t", "--files-from0", "-"}, {.input = nul}).code, 0);
  write_file(folder / "list", "");
  EXPECT_EQ(run_tool({"--files-from", folder / "list"}).code, 0) << "nothing to do";
}

}  // namespace
}  // namespace kompakt::testing
