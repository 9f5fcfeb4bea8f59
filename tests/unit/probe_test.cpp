#include "chunk/probe.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "kompakt/codec.hpp"
#include "test_data.hpp"

namespace kompakt {
namespace {

using testing::Bytes;
using testing::random_bytes;

constexpr std::size_t kSizes[] = {4096, 4097, 65536, 100'000, 1'000'000, 5'000'000};

TEST(Probe, ZerosAreZeroAndOneOtherByteAnywhereIsNot) {
  EXPECT_TRUE(is_all_zero({}));
  for (const std::size_t size : {1U, 2U, 7U, 4096U, 100'000U}) {
    Bytes block(size);
    EXPECT_TRUE(is_all_zero(block));
    EXPECT_EQ(probe_content(block), ContentClass::kZero);
    for (const std::size_t at : {std::size_t{0}, size / 2, size - 1}) {
      block[at] = std::byte{1};
      EXPECT_FALSE(is_all_zero(block));
      EXPECT_NE(probe_content(block), ContentClass::kZero);
      block[at] = std::byte{0};
    }
  }
  EXPECT_FALSE(is_all_zero(Bytes(100, std::byte{1})));
}

TEST(Probe, NoiseIsIncompressible) {
  for (const std::size_t size : kSizes) {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
      EXPECT_EQ(probe_content(random_bytes(size, seed)), ContentClass::kIncompressible) << size;
    }
  }
}

TEST(Probe, WhatACodecHasMadeSmallIsIncompressible) {
  const Bytes text = testing::text_bytes(1'000'000);
  const Codec* xz = find_codec("xz");
  const CodecOptions options(xz->info().options);
  Bytes encoded(text.size());
  const auto size = xz->make_encoder(options).value()->encode(text, encoded);
  encoded.resize(size.value().value());
  ASSERT_GT(encoded.size(), 100'000U);
  EXPECT_EQ(probe_content(encoded), ContentClass::kIncompressible);
}

TEST(Probe, TextAndRecordsAreCompressible) {
  for (const std::size_t size : kSizes) {
    EXPECT_EQ(probe_content(testing::text_bytes(size)), ContentClass::kCompressible) << size;
    EXPECT_EQ(probe_content(testing::record_bytes(size)), ContentClass::kCompressible) << size;
  }
}

TEST(Probe, BytesOfUnevenFrequencyAreCompressible) {
  Bytes block = random_bytes(1'000'000);
  for (auto& byte : block) {
    byte &= std::byte{0x7F};
  }
  EXPECT_EQ(probe_content(block), ContentClass::kCompressible);
}

TEST(Probe, ADistantRepeatOfNoiseIsFoundAtAnyAlignment) {
  for (const std::size_t shift : {0U, 1U, 3U, 7U, 12345U}) {
    Bytes block = random_bytes(1'000'000);
    std::copy_n(block.begin(), 60'000,
                block.begin() + 800'000 + static_cast<std::ptrdiff_t>(shift));
    EXPECT_EQ(probe_content(block), ContentClass::kCompressible) << shift;
  }
}

TEST(Probe, SmallBlocksAreLeftToTheCodec) {
  EXPECT_EQ(probe_content(random_bytes(4095)), ContentClass::kCompressible);
  EXPECT_EQ(probe_content(random_bytes(1)), ContentClass::kCompressible);
}

}  // namespace
}  // namespace kompakt
