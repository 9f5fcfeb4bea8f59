// Seek indexes, byte ranges and line ranges from the command line.
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "faulty_system.hpp"
#include "kompakt/format.hpp"
#include "tool.hpp"

namespace kompakt::testing {
namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// Lines of many lengths.
std::string numbered_lines(int count) {
  std::string filler = sample_text(200);
  std::replace(filler.begin(), filler.end(), '\n', ' ');
  std::string text;
  for (int i = 1; i <= count; ++i) {
    text +=
        std::to_string(i) + " " + filler.substr(0, static_cast<std::size_t>(i * 7 % 190)) + "\n";
  }
  return text;
}

class Index : public ::testing::Test {
 protected:
  Index() { write_file(folder / "a", text); }
  [[nodiscard]] std::string packed(const std::string& format) const {
    const FormatInfo& info = format_info(*find_format(format));
    EXPECT_EQ(run_tool({"-f", "-F", format, "--level=fastest", folder / "a"}).code, 0);
    return folder / ("a" + std::string(info.suffix));
  }
  [[nodiscard]] std::string lines(int first, int last) const {
    std::istringstream stream(text);
    std::string out;
    std::string line;
    for (int i = 1; i <= last && std::getline(stream, line); ++i) {
      out += i >= first ? line + "\n" : "";
    }
    return out;
  }
  TempFolder folder{On::kMemory};
  std::string text = numbered_lines(15000);
};

const std::vector<std::string> kIndexed = {"gzip", "zlib", "bzip2", "xz", "zstd", "lz4", "snappy"};

TEST_F(Index, IsBuiltAndUsedForRangesAndLines) {
  for (const auto& format : kIndexed) {
    const std::string path = packed(format);
    const Outcome built = run_tool({"index", "--lines", "--spacing", "256K", path});
    ASSERT_EQ(built.code, 0) << format << built.err;
    EXPECT_TRUE(contains(built.out, "seek points")) << built.out;
    EXPECT_TRUE(contains(built.out, "15000 lines")) << built.out;
    ASSERT_TRUE(std::filesystem::exists(path + ".kidx")) << format;
    EXPECT_EQ(run_tool({"cat", "--range", "1000000+3000", path}).out, text.substr(1000000, 3000))
        << format;
    EXPECT_EQ(run_tool({"cat", "--lines", "9000-9002", path}).out, lines(9000, 9002)) << format;
    EXPECT_EQ(run_tool({"cat", path}).out, text) << format;
    EXPECT_TRUE(contains(run_tool({"-lv", path}).out, "Points"));
  }
}

TEST_F(Index, IsNotNeeded) {
  for (const FormatInfo& info : all_formats()) {
    const std::string path = packed(std::string(info.name));
    EXPECT_EQ(run_tool({"cat", "--range", "1000000+3000", path}).out, text.substr(1000000, 3000))
        << info.name;
    EXPECT_EQ(run_tool({"cat", "--lines=14999-", path}).out, lines(14999, 15000)) << info.name;
    EXPECT_EQ(run_tool({"cat", path, "--lines", "7"}).out, lines(7, 7)) << info.name;
    EXPECT_EQ(run_tool({"cat", "--range", "99999999+1", path}).code, 1) << info.name;
    EXPECT_EQ(run_tool({"cat", "--lines", "99999-", path}).code, 1) << info.name;
  }
  const std::string piped = read_file(packed("gzip"));
  EXPECT_EQ(run_tool({"cat", "--lines", "3-4"}, {.input = piped}).out, lines(3, 4));
  EXPECT_EQ(run_tool({"cat", "--range", "3+4"}, {.input = piped}).out, text.substr(3, 4));
}

TEST_F(Index, SavesReading) {
  const std::string path = packed("gzip");
  ASSERT_EQ(run_tool({"index", "--spacing=64K", path}).code, 0);
  // Without the fingerprint of both ends and the index itself there is little left to read.
  const FaultySystem with;
  ASSERT_EQ(run_tool({"cat", "--range", "1300000+10", path}, {.system = &with}).out,
            text.substr(1300000, 10));
  std::filesystem::remove(path + ".kidx");
  const FaultySystem without;
  ASSERT_EQ(run_tool({"cat", "--range", "1300000+10", path}, {.system = &without}).out,
            text.substr(1300000, 10));
  EXPECT_GT(without.bytes_read(), read_file(path).size() / 2);
}

TEST_F(Index, ThatIsStaleIsIgnoredWithAWarning) {
  const std::string path = packed("gzip");
  ASSERT_EQ(run_tool({"index", path}).code, 0);
  text = numbered_lines(14000);
  write_file(folder / "a", text);
  static_cast<void>(packed("gzip"));
  const Outcome outcome = run_tool({"cat", "--range", "1000+50", path});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(outcome.out, text.substr(1000, 50));
  EXPECT_TRUE(contains(outcome.err, ".kidx"));
  ASSERT_EQ(run_tool({"index", path}).code, 0) << "and replaced without --force";
  EXPECT_EQ(run_tool({"cat", "--range", "1000+50", path}).code, 0);
}

TEST_F(Index, ThatIsDamagedIsIgnoredWithAWarning) {
  const std::string path = packed("gzip");
  ASSERT_EQ(run_tool({"index", "--spacing=64K", path}).code, 0);
  const std::string good = read_file(path + ".kidx");
  for (const std::size_t at : {std::size_t{5}, std::size_t{20}, good.size() / 2, good.size() - 1}) {
    flip_bit(path + ".kidx", at);
    const Outcome outcome = run_tool({"cat", "--range", "1000000+50", path});
    EXPECT_EQ(outcome.code, 2) << at;
    EXPECT_EQ(outcome.out, text.substr(1000000, 50)) << at;
    write_file(path + ".kidx", good);
  }
}

TEST_F(Index, ComesAlongWithADecode) {
  const std::string path = packed("gzip");
  const std::vector<std::vector<std::string>> ways = {{"-d", "--index", "-f", path},
                                                      {"-t", "--index", path},
                                                      {"-l", "--index", path},
                                                      {"cat", "--index", "-o", "/dev/null", path}};
  for (const auto& words : ways) {
    ASSERT_EQ(run_tool(words).code, 0) << words[0];
    EXPECT_TRUE(std::filesystem::exists(path + ".kidx")) << words[0];
    std::filesystem::remove(path + ".kidx");
  }
}

TEST_F(Index, DoesNotOverwriteWhatIsNoIndex) {
  const std::string path = packed("gzip");
  write_file(path + ".kidx", "precious");
  EXPECT_EQ(run_tool({"index", path}).code, 1);
  EXPECT_EQ(read_file(path + ".kidx"), "precious");
  EXPECT_EQ(run_tool({"index", "-o", folder / "elsewhere", path}).code, 0);
  EXPECT_EQ(run_tool({"index", "-f", path}).code, 0);
  EXPECT_EQ(read_file(path + ".kidx"), read_file(folder / "elsewhere"));
}

TEST_F(Index, IsRefusedWhereThereCanBeNone) {
  EXPECT_EQ(run_tool({"index", packed("brotli")}).code, 5);
  EXPECT_EQ(run_tool({"index", packed("warp")}).code, 1) << "it has its own";
  EXPECT_EQ(run_tool({"index"}, {.input = read_file(packed("gzip"))}).code, 1);
  EXPECT_EQ(run_tool({"-d", "--index"}, {.input = "x"}).code, 1);
  EXPECT_EQ(run_tool({"index", folder / "a"}).code, 5);
  for (const auto& words :
       std::vector<std::vector<std::string>>{{"cat", "--range=1+1", "--lines=1-2", "x"},
                                             {"--lines", "1-2", "x"},
                                             {"--spacing=1M", "x"},
                                             {"cat", "--lines", "2-1", "x"},
                                             {"cat", "--lines", "0-1", "x"},
                                             {"index", "--spacing=0", "x"},
                                             {"--index", "x"}}) {
    EXPECT_EQ(run_tool(words).code, 1) << words[0] << words[1];
  }
}

}  // namespace
}  // namespace kompakt::testing
