#include "core/endian.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>

namespace kompakt {
namespace {

constexpr std::array<std::byte, 9> kCounting = {std::byte{0xFF}, std::byte{1}, std::byte{2},
                                                std::byte{3},    std::byte{4}, std::byte{5},
                                                std::byte{6},    std::byte{7}, std::byte{8}};

// Offset 1 keeps every load misaligned.
TEST(Endian, LoadsLittleEndianFromAnyAddress) {
  const ByteSpan bytes = ByteSpan(kCounting).subspan(1);
  EXPECT_EQ(load_le<std::uint8_t>(bytes), 0x01U);
  EXPECT_EQ(load_le<std::uint16_t>(bytes), 0x0201U);
  EXPECT_EQ(load_le<std::uint32_t>(bytes), 0x04030201U);
  EXPECT_EQ(load_le<std::uint64_t>(bytes), 0x0807060504030201U);
}

TEST(Endian, StoresLittleEndianAndTouchesNothingElse) {
  std::array<std::byte, 6> bytes{};
  store_le<std::uint32_t>(MutableByteSpan(bytes).subspan(1), 0x04030201U);
  EXPECT_EQ(bytes, (std::array<std::byte, 6>{std::byte{0}, std::byte{1}, std::byte{2}, std::byte{3},
                                             std::byte{4}, std::byte{0}}));
}

TEST(Endian, StoresBigEndian) {
  std::array<std::byte, 4> bytes{};
  store_be<std::uint32_t>(bytes, 0x01020304U);
  EXPECT_EQ(bytes,
            (std::array<std::byte, 4>{std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}}));
}

TEST(Endian, StoreAndLoadAreInverse) {
  std::array<std::byte, 8> bytes{};
  for (const std::uint64_t value : {std::uint64_t{0}, std::uint64_t{1}, ~std::uint64_t{0},
                                    std::uint64_t{0x8000000000000001U}}) {
    store_le(MutableByteSpan(bytes), value);
    EXPECT_EQ(load_le<std::uint64_t>(bytes), value);
  }
}

TEST(Endian, SwapsEveryWidth) {
  static_assert(byte_swap(std::uint8_t{0x12}) == 0x12U);
  static_assert(byte_swap(std::uint16_t{0x1234}) == 0x3412U);
  static_assert(byte_swap(std::uint32_t{0x12345678}) == 0x78563412U);
  static_assert(byte_swap(std::uint64_t{0x0102030405060708}) == 0x0807060504030201U);
}

}  // namespace
}  // namespace kompakt
