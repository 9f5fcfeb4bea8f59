#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <string>
#include <vector>

#include "test_data.hpp"
#include "transform/bwt.hpp"

namespace kompakt {
namespace {

using testing::Bytes;
using testing::random_bytes;
using testing::record_bytes;
using testing::text_bytes;
using testing::to_bytes;

struct Sorted {
  Bytes bytes;
  std::vector<std::uint32_t> rows;
};

Sorted sorted(const Bytes& content) {
  Buffer work;
  Sorted result;
  result.rows.resize(bwt_row_count(content.size()));
  const auto bytes = bwt_forward(content, result.rows, work);
  EXPECT_TRUE(bytes.ok());
  result.bytes.assign(bytes->begin(), bytes->end());
  return result;
}

void expect_round_trip(const Bytes& content, const std::string& name) {
  const Sorted result = sorted(content);
  Bytes back(content.size());
  Buffer work;
  ASSERT_TRUE(bwt_inverse(result.bytes, result.rows, back, work).ok()) << name;
  EXPECT_TRUE(back == content) << name << ", " << content.size();
  Bytes in_place = result.bytes;
  ASSERT_TRUE(bwt_inverse(in_place, result.rows, in_place, work).ok()) << name;
  EXPECT_TRUE(in_place == content) << name << ", in place, " << content.size();
}

Bytes periodic(std::size_t size, std::size_t period) {
  Bytes bytes = random_bytes(period, period);
  bytes.resize(size);
  for (std::size_t i = period; i < size; ++i) {
    bytes[i] = bytes[i - period];
  }
  return bytes;
}

// What many sorters find hardest: every prefix repeats, at ever larger distances.
Bytes fibonacci(std::size_t size) {
  std::string before = "b";
  std::string now = "a";
  while (now.size() < size) {
    std::string next = now + before;
    before = std::exchange(now, std::move(next));
  }
  now.resize(size);
  return to_bytes(now);
}

TEST(BwtTransform, GivesTheLastBytesOfTheSortedRotations) {
  for (const std::string_view text : {"banana", "abracadabra", "a", "ba", "cabbage", "abab"}) {
    const Bytes content = to_bytes(text);
    std::vector<std::string> rotations;
    for (std::size_t i = 0; i < text.size(); ++i) {
      rotations.push_back(std::string(text.substr(i)) + std::string(text.substr(0, i)));
    }
    std::sort(rotations.begin(), rotations.end());
    std::string last;
    for (const auto& rotation : rotations) {
      last += rotation.back();
    }
    const Sorted result = sorted(content);
    EXPECT_EQ(result.bytes, to_bytes(last)) << text;
    ASSERT_EQ(result.rows.size(), 1U);
    EXPECT_EQ(rotations[result.rows[0]], text);
  }
}

TEST(BwtTransform, ReturnsWhateverWentIn) {
  // Sizes on both sides of where several chains are kept, and of powers of two.
  for (const std::size_t size : {std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{255},
                                 std::size_t{32767}, std::size_t{32768}, std::size_t{32769},
                                 std::size_t{65536}, std::size_t{65537}, std::size_t{100'001}}) {
    expect_round_trip(text_bytes(size), "text");
    expect_round_trip(random_bytes(size), "random");
    expect_round_trip(record_bytes(size), "records");
  }
}

TEST(BwtTransform, RepetitiveContentTakesNoLonger) {
  constexpr std::size_t kSize = 64 * kKiB;
  expect_round_trip(Bytes(kSize), "zeros");
  expect_round_trip(Bytes(kSize - 1, std::byte{0xFF}), "ones");
  for (std::size_t period = 2; period <= 16; ++period) {
    expect_round_trip(periodic(kSize, period), "period " + std::to_string(period));
  }
  expect_round_trip(periodic(kSize + 7, 1000), "long period");
  expect_round_trip(fibonacci(kSize), "Fibonacci string");
}

TEST(BwtTransform, RowsOutsideTheBlockAreCorrupt) {
  const Bytes content = text_bytes(40'000);
  Sorted result = sorted(content);
  Bytes back(content.size());
  Buffer work;
  for (std::uint32_t& row : result.rows) {
    const std::uint32_t right = row;
    for (const std::uint32_t wrong : {40'000U, 0xFFFFFFFFU}) {
      row = wrong;
      EXPECT_EQ(bwt_inverse(result.bytes, result.rows, back, work).code(), Code::kCorrupt);
    }
    row = right;
  }
}

// Bytes that come from no block fall into many short cycles; any row still leads somewhere.
TEST(BwtTransform, BytesThatNoBlockGivesDecodeToSomething) {
  for (const std::size_t size : {std::size_t{1}, std::size_t{999}, std::size_t{70'000}}) {
    const Bytes bytes = random_bytes(size, 77);
    std::vector<std::uint32_t> rows(bwt_row_count(size));
    testing::Random random(5);
    std::generate(rows.begin(), rows.end(),
                  [&] { return static_cast<std::uint32_t>(random.below(size)); });
    Bytes back(size);
    Buffer work;
    EXPECT_TRUE(bwt_inverse(bytes, rows, back, work).ok());
  }
}

}  // namespace
}  // namespace kompakt
