// Streams that zlib and libdeflate write, whole, in pieces and damaged.
#include <gtest/gtest.h>

#include <memory>

#include "codec/deflate/inflate/inflater.hpp"
#include "codec/deflate/inflate/scanner.hpp"
#include "inflate_streams.hpp"

namespace kompakt::deflate {
namespace {

using testing::BitStream;
using testing::Bytes;
using testing::deflate_with_libdeflate;
using testing::deflate_with_zlib;
using testing::Feed;
using testing::inflate_with_ours;
using testing::inflate_with_zlib;
using testing::mixed_bytes;
using testing::Outcome;
using testing::Random;
using testing::ZlibSettings;

std::vector<Bytes> contents() {
  return {{},
          testing::to_bytes("a"),
          testing::text_bytes(200'000),
          testing::record_bytes(100'000),
          testing::random_bytes(100'000),
          Bytes(300'000, std::byte{0}),
          mixed_bytes(400'000)};
}

void expect_content(ByteSpan stream, const Bytes& content) {
  for (const Feed feed : {Feed{}, Feed{.in = 777, .out = 1000}, Feed{.in = 5000, .out = 50'000}}) {
    const Outcome outcome = inflate_with_ours(stream, feed);
    ASSERT_EQ(outcome.code, Code::kOk) << outcome.message;
    ASSERT_EQ(outcome.consumed, stream.size());
    ASSERT_TRUE(outcome.content == content);
  }
}

/// Every third level has every kind of match finder: enough for what sanitizers see.
constexpr int kLevelStep = testing::kSanitized ? 3 : 1;

TEST(InflateStream, ReadsWhatZlibWritesAtAllLevelsAndStrategies) {
  for (const Bytes& content : contents()) {
    for (int level = 0; level <= 9; level += kLevelStep) {
      expect_content(deflate_with_zlib(content, {.level = level}), content);
    }
    for (const int strategy : {Z_FILTERED, Z_HUFFMAN_ONLY, Z_RLE, Z_FIXED}) {
      expect_content(deflate_with_zlib(content, {.strategy = strategy}), content);
    }
    for (const int flush : {Z_FULL_FLUSH, Z_SYNC_FLUSH, Z_PARTIAL_FLUSH, Z_BLOCK}) {
      expect_content(deflate_with_zlib(content, {.flush_every = 5000, .flush = flush}), content);
    }
  }
}

TEST(InflateStream, ReadsWhatLibdeflateWritesAtAllLevels) {
  for (const Bytes& content : contents()) {
    for (int level = 0; level <= 12; level += kLevelStep) {
      expect_content(deflate_with_libdeflate(content, level), content);
    }
  }
}

TEST(InflateStream, OneByteOfInputOrOutputAtATime) {
  const Bytes content = mixed_bytes(8000);
  for (const int level : {0, 1, 6}) {
    const Bytes stream = deflate_with_zlib(content, {.level = level});
    for (const Feed feed : {Feed{.in = 1}, Feed{.out = 1}, Feed{.in = 1, .out = 1}}) {
      const Outcome outcome = inflate_with_ours(stream, feed);
      ASSERT_EQ(outcome.code, Code::kOk) << outcome.message;
      EXPECT_TRUE(outcome.content == content);
    }
  }
}

// Every short distance with every kind of length: patterns are copied in words.
TEST(InflateStream, MatchesThatOverlapThemselves) {
  for (std::size_t distance = 1; distance <= 40; ++distance) {
    Bytes content = testing::random_bytes(distance, distance);
    for (const std::size_t length :
         {3U, 4U, 7U, 8U, 15U, 16U, 17U, 31U, 33U, 64U, 65U, 257U, 258U, 1000U}) {
      const std::size_t start = content.size();
      for (std::size_t i = 0; i < length; ++i) {
        content.push_back(content[start + i - distance]);
      }
      const Bytes noise = testing::random_bytes(distance, length * 100 + distance);
      content.insert(content.end(), noise.begin(), noise.end());
    }
    expect_content(deflate_with_zlib(content, {.level = 9}), content);
  }
}

// A stored block, then a match of 258 (symbol 285, 11000101) at distance 32768 (symbol 29 and
// thirteen extra bits).
TEST(InflateStream, DistancesOf32KiBReachTheOldestByteKept) {
  for (const std::size_t size : {kWindowSize - 1, kWindowSize, kWindowSize + 1}) {
    Bytes content = testing::random_bytes(size);
    const std::string text(reinterpret_cast<const char*>(content.data()), size);
    BitStream stream;
    stream.stored(false, text).block(true, 1).code(0xC5, 8).code(29, 5).number(0x1FFF, 13);
    stream.fixed_end();
    if (size < kWindowSize) {
      EXPECT_EQ(inflate_with_ours(stream.bytes()).code, Code::kCorrupt);
      continue;
    }
    for (std::size_t i = 0; i < kMaxMatch; ++i) {
      content.push_back(content[size - kWindowSize + i]);
    }
    expect_content(stream.bytes(), content);
  }
}

TEST(InflateStream, BytesBehindTheEndAreLeftAlone) {
  const Bytes content = testing::text_bytes(50'000);
  Bytes stream = deflate_with_zlib(content);
  const std::size_t size = stream.size();
  const Bytes behind = testing::random_bytes(1000);
  stream.insert(stream.end(), behind.begin(), behind.end());
  const Outcome outcome = inflate_with_ours(stream);
  EXPECT_EQ(outcome.code, Code::kOk);
  EXPECT_EQ(outcome.consumed, size);
  EXPECT_TRUE(outcome.content == content);
}

// Where a stream is cut, zlib and ours say the same and give the same bytes.
TEST(InflateStream, TruncatedAtEveryByteAgreesWithZlib) {
  const Bytes content = mixed_bytes(3000);
  for (const int strategy : {Z_DEFAULT_STRATEGY, Z_FIXED}) {
    const Bytes stream = deflate_with_zlib(content, {.strategy = strategy, .flush_every = 1000});
    for (std::size_t size = 0; size < stream.size(); ++size) {
      const ByteSpan part = ByteSpan(stream).first(size);
      const Outcome theirs = inflate_with_zlib(part, 8192);
      const Outcome ours = inflate_with_ours(part, Feed{}, 8192);
      ASSERT_EQ(ours.code, Code::kTruncated) << size << ": " << ours.message;
      ASSERT_TRUE(ours.content == theirs.content) << size;
    }
  }
}

// The same verdict as zlib's and the same bytes, on streams with a few bits or bytes changed.
TEST(InflateStream, DamagedStreamsAgreeWithZlib) {
  Random random(11);
  std::vector<Bytes> streams;
  for (const std::size_t size : {40U, 400U, 4000U}) {
    for (const Bytes& content : {testing::text_bytes(size), mixed_bytes(size)}) {
      for (const int level : {0, 1, 9}) {
        streams.push_back(deflate_with_zlib(content, {.level = level}));
      }
      streams.push_back(deflate_with_zlib(content, {.strategy = Z_FIXED}));
      streams.push_back(deflate_with_zlib(content, {.flush_every = size / 3}));
      streams.push_back(deflate_with_libdeflate(content, 8));
    }
  }
  std::array<int, 11> seen{};
  constexpr std::size_t kLimit = std::size_t{1} << 16U;
  for (int round = 0; round < 12'000; ++round) {
    Bytes stream = streams[random.below(streams.size())];
    for (std::size_t n = 1 + random.below(3); n > 0; --n) {
      // Most often near the front, where headers are.
      const std::size_t at = random.below(1 + random.below(stream.size()));
      if (random.below(3) == 0) {
        stream[at] = static_cast<std::byte>(random.next() & 0xFFU);
      } else {
        stream[at] ^= static_cast<std::byte>(1U << random.below(8));
      }
    }
    if (round % 8 == 0) {
      stream.resize(random.below(stream.size()));
    }
    const Outcome theirs = inflate_with_zlib(stream, kLimit);
    const Feed feed = round % 3 == 0 ? Feed{.in = 50, .out = 500} : Feed{};
    const Outcome ours = inflate_with_ours(stream, feed, kLimit);
    ASSERT_EQ(code_name(ours.code), code_name(theirs.code))
        << "round " << round << ": " << ours.message << " / " << theirs.message;
    ASSERT_TRUE(ours.content == theirs.content) << "round " << round << ": " << ours.message;
    if (ours.code == Code::kOk) {
      ASSERT_EQ(ours.consumed, theirs.consumed);
    }
    ++seen[static_cast<std::size_t>(ours.code)];
  }
  // All outcomes were met often enough for the agreement to mean something.
  EXPECT_GT(seen[static_cast<std::size_t>(Code::kOk)], 500);
  EXPECT_GT(seen[static_cast<std::size_t>(Code::kCorrupt)], 3000);
  EXPECT_GT(seen[static_cast<std::size_t>(Code::kTruncated)], 300);
}

// Noise: most is refused within a few bytes; whatever zlib makes of it, so do we.
TEST(InflateStream, NoiseAgreesWithZlib) {
  Random random(12);
  for (int round = 0; round < 5000; ++round) {
    Bytes stream = testing::random_bytes(1 + random.below(600), random.next());
    // Fixed or dynamic blocks with a likely header, so that noise comes as far as symbols.
    stream[0] = static_cast<std::byte>((random.next() & 0xF8U) | (random.below(2) == 0 ? 2U : 4U));
    constexpr std::size_t kLimit = std::size_t{1} << 14U;
    const Outcome theirs = inflate_with_zlib(stream, kLimit);
    const Outcome ours = inflate_with_ours(stream, Feed{}, kLimit);
    ASSERT_EQ(code_name(ours.code), code_name(theirs.code)) << round << ": " << ours.message;
    ASSERT_TRUE(ours.content == theirs.content) << round << ": " << ours.message;
  }
}

// Symbols drawn evenly from random codes, so that the longest codes and most extra bits follow each
// other as no encoder would have it. 32 KiB of stored content come first, so that distances may be
// any.
TEST(InflateStream, SymbolsOfAllLengthsInAnyOrder) {
  const auto scanner = std::make_unique<Scanner>();
  Random random(21);
  const Bytes noise = testing::random_bytes(kWindowSize);
  const std::string window(reinterpret_cast<const char*>(noise.data()), noise.size());
  for (int round = 0; round < 150; ++round) {
    const auto litlen = testing::complete_code(286, 286, random, round % 3 == 0);
    const auto distance = testing::complete_code(30, 30, random, round % 2 == 0);
    const auto litlen_codes = testing::canonical_codes(litlen);
    const auto distance_codes = testing::canonical_codes(distance);
    BitStream stream;
    stream.stored(false, window).dynamic(true, litlen, distance);
    for (int i = 0; i < 2000; ++i) {
      const std::size_t symbol = random.below(round % 2 == 0 ? 257 + 29 : 512) % 286;
      if (symbol == kEndOfBlockSymbol) {
        continue;
      }
      stream.number(litlen_codes[symbol], litlen[symbol]);
      if (symbol > kEndOfBlockSymbol) {
        const unsigned extra =
            symbol < 265 || symbol == 285 ? 0 : static_cast<unsigned>(symbol - 261) / 4;
        stream.number(random.next(), extra);
        const std::size_t far = random.below(2) == 0 ? 28 + random.below(2) : random.below(30);
        stream.number(distance_codes[far], distance[far]);
        stream.number(random.next(), far < 2 ? 0 : static_cast<unsigned>(far) / 2 - 1);
      }
    }
    stream.number(litlen_codes[kEndOfBlockSymbol], litlen[kEndOfBlockSymbol]);
    const Outcome theirs = inflate_with_zlib(stream.bytes());
    ASSERT_EQ(theirs.code, Code::kOk) << theirs.message;
    expect_content(stream.bytes(), theirs.content);
    const auto last = scanner->find_last_block(stream.bytes());
    ASSERT_TRUE(last.ok()) << last.status().to_string();
    EXPECT_EQ(last->content_bytes, theirs.content.size());
    EXPECT_EQ(last->end_bit, stream.bits());
  }
}

struct Boundary {
  std::uint64_t bit = 0;
  std::uint64_t content = 0;
};

std::vector<Boundary> all_boundaries(const Bytes& stream, const Bytes& content) {
  std::vector<Boundary> boundaries;
  std::vector<std::uint8_t> buffer(content.size() + 1);
  Inflater inflater;
  inflater.start();
  std::size_t filled = 0;
  for (;;) {
    const auto step = inflater.run({.bytes = stream, .complete = true},
                                   {.buffer = buffer, .filled = filled}, {.bit = 0});
    EXPECT_TRUE(step.ok()) << step.status().to_string();
    if (!step.ok() || step->halt != Halt::kBoundary) {
      return boundaries;
    }
    EXPECT_TRUE(inflater.at_boundary());
    filled += step->produced;
    boundaries.push_back({.bit = inflater.bit_offset(), .content = inflater.content_offset()});
  }
}

TEST(InflateStream, GoesOnFromEveryBoundaryWithItsWindow) {
  const Bytes content = mixed_bytes(600'000);
  const Bytes stream = deflate_with_zlib(content);
  const auto boundaries = all_boundaries(stream, content);
  ASSERT_GT(boundaries.size(), 5U);
  for (const Boundary& from : boundaries) {
    const std::size_t history = std::min<std::size_t>(kWindowSize, from.content);
    std::vector<std::uint8_t> buffer(history + content.size() - from.content + 1);
    std::memcpy(buffer.data(), content.data() + (from.content - history), history);
    Inflater inflater;
    inflater.start({.bit = from.bit, .content = from.content, .history = history});
    // Presented from the boundary's byte on, as a reader at a seek point would.
    const auto step = inflater.run({.bytes = ByteSpan(stream).subspan(from.bit / 8),
                                    .first_byte = from.bit / 8,
                                    .complete = true},
                                   {.buffer = buffer, .filled = history});
    ASSERT_TRUE(step.ok()) << step.status().to_string();
    EXPECT_EQ(step->halt, Halt::kEnd);
    EXPECT_EQ(inflater.content_offset(), content.size());
    EXPECT_EQ(inflater.bit_offset() / 8, (stream.size() * 8 - 1) / 8);
    ASSERT_EQ(std::memcmp(buffer.data() + history, content.data() + from.content, step->produced),
              0);
  }
}

TEST(InflateStream, StopsAtTheFirstBoundaryAtOrBehindTheRequest) {
  const Bytes content = mixed_bytes(600'000);
  const Bytes stream = deflate_with_zlib(content);
  const auto boundaries = all_boundaries(stream, content);
  std::vector<std::uint8_t> buffer(content.size());
  for (const Boundary& wanted : boundaries) {
    for (const StopAt& stop : {StopAt{.bit = wanted.bit}, StopAt{.bit = wanted.bit - 1},
                               StopAt{.content = wanted.content},
                               StopAt{.bit = wanted.bit, .content = content.size()}}) {
      Inflater inflater;
      inflater.start();
      const auto step = inflater.run({.bytes = stream, .complete = true}, {.buffer = buffer}, stop);
      ASSERT_TRUE(step.ok());
      EXPECT_EQ(step->halt, Halt::kBoundary);
      EXPECT_EQ(inflater.bit_offset(), wanted.bit);
      EXPECT_EQ(step->produced, wanted.content);
    }
  }
}

// A window that is not there must not be read: without it a match before the start is an error.
TEST(InflateStream, MatchesBeforeTheKnownWindowAreCorrupt) {
  const Bytes content = testing::text_bytes(600'000);
  const Bytes stream = deflate_with_zlib(content);
  const auto boundaries = all_boundaries(stream, content);
  ASSERT_FALSE(boundaries.empty());
  std::vector<std::uint8_t> buffer(content.size());
  Inflater inflater;
  inflater.start({.bit = boundaries[0].bit, .content = boundaries[0].content});
  const auto step = inflater.run({.bytes = stream, .complete = true}, {.buffer = buffer});
  ASSERT_FALSE(step.ok());
  EXPECT_EQ(step.status().code(), Code::kCorrupt);
}

// Decoding in place behind a window: bytes outside the buffer and the history stay as they are.
TEST(InflateStream, HistoryIsNotWrittenTo) {
  const Bytes content = mixed_bytes(100'000);
  const Bytes stream = deflate_with_zlib(content);
  const std::size_t half = 50'000;
  std::vector<std::uint8_t> buffer(content.size());
  Inflater inflater;
  inflater.start();
  const auto first =
      inflater.run({.bytes = stream, .complete = true}, {.buffer = std::span(buffer).first(half)});
  ASSERT_TRUE(first.ok());
  ASSERT_EQ(first->produced, half);
  const std::vector<std::uint8_t> before(buffer.begin(), buffer.begin() + half);
  ASSERT_TRUE(
      inflater.run({.bytes = stream, .complete = true}, {.buffer = buffer, .filled = half}).ok());
  EXPECT_TRUE(std::equal(before.begin(), before.end(), buffer.begin()));
  EXPECT_EQ(std::memcmp(buffer.data(), content.data(), content.size()), 0);
}

}  // namespace
}  // namespace kompakt::deflate
