// The sidecar of seek points: what is written comes back, and nothing else is believed.
#include <gtest/gtest.h>

#include "checksum/hasher.hpp"
#include "core/endian.hpp"
#include "kompakt/seek_index.hpp"
#include "test_data.hpp"

namespace kompakt::testing {
namespace {

SeekIndex sample() {
  SeekIndex index{.format = Format::kGzip,
                  .compressed_size = 5000,
                  .content_size = 20'000,
                  .fingerprint = 0x0123456789ABCDEFU,
                  .has_lines = true,
                  .lines = 400,
                  .points = {}};
  for (std::uint64_t i = 0; i < 4; ++i) {
    index.points.push_back({.content = i * 5000,
                            .bit = i * 9001,
                            .context = i * 7,
                            .window = i == 0 ? Bytes() : text_bytes(1000 * i, i),
                            .lines = i * 100});
  }
  return index;
}

Bytes encoded(const SeekIndex& index) {
  auto bytes = encode_seek_index(index);
  EXPECT_TRUE(bytes.ok()) << bytes.status().to_string();
  return std::move(*bytes);
}

/// Repairs the header's checksum after a field was changed on purpose.
Bytes with_field(Bytes bytes, std::size_t at, std::uint64_t value) {
  store_le(MutableByteSpan(bytes).subspan(at), value);
  store_le(MutableByteSpan(bytes).subspan(72), crc32c(ByteSpan(bytes).first(72)));
  return bytes;
}

TEST(SeekIndex, WhatIsWrittenComesBack) {
  const SeekIndex index = sample();
  const auto back = decode_seek_index(encoded(index));
  ASSERT_TRUE(back.ok()) << back.status().to_string();
  EXPECT_EQ(back->format, index.format);
  EXPECT_EQ(back->compressed_size, index.compressed_size);
  EXPECT_EQ(back->content_size, index.content_size);
  EXPECT_EQ(back->fingerprint, index.fingerprint);
  EXPECT_EQ(back->has_lines, index.has_lines);
  EXPECT_EQ(back->lines, index.lines);
  ASSERT_EQ(back->points.size(), index.points.size());
  for (std::size_t i = 0; i < index.points.size(); ++i) {
    EXPECT_EQ(back->points[i].content, index.points[i].content);
    EXPECT_EQ(back->points[i].bit, index.points[i].bit);
    EXPECT_EQ(back->points[i].context, index.points[i].context);
    EXPECT_EQ(back->points[i].lines, index.points[i].lines);
    EXPECT_EQ(back->points[i].window, index.points[i].window);
  }
}

TEST(SeekIndex, FindsTheLastPointAtOrBeforeAnOffset) {
  const SeekIndex index = sample();
  EXPECT_EQ(index.point_before(0), 0U);
  EXPECT_EQ(index.point_before(4999), 0U);
  EXPECT_EQ(index.point_before(5000), 1U);
  EXPECT_EQ(index.point_before(1'000'000), 3U);
}

TEST(SeekIndex, EveryFlippedBitIsDetected) {
  const Bytes good = encoded(sample());
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    Bytes bad = good;
    bad[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
    EXPECT_FALSE(decode_seek_index(bad).ok()) << "bit " << bit;
  }
}

TEST(SeekIndex, EveryTruncationIsDetected) {
  const Bytes good = encoded(sample());
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_EQ(decode_seek_index(ByteSpan(good).first(size)).status().code(), Code::kTruncated)
        << "size " << size;
  }
}

TEST(SeekIndex, SizesBeyondTheLimitAreRefusedBeforeMemoryIsTaken) {
  const auto huge = decode_seek_index(with_field(encoded(sample()), 56, std::uint64_t{1} << 62U));
  EXPECT_EQ(huge.status().code(), Code::kLimitExceeded);
  EXPECT_EQ(decode_seek_index(encoded(sample()), 100).status().code(), Code::kLimitExceeded);
}

TEST(SeekIndex, MoreOrFewerPointsThanThereAreBytesForAreCorrupt) {
  for (const std::uint64_t count : {std::uint64_t{3}, std::uint64_t{1} << 60U}) {
    EXPECT_EQ(decode_seek_index(with_field(encoded(sample()), 40, count)).status().code(),
              Code::kCorrupt);
  }
}

TEST(SeekIndex, PointsOutOfOrderOrOutsideTheInputAreCorrupt) {
  const auto refused = [](auto change) {
    SeekIndex index = sample();
    change(index);
    return decode_seek_index(encoded(index)).status().code() == Code::kCorrupt;
  };
  EXPECT_TRUE(refused([](SeekIndex& index) { index.points[0].content = 1; }));
  EXPECT_TRUE(refused([](SeekIndex& index) { index.points[2].content = 4000; }));
  EXPECT_TRUE(refused([](SeekIndex& index) { index.points[2].bit = 1; }));
  EXPECT_TRUE(refused([](SeekIndex& index) { index.points[2].lines = 1; }));
  EXPECT_TRUE(refused([](SeekIndex& index) { index.points[3].bit = 8 * 5001; }));
  EXPECT_TRUE(refused([](SeekIndex& index) { index.points[3].content = 20'001; }));
}

TEST(SeekIndex, IsOfTheFileItWasMadeOfAndOfNoOther) {
  const Bytes file = random_bytes(200'000);
  const auto source = memory_source(file);
  SeekIndex index = sample();
  index.compressed_size = file.size();
  index.fingerprint = *seek_fingerprint(*source);
  EXPECT_TRUE(check_seek_index(index, *source).ok());
  Bytes other = file;
  other.back() ^= std::byte{1};
  EXPECT_EQ(check_seek_index(index, *memory_source(other)).code(), Code::kInvalidArgument);
  EXPECT_EQ(check_seek_index(index, *memory_source(ByteSpan(file).first(199'999))).code(),
            Code::kInvalidArgument);
  EXPECT_EQ(check_seek_index(index, *memory_source({})).code(), Code::kInvalidArgument);
}

}  // namespace
}  // namespace kompakt::testing
