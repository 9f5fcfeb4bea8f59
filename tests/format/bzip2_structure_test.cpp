// How bzip2 files are put together: streams, blocks, magics by chance, damage.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "bzip2_support.hpp"
#include "codec/bzip2/block_decoder.hpp"
#include "codec/bzip2/crc.hpp"
#include "codec/bzip2/randomise.hpp"
#include "codec/bzip2/run_length.hpp"
#include "stock_tools.hpp"

namespace kompakt::testing {
namespace {

TEST(Bzip2Streams, StreamsOfAnyLevelEmptyOnesAndGarbageAreReadAsTheStockToolDoes) {
  const Bytes first = text_bytes(250'000);
  const Bytes second = record_bytes(150'000);
  const Bytes empty = bzip2_packed({}, 5);
  const Bytes whole =
      joined({empty, bzip2_packed(first, 1), empty, empty, bzip2_packed(second, 9), empty});
  const Bytes content = joined({first, second});
  for (const unsigned threads : {1U, 2U, 3U, 8U, 32U}) {
    for (const bool piped : {false, true}) {
      const auto back = bzip2_unpacked(whole, threads, {}, piped);
      ASSERT_TRUE(back.status.ok()) << back.status.to_string();
      EXPECT_TRUE(back.content == content);
      EXPECT_EQ(back.facts.streams, 6U);
      EXPECT_EQ(back.facts.blocks, 4U);
      EXPECT_EQ(back.facts.content, content.size());
      EXPECT_EQ(back.facts.compressed, whole.size());
      EXPECT_TRUE(back.facts.warnings.empty());
      // Garbage may look like blocks, be long, or be short.
      for (const Bytes& garbage : {to_bytes("x"), to_bytes("BZx9 and more"), to_bytes("BZh0"),
                                   Bytes(3'000'000), Bytes(whole.begin() + 4, whole.end())}) {
        const auto loose = bzip2_unpacked(joined({whole, garbage}), threads, {}, piped);
        ASSERT_TRUE(loose.status.ok()) << loose.status.to_string();
        EXPECT_TRUE(loose.content == content);
        ASSERT_EQ(loose.facts.warnings.size(), 1U);
        EXPECT_EQ(loose.facts.warnings[0].offset(), whole.size());
      }
    }
  }
  // What may become a stream is not garbage.
  for (const char* begun : {"B", "BZ", "BZh", "BZh1", "BZh11"}) {
    EXPECT_EQ(bzip2_unpacked(joined({whole, to_bytes(begun)})).status.code(), Code::kTruncated);
  }
  EXPECT_EQ(bzip2_unpacked(joined({whole, to_bytes("BZh1 no block")})).status.code(),
            Code::kCorrupt);
  EXPECT_EQ(bzip2_unpacked(to_bytes("not bzip2")).status.code(), Code::kCorrupt);
  EXPECT_EQ(bzip2_unpacked({}).status.code(), Code::kTruncated);
}

TEST(Bzip2Streams, CutAnywhereIsTruncated) {
  const Bytes packed =
      joined({bzip2_packed(text_bytes(1000), 1), bzip2_packed(text_bytes(500), 9)});
  const std::size_t between = bzip2_packed(text_bytes(1000), 1).size();
  for (std::size_t size = 0; size < packed.size(); ++size) {
    const auto back = bzip2_unpacked(ByteSpan(packed).first(size), size % 2 == 0 ? 1 : 3);
    ASSERT_EQ(back.status.code(), size == between ? Code::kOk : Code::kTruncated)
        << size << " of " << packed.size() << ": " << back.status.to_string();
  }
}

TEST(Bzip2Streams, EveryFlippedBitIsFound) {
  const Bytes content = text_bytes(700);  // the bit for randomised content shows from 619 bytes on
  const Bytes packed = bzip2_packed(content);
  for (std::size_t bit = 0; bit < packed.size() * 8; ++bit) {
    Bytes bad = packed;
    bad[bit / 8] ^= static_cast<std::byte>(0x80U >> (bit % 8));
    const auto back = bzip2_unpacked(bad, 1);
    // Neither the level of so short a stream, if it stays one, nor the bits that fill up its last
    // byte can be told from others, here or by the stock tool.
    const bool level = bit / 8 == 3 && bad[3] >= std::byte{'1'} && bad[3] <= std::byte{'9'};
    const bool filling = bit / 8 + 1 == packed.size();
    if (level || (filling && back.status.ok())) {
      EXPECT_TRUE(back.content == content) << bit;
    } else {
      EXPECT_FALSE(back.status.ok()) << bit;
    }
  }
}

TEST(Bzip2Streams, FailureIsTheSameForAnyNumberOfThreads) {
  Bytes packed = bzip2_packed(random_bytes(700'000), 1);
  packed[packed.size() / 2] ^= std::byte{4};
  const auto alone = bzip2_unpacked(packed, 1);
  ASSERT_EQ(alone.status.code(), Code::kCorrupt);
  EXPECT_EQ(alone.status.block(), 3U);
  ASSERT_TRUE(alone.status.offset());
  EXPECT_GT(*alone.status.offset(), packed.size() / 3);
  for (const unsigned threads : {2U, 3U, 8U, 32U}) {
    for (const bool piped : {false, true}) {
      const auto back = bzip2_unpacked(packed, threads, {}, piped);
      EXPECT_EQ(back.status.to_string(), alone.status.to_string());
      EXPECT_TRUE(back.content == alone.content);
    }
  }
}

/// Sets the checksums of a stream with one block to what they should be; returns the content.
Bytes mend(Bzip2Maker& maker, const std::vector<unsigned>& symbols) {
  const Bytes stream = maker.make(symbols);
  bzip2::BlockDecoder decoder;
  Bytes coded(bzip2::kMaxBlock);
  const auto block = decoder.decode(stream, 32, coded);
  EXPECT_TRUE(block.ok()) << block.status().to_string();
  coded.resize(block.ok() ? block->size : 0);
  Bytes content(bzip2::decoded_size(coded) + bzip2::kMaxRun);
  content.resize(bzip2::decode_runs(coded, content).produced);
  bzip2::Crc crc;
  crc.update(content);
  maker.crc = crc.value();
  maker.stream_crc = crc.value();
  return content;
}

/// Symbols whose codes of eight bits spell these magics among other ranks.
std::vector<unsigned> symbols_with(const std::vector<std::uint64_t>& magics, std::size_t spaced) {
  Random random(9);
  std::vector<unsigned> symbols;
  for (const std::uint64_t magic : magics) {
    for (std::size_t i = 0; i < spaced; ++i) {
      symbols.push_back(static_cast<unsigned>(2 + random.below(200)));
    }
    for (unsigned shift = 48; shift > 0; shift -= 8) {
      symbols.push_back(static_cast<unsigned>(magic >> (shift - 8)) & 0xFFU);
    }
  }
  symbols.insert(symbols.end(), spaced, 5);
  symbols.push_back(kEndOfBlock);
  return symbols;
}

TEST(Bzip2Streams, MagicsInsideABlockBreakNothing) {
  const std::vector<std::vector<std::uint64_t>> cases = {
      {bzip2::kBlockMagic},
      {bzip2::kFooterMagic},
      {bzip2::kBlockMagic, bzip2::kBlockMagic, bzip2::kFooterMagic, bzip2::kBlockMagic},
  };
  const Bytes before = text_bytes(120'000);
  const Bytes around = bzip2_packed(before, 1);
  for (const auto& magics : cases) {
    for (const std::size_t spaced : {0U, 3U, 500U}) {
      Bzip2Maker maker;
      const auto symbols = symbols_with(magics, spaced);
      const Bytes content = mend(maker, symbols);
      // Real blocks before and after it, which must still be found.
      const Bytes stream = maker.make(symbols);
      const Bytes packed = joined({around, stream, around, to_bytes("garbage")});
      const Bytes all = joined({before, content, before});
      if (have_tool("bzip2")) {
        int code = 0;
        EXPECT_TRUE(run_tool({"bzip2", "-dc"}, packed, &code) == all);
        EXPECT_EQ(code, 0);
      }
      for (const unsigned threads : {1U, 3U, 32U}) {
        const auto back = bzip2_unpacked(packed, threads, {}, threads == 3);
        ASSERT_TRUE(back.status.ok()) << back.status.to_string();
        EXPECT_TRUE(back.content == all) << threads;
        EXPECT_EQ(back.facts.blocks, 5U);
        EXPECT_EQ(back.facts.warnings.size(), 1U);
      }
      // Cut inside such a block, and damaged behind the magic.
      for (std::size_t cut = 20; cut < 200; cut += 19) {
        const auto shorter = ByteSpan(stream).first(stream.size() - std::min(stream.size(), cut));
        EXPECT_EQ(bzip2_unpacked(shorter).status.code(), Code::kTruncated) << cut;
      }
    }
  }
}

TEST(Bzip2Blocks, WhatTheReferenceAcceptsIsAcceptedAndNothingElse) {
  const auto symbols = symbols_with({}, 3000);
  Bzip2Maker good;
  const Bytes content = mend(good, symbols);
  struct Case {
    const char* what;
    Bzip2Maker maker;
    bool accepted;
  };
  std::vector<Case> cases = {{"as it is", good, true}};
  const auto add = [&](const char* what, bool accepted, auto change) {
    cases.push_back({what, good, accepted});
    change(cases.back().maker);
  };
  add("more selectors than any block needs", true, [](auto& m) { m.selectors = 32'767; });
  add("exactly as many as needed", true, [](auto& m) { m.selectors = 61; });
  add("too few selectors", false, [](auto& m) { m.selectors = 59; });
  add("no table of that number", false, [](auto& m) { m.bad_selector = 3; });
  add("in one that has no effect", false, [](auto& m) {
    m.selectors = 20'000;
    m.bad_selector = 19'000;
  });
  add("six tables", true, [](auto& m) { m.tables = 6; });
  add("seven tables", false, [](auto& m) { m.tables = 7; });
  add("one table", false, [](auto& m) { m.tables = 1; });
  add("no tables", false, [](auto& m) { m.tables = 0; });
  add("codes of no bits", false, [](auto& m) { m.first_length = 0; });
  add("codes of 21 bits", false, [](auto& m) { m.first_length = 20; });
  add("no byte in use", false, [](auto& m) { m.any_byte = false; });
  add("origin behind the block", false, [](auto& m) { m.origin = 3000; });
  add("wrong checksum of the block", false, [](auto& m) { m.crc ^= 1; });
  add("wrong checksum of the stream", false, [](auto& m) { m.stream_crc ^= 1; });
  for (const Case& test : cases) {
    const Bytes stream = test.maker.make(symbols);
    if (have_tool("bzip2")) {
      int code = 0;
      run_tool({"bzip2", "-dc"}, stream, &code);
      EXPECT_EQ(code == 0, test.accepted) << test.what << ", by the stock tool";
    }
    const auto back = bzip2_unpacked(stream);
    EXPECT_EQ(back.status.ok(), test.accepted) << test.what << ": " << back.status.to_string();
    if (test.accepted) {
      EXPECT_TRUE(back.content == content) << test.what;
    } else {
      EXPECT_EQ(back.status.code(), Code::kCorrupt) << test.what;
    }
  }
}

TEST(Bzip2Blocks, LargerThanTheLevelOrTheFormatIsCorrupt) {
  // RUNB many times: 2, 4, 8, ... bytes of the first byte in use.
  for (const unsigned digits : {14U, 16U, 17U, 20U, 21U, 22U, 40U}) {
    std::vector<unsigned> symbols(digits, bzip2::kRunB);
    symbols.push_back(kEndOfBlock);
    const std::size_t size = (std::size_t{2} << digits) - 2;  // 32,766; 131,070; 262,142; ...
    for (const unsigned level : {1U, 2U, 9U}) {
      Bzip2Maker maker;
      maker.level = level;
      const bool fits = digits < 20 && size <= level * bzip2::kLevelUnit;
      if (digits < 19) {
        mend(maker, symbols);
      }
      const Bytes stream = maker.make(symbols);
      EXPECT_EQ(bzip2_unpacked(stream).status.code(), fits ? Code::kOk : Code::kCorrupt)
          << digits << " digits at level " << level;
      if (have_tool("bzip2")) {
        int code = 0;
        run_tool({"bzip2", "-dc"}, stream, &code);
        EXPECT_EQ(code == 0, fits) << digits << " digits at level " << level;
      }
    }
  }
}

TEST(Bzip2Blocks, RandomisedOnesAreRead) {
  const auto symbols = symbols_with({}, 30'000);
  Bzip2Maker plain;
  const Bytes disturbed = mend(plain, symbols);
  Bzip2Maker maker;
  maker.randomised = true;
  const Bytes content = mend(maker, symbols);
  EXPECT_FALSE(content == disturbed);
  const Bytes stream = maker.make(symbols);
  EXPECT_TRUE(bzip2_unpacked(stream).content == content);
  if (have_tool("bzip2")) {
    EXPECT_TRUE(run_tool({"bzip2", "-dc"}, stream) == content);
  }
}

TEST(Bzip2Writer, OptionsOfOtherFormatsAndLevelsAreRefused) {
  Bytes out;
  const auto source = memory_source({});
  const auto sink = memory_sink(out);
  std::vector<EncodeSettings> wrong(9);
  wrong[0].level = 0;
  wrong[1].level = 10;
  wrong[2].extreme = true;
  wrong[3].seekable = true;
  wrong[4].block_size = 65'536;
  wrong[5].window_log = 20;
  wrong[6].checksum = false;
  wrong[7].check = "crc64";
  wrong[8].name = "a";
  for (const EncodeSettings& settings : wrong) {
    const auto job = bzip2_format().make_encoder(*source, *sink, settings);
    ASSERT_FALSE(job.ok());
    EXPECT_EQ(job.status().code(), Code::kInvalidArgument);
  }
}

TEST(Bzip2Writer, LongRunsMakeFullBlocks) {
  // 46 MB of zeros are one block of the reference encoder.
  const std::size_t size = kSanitized ? 5'000'000 : 40'000'000;
  const Bytes packed = bzip2_packed(Bytes(size));
  EXPECT_LT(packed.size(), 100U);
  const auto back = bzip2_unpacked(packed);
  EXPECT_TRUE(back.status.ok());
  EXPECT_EQ(back.facts.blocks, 1U);
  EXPECT_TRUE(back.content == Bytes(size));
}

DecodeSettings indexing(std::uint64_t spacing) {
  DecodeSettings settings;
  settings.index_spacing = spacing;
  settings.index_lines = true;
  return settings;
}

RangeSettings stretch(std::uint64_t offset, std::uint64_t length) {
  RangeSettings settings;
  settings.offset = offset;
  settings.length = length;
  return settings;
}

TEST(Bzip2Range, AnyStretchThroughPointsAtAnySpacing) {
  const Bytes content = joined({text_bytes(450'000), Bytes(3'000'000), record_bytes(350'000)});
  const Bytes packed =
      joined({bzip2_packed(ByteSpan(content).first(200'000), 1), bzip2_packed({}, 3),
              bzip2_packed(ByteSpan(content).subspan(200'000), 2)});
  for (const std::uint64_t spacing : {std::uint64_t{1}, std::uint64_t{300'000}, 100 * kMiB}) {
    const auto whole = bzip2_unpacked(packed, 2, indexing(spacing));
    ASSERT_TRUE(whole.index);
    const SeekIndex& index = *whole.index;
    ASSERT_FALSE(index.points.empty());
    EXPECT_EQ(index.points[0].content, 0U);
    EXPECT_EQ(index.content_size, content.size());
    EXPECT_EQ(index.compressed_size, packed.size());
    for (const SeekPoint& point : index.points) {
      EXPECT_EQ(point.lines,
                newlines_in(ByteSpan(content).first(static_cast<std::size_t>(point.content))));
    }
    const auto source = memory_source(packed);
    Random random(spacing);
    for (int i = 0; i < (kSanitized ? 6 : 20); ++i) {
      const std::uint64_t offset = i == 0 ? 0 : random.below(content.size() + 1);
      const std::uint64_t length = i == 0 ? content.size() + 5 : random.below(1'000'000);
      const std::size_t end = std::min<std::uint64_t>(content.size(), offset + length);
      const Bytes expected(content.begin() + static_cast<long>(offset),
                           content.begin() + static_cast<long>(end));
      Bytes out;
      OrderedSink ordered(out);
      const auto positional = memory_sink(out);
      Sink& sink = i % 2 == 0 ? static_cast<Sink&>(ordered) : *positional;
      auto job = bzip2_format().make_range_decoder(*source, sink, index, stretch(offset, length));
      ASSERT_TRUE(job.ok());
      const Status status = run_on(**job, 1U + static_cast<unsigned>(i) % 3U);
      ASSERT_TRUE(status.ok()) << status.to_string();
      EXPECT_TRUE(out == expected) << offset << "+" << length;
    }
  }
}

TEST(Bzip2Range, IndexOfAnotherFileIsAnErrorNotACrash) {
  const Bytes content = text_bytes(350'000);
  const Bytes packed = bzip2_packed(content, 1);
  auto index = *bzip2_unpacked(packed, 1, indexing(1)).index;
  ASSERT_GT(index.points.size(), 2U);
  const auto source = memory_source(packed);
  const auto expect_failure = [&](const SeekIndex& wrong) {
    Bytes out;
    OrderedSink sink(out);
    auto job = bzip2_format().make_range_decoder(*source, sink, wrong, stretch(150'000, 200'000));
    ASSERT_TRUE(job.ok());
    EXPECT_EQ(run_on(**job, 2).code(), Code::kCorrupt);
  };
  for (const auto& change :
       std::vector<void (*)(SeekPoint&)>{[](SeekPoint& point) { point.bit += 1; },
                                         [](SeekPoint& point) { point.bit = ~std::uint64_t{0}; },
                                         [](SeekPoint& point) { point.context = 0; },
                                         [](SeekPoint& point) { point.context = 10; },
                                         [](SeekPoint& point) { point.content -= 10; }}) {
    SeekIndex wrong = index;
    change(wrong.points[1]);
    change(wrong.points[2]);
    expect_failure(wrong);
  }
}

}  // namespace
}  // namespace kompakt::testing
