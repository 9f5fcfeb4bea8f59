#include "transform/delta.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "core/endian.hpp"
#include "test_data.hpp"
#include "transform/byte_planes.hpp"

namespace kompakt {
namespace {

using testing::Bytes;

void expect_deltas_come_back(const Bytes& original, std::size_t stride) {
  Bytes bytes = original;
  encode_delta(bytes, stride);
  decode_delta(bytes, stride);
  ASSERT_EQ(bytes, original) << original.size() << " bytes, stride " << stride;
  encode_delta16(bytes, stride);
  decode_delta16(bytes, stride);
  ASSERT_EQ(bytes, original) << original.size() << " bytes, stride " << stride;
}

TEST(Delta, EveryLengthComesBackForEveryKindOfStride) {
  for (std::size_t size = 0; size <= 300; ++size) {
    const Bytes bytes = testing::random_bytes(size, size + 1);
    for (const unsigned stride :
         {0U, 1U, 2U, 3U, 4U, 6U, 15U, 16U, 17U, 32U, 100U, 299U, 300U, 4096U}) {
      expect_deltas_come_back(bytes, stride);
    }
  }
  const Bytes large = testing::text_bytes(100000);
  for (const unsigned stride : {1U, 2U, 4U, 6U, 768U, 4095U, 4096U}) {
    expect_deltas_come_back(large, stride);
  }
}

TEST(Delta, ARampBecomesItsStep) {
  Bytes bytes(1000);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<std::byte>((i * 7) & 0xFFU);
  }
  encode_delta(bytes, 3);
  EXPECT_TRUE(
      std::all_of(bytes.begin() + 3, bytes.end(), [](std::byte b) { return b == std::byte{21}; }));
}

TEST(Delta, CarriesGoIntoTheUpperByteOf16BitValues) {
  Bytes bytes(2000);
  for (std::size_t i = 0; i < 1000; ++i) {
    store_le<std::uint16_t>(MutableByteSpan(bytes).subspan(2 * i, 2),
                            static_cast<std::uint16_t>(65000 + i * 5));
  }
  encode_delta16(bytes, 4);
  for (std::size_t i = 2; i < 1000; ++i) {
    ASSERT_EQ(load_le<std::uint16_t>(ByteSpan(bytes).subspan(2 * i, 2)), 10U);
  }
}

TEST(Delta, StridesOutOfRangeLeaveTheDataAsItIs) {
  const Bytes original = testing::random_bytes(10000);
  Bytes bytes = original;
  encode_delta(bytes, 0);
  encode_delta(bytes, kMaxDeltaStride + 1);
  encode_delta16(bytes, 3);
  EXPECT_EQ(bytes, original);
}

TEST(BytePlanes, EveryLengthAndWidthComesBack) {
  for (std::size_t size = 0; size <= 300; ++size) {
    const Bytes original = testing::random_bytes(size, size + 7);
    for (std::size_t width = 1; width <= kMaxPlanes; ++width) {
      Bytes planes(size);
      Bytes back(size);
      ASSERT_TRUE(split_planes(original, width, planes));
      ASSERT_TRUE(join_planes(planes, width, back));
      ASSERT_EQ(back, original) << size << " bytes, width " << width;
    }
  }
}

TEST(BytePlanes, PlanesAreInTheOrderOfTheirBytes) {
  const Bytes original = testing::to_bytes("a1b2c3d4e");
  Bytes planes(original.size());
  ASSERT_TRUE(split_planes(original, 2, planes));
  EXPECT_EQ(planes, testing::to_bytes("abcd1234e"));
}

TEST(BytePlanes, SpansThatDoNotFitAreRefused) {
  const Bytes original(10);
  Bytes shorter(9);
  Bytes same(10);
  EXPECT_FALSE(split_planes(original, 2, shorter));
  EXPECT_FALSE(split_planes(original, 0, same));
  EXPECT_FALSE(join_planes(original, kMaxPlanes + 1, same));
}

}  // namespace
}  // namespace kompakt
