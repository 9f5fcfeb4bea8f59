// Brotli streams of parts, as the stock tool sees them, and streams that others made.
#include <gtest/gtest.h>

#include <array>

#include "format/rows.hpp"
#include "run_format.hpp"
#include "stock_tools.hpp"
#include "verdicts.hpp"

namespace kompakt::testing {
namespace {

constexpr std::array kAllWays{Ways{1, false}, Ways{2, false}, Ways{2, true}, Ways{8, false},
                              Ways{32, true}};
constexpr std::uint64_t kPart = 64 * kKiB;

EncodeSettings parts(int level, std::uint64_t size = kPart) {
  EncodeSettings settings;
  settings.level = level;
  settings.block_size = size;
  return settings;
}

Bytes brotli(ByteSpan content, const EncodeSettings& settings, Ways ways = {}) {
  Encoded out = encode(brotli_format(), content, settings, ways);
  EXPECT_TRUE(out.status.ok()) << out.status.to_string();
  return std::move(out.bytes);
}

// Text whose parts resemble each other, ends in the static dictionary's words, and noise.
Bytes mixed(std::size_t size) {
  Bytes content = joined({text_bytes(size / 2), random_bytes(size / 8)});
  const Bytes words = to_bytes(" the people of the world, in which government information time ");
  while (content.size() < size) {
    content.insert(content.end(), words.begin(), words.end());
  }
  content.resize(size);
  return content;
}

TEST(BrotliFormat, StockBrotliReadsPartsOfEveryLevel) {
  const bool stock = have_tool("brotli");
  const Bytes content = mixed(300'000);
  for (int level = 0; level <= 11; ++level) {
    const Bytes packed = brotli(content, parts(level));
    if (stock) {
      EXPECT_EQ(run_tool({"brotli", "-dc"}, packed), content) << level;
    }
    for (const Ways ways : kAllWays) {
      const Decoded back = decode(brotli_format(), packed, {}, ways);
      ASSERT_TRUE(back.status.ok()) << level << back.status.to_string();
      EXPECT_EQ(back.bytes, content) << level;
      EXPECT_EQ(back.facts.compressed, packed.size());
      EXPECT_EQ(back.facts.content, content.size());
    }
  }
}

TEST(BrotliFormat, EverySizeAroundThePartSizeAndEveryWindow) {
  const bool stock = have_tool("brotli");
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{2}, kPart - 1, kPart,
                                 kPart + 1, kPart + 2, 2 * kPart, 5 * kPart + 1}) {
    const Bytes content = mixed(size);
    for (const int window : {10, 16, 24}) {
      EncodeSettings settings = parts(size % 2 == 0 ? 5 : 2);
      settings.window_log = window;
      const Bytes packed = brotli(content, settings, {.threads = 2, .piped = window == 16});
      EXPECT_EQ(decode(brotli_format(), packed).bytes, content) << size << " " << window;
      if (stock && window == 10) {
        EXPECT_EQ(run_tool({"brotli", "-dc"}, packed), content) << size;
      }
    }
  }
}

TEST(BrotliFormat, BytesDependOnTheContentNotOnThreads) {
  const Bytes content = mixed(10 * kPart + 1);
  const Bytes packed = brotli(content, parts(5), {.threads = 1});
  for (const unsigned threads : {2U, 3U, 8U, 32U}) {
    EXPECT_EQ(brotli(content, parts(5), {.threads = threads}), packed) << threads;
  }
}

TEST(BrotliFormat, ReadsWhatStockBrotliWrites) {
  if (!have_tool("brotli")) {
    GTEST_SKIP() << "no brotli";
  }
  for (const std::size_t size : {0U, 1U, 100'000U, 2'500'000U}) {
    const Bytes content = mixed(size);
    for (const char* quality : {"-0", "-1", "-5", "-9", "--large_window=26"}) {
      if (quality[1] == '-' && size > 100'000) {
        continue;  // at the strongest quality
      }
      const Bytes packed = run_tool({"brotli", quality, "-c"}, content);
      for (const Ways ways : kAllWays) {
        EXPECT_EQ(decode(brotli_format(), packed, {}, ways).bytes, content) << size << quality;
      }
    }
  }
}

TEST(BrotliFormat, BytesBehindTheStreamAreCorruption) {
  const Bytes one = brotli(text_bytes(1000), parts(5));
  for (const Bytes& tail : {Bytes(1), to_bytes("garbage"), one}) {
    for (const Ways ways : kAllWays) {
      EXPECT_EQ(decode(brotli_format(), joined({one, tail}), {}, ways).status.code(),
                Code::kCorrupt);
    }
  }
}

TEST(BrotliFormat, ACutAnywhereIsTruncation) {
  const Bytes packed = brotli(mixed(70'000), parts(5));
  for (std::size_t size = 0; size < packed.size(); size += size < 300 ? 1 : 511) {
    for (const Ways ways : {Ways{1, false}, Ways{2, true}}) {
      EXPECT_EQ(decode(brotli_format(), ByteSpan(packed).first(size), {}, ways).status.code(),
                Code::kTruncated)
          << size;
    }
  }
}

TEST(BrotliFormat, FlippedBitsNeverBreakTheReader) {
  Bytes packed = brotli(text_bytes(250), parts(5));
  for (std::size_t bit = 0; bit < packed.size() * 8; bit += kBitStep) {
    packed[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
    // The format has no checksum, so some changes only change the content.
    const Decoded one = decode(brotli_format(), packed, {}, {1, false});
    const Decoded other = decode(brotli_format(), packed, {}, {8, true});
    EXPECT_EQ(one.status.code(), other.status.code());
    EXPECT_NE(one.status.code(), Code::kInternal);
    if (one.status.ok()) {
      EXPECT_EQ(one.bytes, other.bytes);
    }
    packed[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
  }
}

TEST(BrotliFormat, LimitsHold) {
  EncodeSettings settings = parts(5, 4 * kMiB);
  settings.window_log = 24;
  const Bytes packed = brotli(Bytes(3'000'000), settings);
  const Bytes noise = brotli(random_bytes(3'000'000), settings);
  for (const Ways ways : kAllWays) {
    DecodeSettings limited;
    limited.limits.max_output = 2'999'999;
    const Decoded back = decode(brotli_format(), packed, limited, ways);
    EXPECT_EQ(back.status.code(), Code::kLimitExceeded);
    EXPECT_LE(back.bytes.size(), 2'999'999U);
    limited = {};
    limited.limits.max_memory = 2 * kMiB;
    EXPECT_EQ(decode(brotli_format(), noise, limited, ways).status.code(), Code::kLimitExceeded);
    limited.limits.max_memory = 40 * kMiB;
    EXPECT_TRUE(decode(brotli_format(), noise, limited, ways).status.ok());
  }
}

TEST(BrotliFormat, PublicFilesAreJudgedAsByBrotli) {
  const bool found = for_each_verdict("brotli", [](const Verdict& verdict) {
    for (const Ways ways : kAllWays) {
      const Decoded back = decode(brotli_format(), verdict.input, {}, ways);
      EXPECT_EQ(back.status.ok(), verdict.exit_code == 0)
          << verdict.path << back.status.to_string();
      if (back.status.ok()) {
        EXPECT_EQ(sha256_hex(back.bytes), verdict.sha256) << verdict.path;
      }
    }
  });
  if (!found) {
    GTEST_SKIP() << "the public files are not here";
  }
}

TEST(BrotliFormat, SaysWhatItCannotDo) {
  const auto code = [](const EncodeSettings& settings) {
    return encode(brotli_format(), text_bytes(10), settings).status.code();
  };
  EncodeSettings settings;
  settings.level = 12;
  EXPECT_EQ(code(settings), Code::kInvalidArgument);
  settings = {};
  settings.window_log = 25;
  EXPECT_EQ(code(settings), Code::kInvalidArgument);
  settings = {};
  settings.seekable = true;
  EXPECT_EQ(code(settings), Code::kInvalidArgument);
  settings = {};
  settings.dictionary = std::make_shared<std::vector<std::byte>>(10);
  EXPECT_EQ(code(settings), Code::kInvalidArgument);
  settings = {};
  settings.check = "crc32";
  EXPECT_EQ(code(settings), Code::kInvalidArgument);
}

}  // namespace
}  // namespace kompakt::testing
