// Finding a stream's last block, and what that is for: stitching streams together.
#include "codec/deflate/inflate/scanner.hpp"

#include <gtest/gtest.h>

#include <memory>

#include "codec/deflate/inflate/block_finder.hpp"
#include "inflate_streams.hpp"

namespace kompakt::deflate {
namespace {

using testing::BitStream;
using testing::Bytes;
using testing::deflate_with_libdeflate;
using testing::deflate_with_zlib;
using testing::inflate_with_ours;
using testing::inflate_with_zlib;
using testing::mixed_bytes;
using testing::Outcome;

// Prose that repeats long passages of itself, as most large inputs do: codes of many symbols.
Bytes repetitive_text(std::size_t size) {
  Bytes content = testing::text_bytes(size);
  testing::Random random(2);
  for (std::size_t at = 2000; at + 300 < size; at += 300 + random.below(2000)) {
    const std::size_t length = 20 + random.below(200);
    const auto from = content.begin() + static_cast<std::ptrdiff_t>(at - 300 - random.below(1700));
    std::copy(from, from + static_cast<std::ptrdiff_t>(length),
              content.begin() + static_cast<std::ptrdiff_t>(at));
  }
  return content;
}

TEST(InflateScanner, FindsTheLastBlockAsDecodingDoes) {
  const auto scanner = std::make_unique<Scanner>();
  std::vector<std::uint8_t> buffer(400'000);
  for (const std::size_t size : {0U, 1U, 100U, 5000U, 400'000U}) {
    const Bytes content = mixed_bytes(size);
    for (int level = 0; level <= 12; ++level) {
      Bytes stream = level <= 9 ? deflate_with_zlib(content, {.level = level})
                                : deflate_with_libdeflate(content, level);
      const std::size_t stream_size = stream.size();
      stream.resize(stream_size + 100, std::byte{0xFF});
      const auto last = scanner->find_last_block(stream);
      ASSERT_TRUE(last.ok()) << last.status().to_string();
      Inflater inflater;
      inflater.start();
      const auto step = inflater.run({.bytes = stream, .complete = true}, {.buffer = buffer});
      ASSERT_TRUE(step.ok());
      EXPECT_EQ(step->halt, Halt::kEnd);
      EXPECT_EQ(last->header_bit, inflater.block_header_bit());
      EXPECT_EQ(last->end_bit, inflater.bit_offset());
      EXPECT_EQ(last->content_bytes, content.size());
      EXPECT_EQ((last->end_bit + 7) / 8, stream_size);
      EXPECT_TRUE((stream[last->header_bit / 8] & (std::byte{1} << (last->header_bit % 8))) !=
                  std::byte{0});
    }
  }
}

TEST(InflateScanner, TruncatedIsTruncatedAtEveryByte) {
  const auto scanner = std::make_unique<Scanner>();
  const Bytes stream = deflate_with_libdeflate(mixed_bytes(8000), 6);
  for (std::size_t size = 0; size < stream.size(); ++size) {
    ASSERT_EQ(scanner->find_last_block(ByteSpan(stream).first(size)).status().code(),
              Code::kTruncated)
        << size;
  }
}

// Damage that decoding sees, walking sees too, except distances that reach too far, which it lets
// pass.
TEST(InflateScanner, DamageIsSeenAsDecodingSeesIt) {
  const auto scanner = std::make_unique<Scanner>();
  const Bytes stream = deflate_with_libdeflate(testing::text_bytes(3000), 6);
  testing::Random random(3);
  for (int round = 0; round < (testing::kSanitized ? 800 : 3000); ++round) {
    Bytes damaged = stream;
    damaged[random.below(1 + random.below(damaged.size()))] ^=
        static_cast<std::byte>(1U << random.below(8));
    const Outcome ours = inflate_with_ours(damaged);
    const auto last = scanner->find_last_block(damaged);
    if (ours.message.find("too far") == std::string::npos) {
      ASSERT_EQ(last.status().code(), ours.code) << round << ours.message;
      if (last.ok()) {
        ASSERT_EQ(last->content_bytes, ours.content.size());
      }
    }
  }
}

// Large streams are walked from a block near their middle as well: with the same result, and the
// same errors in either half.
TEST(InflateScanner, LargeStreamsAreWalkedFromTheirMiddleToo) {
  const auto scanner = std::make_unique<Scanner>();
  const Bytes content = repetitive_text(1'500'000);
  const Bytes stream = deflate_with_zlib(content);
  ASSERT_GT(stream.size(), 300'000U);
  ASSERT_TRUE(find_large_dynamic_block(stream, stream.size() * 4, stream.size() * 6));
  std::vector<std::uint8_t> buffer(2 * content.size());
  Inflater inflater;
  const auto agree = [&](ByteSpan in) {
    inflater.start();
    const auto step = inflater.run({.bytes = in, .complete = true}, {.buffer = buffer});
    const auto last = scanner->find_last_block(in);
    if (step.ok() || step.status().message().find("too far") == std::string::npos) {
      ASSERT_EQ(code_name(last.status().code()), code_name(step.status().code()));
      // A literal and the symbol behind it may be looked at as one.
      ASSERT_NEAR(static_cast<double>(last.status().offset().value_or(0)),
                  static_cast<double>(step.status().offset().value_or(0)), 4);
    }
    if (last.ok() && step.ok()) {
      EXPECT_EQ(last->header_bit, inflater.block_header_bit());
      EXPECT_EQ(last->end_bit, inflater.bit_offset());
      EXPECT_EQ(last->content_bytes, inflater.content_offset());
    }
  };
  agree(stream);
  testing::Random random(6);
  for (int round = 0; round < (testing::kSanitized ? 15 : 60); ++round) {
    agree(ByteSpan(stream).first(random.below(stream.size())));
    Bytes damaged = stream;
    damaged[random.below(stream.size())] ^= static_cast<std::byte>(1U << random.below(8));
    agree(damaged);
  }
}

// A deflate stream inside stored blocks: what looks like a block in the middle is content.
TEST(InflateScanner, BlocksInsideStoredContentAreNotTakenForBlocks) {
  const auto scanner = std::make_unique<Scanner>();
  const Bytes inner = deflate_with_zlib(repetitive_text(1'000'000));
  const Bytes stream = deflate_with_zlib(inner, {.level = 0});
  ASSERT_TRUE(find_large_dynamic_block(stream, stream.size() * 4, stream.size() * 6));
  const auto last = scanner->find_last_block(stream);
  ASSERT_TRUE(last.ok()) << last.status().to_string();
  EXPECT_EQ(last->content_bytes, inner.size());
  EXPECT_EQ(last->end_bit, stream.size() * 8);
  // And where the walk ends before it comes to the middle.
  Bytes behind = deflate_with_zlib(testing::text_bytes(1000));
  const std::size_t end = behind.size();
  behind.insert(behind.end(), stream.begin(), stream.end());
  const auto early = scanner->find_last_block(behind);
  ASSERT_TRUE(early.ok()) << early.status().to_string();
  EXPECT_EQ(early->content_bytes, 1000U);
  EXPECT_EQ((early->end_bit + 7) / 8, end);
}

// Sections with BFINAL cleared, each followed by an empty stored block that ends at a byte.
TEST(InflateScanner, SectionsStitchedTogetherAreOneStream) {
  const auto scanner = std::make_unique<Scanner>();
  for (const int level : {0, 1, 6, 12}) {
    Bytes all;
    Bytes stitched;
    for (const std::size_t size : {50'000U, 0U, 1U, 30'000U, 7U}) {
      const Bytes content = mixed_bytes(size, size + 1);
      all.insert(all.end(), content.begin(), content.end());
      Bytes section = deflate_with_libdeflate(content, level);
      const auto last = scanner->find_last_block(section);
      ASSERT_TRUE(last.ok()) << last.status().to_string();
      section[last->header_bit / 8] &= ~(std::byte{1} << (last->header_bit % 8));
      // Three zero bits of header, if need be into a byte more, then LEN 0 and NLEN.
      section.resize((last->end_bit + 3 + 7) / 8);
      for (const unsigned byte : {0x00U, 0x00U, 0xFFU, 0xFFU}) {
        section.push_back(static_cast<std::byte>(byte));
      }
      stitched.insert(stitched.end(), section.begin(), section.end());
    }
    const Bytes end = BitStream().stored(true, "").bytes();
    stitched.insert(stitched.end(), end.begin(), end.end());
    for (const Outcome& outcome : {inflate_with_zlib(stitched), inflate_with_ours(stitched)}) {
      EXPECT_EQ(outcome.code, Code::kOk) << outcome.message;
      EXPECT_EQ(outcome.consumed, stitched.size());
      EXPECT_TRUE(outcome.content == all);
    }
    const auto last = scanner->find_last_block(stitched);
    ASSERT_TRUE(last.ok());
    EXPECT_EQ(last->content_bytes, all.size());
    EXPECT_EQ(last->header_bit, (stitched.size() - end.size()) * 8);
  }
}

}  // namespace
}  // namespace kompakt::deflate
