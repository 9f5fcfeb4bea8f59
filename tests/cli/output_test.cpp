// What the tool says: tables, facts, JSON, messages, progress, ranges.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "faulty_system.hpp"
#include "kompakt/console.hpp"
#include "tool.hpp"

namespace kompakt::testing {
namespace {

using nlohmann::json;

std::vector<json> lines_of(const std::string& text) {
  std::vector<json> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    lines.push_back(json::parse(line));
    EXPECT_EQ(lines.back().at("schema"), "kompakt/1") << line;
  }
  return lines;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

class Output : public ::testing::Test {
 protected:
  Output() {
    write_file(folder / "a", text);
    EXPECT_EQ(run_tool({"--chunk-size=4K", folder / "a"}).code, 0);
  }
  TempFolder folder;
  std::string text = sample_text();
};

TEST_F(Output, IsSilentOnSuccess) {
  const Outcome outcome = run_tool({"-f", folder / "a"});
  EXPECT_EQ(outcome.out + outcome.err, "");
}

TEST_F(Output, ListsOneRowAFileAndTotals) {
  const Outcome one = run_tool({"list", folder / "a.warp"});
  for (const char* part : {"Format", "Compressed", "Uncompressed", "Check", "Name", "warp v3",
                           "40000", "blake3", " x", "saved ", "a.warp"}) {
    EXPECT_TRUE(contains(one.out, part)) << part << "\n" << one.out;
  }
  EXPECT_FALSE(contains(one.out, "files"));
  const Outcome two = run_tool({"-lv", folder / "a.warp", folder / "a.warp"});
  for (const char* part : {"2 files", "80000", "zstd 10", "4.0 KiB"}) {
    EXPECT_TRUE(contains(two.out, part)) << part << "\n" << two.out;
  }
}

TEST_F(Output, ListsStdinAsFileAndAsPipe) {
  const std::string packed = read_file(folder / "a.warp");
  EXPECT_TRUE(contains(run_tool({"-l"}, {.input = packed}).out, "40000"));
  EXPECT_TRUE(contains(
      run_tool({"list", "-"}, {.input = packed, .environment = {{"TMPDIR", folder.path()}}}).out,
      "40000"));
  EXPECT_EQ(run_tool({"-l"}, {.input = packed.substr(0, 100)}).code, 3);
  EXPECT_EQ(run_tool({"-l"}).code, 3) << "nothing at all";
}

TEST_F(Output, InfoTellsTheFacts) {
  const Outcome outcome = run_tool({"info", folder / "a.warp"});
  for (const char* part :
       {"40000 bytes", "Blocks             10", "zstd 10", "blake3", "Content digest",
        "Stored name        a", "Memory to decode", "Mode", "Modified"}) {
    EXPECT_TRUE(contains(outcome.out, part)) << part << "\n" << outcome.out;
  }
}

TEST_F(Output, ShowsWhatIsLeftOfATruncatedFileAndStillFails) {
  const std::string whole = read_file(folder / "a.warp");
  write_file(folder / "cut.warp", whole.substr(0, whole.size() - 40));
  const Outcome outcome = run_tool({"info", folder / "cut.warp"});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_TRUE(contains(outcome.out, "zstd 10"));
}

TEST_F(Output, IsJsonLinesOnRequest) {
  const auto list = lines_of(run_tool({"--json", "-l", folder / "a.warp"}).out);
  ASSERT_EQ(list.size(), 1U);
  EXPECT_EQ(list[0].at("type"), "list");
  EXPECT_EQ(list[0].at("uncompressed"), 40000);
  EXPECT_EQ(list[0].at("blocks"), 10);
  const auto info = lines_of(run_tool({"info", "--json", folder / "a.warp"}).out);
  EXPECT_EQ(info.at(0).at("codecs").at("zstd"), 10);
  const auto tested = lines_of(run_tool({"-t", "--json", folder / "a.warp"}).out);
  EXPECT_EQ(tested.at(0).at("ok"), true);
  const auto compressed = lines_of(run_tool({"-f", "--json", folder / "a"}).out);
  EXPECT_EQ(compressed.at(0).at("type"), "compress");
  EXPECT_EQ(compressed.at(0).at("bytes_in"), 40000);
  const auto decompressed = lines_of(run_tool({"-df", "--json", folder / "a.warp"}).out);
  EXPECT_EQ(decompressed.at(0).at("type"), "decompress");
}

TEST_F(Output, TellsErrorsInJsonWithTheirPlace) {
  flip_bit(folder / "a.warp", 900);
  const Outcome outcome = run_tool({"-t", "--json", folder / "a.warp"});
  const auto lines = lines_of(outcome.out);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0].at("type"), "error");
  EXPECT_EQ(lines[0].at("code"), "corrupt");
  EXPECT_EQ(lines[0].at("block"), 0);
  EXPECT_TRUE(lines[0].contains("offset"));
  EXPECT_EQ(lines[1].at("ok"), false);
  EXPECT_EQ(lines_of(run_tool({"--json", "--bad"}).out).at(0).at("type"), "error");
}

TEST_F(Output, TellsWarningsInJsonToo) {
  const auto lines = lines_of(run_tool({"--json", folder / "a.warp"}).out);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].at("type"), "warning");
}

TEST_F(Output, KeepsJsonOutOfTheData) {
  const Outcome outcome = run_tool({"-dc", "--json", folder / "a.warp"});
  EXPECT_EQ(outcome.out, text);
  EXPECT_EQ(lines_of(outcome.err).at(0).at("type"), "decompress");
}

TEST_F(Output, NamesEveryDamagedBlockAndItsBytes) {
  const std::string whole = read_file(folder / "a.warp");
  flip_bit(folder / "a.warp", 900);
  flip_bit(folder / "a.warp", whole.size() / 2);
  const Outcome outcome = run_tool({"-t", folder / "a.warp"});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_TRUE(contains(outcome.err, "block 0")) << outcome.err;
  EXPECT_TRUE(contains(outcome.err, "bytes 0-4095 of the content are lost")) << outcome.err;
  EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 2) << outcome.err;
}

TEST_F(Output, SummarisesOnRequest) {
  const Outcome file = run_tool({"-vf", folder / "a"});
  for (const char* part : {"a: ", "(40000 => ", " bytes, x", "saved ", "MB/s"}) {
    EXPECT_TRUE(contains(file.err, part)) << part << "\n" << file.err;
  }
  const Outcome blocks = run_tool({"-vvf", "--chunk-size=4K", folder / "a"});
  EXPECT_EQ(std::count(blocks.err.begin(), blocks.err.end(), '\n'), 11) << blocks.err;
  EXPECT_TRUE(contains(blocks.err, "zstd"));
}

TEST_F(Output, IsQuietOnRequest) {
  EXPECT_EQ(run_tool({"-q", folder / "a.warp"}).err, "") << "a warning";
  EXPECT_NE(run_tool({"-q", folder / "nothing"}).err, "");
  EXPECT_EQ(run_tool({"-qq", folder / "nothing"}).err, "");
}

TEST_F(Output, EscapesControlCharactersOfNames) {
  const Outcome outcome = run_tool({folder / "evil\x1b[31m\nname"});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_TRUE(contains(outcome.err, "evil\\x1b[31m\\x0aname")) << outcome.err;
  EXPECT_EQ(cli::escape_controls("ok \xc3\xa9 \xc2\x9b\x7f"), "ok \xc3\xa9 \\xc2\\x9b\\x7f");
}

TEST_F(Output, ShowsProgressOnATerminalAndErasesIt) {
  FaultySystem slow;
  slow.after_each_call([](Call call, const std::string&) {
    if (call == Call::kPwrite) {
      std::this_thread::sleep_for(std::chrono::milliseconds(15));
    }
  });
  const Setting terminal{.err_is_terminal = true, .system = &slow};
  const std::vector<std::string> words = {"-f", "-T1", "--chunk-size=4K", folder / "a"};
  const Outcome shown = run_tool(words, terminal);
  for (const char* part : {"\r", "%", "MB/s", "ETA", "[", "x"}) {
    EXPECT_TRUE(contains(shown.err, part)) << part;
  }
  EXPECT_TRUE(shown.err.ends_with("\r\x1b[K")) << "the line is gone at the end";
  auto silent = words;
  silent.emplace_back("--no-progress");
  EXPECT_EQ(run_tool(silent, terminal).err, "");
  auto forced = words;
  forced.emplace_back("--progress");
  EXPECT_TRUE(contains(run_tool(forced, {.system = &slow}).err, "ETA"));
}

TEST_F(Output, IsNoCompressedDataOnATerminalUnlessForced) {
  EXPECT_EQ(run_tool({"-c", folder / "a"}, {.out_is_terminal = true}).code, 1);
  EXPECT_EQ(run_tool({}, {.input = text, .out_is_terminal = true}).code, 1);
  EXPECT_EQ(run_tool({"-cf", folder / "a"}, {.out_is_terminal = true}).code, 0);
  EXPECT_EQ(run_tool({"-dc", folder / "a.warp"}, {.out_is_terminal = true}).code, 0);
  for (const char* verb : {"-d", "-t", "-l", "info", "cat"}) {
    EXPECT_EQ(run_tool({verb}, {.in_is_terminal = true}).code, 1) << verb;
  }
}

TEST_F(Output, CatsRanges) {
  const std::string path = folder / "a.warp";
  EXPECT_EQ(run_tool({"cat", path}).out, text);
  EXPECT_EQ(run_tool({"cat", "--range", "4090+10", path}).out, text.substr(4090, 10));
  EXPECT_EQ(run_tool({"cat", "--range=39K+", path}).out, text.substr(39 * 1024));
  EXPECT_EQ(run_tool({"cat", path, "--range", "39990"}).out, text.substr(39990));
  EXPECT_EQ(run_tool({"cat", "--range=0+0", path}).out, "");
  EXPECT_EQ(run_tool({"cat", "--range=40000+5", path}).out, "");
  EXPECT_EQ(run_tool({"cat", "--range=40001+5", path}).code, 1);
  EXPECT_EQ(run_tool({"cat", "--range=100+200"}, {.input = read_file(path)}).out,
            text.substr(100, 200));
  EXPECT_EQ(run_tool({"cat", path, "member"}).code, 5);
}

TEST_F(Output, OfARangeReadsOnlyTheBlocksItNeeds) {
  const FaultySystem system;
  ASSERT_EQ(
      run_tool({"cat", "--range", "20000+100", folder / "a.warp"}, {.system = &system}).out.size(),
      100U);
  EXPECT_LT(system.bytes_read(), read_file(folder / "a.warp").size() / 2);
}

TEST_F(Output, GoesOnAroundDamageOnRequest) {
  flip_bit(folder / "a.warp", 900);
  const Outcome outcome = run_tool({"-d", "--keep-going", "-o", folder / "b", folder / "a.warp"});
  EXPECT_EQ(outcome.code, 3);
  std::string expected = text;
  std::fill_n(expected.begin(), 4096, '\0');
  EXPECT_EQ(read_file(folder / "b"), expected);
}

TEST_F(Output, OfAFileWhoseBeginningWasWipedIsCompleteOnRequest) {
  std::string packed = read_file(folder / "a.warp");
  std::fill_n(packed.begin(), 24, '\0');
  write_file(folder / "wiped.warp", packed);
  EXPECT_EQ(run_tool({"-d", "-o", folder / "c", folder / "wiped.warp"}).code, 3);
  EXPECT_EQ(run_tool({"test", folder / "wiped.warp"}).code, 3);
  const Outcome outcome =
      run_tool({"-d", "--keep-going", "-o", folder / "b", folder / "wiped.warp"});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_TRUE(contains(outcome.err, "no content was lost"));
  EXPECT_EQ(read_file(folder / "b"), text);
}

TEST_F(Output, ThatCannotBeWrittenIsAnError) {
  const int full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
  EXPECT_EQ(run_tool({"-l", folder / "a.warp"}, {.out_fd = full}).code, 1);
  EXPECT_EQ(run_tool({"-c", folder / "a"}, {.out_fd = full}).code, 1);
  EXPECT_EQ(run_tool({"-dc", folder / "a.warp"}, {.out_fd = full}).code, 1);
  ::close(full);
}

TEST_F(Output, ReadsJoinedFiles) {
  const std::string packed = read_file(folder / "a.warp");
  EXPECT_EQ(run_tool({"-d"}, {.input = packed + packed}).out, text + text);
  write_file(folder / "two.warp", packed + packed);
  EXPECT_TRUE(contains(run_tool({"info", folder / "two.warp"}).out, "Streams            2"));
}

}  // namespace
}  // namespace kompakt::testing
