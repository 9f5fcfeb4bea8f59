// What others wrote as .zst, whole, damaged and hostile, and stretches of it.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "core/endian.hpp"
#include "format/rows.hpp"
#include "run_format.hpp"
#include "stock_tools.hpp"
#include "test_data.hpp"
#include "verdicts.hpp"

namespace kompakt::testing {
namespace {

const FormatEntry& zstd() { return zstd_format(); }

Bytes stock(const Bytes& content, std::vector<std::string> options) {
  options.insert(options.begin(), {"zstd", "-c", "-q"});
  return run_tool(options, content);
}

Bytes seekable(const Bytes& content, std::uint64_t frame) {
  EncodeSettings settings;
  settings.seekable = true;
  settings.block_size = frame;
  return encode(zstd(), content, settings).bytes;
}

SeekIndex native_index(const Bytes& packed) {
  auto index = zstd().native_index(*memory_source(packed));
  EXPECT_TRUE(index.ok() && index->has_value());
  return index.ok() ? std::move(*index).value_or(SeekIndex()) : SeekIndex();
}

Bytes skippable(std::size_t size) {
  Bytes frame(8 + size, std::byte{0x5A});
  store_le<std::uint32_t>(frame, 0x184D2A53U);
  store_le<std::uint32_t>(MutableByteSpan(frame).subspan(4), static_cast<std::uint32_t>(size));
  return frame;
}

/// Decodes in every way there is and expects one outcome of all.
Decoded decode_all_ways(const Bytes& input, const DecodeSettings& settings = {}) {
  const Decoded first = decode(zstd(), input, settings, {.threads = 1});
  for (const unsigned threads : {1U, 3U, 32U}) {
    for (const bool piped : {false, true}) {
      DecodeSettings own = settings;
      own.threads = threads;
      const Decoded other = decode(zstd(), input, own, {.threads = threads, .piped = piped});
      EXPECT_EQ(other.status.code(), first.status.code())
          << threads << (piped ? " piped: " : ": ") << other.status.to_string();
      if (first.status.ok()) {
        EXPECT_TRUE(other.bytes == first.bytes) << threads;
        EXPECT_EQ(other.facts.streams, first.facts.streams);
        EXPECT_EQ(other.facts.blocks, first.facts.blocks);
      }
    }
  }
  return first;
}

#define NEED_ZSTD()                          \
  if (!have_tool("zstd")) {                  \
    GTEST_SKIP() << "zstd is not installed"; \
  }                                          \
  static_assert(true)

TEST(ZstdRead, FramesOfTheStockToolOfAllKinds) {
  NEED_ZSTD();
  const Bytes content = text_bytes(1'500'000);
  const std::vector<std::vector<std::string>> kinds = {
      {"-1"},
      {"-3", "-T2", "-B524288"},
      {"-9"},
      {"--fast=20"},
      {"--no-check"},
      {"--long=27", "-1"},
      {"-19", "-B1M"},
      {"--single-thread", "-5"},
      {"--zstd=wlog=10,strat=1,hlog=10"},
  };
  for (const auto& kind : kinds) {
    const Decoded back = decode(zstd(), stock(content, kind));
    ASSERT_TRUE(back.status.ok()) << kind[0] << ": " << back.status.to_string();
    EXPECT_TRUE(back.bytes == content) << kind[0];
  }
  const Decoded ultra = decode(zstd(), stock(text_bytes(200'000), {"--ultra", "-22"}));
  EXPECT_TRUE(ultra.bytes == text_bytes(200'000));
}

TEST(ZstdRead, OneFrameManyFramesAndSkippableOnesForAnyNumberOfThreads) {
  NEED_ZSTD();
  const Bytes content = text_bytes(5'000'000);
  const Bytes lone = stock(content, {"-1"});
  EXPECT_TRUE(decode_all_ways(lone).bytes == content);
  EXPECT_TRUE(decode_all_ways(seekable(content, 300'000)).bytes == content);
  const Bytes small = text_bytes(1000);
  const Bytes mixed = joined({skippable(0), lone, skippable(100'000), stock(small, {"-5"}),
                              stock({}, {}), seekable(content, kMiB), skippable(3)});
  const Decoded back = decode_all_ways(mixed);
  ASSERT_TRUE(back.status.ok()) << back.status.to_string();
  EXPECT_TRUE(back.bytes == joined({content, small, content}));
  EXPECT_EQ(back.facts.skipped, 4U);
  EXPECT_EQ(back.facts.content, back.bytes.size());
  EXPECT_EQ(back.facts.compressed, mixed.size());
}

TEST(ZstdRead, FramesOfPzstdWithoutSizes) {
  if (!have_tool("pzstd")) {
    GTEST_SKIP() << "pzstd is not installed";
  }
  const Bytes content = text_bytes(5'000'000);
  const Bytes packed = run_tool({"pzstd", "-1", "-p", "2", "-c", "-q"}, content);
  const Decoded back = decode_all_ways(packed);
  ASSERT_TRUE(back.status.ok()) << back.status.to_string();
  EXPECT_TRUE(back.bytes == content);
  EXPECT_GT(back.facts.streams, 1U);
}

TEST(ZstdRead, SkippableFramesAloneAreNoContentAndNothingIsTruncated) {
  EXPECT_TRUE(decode_all_ways(skippable(10)).status.ok());
  EXPECT_EQ(decode_all_ways({}).status.code(), Code::kTruncated);
  Bytes cut = skippable(10);
  cut.pop_back();
  EXPECT_EQ(decode_all_ways(cut).status.code(), Code::kTruncated);
}

TEST(ZstdRead, GarbageBehindAFrameIsCorruptAndOldVersionsAreUnsupported) {
  const Bytes frame = encode(zstd(), text_bytes(1000)).bytes;
  EXPECT_EQ(decode_all_ways(joined({frame, to_bytes("garbage that is no frame")})).status.code(),
            Code::kCorrupt);
  EXPECT_EQ(decode_all_ways(joined({frame, Bytes(16)})).status.code(), Code::kCorrupt);
  for (unsigned version = 0x22; version <= 0x27; ++version) {
    Bytes old(64);
    store_le<std::uint32_t>(old, 0xFD2FB500U + version);
    EXPECT_EQ(decode_all_ways(old).status.code(), Code::kUnsupported);
  }
}

TEST(ZstdRead, TruncationAtEveryByteIsTold) {
  const Bytes content = text_bytes(1200);
  EncodeSettings settings;
  settings.seekable = true;
  settings.block_size = kKiB;
  const Bytes many = encode(zstd(), content, settings).bytes;
  const Bytes one = encode(zstd(), content).bytes;
  // Between two frames a file ends as well as anywhere.
  std::set<std::size_t> ends;
  for (const auto& point : native_index(many).points) {
    ends.insert(static_cast<std::size_t>(point.bit / 8));
  }
  ends.insert(many.size() - (8 + 2 * 12 + 9));  // before the seek table
  const std::vector<const Bytes*> both = {&one, &many};
  for (const Bytes* packed : both) {
    for (std::size_t size = 0; size < packed->size(); ++size) {
      if (packed == &many && size != 0 && ends.contains(size)) {
        continue;
      }
      const Bytes cut(packed->begin(), packed->begin() + static_cast<std::ptrdiff_t>(size));
      for (const bool piped : {false, true}) {
        if (kSanitized && piped == (size % 2 == 0)) {
          continue;
        }
        const Decoded back = decode(zstd(), cut, {}, {.piped = piped});
        ASSERT_EQ(back.status.code(), Code::kTruncated) << size << ": " << back.status.to_string();
      }
    }
  }
}

TEST(ZstdRead, FlippedBitsAreReportedOrHarmless) {
  const Bytes content = text_bytes(300);
  const Bytes one = encode(zstd(), content).bytes;
  const Bytes many = joined({one, one});
  for (const Bytes& packed : {one, many, seekable(content, kKiB)}) {
    for (std::size_t bit = 0; bit < packed.size() * 8; bit += kBitStep) {
      Bytes bad = packed;
      bad[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
      DecodeSettings settings;
      settings.limits.max_memory = 256 * kMiB;
      const Decoded back = decode(zstd(), bad, settings, {.threads = bit % 2 == 0 ? 1U : 3U});
      // Only the seek table and its frame header carry no checksum.
      EXPECT_TRUE(!back.status.ok() || back.bytes == content ||
                  back.bytes == joined({content, content}))
          << "bit " << bit;
      EXPECT_NE(back.status.code(), Code::kInternal);
    }
  }
}

TEST(ZstdRead, DamageAnywhereInALargeFrameOrBetweenFramesIsFoundByAnyNumberOfThreads) {
  const Bytes content = text_bytes(4'000'000);
  for (Bytes packed : {encode(zstd(), content).bytes, seekable(content, 400'000)}) {
    const Bytes tail = packed;
    packed[packed.size() / 2] ^= std::byte{0x10};
    EXPECT_EQ(decode_all_ways(packed).status.code(), Code::kCorrupt);
  }
  Bytes wrong_check = encode(zstd(), content).bytes;
  wrong_check.back() ^= std::byte{1};
  EXPECT_EQ(decode_all_ways(wrong_check).status.code(), Code::kCorrupt);
}

TEST(ZstdRead, WindowsBeyondTheLimitAreRefusedAndTheMessageTellsTheNeed) {
  NEED_ZSTD();
  const Bytes wide = stock(text_bytes(3'000'000), {"--long=28", "-1"});
  const Decoded refused = decode(zstd(), wide);
  EXPECT_EQ(refused.status.code(), Code::kLimitExceeded);
  EXPECT_NE(refused.status.to_string().find("256 MiB"), std::string::npos)
      << refused.status.to_string();
  DecodeSettings more;
  more.limits.max_memory = kGiB;
  EXPECT_TRUE(decode(zstd(), wide, more).status.ok());
  DecodeSettings less;
  less.limits.max_memory = kMiB;
  const Bytes usual = stock(text_bytes(3'000'000), {"-3"});
  EXPECT_EQ(decode(zstd(), usual, less).status.code(), Code::kLimitExceeded);
}

TEST(ZstdRead, OutputLimitsHoldAndBombsStayWithinBounds) {
  const std::size_t size = kSanitized ? 64 * kMiB : kGiB;
  class Zeros final : public Source {
   public:
    explicit Zeros(std::uint64_t size) : left_(size) {}
    Result<std::size_t> read(MutableByteSpan out) override {
      const std::size_t count = std::min<std::uint64_t>(out.size(), left_);
      std::fill_n(out.begin(), count, std::byte{0});
      left_ -= count;
      return count;
    }

   private:
    std::uint64_t left_;
  };
  Zeros zeros(size);
  Bytes bomb;
  const auto sink = memory_sink(bomb);
  auto job = zstd().make_encoder(zeros, *sink, {});
  ASSERT_TRUE(job.ok());
  ASSERT_TRUE(run_on(**job, 2).ok());
  ASSERT_LT(bomb.size(), size / 1000);
  for (const unsigned threads : {1U, 2U, 8U}) {
    const auto nowhere = null_sink();
    const auto source = memory_source(bomb);
    auto reader = zstd().make_decoder(*source, *nowhere, {});
    ASSERT_TRUE(reader.ok());
    ASSERT_TRUE(run_on(**reader, threads).ok());
    EXPECT_EQ((*reader)->progress().bytes_out, size);
  }
  for (const bool piped : {false, true}) {
    DecodeSettings settings;
    settings.limits.max_output = 1'000'000;
    const Decoded back = decode(zstd(), bomb, settings, {.piped = piped});
    EXPECT_EQ(back.status.code(), Code::kLimitExceeded);
    EXPECT_LE(back.bytes.size(), 1'000'000U);
  }
  const Bytes framed = seekable(text_bytes(100'000), kKiB);
  DecodeSettings exact;
  exact.limits.max_output = 100'000;
  EXPECT_TRUE(decode_all_ways(framed, exact).status.ok());
  exact.limits.max_output = 99'999;
  EXPECT_EQ(decode_all_ways(framed, exact).status.code(), Code::kLimitExceeded);
}

TEST(ZstdRead, PublicFilesGetTheReferenceToolsVerdict) {
  // The reference tool and the linked library are the same version and judge alike.
  std::size_t judged = 0;
  const bool present = for_each_verdict("zstd", [&](const Verdict& verdict) {
    ++judged;
    const Decoded back = decode_all_ways(verdict.input);
    EXPECT_EQ(back.status.ok(), verdict.exit_code == 0)
        << verdict.path << ": " << back.status.to_string();
    if (back.status.ok() && verdict.exit_code == 0) {
      EXPECT_EQ(sha256_hex(back.bytes), verdict.sha256) << verdict.path;
    }
  });
  if (!present) {
    GTEST_SKIP() << "the public files are not here";
  }
  EXPECT_GT(judged, 10U);
}

TEST(ZstdIndex, TableFramesAndFullDecodesAgreeOnWhereFramesBegin) {
  const Bytes content = text_bytes(1'000'000);
  const Bytes packed = seekable(content, 64 * kKiB);
  const SeekIndex native = native_index(packed);
  Bytes tableless = packed;
  tableless.back() ^= std::byte{1};  // the magic number of the table's footer
  const SeekIndex walked = native_index(tableless);
  DecodeSettings settings;
  settings.index_spacing = 1;
  settings.index_lines = true;
  const Decoded whole = decode(zstd(), packed, settings);
  ASSERT_TRUE(whole.index);
  EXPECT_EQ(whole.index->lines, static_cast<std::uint64_t>(
                                    std::count(content.begin(), content.end(), std::byte{'\n'})));
  for (const SeekIndex* index : {&native, &walked, &*whole.index}) {
    EXPECT_EQ(index->content_size, content.size());
    EXPECT_EQ(index->compressed_size, packed.size());
    ASSERT_EQ(index->points.size(), 16U);
    for (std::size_t i = 0; i < 16; ++i) {
      EXPECT_EQ(index->points[i].content, i * 64 * kKiB);
      EXPECT_EQ(index->points[i].bit, native.points[i].bit);
    }
  }
  settings.index_spacing = 200'000;
  EXPECT_EQ(decode(zstd(), packed, settings).index->points.size(), 4U);
  EXPECT_FALSE(zstd().native_index(*memory_source(encode(zstd(), content).bytes))->has_value());
}

TEST(ZstdIndex, RangesAreThatPartOfTheContent) {
  const Bytes content = text_bytes(1'000'000);
  for (const Bytes& packed : {seekable(content, 100'000), encode(zstd(), content).bytes}) {
    DecodeSettings settings;
    settings.index_spacing = 1;
    const Decoded whole = decode(zstd(), packed, settings);
    ASSERT_TRUE(whole.index);
    Random random(4);
    for (int turn = 0; turn < 40; ++turn) {
      const std::size_t offset = turn == 0 ? content.size() : random.below(content.size());
      const std::size_t length = turn == 1 ? 5'000'000 : random.below(250'000);
      const Decoded part =
          decode_range(zstd(), packed, *whole.index, range_of(offset, length),
                       {.threads = 1 + static_cast<unsigned>(turn) % 3, .piped = turn % 2 == 0});
      ASSERT_TRUE(part.status.ok()) << part.status.to_string();
      const auto wanted =
          ByteSpan(content).subspan(offset, std::min(length, content.size() - offset));
      EXPECT_TRUE(std::equal(part.bytes.begin(), part.bytes.end(), wanted.begin(), wanted.end()))
          << offset << '+' << length;
    }
  }
}

TEST(ZstdIndex, WrongIndexesAreRefusedOrFailAndNeverGiveOtherBytesSilently) {
  const Bytes content = text_bytes(300'000);
  const Bytes packed = seekable(content, 50'000);
  const SeekIndex index = native_index(packed);
  SeekIndex other = index;
  other.compressed_size += 1;
  EXPECT_EQ(decode_range(zstd(), packed, other, range_of(0, 10)).status.code(),
            Code::kInvalidArgument);
  other = index;
  other.points.clear();
  EXPECT_FALSE(decode_range(zstd(), packed, other, range_of(0, 10)).status.ok());
  other = index;
  for (auto& point : other.points) {
    point.bit += 8;
  }
  EXPECT_EQ(decode_range(zstd(), packed, other, range_of(60'000, 10)).status.code(),
            Code::kCorrupt);
  other.points.back().bit = packed.size() * 8;
  EXPECT_EQ(decode_range(zstd(), packed, other, range_of(299'000, 10)).status.code(),
            Code::kCorrupt);
}

TEST(ZstdScan, TellsWhatTheStockToolLists) {
  NEED_ZSTD();
  const Bytes content = text_bytes(700'000);
  const Bytes mixed = joined({stock(content, {"-1"}), skippable(5), seekable(content, 100'000)});
  const auto facts = zstd().scan(*memory_source(mixed));
  ASSERT_TRUE(facts.ok());
  EXPECT_EQ(facts->streams, 8U);
  EXPECT_EQ(facts->skipped, 2U);
  EXPECT_EQ(facts->compressed, mixed.size());
  EXPECT_FALSE(facts->content);  // from a pipe the tool cannot know the size
  EXPECT_EQ(facts->check, "XXH64");
  for (std::size_t cut : {std::size_t{1}, std::size_t{20}, mixed.size() / 2}) {
    Bytes shorter = mixed;
    shorter.resize(mixed.size() - cut);
    EXPECT_EQ(zstd().scan(*memory_source(shorter)).status().code(), Code::kTruncated) << cut;
  }
}

}  // namespace
}  // namespace kompakt::testing
