#include "entropy/binary_coder.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "test_data.hpp"

namespace kompakt {
namespace {

using testing::Random;

struct CodedBit {
  unsigned bit = 0;
  std::uint32_t p1 = 0;
};

// Bits drawn by the very probabilities they are coded under.
std::vector<CodedBit> drawn_bits(std::size_t count, std::uint64_t seed) {
  Random random(seed);
  std::vector<CodedBit> bits(count);
  for (auto& [bit, p1] : bits) {
    const auto shape = random.below(3);
    p1 = static_cast<std::uint32_t>(shape == 0   ? 1 + random.below(65535)
                                    : shape == 1 ? 65535 - random.below(64)
                                                 : 1 + random.below(64));
    bit = random.below(65536) < p1 ? 1 : 0;
  }
  return bits;
}

std::vector<std::byte> encoded(const std::vector<CodedBit>& bits, std::size_t room) {
  std::vector<std::byte> out(room);
  BinaryEncoder encoder(out);
  for (const auto& [bit, p1] : bits) {
    encoder.encode(bit, p1);
  }
  const auto size = encoder.finish();
  out.resize(size.value_or(0));
  return out;
}

double ideal_bytes(const std::vector<CodedBit>& bits) {
  double ideal = 0;
  for (const auto& [bit, p1] : bits) {
    ideal -= std::log2((bit != 0 ? p1 : 65536 - p1) / 65536.0);
  }
  return ideal / 8;
}

TEST(BinaryCoder, GivesBackEveryBit) {
  const auto bits = drawn_bits(100'000, 1);
  const auto bytes = encoded(bits, 200'000);
  ASSERT_FALSE(bytes.empty());
  BinaryDecoder decoder(bytes);
  for (const auto& [bit, p1] : bits) {
    ASSERT_EQ(decoder.decode(p1), bit);
  }
  EXPECT_FALSE(decoder.overread());
  EXPECT_EQ(decoder.consumed(), bytes.size());
}

TEST(BinaryCoder, SpendsWhatTheProbabilitiesSayToOnePartInTenThousand) {
  const auto bits = drawn_bits(1'000'000, 2);
  const double size = static_cast<double>(encoded(bits, 1'000'000).size());
  EXPECT_LT(size, ideal_bytes(bits) * 1.0001 + 8);
}

TEST(BinaryCoder, ALongRunOfCertainBitsCostsAlmostNothing) {
  const std::vector<CodedBit> bits(1'000'000, CodedBit{1, 65535});
  EXPECT_LT(static_cast<double>(encoded(bits, 1000).size()), ideal_bytes(bits) * 1.01 + 8);
}

// The range stays just above one half of 2^64 and low just under it, so that a late zero carries
// through every byte written before.
TEST(BinaryCoder, ACarryRunsThroughManyBytes) {
  for (std::size_t length = 0; length < 400; ++length) {
    std::vector<CodedBit> bits;
    for (std::size_t i = 0; i < length; ++i) {
      bits.push_back({.bit = i == 0 ? 1U : 0U, .p1 = i == 0 ? 32768U : 32767U});
    }
    bits.push_back({.bit = 0, .p1 = 65535});
    bits.push_back({.bit = 0, .p1 = 65535});
    const auto bytes = encoded(bits, 4096);
    BinaryDecoder decoder(bytes);
    for (const auto& [bit, p1] : bits) {
      ASSERT_EQ(decoder.decode(p1), bit) << length;
    }
  }
}

TEST(BinaryCoder, SaysWhenItDoesNotFitAndWritesNothingBeyond) {
  const auto bits = drawn_bits(2000, 3);
  const std::size_t needed = encoded(bits, 10'000).size();
  for (std::size_t room = 0; room < needed; ++room) {
    std::vector<std::byte> out(room + 8, std::byte{0xA5});
    BinaryEncoder encoder(MutableByteSpan(out).first(room));
    for (const auto& [bit, p1] : bits) {
      encoder.encode(bit, p1);
    }
    ASSERT_FALSE(encoder.finish().has_value());
    for (std::size_t i = room; i < out.size(); ++i) {
      ASSERT_EQ(out[i], std::byte{0xA5});
    }
  }
  EXPECT_EQ(encoded(bits, needed).size(), needed);
}

// Damage near the end may decode to bits that cost less; what is cut further off cannot hide.
TEST(BinaryCoder, TellsThatInputWasCutShort) {
  const auto bits = drawn_bits(5000, 4);
  const auto bytes = encoded(bits, 10'000);
  for (std::size_t size = 0; size + 64 < bytes.size(); ++size) {
    BinaryDecoder decoder(ByteSpan(bytes).first(size));
    for (const auto& coded : bits) {
      static_cast<void>(decoder.decode(coded.p1));
    }
    ASSERT_TRUE(decoder.overread()) << size;
  }
}

}  // namespace
}  // namespace kompakt
