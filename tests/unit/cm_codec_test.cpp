#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include "codec/cm/block_layout.hpp"
#include "codec/cm/filters.hpp"
#include "codec/cm/plan.hpp"
#include "core/parts.hpp"
#include "kompakt/codec.hpp"
#include "test_data.hpp"

namespace kompakt {
namespace {

using cm::Depth;
using cm::Filter;
using cm::Method;
using testing::fnv1a;
using testing::to_bytes;

// A log whose lines repeat with other numbers.
std::vector<std::byte> log_lines(std::size_t size) {
  std::string text;
  for (unsigned i = 0; text.size() < size; ++i) {
    text += "2026-03-" + std::to_string(10 + i % 20) + " 12:" + std::to_string(10 + i * 7 % 50) +
            " host service[" + std::to_string(i * i % 997) + "]: request " + std::to_string(i) +
            " finished in " + std::to_string(i * 37 % 211) + " ms\n";
  }
  text.resize(size);
  return to_bytes(text);
}

// A 16-bit picture, low byte first: a dome with some noise, rows of `width` samples.
std::vector<std::byte> picture(std::size_t width, std::size_t rows) {
  std::vector<std::byte> bytes;
  std::uint32_t noise = 1;
  for (std::size_t y = 0; y < rows; ++y) {
    for (std::size_t x = 0; x < width; ++x) {
      noise = noise * 1664525 + 1013904223;
      const std::size_t dx = x > width / 2 ? x - width / 2 : width / 2 - x;
      const std::size_t dy = y > rows / 2 ? y - rows / 2 : rows / 2 - y;
      const std::size_t value = 3000 - (dx * dx + dy * dy) / 40 + (noise >> 27U);
      bytes.push_back(static_cast<std::byte>(value));
      bytes.push_back(static_cast<std::byte>(value >> 8U));
    }
  }
  return bytes;
}

std::vector<std::byte> encoded(ByteSpan in, std::string_view spec) {
  const auto parsed = parse_codec_spec(spec);
  EXPECT_TRUE(parsed.ok());
  auto encoder = parsed->codec->make_encoder(parsed->options);
  std::vector<std::byte> out(parsed->codec->max_encoded_size(in.size()));
  const auto size = (*encoder)->encode(in, out);
  EXPECT_TRUE(size.ok() && size->has_value());
  out.resize(size->value_or(0));
  return out;
}

Result<std::vector<std::byte>> decoded(ByteSpan in, std::size_t size, Limits limits = {}) {
  auto decoder = find_codec("cm")->make_decoder({}, limits);
  std::vector<std::byte> out(size);
  const auto produced = (*decoder)->decode(in, out);
  if (!produced.ok()) {
    return produced.status();
  }
  out.resize(*produced);
  return out;
}

TEST(CmCodec, KindsOfDataBecomeStreams) {
  std::vector<std::byte> block = log_lines(400'000);
  const std::vector<std::byte> raster = picture(512, 300);
  block.insert(block.end(), raster.begin(), raster.end());
  const cm::Plan plan = cm::make_plan(block, {.depth = Depth::kMedium});
  std::size_t text = 0;
  std::size_t pictures = 0;
  for (const cm::Stream& stream : plan.streams) {
    text += stream.settings.model == MixModel::kText ? stream.size : 0;
    if (stream.settings.model == MixModel::kRaster && stream.settings.stride == 1024) {
      pictures += stream.size;
    }
  }
  EXPECT_GT(text, 300'000U);
  EXPECT_GT(pictures, 200'000U);
}

// `size` bytes of records of `length` bytes: a number, a flag now and then, the rest as before.
std::vector<std::byte> records(std::size_t length, std::size_t size) {
  testing::Random random(length);
  std::vector<std::byte> record(length, std::byte{0x20});
  std::vector<std::byte> bytes;
  for (std::uint32_t number = 0; bytes.size() < size; ++number) {
    for (std::size_t i = 0; i < 4; ++i) {
      record[i] = static_cast<std::byte>(number >> (8 * i));
    }
    record[length / 2] = static_cast<std::byte>(random.below(200));
    record[length - 1] = static_cast<std::byte>(random.below(3));
    bytes.insert(bytes.end(), record.begin(), record.end());
  }
  bytes.resize(size);
  return bytes;
}

TEST(CmCodec, RecordsOfAnyLengthAreOneStream) {
  std::vector<std::byte> block = records(24, 200'000);
  const std::vector<std::byte> longer = records(60, 200'000);
  block.insert(block.end(), longer.begin(), longer.end());
  const cm::Plan plan = cm::make_plan(block, {.depth = Depth::kMedium});
  ASSERT_EQ(plan.streams.size(), 1U);
  std::vector<std::uint32_t> strides;
  for (const cm::Region& region : plan.regions) {
    strides.push_back(region.stride);
  }
  EXPECT_TRUE(std::ranges::find(strides, 24U) != strides.end());
  EXPECT_TRUE(std::ranges::find(strides, 60U) != strides.end());

  const std::vector<std::byte> coded = encoded(block, "cm");
  EXPECT_LE(coded.size(), encoded(block, "cm:version=1").size());
  const auto back = decoded(coded, block.size());
  ASSERT_TRUE(back.ok()) << back.status().message();
  EXPECT_TRUE(std::ranges::equal(*back, block));
}

// The shared stream needs no long region to learn what a stride is worth.
TEST(CmCodec, SmallTablesTakeTheirStrideWhereItPays) {
  const std::vector<std::byte> block = records(24, 90'000);
  const auto has_stride = [](const cm::Region& region) { return region.stride == 24; };
  const auto strides = [&](cm::Version version) {
    const cm::Plan plan = cm::make_plan(block, {.depth = Depth::kMedium, .version = version});
    return std::ranges::any_of(plan.regions, has_stride);
  };
  EXPECT_TRUE(strides(cm::kNewest));
  EXPECT_FALSE(strides(cm::Version::kOne));
}

TEST(CmCodec, WordsAreReplacedInProse) {
  testing::Random random(5);
  const std::string_view words[] = {"the ",    "river ", "ran ",    "under ", "an ",    "old ",
                                    "bridge ", "and ",   "nobody ", "knew ",  "where ", "from, "};
  std::string prose;
  std::string table;
  for (unsigned i = 0; prose.size() < 300'000; ++i) {
    prose += words[random.below(12)];
    prose += i % 12 == 0 ? "\n" : "";
    table += "{\"" + std::string(words[random.below(12)]) + "\": [" + std::to_string(i) + "]},\n";
  }
  const auto filter = [](const std::string& text) {
    const std::vector<std::byte> bytes = to_bytes(text);
    return cm::make_plan(bytes, {.depth = Depth::kMedium}).streams.at(0).filter;
  };
  EXPECT_EQ(filter(prose), Filter::kWords);
  EXPECT_EQ(filter(table), Filter::kNone);
}

TEST(CmCodec, LargeTextIsSortedWhereLittleIsSpent) {
  const std::vector<std::byte> block = log_lines(400'000);
  EXPECT_EQ(cm::make_plan(block, {.depth = Depth::kSorted}).streams.at(0).method, Method::kSorted);
  EXPECT_EQ(cm::make_plan(block, {.depth = Depth::kFast}).streams.at(0).method, Method::kSorted);
  EXPECT_EQ(cm::make_plan(block, {.depth = Depth::kMedium}).streams.at(0).method, Method::kMixed);
}

TEST(CmCodec, MixedBlocksComeBack) {
  std::vector<std::byte> block = log_lines(100'000);
  const std::vector<std::byte> raster = picture(256, 300);
  block.insert(block.end(), raster.begin(), raster.end());
  for (const char* spec :
       {"cm:depth=sorted", "cm:depth=fast", "cm", "cm:version=1", "cm:version=2"}) {
    const std::vector<std::byte> coded = encoded(block, spec);
    EXPECT_LT(coded.size(), block.size() / 3) << spec;
    const auto back = decoded(coded, block.size());
    ASSERT_TRUE(back.ok()) << spec << back.status().message();
    EXPECT_TRUE(std::ranges::equal(*back, block)) << spec;
  }
}

// Streams of several regions and of one, with filters of both sorts, by one encoder and one decoder
// after the other.
TEST(CmCodec, BlocksOfManyRegionsComeBackOneAfterTheOther) {
  const std::vector<std::byte> text = log_lines(262'144);
  const std::vector<std::byte> raster = picture(256, 300);
  std::vector<std::byte> apart = text;
  apart.insert(apart.end(), raster.begin(), raster.end());
  apart.insert(apart.end(), text.begin(), text.end());
  const auto parsed = parse_codec_spec("cm:depth=fast");
  ASSERT_TRUE(parsed.ok());
  const auto encoder = parsed->codec->make_encoder(parsed->options);
  const auto decoder = parsed->codec->make_decoder({}, {});
  for (const std::vector<std::byte>& block : {apart, text}) {
    std::vector<std::byte> coded(parsed->codec->max_encoded_size(block.size()));
    const auto size = (*encoder)->encode(block, coded);
    ASSERT_TRUE(size.ok() && size->has_value());
    std::vector<std::byte> back(block.size());
    const auto produced = (*decoder)->decode(ByteSpan(coded).first(**size), back);
    ASSERT_TRUE(produced.ok()) << produced.status().message();
    EXPECT_EQ(*produced, block.size());
    EXPECT_TRUE(back == block);
  }
}

struct Golden {
  const char* spec;
  std::size_t picture_size;  // of a picture's first bytes; kText: of log lines
  std::uint64_t hash;
};
constexpr std::size_t kText = 0;
constexpr std::size_t kPicture = 153'600;

// The bytes of a version never change: another model is another version.
constexpr Golden kGolden[] = {
    // NOLINT(modernize-avoid-c-arrays): a plain table
    {"cm:depth=sorted,version=1", kText, 8425527913354871449U},
    {"cm:depth=fast,version=1", kText, 8215088900049922762U},
    {"cm:depth=medium,version=1", kText, 2822669240029731180U},
    {"cm:depth=strong,version=1", kText, 4311962508498784648U},
    {"cm:depth=strongest,version=1", kText, 5908181449751740951U},
    {"cm:depth=fast,version=1", kPicture, 1863660883251444832U},
    {"cm:depth=strongest,version=1", 20'000, 894912905425741788U},
    {"cm:depth=sorted,version=2", kText, 12845149015844669921U},
    {"cm:depth=fast,version=2", kText, 9189764068397172601U},
    {"cm:depth=medium,version=2", kText, 3552062260144793823U},
    {"cm:depth=strong,version=2", kText, 5526313355141580907U},
    {"cm:depth=strongest,version=2", kText, 7869640441843989642U},
    {"cm:depth=fast,version=2", kPicture, 10976059656868147412U},
    {"cm:depth=strongest,version=2", 20'000, 11130514796776546224U},
    {"cm", kText, 3620592854306185162U},
    {"cm", 20'000, 2528304266143342541U},
};

TEST(CmCodec, EncodingsNeverChange) {
  const std::vector<std::byte> lines = log_lines(3'000);
  const std::vector<std::byte> raster = picture(256, 300);
  for (const Golden& golden : kGolden) {
    const ByteSpan in = golden.picture_size == kText ? ByteSpan(lines)
                                                     : ByteSpan(raster).first(golden.picture_size);
    EXPECT_EQ(fnv1a(encoded(in, golden.spec)), golden.hash)
        << golden.spec << ", " << golden.picture_size;
  }
}

TEST(CmCodec, FromVersionTwoToThreeOnlyTheMediumDepthChanged) {
  std::vector<std::byte> two = encoded(log_lines(3'000), "cm:depth=fast,version=2");
  two[0] ^= std::byte{0x60};
  EXPECT_TRUE(std::ranges::equal(two, encoded(log_lines(3'000), "cm:depth=fast")));
}

/// Each part in a thread of its own, all at once.
class AllAtOnce final : public PartRunner {
 public:
  void run(std::size_t count, const Part& part) override {
    most_ = std::max(most_, count);
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < count; ++i) {
      threads.emplace_back([&part, i] { part(i, static_cast<unsigned>(i)); });
    }
    for (std::thread& thread : threads) {
      thread.join();
    }
  }
  [[nodiscard]] unsigned lanes() const noexcept override { return 32; }
  [[nodiscard]] std::size_t most() const { return most_; }

 private:
  std::size_t most_ = 0;
};

TEST(CmCodec, StreamsAtTheSameTimeGiveTheSameBytes) {
  std::vector<std::byte> block = log_lines(262'144);
  for (const auto& more : {picture(256, 300), records(20, 140'000)}) {
    block.insert(block.end(), more.begin(), more.end());
  }
  for (const char* spec : {"cm:depth=sorted", "cm:depth=fast", "cm"}) {
    const std::vector<std::byte> alone = encoded(block, spec);
    AllAtOnce threads;
    const PartScope scope(threads);
    EXPECT_TRUE(encoded(block, spec) == alone) << spec;
    const auto back = decoded(alone, block.size());
    ASSERT_TRUE(back.ok()) << spec << back.status().message();
    EXPECT_TRUE(*back == block) << spec;
    EXPECT_GE(threads.most(), 2U);
  }
}

TEST(CmCodec, PrimingHelpsSmallText) {
  const std::string text =
      "#include <stdio.h>\n\nint main(int argc, char **argv) {\n  for (int i = 1; i < argc; i++) "
      "{\n    printf(\"%s\\n\", argv[i]);\n  }\n  return 0;\n}\n";
  const std::vector<std::byte> coded = encoded(to_bytes(text), "cm");
  EXPECT_LT(coded.size(), text.size() / 2);
  const auto back = decoded(coded, text.size());
  ASSERT_TRUE(back.ok());
  EXPECT_TRUE(std::ranges::equal(*back, to_bytes(text)));
}

TEST(CmCodec, FiltersAreTakenBack) {
  const std::vector<std::byte> content = log_lines(70'001);
  for (unsigned i = 0; i < cm::kFilters; ++i) {
    cm::StreamBytes data{.bytes = content};
    if (cm::apply_filter(static_cast<Filter>(i), data)) {
      std::vector<std::byte> filtered(data.bytes.begin(), data.bytes.end());
      std::vector<std::byte> out(content.size());
      ASSERT_TRUE(cm::undo_filter(static_cast<Filter>(i), filtered, out).ok()) << i;
      EXPECT_EQ(out, content) << i;
    }
  }
}

TEST(CmCodec, HeadersThatContradictThemselvesAreRefused) {
  cm::BlockHeader header;
  cm::CodedStream stream;
  stream.stream.size = 10;
  stream.filtered_size = 10;
  stream.payload_size = 5;
  header.streams = {stream};
  header.regions = {{.stream = 0, .size = 10}};
  const std::vector<std::byte> good = cm::store_header(header);
  ByteSpan in = good;
  EXPECT_TRUE(cm::load_header(in).ok());
  EXPECT_TRUE(in.empty());

  header.streams[0].filtered_size = 11;
  const std::vector<std::byte> longer = cm::store_header(header);
  in = longer;
  EXPECT_EQ(cm::load_header(in).status().code(), Code::kCorrupt);

  // The last three bytes are those of the region: stream, size, stride.
  std::vector<std::byte> stray = good;
  stray[good.size() - 3] = std::byte{1};
  in = stray;
  EXPECT_EQ(cm::load_header(in).status().code(), Code::kCorrupt);

  std::vector<std::byte> later = good;
  later[0] = std::byte{0x0F};
  in = later;
  EXPECT_EQ(cm::load_header(in).status().code(), Code::kUnsupported);
  for (std::size_t size = 0; size < good.size(); ++size) {
    in = ByteSpan(good).first(size);
    EXPECT_EQ(cm::load_header(in).status().code(), Code::kTruncated) << size;
  }
}

TEST(CmCodec, DecodingStaysWithinTheMemoryLimit) {
  const std::vector<std::byte> block = log_lines(20'000);
  const std::vector<std::byte> coded = encoded(block, "cm");
  const std::uint64_t declared =
      find_codec("cm")->memory(CodecOptions(find_codec("cm")->info().options), block.size()).decode;
  EXPECT_TRUE(decoded(coded, block.size(), {.max_memory = declared}).ok());
  const auto refused = decoded(coded, block.size(), {.max_memory = declared / 8});
  EXPECT_EQ(refused.status().code(), Code::kLimitExceeded);
}

}  // namespace
}  // namespace kompakt
