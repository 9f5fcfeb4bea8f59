#include "codec/recycler.hpp"

#include <gtest/gtest.h>

#include <cstring>

namespace kompakt {
namespace {

TEST(Recycler, HandsOutReleasedMemoryAgain) {
  Recycler recycler;
  void* first = recycler.allocate(1000);
  ASSERT_NE(first, nullptr);
  std::memset(first, 1, 1000);
  recycler.release(first);
  EXPECT_EQ(recycler.allocate(900), first);
  recycler.release(first);
}

TEST(Recycler, KeepsLargeBlocksForLargeRequests) {
  Recycler recycler;
  void* large = recycler.allocate(100'000);
  recycler.release(large);
  void* small = recycler.allocate(10);
  EXPECT_NE(small, large);
  EXPECT_EQ(recycler.allocate(100'000), large);
  recycler.release(large);
  recycler.release(small);
}

TEST(Recycler, RefusesBeyondItsLimitAndSaysSoOnce) {
  Recycler recycler(10'000);
  void* block = recycler.allocate(6000);
  ASSERT_NE(block, nullptr);
  EXPECT_FALSE(recycler.take_refusal());
  EXPECT_EQ(recycler.allocate(6000), nullptr);
  EXPECT_TRUE(recycler.take_refusal());
  EXPECT_FALSE(recycler.take_refusal());
  EXPECT_EQ(recycler.allocate(static_cast<std::size_t>(-1)), nullptr);
  recycler.release(block);
}

TEST(Recycler, DropsIdleMemoryBeforeRefusing) {
  Recycler recycler(10'000);
  recycler.release(recycler.allocate(6000));
  void* other = recycler.allocate(9000);
  EXPECT_NE(other, nullptr);
  recycler.release(other);
  EXPECT_LE(recycler.held(), 10'000U);
}

TEST(Recycler, DoesNotPileUpIdleBlocks) {
  Recycler recycler;
  for (std::size_t size = 1; size < 200; ++size) {
    void* block = recycler.allocate(size * 1000);
    ASSERT_NE(block, nullptr);
    recycler.release(block);
  }
  EXPECT_LT(recycler.held(), 40U * 200'000);
  recycler.release(nullptr);
}

}  // namespace
}  // namespace kompakt
