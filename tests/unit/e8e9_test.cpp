#include "transform/e8e9.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

#include "core/endian.hpp"
#include "test_data.hpp"

namespace kompakt {
namespace {

using testing::Bytes;
using testing::Random;

constexpr std::array kModes = {X86Mode::kBranches, X86Mode::kBranchesAndData};

// Random bytes in which the opcodes, prefixes and small distances that matter are frequent.
Bytes code_like(std::size_t size, std::uint64_t seed) {
  constexpr std::array<unsigned char, 18> kFrequent = {0xE8, 0xE9, 0x0F, 0x84, 0x48, 0x4C,
                                                       0x8B, 0x8D, 0x05, 0x0D, 0x3D, 0xC7,
                                                       0x83, 0x00, 0x00, 0xFF, 0xFF, 0x01};
  Random random(seed);
  Bytes bytes(size);
  for (auto& byte : bytes) {
    byte = random.below(4) == 0 ? static_cast<std::byte>(random.below(256))
                                : static_cast<std::byte>(kFrequent[random.below(kFrequent.size())]);
  }
  return bytes;
}

void expect_round_trip(const Bytes& original, std::uint32_t position) {
  for (const X86Mode mode : kModes) {
    Bytes bytes = original;
    encode_x86(bytes, position, mode);
    decode_x86(bytes, position, mode);
    ASSERT_EQ(bytes, original) << original.size() << " bytes at " << position;
    // Every input of the decoder is the encoding of something.
    decode_x86(bytes, position, mode);
    encode_x86(bytes, position, mode);
    ASSERT_EQ(bytes, original) << original.size() << " bytes at " << position;
  }
}

TEST(E8E9, EveryLengthOfAnyBytesComesBack) {
  for (std::size_t size = 0; size <= 300; ++size) {
    expect_round_trip(testing::random_bytes(size, size), 0);
    expect_round_trip(code_like(size, size), static_cast<std::uint32_t>(size * 77777777U));
  }
}

TEST(E8E9, AnyPositionComesBackNearTheEndsOfItsRange) {
  const Bytes code = code_like(20000, 5);
  for (const std::uint32_t position :
       {0U, 1U, 0xFFFFFFU, 0x1000000U, 0x1FFFFFFU, 0x7FFFFFFFU, 0x80000000U, 0xFFFFFFFFU}) {
    expect_round_trip(code, position);
  }
}

TEST(E8E9, CallsOfOnePlaceGetTheSameBytes) {
  Bytes code(64, std::byte{0x90});
  for (const std::size_t at : {std::size_t{3}, std::size_t{20}, std::size_t{40}}) {
    code[at] = std::byte{0xE8};
    store_le<std::uint32_t>(MutableByteSpan(code).subspan(at + 1, 4),
                            static_cast<std::uint32_t>(0x123456 - (at + 5)));
  }
  encode_x86(code, 0x1000, X86Mode::kBranches);
  for (const std::size_t at : {std::size_t{3}, std::size_t{20}, std::size_t{40}}) {
    EXPECT_EQ(code[at + 1], std::byte{0x00});
    EXPECT_EQ(code[at + 2], std::byte{0x12});
    EXPECT_EQ(code[at + 3], std::byte{0x44});
    EXPECT_EQ(code[at + 4], std::byte{0x56});
  }
}

TEST(E8E9, ReferencesToOneVariableGetTheSameBytesIn64BitCodeOnly) {
  // mov rax, [rip + 0x1000 - 7]; cmp byte [rip + 0x1000 - 7 - 7], 1: the same address, although one
  // instruction has a byte behind the distance.
  Bytes code = {std::byte{0x48}, std::byte{0x8B}, std::byte{0x05}, std::byte{0xF9}, std::byte{0x0F},
                std::byte{0x00}, std::byte{0x00}, std::byte{0x80}, std::byte{0x3D}, std::byte{0xF2},
                std::byte{0x0F}, std::byte{0x00}, std::byte{0x00}, std::byte{0x01}};
  const Bytes original = code;
  encode_x86(code, 0, X86Mode::kBranches);
  EXPECT_EQ(code, original);
  encode_x86(code, 0, X86Mode::kBranchesAndData);
  EXPECT_TRUE(std::equal(code.begin() + 3, code.begin() + 7, code.begin() + 9));
  EXPECT_EQ(code[5], std::byte{0x10});
  EXPECT_EQ(code[6], std::byte{0x00});
}

TEST(E8E9, DistancesOutOfReachAndConditionalJumpsStay) {
  Bytes code = {std::byte{0xE8}, std::byte{0x10}, std::byte{0x20}, std::byte{0x30},
                std::byte{0x40}, std::byte{0x0F}, std::byte{0x84}, std::byte{0x10},
                std::byte{0x00}, std::byte{0x00}, std::byte{0x00}};
  const Bytes original = code;
  encode_x86(code, 0x5000, X86Mode::kBranchesAndData);
  EXPECT_EQ(code, original);
}

TEST(E8E9, TheModeFollowsThePrefixesOfTheCode) {
  Bytes wide;
  Bytes narrow;
  for (int i = 0; i < 100; ++i) {
    for (const unsigned value : {0x48U, 0x8BU, 0x45U, 0xF8U}) {  // mov rax, [rbp - 8]
      wide.push_back(static_cast<std::byte>(value));
    }
    for (const unsigned value : {0x8BU, 0x45U, 0xF8U, 0x40U}) {  // mov eax, [ebp - 8]; inc eax
      narrow.push_back(static_cast<std::byte>(value));
    }
  }
  EXPECT_EQ(guess_x86_mode(wide), X86Mode::kBranchesAndData);
  EXPECT_EQ(guess_x86_mode(narrow), X86Mode::kBranches);
  EXPECT_EQ(guess_x86_mode({}), X86Mode::kBranches);
}

}  // namespace
}  // namespace kompakt
