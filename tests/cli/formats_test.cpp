// Every stream format from the command line: names, levels, layouts, facts.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "kompakt/format.hpp"
#include "tool.hpp"

namespace kompakt::testing {
namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

class Formats : public ::testing::Test {
 protected:
  Formats() { write_file(folder / "a", text); }
  /// Compresses a to a<suffix> and returns that path.
  [[nodiscard]] std::string packed(const std::string& format) const {
    const std::string path = folder / ("a" + suffix_of(format));
    std::vector<std::string> words = {"-f", "-F", format, folder / "a"};
    if (format == "brotli") {
      words.emplace_back("-4");  // its default takes a second
    }
    const Outcome outcome = run_tool(words);
    EXPECT_EQ(outcome.code, 0) << format << outcome.err;
    return path;
  }
  static std::string suffix_of(const std::string& format) {
    return std::string(format_info(find_format(format).value_or(Format::kWarp)).suffix);
  }
  TempFolder folder{On::kMemory};
  std::string text = sample_text(300000);
};

std::vector<std::string> names_of_formats() {
  std::vector<std::string> names;
  for (const FormatInfo& info : all_formats()) {
    names.emplace_back(info.name);
  }
  return names;
}

TEST_F(Formats, GoThereAndBackWithTheirSuffixes) {
  for (const auto& format : names_of_formats()) {
    const std::string path = packed(format);
    ASSERT_TRUE(std::filesystem::exists(path)) << path;
    EXPECT_EQ(run_tool({"-t", path}).code, 0) << format;
    EXPECT_EQ(run_tool({"-dc", path}).out, text) << format;
    std::filesystem::remove(folder / "a");
    EXPECT_EQ(run_tool({"-d", "--rm", path}).code, 0) << format;
    EXPECT_EQ(folder.names(), std::vector<std::string>{"a"}) << format;
    EXPECT_EQ(read_file(folder / "a"), text) << format;
  }
}

TEST_F(Formats, GoThroughPipesAndAreToldByTheirFirstBytes) {
  for (const auto& format : names_of_formats()) {
    const Outcome there = run_tool({"-F", format, "--level=fastest"}, {.input = text});
    ASSERT_EQ(there.code, 0) << format << there.err;
    std::vector<std::string> back = {"-d"};
    if (format == "brotli") {
      back.insert(back.end(), {"-F", "brotli"});  // it has no mark to be known by
    }
    EXPECT_EQ(run_tool(back, {.input = there.out}).out, text) << format;
  }
}

TEST_F(Formats, AreVerifiedBeforeTheSourceGoes) {
  for (const auto& format : names_of_formats()) {
    const Outcome outcome =
        run_tool({"-F", format, "--level=fastest", "--rm", "--json", folder / "a"});
    EXPECT_EQ(outcome.code, 0) << format << outcome.err;
    EXPECT_TRUE(contains(outcome.out, "\"verified\":true")) << format;
    EXPECT_FALSE(std::filesystem::exists(folder / "a")) << format;
    EXPECT_EQ(run_tool({"-d", "--rm", folder / ("a" + suffix_of(format))}).code, 0) << format;
  }
  for (const auto& format : names_of_formats()) {
    const std::string out = folder / ("piped" + suffix_of(format));
    EXPECT_EQ(run_tool({"--verify", "-F", format, "--level=auto", "-o", out},
                       {.input = text.substr(0, 50000)})
                  .code,
              0)
        << format;
  }
}

TEST_F(Formats, AreChosenByTheOutputsSuffix) {
  for (const auto& [name, magic] :
       std::vector<std::pair<std::string, std::string>>{{"x.gz", "\x1f\x8b"},
                                                        {"x.tgz", "\x1f\x8b"},
                                                        {"x.tar.xz",
                                                         "\xfd"
                                                         "7zXZ"},
                                                        {"x.tzst", "\x28\xb5\x2f\xfd"},
                                                        {"x.bz2", "BZh9"},
                                                        {"x.anything", "WARP"}}) {
    EXPECT_EQ(run_tool({"compress", folder / "a", folder / name}).code, 0);
    EXPECT_EQ(read_file(folder / name).substr(0, magic.size()), magic) << name;
  }
  EXPECT_EQ(run_tool({"-F", "bzip2", "-o", folder / "y.gz", folder / "a"}).code, 0);
  EXPECT_EQ(read_file(folder / "y.gz").substr(0, 3), "BZh") << "-F is stronger";
  EXPECT_EQ(run_tool({"-o", folder / "z.gz", folder / "a"},
                     {.environment = {{"KOMPAKT_OPT", "-F bzip2"}}})
                .code,
            0);
  EXPECT_EQ(read_file(folder / "z.gz").substr(0, 2), "\x1f\x8b") << "a default is weaker";
}

TEST_F(Formats, OfTheEnvironmentDoNotGetInTheWayOfReading) {
  const Setting setting{.environment = {{"KOMPAKT_OPT", "-F zstd --checksum xxh3 -15"}}};
  ASSERT_EQ(run_tool({folder / "a"}, setting).code, 0);
  ASSERT_TRUE(std::filesystem::exists(folder / "a.zst"));
  EXPECT_EQ(run_tool({"-dc", packed("gzip")}, setting).out, text);
}

TEST_F(Formats, LoseEveryKnownSuffixAndKeepTar) {
  for (const auto& [from, to] :
       std::vector<std::pair<std::string, std::string>>{{"b.gz", "b"},
                                                        {"b.tgz", "b.tar"},
                                                        {"b.txz", "b.tar"},
                                                        {"b.tlz4", "b.tar"},
                                                        {"b.tar.bz2", "b.tar"},
                                                        {"b.warp", "b"}}) {
    ASSERT_EQ(run_tool({"compress", "-f", folder / "a", folder / from}).code, 0);
    EXPECT_EQ(run_tool({"-d", "--rm", folder / from}).code, 0) << from;
    EXPECT_EQ(folder.names(), (std::vector<std::string>{"a", to})) << from;
    std::filesystem::remove(folder / to);
  }
}

TEST_F(Formats, WithAKnownSuffixAreSkippedUnlessForced) {
  const std::string path = packed("zstd");
  EXPECT_EQ(run_tool({"-F", "gzip", path}).code, 2);
  EXPECT_FALSE(std::filesystem::exists(path + ".gz"));
  EXPECT_EQ(run_tool({"-F", "gzip", "-f", path}).code, 0);
  EXPECT_TRUE(std::filesystem::exists(path + ".gz"));
}

TEST_F(Formats, HaveLevelsOfTheirOwn) {
  const std::string fast = run_tool({"-F", "zstd", "--fast=5", "-c", folder / "a"}).out;
  const std::string strong = run_tool({"-F", "zstd", "-19", "-c", folder / "a"}).out;
  EXPECT_LT(strong.size(), fast.size());
  EXPECT_EQ(run_tool({"-F", "zstd", "--ultra", "-20", "-c", folder / "a"}).code, 0);
  EXPECT_EQ(run_tool({"-F", "xz", "-0", "-e", "-c", folder / "a"}).code, 0);
  EXPECT_EQ(run_tool({"-F", "lz4", "--level", "max", "-c", folder / "a"}).code, 0);
  EXPECT_EQ(run_tool({"-F", "bzip2", "--best", "-c", folder / "a"}).code, 0);
  for (const auto& [format, level, range] :
       std::vector<std::array<std::string, 3>>{{"bzip2", "-10", "1 to 9"},
                                               {"xz", "-10", "0 to 9"},
                                               {"brotli", "-12", "0 to 11"},
                                               {"lz4", "-13", "to 12"},
                                               {"zstd", "-20", "--ultra"},
                                               {"zstd", "-23", "to 22"},
                                               {"warp", "-16", "0 to 15"}}) {
    const Outcome outcome = run_tool({"-F", format, level, "-c", folder / "a"});
    EXPECT_EQ(outcome.code, 1) << format << level;
    EXPECT_TRUE(contains(outcome.err, range)) << outcome.err;
    EXPECT_TRUE(contains(outcome.err, level)) << outcome.err;
  }
}

TEST_F(Formats, RefuseWhatTheyHaveNoPlaceFor) {
  for (const auto& words :
       std::vector<std::vector<std::string>>{{"-F", "gzip", "--codec", "zstd"},
                                             {"-F", "gzip", "--checksum", "xxh3"},
                                             {"-F", "zstd", "--warp-version", "2"},
                                             {"--extreme"},
                                             {"--long"},
                                             {"-D", "dictionary"},
                                             {"-F", "brotli", "--seekable"},
                                             {"-F", "gzip", "--extreme"},
                                             {"-F", "bzip2", "--long"},
                                             {"-F", "gzip", "--no-check"},
                                             {"-F", "zstd", "--check", "sha256"},
                                             {"-F", "xz", "--check", "md5"},
                                             {"-F", "gzip", "--ultra", "-9"},
                                             {"-d", "--no-check"},
                                             {"--from", "gzip"}}) {
    auto all = words;
    all.insert(all.end(), {"-o", folder / "out", folder / "a"});
    EXPECT_EQ(run_tool(all).code, 1) << words[0] << words.back();
    EXPECT_FALSE(std::filesystem::exists(folder / "out"));
  }
  const std::string path = packed("gzip");
  EXPECT_EQ(run_tool({"-d", "--keep-going", "-o", folder / "out", path}).code, 1);
}

TEST_F(Formats, TakeLayoutOptions) {
  const std::vector<std::vector<std::string>> layouts = {
      {"-F", "gzip", "--seekable"},
      {"-F", "zstd", "--seekable", "--block-size=64K"},
      {"-F", "zstd", "--long"},
      {"-F", "zstd", "--no-check"},
      {"-F", "xz", "--check=sha256"},
      {"-F", "xz", "--block-size", "64K"},
      {"-F", "lz4", "--no-check"},
      {"--block-size", "64K"},
      {"--solid"},
      {"--seekable"},
      {"--check", "xxh3"},
      {"--no-check"}};
  for (const auto& layout : layouts) {
    auto words = layout;
    words.insert(words.end(), {"-c", folder / "a"});
    const Outcome there = run_tool(words);
    ASSERT_EQ(there.code, 0) << layout.back() << there.err;
    EXPECT_EQ(run_tool({"-d"}, {.input = there.out}).out, text) << layout.back();
  }
}

TEST_F(Formats, SolidIsOneBlock) {
  write_file(folder / "large", std::string(3'000'000, 'x') + text);
  const auto blocks = [&](const std::vector<std::string>& options) {
    std::vector<std::string> words = options;
    words.insert(words.end(), {"-1", "-f", "-o", folder / "large.warp", folder / "large"});
    EXPECT_EQ(run_tool(words).code, 0);
    EXPECT_EQ(run_tool({"-t", folder / "large.warp"}).code, 0);
    const std::string facts = run_tool({"list", "--json", folder / "large.warp"}).out;
    const std::size_t at = facts.find("\"blocks\":");
    return at == std::string::npos ? std::string() : facts.substr(at, 11);
  };
  EXPECT_NE(blocks({}), "\"blocks\":1,");
  EXPECT_EQ(blocks({"--solid"}), "\"blocks\":1,");
  EXPECT_EQ(run_tool({"--solid", "-F", "gzip", "-c", folder / "large"}).code, 1);
  EXPECT_EQ(run_tool({"--solid", "--block-size", "1M", "-c", folder / "large"}).code, 1);
}

TEST_F(Formats, UseDictionaries) {
  write_file(folder / "dictionary", text.substr(0, 50000));
  const std::string plain = read_file(packed("zstd"));
  const Outcome there = run_tool({"-F", "zstd", "-D", folder / "dictionary", "-c", folder / "a"});
  ASSERT_EQ(there.code, 0) << there.err;
  EXPECT_LT(there.out.size(), plain.size());
  EXPECT_EQ(run_tool({"-d", "-D", folder / "dictionary"}, {.input = there.out}).out, text);
  EXPECT_NE(run_tool({"-d"}, {.input = there.out}).code, 0);
  const Outcome missing = run_tool({"-F", "zstd", "-D", folder / "nothing", "-c", folder / "a"});
  EXPECT_EQ(missing.code, 6);
  EXPECT_TRUE(contains(missing.err, "nothing"));
}

TEST_F(Formats, OfGzipRememberNameAndTime) {
  const std::array<timespec, 2> times = {timespec{5, 0}, timespec{1234567890, 0}};
  ASSERT_EQ(::utimensat(AT_FDCWD, (folder / "a").c_str(), times.data(), 0), 0);
  const std::string path = packed("gzip");
  std::filesystem::rename(path, folder / "other.gz");
  ASSERT_EQ(::utimensat(AT_FDCWD, (folder / "other.gz").c_str(), nullptr, 0), 0);
  std::filesystem::remove(folder / "a");
  ASSERT_EQ(run_tool({"-d", "-N", folder / "other.gz"}).code, 0);
  EXPECT_EQ(folder.names(), (std::vector<std::string>{"a", "other.gz"}));
  EXPECT_EQ(stat_of(folder / "a").st_mtim.tv_sec, 1234567890);
  const std::string bare = run_tool({"-F", "gzip", "-n", "-c", folder / "a"}).out;
  EXPECT_EQ(bare[3] & 8, 0) << "no name";
  EXPECT_EQ(bare.substr(4, 4), std::string(4, '\0')) << "no time";
}

TEST_F(Formats, OfGzipCannotChooseAnotherFolder) {
  std::string evil = run_tool({"-F", "gzip", "-n", "-c", folder / "a"}).out;
  evil[3] = 8;
  std::filesystem::create_directory(folder / "in");
  const std::string name("../../evil\0", 11);
  write_file(folder / "in/x.gz", evil.substr(0, 10) + name + evil.substr(10));
  EXPECT_EQ(run_tool({"-dN", folder / "in/x.gz"}).code, 0);
  EXPECT_TRUE(std::filesystem::exists(folder / "in/evil"));
}

TEST_F(Formats, WithTrailingGarbageGiveCodeTwoAndAllContent) {
  for (const char* format : {"gzip", "bzip2"}) {
    const std::string path = packed(format);
    write_file(path, read_file(path) + "garbage");
    const Outcome decoded = run_tool({"-dc", path});
    EXPECT_EQ(decoded.code, 2) << format;
    EXPECT_EQ(decoded.out, text) << format;
    EXPECT_TRUE(contains(decoded.err, "garbage")) << decoded.err;
    EXPECT_EQ(run_tool({"-t", path}).code, 2) << format;
    EXPECT_EQ(run_tool({"cat", path}).code, 2) << format;
    EXPECT_EQ(run_tool({"-d", "-f", "--rm", path}).code, 2) << format;
    EXPECT_TRUE(std::filesystem::exists(path)) << "kept, because something was wrong";
  }
  for (const char* format : {"xz", "zstd", "lz4"}) {
    const std::string path = packed(format);
    write_file(path, read_file(path) + "garbage");
    EXPECT_EQ(run_tool({"-t", path}).code, 3) << format;
  }
}

TEST_F(Formats, ThatAreDamagedOrCutGiveCodeThreeAndNoOutput) {
  for (const auto& format : names_of_formats()) {
    const std::string path = packed(format);
    const std::string whole = read_file(path);
    write_file(path, whole.substr(0, whole.size() / 2));
    EXPECT_EQ(run_tool({"-d", "-o", folder / "out", path}).code, 3) << format;
    EXPECT_EQ(run_tool({"-t", path}).code, 3) << format;
    EXPECT_FALSE(std::filesystem::exists(folder / "out")) << format;
    if (format != "brotli") {  // which has no check
      std::string bad = whole;
      bad[bad.size() / 2] = static_cast<char>(bad[bad.size() / 2] ^ 0x55);
      write_file(path, bad);
      EXPECT_EQ(run_tool({"-t", path}).code, 3) << format;
    }
  }
}

TEST_F(Formats, StayWithinLimits) {
  for (const auto& format : names_of_formats()) {
    const std::string path = packed(format);
    EXPECT_EQ(run_tool({"-d", "--max-output=299999", "-o", folder / "out", path}).code, 4)
        << format;
    EXPECT_FALSE(std::filesystem::exists(folder / "out")) << format;
  }
}

TEST_F(Formats, AreListedAllInOneTable) {
  std::vector<std::string> words = {"list"};
  for (const auto& format : names_of_formats()) {
    words.push_back(packed(format));
  }
  const Outcome table = run_tool(words);
  EXPECT_EQ(table.code, 0) << table.err;
  for (const char* part : {"Compressed", "Uncompressed", "Ratio", "Saved", "Format", "Check",
                           "Name", "warp v3", "gzip", "CRC32", "XXH64", "CRC64", "9 files"}) {
    EXPECT_TRUE(contains(table.out, part)) << part << table.out;
  }
  words.emplace_back("-v");
  for (const char* part : {"Streams", "Blocks", "Window", "Points", "32.0 KiB"}) {
    EXPECT_TRUE(contains(run_tool(words).out, part)) << part;
  }
  words.back() = "--json";
  std::istringstream lines(run_tool(words).out);
  int rows = 0;
  for (std::string line; std::getline(lines, line); ++rows) {
    const auto row = nlohmann::json::parse(line);
    EXPECT_EQ(row.at("uncompressed"), text.size()) << line;
    EXPECT_EQ(row.at("streams"), 1) << line;
  }
  EXPECT_EQ(rows, 9);
}

TEST_F(Formats, TellTheirFacts) {
  for (const auto& format : names_of_formats()) {
    const std::string path = packed(format);
    const Outcome info = run_tool({"info", path});
    EXPECT_EQ(info.code, 0);
    EXPECT_TRUE(contains(info.out, format)) << info.out;
    EXPECT_TRUE(contains(info.out, "300000 bytes")) << info.out;
    const auto json = nlohmann::json::parse(run_tool({"info", "--json", path}).out);
    EXPECT_EQ(json.at("format"), format);
  }
  EXPECT_TRUE(contains(
      run_tool({"-l", "-F", "brotli"},
               {.input = read_file(packed("brotli")), .environment = {{"TMPDIR", folder.path()}}})
          .out,
      "300000"))
      << "a pipe";
}

TEST_F(Formats, OfManyMembersAreReadToTheEnd) {
  for (const char* format : {"gzip", "bzip2", "xz", "zstd", "lz4", "warp"}) {
    const std::string once = read_file(packed(format));
    EXPECT_EQ(run_tool({"-d"}, {.input = once + once}).out, text + text) << format;
  }
}

}  // namespace
}  // namespace kompakt::testing
