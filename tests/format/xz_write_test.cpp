// Files that our .xz writer makes, as the stock tools see them.
#include <gtest/gtest.h>

#include <string>

#include "format/rows.hpp"
#include "format/xz/encode.hpp"
#include "run_format.hpp"
#include "stock_tools.hpp"

namespace kompakt::testing {
namespace {

constexpr std::uint64_t kBlock = 64 * kKiB;

EncodeSettings fast(std::uint64_t block = kBlock) {
  EncodeSettings settings;
  settings.level = 0;
  settings.block_size = block;
  return settings;
}

Bytes xz(ByteSpan content, const EncodeSettings& settings, Ways ways = {}) {
  Encoded out = encode(xz_format(), content, settings, ways);
  EXPECT_TRUE(out.status.ok()) << out.status.to_string();
  return std::move(out.bytes);
}

TEST(XzWrite, StockXzReadsEverySizeAroundTheBlockSize) {
  if (!have_tool("xz")) {
    GTEST_SKIP() << "no xz";
  }
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, kBlock - 1, kBlock, kBlock + 1,
                                 3 * kBlock, 5 * kBlock + 7}) {
    for (const bool piped : {false, true}) {
      const Bytes content = size % 2 == 0 ? text_bytes(size) : random_bytes(size);
      const Bytes packed = xz(content, fast(), {.threads = 2, .piped = piped});
      EXPECT_EQ(run_tool({"xz", "-dc", "-T2"}, packed), content) << size << piped;
      EXPECT_EQ(run_tool({"xz", "-dc", "-T1"}, packed), content) << size << piped;
    }
  }
}

TEST(XzWrite, StockXzReadsEveryLevelAndCheck) {
  if (!have_tool("xz")) {
    GTEST_SKIP() << "no xz";
  }
  const Bytes content = text_bytes(150'000);
  for (int level = 0; level <= 9; ++level) {
    EncodeSettings settings;
    settings.level = level;
    settings.extreme = level % 2 == 1;
    EXPECT_EQ(run_tool({"xz", "-dc"}, xz(content, settings)), content) << level;
  }
  for (const char* check : {"none", "crc32", "crc64", "sha256"}) {
    EncodeSettings settings = fast();
    settings.check = check;
    EXPECT_EQ(run_tool({"xz", "-dc"}, xz(content, settings)), content) << check;
  }
}

TEST(XzWrite, OtherReadersReadIt) {
  const Bytes content = record_bytes(400'000);
  const Bytes packed = xz(content, fast());
  if (have_python("lzma")) {
    EXPECT_EQ(run_tool({"python3", "-c",
                        "import lzma,sys;sys.stdout.buffer.write(lzma.decompress("
                        "sys.stdin.buffer.read()))"},
                       packed),
              content);
  }
  if (have_tool("pixz")) {
    EXPECT_EQ(run_tool({"pixz", "-d"}, packed), content);
  }
  if (!have_python("lzma") && !have_tool("pixz")) {
    GTEST_SKIP() << "neither python3 nor pixz";
  }
}

TEST(XzWrite, ListsAsOneStreamOfManyBlocksWithTheirSizesInTheHeaders) {
  if (!have_tool("xz")) {
    GTEST_SKIP() << "no xz";
  }
  const TempFolder folder(On::kMemory);
  const Bytes packed = xz(text_bytes(3 * kBlock + 5), fast());
  write_file(folder / "a.xz", {reinterpret_cast<const char*>(packed.data()), packed.size()});
  const Bytes listed = run_tool({"xz", "--robot", "-lvv", folder / "a.xz"}, {});
  const std::string text(reinterpret_cast<const char*>(listed.data()), listed.size());
  EXPECT_NE(text.find("file\t1\t4\t"), std::string::npos) << text;
  EXPECT_NE(text.find("\tCRC64\t"), std::string::npos) << text;
  // Column 12 of a block says which sizes its header has: c, u.
  EXPECT_NE(text.find("\tcu\t"), std::string::npos) << text;
  EXPECT_EQ(text.find("\t--\t"), std::string::npos) << text;
}

TEST(XzWrite, BytesDependOnTheContentNotOnThreads) {
  const Bytes content = text_bytes(10 * kBlock + 1);
  const Bytes packed = xz(content, fast(), {.threads = 1});
  for (const unsigned threads : {2U, 3U, 8U, 32U}) {
    EXPECT_EQ(xz(content, fast(), {.threads = threads}), packed) << threads;
    EXPECT_EQ(xz(content, fast(), {.threads = threads, .piped = true}), packed) << threads;
  }
}

TEST(XzWrite, ContentThatDoesNotShrinkGrowsByLessThanOnePart) {
  const Bytes content = random_bytes(700'000);
  const Bytes packed = xz(content, fast(300'000));
  EXPECT_LT(packed.size(), content.size() + 400);
  EXPECT_EQ(decode(xz_format(), packed).bytes, content);
}

TEST(XzWrite, BlocksAreEqualAndEvenInNumberWhereTheSizeIsKnown) {
  EXPECT_EQ(xz_even_block_size(24 * kMiB, std::nullopt), 24 * kMiB);
  EXPECT_EQ(xz_even_block_size(24 * kMiB, 24 * kMiB), 24 * kMiB);
  EXPECT_EQ(xz_even_block_size(24 * kMiB, 40 * kMiB), 20 * kMiB);
  EXPECT_EQ(xz_even_block_size(24 * kMiB, 60 * kMiB), 15 * kMiB);
  for (std::uint64_t total = 24 * kMiB + 1; total < 900 * kMiB; total += 7'654'321) {
    const std::uint64_t block = xz_even_block_size(24 * kMiB, total);
    EXPECT_LE(block, 24 * kMiB);
    EXPECT_EQ(((total - 1) / block + 1) % 2, 0U) << total;
  }
}

TEST(XzWrite, SaysWhatItCannotDo) {
  const auto code = [](const EncodeSettings& settings) {
    return encode(xz_format(), text_bytes(10), settings).status.code();
  };
  EncodeSettings settings;
  settings.check = "md5";
  EXPECT_EQ(code(settings), Code::kInvalidArgument);
  settings = {};
  settings.level = 10;
  EXPECT_EQ(code(settings), Code::kInvalidArgument);
  settings = {};
  settings.block_size = 100;
  EXPECT_EQ(code(settings), Code::kInvalidArgument);
  settings = {};
  settings.window_log = 24;
  EXPECT_EQ(code(settings), Code::kInvalidArgument);
  settings = {};
  settings.dictionary = std::make_shared<std::vector<std::byte>>(10);
  EXPECT_EQ(code(settings), Code::kInvalidArgument);
  settings = {};
  settings.name = "a";
  EXPECT_EQ(code(settings), Code::kInvalidArgument);
}

TEST(XzWrite, SmallInputsDoNotAskReadersForALargeDictionary) {
  const Bytes packed = xz(text_bytes(5000), {});
  const Decoded back = decode(xz_format(), packed);
  ASSERT_TRUE(back.status.ok());
  EXPECT_EQ(back.facts.window, 8192U);
}

}  // namespace
}  // namespace kompakt::testing
