// Where blocks end, and that pipes and files are cut alike.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <numeric>

#include "container/block_cutter.hpp"
#include "container/warp3_support.hpp"
#include "container/warp_encode.hpp"
#include "ordered_ends.hpp"
#include "pipeline/run.hpp"

namespace kompakt::testing::warp3 {
namespace {

std::vector<std::size_t> cut(std::uint64_t size, std::size_t block, bool even_end) {
  BlockCutter cutter(block, even_end);
  std::vector<std::size_t> blocks;
  while (size > 0) {
    const std::uint64_t told = std::min(size, cutter.look_ahead());
    const auto next = std::min<std::uint64_t>(cutter.next(told), size);
    blocks.push_back(static_cast<std::size_t>(next));
    EXPECT_LT(told - next, block + (told == cutter.look_ahead() ? 1 : 0));
    size -= next;
  }
  return blocks;
}

// How long two workers take which begin with the next block whenever they are done with one.
std::uint64_t two_workers(const std::vector<std::size_t>& blocks) {
  std::array<std::uint64_t, 2> busy{};
  for (const std::size_t block : blocks) {
    *std::ranges::min_element(busy) += block;
  }
  return *std::ranges::max_element(busy);
}

constexpr std::size_t kBlock = std::size_t{1} << 20U;

TEST(BlockCutter, WithoutAnEvenEndAllBlocksButTheLastAreWhole) {
  EXPECT_EQ(cut(3 * kBlock + 5, kBlock, false),
            (std::vector<std::size_t>{kBlock, kBlock, kBlock, 5}));
  EXPECT_EQ(cut(2 * kBlock, kBlock, false), (std::vector<std::size_t>{kBlock, kBlock}));
}

TEST(BlockCutter, WhatFitsIntoOneBlockIsOne) {
  for (const std::size_t size : {std::size_t{1}, kBlock - 1, kBlock}) {
    EXPECT_EQ(cut(size, kBlock, true), std::vector<std::size_t>{size});
  }
}

TEST(BlockCutter, WithAnEvenEndTwoWorkersEndTogether) {
  for (std::uint64_t size = kBlock + 1; size < 9 * kBlock; size += 37'777) {
    const auto blocks = cut(size, kBlock, true);
    EXPECT_EQ(std::accumulate(blocks.begin(), blocks.end(), std::uint64_t{0}), size);
    EXPECT_LE(*std::ranges::max_element(blocks), kBlock);
    // No more than what a sixteenth of a block, not cut off for itself, and whole pages make.
    EXPECT_LE(two_workers(blocks), size / 2 + kBlock / 16 + 8192) << size;
    EXPECT_LE(blocks.size(), size / kBlock + 3) << size;
  }
}

TEST(BlockCutter, BlocksBeforeTheEndAreWhole) {
  const auto blocks = cut(7 * kBlock + kBlock / 2, kBlock, true);
  ASSERT_GE(blocks.size(), 6U);
  EXPECT_TRUE(
      std::all_of(blocks.begin(), blocks.begin() + 6, [](auto size) { return size == kBlock; }));
}

Bytes encode(Source& source, std::size_t block, unsigned threads) {
  Bytes file;
  const auto sink = memory_sink(file);
  auto options = WarpEncodeOptions{.codec = codec("lz4"),
                                   .block_size = block,
                                   .even_end = true,
                                   .hash = HashId::kXxh3,
                                   .metadata = std::nullopt,
                                   .on_block = {}};
  auto job = make_warp_encode_job(source, *sink, std::move(options));
  EXPECT_TRUE(job.ok()) << job.status().to_string();
  RunOptions run;
  run.threads = threads;
  const Status status = run_job(**job, run);
  EXPECT_TRUE(status.ok()) << status.to_string();
  return file;
}

TEST(BlockCutter, APipeIsCutAsAFileIs) {
  constexpr std::size_t kSmall = 64 * 1024;
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, kSmall - 1, kSmall, kSmall + 1, kSmall * 3 / 2,
        2 * kSmall - 1, 2 * kSmall, 2 * kSmall + 1, kSmall * 5 / 2, 3 * kSmall - 1, 3 * kSmall,
        3 * kSmall + 1, kSmall * 17 / 4, 6 * kSmall}) {
    const Bytes content = random_bytes(size);
    const auto whole = memory_source(content);
    const Bytes file = encode(*whole, kSmall, 1);
    EXPECT_EQ(unpack(file).content, content) << size;
    for (const unsigned threads : {1U, 2U, 5U}) {
      const auto memory = memory_source(content);
      EXPECT_EQ(encode(*memory, kSmall, threads), file) << size << " threads " << threads;
      OrderedSource pipe(content);
      EXPECT_EQ(encode(pipe, kSmall, threads), file) << size << " threads " << threads;
    }
  }
}

}  // namespace
}  // namespace kompakt::testing::warp3
