#include <gtest/gtest.h>

#include "container/legacy/v2_plan.hpp"

namespace kompakt::legacy {
namespace {

V2Plan throughput(std::uint64_t size, unsigned cores) {
  return plan_v2(V2Level::kThroughput, size, cores);
}

TEST(V2Plan, ThroughputChangesItsMindAtTheStatedSizes) {
  using M = TableMethod;
  const auto plan = [](M method, std::uint64_t mib, unsigned threads) {
    return V2Plan{.method = method, .chunk_size = mib * kMiB, .threads = threads};
  };
  EXPECT_EQ(throughput(0, 8), plan(M::kSnappy, 2, 4));
  EXPECT_EQ(throughput(32 * kMiB - 1, 8), plan(M::kSnappy, 2, 4));
  EXPECT_EQ(throughput(32 * kMiB, 8), plan(M::kLz4, 2, 4));
  EXPECT_EQ(throughput(256 * kMiB - 1, 8), plan(M::kLz4, 2, 4));
  EXPECT_EQ(throughput(256 * kMiB, 8), plan(M::kZstd, 8, 8));
  EXPECT_EQ(throughput(kGiB - 1, 8), plan(M::kZstd, 8, 8));
  EXPECT_EQ(throughput(kGiB, 8), plan(M::kZstd, 16, 8));
  EXPECT_EQ(throughput(10 * kGiB - 1, 8), plan(M::kZstd, 16, 8));
  EXPECT_EQ(throughput(10 * kGiB, 8), plan(M::kZstd, 32, 8));
}

TEST(V2Plan, ThroughputMindsTheCores) {
  using M = TableMethod;
  EXPECT_EQ(throughput(kMiB, 2).threads, 2U);
  EXPECT_EQ(throughput(kMiB, 64).threads, 4U);
  EXPECT_EQ(throughput(512 * kMiB, 5).method, M::kLz4);
  EXPECT_EQ(throughput(512 * kMiB, 5).chunk_size, 4 * kMiB);
  EXPECT_EQ(throughput(512 * kMiB, 6).method, M::kZstd);
  EXPECT_EQ(throughput(512 * kMiB, 7).chunk_size, 4 * kMiB);
  EXPECT_EQ(throughput(512 * kMiB, 8).chunk_size, 8 * kMiB);
  EXPECT_EQ(throughput(2 * kGiB, 1).method, M::kZstd);
  EXPECT_EQ(throughput(2 * kGiB, 64).threads, kV2MaxThreads);
}

TEST(V2Plan, OtherLevelsFixTheMethodAndKeepTheDefaults) {
  for (const std::uint64_t size : {std::uint64_t{0}, kMiB, 100 * kGiB}) {
    EXPECT_EQ(plan_v2(V2Level::kFastest, size, 3),
              (V2Plan{.method = TableMethod::kSnappy, .chunk_size = 4 * kMiB, .threads = 3}));
    EXPECT_EQ(plan_v2(V2Level::kMax, size, 40),
              (V2Plan{.method = TableMethod::kBrotli, .chunk_size = 4 * kMiB, .threads = 32}));
    EXPECT_EQ(plan_v2(V2Level::kAuto, size, 0),
              (V2Plan{.method = std::nullopt, .chunk_size = 4 * kMiB, .threads = 1}));
  }
}

TEST(V2Plan, AutoWantsATenthFromZstd) {
  EXPECT_EQ(auto_method(900, 1000), TableMethod::kZstd);
  EXPECT_EQ(auto_method(901, 1000), TableMethod::kSnappy);
  EXPECT_EQ(auto_method(1, 1), TableMethod::kSnappy);
}

TEST(V2Plan, NamesGoBothWays) {
  for (const V2Level level :
       {V2Level::kAuto, V2Level::kFastest, V2Level::kMax, V2Level::kThroughput}) {
    EXPECT_EQ(find_v2_level(v2_level_name(level)), level);
  }
  EXPECT_EQ(find_v2_level("best"), std::nullopt);
  EXPECT_EQ(find_table_method("brotli"), TableMethod::kBrotli);
  EXPECT_EQ(find_table_method("xz"), std::nullopt);
}

}  // namespace
}  // namespace kompakt::legacy
