// bzip2 files written and read by us and by the stock tools, and the public files.
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "bzip2_support.hpp"
#include "stock_tools.hpp"
#include "verdicts.hpp"

namespace kompakt::testing {
namespace {

/// Content around every limit of the format at level 1, and of several natures.
std::vector<Bytes> contents() {
  std::vector<Bytes> all = {
      Bytes(),           Bytes(1, std::byte{'a'}), to_bytes("ab"),        to_bytes("aa"),
      Bytes(12'000'000), text_bytes(250'000),      record_bytes(250'000), random_bytes(250'000)};
  for (const std::size_t length :
       {3U, 4U, 5U, 254U, 255U, 256U, 258U, 259U, 260U, 263U, 518U, 519U}) {
    all.emplace_back(length, std::byte{0});
    all.push_back(joined({to_bytes("x"), Bytes(length, std::byte{0xFB}), to_bytes("y")}));
  }
  constexpr std::size_t kLimit = 100'000 - bzip2::kBlockSlack;
  for (const std::size_t size : {kLimit - 1, kLimit, kLimit + 1}) {
    all.push_back(random_bytes(size));
    // A run across the end of a block.
    all.push_back(joined({random_bytes(size - 5), Bytes(300, std::byte{7}), random_bytes(100)}));
  }
  Bytes periodic;
  while (periodic.size() < 300'000) {
    periodic.insert(periodic.end(), {std::byte{1}, std::byte{1}, std::byte{2}});
  }
  all.push_back(periodic);
  return all;
}

void expect_stock_reads(const std::vector<std::string>& tool, ByteSpan packed, const Bytes& content,
                        const std::string& what) {
  int code = 0;
  EXPECT_TRUE(run_tool(tool, packed, &code) == content) << what;
  EXPECT_EQ(code, 0) << what;
}

TEST(Bzip2Stock, ReadsWhatWeWrite) {
  const auto expect_read = [](const Bytes& content, int level, const std::string& what) {
    const Bytes packed = bzip2_packed(content, level);
    for (const std::string tool : {"bzip2", "lbzip2"}) {
      if (!have_tool(tool)) {
        GTEST_LOG_(INFO) << "no " << tool;
        continue;
      }
      expect_stock_reads({tool, "-dc"}, packed, content, tool + what);
    }
  };
  std::size_t number = 0;
  for (const Bytes& content : contents()) {
    expect_read(content, 1, " content " + std::to_string(number++));
  }
  const Bytes text = text_bytes(1'000'000);
  for (int level = 1; level <= 9; ++level) {
    expect_read(text, level, " level " + std::to_string(level));
  }
}

TEST(Bzip2Stock, PythonReadsWhatWeWrite) {
  if (!have_python("bz2")) {
    GTEST_SKIP() << "no python3 with bz2";
  }
  const Bytes content = joined({text_bytes(400'000), random_bytes(300'000), Bytes(1'000'000)});
  expect_stock_reads({"python3", "-c",
                      "import bz2,sys\n"
                      "d=bz2.BZ2Decompressor()\n"
                      "sys.stdout.buffer.write(d.decompress(sys.stdin.buffer.read()))\n"
                      "sys.exit(0 if d.eof and not d.unused_data else 1)"},
                     bzip2_packed(content, 2), content,
                     "python, which reads the first stream only");
}

TEST(Bzip2Stock, WeReadWhatTheyWrite) {
  for (const std::string tool : {"bzip2", "lbzip2"}) {
    if (!have_tool(tool)) {
      GTEST_LOG_(INFO) << "no " << tool;
      continue;
    }
    std::size_t number = 0;
    for (const Bytes& content : contents()) {
      const auto back = bzip2_unpacked(run_tool({tool, "-1c"}, content), 2);
      EXPECT_TRUE(back.status.ok()) << back.status.to_string();
      EXPECT_TRUE(back.content == content) << tool << " content " << number++;
    }
    const Bytes text = text_bytes(1'000'000);
    for (int level = 1; level <= 9; level += tool == "bzip2" ? 1 : 4) {
      const auto back = bzip2_unpacked(run_tool({tool, "-c", "-" + std::to_string(level)}, text));
      EXPECT_TRUE(back.status.ok()) << back.status.to_string();
      EXPECT_TRUE(back.content == text) << tool << " level " << level;
    }
  }
}

TEST(Bzip2Stock, SizesAreAtMostHalfAPerCentAboveTheirs) {
  if (!have_tool("bzip2")) {
    GTEST_SKIP() << "no bzip2";
  }
  for (const Bytes& content :
       {text_bytes(1'500'000), record_bytes(1'500'000), random_bytes(500'000), text_bytes(5000)}) {
    for (const int level : {1, 9}) {
      const std::size_t theirs =
          run_tool({"bzip2", "-c", "-" + std::to_string(level)}, content).size();
      EXPECT_LE(bzip2_packed(content, level).size(), theirs + theirs / 200);
    }
  }
}

TEST(Bzip2Stock, PublicFilesAreJudgedAsByTheReference) {
  std::size_t judged = 0;
  const bool present = for_each_verdict("bzip2", [&](const Verdict& verdict) {
    ++judged;
    for (const unsigned threads : {1U, 3U}) {
      const auto back = bzip2_unpacked(verdict.input, threads, {}, threads == 3);
      EXPECT_EQ(back.status.ok(), verdict.exit_code == 0)
          << verdict.path << ": " << back.status.to_string();
      if (verdict.exit_code == 0 && back.status.ok()) {
        EXPECT_EQ(back.content.size(), verdict.bytes) << verdict.path;
        EXPECT_EQ(sha256_hex(back.content), verdict.sha256) << verdict.path;
      }
    }
  });
  if (!present) {
    GTEST_SKIP() << "no public files";
  }
  EXPECT_GE(judged, 20U);
}

}  // namespace
}  // namespace kompakt::testing
