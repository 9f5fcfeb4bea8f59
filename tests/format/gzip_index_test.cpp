// Seek points of gzip and zlib, and ranges read from them.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "gzip_support.hpp"
#include "stock_tools.hpp"

namespace kompakt::testing {
namespace {

constexpr std::uint64_t kSpacing = 100'000;

DecodeSettings indexing() {
  DecodeSettings settings;
  settings.index_spacing = kSpacing;
  settings.index_lines = true;
  return settings;
}

GzipOutcome range(const FormatEntry& entry, ByteSpan bytes, const SeekIndex& index,
                  const RangeSettings& settings, unsigned threads = 2) {
  GzipOutcome result;
  const auto source = memory_source(bytes);
  const auto sink = memory_sink(result.content);
  auto job = entry.make_range_decoder(*source, *sink, index, settings);
  result.status = job.ok() ? run_job(**job, threaded(threads)) : job.status();
  return result;
}

void expect_ranges(const FormatEntry& entry, ByteSpan bytes, const SeekIndex& index,
                   const Bytes& content) {
  Random random(7);
  for (int i = 0; i < 16; ++i) {
    const std::size_t offset = i == 0 ? 0 : random.below(content.size());
    const std::size_t length = i == 1 ? content.size() : random.below(300'000);
    const GzipOutcome got = range(
        entry, bytes, index, {.offset = offset, .length = length, .limits = {}, .dictionary = {}},
        1 + static_cast<unsigned>(i) % 3);
    EXPECT_TRUE(got.status.ok()) << got.status.to_string();
    const std::size_t end = std::min(content.size(), offset + length);
    EXPECT_TRUE(got.content == Bytes(content.begin() + static_cast<std::ptrdiff_t>(offset),
                                     content.begin() + static_cast<std::ptrdiff_t>(end)))
        << offset << '+' << length;
  }
  EXPECT_TRUE(
      range(entry, bytes, index, {.offset = content.size() + 5, .limits = {}, .dictionary = {}})
          .content.empty());
}

/// Files of several natures, with the content of all.
std::vector<std::pair<const FormatEntry*, Bytes>> samples(const Bytes& content) {
  EncodeSettings parts;
  parts.block_size = 70'000;
  EncodeSettings seekable;
  seekable.seekable = true;
  std::vector<std::pair<const FormatEntry*, Bytes>> all = {
      {&gzip_format(), encoded(gzip_format(), content, {.settings = parts})},
      {&gzip_format(), encoded(gzip_format(), content, {.settings = seekable})},
      {&zlib_format(), encoded(zlib_format(), content, {.settings = parts})}};
  if (have_tool("gzip")) {
    all.emplace_back(&gzip_format(), run_tool({"gzip", "-c"}, content));
    Bytes members;
    for (std::size_t at = 0; at < content.size(); at += 150'000) {
      const Bytes made = run_tool(
          {"gzip", "-c"},
          ByteSpan(content).subspan(at, std::min<std::size_t>(150'000, content.size() - at)));
      members.insert(members.end(), made.begin(), made.end());
    }
    all.emplace_back(&gzip_format(), members);
  }
  return all;
}

TEST(GzipIndex, RangesFromTheIndexOfAFullDecode) {
  const Bytes content = mixed_bytes(1'600'000);
  for (const auto& [entry, bytes] : samples(content)) {
    GzipOutcome one = decoded(*entry, bytes, {.settings = indexing(), .threads = 1});
    const GzipOutcome many = decoded(*entry, bytes, {.settings = indexing(), .threads = 8});
    ASSERT_TRUE(one.index && many.index);
    EXPECT_EQ(one.index->content_size, content.size());
    EXPECT_EQ(one.index->compressed_size, bytes.size());
    EXPECT_EQ(one.index->lines, newlines_in(content));
    ASSERT_GE(one.index->points.size(), 5U);
    for (const SeekPoint& point : one.index->points) {
      EXPECT_EQ(point.lines,
                newlines_in(ByteSpan(content).first(static_cast<std::size_t>(point.content))));
    }
    EXPECT_TRUE(std::equal(one.index->points.begin(), one.index->points.end(),
                           many.index->points.begin(), many.index->points.end(),
                           [](const SeekPoint& a, const SeekPoint& b) {
                             return a.content == b.content && a.bit == b.bit &&
                                    a.context == b.context && a.window == b.window;
                           }));
    expect_ranges(*entry, bytes, *one.index, content);
    const auto bytes_of = encode_seek_index(*one.index);
    ASSERT_TRUE(bytes_of.ok());
    const auto back = decode_seek_index(*bytes_of);
    ASSERT_TRUE(back.ok()) << back.status().to_string();
    expect_ranges(*entry, bytes, *back, content);
  }
}

TEST(GzipIndex, SizedMembersNeedNoIndexOfTheirOwn) {
  const Bytes content = mixed_bytes(3'000'000);
  EncodeSettings settings;
  settings.seekable = true;
  for (const std::optional<std::uint64_t> block :
       {std::optional<std::uint64_t>(), std::optional<std::uint64_t>(200'000)}) {
    settings.block_size = block;
    const Bytes made = encoded(gzip_format(), content, {.settings = settings});
    const auto index = gzip_format().native_index(*memory_source(made));
    ASSERT_TRUE(index.ok() && *index);
    EXPECT_EQ((*index)->content_size, content.size());
    expect_ranges(gzip_format(), made, **index, content);
  }
  const auto none = gzip_format().native_index(*memory_source(encoded(gzip_format(), content)));
  ASSERT_TRUE(none.ok());
  EXPECT_FALSE(*none);
}

TEST(GzipIndex, AnIndexThatDoesNotFitIsRefusedOrFails) {
  const Bytes content = mixed_bytes(1'500'000);
  EncodeSettings parts;
  parts.block_size = 70'000;
  const Bytes made = encoded(gzip_format(), content, {.settings = parts});
  GzipOutcome full = decoded(gzip_format(), made, {.settings = indexing()});
  ASSERT_TRUE(full.index);
  const RangeSettings all{.offset = 500'000, .length = 900'000, .limits = {}, .dictionary = {}};
  const auto fails = [&](const SeekIndex& index) {
    const GzipOutcome got = range(gzip_format(), made, index, all);
    return !got.status.ok();
  };
  ASSERT_FALSE(fails(*full.index));
  SeekIndex bad = *full.index;
  bad.compressed_size += 1;
  EXPECT_TRUE(fails(bad));
  bad = *full.index;
  bad.content_size += 1;
  EXPECT_FALSE(range(gzip_format(), made, bad, {.offset = 500'000, .limits = {}, .dictionary = {}})
                   .status.ok());
  bad = *full.index;
  bad.points.clear();
  EXPECT_TRUE(fails(bad));
  bad = *full.index;
  bad.points[bad.point_before(700'000)].content += 1;
  EXPECT_TRUE(fails(bad));
  bad = *full.index;
  bad.points[bad.point_before(all.offset)].bit += 1;
  EXPECT_TRUE(fails(bad));
  bad = *full.index;
  bad.points.back().bit = made.size() * 8 + 800;
  EXPECT_TRUE(fails(bad));
  bad = *full.index;
  bad.points.back().window.resize(40'000);
  EXPECT_TRUE(fails(bad));
  bad = *full.index;
  bad.points.back().context = 9;
  EXPECT_TRUE(fails(bad));
}

}  // namespace
}  // namespace kompakt::testing
