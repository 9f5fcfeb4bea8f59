// The multi-call name warp-compress, version 2, and old files.
#include <gtest/gtest.h>

#include "tool.hpp"

namespace kompakt::testing {
namespace {

class WarpCompress : public ::testing::Test {
 protected:
  WarpCompress() { write_file(folder / "a", text); }
  static Outcome run(const std::vector<std::string>& words) {
    return run_tool(words, {}, "/usr/bin/warp-compress");
  }
  TempFolder folder;
  std::string text = to_text(text_bytes(600000));
};

TEST_F(WarpCompress, RoundTripsEveryLevelMethodAndChecksum) {
  std::vector<std::vector<std::string>> ways;
  for (const char* level : {"auto", "fastest", "throughput", "max"}) {
    ways.push_back({"--level", level});
  }
  for (const char* method : {"zstd", "lz4", "snappy", "brotli"}) {
    for (const char* checksum : {"none", "xxh64", "blake3", "blake2b"}) {
      ways.push_back({"--algo", method, "--checksum", checksum, "--chunk-size", "128K"});
    }
  }
  for (auto way : ways) {
    way.insert(way.begin(), {"compress", "-f", folder / "a", folder / "b"});
    const Outcome packed = run(way);
    ASSERT_EQ(packed.code, 0) << packed.err;
    EXPECT_EQ(read_file(folder / "b").substr(0, 5), std::string("PRAW\x02"));
    ASSERT_EQ(run({"decompress", "-f", folder / "b", folder / "c"}).code, 0);
    EXPECT_EQ(read_file(folder / "c"), text);
  }
}

TEST_F(WarpCompress, TellsOfEveryChunk) {
  const Outcome packed =
      run({"compress", "--verbose", "--chunk-size=128K", "--zstd-level=5", "--zstd-threads=2",
           "--brotli-quality=4", "--threads=2", folder / "a"});
  ASSERT_EQ(packed.code, 0) << packed.err;
  EXPECT_EQ(std::count(packed.err.begin(), packed.err.end(), '\n'), 6) << packed.err;
  EXPECT_NE(packed.err.find("MB/s"), std::string::npos);
  const Outcome unpacked = run({"decompress", "--verbose", folder / "a.warp", folder / "c"});
  EXPECT_EQ(std::count(unpacked.err.begin(), unpacked.err.end(), '\n'), 6) << unpacked.err;
}

TEST_F(WarpCompress, WritesTheSameAsWarpVersionTwo) {
  ASSERT_EQ(run({"compress", "--algo=zstd", folder / "a", folder / "b"}).code, 0);
  ASSERT_EQ(run_tool({"--warp-version=2", "--codec=zstd", "-o", folder / "c", folder / "a"}).code,
            0);
  EXPECT_EQ(read_file(folder / "b"), read_file(folder / "c"));
}

TEST_F(WarpCompress, TakesNothingAtAll) {
  write_file(folder / "empty", "");
  ASSERT_EQ(run({"compress", folder / "empty"}).code, 0);
  EXPECT_EQ(read_file(folder / "empty.warp").size(), 18U);
  ASSERT_EQ(run({"decompress", "-f", folder / "empty.warp"}).code, 0);
  EXPECT_EQ(read_file(folder / "empty"), "");
}

TEST_F(WarpCompress, RefusesWhatItDoesNotKnow) {
  EXPECT_EQ(run({"compress", "--level", "7", folder / "a"}).code, 1);
  EXPECT_EQ(run({"compress", "--algo", "xz", folder / "a"}).code, 1);
  EXPECT_EQ(run({"compress", "--zstd-level", "99", folder / "a"}).code, 1);
  EXPECT_EQ(run({"compress", "--checksum", "xxh3", folder / "a"}).code, 1);
  EXPECT_EQ(run({"compress", "--rm", folder / "a"}).code, 1);
  EXPECT_EQ(run({folder / "a"}).code, 1);
  EXPECT_EQ(run({}).code, 1);
  EXPECT_EQ(run({"--help"}).code, 0);
  EXPECT_EQ(run_tool({"--warp-version=2"}, {.input = text}).code, 5) << "needs files on both sides";
  EXPECT_FALSE(std::filesystem::exists(folder / "a.warp"));
}

TEST_F(WarpCompress, ReadsVersionThree) {
  ASSERT_EQ(run_tool({folder / "a"}).code, 0);
  ASSERT_EQ(run({"decompress", folder / "a.warp", folder / "c"}).code, 0);
  EXPECT_EQ(read_file(folder / "c"), text);
}

TEST(OldFiles, AreTestedListedAndRead) {
  const std::string fixtures = std::string(KOMPAKT_SHARED) + "/interop/warp/";
  if (!std::filesystem::exists(fixtures)) {
    GTEST_SKIP() << "the fixtures are not on this machine";
  }
  const std::string mixed = read_file(fixtures + "mixed.bin");
  for (const char* name : {"v1-zstd-xxh64", "v2-auto-blake3", "stream2-ratio-sha256"}) {
    const std::string path = fixtures + name + ".warp";
    EXPECT_EQ(run_tool({"-t", path}).code, 0) << name;
    EXPECT_EQ(run_tool({"-dc", path}).out, mixed) << name;
    EXPECT_EQ(run_tool({"cat", "--range=1000+500", path}).out, mixed.substr(1000, 500)) << name;
    const Outcome listed = run_tool({"-lv", path});
    EXPECT_EQ(listed.code, 0);
    EXPECT_NE(listed.out.find(std::to_string(mixed.size())), std::string::npos) << listed.out;
    EXPECT_EQ(run_tool({"info", path}).code, 0);
  }
}

}  // namespace
}  // namespace kompakt::testing
