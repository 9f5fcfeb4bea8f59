// Syntax of the command line, sizes, ranges, KOMPAKT_OPT.
#include <gtest/gtest.h>

#include "kompakt/request.hpp"
#include "kompakt/sizes.hpp"
#include "tool.hpp"

namespace kompakt::testing {
namespace {

using cli::Request;
using cli::Verb;

Result<Request> request(std::vector<std::string> words, std::optional<std::string> defaults = {}) {
  cli::World world;
  world.args = {"kompakt"};
  world.args.insert(world.args.end(), words.begin(), words.end());
  world.environment = [defaults](const std::string&) { return defaults; };
  return cli::make_request(world);
}

Request good(std::vector<std::string> words, std::optional<std::string> defaults = {}) {
  auto made = request(std::move(words), std::move(defaults));
  EXPECT_TRUE(made.ok()) << made.status().to_string();
  return made.ok() ? *made : Request();
}

TEST(Arguments, TakeLevelsOfTwoDigits) {
  EXPECT_EQ(good({"-0"}).level, 0);
  EXPECT_EQ(good({"-9"}).level, 9);
  EXPECT_EQ(good({"-12"}).level, 12);
  EXPECT_EQ(good({"-kf15v"}).level, 15);
  EXPECT_FALSE(request({"-16"}).ok());
  EXPECT_FALSE(request({"-123456789012345678901234567890"}).ok());
}

TEST(Arguments, NameLevels) {
  EXPECT_EQ(good({"--level", "auto"}).level, 3);
  EXPECT_EQ(good({}).level, std::nullopt) << "the format's default";
  EXPECT_EQ(good({"-F", "zstd", "--level", "max"}).level, 22);
  EXPECT_EQ(good({"-F", "xz", "--level", "fastest"}).level, 0);
  EXPECT_EQ(good({"--level=fastest"}).level, 1);
  EXPECT_EQ(good({"--level", "max"}).level, 9);
  EXPECT_EQ(good({"--fast"}).level, 1);
  EXPECT_EQ(good({"--best"}).level, 9);
  EXPECT_FALSE(request({"--level", "strong"}).ok());
}

TEST(Arguments, TakeValuesGluedOnOrFollowing) {
  for (const auto& words : std::vector<std::vector<std::string>>{
           {"-T4"}, {"-T", "4"}, {"--threads=4"}, {"--threads", "4"}, {"-vT4"}, {"x", "-T4"}}) {
    EXPECT_EQ(good(words).threads, 4U);
  }
}

TEST(Arguments, DoNotCareForOrder) {
  const Request first = good({"-d", "-o", "out", "in"});
  const Request last = good({"in", "-o", "out", "-d"});
  EXPECT_EQ(first.inputs, last.inputs);
  EXPECT_EQ(first.output, last.output);
  EXPECT_EQ(first.verb, Verb::kDecompress);
  EXPECT_EQ(last.verb, Verb::kDecompress);
}

TEST(Arguments, EndAtTwoDashes) {
  EXPECT_EQ(good({"--", "-d", "list"}).inputs, (std::vector<std::string>{"-d", "list"}));
  EXPECT_EQ(good({"--", "list"}).verb, Verb::kCompress);
}

TEST(Arguments, KnowVerbsAndTheirOutputs) {
  EXPECT_EQ(good({"compress", "a", "b"}).output, "b");
  EXPECT_EQ(good({"-v", "decompress", "a"}).verb, Verb::kDecompress);
  EXPECT_EQ(good({"list"}).inputs, std::vector<std::string>{"-"});
  EXPECT_EQ(good({"-d", "decompress", "a"}).verb, Verb::kDecompress);
  EXPECT_FALSE(request({"compress", "a", "b", "c"}).ok());
}

TEST(Arguments, RefuseContradictions) {
  const std::vector<std::vector<std::string>> contradictions = {
      {"-c", "-o", "x", "a"},
      {"-z", "-d", "a"},
      {"-3", "-9", "a"},
      {"--fast", "--best", "a"},
      {"-d", "-t", "a"},
      {"-d", "compress"},
      {"-t", "-o", "x", "a"},
      {"-l", "-c", "a"},
      {"-k", "--rm", "a"},
      {"--rm", "-c", "a"},
      {"--rm"},
      {"-o", "x", "a", "b"},
      {"-T1", "-T2", "a"},
      {"--rm", "-t", "a"},
      {"--range", "1+2", "a"},
      {"-", "-"},
      {"--verify", "-c"},
      {"--keep-going", "a"},
      {"--progress", "--no-progress", "a"},
      {"compress", "a", "b", "-o", "c"},
      {"-o", "", "a"},
      {"-d", "--keep-going", "--rm", "a"}};
  for (const auto& words : contradictions) {
    std::string line;
    for (const auto& word : words) {
      line += word + " ";
    }
    const auto made = request(words);
    EXPECT_FALSE(made.ok()) << line;
    EXPECT_EQ(made.status().code(), Code::kInvalidArgument) << line;
  }
}

TEST(Arguments, AllowTheSameTwice) {
  EXPECT_EQ(good({"-d", "-d", "-T2", "--threads=2", "a"}).threads, 2U);
  EXPECT_EQ(good({"-vv"}).verbosity, 2);
  EXPECT_EQ(good({"-v", "-q"}).verbosity, 0);
}

TEST(Arguments, RefuseBadValuesNamingTheOption) {
  for (const auto& words : std::vector<std::vector<std::string>>{{"-T", "many"},
                                                                 {"-M", "lots"},
                                                                 {"--checksum", "crc32"},
                                                                 {"--chunk-size", "1.5M"},
                                                                 {"--codec", "zip"},
                                                                 {"--codec", "zstd:level=99"},
                                                                 {"--warp-version", "4"},
                                                                 {"--max-output", "-1"},
                                                                 {"-F", "rar"}}) {
    const auto made = request(words);
    ASSERT_FALSE(made.ok()) << words[0] << words[1];
    EXPECT_NE(made.status().to_string().find(words[0] == "-F" ? words[1] : words[0]),
              std::string::npos);
  }
  EXPECT_FALSE(request({"-T"}).ok());
  EXPECT_FALSE(request({"--threads"}).ok());
  EXPECT_FALSE(request({"--rm=yes", "a"}).ok());
}

TEST(Arguments, TakeDefaultsFromTheEnvironment) {
  EXPECT_EQ(good({}, "-9 --threads=3").level, 9);
  EXPECT_EQ(good({}, " -T 3\t").threads, 3U);
  EXPECT_EQ(good({"-1"}, "-9").level, 1) << "the command line wins";
  EXPECT_EQ(good({"-v"}, "-vv").verbosity, 1);
}

TEST(Arguments, KeepDeletionQuietAndFilesOutOfTheEnvironment) {
  for (const char* defaults : {"--rm", "-q", "-f", "-c", "-o x", "-d", "file", "--bad", "-T"}) {
    const auto made = request({"a"}, defaults);
    ASSERT_FALSE(made.ok()) << defaults;
    EXPECT_NE(made.status().to_string().find("KOMPAKT_OPT"), std::string::npos) << defaults;
  }
}

TEST(Sizes, AreBinaryOrDecimalBySuffix) {
  EXPECT_EQ(*cli::parse_size("0"), 0U);
  EXPECT_EQ(*cli::parse_size("512"), 512U);
  EXPECT_EQ(*cli::parse_size("512B"), 512U);
  EXPECT_EQ(*cli::parse_size("64K"), 64U * 1024);
  EXPECT_EQ(*cli::parse_size("64k"), 64U * 1024);
  EXPECT_EQ(*cli::parse_size("64KiB"), 64U * 1024);
  EXPECT_EQ(*cli::parse_size("64kB"), 64000U);
  EXPECT_EQ(*cli::parse_size("3MB"), 3000000U);
  EXPECT_EQ(*cli::parse_size("2G"), std::uint64_t{2} << 30U);
  EXPECT_EQ(*cli::parse_size("1TiB"), std::uint64_t{1} << 40U);
  for (const char* bad : {"", "K", "-1", "1.5M", "1 K", "12X", "1KiBs", "99999999999999999999",
                          "16E", "0x10", "+3"}) {
    EXPECT_FALSE(cli::parse_size(bad).ok()) << bad;
  }
}

TEST(Sizes, OfMemoryMayBeAShare) {
  EXPECT_GT(*cli::parse_memory("50%"), *cli::parse_memory("10%"));
  EXPECT_EQ(*cli::parse_memory("1G"), std::uint64_t{1} << 30U);
  EXPECT_FALSE(cli::parse_memory("101%").ok());
  EXPECT_FALSE(cli::parse_memory("%").ok());
}

TEST(Sizes, OfLineRangesMayBeOpen) {
  EXPECT_EQ(*cli::parse_lines("3-7"), (cli::LineRange{3, 7}));
  EXPECT_EQ(cli::parse_lines("3-")->first, 3U);
  EXPECT_GT(cli::parse_lines("3-")->last, std::uint64_t{1} << 60U);
  EXPECT_EQ(*cli::parse_lines("3"), (cli::LineRange{3, 3}));
  for (const char* bad : {"", "0", "0-3", "-3", "4-3", "a-b", "1-2-3", "1+2"}) {
    EXPECT_FALSE(cli::parse_lines(bad).ok()) << bad;
  }
}

TEST(Sizes, OfRangesMayBeOpen) {
  EXPECT_EQ(*cli::parse_range("1K+2K"), (cli::ByteRange{1024, 2048}));
  EXPECT_EQ(*cli::parse_range("7+"), (cli::ByteRange{7, UINT64_MAX}));
  EXPECT_EQ(*cli::parse_range("7"), (cli::ByteRange{7, UINT64_MAX}));
  EXPECT_FALSE(cli::parse_range("+7").ok());
  EXPECT_FALSE(cli::parse_range("a+b").ok());
  EXPECT_FALSE(cli::parse_range("1+2+3").ok());
}

}  // namespace
}  // namespace kompakt::testing
