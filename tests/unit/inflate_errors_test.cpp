// Streams made by hand, one for each thing that can be wrong; zlib is asked as well.
#include <gtest/gtest.h>

#include <memory>

#include "codec/deflate/inflate/scanner.hpp"
#include "inflate_streams.hpp"

namespace kompakt::deflate {
namespace {

using testing::BitStream;
using testing::Bytes;
using testing::code_lengths;
using testing::Feed;
using testing::inflate_with_ours;
using testing::inflate_with_zlib;
using testing::Outcome;
using testing::to_bytes;

// `before` valid content, then the fault; padding follows so that the fast loop meets it as well.
void expect_corrupt(const BitStream& stream, std::string_view message, std::string_view before = "",
                    bool walker_sees_it = true) {
  for (const std::size_t padding : {0U, 4U, 400U}) {
    Bytes in = stream.bytes();
    in.resize(in.size() + padding);
    const Outcome theirs = inflate_with_zlib(in);
    EXPECT_EQ(theirs.code, Code::kCorrupt) << theirs.message;
    for (const Feed feed : {Feed{}, Feed{.in = 1}, Feed{.out = 1}}) {
      const Outcome ours = inflate_with_ours(in, feed);
      EXPECT_EQ(ours.code, Code::kCorrupt);
      EXPECT_NE(ours.message.find(message), std::string::npos) << ours.message;
      EXPECT_EQ(ours.content, to_bytes(before));
    }
    if (walker_sees_it) {
      const auto scanner = std::make_unique<Scanner>();
      const auto last = scanner->find_last_block(in);
      ASSERT_FALSE(last.ok());
      EXPECT_EQ(last.status().code(), Code::kCorrupt);
      EXPECT_NE(last.status().message().find(message), std::string::npos);
    }
  }
}

TEST(InflateErrors, BlockTypeThree) {
  expect_corrupt(BitStream().block(true, 3).align(), "block type");
  expect_corrupt(BitStream().stored(false, "ab").block(false, 3).align(), "block type", "ab");
}

TEST(InflateErrors, StoredLengthAndComplementDisagree) {
  expect_corrupt(BitStream().block(true, 0).align().number(1, 16).number(0xFFFF, 16).text("a"),
                 "length of a stored");
}

TEST(InflateErrors, TooManySymbols) {
  // HLIT 30 makes 287, HDIST 30 makes 31.
  expect_corrupt(BitStream().block(true, 2).number(30, 5).number(0, 5).number(0, 4), "too many");
  expect_corrupt(BitStream().block(true, 2).number(0, 5).number(30, 5).number(0, 4), "too many");
}

// The precode's lengths come in the order 16 17 18 0 8 7 ...
TEST(InflateErrors, PrecodeOverSubscribedIncompleteOrEmpty) {
  const auto start = [] {
    return BitStream().block(true, 2).number(0, 5).number(0, 5).number(0, 4);
  };
  expect_corrupt(start().number(1, 3).number(1, 3).number(1, 3).number(0, 3),
                 "code of code lengths");
  expect_corrupt(start().number(1, 3).number(2, 3).number(0, 3).number(0, 3),
                 "code of code lengths");
  expect_corrupt(start().number(1, 3).number(0, 3).number(0, 3).number(0, 3),
                 "code of code lengths");
}

TEST(InflateErrors, RepeatWithNothingBeforeIt) {
  // 16 has the code 0, 17 the code 1; the first code length asks for a repeat.
  expect_corrupt(BitStream()
                     .block(true, 2)
                     .number(0, 5)
                     .number(0, 5)
                     .number(0, 4)
                     .number(1, 3)
                     .number(1, 3)
                     .number(0, 3)
                     .number(0, 3)
                     .code(0, 1)
                     .number(0, 2),
                 "repeated code length");
}

TEST(InflateErrors, RepeatBeyondTheLastLength) {
  // 257 + 1 lengths; 18 has the code 1 and repeats zero 138 times, twice. 0 has the code 0.
  expect_corrupt(BitStream()
                     .block(true, 2)
                     .number(0, 5)
                     .number(0, 5)
                     .number(0, 4)
                     .number(0, 3)
                     .number(0, 3)
                     .number(1, 3)
                     .number(1, 3)
                     .code(1, 1)
                     .number(127, 7)
                     .code(1, 1)
                     .number(127, 7),
                 "too many code lengths");
}

TEST(InflateErrors, NoEndOfBlockCode) {
  expect_corrupt(
      BitStream().dynamic(true, code_lengths(257, {{0, 1}, {1, 1}}), code_lengths(1, {})),
      "no end-of-block");
}

TEST(InflateErrors, LiteralCodeOverSubscribedOrIncomplete) {
  const auto none = code_lengths(1, {});
  expect_corrupt(BitStream().dynamic(true, code_lengths(257, {{0, 1}, {1, 1}, {256, 1}}), none),
                 "literal and length code");
  expect_corrupt(BitStream().dynamic(true, code_lengths(257, {{0, 2}, {256, 2}}), none),
                 "literal and length code");
}

TEST(InflateErrors, DistanceCodeOverSubscribedOrIncomplete) {
  const auto litlen = code_lengths(257, {{0, 1}, {256, 1}});
  expect_corrupt(BitStream().dynamic(true, litlen, code_lengths(3, {{0, 1}, {1, 1}, {2, 1}})),
                 "distance code");
  expect_corrupt(BitStream().dynamic(true, litlen, code_lengths(3, {{0, 2}})), "distance code");
}

TEST(InflateErrors, LengthSymbols286And287) {
  // In the fixed code 280..287 have the eight bits from 11000000 on.
  for (const unsigned symbol : {286U, 287U}) {
    expect_corrupt(BitStream().block(true, 1).fixed_literal('a').code(0xC0 + symbol - 280, 8),
                   "length symbol", "a");
  }
}

TEST(InflateErrors, UnusedHalfOfALoneLiteralCode) {
  // Only end-of-block has a code, 0. The other bit means nothing.
  const auto litlen = code_lengths(257, {{256, 1}});
  const auto none = code_lengths(1, {});
  expect_corrupt(BitStream().dynamic(true, litlen, none).code(1, 1), "length symbol");
  const Outcome empty =
      inflate_with_ours(BitStream().dynamic(true, litlen, none).code(0, 1).bytes());
  EXPECT_EQ(empty.code, Code::kOk);
  EXPECT_TRUE(empty.content.empty());
}

TEST(InflateErrors, DistanceSymbols30And31) {
  // A match of length 3 is the seven bits of 257, 0000001.
  for (const unsigned symbol : {30U, 31U}) {
    expect_corrupt(BitStream().block(true, 1).fixed_literal('a').code(1, 7).code(symbol, 5),
                   "distance symbol", "a");
  }
}

TEST(InflateErrors, MatchWithoutADistanceCode) {
  // 'a' is 0, 256 is 10, 257 is 11; there are no distances, or one that is not meant.
  const auto litlen = code_lengths(258, {{'a', 1}, {256, 2}, {257, 2}});
  expect_corrupt(
      BitStream().dynamic(true, litlen, code_lengths(1, {})).code(0, 1).code(3, 2).code(0, 1),
      "distance symbol", "a");
  expect_corrupt(
      BitStream().dynamic(true, litlen, code_lengths(1, {{0, 1}})).code(0, 1).code(3, 2).code(1, 1),
      "distance symbol", "a");
  const Outcome fine = inflate_with_ours(BitStream()
                                             .dynamic(true, litlen, code_lengths(1, {{0, 1}}))
                                             .code(0, 1)
                                             .code(3, 2)
                                             .code(0, 1)
                                             .code(2, 2)
                                             .bytes());
  EXPECT_EQ(fine.code, Code::kOk) << fine.message;
  EXPECT_EQ(fine.content, to_bytes("aaaa"));
}

TEST(InflateErrors, DistanceBeforeTheContent) {
  // Distance 2 (symbol 1) with one byte of content; walking does not follow distances.
  expect_corrupt(BitStream().block(true, 1).fixed_literal('a').code(1, 7).code(1, 5), "too far",
                 "a", false);
  expect_corrupt(BitStream().block(true, 1).code(1, 7).code(0, 5), "too far", "", false);
}

// A hand-made stream with all three types of blocks, cut at every byte.
TEST(InflateErrors, TruncatedAtEveryByte) {
  const auto litlen = code_lengths(258, {{'a', 1}, {256, 2}, {257, 2}});
  BitStream stream;
  stream.stored(false, "stored").block(false, 1);
  for (const char c : std::string("fixed")) {
    stream.fixed_literal(c);
  }
  stream.fixed_end().dynamic(true, litlen, code_lengths(1, {{0, 1}}));
  stream.code(0, 1).code(3, 2).code(0, 1).code(2, 2);
  const Bytes whole = stream.bytes();
  const auto scanner = std::make_unique<Scanner>();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const ByteSpan part = ByteSpan(whole).first(size);
    const Outcome theirs = inflate_with_zlib(part);
    for (const Feed feed : {Feed{}, Feed{.in = 1}, Feed{.out = 1}}) {
      const Outcome ours = inflate_with_ours(part, feed);
      EXPECT_EQ(ours.code, Code::kTruncated) << size << ": " << ours.message;
      EXPECT_EQ(ours.content, theirs.content) << size;
    }
    EXPECT_EQ(scanner->find_last_block(part).status().code(), Code::kTruncated) << size;
  }
  EXPECT_EQ(inflate_with_ours(whole).content, to_bytes("storedfixedaaaa"));
  EXPECT_EQ(inflate_with_ours(whole).consumed, whole.size());
}

TEST(InflateErrors, PositionsAreThoseOfTheCaller) {
  const Bytes bad = BitStream().stored(false, "abcde").block(false, 3).align().bytes();
  Inflater inflater;
  inflater.start({.bit = 8000, .content = 77});
  std::vector<std::uint8_t> buffer(100);
  const auto step =
      inflater.run({.bytes = bad, .first_byte = 1000, .complete = true}, {.buffer = buffer});
  ASSERT_FALSE(step.ok());
  EXPECT_EQ(step.status().offset(), 1010U);
  EXPECT_EQ(inflater.content_offset(), 82U);
}

TEST(InflateErrors, BrokenContractsAreTheCallersFault) {
  const Bytes in = BitStream().stored(true, "abcde").bytes();
  std::vector<std::uint8_t> buffer(10);
  Inflater inflater;
  const auto code_of = [&](const InflateInput& input, std::size_t filled) {
    return inflater.run(input, {.buffer = buffer, .filled = filled}).status().code();
  };
  inflater.start({.bit = 16});
  EXPECT_EQ(code_of({.bytes = in, .first_byte = 3}, 0), Code::kInvalidArgument);
  inflater.start();
  EXPECT_EQ(code_of({.bytes = in}, 11), Code::kInvalidArgument);
  inflater.start({.history = 5});
  EXPECT_EQ(code_of({.bytes = in}, 4), Code::kInvalidArgument);
  EXPECT_EQ(code_of({.bytes = in}, 5), Code::kOk);
}

}  // namespace
}  // namespace kompakt::deflate
