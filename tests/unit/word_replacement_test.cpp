#include "transform/word_replacement.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "test_data.hpp"

namespace kompakt {
namespace {

using testing::Bytes;
using testing::Random;

std::string many_words(const std::vector<std::string>& words, std::size_t count) {
  Random random(6);
  std::string text;
  for (std::size_t i = 0; i < count; ++i) {
    text += words[random.below(words.size())];
    text += i % 11 == 10 ? ".\r\n" : i % 5 == 4 ? ", " : " ";
  }
  return text;
}

// Encodes, decodes and compares; returns the size, or 0 where it does not pay.
std::size_t round_trip(const Bytes& text) {
  Bytes encoded = testing::to_bytes("kept");
  if (!encode_words(text, encoded)) {
    EXPECT_EQ(encoded, testing::to_bytes("kept"));
    return 0;
  }
  Bytes back(text.size());
  const auto size = decode_words(ByteSpan(encoded).subspan(4), back);
  EXPECT_TRUE(size.ok()) << size.status().to_string();
  EXPECT_EQ(size.ok() ? *size : 0, text.size());
  EXPECT_EQ(back, text);
  return encoded.size() - 4;
}

TEST(WordReplacement, TextGetsShorterAndComesBack) {
  const Bytes text = testing::text_bytes(60000);
  const std::size_t size = round_trip(text);
  EXPECT_GT(size, 0U);
  EXPECT_LT(size, text.size() * 3 / 4);
}

TEST(WordReplacement, SourceFilesComeBack) {
  for (const char* name : {"CONTRIBUTING.md", "ARCHITECTURE.md", "src/transform/word_codes.hpp"}) {
    std::ifstream file(std::filesystem::path(KOMPAKT_SOURCE_DIR) / name, std::ios::binary);
    const std::string content((std::istreambuf_iterator<char>(file)), {});
    ASSERT_FALSE(content.empty()) << name;
    round_trip(testing::to_bytes(content));
  }
}

TEST(WordReplacement, CapitalsOfAnyKindComeBack) {
  const std::string text = many_words(
      {"word", "Word", "WORD", "wOrd", "I", "a", "A", "OK", "ok", "iPhone", "McDonald", "x2Word",
       "WORD7word", "don't", "DON'T", "under_score", "UPPER_Case", "longerword", "LONGERWORD"},
      4000);
  EXPECT_GT(round_trip(testing::to_bytes(text)), 0U);
}

TEST(WordReplacement, LettersOfOtherAlphabetsAreLetters) {
  EXPECT_GT(round_trip(testing::to_bytes(many_words({"zażółć", "Zażółć", "gęślą", "jaźń", "Łódź",
                                                     "слово", "Слово", "straße", "STRASSE"},
                                                    3000))),
            0U);
  EXPECT_GT(round_trip(testing::to_bytes(
                many_words({"za\xBF\xF3\xB3\xE6", "g\xEA\xB6l\xB1", "Caf\xE9", "caf\xE9s"}, 3000))),
            0U);
}

TEST(WordReplacement, BytesThatCollideWithCodesAndFlagsAreEscaped) {
  std::string text = many_words({"frequent", "Words", "COLLIDE", "seldom", "never"}, 8000);
  Random random(8);
  for (std::size_t i = 0; i < 40; ++i) {  // few enough to be worth escaping
    text.insert(random.below(text.size()), 1, static_cast<char>(random.below(256)));
  }
  EXPECT_GT(round_trip(testing::to_bytes(text)), 0U);
}

TEST(WordReplacement, EveryLengthComesBackOrIsRefused) {
  for (std::size_t size = 0; size <= 300; ++size) {
    EXPECT_EQ(round_trip(testing::random_bytes(size, size + 1)), 0U);
    round_trip(testing::text_bytes(size));
    round_trip(testing::to_bytes(many_words({"abcdefgh", "Abcdefgh", "ABCDEFGH"}, size)));
  }
}

TEST(WordReplacement, RandomBytesAndLongRunsOfLettersDoNotPay) {
  EXPECT_EQ(round_trip(testing::random_bytes(50000)), 0U);
  EXPECT_EQ(round_trip(Bytes(50000, std::byte{'a'})), 0U);
  EXPECT_EQ(round_trip(Bytes(50000)), 0U);
}

TEST(WordReplacement, CodesOfThreeBytesAreReached) {
  std::string text;
  Random random(12);
  for (int i = 0; i < 24000; ++i) {  // 5000 words, more than one and two bytes can tell apart
    std::string word = "wort";
    for (std::size_t rest = random.below(4000) + 1; rest != 0; rest /= 17) {
      word += static_cast<char>('a' + rest % 17);
    }
    text += word + " ";
  }
  EXPECT_GT(round_trip(testing::to_bytes(text)), 0U);
}

TEST(WordReplacement, ShortenedDataIsTruncatedOrCorruptAtEveryByte) {
  const Bytes text =
      testing::to_bytes(many_words({"several", "words", "Again", "AGAIN", "and"}, 300));
  Bytes encoded;
  ASSERT_TRUE(encode_words(text, encoded));
  Bytes back(text.size());
  for (std::size_t size = 0; size < encoded.size(); ++size) {
    const auto result = decode_words(ByteSpan(encoded).first(size), back);
    ASSERT_FALSE(result.ok()) << size;
    ASSERT_EQ(result.status().code(), Code::kTruncated) << size;
  }
  encoded.push_back(std::byte{'x'});
  EXPECT_EQ(decode_words(encoded, back).status().code(), Code::kCorrupt);
}

TEST(WordReplacement, TooLittleRoomIsALimit) {
  const Bytes text = testing::text_bytes(20000);
  Bytes encoded;
  ASSERT_TRUE(encode_words(text, encoded));
  Bytes back(text.size() - 1);
  EXPECT_EQ(decode_words(encoded, back).status().code(), Code::kLimitExceeded);
}

TEST(WordReplacement, DamagedDataIsDecodedWithinBoundsOrRefused) {
  const Bytes text =
      testing::to_bytes(many_words({"several", "words", "Again", "AGAIN", "and"}, 400));
  Bytes encoded;
  ASSERT_TRUE(encode_words(text, encoded));
  Random random(13);
  Bytes back(text.size());
  for (int i = 0; i < 4000; ++i) {
    Bytes damaged = encoded;
    // Half of the damage goes into header and dictionary.
    for (std::size_t k = random.below(4) + 1; k != 0; --k) {
      const std::size_t bound = random.below(2) == 0 ? 120 : damaged.size();
      damaged[random.below(bound)] = static_cast<std::byte>(random.below(256));
    }
    const auto result = decode_words(damaged, back);
    if (result.ok()) {
      ASSERT_LE(*result, back.size());
    } else {
      ASSERT_TRUE(is_damage(result.status()) || result.status().code() == Code::kLimitExceeded);
    }
    const Bytes noise = testing::random_bytes(random.below(200), static_cast<std::uint64_t>(i));
    (void)decode_words(noise, back);
  }
}

TEST(WordReplacement, MoreWordsThanThereIsDataAreRefusedBeforeMemoryIsTaken) {
  // 100 bytes of text, flags 0 to 2, all upper bytes are codes, 32 middles, 16 leads, 60000 words.
  Bytes encoded = {std::byte{100}, std::byte{0}, std::byte{1}, std::byte{2}};
  encoded.resize(4 + 16);
  encoded.resize(4 + 32, std::byte{0xFF});
  for (const unsigned value : {32U, 16U, 0xE0U, 0xD4U, 0x03U}) {
    encoded.push_back(static_cast<std::byte>(value));
  }
  Bytes back(100);
  EXPECT_EQ(decode_words(encoded, back).status().code(), Code::kCorrupt);  // more than 43,600 codes
  encoded[encoded.size() - 3] = std::byte{0xC0};
  encoded[encoded.size() - 2] = std::byte{0xB8};
  encoded[encoded.size() - 1] = std::byte{0x02};  // 40,000
  EXPECT_EQ(decode_words(encoded, back).status().code(), Code::kTruncated);
}

}  // namespace
}  // namespace kompakt
