#include <algorithm>

#include "codec_suite/harness.hpp"

namespace kompakt::testing {
namespace {

constexpr std::size_t kContentSize = 3000;

Bytes content_for(const Case& c) {
  return c.codec->only_zeros ? Bytes(kContentSize) : text_bytes(kContentSize);
}

// Every room from nothing to more than enough, against a guard page: whatever is accepted must
// decode, and nothing may be written outside.
TEST_P(CodecSuite, EncodesWithinAnyRoomOrSaysThatItDoesNotFit) {
  Bench bench(GetParam().under_test.spec);
  const Bytes content = content_for(GetParam());
  const GuardedBuffer in_guard(kContentSize);
  const ByteSpan in = in_guard.hold(content);
  const std::size_t needed = bench.encode(content).size();
  const std::size_t bound = bench.codec().max_encoded_size(kContentSize);
  const GuardedBuffer out_guard(std::max<std::size_t>(bound, 16));
  std::vector<std::size_t> rooms = {0, 1, 2, 7, 8, needed / 2, bound};
  for (std::size_t room = needed > 12 ? needed - 12 : 0; room <= std::min(needed + 12, bound);
       ++room) {
    rooms.push_back(room);
  }
  for (const std::size_t room : rooms) {
    const MutableByteSpan out = out_guard.last(room);
    const auto size = bench.encoder().encode(in, out);
    ASSERT_TRUE(size.ok()) << room << ": " << size.status().to_string();
    if (!size->has_value()) {
      EXPECT_LT(room, bound) << "does not fit in max_encoded_size";
      continue;
    }
    ASSERT_LE(**size, room);
    Bytes decoded(kContentSize);
    const auto back = bench.decoder().decode(out.first(**size), decoded);
    ASSERT_TRUE(back.ok()) << room << ": " << back.status().to_string();
    EXPECT_EQ(decoded, content) << room;
  }
}

TEST_P(CodecSuite, MaxEncodedSizeHoldsForIncompressibleBlocks) {
  Bench bench(GetParam().under_test.spec);
  if (GetParam().codec->only_zeros) {
    GTEST_SKIP() << "never fits, by design";
  }
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{13}, std::size_t{1000},
                                 std::size_t{65537}, std::size_t{300'000}}) {
    if (size > GetParam().under_test.max_size) {
      continue;
    }
    const Bytes content = random_bytes(size, size);
    const std::size_t bound = bench.codec().max_encoded_size(size);
    const GuardedBuffer guard(bound);
    const auto encoded = bench.encoder().encode(content, guard.last(bound));
    ASSERT_TRUE(encoded.ok()) << encoded.status().to_string();
    EXPECT_TRUE(encoded->has_value()) << size;
  }
}

TEST_P(CodecSuite, IncompressibleBlockDoesNotFitAsAValue) {
  Bench bench(GetParam().under_test.spec);
  const Bytes content = random_bytes(5000);
  const GuardedBuffer guard(content.size() - 1);
  const auto size = bench.encoder().encode(content, guard.last(content.size() - 1));
  ASSERT_TRUE(size.ok()) << size.status().to_string();
  EXPECT_FALSE(size->has_value());
}

// The destination and the encoding both end at a guard page.
TEST_P(CodecSuite, DecodesInsideItsSpans) {
  Bench bench(GetParam().under_test.spec);
  const Bytes content = content_for(GetParam());
  const Bytes encoded = bench.encode(content);
  const GuardedBuffer in_guard(encoded.size());
  const GuardedBuffer out_guard(kContentSize);
  const ByteSpan in = in_guard.hold(encoded);
  const auto exact = bench.decoder().decode(in, out_guard.last(kContentSize));
  ASSERT_TRUE(exact.ok()) << exact.status().to_string();
  EXPECT_EQ(*exact, kContentSize);
  EXPECT_TRUE(same(out_guard.last(kContentSize), content));
  if (bench.codec().info().needs_exact_size) {
    return;
  }
  for (const std::size_t room :
       {kContentSize - 1, kContentSize - 20, kContentSize / 2, std::size_t{1}, std::size_t{0}}) {
    const auto size = bench.decoder().decode(in, out_guard.last(room));
    ASSERT_FALSE(size.ok()) << room;
    EXPECT_EQ(size.status().code(), Code::kCorrupt) << room << ": " << size.status().to_string();
  }
}

}  // namespace
}  // namespace kompakt::testing
