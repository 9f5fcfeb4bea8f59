#include <gtest/gtest.h>

#include <set>

#include "legacy_streams.hpp"

namespace kompakt::testing {
namespace {

// For the thousands of damaged copies: both kinds of source, without the cost of threads.
constexpr Shape kPlainShapes[] = {
    // NOLINT(modernize-avoid-c-arrays): a plain table
    {.pipe_in = false, .pipe_out = false, .threads = 1},
    {.pipe_in = true, .pipe_out = true, .threads = 1},
};

class LegacyHandFile : public ::testing::TestWithParam<HandFile> {};

/// Where the file may end without being wrong: in front of its optional trailers, and in stream v2,
/// which does not say how many chunks there are, behind any chunk.
std::set<std::size_t> innocent_ends(const Bytes& file) {
  std::set<std::size_t> ends = {file.size()};
  const ByteSpan bytes(file);
  if (legacy::starts_with(file, legacy::kTableMagic)) {
    const auto header = legacy::TableHeader::decode(file);
    std::size_t at = legacy::TableHeader::kSize;
    std::size_t end = static_cast<std::size_t>(header->payload_offset());
    for (std::uint32_t i = 0; i < header->chunk_count; ++i, at += 8) {
      end += std::to_integer<std::size_t>(bytes[at]);
    }
    ends.insert(end);
    return ends;
  }
  std::size_t at = legacy::StreamHeader::kSize;
  while (true) {
    ends.insert(at);
    if (at + legacy::StreamChunkHeader::kSize > file.size() || bytes[at] > std::byte{5}) {
      return ends;
    }
    at += legacy::StreamChunkHeader::kSize +
          legacy::StreamChunkHeader::decode(bytes.subspan(at))->stored_size;
  }
}

TEST_P(LegacyHandFile, DecodesOverEveryKindOfSourceAndSink) {
  const HandFile& hand = GetParam();
  for (const Shape& shape : kShapes) {
    const Decoded got = decode_legacy(hand.file, shape);
    ASSERT_TRUE(got.status.ok()) << got.status.to_string();
    EXPECT_EQ(got.content, to_bytes(hand.content));
    EXPECT_EQ(got.progress.bytes_in, hand.file.size());
    EXPECT_EQ(got.progress.bytes_out, hand.content.size());
  }
}

TEST_P(LegacyHandFile, CutAnywhereItFails) {
  const HandFile& hand = GetParam();
  const auto innocent = innocent_ends(hand.file);
  for (std::size_t size = 0; size < hand.file.size(); ++size) {
    for (const Shape& shape : kPlainShapes) {
      const Decoded got = decode_legacy(ByteSpan(hand.file).first(size), shape);
      if (innocent.contains(size)) {
        EXPECT_TRUE(got.status.ok()) << size << ": " << got.status.to_string();
        EXPECT_EQ(got.content, to_bytes(hand.content.substr(0, got.content.size())));
        continue;
      }
      EXPECT_TRUE(got.status.code() == Code::kTruncated || got.status.code() == Code::kCorrupt)
          << size << ": " << got.status.to_string();
    }
  }
}

TEST_P(LegacyHandFile, NoFlippedBitPassesTheChecksum) {
  const HandFile& hand = GetParam();
  Bytes file = hand.file;
  for (std::size_t bit = 0; bit < 8 * file.size(); ++bit) {
    const auto mask = static_cast<std::byte>(1U << (bit % 8));
    file[bit / 8] ^= mask;
    for (const Shape& shape : kPlainShapes) {
      const Decoded got = decode_legacy(file, shape);
      if (got.status.ok()) {
        EXPECT_TRUE(!hand.checked || got.content == to_bytes(hand.content)) << "bit " << bit;
      } else {
        EXPECT_TRUE(blames_data(got.status)) << "bit " << bit << ": " << got.status.to_string();
      }
    }
    file[bit / 8] ^= mask;
  }
}

TEST_P(LegacyHandFile, RejectsBytesBehindTheEnd) {
  Bytes file = GetParam().file;
  file.push_back(std::byte{'x'});
  for (const Shape& shape : kShapes) {
    EXPECT_EQ(decode_legacy(file, shape).status.code(),
              legacy::starts_with(file, "WARP") && !GetParam().checked &&
                      GetParam().name != "stream_index" && GetParam().name != "stream_footer_only"
                  ? Code::kTruncated  // it may be the start of one more chunk header
                  : Code::kCorrupt);
  }
}

TEST_P(LegacyHandFile, TellsItsFactsWithoutDecoding) {
  const HandFile& hand = GetParam();
  const auto source = memory_source(hand.file);
  const auto info = legacy::read_legacy_info(*source);
  ASSERT_TRUE(info.ok()) << info.status().to_string();
  EXPECT_EQ(info->original_size, hand.content.size());
  EXPECT_EQ(info->stored_size, hand.file.size());
  EXPECT_EQ(info->hash != HashId::kNone, hand.checked);
  EXPECT_TRUE(info->has_trailer || !hand.checked);
}

INSTANTIATE_TEST_SUITE_P(Legacy, LegacyHandFile, ::testing::ValuesIn(hand_files()),
                         [](const auto& instance) { return instance.param.name; });

TEST(LegacyProbe, KnowsTheMagicsAndNothingElse) {
  using legacy::is_legacy_warp;
  EXPECT_TRUE(is_legacy_warp(to_bytes("PRAW\x02")));
  EXPECT_TRUE(is_legacy_warp(to_bytes("WARP\x02")));
  EXPECT_FALSE(is_legacy_warp(to_bytes("WARP\x03")));
  EXPECT_FALSE(is_legacy_warp(to_bytes("WARP")));
  EXPECT_FALSE(is_legacy_warp({}));
}

TEST(LegacyExample, OfTheFormatPageDecodes) {
  // docs/format/warp-legacy.md, "Worked example"; the digest was computed by other means.
  const Bytes file = StreamBuilder()
                         .octets({0x50, 0x52, 0x41, 0x57, 0x02, 0x02})
                         .le<std::uint64_t>(3)
                         .le<std::uint32_t>(1)
                         .le<std::uint64_t>(5)
                         .le<std::uint64_t>(3)
                         .octets({0x03, 0x08, 0x4B, 0x6F, 0x6D})
                         .octets({0x57, 0x46, 0x54, 0x31, 0x02, 0x08, 0x00})
                         .octets({0x58, 0xCB, 0xC6, 0x8E, 0xCA, 0x9B, 0x8E, 0x43})
                         .data;
  const Decoded got = decode_legacy(file);
  EXPECT_TRUE(got.status.ok()) << got.status.to_string();
  EXPECT_EQ(got.content, to_bytes("Kom"));
}

TEST(LegacyReport, ComesOncePerChunkInOrder) {
  const HandFile hand = two_chunks("", 2, 1, 1, zstd_raw_frame);
  const auto source = memory_source(hand.file);
  Bytes out;
  const auto sink = memory_sink(out);
  std::vector<legacy::ChunkReport> reports;
  legacy::LegacyDecodeOptions options;
  options.on_chunk = [&](const legacy::ChunkReport& report) { reports.push_back(report); };
  auto job = legacy::make_legacy_decode_job(*source, *sink, {}, options);
  ASSERT_TRUE(job.ok());
  ASSERT_TRUE(drive(**job, 2).ok());
  ASSERT_EQ(reports.size(), 2U);
  EXPECT_EQ(reports[1].index, 1U);
  EXPECT_EQ(reports[1].original_size, kSecond.size());
  EXPECT_EQ(reports[1].stored_size, zstd_raw_frame(kSecond).size());
}

TEST(LegacyVerify, CanBeLeftOut) {
  HandFile hand = two_chunks("", 2, 1, 1, zstd_raw_frame);
  hand.file.back() ^= std::byte{1};
  const auto source = memory_source(hand.file);
  Bytes out;
  const auto sink = memory_sink(out);
  auto job = legacy::make_legacy_decode_job(*source, *sink, {}, {.verify = false});
  ASSERT_TRUE(job.ok());
  EXPECT_TRUE(drive(**job).ok());
  EXPECT_EQ(decode_legacy(hand.file).status.code(), Code::kCorrupt);
}

}  // namespace
}  // namespace kompakt::testing
