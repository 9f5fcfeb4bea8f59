#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "mixing/primed_area.hpp"
#include "mixing/stream.hpp"
#include "test_data.hpp"

namespace kompakt {
namespace {

using testing::Random;

// Text, records and noise, one after the other.
std::vector<std::byte> sample(std::size_t size) {
  Random random(7);
  const std::string words[] = {"weight ", "history ", "of ", "the ", "bit, ", "slot\n"};
  std::vector<std::byte> bytes;
  while (bytes.size() < size) {
    const std::size_t third = bytes.size() * 3 / size;
    if (third == 0) {
      for (const char c : words[random.below(6)]) {
        bytes.push_back(static_cast<std::byte>(c));
      }
    } else if (third == 1) {
      for (const std::size_t field : {std::size_t{0x8B}, bytes.size() / 8 % 256, random.below(4)}) {
        bytes.push_back(static_cast<std::byte>(field));
      }
    } else {
      bytes.push_back(static_cast<std::byte>(random.below(256)));
    }
  }
  bytes.resize(size);
  return bytes;
}

std::vector<MixSettings> all_settings() {
  std::vector<MixSettings> all;
  for (unsigned model = 0; model < kMixModels; ++model) {
    for (unsigned strength = 0; strength < kMixStrengths; ++strength) {
      // Half of them take sure matches as one decision.
      all.push_back({.model = static_cast<MixModel>(model),
                     .strength = static_cast<MixStrength>(strength),
                     .stride = model == 0   ? 3U
                               : model == 3 ? 64U
                                            : 0U,
                     .sample_bytes = model == 3 ? strength % 4 + 1 : 1,
                     .sure_matches = (model + strength) % 2 == 0});
    }
  }
  return all;
}

std::string name_of(const MixSettings& settings) {
  return "model " + std::to_string(static_cast<int>(settings.model)) + ", strength " +
         std::to_string(static_cast<int>(settings.strength));
}

std::vector<std::byte> encoded(const MixSettings& settings, ByteSpan known, ByteSpan in,
                               MixTarget target = best_mix_target()) {
  MixCoder coder(target);
  std::vector<std::byte> out(in.size() + 1000);
  out.resize(coder.encode(settings, known, in, out).value_or(0));
  return out;
}

TEST(MixCoder, GivesBackWhatItCoded) {
  const auto bytes = sample(6000);
  for (const MixSettings& settings : all_settings()) {
    const auto code = encoded(settings, {}, bytes);
    ASSERT_FALSE(code.empty());
    EXPECT_LT(code.size(), bytes.size() / 2 + 500) << name_of(settings);
    MixCoder coder;
    std::vector<std::byte> out(bytes.size());
    ASSERT_TRUE(coder.decode(settings, {}, code, out).ok()) << name_of(settings);
    ASSERT_EQ(out, bytes) << name_of(settings);
  }
}

TEST(MixCoder, TakesKnownBytesAndGainsByThem) {
  const auto bytes = sample(3000);
  const ByteSpan known = ByteSpan(bytes).first(900);
  const ByteSpan rest = ByteSpan(bytes).subspan(900, 800);
  const MixSettings settings = {.model = MixModel::kText, .strength = MixStrength::kFast};
  const auto code = encoded(settings, known, rest);
  EXPECT_LT(code.size(), encoded(settings, {}, rest).size());
  MixCoder coder;
  std::vector<std::byte> out(rest.size());
  ASSERT_TRUE(coder.decode(settings, known, code, out).ok());
  EXPECT_TRUE(std::equal(out.begin(), out.end(), rest.begin()));
}

TEST(MixCoder, AnotherCoderStartsFromTheKnownBytesAlone) {
  const auto bytes = sample(3000);
  const ByteSpan known = ByteSpan(bytes).first(900);
  const ByteSpan rest = ByteSpan(bytes).subspan(900);
  const MixSettings settings = {.model = MixModel::kText, .strength = MixStrength::kLean};
  const auto first = encoded(settings, known, rest.first(800));
  // Each coder leaves its area to the next one, and each stream leaves its own mark on it.
  for (unsigned i = 0; i < 4; ++i) {
    EXPECT_NE(encoded(settings, known, rest.subspan(i * 300, 900)), first);
    EXPECT_EQ(encoded(settings, known, rest.first(800)), first);
  }
  // Other known bytes of the same length at the same place.
  std::vector<std::byte> changed(known.begin(), known.end());
  std::ranges::reverse(changed);
  const auto other = encoded(settings, changed, rest.first(800));
  EXPECT_NE(other, first);
  std::ranges::reverse(changed);
  EXPECT_EQ(encoded(settings, changed, rest.first(800)), first);
}

TEST(PrimedArea, IsTheOneThatWasLetGoOfWithWhatItKnows) {
  const auto bytes = sample(300);
  const ByteSpan known = bytes;
  const PrimedKey key = {.settings = {.stride = 77}, .target = best_mix_target()};
  auto area = primed_area(key, known);
  EXPECT_EQ(area->taught.capacity(), 0U);
  area->taught.resize_discard(64);
  const PrimedArea* const taught = area.get();
  area.reset();
  const PrimedKey other_key = {.settings = {.stride = 78}, .target = best_mix_target()};
  EXPECT_EQ(primed_area(other_key, known)->taught.capacity(), 0U);
  EXPECT_EQ(primed_area(key, known.first(299))->taught.capacity(), 0U);
  area = primed_area(key, known);
  EXPECT_EQ(area.get(), taught);
  // It is in use: another one gets its own.
  auto second = primed_area(key, known);
  EXPECT_EQ(second->taught.capacity(), 0U);
}

TEST(PrimedArea, TwoAreKept) {
  const auto known = sample(300);
  const auto key = [](std::uint32_t stride) {
    return PrimedKey{.settings = {.stride = stride}, .target = best_mix_target()};
  };
  for (const std::uint32_t stride : {1001U, 1002U, 1003U}) {
    primed_area(key(stride), known)->taught.resize_discard(64);
  }
  EXPECT_EQ(primed_area(key(1001), known)->taught.capacity(), 0U);
  EXPECT_NE(primed_area(key(1002), known)->taught.capacity(), 0U);
  EXPECT_NE(primed_area(key(1003), known)->taught.capacity(), 0U);
}

// Pages that come again, each with a few bytes changed.
std::vector<std::byte> pages(std::size_t size) {
  Random random(11);
  std::vector<std::byte> page(1500);
  std::generate(page.begin(), page.end(), [&] { return static_cast<std::byte>(random.below(64)); });
  std::vector<std::byte> bytes;
  while (bytes.size() < size) {
    bytes.insert(bytes.end(), page.begin(), page.end());
    for (unsigned change = 0; change < 3; ++change) {
      bytes[bytes.size() - 1 - random.below(page.size())] =
          static_cast<std::byte>(random.below(256));
    }
  }
  bytes.resize(size);
  return bytes;
}

TEST(MixCoder, SureMatchesComeBackAndCostLittle) {
  const auto bytes = pages(60'000);
  for (unsigned model = 0; model < kMixModels; ++model) {
    MixSettings settings = {.model = static_cast<MixModel>(model),
                            .strength = MixStrength::kFast,
                            .stride = model == 3 ? 64U : 0U,
                            .sample_bytes = model == 3 ? 2U : 1U};
    const std::size_t mixed = encoded(settings, {}, bytes).size();
    settings.sure_matches = true;
    const auto code = encoded(settings, {}, bytes);
    EXPECT_LT(code.size(), mixed + mixed / 10) << name_of(settings);
    MixCoder coder;
    std::vector<std::byte> out(bytes.size());
    ASSERT_TRUE(coder.decode(settings, {}, code, out).ok()) << name_of(settings);
    ASSERT_EQ(out, bytes) << name_of(settings);
  }
}

TEST(MixCoder, StridesMayChangeAlongAStream) {
  const auto bytes = sample(6000);
  const MixSettings settings = {.strength = MixStrength::kFast};
  const std::vector<MixStretch> stretches = {{.size = 0, .stride = 7},
                                             {.size = 2000, .stride = 0},
                                             {.size = 2000, .stride = 3},
                                             {.size = 5000, .stride = kMaxMixStride}};
  MixCoder coder;
  std::vector<std::byte> code(bytes.size());
  code.resize(coder.encode(settings, {}, bytes, code, stretches).value_or(0));
  EXPECT_LT(code.size(), encoded(settings, {}, bytes).size());
  std::vector<std::byte> out(bytes.size());
  ASSERT_TRUE(coder.decode(settings, {}, code, out, stretches).ok());
  EXPECT_EQ(out, bytes);
}

TEST(MixCoder, CodesNothingAndOneByte) {
  for (const std::size_t size : {0U, 1U}) {
    const std::vector<std::byte> bytes(size, std::byte{0x5A});
    const MixSettings settings;
    const auto code = encoded(settings, {}, bytes);
    MixCoder coder;
    std::vector<std::byte> out(size);
    ASSERT_TRUE(coder.decode(settings, {}, code, out).ok());
    EXPECT_EQ(out, bytes);
  }
}

TEST(MixCoder, SaysWhereTheRoomIsTooSmall) {
  const auto bytes = sample(3000);
  std::vector<std::byte> out(100);
  MixCoder coder;
  EXPECT_FALSE(coder.encode({}, {}, bytes, out).has_value());
}

TEST(MixCoder, AlienBytesEndWithoutHarm) {
  Random random(3);
  std::vector<std::byte> alien(700);
  std::generate(alien.begin(), alien.end(),
                [&] { return static_cast<std::byte>(random.below(256)); });
  for (const MixSettings& settings : all_settings()) {
    MixCoder coder;
    std::vector<std::byte> out(3000);
    const Status status = coder.decode(settings, {}, alien, out);
    EXPECT_TRUE(status.ok() || status.code() == Code::kCorrupt) << name_of(settings);
  }
}

TEST(MixCoder, SaysWhereTheCodeEndsTooEarly) {
  const auto bytes = sample(6000);
  auto code = encoded({}, {}, bytes);
  code.resize(code.size() / 4);
  MixCoder coder;
  std::vector<std::byte> out(bytes.size());
  EXPECT_EQ(coder.decode({}, {}, code, out).code(), Code::kCorrupt);
}

// The bytes of a strength never change: other models are another strength.
TEST(MixCoder, LeanEncodingsAreTheSameForEver) {
  auto bytes = sample(900);
  const auto again = pages(2000);
  bytes.insert(bytes.end(), again.begin(), again.end());
  constexpr std::array<std::uint64_t, kMixModels> kExpected = {
      7330095853244662471U, 13209994033902577157U, 13310950988475758783U, 9507659714071022378U};
  for (unsigned model = 0; model < kMixModels; ++model) {
    const MixSettings settings = {.model = static_cast<MixModel>(model),
                                  .strength = MixStrength::kLean,
                                  .stride = model == 3 ? 64U : 8U,
                                  .sure_matches = true};
    EXPECT_EQ(testing::fnv1a(encoded(settings, {}, bytes)), kExpected[model]) << name_of(settings);
  }
}

TEST(MixCoder, EveryInstructionSetGivesTheSameBytes) {
  auto bytes = sample(900);
  const auto again = pages(2000);
  bytes.insert(bytes.end(), again.begin(), again.end());
  for (const MixSettings& settings : all_settings()) {
    const auto plain = encoded(settings, {}, bytes, MixTarget::kPlain);
    ASSERT_FALSE(plain.empty());
    for (const MixTarget target : {MixTarget::kSse4, MixTarget::kAvx2}) {
      if (target <= best_mix_target()) {
        EXPECT_EQ(encoded(settings, {}, bytes, target), plain)
            << name_of(settings) << ", " << static_cast<int>(target);
      }
    }
  }
}

}  // namespace
}  // namespace kompakt
