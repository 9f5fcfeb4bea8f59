// Promises that hold for every stream format, through the public calls.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "format/format.hpp"
#include "kompakt/stream.hpp"
#include "ordered_ends.hpp"
#include "test_data.hpp"

namespace kompakt::testing {
namespace {

constexpr std::size_t kLarge = kSanitized ? 700'000 : 3'000'000;

/// Strong levels of some formats would make these tests slow and prove nothing more.
std::optional<int> quick_level(Format format) {
  const FormatInfo& info = format_info(format);
  if (info.min_level == info.max_level) {
    return std::nullopt;
  }
  return format == Format::kBrotli ? 4 : 1;
}

CompressOptions encode_options(Format format, unsigned threads) {
  CompressOptions options;
  options.format = format;
  options.level = quick_level(format);
  options.run.threads = threads;
  return options;
}

DecompressOptions decode_options(Format format, unsigned threads) {
  DecompressOptions options;
  if (format == Format::kBrotli) {
    options.format = format;  // nothing marks it
  }
  options.run.threads = threads;
  return options;
}

Bytes compressed(ByteSpan content, const CompressOptions& options, bool piped = false) {
  Bytes out;
  const auto file = memory_source(content);
  OrderedSource pipe(content);
  const auto sink = memory_sink(out);
  OrderedSink ordered(out);
  const auto result = compress(piped ? static_cast<Source&>(pipe) : *file,
                               piped ? static_cast<Sink&>(ordered) : *sink, options);
  EXPECT_TRUE(result.ok()) << result.status().to_string();
  if (result.ok()) {
    EXPECT_EQ(result->bytes_in, content.size());
    EXPECT_EQ(result->bytes_out, out.size());
  }
  return out;
}

/// Content that came out, and how it ended.
struct Decoded {
  Bytes content;
  Result<StreamResult> result = Status(Code::kInternal, "not run");
};

Decoded decompressed(ByteSpan input, const DecompressOptions& options, bool piped = false) {
  Decoded out;
  const auto file = memory_source(input);
  OrderedSource pipe(input);
  const auto sink = memory_sink(out.content);
  OrderedSink ordered(out.content);
  out.result = decompress(piped ? static_cast<Source&>(pipe) : *file,
                          piped ? static_cast<Sink&>(ordered) : *sink, options);
  return out;
}

class EveryFormat : public ::testing::TestWithParam<Format> {
 protected:
  [[nodiscard]] Format format() const { return GetParam(); }
};

std::vector<Format> stream_formats() {
  std::vector<Format> formats;
  for (const auto& info : all_formats()) {
    if (info.id != Format::kWarp) {
      formats.push_back(info.id);
    }
  }
  return formats;
}

TEST_P(EveryFormat, ContentOfAnySizeComesBackFromFilesAndPipes) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{13},
                                 std::size_t{65'536}, std::size_t{65'537}, kLarge}) {
    const Bytes content = size % 2 == 0 ? text_bytes(size) : random_bytes(size);
    for (const bool piped : {false, true}) {
      const Bytes packed = compressed(content, encode_options(format(), 2), piped);
      if (format() != Format::kBrotli) {
        EXPECT_EQ(detect_format(ByteSpan(packed).first(std::min<std::size_t>(16, packed.size()))),
                  format());
      }
      const Decoded back = decompressed(packed, decode_options(format(), 2), piped);
      ASSERT_TRUE(back.result.ok()) << size << ": " << back.result.status().to_string();
      EXPECT_EQ(back.content, content) << size;
      EXPECT_EQ(back.result->format, format());
      EXPECT_EQ(back.result->bytes_out, content.size());
      EXPECT_TRUE(back.result->facts.warnings.empty());
    }
  }
}

TEST_P(EveryFormat, BytesAndContentAreTheSameForAnyNumberOfThreads) {
  const Bytes content = text_bytes(kLarge);
  const Bytes packed = compressed(content, encode_options(format(), 1));
  for (const unsigned threads : {2U, 3U, 8U, 32U}) {
    EXPECT_EQ(compressed(content, encode_options(format(), threads)), packed) << threads;
    const Decoded back = decompressed(packed, decode_options(format(), threads), threads == 3);
    ASSERT_TRUE(back.result.ok()) << threads << ": " << back.result.status().to_string();
    EXPECT_EQ(back.content, content) << threads;
  }
}

TEST_P(EveryFormat, TruncationIsAnErrorWhereverTheCutIs) {
  const Bytes packed = compressed(text_bytes(1200), encode_options(format(), 1));
  for (std::size_t size = 0; size < packed.size(); ++size) {
    const bool piped = size % 2 == 0;
    const auto cut = ByteSpan(packed).first(size);
    const Decoded back = decompressed(cut, decode_options(format(), 2), piped);
    // Snappy's framing has no end mark: a cut between two chunks leaves a complete stream.
    if (back.result.ok() && format() == Format::kSnappy) {
      continue;
    }
    ASSERT_FALSE(back.result.ok()) << size << " of " << packed.size();
    EXPECT_NE(back.result.status().code(), Code::kInternal) << size;
  }
}

TEST_P(EveryFormat, OutputLimitHoldsForFilesAndPipes) {
  const Bytes packed = compressed(Bytes(kLarge), encode_options(format(), 2));
  for (const bool piped : {false, true}) {
    DecompressOptions options = decode_options(format(), 2);
    options.max_output = kLarge - 1;
    const Decoded back = decompressed(packed, options, piped);
    ASSERT_FALSE(back.result.ok());
    EXPECT_EQ(back.result.status().code(), Code::kLimitExceeded);
    EXPECT_LE(back.content.size(), kLarge - 1);
    options.max_output = kLarge;
    EXPECT_TRUE(decompressed(packed, options, piped).result.ok());
  }
}

TEST_P(EveryFormat, FlippedBitsAreReportedOrHarmless) {
  const Bytes content = text_bytes(900);
  const Bytes packed = compressed(content, encode_options(format(), 1));
  for (std::size_t bit = 0; bit < packed.size() * 8; bit += kSanitized ? 7 : 3) {
    Bytes bad = packed;
    bad[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
    DecompressOptions options = decode_options(format(), 2);
    options.format = format();
    options.run.max_memory = 256 * kMiB;
    const Decoded back = decompressed(bad, options);
    if (back.result.ok()) {
      // Brotli carries no checksum, so that damage may decode to something else; and one bit turns
      // a chunk of Snappy's framing into one that readers must skip.
      EXPECT_TRUE(format() == Format::kBrotli || format() == Format::kSnappy ||
                  back.content == content)
          << "bit " << bit;
    } else {
      EXPECT_NE(back.result.status().code(), Code::kInternal) << "bit " << bit;
    }
  }
}

TEST_P(EveryFormat, InspectionKnowsTheContentSize) {
  const Bytes content = text_bytes(200'000);
  const Bytes packed = compressed(content, encode_options(format(), 2));
  const auto source = memory_source(packed);
  const auto facts = inspect_stream(*source, decode_options(format(), 2));
  ASSERT_TRUE(facts.ok()) << facts.status().to_string();
  EXPECT_EQ(facts->bytes_in, packed.size());
  EXPECT_EQ(facts->bytes_out, content.size());
  EXPECT_GE(facts->facts.streams, 1U);
}

TEST_P(EveryFormat, RangesAreThatPartOfTheContentWithAnyIndexOrNone) {
  const Bytes content = text_bytes(kLarge);
  const Bytes packed = compressed(content, encode_options(format(), 2));
  const auto source = memory_source(packed);
  DecompressOptions options = decode_options(format(), 2);
  options.index_spacing = 100'000;
  options.index_lines = true;
  const Decoded whole = decompressed(packed, options);
  ASSERT_TRUE(whole.result.ok()) << whole.result.status().to_string();
  ASSERT_EQ(whole.content, content);
  const auto& index = whole.result->index;
  options.index_spacing = 0;
  if (index) {
    EXPECT_EQ(index->content_size, content.size());
    ASSERT_TRUE(check_seek_index(*index, *source).ok());
    ASSERT_TRUE(decode_seek_index(*encode_seek_index(*index)).ok());
  }
  Random random(7);
  for (int turn = 0; turn < 12; ++turn) {
    const std::size_t offset = turn == 0 ? 0 : random.below(content.size());
    const std::size_t length = turn == 1 ? content.size() : 1 + random.below(200'000);
    const auto wanted =
        ByteSpan(content).subspan(offset, std::min(length, content.size() - offset));
    for (const SeekIndex* used :
         {static_cast<const SeekIndex*>(nullptr), index ? &*index : nullptr}) {
      Bytes out;
      const auto sink = memory_sink(out);
      const auto result = decompress_range(*source, *sink, offset, length, options, used);
      ASSERT_TRUE(result.ok()) << result.status().to_string();
      EXPECT_EQ(result->bytes_out, out.size());
      ASSERT_TRUE(std::equal(out.begin(), out.end(), wanted.begin(), wanted.end()))
          << offset << '+' << length << (used != nullptr ? " by index" : "");
    }
  }
  Bytes out;
  const auto sink = memory_sink(out);
  EXPECT_EQ(
      decompress_range(*source, *sink, content.size() + 1, 1, options, index ? &*index : nullptr)
          .status()
          .code(),
      Code::kInvalidArgument);
}

/// Lines of many lengths, some empty; the last has no newline.
Bytes lines_of_text(std::size_t count) {
  Random random(11);
  std::string text;
  for (std::size_t i = 0; i < count; ++i) {
    text += std::to_string(i) + std::string(random.below(80), 'a') + (i % 7 == 0 ? "\n" : "\n\n");
  }
  return to_bytes(text + "end");
}

Bytes some_lines(const Bytes& content, std::size_t first, std::size_t last) {
  const std::byte* begin = nullptr;
  const std::byte* at = content.data();
  const std::byte* const end = at + content.size();
  for (std::size_t line = 1; at != end && line <= last; ++line) {
    begin = line == first ? at : begin;
    const void* const newline = std::memchr(at, '\n', static_cast<std::size_t>(end - at));
    at = newline == nullptr ? end : static_cast<const std::byte*>(newline) + 1;
  }
  return begin == nullptr ? Bytes() : Bytes(begin, at);
}

TEST_P(EveryFormat, LinesAreThoseLinesWithAnyIndexOrNone) {
  const Bytes content = lines_of_text(8'000);
  const auto total = static_cast<std::size_t>(newlines_in(content)) + 1;
  const Bytes packed = compressed(content, encode_options(format(), 2));
  const auto source = memory_source(packed);
  DecompressOptions options = decode_options(format(), 2);
  options.index_spacing = 70'000;
  options.index_lines = true;
  const Decoded whole = decompressed(packed, options);
  ASSERT_TRUE(whole.result.ok());
  const auto& index = whole.result->index;
  if (index) {
    ASSERT_TRUE(index->has_lines);
    EXPECT_EQ(index->lines, total - 1);
  }
  options.index_spacing = 0;
  for (const auto& [first, last] :
       {std::pair{std::size_t{1}, std::size_t{1}}, std::pair{std::size_t{2}, std::size_t{9}},
        std::pair{total / 2, total / 2 + 500}, std::pair{total - 1, total},
        std::pair{total, total + 100}}) {
    const Bytes wanted = some_lines(content, first, last);
    for (const SeekIndex* used :
         {static_cast<const SeekIndex*>(nullptr), index ? &*index : nullptr}) {
      Bytes out;
      const auto sink = memory_sink(out);
      const auto result = decompress_lines(*source, *sink, first, last, options, used);
      ASSERT_TRUE(result.ok()) << result.status().to_string();
      EXPECT_EQ(out, wanted) << first << '-' << last;
    }
  }
  Bytes out;
  const auto sink = memory_sink(out);
  EXPECT_EQ(decompress_lines(*source, *sink, total + 1, total + 2, options).status().code(),
            Code::kInvalidArgument);
}

TEST_P(EveryFormat, ConvertsFromAndToEveryOtherFormat) {
  const Bytes content = text_bytes(kLarge / 4);
  const Bytes packed = compressed(content, encode_options(format(), 2));
  for (const auto& info : all_formats()) {
    const auto source = memory_source(packed);
    Bytes converted;
    const auto sink = memory_sink(converted);
    const auto result =
        convert(*source, *sink, encode_options(info.id, 2), decode_options(format(), 2));
    ASSERT_TRUE(result.ok()) << info.name << ": " << result.status().to_string();
    EXPECT_EQ(result->decoded.bytes_out, content.size());
    EXPECT_EQ(result->encoded.bytes_in, content.size());
    const Decoded back = decompressed(converted, decode_options(info.id, 2));
    ASSERT_TRUE(back.result.ok()) << info.name << ": " << back.result.status().to_string();
    EXPECT_EQ(back.content, content) << info.name;
  }
}

TEST_P(EveryFormat, ConversionOfDamagedInputFailsWithTheDecodersReason) {
  Bytes packed = compressed(text_bytes(kLarge), encode_options(format(), 2));
  packed.resize(packed.size() / 2);
  if (format() == Format::kSnappy) {
    packed.resize(packed.size() - 1);  // surely inside a chunk or right behind its first bytes
  }
  const auto source = memory_source(packed);
  Bytes converted;
  const auto sink = memory_sink(converted);
  const auto result =
      convert(*source, *sink, encode_options(Format::kZstd, 2), decode_options(format(), 2));
  ASSERT_FALSE(result.ok());
  EXPECT_TRUE(result.status().code() == Code::kTruncated ||
              result.status().code() == Code::kCorrupt)
      << result.status().to_string();
}

TEST_P(EveryFormat, ConversionWhoseOutputFailsStopsWithThatReason) {
  class FullSink final : public Sink {
   public:
    Status write(ByteSpan /*bytes*/) override { return {Code::kIo, "no space left"}; }
  };
  const Bytes packed = compressed(random_bytes(kLarge), encode_options(format(), 2));
  const auto source = memory_source(packed);
  FullSink sink;
  const auto result =
      convert(*source, sink, encode_options(Format::kLz4, 2), decode_options(format(), 2));
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.status().code(), Code::kIo) << result.status().to_string();
}

TEST_P(EveryFormat, LevelsOutsideTheScaleAreRefused) {
  const FormatInfo& info = format_info(format());
  for (const int level : {info.min_level - 1, info.max_level + 1}) {
    CompressOptions options = encode_options(format(), 1);
    options.level = level;
    Bytes out;
    const auto source = memory_source({});
    const auto sink = memory_sink(out);
    EXPECT_EQ(compress(*source, *sink, options).status().code(), Code::kInvalidArgument) << level;
  }
}

INSTANTIATE_TEST_SUITE_P(Formats, EveryFormat, ::testing::ValuesIn(stream_formats()),
                         [](const auto& param) {
                           return std::string(format_info(param.param).name);
                         });

TEST(FormatTable, NamesSuffixesAndNumbersAreUnique) {
  for (const auto& info : all_formats()) {
    EXPECT_EQ(find_format(info.name), info.id);
    EXPECT_EQ(find_format(info.suffix.substr(1)), info.id);
    EXPECT_EQ(&format_info(info.id), &format_info(*find_format(info.name)));
    EXPECT_GE(info.default_level, info.min_level);
    EXPECT_LE(info.default_level, info.max_level);
  }
  EXPECT_FALSE(find_format("gzipp"));
  EXPECT_FALSE(detect_format(to_bytes("plain text, no format")));
  EXPECT_FALSE(detect_format({}));
}

}  // namespace
}  // namespace kompakt::testing
