// The snappy framing format: what we write, what others may write.
#include <gtest/gtest.h>
#include <snappy.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "checksum/hasher.hpp"
#include "core/endian.hpp"
#include "format/rows.hpp"
#include "format/snappy/chunk.hpp"
#include "run_format.hpp"

namespace kompakt::testing {
namespace {

constexpr std::array kAllWays{Ways{1, false}, Ways{2, true}, Ways{3, false}, Ways{8, true},
                              Ways{32, false}};

Bytes identifier() { return {kSnappyStreamIdentifier.begin(), kSnappyStreamIdentifier.end()}; }

Bytes chunk(std::uint8_t type, ByteSpan body) {
  Bytes bytes(kSnappyChunkHeader + body.size());
  put_snappy_chunk({type, static_cast<std::uint32_t>(body.size())}, bytes);
  std::copy(body.begin(), body.end(), bytes.begin() + kSnappyChunkHeader);
  return bytes;
}

// A data chunk made by hand, after the text of the specification.
Bytes data_chunk(ByteSpan content, bool compress) {
  const std::uint32_t crc = crc32c(content);
  const std::uint32_t masked = ((crc >> 15U) | (crc << 17U)) + 0xA282EAD8U;
  std::string stored(reinterpret_cast<const char*>(content.data()), content.size());
  if (compress) {
    std::string packed;
    snappy::Compress(stored.data(), stored.size(), &packed);
    stored = packed;
  }
  Bytes body(4 + stored.size());
  store_le(MutableByteSpan(body), masked);
  std::memcpy(body.data() + 4, stored.data(), stored.size());
  return chunk(compress ? 0 : 1, body);
}

Decoded read(ByteSpan input, Ways ways = {}) { return decode(snappy_format(), input, {}, ways); }

TEST(SnappyFraming, ContentOfAnySizeComesBackWhateverTheThreads) {
  for (const std::size_t size :
       {0U, 1U, 65'535U, 65'536U, 65'537U, 1'048'575U, 1'048'576U, 1'048'577U, 3'000'000U}) {
    const Bytes content = size % 3 == 0 ? random_bytes(size) : text_bytes(size);
    const Bytes packed = encode(snappy_format(), content).bytes;
    for (const Ways ways : kAllWays) {
      EXPECT_EQ(encode(snappy_format(), content, {}, ways).bytes, packed) << size;
      const Decoded back = read(packed, ways);
      ASSERT_TRUE(back.status.ok()) << back.status.to_string();
      EXPECT_EQ(back.bytes, content) << size;
      EXPECT_EQ(back.facts.compressed, packed.size());
    }
    const auto scanned = snappy_format().scan(*memory_source(packed));
    ASSERT_TRUE(scanned.ok());
    EXPECT_EQ(scanned->content, size);
    EXPECT_EQ(scanned->blocks, (size + 65'535) / 65'536);
  }
}

TEST(SnappyFraming, WritesTheChunksOfTheSpecification) {
  const Bytes text = text_bytes(70'000);
  EXPECT_EQ(encode(snappy_format(), text).bytes,
            joined({identifier(), data_chunk(ByteSpan(text).first(65'536), true),
                    data_chunk(ByteSpan(text).subspan(65'536), true)}));
  const Bytes noise = random_bytes(1000);
  EXPECT_EQ(encode(snappy_format(), noise).bytes, joined({identifier(), data_chunk(noise, false)}));
  EXPECT_EQ(encode(snappy_format(), {}).bytes, identifier());
}

TEST(SnappyFraming, PaddingSkippableChunksAndConcatenationAreRead) {
  const Bytes a = text_bytes(500);
  const Bytes b = random_bytes(300);
  const Bytes input =
      joined({identifier(), chunk(0xFE, Bytes(70'000)), data_chunk(a, true),
              chunk(0x80, to_bytes("skipped")), chunk(0xFD, {}), data_chunk(b, false), identifier(),
              data_chunk({}, false), data_chunk(b, true), chunk(0xFE, {})});
  for (const Ways ways : kAllWays) {
    const Decoded back = read(input, ways);
    ASSERT_TRUE(back.status.ok()) << back.status.to_string();
    EXPECT_EQ(back.bytes, joined({a, b, b}));
    EXPECT_EQ(back.facts.streams, 2U);
    EXPECT_EQ(back.facts.skipped, 4U);
    EXPECT_EQ(back.facts.blocks, 4U);
  }
  const auto scanned = snappy_format().scan(*memory_source(input));
  ASSERT_TRUE(scanned.ok());
  EXPECT_EQ(scanned->content, 1100U);
  EXPECT_EQ(scanned->skipped, 4U);
}

TEST(SnappyFraming, ReservedChunksAreUnsupportedAndWhatIsBeforeThemIsGivenOut) {
  const Bytes a = text_bytes(500);
  for (const std::uint8_t type : {std::uint8_t{0x02}, std::uint8_t{0x7F}}) {
    const Bytes input = joined({identifier(), data_chunk(a, true), chunk(type, to_bytes("x"))});
    for (const Ways ways : kAllWays) {
      const Decoded back = read(input, ways);
      EXPECT_EQ(back.status.code(), Code::kUnsupported);
      EXPECT_EQ(back.bytes, a);
    }
  }
}

TEST(SnappyFraming, ImpossibleChunksAreCorrupt) {
  const Bytes a = text_bytes(500);
  const auto code = [](const Bytes& chunk_bytes) {
    return read(joined({identifier(), chunk_bytes})).status.code();
  };
  EXPECT_EQ(read(data_chunk(a, true)).status.code(), Code::kCorrupt);  // no identifier
  EXPECT_EQ(code(data_chunk(random_bytes(65'537), false)), Code::kCorrupt);
  EXPECT_EQ(code(data_chunk(Bytes(65'537), true)), Code::kCorrupt);
  EXPECT_EQ(code(chunk(0x00, Bytes(3))), Code::kCorrupt);
  EXPECT_EQ(code(chunk(0x00, Bytes(4))), Code::kCorrupt);
  EXPECT_EQ(code(chunk(0x01, Bytes(5))), Code::kCorrupt);  // checksum
  EXPECT_EQ(code(chunk(0xFF, to_bytes("sNaPpy"))), Code::kCorrupt);
  EXPECT_EQ(code(chunk(0xFF, to_bytes("sNaPpYY"))), Code::kCorrupt);
  // A length of 4 GiB and more, and a chunk that says it has 16 MiB.
  EXPECT_EQ(code(chunk(0x00, joined({Bytes(4), Bytes(5, std::byte{0xFF})}))), Code::kCorrupt);
  Bytes huge = chunk(0x00, Bytes(100));
  huge[1] = huge[2] = huge[3] = std::byte{0xFF};
  EXPECT_EQ(code(huge), Code::kCorrupt);
}

TEST(SnappyFraming, ACutInsideAChunkIsTruncation) {
  const Bytes content = random_bytes(100);
  const Bytes packed = encode(snappy_format(), content).bytes;
  for (std::size_t size = 0; size < packed.size(); ++size) {
    for (const Ways ways : {Ways{1, false}, Ways{2, true}}) {
      const Decoded back = read(ByteSpan(packed).first(size), ways);
      if (size == kSnappyStreamIdentifier.size()) {
        EXPECT_TRUE(back.status.ok());
      } else {
        EXPECT_EQ(back.status.code(), Code::kTruncated) << size << back.status.to_string();
      }
    }
  }
}

TEST(SnappyFraming, AFlippedBitIsFound) {
  Bytes packed = encode(snappy_format(), text_bytes(400)).bytes;
  for (std::size_t bit = 0; bit < packed.size() * 8; bit += kBitStep) {
    packed[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
    // A chunk whose type becomes a skippable one is lost without a trace: the format's weakness.
    const Decoded back = read(packed);
    EXPECT_TRUE(!back.status.ok() || (back.bytes.empty() && back.facts.skipped == 1)) << bit;
    EXPECT_NE(back.status.code(), Code::kInternal);
    packed[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
  }
}

TEST(SnappyFraming, RangesFromAnIndex) {
  const Bytes content = text_bytes(5'000'000);
  const Bytes packed = encode(snappy_format(), content).bytes;
  DecodeSettings settings;
  settings.index_spacing = 1;
  settings.index_lines = true;
  const Decoded whole = decode(snappy_format(), packed, settings);
  ASSERT_TRUE(whole.index);
  EXPECT_EQ(whole.index->points.size(), 5U);
  EXPECT_EQ(whole.index->content_size, content.size());
  EXPECT_EQ(whole.index->lines, static_cast<std::uint64_t>(
                                    std::count(content.begin(), content.end(), std::byte{'\n'})));
  for (const std::uint64_t offset :
       {0U, 1'048'575U, 1'048'576U, 3'333'333U, 4'999'999U, 9'000'000U}) {
    for (const std::uint64_t length : {0U, 1U, 2'000'000U}) {
      for (const Ways ways : {Ways{1, false}, Ways{3, true}}) {
        const Decoded back =
            decode_range(snappy_format(), packed, *whole.index, range_of(offset, length), ways);
        ASSERT_TRUE(back.status.ok()) << back.status.to_string();
        const auto begin = std::min<std::size_t>(offset, content.size());
        const auto count = std::min<std::size_t>(length, content.size() - begin);
        const auto wanted = ByteSpan(content).subspan(begin, count);
        EXPECT_TRUE(std::equal(wanted.begin(), wanted.end(), back.bytes.begin(), back.bytes.end()));
      }
    }
  }
  SeekIndex bad = *whole.index;
  bad.points[2].bit += 8;
  EXPECT_FALSE(decode_range(snappy_format(), packed, bad, range_of(3'000'000, 10)).status.ok());
  bad = *whole.index;
  bad.content_size += 1;
  EXPECT_FALSE(decode_range(snappy_format(), packed, bad, range_of(0, 10'000'000)).status.ok());
}

TEST(SnappyFraming, OutputLimitHolds) {
  const Bytes packed = encode(snappy_format(), Bytes(3'000'000)).bytes;
  for (const Ways ways : kAllWays) {
    DecodeSettings settings;
    settings.limits.max_output = 2'999'999;
    const Decoded back = decode(snappy_format(), packed, settings, ways);
    EXPECT_EQ(back.status.code(), Code::kLimitExceeded);
    EXPECT_LE(back.bytes.size(), 2'999'999U);
  }
}

TEST(SnappyFraming, SaysWhatItCannotDo) {
  const auto code = [](const EncodeSettings& settings) {
    return encode(snappy_format(), text_bytes(10), settings).status.code();
  };
  EncodeSettings settings;
  settings.level = 5;
  EXPECT_EQ(code(settings), Code::kInvalidArgument);
  settings = {};
  settings.block_size = 65'536;
  EXPECT_EQ(code(settings), Code::kInvalidArgument);
  settings = {};
  settings.dictionary = std::make_shared<std::vector<std::byte>>(10);
  EXPECT_EQ(code(settings), Code::kInvalidArgument);
  settings = {};
  settings.checksum = false;
  EXPECT_EQ(code(settings), Code::kInvalidArgument);
}

}  // namespace
}  // namespace kompakt::testing
