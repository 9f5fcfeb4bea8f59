// The gzip writer, judged by other people's readers.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "gzip_support.hpp"
#include "stock_tools.hpp"

namespace kompakt::testing {
namespace {

constexpr std::size_t kPart = 65'536;

const FormatEntry& entry() { return gzip_format(); }

EncodeSettings at_level(int level, std::optional<std::uint64_t> block = std::nullopt) {
  EncodeSettings settings;
  settings.level = level;
  settings.block_size = block;
  return settings;
}

// Reads the first member, and fails if anything follows it, as one-pass readers do not even check.
constexpr const char* kFirstMemberOnly =
    "import sys, zlib\n"
    "d = zlib.decompressobj(31)\n"
    "out = d.decompress(sys.stdin.buffer.read()) + d.flush()\n"
    "assert d.eof and not d.unused_data\n"
    "sys.stdout.buffer.write(out)\n";

TEST(GzipWrite, EveryLevelAndSizeIsReadByGzip) {
  if (!have_tool("gzip")) {
    GTEST_SKIP() << "gzip is not installed";
  }
  const Bytes content = mixed_bytes(3 * kPart + 100);
  for (int level = 0; level <= 11; ++level) {
    for (const std::size_t size :
         {std::size_t{0}, std::size_t{1}, kPart - 1, kPart, kPart + 1, content.size()}) {
      const ByteSpan wanted = ByteSpan(content).first(size);
      const Bytes made = encoded(entry(), wanted, {.settings = at_level(level, kPart)});
      EXPECT_TRUE(run_tool({"gzip", "-dc"}, made) == Bytes(wanted.begin(), wanted.end()))
          << "level " << level << ", " << size << " bytes";
      const GzipOutcome back = decoded(entry(), made);
      EXPECT_TRUE(back.status.ok()) << back.status.to_string();
      EXPECT_TRUE(
          std::equal(wanted.begin(), wanted.end(), back.content.begin(), back.content.end()));
    }
  }
}

TEST(GzipWrite, TheDefaultLayoutIsOneMemberForReadersThatStopAfterOne) {
  if (!have_tool("python3")) {
    GTEST_SKIP() << "python3 is not installed";
  }
  const Bytes content = mixed_bytes(2'500'000);
  for (const int level : {0, 1, 2, 6}) {
    const Bytes made = encoded(entry(), content, {.settings = at_level(level)});
    EXPECT_TRUE(run_tool({"python3", "-c", kFirstMemberOnly}, made) == content)
        << "level " << level;
  }
}

TEST(GzipWrite, EveryReaderThatIsInstalledReadsEveryLayout) {
  const Bytes content = mixed_bytes(700'000);
  EncodeSettings named = at_level(6, kPart);
  named.name = "content.bin";
  named.modified = 1'700'000'000;
  EncodeSettings bgzf = at_level(6);
  bgzf.seekable = true;
  EncodeSettings members = at_level(6, 256 * 1024);
  members.seekable = true;
  const std::vector<std::vector<std::string>> readers = {
      {"gzip", "-dc"},
      {"pigz", "-dc"},
      {"zcat"},
      {"igzip", "-dc"},
      {"libdeflate-gzip", "-dc"},
      {"python3", "-c",
       "import gzip,sys;sys.stdout.buffer.write(gzip.decompress(sys.stdin.buffer.read()))"}};
  for (const EncodeSettings& settings :
       {at_level(1, kPart), at_level(6, kPart), named, bgzf, members}) {
    const Bytes made = encoded(entry(), content, {.settings = settings});
    for (const auto& reader : readers) {
      if (have_tool(reader.front())) {
        EXPECT_TRUE(run_tool(reader, made) == content) << reader.front();
      }
    }
    EXPECT_TRUE(decoded(entry(), made).content == content);
  }
}

TEST(GzipWrite, BytesDependNeitherOnThreadsNorOnTheEnds) {
  const Bytes content = mixed_bytes(700'000);
  EncodeSettings seekable = at_level(6);
  seekable.seekable = true;
  for (const EncodeSettings& settings : {at_level(1, kPart), at_level(6, kPart), seekable}) {
    const Bytes first = encoded(entry(), content, {.settings = settings, .threads = 1});
    for (const unsigned threads : {1U, 2U, 3U, 8U, 32U}) {
      for (const bool piped : {false, true}) {
        EXPECT_TRUE(encoded(entry(), content,
                            {.settings = settings, .threads = threads, .piped = piped}) == first)
            << threads;
      }
    }
  }
}

TEST(GzipWrite, EveryLevelIsSmallerThanTheOneBefore) {
  const Bytes content = joined({text_bytes(600'000), record_bytes(400'000)});
  std::size_t before = content.size() * 2;
  for (int level = 0; level <= 9; ++level) {
    const std::size_t size = encoded(entry(), content, {.settings = at_level(level)}).size();
    // Neighbours of one method may differ by a hair the other way on data this small.
    EXPECT_LE(size, before + before / 200) << level;
    before = size;
  }
}

TEST(GzipWrite, TheHeaderCarriesNameAndTime) {
  EncodeSettings settings = at_level(6);
  settings.name = "report.txt";
  settings.modified = 1'234'567'890;
  const Bytes content = text_bytes(1000);
  const Bytes made = encoded(entry(), content, {.settings = settings});
  const GzipOutcome back = decoded(entry(), made);
  EXPECT_EQ(back.facts.name, "report.txt");
  EXPECT_EQ(back.facts.modified, 1'234'567'890U);
  const auto facts = entry().scan(*memory_source(made));
  ASSERT_TRUE(facts.ok());
  EXPECT_EQ(facts->name, "report.txt");
  EXPECT_EQ(facts->modified, 1'234'567'890U);
  EXPECT_EQ(facts->compressed, made.size());
  EXPECT_EQ(facts->last_check, gzip::check_of(deflate::Framing::kGzip, content));
  EXPECT_FALSE(facts->content);  // another member may follow where nobody looked
}

TEST(GzipWrite, SmallContentHasNoExtraField) {
  const Bytes made = encoded(entry(), text_bytes(1000));
  EXPECT_EQ(made[3], std::byte{0});
}

TEST(GzipWrite, TheSeekableLayoutIsBgzf) {
  const Bytes content = mixed_bytes(1'000'000);
  EncodeSettings settings;
  settings.seekable = true;
  const Bytes made = encoded(entry(), content, {.settings = settings});
  if (have_tool("bgzip")) {
    EXPECT_TRUE(run_tool({"bgzip", "-dc"}, made) == content);
    int code = 0;
    const TempFolder folder;
    write_file(folder / "a.gz", {reinterpret_cast<const char*>(made.data()), made.size()});
    run_tool({"bgzip", "-t", folder / "a.gz"}, {}, &code);
    EXPECT_EQ(code, 0);
    run_tool({"bgzip", "-r", folder / "a.gz"}, {}, &code);
    EXPECT_EQ(code, 0);
    const Bytes range = run_tool({"bgzip", "-b", "654321", "-s", "1000", folder / "a.gz"}, {});
    EXPECT_TRUE(std::equal(range.begin(), range.end(), content.begin() + 654'321));
    EXPECT_EQ(range.size(), 1000U);
  }
  const auto facts = entry().scan(*memory_source(made));
  ASSERT_TRUE(facts.ok());
  EXPECT_EQ(facts->content, content.size());
}

TEST(GzipWrite, IncompressibleMembersStayWithinBgzfsLimit) {
  const Bytes content = random_bytes(300'000);
  for (const int level : {0, 1, 2, 6, 11}) {
    EncodeSettings settings = at_level(level);
    settings.seekable = true;
    EXPECT_TRUE(decoded(entry(), encoded(entry(), content, {.settings = settings})).content ==
                content);
  }
}

TEST(GzipWrite, WhatTheFormatCannotDoIsRefusedByName) {
  const auto refused = [](const EncodeSettings& settings) {
    Bytes out;
    const auto source = memory_source({});
    const auto sink = memory_sink(out);
    const auto job = entry().make_encoder(*source, *sink, settings);
    EXPECT_FALSE(job.ok());
    EXPECT_EQ(job.status().code(), Code::kInvalidArgument);
    EXPECT_NE(job.status().message().find("gzip"), std::string_view::npos);
  };
  refused(at_level(12));
  refused(at_level(-1));
  refused(at_level(6, 100));
  EncodeSettings settings;
  settings.extreme = true;
  refused(settings);
  settings = {};
  settings.window_log = 20;
  refused(settings);
  settings = {};
  settings.check = "sha256";
  refused(settings);
  settings = {};
  settings.checksum = false;
  refused(settings);
  settings = {};
  settings.dictionary = std::make_shared<const Bytes>(Bytes(10));
  refused(settings);
  settings = {};
  settings.name = std::string("a\0b", 3);
  refused(settings);
}

}  // namespace
}  // namespace kompakt::testing
