// Every single-bit flip of a small file is found or harmless; the same input gives the same bytes.
#include <gtest/gtest.h>

#include "kompakt/stream.hpp"
#include "tool.hpp"

namespace kompakt::testing {
namespace {

TEST(BitFlips, AreDetectedOrHarmless) {
  // A few blocks of different natures: text, zeros, noise.
  std::string text =
      to_text(text_bytes(4096)) + std::string(4096, '\0') + to_text(random_bytes(300));
  const Outcome packed = run_tool({"--chunk-size=4K"}, {.input = text});
  ASSERT_EQ(packed.code, 0);
  const Bytes whole = to_bytes(packed.out);
  std::size_t unnamed = 0;
  DecompressOptions serial;
  serial.run.threads = 1;
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (unsigned bit = 0; bit < 8; bit += kSanitized ? 5 : 1) {
      Bytes damaged = whole;
      damaged[at] ^= static_cast<std::byte>(1U << bit);
      Bytes out;
      const auto source = memory_source(damaged);
      const auto sink = memory_sink(out);
      const auto decoded = decompress(*source, *sink, serial);
      if (decoded.ok()) {
        EXPECT_EQ(to_text(out), text) << "silent damage: byte " << at << " bit " << bit;
        continue;
      }
      const Code code = decoded.status().code();
      EXPECT_TRUE(code == Code::kCorrupt || code == Code::kTruncated)
          << "byte " << at << " bit " << bit << ": " << decoded.status().to_string();
      unnamed += decoded.status().block() ? 0 : 1;
      EXPECT_TRUE(decoded.status().block() || decoded.status().offset())
          << "byte " << at << " bit " << bit;
    }
  }
  // Only the file header belongs to no block.
  EXPECT_LE(unnamed, std::size_t{24} * 8);
}

TEST(BitFlips, GiveExitCodeThreeAndNameTheBlock) {
  const TempFolder folder;
  write_file(folder / "a", sample_text(9000));
  ASSERT_EQ(run_tool({"--chunk-size=4K", "--no-name", folder / "a"}).code, 0);
  const std::string whole = read_file(folder / "a.warp");
  for (std::size_t at = 0; at < whole.size(); at += kSanitized ? 401 : 41) {
    write_file(folder / "a.warp", whole);
    flip_bit(folder / "a.warp", at, static_cast<unsigned>(at % 8));
    const Outcome outcome = run_tool({"-d", "-f", "-o", folder / "b", folder / "a.warp"});
    if (outcome.code == 0) {
      EXPECT_EQ(read_file(folder / "b"), read_file(folder / "a")) << at;
      std::filesystem::remove(folder / "b");
      continue;
    }
    EXPECT_EQ(outcome.code, 3) << at << outcome.err;
    EXPECT_TRUE(at < 24 || outcome.err.find("block ") != std::string::npos) << at << outcome.err;
    EXPECT_FALSE(std::filesystem::exists(folder / "b"));
    EXPECT_EQ(run_tool({"-t", folder / "a.warp"}).code, 3) << at;
  }
}

TEST(SameBytes, ForAnyNumberOfThreadsAndForFileOrPipe) {
  const TempFolder folder;
  const std::string text =
      to_text(text_bytes(300000)) + to_text(record_bytes(200000)) + std::string(70000, '\0');
  write_file(folder / "a", text);
  for (const char* level : {"-1", "-3", "-6"}) {
    const std::vector<std::string> common = {level, "--no-name", "--chunk-size=16K", "-c"};
    const auto with = [&](std::vector<std::string> more) {
      more.insert(more.begin(), common.begin(), common.end());
      return more;
    };
    const std::string one = run_tool(with({"-T1", folder / "a"})).out;
    ASSERT_FALSE(one.empty());
    for (const char* threads : {"-T2", "-T3", "-T8"}) {
      EXPECT_EQ(run_tool(with({threads, folder / "a"})).out, one) << level << threads;
      EXPECT_EQ(run_tool(with({threads}), {.input = text}).out, one)
          << level << threads << " stdin";
      EXPECT_EQ(run_tool({threads, "-d"}, {.input = one}).out, text) << level << threads;
    }
  }
}

TEST(SameBytes, WithAndWithoutTheDecodeCheck) {
  const TempFolder folder;
  write_file(folder / "a", sample_text());
  ASSERT_EQ(run_tool({"-o", folder / "plain", folder / "a"}).code, 0);
  ASSERT_EQ(run_tool({"--verify", "-o", folder / "verified", folder / "a"}).code, 0);
  EXPECT_EQ(read_file(folder / "plain"), read_file(folder / "verified"));
}

}  // namespace
}  // namespace kompakt::testing
