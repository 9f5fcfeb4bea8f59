#include <algorithm>

#include "codec_suite/harness.hpp"

namespace kompakt::testing {
namespace {

void expect_round_trip(Bench& bench, ByteSpan content) {
  const Bytes encoded = bench.encode(content);
  Bytes decoded(content.size());
  const auto size = bench.decoder().decode(encoded, decoded);
  ASSERT_TRUE(size.ok()) << size.status().to_string();
  ASSERT_TRUE(*size == content.size() && same(decoded, content)) << content.size() << " bytes";
}

TEST_P(CodecSuite, RoundTripsEveryNatureAndSize) {
  Bench bench(GetParam().under_test.spec);
  for (const std::size_t size :
       {std::size_t{1}, std::size_t{4095}, std::size_t{65535}, std::size_t{65536},
        std::size_t{65537}, std::size_t{kMiB - 1}, std::size_t{kMiB + 1}}) {
    if (size > GetParam().under_test.max_size) {
      continue;
    }
    for (const auto& sample : samples(size, GetParam().codec->only_zeros)) {
      SCOPED_TRACE(sample.nature);
      ASSERT_NO_FATAL_FAILURE(expect_round_trip(bench, sample.bytes));
    }
  }
}

TEST_P(CodecSuite, RoundTripsEverySmallSize) {
  Bench bench(GetParam().under_test.spec);
  const auto content = samples(300, GetParam().codec->only_zeros);
  for (std::size_t size = 0; size <= 300; size += kSanitized && size >= 80 ? 3 : 1) {
    for (const auto& sample : content) {
      ASSERT_NO_FATAL_FAILURE(expect_round_trip(bench, ByteSpan(sample.bytes).first(size)));
    }
  }
}

TEST_P(CodecSuite, DecodesIntoMoreRoomThanNeeded) {
  Bench bench(GetParam().under_test.spec);
  if (bench.codec().info().needs_exact_size) {
    GTEST_SKIP() << "this codec is told the size";
  }
  const Bytes content = text_bytes(5000);
  const Bytes encoded = bench.encode(content);
  Bytes decoded(content.size() + 1000);
  const auto size = bench.decoder().decode(encoded, decoded);
  ASSERT_TRUE(size.ok()) << size.status().to_string();
  EXPECT_TRUE(same(ByteSpan(decoded).first(*size), content));
}

// A reused object must forget the block before, whatever became of it.
TEST_P(CodecSuite, ReusedObjectsGiveTheSameBytes) {
  Bench fresh(GetParam().under_test.spec);
  Bench reused(GetParam().under_test.spec);
  const bool zeros = GetParam().codec->only_zeros;
  const Bytes content = zeros ? Bytes(5000) : text_bytes(5000);
  for (const auto& other : samples(6001, zeros)) {
    static_cast<void>(reused.encode(other.bytes));
    Bytes nothing_fits(3);
    static_cast<void>(reused.encoder().encode(other.bytes, nothing_fits));
  }
  const Bytes encoded = reused.encode(content);
  EXPECT_EQ(encoded, fresh.encode(content));

  Bytes decoded(content.size());
  const Bytes garbage = random_bytes(100);
  static_cast<void>(reused.decoder().decode(garbage, decoded));
  static_cast<void>(reused.decoder().decode({}, decoded));
  const auto size = reused.decoder().decode(encoded, decoded);
  ASSERT_TRUE(size.ok()) << size.status().to_string();
  EXPECT_EQ(decoded, content);
}

TEST_P(CodecSuite, JoinedEncodingsDecodeToJoinedContentWherePromised) {
  Bench bench(GetParam().under_test.spec);
  if (!bench.codec().info().concatenates) {
    GTEST_SKIP() << "not promised";
  }
  const Bytes first = text_bytes(1000, 7);
  const Bytes second = text_bytes(700, 8);
  Bytes joined = bench.encode(first);
  const Bytes tail = bench.encode(second);
  joined.insert(joined.end(), tail.begin(), tail.end());
  Bytes content = first;
  content.insert(content.end(), second.begin(), second.end());
  Bytes decoded(content.size());
  const auto size = bench.decoder().decode(joined, decoded);
  ASSERT_TRUE(size.ok()) << size.status().to_string();
  EXPECT_EQ(decoded, content);
}

}  // namespace

INSTANTIATE_TEST_SUITE_P(Codecs, CodecSuite, ::testing::ValuesIn(cases(Which::kEverySpec)),
                         [](const auto& instance) { return case_name(instance.param); });

TEST(CodecTable, DescribesEveryCodecOfTheRegistry) {
  for (const Codec* codec : all_codecs()) {
    EXPECT_TRUE(std::any_of(codecs_under_test().begin(), codecs_under_test().end(),
                            [&](const auto& row) { return row.name == codec->info().name; }))
        << codec->info().name;
  }
}

}  // namespace kompakt::testing
