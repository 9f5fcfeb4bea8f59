#include <gtest/gtest.h>

#include <limits>

#include "legacy_streams.hpp"

namespace kompakt::testing {
namespace {

constexpr std::uint64_t kHuge = std::numeric_limits<std::uint64_t>::max();

Bytes table_header(unsigned version, unsigned method, std::uint64_t size, std::uint32_t count) {
  return StreamBuilder().text("PRAW").octets({version, method}).le(size).le(count).data;
}

/// Every way to read it must fail with one of these codes.
void expect_failure(const Bytes& file, std::initializer_list<Code> codes,
                    const Limits& limits = {}) {
  for (const Shape& shape : kShapes) {
    const Status status = decode_legacy(file, shape, limits).status;
    EXPECT_NE(std::find(codes.begin(), codes.end(), status.code()), codes.end())
        << status.to_string();
  }
}

TEST(LegacyHostile, CountsBeyondTheFileAreNotBelieved) {
  // 2^32 - 1 chunks would mean tables of 64 GiB.
  expect_failure(table_header(2, 1, 1000, 0xFFFFFFFFU), {Code::kTruncated});
  expect_failure(table_header(1, 1, 1000, 0xFFFFFFFFU), {Code::kTruncated});
  expect_failure(table_header(2, 1, 1000, 0xFFFFFFFFU), {Code::kTruncated, Code::kLimitExceeded},
                 {.max_memory = kMiB, .max_output = kHuge});
}

TEST(LegacyHostile, TableSumsThatWrapAroundAreCorrupt) {
  const Bytes original = StreamBuilder()
                             .bytes(table_header(2, 1, 8, 2))
                             .le<std::uint64_t>(10)
                             .le<std::uint64_t>(10)
                             .le<std::uint64_t>(kHuge)
                             .le<std::uint64_t>(9)
                             .bytes(Bytes(20))
                             .data;
  expect_failure(original, {Code::kCorrupt});
  const Bytes stored = StreamBuilder()
                           .bytes(table_header(1, 1, 8, 2))
                           .le<std::uint64_t>(kHuge)
                           .le<std::uint64_t>(21)
                           .bytes(Bytes(20))
                           .data;
  expect_failure(stored, {Code::kCorrupt});
}

TEST(LegacyHostile, SizesBeyondTheFileFailBeforeAnyRoomIsMade) {
  for (const std::uint64_t size : {std::uint64_t{1} << 29U, std::uint64_t{1} << 62U}) {
    const Bytes file = StreamBuilder()
                           .bytes(table_header(2, 1, size, 1))
                           .le<std::uint64_t>(size)
                           .le<std::uint64_t>(size)
                           .data;
    expect_failure(file, {Code::kTruncated, Code::kLimitExceeded});
  }
}

TEST(LegacyHostile, ChunksBeyondTheMemoryLimitAreRefused) {
  const Bytes stored = zstd_raw_frame(kFirst);
  const Bytes file = table_file(2, 1, kFirst, {{stored, kFirst.size()}});
  expect_failure(file, {Code::kLimitExceeded}, {.max_memory = 4, .max_output = kHuge});
  expect_failure(file, {Code::kLimitExceeded}, {.max_memory = kHuge, .max_output = 4});
  expect_failure(all_stream_methods().bytes(), {Code::kLimitExceeded},
                 {.max_memory = 63, .max_output = kHuge});
  expect_failure(all_stream_methods().bytes(), {Code::kLimitExceeded},
                 {.max_memory = kHuge, .max_output = 20});
}

TEST(LegacyHostile, ChunkSizesMustAddUpToTheContent) {
  const Bytes stored = zstd_raw_frame(kFirst);
  for (const std::uint64_t wrong : {kFirst.size() - 1, kFirst.size() + 1}) {
    expect_failure(StreamBuilder()
                       .bytes(table_header(2, 1, wrong, 1))
                       .le<std::uint64_t>(stored.size())
                       .le<std::uint64_t>(kFirst.size())
                       .bytes(stored)
                       .data,
                   {Code::kCorrupt});
    expect_failure(StreamBuilder()
                       .bytes(table_header(1, 1, wrong, 1))
                       .le<std::uint64_t>(stored.size())
                       .bytes(stored)
                       .data,
                   {Code::kCorrupt});
  }
  expect_failure(table_header(2, 2, 5, 0), {Code::kCorrupt});
  expect_failure(table_header(1, 2, 5, 0), {Code::kCorrupt});
}

TEST(LegacyHostile, AChunkDecodesToItsSizeAndNoOther) {
  const Bytes stored = zstd_raw_frame(kFirst);
  for (const std::uint64_t wrong : {kFirst.size() - 1, kFirst.size() + 1}) {
    const Bytes file = StreamBuilder()
                           .bytes(table_header(2, 1, wrong, 1))
                           .le<std::uint64_t>(stored.size())
                           .le<std::uint64_t>(wrong)
                           .bytes(stored)
                           .data;
    expect_failure(file, {Code::kCorrupt});
  }
}

TEST(LegacyHostile, FailuresNameTheChunkAndTheByte) {
  HandFile hand = two_chunks("", 2, 0, 0, lz4_stored_frame);
  const std::size_t second = 18 + 4 * 8 + lz4_stored_frame(kFirst).size();
  hand.file[second] ^= std::byte{0xFF};
  for (const Shape& shape : kShapes) {
    const Status status = decode_legacy(hand.file, shape).status;
    EXPECT_EQ(status.code(), Code::kCorrupt);
    EXPECT_EQ(status.block(), 1U);
    EXPECT_EQ(status.offset(), second);
  }
}

TEST(LegacyHostile, ASnappyLengthIsNotBelievedBeyondWhatItsBlockCanHold) {
  // v1 has no original sizes, so the block's own varint is all there is: here 256 MiB in 6 bytes.
  const Bytes block = StreamBuilder().octets({0x80, 0x80, 0x80, 0x80, 0x01, 0x00}).data;
  const Bytes file = StreamBuilder()
                         .bytes(table_header(1, 2, 256 * kMiB, 1))
                         .le<std::uint64_t>(block.size())
                         .bytes(block)
                         .data;
  expect_failure(file, {Code::kCorrupt});
}

TEST(LegacyHostile, AV1ChunkEndsWithItsStream) {
  Bytes stored = zstd_raw_frame(kFirst);
  stored.push_back(std::byte{0});
  expect_failure(table_file(1, 1, kFirst, {{stored, 0}}), {Code::kCorrupt});
  stored.erase(stored.end() - 3, stored.end());
  expect_failure(table_file(1, 1, kFirst, {{stored, 0}}), {Code::kCorrupt, Code::kTruncated});
}

TEST(LegacyHostile, UnknownNumbersAreNamed) {
  expect_failure(table_header(3, 1, 0, 0), {Code::kUnsupported});
  expect_failure(table_header(2, 4, 0, 0), {Code::kCorrupt});
  StreamBuilder flags;
  flags.text("WARP").octets({2, 1}).le<std::uint32_t>(64).le<std::uint32_t>(0);
  expect_failure(flags.data, {Code::kUnsupported});
  Bytes trailer = table_file(2, 2, "", {}, 2);
  trailer[18 + 4] = std::byte{4};
  expect_failure(trailer, {Code::kCorrupt});
}

TEST(LegacyHostile, StreamChunksObeyTheirHeader) {
  const Bytes text = to_bytes(kFirst);
  // Larger than the header's chunk size.
  expect_failure(StreamFile(4).chunk(4, kFirst, text).bytes(), {Code::kCorrupt});
  // Zeros with a payload, a copy of another size, an unknown method.
  expect_failure(StreamFile(64).chunk(5, kFirst, text).bytes(), {Code::kCorrupt});
  expect_failure(StreamFile(64).chunk(4, kSecond, text).bytes(), {Code::kCorrupt});
  expect_failure(StreamFile(64).chunk(6, kFirst, text).bytes(), {Code::kCorrupt});
}

TEST(LegacyHostile, StreamTrailersMustAgreeWithTheChunks) {
  // An index that is whole in itself, CRC-32 and all, but of other chunks.
  StreamFile other(64);
  other.chunk(4, kSecond, to_bytes(kSecond)).chunk(4, kFirst, to_bytes(kFirst));
  const std::size_t chunks = other.bytes().size();
  StreamFile mine(64);
  mine.chunk(4, kFirst, to_bytes(kFirst)).chunk(4, kSecond, to_bytes(kSecond));
  other.index().footer();
  Bytes file = mine.bytes();
  ASSERT_EQ(file.size(), chunks);
  file.insert(file.end(), other.bytes().begin() + static_cast<std::ptrdiff_t>(chunks),
              other.bytes().end());
  expect_failure(file, {Code::kCorrupt});
  // A footer that points elsewhere, trailers in the wrong order, a digest without a footer.
  expect_failure(StreamBuilder()
                     .bytes(StreamFile(64).bytes())
                     .text("WFTR")
                     .le<std::uint64_t>(0)
                     .le<std::uint64_t>(14)
                     .data,
                 {Code::kCorrupt});
  expect_failure(all_stream_methods().digest(1, HashId::kXxh64).index().footer().bytes(),
                 {Code::kCorrupt});
  expect_failure(all_stream_methods().digest(1, HashId::kXxh64).bytes(), {Code::kTruncated});
}

TEST(LegacyZeros, ChunksOfZerosTakeNoRoomAndBecomeHoles) {
  // 64 chunks of 64 MiB of zeros in 9 bytes each: no 4 GiB are touched when no checksum is asked.
  StreamBuilder file;
  file.text("WARP").octets({2, 0}).le(static_cast<std::uint32_t>(64 * kMiB)).le<std::uint32_t>(0);
  for (int i = 0; i < 64; ++i) {
    file.octets({5}).le(static_cast<std::uint32_t>(64 * kMiB)).le<std::uint32_t>(0);
  }
  const auto source = memory_source(file.data);
  const auto sink = null_sink();
  auto job = legacy::make_legacy_decode_job(*source, *sink, {});
  ASSERT_TRUE(job.ok());
  EXPECT_TRUE(drive(**job).ok());
  EXPECT_EQ((*job)->progress().bytes_out, 4 * kGiB);
}

}  // namespace
}  // namespace kompakt::testing
