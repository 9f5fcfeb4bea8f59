#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>

#include "container/legacy/v2_writer.hpp"
#include "legacy_streams.hpp"

#ifndef KOMPAKT_TEST_DATA
#define KOMPAKT_TEST_DATA "tests/data"
#endif

namespace kompakt::testing {
namespace {

using legacy::TableMethod;
using legacy::V2EncodeOptions;
using legacy::V2Level;

struct Encoded {
  Status status;
  Bytes file;
};

Encoded encode_v2(ByteSpan content, V2EncodeOptions options, unsigned threads = 2) {
  Encoded result;
  const auto source = memory_source(content);
  const auto sink = memory_sink(result.file);
  auto job = legacy::make_v2_encode_job(*source, *sink, std::move(options));
  if (!job.ok()) {
    result.status = job.status();
    return result;
  }
  result.status = drive(**job, threads);
  if (result.status.ok()) {
    EXPECT_EQ((*job)->progress().bytes_in, content.size());
    EXPECT_EQ((*job)->progress().bytes_out, result.file.size());
    result.status = sink->finish((*job)->progress().bytes_out);
  }
  return result;
}

constexpr std::size_t kChunk = legacy::kV2MinChunkSize;
constexpr std::array kSizes = {std::size_t{0}, std::size_t{1}, kChunk - 1,
                               kChunk,         kChunk + 1,     3 * kChunk};
constexpr std::array kHashes = {HashId::kNone, HashId::kBlake3, HashId::kXxh64, HashId::kBlake2b};

/// One of the ways to choose a method.
struct Choice {
  std::string name;
  V2Level level = V2Level::kAuto;
  std::optional<TableMethod> method = {};
};

std::vector<Choice> choices() {
  return {{.name = "auto", .level = V2Level::kAuto},
          {.name = "fastest", .level = V2Level::kFastest},
          {.name = "max", .level = V2Level::kMax},
          {.name = "throughput", .level = V2Level::kThroughput},
          {.name = "lz4", .method = TableMethod::kLz4},
          {.name = "zstd", .method = TableMethod::kZstd},
          {.name = "snappy", .method = TableMethod::kSnappy},
          {.name = "brotli", .method = TableMethod::kBrotli}};
}

class V2Writer : public ::testing::TestWithParam<Choice> {
 protected:
  static V2EncodeOptions options(HashId hash) {
    V2EncodeOptions options;
    options.level = GetParam().level;
    options.method = GetParam().method;
    options.chunk_size = kChunk;
    options.hash = hash;
    return options;
  }
};

TEST_P(V2Writer, RoundTripsThroughOurReader) {
  for (const std::size_t size : kSizes) {
    const Bytes content = text_bytes(size);
    for (const HashId hash : kHashes) {
      const Encoded encoded = encode_v2(content, options(hash));
      ASSERT_TRUE(encoded.status.ok()) << encoded.status.to_string();
      const auto source = memory_source(encoded.file);
      const auto info = legacy::read_legacy_info(*source);
      ASSERT_TRUE(info.ok()) << info.status().to_string();
      EXPECT_EQ(info->hash, hash);
      EXPECT_EQ(info->chunk_count, (size + kChunk - 1) / kChunk);
      for (const Shape& shape : kShapes) {
        const Decoded decoded = decode_legacy(encoded.file, shape);
        ASSERT_TRUE(decoded.status.ok()) << decoded.status.to_string();
        EXPECT_TRUE(decoded.content == content);
      }
    }
  }
}

TEST_P(V2Writer, GivesTheSameBytesOnAnyNumberOfThreads) {
  const Bytes content = record_bytes(5 * kChunk + 17);
  const Encoded one = encode_v2(content, options(HashId::kXxh64), 1);
  ASSERT_TRUE(one.status.ok());
  EXPECT_TRUE(one.file == encode_v2(content, options(HashId::kXxh64), 4).file);
}

/// Shell words in single quotes; the paths of tests hold none.
std::string quoted(const std::string& path) { return " '" + path + "'"; }

void store(const std::string& path, ByteSpan bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
}

TEST_P(V2Writer, AnIndependentReaderAgrees) {
  const std::string script = KOMPAKT_TEST_DATA "/../interop/warp_v2_reader.py";
  if (std::system("python3 -c pass >/dev/null 2>&1") != 0) {
    GTEST_SKIP() << "no python3 on this machine";
  }
  const std::string folder = ::testing::TempDir() + "kompakt-v2-" + GetParam().name;
  std::filesystem::create_directories(folder);
  std::string command = "python3" + quoted(script);
  for (std::size_t i = 0; i < kSizes.size(); ++i) {
    const Bytes content = text_bytes(kSizes[i]);
    const std::string stem = folder + "/" + std::to_string(kSizes[i]);
    store(stem + ".bin", content);
    for (std::size_t h = 0; h < kHashes.size(); ++h) {
      // BLAKE3 in Python takes seconds for each of the larger sizes; two of them are enough.
      if (kHashes[h] == HashId::kBlake3 && i > 2) {
        continue;
      }
      const std::string file = stem + "-" + std::string(hash_name(kHashes[h])) + ".warp";
      store(file, encode_v2(content, options(kHashes[h])).file);
      command += quoted(file) + quoted(stem + ".bin");
    }
  }
  const int result = std::system(command.c_str());
  std::filesystem::remove_all(folder);
  constexpr int kToolMissing = 77;
  if (WIFEXITED(result) && WEXITSTATUS(result) == kToolMissing) {
    GTEST_SKIP() << "a stock tool is missing";
  }
  EXPECT_EQ(result, 0);
}

INSTANTIATE_TEST_SUITE_P(Legacy, V2Writer, ::testing::ValuesIn(choices()),
                         [](const auto& instance) { return instance.param.name; });

TEST(V2WriterHeader, OfNothingIsTheOneThatReadersKnow) {
  // "PRAW", version 2, method 2 (snappy) whatever was asked, size 0, count 0.
  const Encoded encoded = encode_v2({}, {.level = V2Level::kMax});
  EXPECT_EQ(encoded.file, table_file(2, 2, "", {}));
}

TEST(V2WriterHeader, StandsBeforeTablesAndPayloads) {
  const Bytes content = random_bytes(2 * kChunk + 5);
  const Encoded encoded = encode_v2(content, {.method = TableMethod::kLz4, .chunk_size = kChunk});
  ASSERT_TRUE(encoded.status.ok());
  const auto header = legacy::TableHeader::decode(encoded.file);
  ASSERT_TRUE(header.ok());
  EXPECT_EQ(header->method, TableMethod::kLz4);
  EXPECT_EQ(header->original_size, content.size());
  EXPECT_EQ(header->chunk_count, 3U);
  // LZ4 chunks are frames in this layout.
  const auto payload = static_cast<std::size_t>(header->payload_offset());
  EXPECT_EQ(encoded.file[payload], std::byte{0x04});
  EXPECT_EQ(encoded.file[payload + 3], std::byte{0x18});
}

TEST(V2WriterTables, LongerThanTheirWindowLandInPlace) {
  // 9000 entries: two full windows of 4096 and a rest.
  Bytes out;
  const auto sink = memory_sink(out);
  legacy::V2TableWriter tables(*sink, 9000);
  for (std::uint64_t i = 0; i < 9000; ++i) {
    ASSERT_TRUE(tables.add(i, 2 * i).ok());
  }
  ASSERT_TRUE(tables.flush().ok());
  ASSERT_EQ(out.size(), 18 + 2 * 9000 * 8U);
  StreamBuilder expected;
  for (std::uint64_t i = 0; i < 9000; ++i) {
    expected.le(i);
  }
  for (std::uint64_t i = 0; i < 9000; ++i) {
    expected.le(2 * i);
  }
  EXPECT_TRUE(std::equal(expected.data.begin(), expected.data.end(), out.begin() + 18));
}

TEST(V2WriterAuto, DecidesOnTheFirstMebibyte) {
  const auto method = [](const Bytes& content) {
    const auto source = memory_source(content);
    const auto plan = legacy::resolve_v2_plan(*source, {});
    return plan.ok() ? plan->method : std::nullopt;
  };
  EXPECT_EQ(method(random_bytes(2 * kMiB)), TableMethod::kSnappy);
  EXPECT_EQ(method(text_bytes(2 * kMiB)), TableMethod::kZstd);
  Bytes noise_first = random_bytes(kMiB);
  const Bytes text = text_bytes(kMiB);
  noise_first.insert(noise_first.end(), text.begin(), text.end());
  EXPECT_EQ(method(noise_first), TableMethod::kSnappy);
}

TEST(V2WriterOptions, OutOfRangeAreRefusedAndNotBent) {
  const Bytes content = text_bytes(1000);
  const auto code = [&](V2EncodeOptions options) {
    return encode_v2(content, std::move(options)).status.code();
  };
  EXPECT_EQ(code({.chunk_size = kChunk - 1}), Code::kInvalidArgument);
  EXPECT_EQ(code({.chunk_size = 2 * kGiB}), Code::kInvalidArgument);
  EXPECT_EQ(code({.hash = HashId::kSha256}), Code::kInvalidArgument);
  EXPECT_EQ(code({.method = TableMethod::kZstd, .zstd_level = 99}), Code::kInvalidArgument);
  EXPECT_EQ(code({.method = TableMethod::kBrotli, .brotli_quality = 12}), Code::kInvalidArgument);
  EXPECT_EQ(code({.method = TableMethod::kZstd, .zstd_level = 19}), Code::kOk);
}

TEST(V2WriterOptions, PipesAreRefusedWithAReason) {
  const Bytes content = text_bytes(1000);
  OrderedSource pipe_in(content);
  Bytes out;
  const auto sink = memory_sink(out);
  EXPECT_EQ(legacy::make_v2_encode_job(pipe_in, *sink, {}).status().code(), Code::kUnsupported);
  const auto source = memory_source(content);
  OrderedSink pipe_out(out);
  EXPECT_EQ(legacy::make_v2_encode_job(*source, pipe_out, {}).status().code(), Code::kUnsupported);
}

TEST(V2WriterReport, TellsSizesInOrder) {
  std::vector<legacy::ChunkReport> reports;
  V2EncodeOptions options{.method = TableMethod::kZstd, .chunk_size = kChunk};
  options.on_chunk = [&](const legacy::ChunkReport& report) { reports.push_back(report); };
  const Encoded encoded = encode_v2(text_bytes(2 * kChunk + 1), options, 3);
  ASSERT_EQ(reports.size(), 3U);
  std::uint64_t stored = 18 + 3 * 16;
  for (std::size_t i = 0; i < reports.size(); ++i) {
    EXPECT_EQ(reports[i].index, i);
    EXPECT_GE(reports[i].seconds, 0);
    stored += reports[i].stored_size;
  }
  EXPECT_EQ(reports[2].original_size, 1U);
  EXPECT_EQ(stored, encoded.file.size());
}

/// A file that loses its end between the first look and the reading.
class ShrinkingSource final : public Source {
 public:
  explicit ShrinkingSource(const Bytes& bytes) : inner_(memory_source(bytes)) {}
  Result<std::size_t> read(MutableByteSpan out) override { return inner_->read(out); }
  std::optional<std::uint64_t> size() const override { return *inner_->size() + 1; }
  bool random_access() const override { return true; }
  Result<std::size_t> read_at(std::uint64_t offset, MutableByteSpan out) const override {
    return inner_->read_at(offset, out);
  }

 private:
  std::unique_ptr<Source> inner_;
};

TEST(V2WriterInput, ThatShrinksMeanwhileFails) {
  const Bytes content = text_bytes(kChunk);
  const ShrinkingSource source(content);
  Bytes out;
  const auto sink = memory_sink(out);
  auto job = legacy::make_v2_encode_job(source, *sink, {.level = V2Level::kFastest});
  ASSERT_TRUE(job.ok());
  EXPECT_EQ(drive(**job).code(), Code::kIo);
}

}  // namespace
}  // namespace kompakt::testing
