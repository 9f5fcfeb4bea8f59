#include <gtest/gtest.h>

#include <memory>
#include <numeric>

#include "codec/deflate/inflate/bit_input.hpp"
#include "codec/deflate/inflate/block_header.hpp"
#include "codec/deflate/inflate/huffman_tables.hpp"
#include "inflate_streams.hpp"

namespace kompakt::deflate {
namespace {

using testing::canonical_codes;
using testing::code_lengths;
using testing::complete_code;
using testing::Lengths;
using testing::Random;

TEST(InflateTables, EveryCodeOfACompleteLiteralCodeIsFound) {
  Random random(1);
  const auto table = std::make_unique<LitlenTable>();
  for (int round = 0; round < 400; ++round) {
    const Lengths lengths = complete_code(286, 2 + random.below(285), random, random.below(4) == 0);
    ASSERT_EQ(build_litlen_table(lengths, *table), CodeFault::kNone);
    const auto codes = canonical_codes(lengths);
    for (unsigned symbol = 0; symbol < lengths.size(); ++symbol) {
      if (lengths[symbol] == 0) {
        continue;
      }
      // Bits behind the code do not matter to it, but are a length's extra bits.
      const std::uint64_t behind = random.next() << lengths[symbol];
      const Symbol found = read_symbol(codes[symbol] | behind, *table, kLitlenBits);
      if (symbol < 256) {
        ASSERT_TRUE((found.entry & kEntryLiteral) != 0 && entry_value(found.entry) == symbol);
        ASSERT_EQ(found.bits, lengths[symbol]);
      } else if (symbol == kEndOfBlockSymbol) {
        ASSERT_EQ(found.entry & (kEntryExceptional | kEntryEndOfBlock | kEntryLiteral),
                  kEntryExceptional | kEntryEndOfBlock);
      } else {
        ASSERT_EQ(found.entry & (kEntryExceptional | kEntryLiteral), 0U);
        ASSERT_GE(found.value, 3U);
        ASSERT_LE(found.value, 258U);
        ASSERT_GE(found.bits, lengths[symbol]);
      }
    }
  }
}

// RFC 1951 3.2.5: symbol 284 stands for 227 and five extra bits, 285 for 258 alone; distance 29 for
// 24577 and thirteen extra bits.
TEST(InflateTables, ExtraBitsCountFromTheirBase) {
  const auto litlen = std::make_unique<LitlenTable>();
  const auto distance = std::make_unique<DistanceTable>();
  ASSERT_EQ(build_litlen_table(fixed_lengths().litlen, *litlen), CodeFault::kNone);
  ASSERT_EQ(build_distance_table(fixed_lengths().distance, *distance), CodeFault::kNone);
  const auto codes =
      canonical_codes(Lengths(fixed_lengths().litlen.begin(), fixed_lengths().litlen.end()));
  EXPECT_EQ(read_symbol(codes[257], *litlen, kLitlenBits).value, 3U);
  EXPECT_EQ(read_symbol(codes[265] | (1U << 7U), *litlen, kLitlenBits).value, 12U);
  EXPECT_EQ(read_symbol(codes[284] | (30U << 8U), *litlen, kLitlenBits).value, 257U);
  EXPECT_EQ(read_symbol(codes[285] | (31U << 8U), *litlen, kLitlenBits).value, 258U);
  EXPECT_EQ(read_symbol(0, *distance, kDistanceBits).value, 1U);
  const std::uint64_t farthest = 0b10111 | (0x1FFFU << 5U);  // 29 = 11101, first bit lowest
  EXPECT_EQ(read_symbol(farthest, *distance, kDistanceBits).value, 32768U);
  EXPECT_EQ(read_symbol(farthest, *distance, kDistanceBits).bits, 18U);
}

TEST(InflateTables, SymbolsThatMustNotOccurAreExceptional) {
  const auto litlen = std::make_unique<LitlenTable>();
  const auto distance = std::make_unique<DistanceTable>();
  ASSERT_EQ(build_litlen_table(fixed_lengths().litlen, *litlen), CodeFault::kNone);
  ASSERT_EQ(build_distance_table(fixed_lengths().distance, *distance), CodeFault::kNone);
  const auto codes =
      canonical_codes(Lengths(fixed_lengths().litlen.begin(), fixed_lengths().litlen.end()));
  for (const unsigned symbol : {286U, 287U}) {
    const Entry entry = read_symbol(codes[symbol], *litlen, kLitlenBits).entry;
    EXPECT_EQ(entry & (kEntryExceptional | kEntryEndOfBlock), kEntryExceptional) << symbol;
  }
  for (const unsigned invalid : {0b01111U, 0b11111U}) {  // 30 and 31, first bit lowest
    EXPECT_NE(read_symbol(invalid, *distance, kDistanceBits).entry & kEntryExceptional, 0U)
        << invalid;
  }
}

TEST(InflateTables, OverSubscribedAndIncompleteCodesAreRejected) {
  const auto litlen = std::make_unique<LitlenTable>();
  const auto distance = std::make_unique<DistanceTable>();
  const auto litlen_of = [&](std::initializer_list<std::pair<unsigned, unsigned>> symbols) {
    return build_litlen_table(code_lengths(286, symbols), *litlen);
  };
  const auto distance_of = [&](std::initializer_list<std::pair<unsigned, unsigned>> symbols) {
    return build_distance_table(code_lengths(30, symbols), *distance);
  };
  EXPECT_EQ(litlen_of({{0, 1}, {1, 1}, {256, 1}}), CodeFault::kOverSubscribed);
  EXPECT_EQ(litlen_of({{0, 1}, {256, 2}}), CodeFault::kIncomplete);
  EXPECT_EQ(litlen_of({{256, 2}}), CodeFault::kIncomplete);
  EXPECT_EQ(litlen_of({{0, 1}, {256, 1}}), CodeFault::kNone);
  EXPECT_EQ(distance_of({{0, 1}, {1, 1}, {29, 15}}), CodeFault::kOverSubscribed);
  EXPECT_EQ(distance_of({{0, 2}}), CodeFault::kIncomplete);
  EXPECT_EQ(distance_of({{0, 2}, {1, 2}, {2, 2}}), CodeFault::kIncomplete);
  // What zlib accepts all the same: one code of one bit, of which the other bit means nothing, or
  // none.
  EXPECT_EQ(litlen_of({{256, 1}}), CodeFault::kNone);
  EXPECT_EQ(distance_of({{7, 1}}), CodeFault::kNone);
  EXPECT_EQ(read_symbol(0, *distance, kDistanceBits).value, 13U);
  EXPECT_NE(read_symbol(1, *distance, kDistanceBits).entry & kEntryExceptional, 0U);
  EXPECT_EQ(distance_of({}), CodeFault::kNone);
  EXPECT_NE(read_symbol(0, *distance, kDistanceBits).entry & kEntryExceptional, 0U);
}

// Where two symbols share an entry, walking passes the same bits and counts the same content as
// decoding one after the other.
TEST(InflateTables, WalkingCountsWhatDecodingMakes) {
  Random random(5);
  const auto decode = std::make_unique<LitlenTable>();
  const auto walk = std::make_unique<WalkTables>();
  for (int round = 0; round < 100; ++round) {
    const Lengths lengths = complete_code(286, 2 + random.below(285), random, false);
    ASSERT_EQ(build_litlen_table(lengths, *decode), CodeFault::kNone);
    ASSERT_EQ(build_walk_litlen(lengths, *walk), CodeFault::kNone);
    for (int i = 0; i < 200; ++i) {
      const std::uint64_t bits = random.next();
      const Symbol joint = read_symbol(bits, walk->litlen, kLitlenBits);
      unsigned passed = 0;
      unsigned content = 0;
      Symbol single;
      do {
        single = read_symbol(bits >> passed, *decode, kLitlenBits);
        passed += single.bits;
        content += (single.entry & kEntryLiteral) != 0 ? 1 : single.value;
      } while (passed < joint.bits);
      ASSERT_EQ(passed, joint.bits);
      ASSERT_EQ(single.entry & (kEntryLiteral | kEntryExceptional),
                joint.entry & (kEntryLiteral | kEntryExceptional));
      if ((joint.entry & kEntryExceptional) == 0) {
        ASSERT_EQ(content, joint.value);
      }
    }
  }
}

}  // namespace
}  // namespace kompakt::deflate
