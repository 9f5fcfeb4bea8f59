// Byte ranges of .xz files.
#include <gtest/gtest.h>

#include <limits>

#include "format/rows.hpp"
#include "run_format.hpp"
#include "stock_tools.hpp"

namespace kompakt::testing {
namespace {

constexpr std::uint64_t kBlock = 64 * kKiB;

Bytes packed_blocks(ByteSpan content, const char* check = "crc64") {
  EncodeSettings settings;
  settings.level = 0;
  settings.block_size = kBlock;
  settings.check = check;
  return encode(xz_format(), content, settings).bytes;
}

void expect_ranges(ByteSpan packed, const Bytes& content, const SeekIndex& index) {
  const std::uint64_t size = content.size();
  struct Range {
    std::uint64_t offset;
    std::uint64_t length;
  };
  for (const Range range : {Range{0, size}, Range{0, 1}, Range{size - 1, 100}, Range{size, 5},
                            Range{kBlock - 1, 2}, Range{kBlock, kBlock}, Range{100, 3 * kBlock},
                            Range{kBlock + 7, std::numeric_limits<std::uint64_t>::max()},
                            Range{size + 1000, 7}, Range{5, 0}}) {
    const std::uint64_t begin = std::min(range.offset, size);
    const std::uint64_t count = std::min(range.length, size - begin);
    const auto wanted = ByteSpan(content).subspan(begin, count);
    for (const Ways ways : {Ways{1, false}, Ways{3, false}, Ways{2, true}}) {
      const Decoded back =
          decode_range(xz_format(), packed, index, range_of(range.offset, range.length), ways);
      ASSERT_TRUE(back.status.ok()) << range.offset << ": " << back.status.to_string();
      EXPECT_TRUE(std::equal(wanted.begin(), wanted.end(), back.bytes.begin(), back.bytes.end()))
          << range.offset << " " << range.length;
    }
  }
}

TEST(XzRange, EveryRangeFromTheFilesOwnIndex) {
  const Bytes content = text_bytes(5 * kBlock + 123);
  const Bytes packed = packed_blocks(content);
  const auto index = xz_format().native_index(*memory_source(packed));
  ASSERT_TRUE(index.ok() && *index);
  EXPECT_EQ((*index)->content_size, content.size());
  EXPECT_EQ((*index)->compressed_size, packed.size());
  expect_ranges(packed, content, **index);
}

TEST(XzRange, PointsFurtherApartThanBlocksAndAcrossStreams) {
  const Bytes content = text_bytes(7 * kBlock);
  const Bytes packed =
      joined({packed_blocks(ByteSpan(content).first(2 * kBlock + 9), "none"), Bytes(12),
              packed_blocks(ByteSpan(content).subspan(2 * kBlock + 9), "sha256")});
  for (const bool piped : {false, true}) {
    for (const std::uint64_t spacing : {std::uint64_t{1}, 2 * kBlock, 100 * kBlock}) {
      DecodeSettings settings;
      settings.index_spacing = spacing;
      settings.index_lines = true;
      const Decoded back = decode(xz_format(), packed, settings, {3, piped});
      ASSERT_TRUE(back.status.ok() && back.index);
      ASSERT_FALSE(back.index->points.empty());
      const auto newlines = [&content](std::uint64_t end) {
        return newlines_in(ByteSpan(content).first(static_cast<std::size_t>(end)));
      };
      EXPECT_EQ(back.index->lines, newlines(content.size()));
      for (const auto& point : back.index->points) {
        EXPECT_EQ(point.lines, newlines(point.content));
      }
      expect_ranges(packed, content, *back.index);
    }
  }
}

TEST(XzRange, AnIndexOfAnotherFileIsFound) {
  const Bytes content = text_bytes(5 * kBlock);
  const Bytes packed = packed_blocks(content);
  auto index = *xz_format().native_index(*memory_source(packed)).value();
  const RangeSettings all;
  for (std::size_t i = 0; i < index.points.size(); ++i) {
    SeekIndex bad = index;
    bad.points[i].bit += 32;
    EXPECT_FALSE(decode_range(xz_format(), packed, bad, all).status.ok());
    bad = index;
    bad.points[i].bit = std::numeric_limits<std::uint64_t>::max();
    EXPECT_FALSE(decode_range(xz_format(), packed, bad, all).status.ok());
    bad = index;
    bad.points[i].context = 77;
    EXPECT_FALSE(decode_range(xz_format(), packed, bad, all).status.ok());
    if (i > 0) {
      bad = index;
      bad.points[i].content -= 10;
      EXPECT_FALSE(decode_range(xz_format(), packed, bad, all).status.ok());
    }
  }
  SeekIndex larger = index;
  larger.content_size += 10;
  EXPECT_FALSE(decode_range(xz_format(), packed, larger, all).status.ok());
}

TEST(XzRange, RangesOfForeignFilesWithoutSizesInHeaders) {
  if (!have_tool("xz")) {
    GTEST_SKIP() << "no xz";
  }
  const Bytes content = record_bytes(400'000);
  const Bytes packed = run_tool({"xz", "-0c", "-T1", "--block-size=65536"}, content);
  const auto index = xz_format().native_index(*memory_source(packed));
  ASSERT_TRUE(index.ok() && *index);
  EXPECT_EQ((*index)->points.size(), 7U);
  expect_ranges(packed, content, **index);
}

}  // namespace
}  // namespace kompakt::testing
