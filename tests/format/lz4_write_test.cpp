// What we write as .lz4: read by the stock tool, the same for any number of threads, one frame.
#include <gtest/gtest.h>

#include <string>

#include "format/rows.hpp"
#include "run_format.hpp"
#include "stock_tools.hpp"
#include "test_data.hpp"

namespace kompakt::testing {
namespace {

const FormatEntry& lz4() { return lz4_format(); }

EncodeSettings at_level(int level) {
  EncodeSettings settings;
  settings.level = level;
  return settings;
}

Bytes mixed_bytes(std::size_t size) {
  Bytes mixed = joined(
      {text_bytes(size / 2), random_bytes(size / 4), record_bytes(size - size / 2 - size / 4)});
  return mixed;
}

Bytes stock_decoded(const Bytes& packed, const std::vector<std::string>& options = {}) {
  std::vector<std::string> command = {"lz4", "-d", "-c", "-q"};
  command.insert(command.end(), options.begin(), options.end());
  return run_tool(command, packed);
}

#define NEED_LZ4()                          \
  if (!have_tool("lz4")) {                  \
    GTEST_SKIP() << "lz4 is not installed"; \
  }                                         \
  static_assert(true)

TEST(Lz4Write, StockToolReadsEveryLevelAndBlockSize) {
  NEED_LZ4();
  const Bytes content = mixed_bytes(600'000);
  for (const int level : {-65536, -9, -1, 0, 1, 2, 3, 6, 9, 10, 12}) {
    const Encoded packed = encode(lz4(), content, at_level(level));
    ASSERT_TRUE(packed.status.ok()) << level << ": " << packed.status.to_string();
    EXPECT_TRUE(stock_decoded(packed.bytes) == content) << level;
  }
  for (const std::uint64_t block : {64 * kKiB, 256 * kKiB, kMiB, 4 * kMiB}) {
    EncodeSettings settings;
    settings.block_size = block;
    const Encoded packed = encode(lz4(), content, settings);
    ASSERT_TRUE(packed.status.ok());
    EXPECT_TRUE(stock_decoded(packed.bytes) == content) << block;
  }
}

TEST(Lz4Write, SizesAroundPartsAndBlocksComeBackFromFilesAndPipes) {
  NEED_LZ4();
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, std::size_t{65'536}, std::size_t{65'537},
        std::size_t{4} << 20U, (std::size_t{4} << 20U) + 1, std::size_t{9'000'001}}) {
    const Bytes content = mixed_bytes(size);
    for (const bool piped : {false, true}) {
      const Encoded packed = encode(lz4(), content, {}, {.piped = piped});
      ASSERT_TRUE(packed.status.ok());
      EXPECT_TRUE(stock_decoded(packed.bytes) == content) << size;
      EXPECT_TRUE(decode(lz4(), packed.bytes, {}, {.piped = piped}).bytes == content) << size;
    }
  }
}

TEST(Lz4Write, BytesAreTheSameForAnyNumberOfThreadsAndFromPipes) {
  const Bytes content = mixed_bytes(kSanitized ? 5'000'000 : 18'000'000);
  for (const int level : {1, 3}) {
    const Bytes first = encode(lz4(), content, at_level(level), {.threads = 1}).bytes;
    for (const unsigned threads : {2U, 3U, 8U, 32U}) {
      for (const bool piped : {false, true}) {
        EXPECT_TRUE(
            encode(lz4(), content, at_level(level), {.threads = threads, .piped = piped}).bytes ==
            first)
            << threads;
      }
    }
  }
}

TEST(Lz4Write, IsNoLargerThanWhatTheStockToolWrites) {
  NEED_LZ4();
  const Bytes content = text_bytes(6'000'000);
  for (const int level : {1, 3, 9}) {
    const Bytes theirs = run_tool({"lz4", "-c", "-q", "-" + std::to_string(level)}, content);
    EXPECT_LE(encode(lz4(), content, at_level(level)).bytes.size(), theirs.size()) << level;
  }
}

TEST(Lz4Write, ContentThatDoesNotShrinkIsStored) {
  const Bytes noise = random_bytes(1'000'000);
  const Encoded packed = encode(lz4(), noise);
  EXPECT_EQ(packed.bytes.size(), noise.size() + 7 + 4 + 4 + 4);  // header, block, end mark, check
  EncodeSettings bare;
  bare.checksum = false;
  EXPECT_EQ(encode(lz4(), noise, bare).bytes.size() + 4, packed.bytes.size());
}

TEST(Lz4Write, DictionariesServeBothWaysAtFastAndStrongLevels) {
  NEED_LZ4();
  const TempFolder folder(On::kMemory);
  const Bytes dictionary = text_bytes(100'000, 9);
  write_file(folder / "dictionary",
             {reinterpret_cast<const char*>(dictionary.data()), dictionary.size()});
  const Bytes content = joined({ByteSpan(dictionary).subspan(50'000, 30'000), text_bytes(10'000)});
  for (const int level : {1, 9}) {
    EncodeSettings settings = at_level(level);
    settings.dictionary = std::make_shared<const Bytes>(dictionary);
    settings.block_size = 64 * kKiB;
    const Encoded packed = encode(lz4(), content, settings);
    ASSERT_TRUE(packed.status.ok());
    EXPECT_LT(packed.bytes.size(), encode(lz4(), content, at_level(level)).bytes.size() / 2);
    EXPECT_TRUE(stock_decoded(packed.bytes, {"-D", folder / "dictionary"}) == content);
    DecodeSettings with;
    with.dictionary = settings.dictionary;
    EXPECT_TRUE(decode(lz4(), packed.bytes, with).bytes == content);
    // No number in the header says that it is needed, but blocks do not decode without.
    EXPECT_EQ(decode(lz4(), packed.bytes).status.code(), Code::kCorrupt);
    for (const char* linked : {"-BI", "-BD"}) {
      const Bytes long_content = joined({content, content, text_bytes(200'000), content});
      const Bytes theirs = run_tool({"lz4", "-c", "-q", "-B4", linked, "-" + std::to_string(level),
                                     "-D", folder / "dictionary"},
                                    long_content);
      const Decoded back = decode(lz4(), theirs, with);
      ASSERT_TRUE(back.status.ok()) << linked << ": " << back.status.to_string();
      EXPECT_TRUE(back.bytes == long_content) << linked;
    }
  }
}

TEST(Lz4Write, WishesThatTheFormatCannotFulfilAreRefused) {
  std::vector<EncodeSettings> refused(9);
  refused[0].extreme = true;
  refused[1].check = "crc32";
  refused[2].name = "name";
  refused[3].modified = 1;
  refused[4].window_log = 16;
  refused[5].seekable = true;
  refused[6].block_size = 100'000;
  refused[7].level = 13;
  refused[8].level = -65537;
  for (const auto& settings : refused) {
    EXPECT_EQ(encode(lz4(), {}, settings).status.code(), Code::kInvalidArgument);
  }
}

}  // namespace
}  // namespace kompakt::testing
