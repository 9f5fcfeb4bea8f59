// Coders fed by hand: any sizes of input and output, where a stream ends, failures, limits, reuse.
#include "kompakt/coder.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "format/stock_tools.hpp"
#include "reader_support.hpp"

namespace kompakt::testing {
namespace {

constexpr std::size_t kSize = kSanitized ? 150'000 : 400'000;

const Bytes& content() {
  static const Bytes kContent = text_bytes(kSize);
  return kContent;
}

struct Outcome {
  Status status;
  Bytes bytes;
  std::size_t consumed = 0;
  bool finished = false;
};

struct Pieces {
  std::size_t in = 100'000;
  std::size_t out = 100'000;
};

/// Feeds `input` in pieces and says that it is all. Stops at the end of the stream.
Outcome feed(StreamCoder& coder, ByteSpan input, Pieces pieces = {}) {
  Outcome outcome;
  Bytes room(pieces.out);
  // So many steps without anything moving would never end.
  for (int idle = 0; idle < 5;) {
    const ByteSpan rest = input.subspan(outcome.consumed);
    const ByteSpan piece = rest.first(std::min(rest.size(), pieces.in));
    const StreamMode mode = piece.size() == rest.size() ? StreamMode::kFinish : StreamMode::kRun;
    const auto done = coder.step(piece, room, mode);
    if (!done.ok()) {
      outcome.status = done.status();
      return outcome;
    }
    idle = done->consumed == 0 && done->produced == 0 ? idle + 1 : 0;
    outcome.consumed += done->consumed;
    outcome.bytes.insert(outcome.bytes.end(), room.begin(),
                         room.begin() + static_cast<std::ptrdiff_t>(done->produced));
    if (done->state == StreamState::kFinished) {
      outcome.finished = true;
      return outcome;
    }
  }
  ADD_FAILURE() << "no end to be seen";
  return outcome;
}

std::unique_ptr<StreamCoder> compressor(const CompressOptions& options) {
  auto coder = make_compressor(options);
  EXPECT_TRUE(coder.ok()) << coder.status().to_string();
  return coder.ok() ? std::move(*coder) : nullptr;
}
std::unique_ptr<StreamCoder> decompressor(const DecompressOptions& options) {
  auto coder = make_decompressor(options);
  EXPECT_TRUE(coder.ok()) << coder.status().to_string();
  return coder.ok() ? std::move(*coder) : nullptr;
}

class EveryCoder : public ::testing::TestWithParam<Format> {
 protected:
  /// Formats whose streams say where they end.
  [[nodiscard]] static bool ends_itself() { return GetParam() != Format::kSnappy; }
};
INSTANTIATE_TEST_SUITE_P(Coder, EveryCoder,
                         ::testing::Values(Format::kWarp, Format::kGzip, Format::kZlib,
                                           Format::kZstd, Format::kLz4, Format::kXz, Format::kBzip2,
                                           Format::kBrotli, Format::kSnappy),
                         [](const auto& each) { return name_of(each.param); });

TEST_P(EveryCoder, ComesBackWholeWhateverThePieces) {
  const auto encoder = compressor(quick_options(GetParam()));
  const auto decoder = decompressor(reading_options(GetParam()));
  for (const Pieces pieces : {Pieces{1, 1}, Pieces{777, 333}, Pieces{1 << 20, 1 << 20}}) {
    const ByteSpan some = ByteSpan(content()).first(pieces.in == 1 ? 5'000 : kSize);
    const Outcome coded = feed(*encoder, some, pieces);
    ASSERT_TRUE(coded.status.ok()) << coded.status.to_string();
    EXPECT_TRUE(coded.finished);
    EXPECT_EQ(coded.consumed, some.size());
    EXPECT_TRUE(std::ranges::equal(decompressed(coded.bytes, reading_options(GetParam())), some));
    const Outcome back = feed(*decoder, coded.bytes, pieces);
    ASSERT_TRUE(back.status.ok()) << back.status.to_string();
    EXPECT_TRUE(std::ranges::equal(back.bytes, some));
    EXPECT_EQ(back.consumed, coded.bytes.size());
    // The end stays the end.
    const auto again = decoder->step(coded.bytes, {}, StreamMode::kRun);
    ASSERT_TRUE(again.ok());
    EXPECT_EQ(again->state, StreamState::kFinished);
    EXPECT_EQ(again->consumed, 0U);
    ASSERT_TRUE(encoder->reset().ok());
    ASSERT_TRUE(decoder->reset().ok());
  }
}

TEST_P(EveryCoder, ReadsWhatTheOrdinaryCallWrites) {
  const Bytes data = compressed(content(), quick_options(GetParam()));
  const auto decoder = decompressor(reading_options(GetParam()));
  const Outcome back = feed(*decoder, data, {1000, 1000});
  ASSERT_TRUE(back.status.ok()) << back.status.to_string();
  EXPECT_TRUE(back.bytes == content());
}

TEST_P(EveryCoder, NothingIsAWholeStreamToo) {
  const auto encoder = compressor(quick_options(GetParam()));
  const Outcome coded = feed(*encoder, {});
  ASSERT_TRUE(coded.status.ok()) << coded.status.to_string();
  if (!coded.bytes.empty()) {
    const Outcome back = feed(*decompressor(reading_options(GetParam())), coded.bytes, {1, 1});
    ASSERT_TRUE(back.status.ok()) << back.status.to_string();
    EXPECT_TRUE(back.bytes.empty());
  }
}

TEST_P(EveryCoder, StopsBehindItsStreamAndLeavesWhatFollows) {
  if (!ends_itself()) {
    return;
  }
  const Bytes first = compressed(content(), quick_options(GetParam()));
  const Bytes second = compressed(to_bytes("the second one"), quick_options(GetParam()));
  Bytes both = first;
  both.insert(both.end(), second.begin(), second.end());
  const Bytes tail = to_bytes("and something else");
  both.insert(both.end(), tail.begin(), tail.end());
  const auto decoder = decompressor(reading_options(GetParam()));
  for (const Pieces pieces : {Pieces{1, 4096}, Pieces{4096, 100}, Pieces{1 << 20, 1 << 20}}) {
    ASSERT_TRUE(decoder->reset().ok());
    const Outcome one = feed(*decoder, both, pieces);
    ASSERT_TRUE(one.status.ok()) << one.status.to_string();
    EXPECT_TRUE(one.bytes == content());
    ASSERT_EQ(one.consumed, first.size());
    ASSERT_TRUE(decoder->reset().ok());
    const Outcome two = feed(*decoder, ByteSpan(both).subspan(one.consumed), pieces);
    ASSERT_TRUE(two.status.ok()) << two.status.to_string();
    EXPECT_TRUE(two.bytes == to_bytes("the second one"));
    EXPECT_EQ(two.consumed, second.size());
  }
}

TEST_P(EveryCoder, InputThatEndsEarlyIsTruncatedAtEveryByte) {
  if (!ends_itself()) {
    return;
  }
  const Bytes data = compressed(ByteSpan(content()).first(300), quick_options(GetParam()));
  const auto decoder = decompressor(reading_options(GetParam()));
  for (std::size_t kept = 16; kept < data.size(); kept += GetParam() == Format::kWarp ? 7 : 1) {
    ASSERT_TRUE(decoder->reset().ok());
    const Outcome cut = feed(*decoder, ByteSpan(data).first(kept), {50, 50});
    EXPECT_EQ(cut.status.code(), Code::kTruncated) << kept << ": " << cut.status.to_string();
  }
}

TEST_P(EveryCoder, DamageIsToldAndStaysUntilReset) {
  const Bytes data = compressed(ByteSpan(content()).first(20'000), quick_options(GetParam()));
  const auto decoder = decompressor(reading_options(GetParam()));
  Random random(3);
  int told = 0;
  for (int i = 0; i < 60; ++i) {
    Bytes hurt = data;
    hurt[20 + random.below(hurt.size() - 20)] ^= static_cast<std::byte>(1U << random.below(8));
    ASSERT_TRUE(decoder->reset().ok());
    const Outcome outcome = feed(*decoder, hurt, {3000, 3000});
    if (outcome.status.ok()) {
      EXPECT_TRUE(GetParam() == Format::kBrotli ||
                  std::ranges::equal(outcome.bytes, ByteSpan(content()).first(20'000)));
      continue;
    }
    ++told;
    const Code code = outcome.status.code();
    EXPECT_TRUE(is_damage(outcome.status) || code == Code::kUnsupported ||
                code == Code::kLimitExceeded || code == Code::kMissingResource)
        << outcome.status.to_string();
    EXPECT_EQ(decoder->step(data, {}, StreamMode::kRun).status().code(), code);
  }
  EXPECT_GT(told, GetParam() == Format::kBrotli ? 5 : 40);
  ASSERT_TRUE(decoder->reset().ok());
  EXPECT_TRUE(feed(*decoder, data).status.ok());
}

TEST_P(EveryCoder, CanBeGivenUpAndStartedAgainInTheMiddle) {
  const auto encoder = compressor(quick_options(GetParam()));
  const Bytes data = compressed(content(), quick_options(GetParam()));
  const auto decoder = decompressor(reading_options(GetParam()));
  Bytes room(100);
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(encoder->step(content(), room, StreamMode::kRun).ok());
    ASSERT_TRUE(encoder->reset().ok());
    ASSERT_TRUE(decoder->step(data, room, StreamMode::kRun).ok());
    ASSERT_TRUE(decoder->reset().ok());
  }
  const Outcome coded = feed(*encoder, content());
  EXPECT_TRUE(decompressed(coded.bytes, reading_options(GetParam())) == content());
  EXPECT_TRUE(feed(*decoder, data).bytes == content());
  // And dropped there.
  ASSERT_TRUE(encoder->reset().ok());
  ASSERT_TRUE(decoder->reset().ok());
  ASSERT_TRUE(encoder->step(content(), room, StreamMode::kRun).ok());
  ASSERT_TRUE(decoder->step(data, room, StreamMode::kRun).ok());
}

TEST_P(EveryCoder, AFlushMakesEverythingSoFarDecodable) {
  const auto encoder = compressor(quick_options(GetParam()));
  Bytes room(200'000);
  const ByteSpan part = ByteSpan(content()).first(50'000);
  const auto flushed = encoder->step(part, room, StreamMode::kFlush);
  const bool can =
      GetParam() != Format::kWarp && GetParam() != Format::kBzip2 && GetParam() != Format::kSnappy;
  if (!can) {
    EXPECT_EQ(flushed.status().code(), Code::kUnsupported);
    EXPECT_TRUE(feed(*encoder, part).status.ok()) << "asking must not break the coder";
    return;
  }
  ASSERT_TRUE(flushed.ok()) << flushed.status().to_string();
  EXPECT_EQ(flushed->consumed, part.size());
  ASSERT_EQ(flushed->state, StreamState::kNeedsInput);
  Bytes out(100'000);
  const auto decoder = decompressor(reading_options(GetParam()));
  const auto back = decoder->step(ByteSpan(room).first(flushed->produced), out, StreamMode::kRun);
  ASSERT_TRUE(back.ok()) << back.status().to_string();
  ASSERT_EQ(back->produced, part.size());
  EXPECT_TRUE(std::ranges::equal(ByteSpan(out).first(back->produced), part));
}

TEST_P(EveryCoder, OutputBeyondTheLimitFails) {
  const Bytes data = compressed(Bytes(1'000'000), quick_options(GetParam()));
  DecompressOptions options = reading_options(GetParam());
  options.max_output = 999'999;
  const Outcome over = feed(*decompressor(options), data, {100, 10'000});
  EXPECT_EQ(over.status.code(), Code::kLimitExceeded);
  EXPECT_LE(over.bytes.size(), 999'999U);
  options.max_output = 1'000'000;
  const auto decoder = decompressor(options);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(feed(*decoder, data, {100, 10'000}).bytes.size(), 1'000'000U);
    ASSERT_TRUE(decoder->reset().ok());
  }
}

TEST(Coder, MemoryBeyondTheLimitIsRefused) {
  CompressOptions strong;
  strong.format = Format::kXz;
  strong.level = 9;
  const Outcome coded = feed(*compressor(strong), content());  // a dictionary of 64 MiB
  DecompressOptions little;
  little.run.max_memory = 10 << 20U;
  EXPECT_EQ(feed(*decompressor(little), coded.bytes).status.code(), Code::kLimitExceeded);
  strong.run.max_memory = 100 << 20U;
  EXPECT_EQ(make_compressor(strong).status().code(), Code::kLimitExceeded);
  CompressOptions wide;
  wide.format = Format::kZstd;
  wide.settings.window_log = 27;
  const Outcome frame = feed(*compressor(wide), content());
  EXPECT_EQ(feed(*decompressor(little), frame.bytes).status.code(), Code::kLimitExceeded);
}

TEST(Coder, WhatHasNoCoderOfItsOwnIsHonouredAllTheSame) {
  std::vector<CompressOptions> wishes(8);
  wishes[0].format = Format::kGzip;
  wishes[0].level = 11;
  wishes[1].format = Format::kGzip;
  wishes[1].settings.name = "a name";
  wishes[2].format = Format::kZstd;
  wishes[2].settings.seekable = true;
  wishes[3].format = Format::kXz;
  wishes[3].level = 1;
  wishes[3].settings.block_size = 64 << 10U;
  wishes[4].format = Format::kLz4;
  wishes[4].settings.block_size = 64 << 10U;
  wishes[5].format = Format::kBrotli;
  wishes[5].level = 3;
  wishes[5].settings.block_size = 64 << 10U;
  wishes[6].metadata.emplace().name = "a name";
  wishes[7].format = Format::kZlib;
  wishes[7].level = 0;
  for (const auto& options : wishes) {
    const ByteSpan some = ByteSpan(content()).first(100'000);
    const Outcome coded = feed(*compressor(options), some, {5000, 5000});
    ASSERT_TRUE(coded.status.ok()) << coded.status.to_string();
    Bytes back;
    const auto source = memory_source(coded.bytes);
    const auto sink = memory_sink(back);
    const auto result = decompress(*source, *sink, reading_options(options.format));
    ASSERT_TRUE(result.ok()) << result.status().to_string();
    EXPECT_TRUE(std::ranges::equal(back, some));
    if (options.settings.name) {
      EXPECT_EQ(result->facts.name, options.settings.name);
    }
    if (options.metadata) {
      EXPECT_EQ(result->metadata, options.metadata);
    }
    if (options.format == Format::kXz) {
      EXPECT_GT(result->facts.blocks, 1U);
    }
  }
}

TEST(Coder, WishesThatCannotBeGrantedAreRefused) {
  CompressOptions options;
  options.format = Format::kBzip2;
  options.level = 10;
  EXPECT_EQ(make_compressor(options).status().code(), Code::kInvalidArgument);
  options.level = 9;
  options.settings.checksum = false;
  EXPECT_EQ(make_compressor(options).status().code(), Code::kInvalidArgument);
  DecompressOptions decode;
  decode.index_spacing = 1000;
  EXPECT_EQ(make_decompressor(decode).status().code(), Code::kInvalidArgument);
  decode = {};
  decode.keep_going = true;
  EXPECT_EQ(make_decompressor(decode).status().code(), Code::kInvalidArgument);
  decode = {};
  decode.format = Format::kXz;
  decode.dictionary = std::make_shared<const Bytes>(to_bytes("words"));
  EXPECT_EQ(make_decompressor(decode).status().code(), Code::kInvalidArgument);
}

TEST(Coder, ChecksAreWrittenAsWished) {
  for (const Format format : {Format::kZstd, Format::kLz4, Format::kXz}) {
    CompressOptions options = quick_options(format);
    const Outcome with = feed(*compressor(options), content());
    options.settings.checksum = false;
    const Outcome without = feed(*compressor(options), content());
    EXPECT_EQ(with.bytes.size() - without.bytes.size(), format == Format::kXz ? 8U : 4U)
        << name_of(format);
    EXPECT_TRUE(decompressed(without.bytes) == content());
  }
  CompressOptions sha = quick_options(Format::kXz);
  sha.settings.check = "sha256";
  const Outcome coded = feed(*compressor(sha), content());
  const auto source = memory_source(coded.bytes);
  const auto nowhere = null_sink();
  EXPECT_EQ(decompress(*source, *nowhere)->facts.check, "SHA-256");
}

TEST(Coder, NegativeLevelsAreFasterAndWeaker) {
  for (const Format format : {Format::kZstd, Format::kLz4}) {
    CompressOptions options = quick_options(format);
    const Outcome usual = feed(*compressor(options), content());
    options.level = -40;
    const Outcome weak = feed(*compressor(options), content());
    EXPECT_GT(weak.bytes.size(), usual.bytes.size());
    EXPECT_TRUE(decompressed(weak.bytes) == content());
  }
}

TEST(Coder, ADictionaryIsUsedBothWays) {
  const auto words = std::make_shared<const Bytes>(text_bytes(20'000, 77));
  const Bytes small(words->begin() + 5000, words->begin() + 6000);
  for (const Format format : {Format::kZstd, Format::kLz4}) {
    CompressOptions options = quick_options(format);
    const Outcome without = feed(*compressor(options), small);
    options.settings.dictionary = words;
    const Outcome coded = feed(*compressor(options), small);
    ASSERT_TRUE(coded.status.ok()) << coded.status.to_string();
    EXPECT_LT(coded.bytes.size(), without.bytes.size() / 2) << name_of(format);
    DecompressOptions decode;
    decode.format = format;
    decode.dictionary = words;
    EXPECT_TRUE(feed(*decompressor(decode), coded.bytes, {7, 7}).bytes == small);
    decode.dictionary = nullptr;
    EXPECT_FALSE(feed(*decompressor(decode), coded.bytes).bytes == small);
  }
}

TEST(Coder, PassesOverSkippableFrames) {
  const Bytes skippable = {std::byte{0x5A}, std::byte{0x2A}, std::byte{0x4D}, std::byte{0x18},
                           std::byte{3},    std::byte{0},    std::byte{0},    std::byte{0},
                           std::byte{1},    std::byte{2},    std::byte{3}};
  for (const Format format : {Format::kZstd, Format::kLz4}) {
    Bytes data = skippable;
    data.insert(data.end(), skippable.begin(), skippable.end());
    const Bytes frame = compressed(content(), quick_options(format));
    data.insert(data.end(), frame.begin(), frame.end());
    DecompressOptions options;
    options.format = format;
    for (const Pieces pieces : {Pieces{1, 5000}, Pieces{1 << 20, 1 << 20}}) {
      const Outcome back = feed(*decompressor(options), data, pieces);
      ASSERT_TRUE(back.status.ok()) << name_of(format) << back.status.to_string();
      EXPECT_TRUE(back.bytes == content());
      EXPECT_EQ(back.consumed, data.size());
      const Outcome none = feed(*decompressor(options), skippable, pieces);
      EXPECT_TRUE(none.status.ok()) << none.status.to_string();
      EXPECT_EQ(none.consumed, skippable.size());
    }
  }
}

TEST(Coder, TheFirstBytesTellTheFormat) {
  const auto decoder = decompressor({});
  for (const Format format : {Format::kWarp, Format::kGzip, Format::kZlib, Format::kZstd,
                              Format::kLz4, Format::kXz, Format::kBzip2, Format::kSnappy}) {
    const Bytes data = compressed(to_bytes("x"), quick_options(format));
    for (const Pieces pieces : {Pieces{1, 1}, Pieces{1 << 20, 1 << 20}}) {
      const Outcome back = feed(*decoder, data, pieces);
      ASSERT_TRUE(back.status.ok()) << name_of(format) << back.status.to_string();
      EXPECT_TRUE(back.bytes == to_bytes("x"));
      ASSERT_TRUE(decoder->reset().ok());
    }
  }
  EXPECT_EQ(feed(*decoder, to_bytes("no format at all, this")).status.code(), Code::kUnsupported);
  ASSERT_TRUE(decoder->reset().ok());
  EXPECT_EQ(feed(*decoder, {}).status.code(), Code::kTruncated);
}

TEST(Coder, CancellingStopsIt) {
  CancelToken cancel;
  CompressOptions options = quick_options(Format::kZstd);
  options.run.cancel = &cancel;
  const auto encoder = compressor(options);
  Bytes room(100);
  ASSERT_TRUE(encoder->step(content(), room, StreamMode::kRun).ok());
  cancel.cancel();
  EXPECT_EQ(encoder->step(content(), room, StreamMode::kRun).status().code(), Code::kCancelled);
}

TEST(Coder, AgreesWithTheStockTools) {
  const std::vector<std::pair<Format, std::string>> tools = {
      {Format::kGzip, "gzip"}, {Format::kZstd, "zstd"},   {Format::kLz4, "lz4"},
      {Format::kXz, "xz"},     {Format::kBzip2, "bzip2"}, {Format::kBrotli, "brotli"}};
  int judges = 0;
  for (const auto& [format, tool] : tools) {
    if (!have_tool(tool)) {
      continue;
    }
    ++judges;
    const Outcome coded = feed(*compressor(quick_options(format)), content(), {3000, 3000});
    EXPECT_TRUE(run_tool({tool, "-dc"}, coded.bytes) == content()) << tool;
    const Bytes theirs = run_tool({tool, "-c", "-3"}, content());
    const Outcome back = feed(*decompressor(reading_options(format)), theirs, {3000, 3000});
    EXPECT_TRUE(back.bytes == content()) << tool << back.status.to_string();
  }
  if (judges == 0) {
    GTEST_SKIP() << "no stock tool is here";
  }
}

TEST(Coder, ReadsTheOlderLzmaFiles) {
  if (!have_tool("xz")) {
    GTEST_SKIP() << "no xz is here";
  }
  const Bytes data = run_tool({"xz", "-c", "--format=lzma", "-1"}, content());
  for (const Pieces pieces : {Pieces{1, 4096}, Pieces{1 << 20, 1 << 20}}) {
    const Outcome back = feed(*decompressor({}), data, pieces);
    EXPECT_TRUE(back.bytes == content()) << back.status.to_string();
  }
}

TEST(Coder, ReadsAZlibStreamWithAPresetDictionary) {
  if (!have_python("zlib")) {
    GTEST_SKIP() << "no python3 is here";
  }
  const Bytes words = text_bytes(5000, 77);
  Bytes input = words;
  input.insert(input.end(), words.begin(), words.begin() + 2000);
  const Bytes data = run_tool({"python3", "-c",
                               "import sys, zlib\n"
                               "d = sys.stdin.buffer.read()\n"
                               "c = zlib.compressobj(zdict=d[:5000])\n"
                               "sys.stdout.buffer.write(c.compress(d[5000:]) + c.flush())"},
                              input);
  DecompressOptions options;
  options.format = Format::kZlib;
  EXPECT_EQ(feed(*decompressor(options), data).status.code(), Code::kMissingResource);
  options.dictionary = std::make_shared<const Bytes>(words);
  const auto decoder = decompressor(options);
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(feed(*decoder, data, {10, 10}).bytes == Bytes(words.begin(), words.begin() + 2000));
    ASSERT_TRUE(decoder->reset().ok());
  }
  options.dictionary = std::make_shared<const Bytes>(to_bytes("other words"));
  EXPECT_EQ(feed(*decompressor(options), data).status.code(), Code::kMissingResource);
}

}  // namespace
}  // namespace kompakt::testing
