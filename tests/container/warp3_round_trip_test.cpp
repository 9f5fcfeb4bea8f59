// What goes in comes out, whatever the codec, the hash, the sizes and the ends.
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>

#include "container/warp3_support.hpp"
#include "kompakt/inspect.hpp"
#include "temp_folder.hpp"

namespace kompakt::testing::warp3 {
namespace {

constexpr HashId kHashes[] = {HashId::kNone, HashId::kXxh64, HashId::kXxh3, HashId::kBlake3,
                              HashId::kBlake2b};

/// Text, noise, zeros and records in runs that do not end with blocks.
Bytes mixed_bytes(std::size_t size) {
  Bytes bytes =
      joined({text_bytes(size / 4), random_bytes(size / 4), Bytes(size / 4), record_bytes(size)});
  bytes.resize(size);
  return bytes;
}

TEST(Warp3RoundTrip, EverySizeThroughEveryPairOfEnds) {
  for (const std::size_t size : {0U, 1U, 4095U, 4096U, 4097U, 8192U, 40960U, 100001U}) {
    const Bytes content = mixed_bytes(size);
    const Bytes file = pack(content);
    for (const Ends& ends : kAllEnds) {
      const auto out = unpack(file, ends);
      ASSERT_TRUE(out.status.ok()) << size << ' ' << ends << ": " << out.status.to_string();
      ASSERT_EQ(out.content, content) << size << ' ' << ends;
      EXPECT_EQ(out.result.bytes_out, size);
      EXPECT_EQ(out.result.bytes_in, file.size());
    }
  }
}

TEST(Warp3RoundTrip, EveryCodecOfTheRegistry) {
  const Bytes content = mixed_bytes(70001);
  for (const Codec* each : all_codecs()) {
    auto options = small_blocks();
    options.codec = codec(each->info().name);
    options.block_size = 16384;
    const auto out = unpack(pack(content, options), {.threads = 2});
    EXPECT_TRUE(out.status.ok()) << each->info().name << ": " << out.status.to_string();
    EXPECT_EQ(out.content, content) << each->info().name;
  }
}

TEST(Warp3RoundTrip, EveryHash) {
  const Bytes content = mixed_bytes(20001);
  for (const HashId hash : kHashes) {
    const auto out = unpack(pack(content, small_blocks(hash)));
    EXPECT_TRUE(out.status.ok()) << hash_name(hash) << ": " << out.status.to_string();
    EXPECT_EQ(out.content, content) << hash_name(hash);
  }
}

TEST(Warp3RoundTrip, HashThatTheFormatHasNoNumberForIsRefused) {
  Bytes file;
  const auto source = memory_source({});
  const auto sink = memory_sink(file);
  auto options = small_blocks(HashId::kSha256);
  EXPECT_EQ(compress(*source, *sink, options).status().code(), Code::kInvalidArgument);
  options = small_blocks();
  options.block_size = 4095;
  EXPECT_EQ(compress(*source, *sink, options).status().code(), Code::kInvalidArgument);
  options.block_size = (std::size_t{1} << 30U) + 1;
  EXPECT_EQ(compress(*source, *sink, options).status().code(), Code::kInvalidArgument);
  EXPECT_TRUE(file.empty());
}

TEST(Warp3RoundTrip, BlockSizeNeedNotBeAPowerOfTwo) {
  const Bytes content = mixed_bytes(33333);
  auto options = small_blocks();
  options.block_size = 5000;
  const Bytes file = pack(content, options);
  EXPECT_EQ(unpack(file).content, content);
  EXPECT_EQ(unpack_range(file, 4990, 20).content, slice(content, 4990, 20));
}

TEST(Warp3RoundTrip, SameBytesForAnyNumberOfThreadsAndAnyKindOfSource) {
  const Bytes content = mixed_bytes(150001);
  for (const char* spec : {"lz4", "zstd:level=3", "deflate", "store"}) {
    auto options = small_blocks();
    options.codec = codec(spec);
    const Bytes expected = pack(content, options);
    for (const unsigned threads : {1U, 2U, 3U, 8U}) {
      for (const bool pipe : {false, true}) {
        Bytes file;
        const auto source = pipe ? std::unique_ptr<Source>(std::make_unique<OrderedSource>(content))
                                 : memory_source(content);
        const auto sink = memory_sink(file);
        options.run.threads = threads;
        const auto result = compress(*source, *sink, options);
        ASSERT_TRUE(result.ok()) << result.status().to_string();
        EXPECT_EQ(file, expected) << spec << ", threads " << threads << ", pipe " << pipe;
        EXPECT_EQ(result->bytes_in, content.size());
        EXPECT_EQ(result->bytes_out, file.size());
      }
    }
  }
}

TEST(Warp3RoundTrip, FilesBothWays) {
  const TempFolder folder;
  const Bytes content = mixed_bytes(123457);
  write_file(folder / "plain", {reinterpret_cast<const char*>(content.data()), content.size()});
  auto source = open_file_source(folder / "plain");
  ASSERT_TRUE(source.ok());
  Bytes file;
  const auto sink = memory_sink(file);
  auto options = small_blocks();
  options.run.threads = 3;
  ASSERT_TRUE(compress(**source, *sink, options).ok());
  EXPECT_EQ(file, pack(content));
  write_file(folder / "packed", {reinterpret_cast<const char*>(file.data()), file.size()});
  auto packed = open_file_source(folder / "packed");
  ASSERT_TRUE(packed.ok());
  Bytes back;
  const auto back_sink = memory_sink(back);
  ASSERT_TRUE(decompress(**packed, *back_sink).ok());
  EXPECT_EQ(back, content);
}

TEST(Warp3RoundTrip, MetadataComesBackAndIsKeptApartFromTheContent) {
  WarpMetadata metadata;
  metadata.name = "report.txt";
  metadata.mode = 0640;
  metadata.modified = WarpMetadata::Time{-5, 999'999'999};
  metadata.owner = WarpMetadata::Owner{1000, 100};
  metadata.xattrs = {{"user.a", "1"}, {"user.empty", ""}};
  auto options = small_blocks();
  options.metadata = metadata;
  const Bytes content = text_bytes(9000);
  for (const Bytes& body : {content, Bytes()}) {
    const Bytes file = pack(body, options);
    for (const Ends& ends : kAllEnds) {
      const auto out = unpack(file, ends);
      ASSERT_TRUE(out.status.ok()) << out.status.to_string();
      EXPECT_EQ(out.content, body);
      EXPECT_EQ(out.result.metadata, metadata);
    }
    const auto source = memory_source(file);
    const auto info = inspect(*source);
    ASSERT_TRUE(info.ok());
    EXPECT_EQ(info->metadata, metadata);
  }
  EXPECT_FALSE(unpack(pack(content)).result.metadata);
}

TEST(Warp3RoundTrip, MetadataThatNoReaderWouldTakeIsRefused) {
  for (const char* name : {"", ".", "..", "a/b", "/etc/passwd"}) {
    auto options = small_blocks();
    options.metadata = named(name);
    Bytes file;
    const auto source = memory_source({});
    const auto sink = memory_sink(file);
    EXPECT_EQ(compress(*source, *sink, options).status().code(), Code::kInvalidArgument) << name;
  }
}

TEST(Warp3RoundTrip, ReportsEveryBlockInOrder) {
  const Bytes content =
      joined({text_bytes(4096), random_bytes(4096), Bytes(4096), Bytes(100, std::byte{7})});
  auto options = small_blocks();
  options.run.threads = 3;
  std::vector<BlockReport> reports;
  options.on_block = [&reports](const BlockReport& report) { reports.push_back(report); };
  pack(content, options);
  ASSERT_EQ(reports.size(), 4U);
  const char* const codecs[] = {"lz4", "store", "zero", "lz4"};
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(reports[i].number, i);
    EXPECT_EQ(reports[i].codec, codecs[i]);
    EXPECT_EQ(reports[i].raw_size, i == 3 ? 100U : 4096U);
  }
  EXPECT_EQ(reports[1].stored_size, 4096U);
  EXPECT_EQ(reports[2].stored_size, 0U);
}

TEST(Warp3RoundTrip, ConcatenatedFilesAreOneFile) {
  const Bytes a = mixed_bytes(20000);
  const Bytes b = text_bytes(5000, 9);
  auto other = small_blocks(HashId::kBlake3);
  other.codec = codec("zstd");
  other.block_size = 65536;
  const Bytes two = joined({pack(a), pack(b, other)});
  const Bytes three = joined({pack(a), pack({}), pack(b, other), pack(a)});
  for (const Ends& ends : kAllEnds) {
    auto out = unpack(two, ends);
    ASSERT_TRUE(out.status.ok()) << ends << out.status.to_string();
    EXPECT_EQ(out.content, joined({a, b}));
    out = unpack(three, ends);
    ASSERT_TRUE(out.status.ok()) << ends << out.status.to_string();
    EXPECT_EQ(out.content, joined({a, b, a}));
    EXPECT_EQ(unpack_range(three, 19990, 5020, ends).content,
              slice(joined({a, b, a}), 19990, 5020));
  }
}

TEST(Warp3RoundTrip, TrailingBytesAreNeverOverlooked) {
  const Bytes file = pack(text_bytes(5000));
  for (const bool pipe : {false, true}) {
    const Ends ends{.pipe_in = pipe, .threads = 1};
    EXPECT_EQ(unpack(joined({file, to_bytes("x")}), ends).status.code(), Code::kCorrupt);
    EXPECT_EQ(unpack(joined({file, Bytes(512)}), ends).status.code(), Code::kCorrupt);
    // What begins like a second file was cut.
    EXPECT_EQ(unpack(joined({file, slice(file, 0, 10)}), ends).status.code(), Code::kTruncated);
  }
}

}  // namespace
}  // namespace kompakt::testing::warp3
