#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "mixing/adaptive_map.hpp"
#include "mixing/apm.hpp"
#include "mixing/bit_history.hpp"
#include "mixing/match_model.hpp"
#include "mixing/sure_match.hpp"

namespace kompakt {
namespace {

TEST(BitHistories, FitAByteAndStayInTheirTable) {
  const BitHistories& table = bit_histories();
  EXPECT_GT(table.count, 128U);
  ASSERT_LE(table.count, 256U);
  for (unsigned bit = 0; bit < 2; ++bit) {
    for (unsigned history = 0; history < table.count; ++history) {
      ASSERT_LT(table.next[bit][history], table.count);
      ASSERT_NE(table.next[bit][history], 0) << "a seen context looks unseen";
    }
  }
}

TEST(BitHistories, GuessesFollowTheBits) {
  const BitHistories& table = bit_histories();
  for (unsigned history = 0; history < table.count; ++history) {
    ASSERT_GT(table.guess[history], 0U);
    ASSERT_LT(table.guess[history], 1U << 22U);
    ASSERT_GE(table.guess[table.next[1][history]], table.guess[history]) << history;
    ASSERT_LE(table.guess[table.next[0][history]], table.guess[history]) << history;
  }
}

TEST(BitHistories, AreLongerAfterMoreOfTheSame) {
  const BitHistories& table = bit_histories();
  unsigned history = 0;
  for (int i = 0; i < 100; ++i) {
    const unsigned next = table.next[0][history];
    ASSERT_GE(next, history);  // numbers are in order of length
    history = next;
  }
}

TEST(AdaptiveMap, ComesNearTheShareOfOnes) {
  AdaptiveEntry entry = kEvenEntry;
  for (unsigned i = 0; i < 4000; ++i) {
    adapt(entry, i % 8 == 0 ? 1 : 0);
  }
  const double p = (entry >> kAdaptiveCountBits) / (kAdaptiveOne + 1.0);
  EXPECT_NEAR(p, 1 / 8.0, 0.01);
}

TEST(AdaptiveMap, NeitherBitForeverLeavesItsRange) {
  for (const unsigned bit : {0U, 1U}) {
    AdaptiveEntry entry = kEvenEntry;
    std::uint32_t last = entry >> kAdaptiveCountBits;
    for (int i = 0; i < 5000; ++i) {
      adapt(entry, bit);
      const std::uint32_t p = entry >> kAdaptiveCountBits;
      ASSERT_TRUE(bit != 0 ? p >= last : p <= last);
      ASSERT_LE(entry & kAdaptiveCountMask, 8U << kAdaptiveStepBits);
      last = p;
    }
    EXPECT_TRUE(bit != 0 ? last > 2'090'000 : last < 7'000);
  }
}

TEST(Apm, BeginsAsItIsAndLearnsByContext) {
  auto map = std::make_unique<Apm<256>>(6);
  const auto refine = [&](std::size_t context, int logit) {
    map->begin_byte(context);
    map->select(1);
    return map->refine(ApmPoint(logit));
  };
  for (const int logit : {-1500, -256, 0, 256, 1500}) {
    EXPECT_NEAR(refine(3, logit), static_cast<int>(squash(logit)), 1500) << logit;
  }
  for (int i = 0; i < 1000; ++i) {
    refine(3, 128);
    map->update(1);
  }
  EXPECT_GT(refine(3, 128), 60000);
  EXPECT_NEAR(refine(4, 128), static_cast<int>(squash(128)), 1500);
}

TEST(Apm, TakesLogitsBeyondItsRange) {
  auto map = std::make_unique<Apm<256>>(6);
  map->begin_byte(0);
  for (const int logit : {-kLogitLimit, kLogitLimit}) {
    map->select(1);
    const int p = map->refine(ApmPoint(logit));
    EXPECT_TRUE(p >= 0 && p < 65536);
    map->update(logit > 0 ? 1 : 0);
  }
}

class Matches {
 public:
  explicit Matches(unsigned least) : table_(1U << 12U), model_(table_.data(), 12, least) {}
  // Bytes that the model foresees right and wrong over `text`.
  std::pair<std::size_t, std::size_t> follow(const std::string& text) {
    std::pair<std::size_t, std::size_t> seen;
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
    for (std::uint32_t at = 1; at < text.size(); ++at) {
      model_.update(bytes, at);
      if (model_.length() != 0) {
        ++(model_.expected_byte() == bytes[at] ? seen.first : seen.second);
      }
      unsigned partial = 1;
      for (unsigned bit = 0; bit < 8; ++bit) {
        const std::uint32_t inputs = model_.predict(bit, partial);
        if (model_.length() == 0) {
          EXPECT_EQ(inputs, 0U);
        }
        const unsigned value = (bytes[at] >> (7 - bit)) & 1U;
        model_.update_bit(value);
        partial = partial * 2 + value;
      }
    }
    return seen;
  }

 private:
  std::vector<std::uint64_t> table_;
  MatchModel model_;
};

// Decisions of which a quarter goes wrong at one place, and the others never.
template <bool kMore>
void learn_where_matches_hold() {
  SureMatch<kMore> sure;
  std::uint32_t steady = 0;
  std::uint32_t wavering = 0;
  for (unsigned i = 0; i < 4000; ++i) {
    const bool here = i % 10 == 0;
    const std::uint32_t p = sure.predict({.length = 20 + i % 10,
                                          .expected = here ? 0x37U : 0x61U,
                                          .last4 = here ? 0x20203130U : 0x63646162U,
                                          .place = i % 10,
                                          .by_far = true});
    (here ? wavering : steady) = p;
    sure.update(!here || i % 40 != 0);
  }
  EXPECT_GT(steady, SureMatch<kMore>::kSure);
  EXPECT_LT(wavering, SureMatch<kMore>::kSure);
  EXPECT_GT(wavering, 32768U);
}

TEST(SureMatch, LearnsWhereMatchesHold) {
  learn_where_matches_hold<false>();
  learn_where_matches_hold<true>();
}

TEST(MatchModel, DropsWhatDidNotCome) {
  std::vector<std::uint64_t> table(1U << 12U);
  MatchModel model(table.data(), 12, 6);
  const std::string text = "what comes again, what comes again";
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  for (std::uint32_t at = 1; at + 3 < text.size(); ++at) {
    model.update(bytes, at);
  }
  ASSERT_NE(model.length(), 0U);
  const unsigned expected = model.expected_byte();
  EXPECT_FALSE(model.goes_on(expected, 1000));
  EXPECT_TRUE(model.goes_on(expected, 6));
  EXPECT_FALSE(model.goes_on(expected ^ 1U, 6));
  model.drop(expected ^ 1U);
  EXPECT_NE(model.length(), 0U);
  model.drop(expected);
  EXPECT_EQ(model.length(), 0U);
  EXPECT_FALSE(model.goes_on(expected, 1));
}

TEST(MatchModel, ForeseesARepetition) {
  const std::string phrase = "the quick brown fox jumps over the lazy dog; ";
  const auto [right, wrong] = Matches(6).follow(phrase + phrase + phrase);
  EXPECT_GE(right, 2 * phrase.size() - 8);
  EXPECT_LE(wrong, 2U);
}

TEST(MatchModel, GivesUpWhereTheRepetitionEnds) {
  const std::string phrase = "0123456789abcdef";
  const std::string other = "#+~-QWERTZUIOPasdfghj";
  const auto [right, wrong] = Matches(6).follow(phrase + phrase + other);
  EXPECT_GE(right, phrase.size() - 7);
  EXPECT_LE(wrong, 1U);
}

TEST(MatchModel, ForeseesNothingInWhatNeverRepeats) {
  std::string text(256, '\0');
  for (std::size_t i = 0; i < text.size(); ++i) {
    text[i] = static_cast<char>(i);
  }
  EXPECT_EQ(Matches(5).follow(text), (std::pair<std::size_t, std::size_t>{0, 0}));
}

}  // namespace
}  // namespace kompakt
