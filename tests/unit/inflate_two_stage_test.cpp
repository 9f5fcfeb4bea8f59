// Decoding from the middle of a stream: block starts are searched, the window is put in later.
#include <gtest/gtest.h>

#include <set>

#include "codec/deflate/inflate/block_finder.hpp"
#include "codec/deflate/inflate/marker_inflater.hpp"
#include "inflate_streams.hpp"

namespace kompakt::deflate {
namespace {

using testing::BitStream;
using testing::Bytes;
using testing::deflate_with_zlib;
using testing::mixed_bytes;

std::span<const std::uint8_t> octets(const Bytes& bytes) {
  return {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
}

std::span<const std::uint8_t> window_before(const Bytes& content, std::size_t at) {
  const std::size_t size = std::min(at, kWindowSize);
  return octets(content).subspan(at - size, size);
}

struct Blocks {
  std::set<std::uint64_t> starts;
  std::vector<std::uint64_t> contents;  // content offset of each start, in order
};

Blocks blocks_of(const Bytes& stream, const Bytes& content) {
  Blocks blocks;
  std::vector<std::uint8_t> buffer(content.size() + 1);
  Inflater inflater;
  inflater.start();
  std::size_t filled = 0;
  for (;;) {
    const auto step = inflater.run({.bytes = stream, .complete = true},
                                   {.buffer = buffer, .filled = filled}, {.bit = 0});
    if (!step.ok() || step->halt != Halt::kBoundary) {
      return blocks;
    }
    filled += step->produced;
    blocks.starts.insert(inflater.bit_offset());
    blocks.contents.push_back(inflater.content_offset());
  }
}

// All symbols from `bit` to the end, in calls with `room` symbols at a time.
std::vector<std::uint16_t> decode_from(const Bytes& stream, std::uint64_t bit, std::size_t room) {
  std::vector<std::uint16_t> symbols(kWindowSize);
  fill_marker_window(std::span(symbols).first<kWindowSize>());
  Inflater inflater;
  inflater.start({.bit = bit, .history = kWindowSize});
  for (;;) {
    const std::size_t filled = symbols.size();
    symbols.resize(filled + room);
    const auto step = inflater.run_markers({.bytes = stream, .complete = true},
                                           {.buffer = symbols, .filled = filled}, {});
    EXPECT_TRUE(step.ok()) << step.status().to_string();
    symbols.resize(filled + (step.ok() ? step->produced : 0));
    if (!step.ok() || step->halt == Halt::kEnd) {
      symbols.erase(symbols.begin(), symbols.begin() + kWindowSize);
      return symbols;
    }
  }
}

TEST(InflateTwoStage, ContentFromAnyOffsetIsTheTrueOne) {
  const Bytes content = mixed_bytes(800'000);
  const Bytes stream = deflate_with_zlib(content);
  const Blocks blocks = blocks_of(stream, content);
  testing::Random random(4);
  for (int round = 0; round < 30; ++round) {
    const std::uint64_t from = random.below(stream.size() * 8);
    const auto found = find_block(stream, from, stream.size() * 8);
    if (!found) {
      // Then only final blocks or fixed ones follow.
      continue;
    }
    ASSERT_TRUE(blocks.starts.lower_bound(found->earliest_bit) != blocks.starts.end());
    ASSERT_LE(*blocks.starts.lower_bound(found->earliest_bit), found->bit);
    const auto symbols = decode_from(stream, found->bit, round % 2 == 0 ? 1'000'000 : 40'000);
    ASSERT_LE(symbols.size(), content.size());
    const std::size_t start = content.size() - symbols.size();
    std::vector<std::uint8_t> resolved(symbols.size());
    ASSERT_TRUE(resolve_markers(symbols, window_before(content, start), resolved).ok());
    ASSERT_EQ(std::memcmp(resolved.data(), content.data() + start, resolved.size()), 0);
  }
}

TEST(InflateTwoStage, EveryNonFinalDynamicBlockIsFound) {
  const Bytes content = testing::text_bytes(900'000);
  const Bytes stream = deflate_with_zlib(content);
  const Blocks blocks = blocks_of(stream, content);
  std::set<std::uint64_t> found;
  for (std::uint64_t from = 0;;) {
    const auto bit = find_dynamic_block(stream, from, stream.size() * 8);
    if (!bit) {
      break;
    }
    ASSERT_GE(*bit, from);
    found.insert(*bit);
    from = *bit + 1;
  }
  // All but the last block, which is final, and the first, which does not start behind another.
  std::set<std::uint64_t> expected = blocks.starts;
  ASSERT_GT(expected.size(), 5U);
  expected.erase(*expected.rbegin());
  expected.insert(0);
  EXPECT_EQ(found, expected);
}

// From each offset around a block's start: found if and only if it lies in the range.
TEST(InflateTwoStage, TheRangeOfASearchIsKept) {
  const Bytes content = testing::text_bytes(300'000);
  const Bytes stream = deflate_with_zlib(content);
  const Blocks blocks = blocks_of(stream, content);
  const std::uint64_t start = *blocks.starts.begin();
  for (std::uint64_t from = start - 130; from <= start; ++from) {
    EXPECT_EQ(find_dynamic_block(stream, from, start + 1), start);
    EXPECT_EQ(find_dynamic_block(stream, from, start), std::nullopt);
  }
  const auto next = find_dynamic_block(stream, start + 1, stream.size() * 8);
  EXPECT_TRUE(!next || *next > start);
  // A header cut off by the end of the data is none.
  EXPECT_EQ(find_dynamic_block(ByteSpan(stream).first(start / 8 + 20), start, start + 1),
            std::nullopt);
}

// The stored block of a full flush: its header lies somewhere in the zero bits before LEN.
TEST(InflateTwoStage, StoredBlocksAreFoundWithAllTheirPossibleStarts) {
  for (unsigned before = 0; before < 16; ++before) {
    BitStream stream;
    stream.number(0xFFFF, 16).number(0xFFFF, before);  // ones, up to the header
    const std::uint64_t header = stream.bits();
    stream.stored(false, "stored content").stored(true, "");
    const auto found = find_stored_block(stream.bytes(), 1, stream.bits());
    ASSERT_TRUE(found) << before;
    EXPECT_EQ(found->type, BlockType::kStored);
    EXPECT_EQ(found->bit, (header + 3 + 7) / 8 * 8 - 3) << before;
    EXPECT_EQ(found->earliest_bit, header) << before;
    EXPECT_EQ(find_stored_block(stream.bytes(), found->bit + 1, found->bit + 80), std::nullopt);
    const auto either = find_block(stream.bytes(), 1, stream.bits());
    ASSERT_TRUE(either);
    EXPECT_EQ(either->bit, found->bit);
  }
}

TEST(InflateTwoStage, FlushedStreamsAreFoundAtTheirFlushes) {
  const Bytes content = testing::text_bytes(400'000);
  const Bytes stream = deflate_with_zlib(content, {.flush_every = 50'000, .flush = Z_SYNC_FLUSH});
  const Blocks blocks = blocks_of(stream, content);
  std::size_t stored = 0;
  for (std::uint64_t from = 1;;) {
    const auto found = find_stored_block(stream, from, stream.size() * 8);
    if (!found) {
      break;
    }
    const auto start = blocks.starts.lower_bound(found->earliest_bit);
    stored += start != blocks.starts.end() && *start <= found->bit ? 1 : 0;
    from = found->bit + 1;
  }
  EXPECT_EQ(stored, 8U);
}

TEST(InflateTwoStage, NoiseLooksHardlyEverLikeABlock) {
  const Bytes noise = testing::random_bytes(std::size_t{4} << 20U, 77);
  EXPECT_EQ(find_dynamic_block(noise, 0, noise.size() * 8), std::nullopt);
}

// Once 32 KiB in a row are free of markers, the same object goes on with bytes, in the middle of a
// block.
TEST(InflateTwoStage, GoesOnWithBytesWhenTheWindowIsClean) {
  // No match reaches far here, so that markers end soon.
  Bytes content = testing::text_bytes(100'000, 5);
  const Bytes noise = testing::random_bytes(300'000, 6);
  content.insert(content.end(), noise.begin(), noise.end());
  const Bytes more = mixed_bytes(500'000, 8);
  content.insert(content.end(), more.begin(), more.end());
  const Bytes stream = deflate_with_zlib(content);
  const Blocks blocks = blocks_of(stream, content);
  const std::uint64_t bit = *blocks.starts.begin();
  const std::size_t start = blocks.contents.front();

  constexpr std::size_t kPart = 50'001;  // symbols a call: seldom at a block's end
  std::vector<std::uint16_t> symbols(kWindowSize);
  fill_marker_window(std::span(symbols).first<kWindowSize>());
  Inflater inflater;
  inflater.start({.bit = bit, .history = kWindowSize});
  std::size_t clean = 0;  // symbols at the end that are free of markers
  while (clean < kWindowSize) {
    const std::size_t filled = symbols.size();
    symbols.resize(filled + kPart);
    const auto step = inflater.run_markers({.bytes = stream, .complete = true},
                                           {.buffer = symbols, .filled = filled}, {});
    ASSERT_TRUE(step.ok()) << step.status().to_string();
    ASSERT_EQ(step->halt, Halt::kOutputFull);
    clean = symbols.size() - behind_last_marker(symbols);
  }
  ASSERT_FALSE(inflater.at_boundary());
  const std::size_t symbol_count = symbols.size() - kWindowSize;

  std::vector<std::uint8_t> bytes(kWindowSize + content.size());
  narrow(std::span(symbols).last(kWindowSize), bytes);
  const auto step =
      inflater.run({.bytes = stream, .complete = true}, {.buffer = bytes, .filled = kWindowSize});
  ASSERT_TRUE(step.ok()) << step.status().to_string();
  ASSERT_EQ(step->halt, Halt::kEnd);
  ASSERT_EQ(start + symbol_count + step->produced, content.size());
  EXPECT_EQ(std::memcmp(bytes.data() + kWindowSize, content.data() + start + symbol_count,
                        step->produced),
            0);
  std::vector<std::uint8_t> resolved(symbol_count);
  ASSERT_TRUE(resolve_markers(std::span(symbols).subspan(kWindowSize),
                              window_before(content, start), resolved)
                  .ok());
  EXPECT_EQ(std::memcmp(resolved.data(), content.data() + start, symbol_count), 0);
}

TEST(InflateTwoStage, MarkersStandForTheBytesOfTheWindow) {
  std::vector<std::uint8_t> window(kWindowSize);
  for (std::size_t i = 0; i < window.size(); ++i) {
    window[i] = static_cast<std::uint8_t>(i * 31 + i / 256);
  }
  testing::Random random(9);
  for (const std::size_t size : {0U, 1U, 31U, 32U, 33U, 1000U}) {
    for (const std::size_t marker_every : {1U, 2U, 40U, 100'000U}) {
      std::vector<std::uint16_t> symbols(size);
      std::vector<std::uint8_t> expected(size);
      std::size_t last = 0;
      for (std::size_t i = 0; i < size; ++i) {
        if (random.below(marker_every) == 0) {
          const std::size_t index = random.below(kWindowSize);
          symbols[i] = static_cast<std::uint16_t>(kMarker | index);
          expected[i] = window[index];
          last = i + 1;
        } else {
          expected[i] = static_cast<std::uint8_t>(random.next());
          symbols[i] = expected[i];
        }
      }
      EXPECT_EQ(behind_last_marker(symbols), last);
      std::vector<std::uint8_t> out(size);
      ASSERT_TRUE(resolve_markers(symbols, window, out).ok());
      EXPECT_EQ(out, expected);
    }
  }
}

TEST(InflateTwoStage, MarkersBeforeAShortWindowAreCorrupt) {
  const std::vector<std::uint8_t> window = {1, 2, 3};
  std::vector<std::uint8_t> out(2);
  const std::vector<std::uint16_t> good = {0xFFFF, 0xFFFD};
  ASSERT_TRUE(resolve_markers(good, window, out).ok());
  EXPECT_EQ(out, (std::vector<std::uint8_t>{3, 1}));
  const std::vector<std::uint16_t> bad = {0xFFFF, 0xFFFC};
  EXPECT_EQ(resolve_markers(bad, window, out).code(), Code::kCorrupt);
  const std::vector<std::uint16_t> plain = {7, 255};
  EXPECT_TRUE(resolve_markers(plain, {}, out).ok());
}

// The window behind a part, before the part is resolved: of few symbols, of many, at the start.
TEST(InflateTwoStage, TheWindowBehindAPartIsKnownEarly) {
  const Bytes content = mixed_bytes(200'000);
  const auto all = octets(content);
  for (const std::size_t start : {0U, 10U, 40'000U}) {
    for (const std::size_t size : {0U, 100U, 32'768U, 50'000U}) {
      std::vector<std::uint16_t> symbols(all.begin() + static_cast<std::ptrdiff_t>(start),
                                         all.begin() + static_cast<std::ptrdiff_t>(start + size));
      const auto window = window_before(content, start);
      for (std::size_t i = 0; i < size && !window.empty(); i += 17) {
        const std::size_t index = kWindowSize - 1 - i % window.size();
        symbols[i] = static_cast<std::uint16_t>(kMarker | index);
      }
      std::vector<std::uint8_t> resolved(size);
      ASSERT_TRUE(resolve_markers(symbols, window, resolved).ok());
      Bytes expected(content.begin(), content.begin() + static_cast<std::ptrdiff_t>(start));
      for (const std::uint8_t byte : resolved) {
        expected.push_back(std::byte{byte});
      }
      std::vector<std::uint8_t> behind(kWindowSize);
      const auto count = window_behind(symbols, window, std::span(behind).first<kWindowSize>());
      ASSERT_TRUE(count.ok());
      const auto truth = window_before(expected, expected.size());
      ASSERT_EQ(*count, truth.size());
      EXPECT_TRUE(std::equal(truth.begin(), truth.end(), behind.begin()));
    }
  }
}

}  // namespace
}  // namespace kompakt::deflate
