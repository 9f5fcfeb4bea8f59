// zlib, which shares its jobs with gzip.
#include <gtest/gtest.h>

#include <zlib.h>

#include <string>

#include "gzip_support.hpp"
#include "stock_tools.hpp"
#include "verdicts.hpp"

namespace kompakt::testing {
namespace {

const FormatEntry& entry() { return zlib_format(); }

constexpr const char* kInflate =
    "import sys,zlib;sys.stdout.buffer.write(zlib.decompress(sys.stdin.buffer.read()))";

/// A zlib stream that needs `dictionary`.
Bytes with_dictionary(ByteSpan content, ByteSpan dictionary) {
  z_stream stream{};
  EXPECT_EQ(deflateInit(&stream, 9), Z_OK);
  EXPECT_EQ(deflateSetDictionary(&stream, reinterpret_cast<const Bytef*>(dictionary.data()),
                                 static_cast<uInt>(dictionary.size())),
            Z_OK);
  Bytes out(deflateBound(&stream, static_cast<uLong>(content.size())) + 6);
  stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(content.data()));
  stream.avail_in = static_cast<uInt>(content.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(::deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

TEST(ZlibFormat, PythonReadsEveryLevelAndSize) {
  if (!have_tool("python3")) {
    GTEST_SKIP() << "python3 is not installed";
  }
  const Bytes content = mixed_bytes(300'000);
  for (const int level : {0, 1, 6, 11}) {
    for (const std::size_t size : {std::size_t{0}, std::size_t{65'536}, content.size()}) {
      EncodeSettings settings;
      settings.level = level;
      settings.block_size = 65'536;
      const ByteSpan wanted = ByteSpan(content).first(size);
      const Bytes made = encoded(entry(), wanted, {.settings = settings});
      EXPECT_TRUE(run_tool({"python3", "-c", kInflate}, made) ==
                  Bytes(wanted.begin(), wanted.end()))
          << level << ' ' << size;
      EXPECT_TRUE(decoded(entry(), made).content == Bytes(wanted.begin(), wanted.end()));
      EXPECT_TRUE(entry().recognises(made));
    }
  }
}

TEST(ZlibFormat, BytesDependNeitherOnThreadsNorOnTheEnds) {
  const Bytes content = mixed_bytes(500'000);
  EncodeSettings settings;
  settings.block_size = 65'536;
  const Bytes first = encoded(entry(), content, {.settings = settings, .threads = 1});
  for (const unsigned threads : {2U, 3U, 8U, 32U}) {
    EXPECT_TRUE(encoded(entry(), content,
                        {.settings = settings, .threads = threads, .piped = true}) == first);
  }
}

TEST(ZlibFormat, DamageBehindAndInsideTheStreamIsTold) {
  const Bytes content = text_bytes(100'000);
  const Bytes made = encoded(entry(), content);
  EXPECT_EQ(decoded_every_way(entry(), joined({made, octets({0})})).status.code(), Code::kCorrupt);
  Bytes bad = made;
  bad.back() ^= std::byte{1};
  EXPECT_EQ(decoded_every_way(entry(), bad).status.code(), Code::kCorrupt);
  bad = made;
  bad[1] ^= std::byte{1};
  EXPECT_EQ(decoded_every_way(entry(), bad).status.code(), Code::kCorrupt);
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, std::size_t{2}, made.size() / 2, made.size() - 1}) {
    EXPECT_EQ(decoded_every_way(entry(), ByteSpan(made).first(size)).status.code(),
              Code::kTruncated)
        << size;
  }
}

TEST(ZlibFormat, APresetDictionaryIsUsedWhenGivenAndMissedWhenNot) {
  const Bytes dictionary = text_bytes(50'000, 9);
  const Bytes content = text_bytes(90'000, 9);
  const Bytes made = with_dictionary(content, dictionary);
  EXPECT_EQ(decoded_every_way(entry(), made).status.code(), Code::kMissingResource);
  DecodeSettings settings;
  settings.dictionary = std::make_shared<const Bytes>(text_bytes(50'000, 8));
  EXPECT_EQ(decoded_every_way(entry(), made, settings).status.code(), Code::kMissingResource);
  settings.dictionary = std::make_shared<const Bytes>(dictionary);
  const GzipOutcome back = decoded_every_way(entry(), made, settings);
  EXPECT_TRUE(back.status.ok()) << back.status.to_string();
  EXPECT_TRUE(back.content == content);
}

TEST(ZlibFormat, OptionsOfGzipAreRefused) {
  EncodeSettings settings;
  settings.seekable = true;
  Bytes out;
  const auto source = memory_source({});
  const auto sink = memory_sink(out);
  EXPECT_EQ(entry().make_encoder(*source, *sink, settings).status().code(), Code::kInvalidArgument);
  settings = {};
  settings.name = "a";
  EXPECT_EQ(entry().make_encoder(*source, *sink, settings).status().code(), Code::kInvalidArgument);
}

TEST(ZlibFormat, PublicFilesAgreeWithZlib) {
  const bool present = for_each_verdict("zlib", [](const Verdict& verdict) {
    const GzipOutcome back = decoded(entry(), verdict.input, {.threads = 3});
    EXPECT_EQ(back.status.ok(), verdict.exit_code == 0)
        << verdict.path << ": " << back.status.to_string();
    if (verdict.exit_code == 0) {
      EXPECT_EQ(sha256_hex(back.content), verdict.sha256) << verdict.path;
    }
  });
  if (!present) {
    GTEST_SKIP() << "the public files are not here";
  }
}

// Bare streams, put into a gzip member whose trailer can only be right where the content is.
TEST(ZlibFormat, PublicDeflateStreamsAgreeWithZlib) {
  const bool present = for_each_verdict("deflate", [](const Verdict& verdict) {
    const Bytes head = octets({0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3});
    const GzipOutcome back =
        decoded(gzip_format(), joined({head, verdict.input, Bytes(8)}), {.threads = 3});
    // The trailer never fits; an error before it is the stream's own.
    const bool reached =
        back.status.ok() || back.status.message().find("does not match") != std::string_view::npos;
    EXPECT_EQ(reached, verdict.exit_code == 0) << verdict.path << ": " << back.status.to_string();
  });
  if (!present) {
    GTEST_SKIP() << "the public files are not here";
  }
}

}  // namespace
}  // namespace kompakt::testing
