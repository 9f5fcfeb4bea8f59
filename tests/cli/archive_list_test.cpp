// Listings of archives: table, JSON, names, and the index that makes the next one instant.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "archive_tool.hpp"
#include "faulty_system.hpp"

namespace kompakt::testing {
namespace {

using List = ArchiveTest;

TEST_F(List, ShowsWhatTarAndUnzipShow) {
  for (const char* name : {"x.tar.gz", "x.zip", "x.warp", "x.tar"}) {
    const Outcome outcome = run_tool({"list", packed(name)});
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    const auto lines = lines_of(outcome.out);
    ASSERT_EQ(lines.size(), 14U) << outcome.out;
    EXPECT_TRUE(contains(lines[0], "Mode"));
    EXPECT_EQ(contains(lines[0], "Packed"), std::string(name) == "x.zip");
    EXPECT_TRUE(contains(outcome.out, "drwxr-xr-x")) << outcome.out;
    EXPECT_TRUE(contains(outcome.out, "-rw-r-----")) << outcome.out;
    EXPECT_TRUE(contains(outcome.out, std::string(name) == "x.zip" ? "tree/sub/link\n"
                                                                   : "tree/sub/link -> ../a.txt\n"))
        << outcome.out;
    EXPECT_TRUE(contains(outcome.out, "tree/empty folder/\n"));
    EXPECT_TRUE(contains(outcome.out, "tree/line\\x0abreak\n"));
    EXPECT_TRUE(contains(outcome.out, "2020-09-1"));
    EXPECT_TRUE(contains(lines.back(), "12 members")) << lines.back();
  }
}

TEST_F(List, GivesNamesOnly) {
  const std::string path = packed("x.zip");
  const auto names = lines_of(run_tool({"list", "-q", path}).out);
  EXPECT_EQ(names.size(), 12U);
  EXPECT_EQ(names.front(), "tree");
  const std::string nul = run_tool({"list", "--null", path}).out;
  EXPECT_EQ(std::count(nul.begin(), nul.end(), '\0'), 12);
  EXPECT_TRUE(contains(nul, "line\nbreak"));
  EXPECT_EQ(run_tool({"list", "-q", path, "--include", "*.bin"}).out, "tree/sub/noise.bin\n");
}

TEST_F(List, SpeaksJson) {
  for (const char* name : {"x.tar.zst", "x.zip", "x.warp"}) {
    const auto lines = lines_of(run_tool({"list", "--json", packed(name)}).out);
    ASSERT_EQ(lines.size(), 13U);
    for (const auto& text : lines) {
      const auto line = nlohmann::json::parse(text);
      EXPECT_EQ(line["schema"], "kompakt/1");
      EXPECT_EQ(line["file"], folder / name);
      if (line["type"] == "member" && line["path"] == "tree/sub/deep/c.txt") {
        EXPECT_EQ(line["kind"], "file");
        EXPECT_EQ(line["size"], 13);
        EXPECT_EQ(line["mode"], 0640);
        EXPECT_EQ(line["modified_seconds"], stat_of(folder / "tree/sub/deep/c.txt").st_mtim.tv_sec);
      }
    }
    const auto last = nlohmann::json::parse(lines.back());
    EXPECT_EQ(last["type"], "list");
    EXPECT_EQ(last["members"], 12);
    EXPECT_EQ(last["archive"], true);
    EXPECT_EQ(last["indexed"], false);
    EXPECT_EQ(last["damaged"], false);
    EXPECT_EQ(last["compressed"], read_file(folder / name).size());
  }
}

TEST_F(List, GivesTheBytesOfNamesThatAreNotText) {
  write_file(folder / "tree/\xFF\xFE", "x");
  const Outcome outcome = run_tool({"list", "--json", packed("x.tar")});
  EXPECT_TRUE(contains(outcome.out, "\"path_bytes\":\"747265652ffffe\"")) << outcome.out;
}

TEST_F(List, KeepsTheTableOfStreams) {
  const std::string path = packed("x.tar.gz");
  const Outcome table = run_tool({"-l", path});
  EXPECT_EQ(lines_of(table.out).size(), 2U) << table.out;
  EXPECT_TRUE(contains(table.out, "gzip"));
  write_file(folder / "plain", sample_text());
  ASSERT_EQ(run_tool({"-F", "gzip", folder / "plain"}).code, 0);
  EXPECT_EQ(run_tool({"list", folder / "plain.gz"}).out, run_tool({"-l", folder / "plain.gz"}).out);
  EXPECT_EQ(lines_of(run_tool({"-l", packed("x.zip")}).out).size(), 14U) << "it has no stream";
  const Outcome both = run_tool({"list", folder / "plain.gz", path});
  EXPECT_TRUE(contains(both.out, "Uncompressed")) << both.out;
  EXPECT_TRUE(contains(both.out, path + ":\n")) << both.out;
}

TEST_F(List, ReadsPipes) {
  for (const char* name : {"x.tar.gz", "x.zip", "x.warp", "x.tar"}) {
    const std::string path = packed(name);
    EXPECT_EQ(run_tool({"list", "-q"}, {.input = read_file(path)}).out,
              run_tool({"list", "-q", path}).out)
        << name;
  }
}

TEST_F(List, IsInstantWithAnIndex) {
  write_file(folder / "tree/large", to_text(random_bytes(3'000'000)));
  for (const char* name : {"x.tar.gz", "x.tar.zst", "x.tar.br", "x.tar"}) {
    const std::string path =
        packed(name, std::string(name) == "x.tar.br" ? std::vector<std::string>{"--fast"}
                                                     : std::vector<std::string>{});
    const Outcome first = run_tool({"list", "--index", path});
    EXPECT_EQ(first.code, 0) << first.err;
    ASSERT_TRUE(std::filesystem::exists(path + ".kidx")) << name;
    const FaultySystem system;
    const Outcome second = run_tool({"list", "--json", path}, {.system = &system});
    EXPECT_EQ(second.code, 0) << second.err;
    EXPECT_TRUE(contains(second.out, "\"indexed\":true")) << second.out;
    // Both ends of the archive, whose hash the index holds, and the index.
    EXPECT_LT(system.bytes_read(), 700'000U) << name;
    EXPECT_EQ(run_tool({"list", path}).out, first.out) << name;
    EXPECT_EQ(run_tool({"cat", path, "tree/sub/deep/c.txt"}).out, "content of c\n") << name;
    const Outcome outcome = extracted(path, "out");
    EXPECT_EQ(outcome.code, 0) << name << outcome.err;
    EXPECT_EQ(difference(tree_of(folder / "tree"), tree_of(folder / "out/tree")), "") << name;
    std::filesystem::remove_all(folder / "out");
  }
}

/// Whoever decodes all of it for an index also keeps the members.
TEST_F(List, IsInstantBehindAnyWayOfWritingTheIndex) {
  write_file(folder / "tree/large", to_text(random_bytes(3'000'000)));
  for (const char* name : {"x.tar.gz", "x.tar.xz", "x.tar.warp"}) {
    const std::string path = packed(name, {"-1"});
    const std::string listed = run_tool({"list", path}).out;
    const std::vector<std::vector<std::string>> ways = {
        {"-d", "--index", "-f", "-o", folder / "y", path},
        {"-t", "--index", path},
        {"-l", "--index", path},
        {"cat", "--index", "-o", "/dev/null", path}};
    for (const auto& words : ways) {
      const bool no_streams_row = std::string(name) == "x.tar.warp" && words[0] == "-l";
      if (no_streams_row) {
        continue;
      }
      const Outcome made = run_tool(words);
      EXPECT_EQ(made.code, 0) << name << words[0] << made.err;
      ASSERT_TRUE(std::filesystem::exists(path + ".kidx")) << name << words[0];
      const FaultySystem system;
      const Outcome second = run_tool({"list", "--json", path}, {.system = &system});
      EXPECT_TRUE(contains(second.out, "\"indexed\":true")) << name << words[0] << second.out;
      EXPECT_LT(system.bytes_read(), 700'000U) << name << words[0];
      EXPECT_EQ(run_tool({"list", path}).out, listed) << name << words[0];
      std::filesystem::remove(path + ".kidx");
    }
  }
}

TEST_F(List, OfAnIndexedTarReadsOnlyWhatHoldsTheMember) {
  write_file(folder / "tree/large", to_text(random_bytes(6'000'000)));
  const std::string path = packed("x.tar.gz", {"--fast"});
  ASSERT_EQ(run_tool({"index", "--spacing=256K", path}).code, 0);
  const FaultySystem system;
  EXPECT_EQ(run_tool({"cat", path, "tree/sub/deep/c.txt"}, {.system = &system}).out,
            "content of c\n");
  EXPECT_LT(system.bytes_read(), 3'000'000U);
}

TEST_F(List, IgnoresAStaleIndexWithAWarning) {
  const std::string path = packed("x.tar.gz");
  ASSERT_EQ(run_tool({"list", "--index", path}).code, 0);
  write_file(folder / "tree/another", "x");
  std::filesystem::remove(path);
  static_cast<void>(packed("x.tar.gz"));
  const Outcome outcome = run_tool({"list", "-q", path});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_TRUE(contains(run_tool({"list", path}).err, ".kidx"));
  EXPECT_EQ(run_tool({"list", "--index", path}).code, 0);
  EXPECT_TRUE(contains(run_tool({"list", path}).out, "tree/another\n"));
}

TEST_F(List, NeedsNoIndexWhereTheArchiveHasOne) {
  for (const char* name : {"x.zip", "x.warp"}) {
    const std::string path = packed(name);
    EXPECT_EQ(run_tool({"list", "--index", path}).code, 5) << name;
    EXPECT_FALSE(std::filesystem::exists(path + ".kidx"));
  }
}

TEST_F(List, LeavesTheRestToInfoAndTest) {
  for (const char* name : {"x.zip", "x.warp", "x.tar.gz", "x.tar"}) {
    const std::string path = packed(name);
    const Outcome sheet = run_tool({"info", path});
    EXPECT_EQ(sheet.code, 0) << sheet.err;
    EXPECT_TRUE(contains(sheet.out, "Archive")) << sheet.out;
    EXPECT_EQ(contains(sheet.out, "12, "), std::string(name) != "x.tar.gz") << sheet.out;
    const auto json = nlohmann::json::parse(run_tool({"info", "--json", path}).out);
    EXPECT_EQ(json["archive"], std::string(name).substr(2));
    const Outcome tested = run_tool({"test", "-v", path});
    EXPECT_EQ(tested.code, 0) << tested.err;
    EXPECT_TRUE(contains(tested.err, "12 members")) << tested.err;
    const auto verdict = nlohmann::json::parse(run_tool({"test", "--json", path}).out);
    EXPECT_EQ(verdict["ok"], true);
    EXPECT_EQ(verdict["members"], 12);
  }
}

}  // namespace
}  // namespace kompakt::testing
