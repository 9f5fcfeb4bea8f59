#include <gtest/gtest.h>

#include <array>
#include <string>

#include "kompakt/codec.hpp"

namespace kompakt {
namespace {

Status failure(std::string_view text) { return parse_codec_spec(text).status(); }

bool mentions(const Status& status, std::string_view part) {
  return status.to_string().find(part) != std::string::npos;
}

TEST(CodecSpecParser, BareNameTakesTheDefaults) {
  const auto spec = parse_codec_spec("zstd");
  ASSERT_TRUE(spec.ok()) << spec.status().to_string();
  EXPECT_EQ(spec->codec, find_codec(CodecId::kZstd));
  for (const auto& option : spec->options.schema()) {
    EXPECT_EQ(spec->options.get(option.key), option.fallback) << option.key;
  }
}

TEST(CodecSpecParser, ReadsSeveralKeysInAnyOrder) {
  const auto spec = parse_codec_spec("zstd:windowlog=20,level=-7");
  ASSERT_TRUE(spec.ok()) << spec.status().to_string();
  EXPECT_EQ(spec->options.get("windowlog"), 20);
  EXPECT_EQ(spec->options.get("level"), -7);
}

TEST(CodecSpecParser, UnknownCodecNamesTheKnownOnes) {
  const Status status = failure("zip");
  EXPECT_EQ(status.code(), Code::kInvalidArgument);
  EXPECT_TRUE(mentions(status, "'zip'") && mentions(status, "brotli")) << status.to_string();
  EXPECT_EQ(failure("").code(), Code::kInvalidArgument);
}

TEST(CodecSpecParser, UnknownKeyIsAnErrorThatNamesTheKnownOnes) {
  const Status status = failure("zstd:speed=3");
  EXPECT_EQ(status.code(), Code::kInvalidArgument);
  EXPECT_TRUE(mentions(status, "'speed'") && mentions(status, "windowlog")) << status.to_string();
  EXPECT_EQ(failure("store:level=1").code(), Code::kInvalidArgument);
}

TEST(CodecSpecParser, RepeatedKeyIsAnError) {
  const Status status = failure("zstd:level=3,level=3");
  EXPECT_EQ(status.code(), Code::kInvalidArgument);
  EXPECT_TRUE(mentions(status, "twice")) << status.to_string();
}

TEST(CodecSpecParser, ValueOutsideTheRangeIsAnErrorThatStatesIt) {
  for (const auto* text : {"zstd:level=23", "zstd:level=-51", "bzip2:level=0"}) {
    EXPECT_EQ(failure(text).code(), Code::kInvalidArgument) << text;
  }
  EXPECT_TRUE(mentions(failure("bzip2:level=10"), "1..9"));
}

TEST(CodecSpecParser, ValueThatIsNotANumberIsAnError) {
  for (const auto* text : {"zstd:level=", "zstd:level=three", "zstd:level=3x", "zstd:level= 3",
                           "zstd:level=99999999999999999999", "zstd:level", "zstd:=3"}) {
    EXPECT_EQ(failure(text).code(), Code::kInvalidArgument) << text;
  }
}

TEST(CodecSpecParser, NamedValuesAreReadByName) {
  const auto spec = parse_codec_spec("deflate:framing=gzip");
  ASSERT_TRUE(spec.ok()) << spec.status().to_string();
  EXPECT_EQ(spec->options.get("framing"), 2);
  const Status status = failure("deflate:framing=zip");
  EXPECT_EQ(status.code(), Code::kInvalidArgument);
  EXPECT_TRUE(mentions(status, "raw|zlib|gzip")) << status.to_string();
  EXPECT_EQ(failure("deflate:framing=2").code(), Code::kInvalidArgument);
}

TEST(CodecSpecParser, FormatIsTheShortestTextThatParsesBack) {
  constexpr std::array kTexts = {
      "zstd",
      "zstd:level=-50,hashlog=20",
      "deflate:framing=zlib",
      "brotli:quality=0,lgwin=10",
      "lz4:level=9,framing=frame",
  };
  for (const std::string text : kTexts) {
    const auto spec = parse_codec_spec(text);
    ASSERT_TRUE(spec.ok()) << text << ": " << spec.status().to_string();
    EXPECT_EQ(format_codec_spec(*spec), text);
  }
  EXPECT_EQ(format_codec_spec(parse_codec_spec("zstd:level=3").value()), "zstd");
}

TEST(CodecSpecParser, EveryOptionsLimitsRoundTrip) {
  for (const Codec* codec : all_codecs()) {
    for (const auto& option : codec->info().options) {
      for (const auto value : {option.min, option.max}) {
        CodecSpec spec{codec, CodecOptions(codec->info().options)};
        ASSERT_TRUE(spec.options.set(option.key, value).ok());
        const auto back = parse_codec_spec(format_codec_spec(spec));
        ASSERT_TRUE(back.ok()) << back.status().to_string();
        EXPECT_EQ(back->options.get(option.key), value) << codec->info().name << option.key;
      }
      CodecOptions options(codec->info().options);
      EXPECT_FALSE(options.set(option.key, option.max + 1).ok());
      EXPECT_FALSE(options.set(option.key, option.min - 1).ok());
      EXPECT_EQ(options.get(option.key), option.fallback) << "a refused value was kept";
    }
  }
}

TEST(CodecOptions, SettingsThatExcludeEachOtherAreRefusedByTheEncoder) {
  for (const auto* text : {"xz:lc=4,lp=1", "xz:dictlog=5"}) {
    const auto spec = parse_codec_spec(text);
    ASSERT_TRUE(spec.ok());
    EXPECT_EQ(spec->codec->make_encoder(spec->options).status().code(), Code::kInvalidArgument);
    EXPECT_EQ(spec->codec->make_stream_encoder(spec->options).status().code(),
              Code::kInvalidArgument);
  }
}

}  // namespace
}  // namespace kompakt
