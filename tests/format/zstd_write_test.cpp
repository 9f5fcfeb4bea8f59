// What we write as .zst: read by others, the same for any number of threads, one frame unless
// asked.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "core/endian.hpp"
#include "format/rows.hpp"
#include "run_format.hpp"
#include "stock_tools.hpp"
#include "test_data.hpp"

namespace kompakt::testing {
namespace {

constexpr std::size_t kLarge = kSanitized ? 5'000'000 : 9'000'000;  // several parts of 4 MiB

const FormatEntry& zstd() { return zstd_format(); }

EncodeSettings at_level(int level) {
  EncodeSettings settings;
  settings.level = level;
  return settings;
}

/// Text, noise, records and runs, so that parts begin in content of every nature.
Bytes mixed_bytes(std::size_t size) {
  Bytes mixed;
  for (std::uint64_t seed = 1; mixed.size() < size; ++seed) {
    for (const Bytes& piece :
         {text_bytes(700'000, seed), random_bytes(100'000, seed), record_bytes(400'000, seed),
          Bytes(300'000, std::byte{0}), Bytes(50'000, std::byte{'x'})}) {
      mixed.insert(mixed.end(), piece.begin(), piece.end());
    }
  }
  mixed.resize(size);
  return mixed;
}

Bytes stock_decoded(const Bytes& packed, const std::vector<std::string>& options = {}) {
  std::vector<std::string> command = {"zstd", "-d", "-c", "-q"};
  command.insert(command.end(), options.begin(), options.end());
  return run_tool(command, packed);
}

#define NEED_ZSTD()                          \
  if (!have_tool("zstd")) {                  \
    GTEST_SKIP() << "zstd is not installed"; \
  }                                          \
  static_assert(true)

TEST(ZstdWrite, StockToolReadsEveryLevel) {
  NEED_ZSTD();
  const Bytes small = mixed_bytes(300'000);
  for (const int level : {-131072, -5, 0, 1, 2, 3, 5, 6, 9, 12, 15, 16, 19, 22}) {
    const Encoded packed = encode(zstd(), small, at_level(level));
    ASSERT_TRUE(packed.status.ok()) << level << ": " << packed.status.to_string();
    EXPECT_TRUE(stock_decoded(packed.bytes) == small) << level;
  }
}

TEST(ZstdWrite, StockToolReadsFramesOfManyParts) {
  NEED_ZSTD();
  const Bytes content = mixed_bytes(kLarge);
  for (const int level : {-3, 1, 3, 4, 6}) {
    for (const bool piped : {false, true}) {
      if (piped && level != 1 && level != 4) {
        continue;  // the parts of all levels come to be in the same way
      }
      const Encoded packed = encode(zstd(), content, at_level(level), {.piped = piped});
      ASSERT_TRUE(packed.status.ok()) << packed.status.to_string();
      EXPECT_TRUE(stock_decoded(packed.bytes) == content) << level << (piped ? " piped" : "");
    }
  }
}

TEST(ZstdWrite, StrategiesOfEveryKindSurviveSmallParts) {
  NEED_ZSTD();
  const Bytes content = mixed_bytes(1'100'000);
  for (const int level : {1, 3, 5, 7, 9, 12, 13, 15}) {
    EncodeSettings settings = at_level(level);
    settings.block_size = 512 * kKiB;
    const Encoded packed = encode(zstd(), content, settings);
    ASSERT_TRUE(packed.status.ok()) << packed.status.to_string();
    EXPECT_TRUE(stock_decoded(packed.bytes) == content) << level;
  }
}

TEST(ZstdWrite, APartThatBeginsLikeADictionaryIsNoDictionary) {
  NEED_ZSTD();
  // The overlap of the second part, an eighth of the window before it, begins with the magic number
  // of trained dictionaries.
  Bytes content = mixed_bytes(2'000'000);
  for (std::size_t at = 0; at + 4 < content.size(); at += 4 * kKiB) {
    store_le<std::uint32_t>(MutableByteSpan(content).subspan(at), 0xEC30A437U);
  }
  EncodeSettings settings = at_level(3);
  settings.block_size = 512 * kKiB;
  const Encoded packed = encode(zstd(), content, settings);
  ASSERT_TRUE(packed.status.ok()) << packed.status.to_string();
  EXPECT_TRUE(stock_decoded(packed.bytes) == content);
}

TEST(ZstdWrite, BytesAreTheSameForAnyNumberOfThreads) {
  const Bytes content = mixed_bytes(kLarge);
  EncodeSettings seekable = at_level(3);
  seekable.seekable = true;
  seekable.block_size = kMiB;
  EncodeSettings distant = at_level(1);
  distant.window_log = 22;
  for (EncodeSettings settings : {at_level(3), at_level(1), seekable, distant}) {
    for (const bool piped : {false, true}) {
      settings.threads = 1;
      const Encoded first = encode(zstd(), content, settings, {.threads = 1, .piped = piped});
      ASSERT_TRUE(first.status.ok()) << first.status.to_string();
      for (const unsigned threads : {3U, 32U}) {
        settings.threads = threads;
        const Encoded other =
            encode(zstd(), content, settings, {.threads = threads, .piped = piped});
        ASSERT_TRUE(other.status.ok()) << other.status.to_string();
        EXPECT_TRUE(other.bytes == first.bytes) << threads << (piped ? " piped" : "");
      }
    }
  }
}

TEST(ZstdWrite, TheDefaultIsOneFrameWithSizeAndChecksum) {
  const Bytes content = mixed_bytes(kLarge);
  const Encoded packed = encode(zstd(), content);
  ASSERT_TRUE(packed.status.ok());
  const auto facts = zstd().scan(*memory_source(packed.bytes));
  ASSERT_TRUE(facts.ok()) << facts.status().to_string();
  EXPECT_EQ(facts->streams, 1U);
  EXPECT_EQ(facts->skipped, 0U);
  EXPECT_EQ(facts->content, content.size());
  EXPECT_EQ(facts->check, "XXH64");
  EncodeSettings bare;
  bare.checksum = false;
  const Encoded unchecked = encode(zstd(), content, bare);
  EXPECT_EQ(unchecked.bytes.size() + 4, packed.bytes.size());
  EXPECT_EQ(zstd().scan(*memory_source(unchecked.bytes))->check, "None");
}

TEST(ZstdWrite, SizesAroundEveryFieldWidthOfTheHeaderComeBack) {
  NEED_ZSTD();
  for (const std::size_t size : {0U, 1U, 255U, 256U, 257U, 65'791U, 65'792U, 131'072U, 131'073U}) {
    const Bytes content = text_bytes(size);
    for (const bool piped : {false, true}) {
      const Encoded packed = encode(zstd(), content, {}, {.piped = piped});
      ASSERT_TRUE(packed.status.ok());
      EXPECT_TRUE(stock_decoded(packed.bytes) == content) << size;
      EXPECT_EQ(zstd().scan(*memory_source(packed.bytes))->content, size);
    }
  }
}

TEST(ZstdWrite, AFullLastPartFromAPipeStillEndsTheFrame) {
  NEED_ZSTD();
  for (const std::size_t size : {std::size_t{512} * 1024, std::size_t{1024} * 1024}) {
    EncodeSettings settings;
    settings.block_size = 512 * kKiB;
    const Bytes content = text_bytes(size);
    const Encoded packed = encode(zstd(), content, settings, {.piped = true});
    EXPECT_TRUE(stock_decoded(packed.bytes) == content);
  }
}

TEST(ZstdWrite, LongWindowsAndStrongLevelsGoThroughTheStockTool) {
  NEED_ZSTD();
  const Bytes half = mixed_bytes(2'500'000);
  const Bytes twice = joined({half, half});
  EncodeSettings distant = at_level(1);
  distant.window_log = 24;
  const Encoded packed = encode(zstd(), twice, distant);
  ASSERT_TRUE(packed.status.ok()) << packed.status.to_string();
  EXPECT_TRUE(stock_decoded(packed.bytes) == twice);
  EXPECT_LT(packed.bytes.size(), encode(zstd(), half, distant).bytes.size() * 11 / 10);
  EncodeSettings huge = at_level(1);
  huge.window_log = 31;
  const Encoded wide = encode(zstd(), half, huge, {.piped = true});
  ASSERT_TRUE(wide.status.ok()) << wide.status.to_string();
  EXPECT_TRUE(stock_decoded(wide.bytes, {"--long=31"}) == half);
}

TEST(ZstdWrite, DictionariesOfTheStockToolServeBothWays) {
  NEED_ZSTD();
  const TempFolder folder(On::kMemory);
  std::vector<std::string> train = {"zstd", "-q", "--train", "-o", folder / "dictionary"};
  for (int i = 0; i < 200; ++i) {
    const Bytes sample = text_bytes(800, 5);
    const std::string name = folder / ("sample" + std::to_string(i));
    write_file(name, "number " + std::to_string(i * 7919) + ": " +
                         std::string(reinterpret_cast<const char*>(sample.data()) + i, 500));
    train.push_back(name);
  }
  run_tool(train, {});
  const Bytes trained = to_bytes(read_file(folder / "dictionary"));
  ASSERT_FALSE(trained.empty());
  const Bytes content = text_bytes(600, 5);
  for (const bool seekable : {false, true}) {
    EncodeSettings settings;
    settings.dictionary = std::make_shared<const Bytes>(trained);
    settings.seekable = seekable;
    const Encoded packed = encode(zstd(), content, settings);
    ASSERT_TRUE(packed.status.ok()) << packed.status.to_string();
    EXPECT_LT(packed.bytes.size(), encode(zstd(), content).bytes.size());
    EXPECT_TRUE(stock_decoded(packed.bytes, {"-D", folder / "dictionary"}) == content);
    EXPECT_EQ(decode(zstd(), packed.bytes).status.code(), Code::kMissingResource);
    DecodeSettings with;
    with.dictionary = settings.dictionary;
    EXPECT_TRUE(decode(zstd(), packed.bytes, with).bytes == content);
  }
  const Bytes theirs = run_tool({"zstd", "-c", "-q", "-D", folder / "dictionary"}, content);
  DecodeSettings with;
  with.dictionary = std::make_shared<const Bytes>(trained);
  EXPECT_TRUE(decode(zstd(), theirs, with).bytes == content);
  EXPECT_EQ(decode(zstd(), theirs).status.code(), Code::kMissingResource);
}

TEST(ZstdWrite, SeekableFilesHaveFramesOfTheSizeAskedForAndATable) {
  NEED_ZSTD();
  const Bytes content = mixed_bytes(3'300'000);
  EncodeSettings settings;
  settings.seekable = true;
  settings.block_size = kMiB;
  const Encoded packed = encode(zstd(), content, settings);
  ASSERT_TRUE(packed.status.ok());
  EXPECT_TRUE(stock_decoded(packed.bytes) == content);
  const auto facts = zstd().scan(*memory_source(packed.bytes));
  ASSERT_TRUE(facts.ok());
  EXPECT_EQ(facts->streams, 4U);
  EXPECT_EQ(facts->skipped, 1U);
  EXPECT_EQ(facts->content, content.size());
  const ByteSpan tail = ByteSpan(packed.bytes).last(9);
  EXPECT_EQ(load_le<std::uint32_t>(tail), 4U);
  EXPECT_EQ(load_le<std::uint32_t>(tail.subspan(5)), 0x8F92EAB1U);
  const ByteSpan table = ByteSpan(packed.bytes).last(9 + 4 * 12 + 8);
  EXPECT_EQ(load_le<std::uint32_t>(table), 0x184D2A5EU);
  // An entry: stored size, content size, and the very check that ends the frame.
  const auto first = load_le<std::uint32_t>(table.subspan(8));
  EXPECT_EQ(load_le<std::uint32_t>(table.subspan(12)), kMiB);
  EXPECT_EQ(load_le<std::uint32_t>(table.subspan(16)),
            load_le<std::uint32_t>(ByteSpan(packed.bytes).subspan(first - 4)));
  const Encoded empty = encode(zstd(), {}, settings);
  EXPECT_TRUE(stock_decoded(empty.bytes).empty());
}

TEST(ZstdWrite, WishesThatTheFormatCannotFulfilAreRefused) {
  std::vector<EncodeSettings> refused(9);
  refused[0].extreme = true;
  refused[1].check = "crc32";
  refused[2].name = "name";
  refused[3].modified = 1;
  refused[4].window_log = 9;
  refused[5].window_log = 32;
  refused[6].block_size = 1000;
  refused[7].level = 23;
  refused[8].level = -131073;
  for (const auto& settings : refused) {
    EXPECT_EQ(encode(zstd(), {}, settings).status.code(), Code::kInvalidArgument);
  }
}

TEST(ZstdWrite, AnInputThatChangesItsSizeIsNotedBecauseTheHeaderPromisesIt) {
  class Shrinking final : public Source {
   public:
    Result<std::size_t> read(MutableByteSpan /*out*/) override { return std::size_t{0}; }
    std::optional<std::uint64_t> size() const override { return 10'000'000; }
    bool random_access() const override { return true; }
    Result<std::size_t> read_at(std::uint64_t offset, MutableByteSpan out) const override {
      constexpr std::uint64_t kThere = 9'000'000;
      const std::size_t count =
          std::min<std::uint64_t>(out.size(), kThere - std::min(kThere, offset));
      std::fill_n(out.begin(), count, std::byte{'a'});
      return count;
    }
  };
  for (const int window_log : {0, 22}) {
    Shrinking source;
    Bytes out;
    const auto sink = memory_sink(out);
    EncodeSettings settings;
    if (window_log != 0) {
      settings.window_log = window_log;
    }
    auto job = zstd().make_encoder(source, *sink, settings);
    ASSERT_TRUE(job.ok());
    EXPECT_EQ(run_on(**job, 2).code(), Code::kIo);
  }
}

}  // namespace
}  // namespace kompakt::testing
