#include "transform/suffix_sort.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "test_data.hpp"

namespace kompakt {
namespace {

using testing::Bytes;
using testing::random_bytes;
using testing::text_bytes;

struct Sorted {
  Bytes last;
  std::vector<std::uint32_t> places;  // of every rotation
};

Sorted by_induction(const Bytes& content) {
  std::vector<std::uint32_t> work(sort_work_words(content.size()));
  Sorted result{.last = {}, .places = std::vector<std::uint32_t>(content.size())};
  const ByteSpan last = sort_rotations(content, 1, result.places, work);
  result.last.assign(last.begin(), last.end());
  return result;
}

Sorted by_comparing(const Bytes& content) {
  const std::size_t size = content.size();
  Bytes twice = content;
  twice.insert(twice.end(), content.begin(), content.end());
  std::vector<std::uint32_t> starts(size);
  std::iota(starts.begin(), starts.end(), 0U);
  std::sort(starts.begin(), starts.end(), [&](std::uint32_t a, std::uint32_t b) {
    return std::memcmp(twice.data() + a, twice.data() + b, size) < 0;
  });
  Sorted result{.last = Bytes(size), .places = std::vector<std::uint32_t>(size)};
  for (std::uint32_t i = 0; i < size; ++i) {
    result.last[i] = twice[starts[i] + size - 1];
    result.places[starts[i]] = i;
  }
  return result;
}

bool is_repetition(const Bytes& content) {
  for (std::size_t period = 1; period <= content.size() / 2; ++period) {
    if (content.size() % period == 0 &&
        std::equal(content.begin() + static_cast<std::ptrdiff_t>(period), content.end(),
                   content.begin())) {
      return true;
    }
  }
  return false;
}

void expect_sorted(const Bytes& content, const std::string& name) {
  const Sorted wanted = by_comparing(content);
  const Sorted result = by_induction(content);
  EXPECT_TRUE(result.last == wanted.last) << name;
  EXPECT_TRUE(result.places == wanted.places) << name;
}

TEST(SuffixSort, PutsSmallBlocksInOrderOverAnyAlphabet) {
  testing::Random random(11);
  for (unsigned i = 0; i < 4000; ++i) {
    const std::size_t size = 2 + random.below(i % 16 == 0 ? 600 : 40);
    const std::size_t values = std::array<std::size_t, 4>{2, 3, 4, 256}[i % 4];
    Bytes content(size);
    for (std::byte& value : content) {
      value = static_cast<std::byte>(random.below(values) * (256 / values));
    }
    if (!is_repetition(content)) {
      expect_sorted(content, "values " + std::to_string(values) + ", block " + std::to_string(i));
    }
  }
}

// Long repeats with a change here and there: names of names, several levels deep.
TEST(SuffixSort, PutsRepeatsInOrder) {
  testing::Random random(12);
  for (unsigned i = 0; i < 300; ++i) {
    const std::size_t size = 500 + random.below(2500);
    Bytes content = random_bytes(1 + random.below(60), i);
    while (content.size() < size) {
      content.push_back(random.below(100) == 0 ? static_cast<std::byte>(random.below(3))
                                               : content[content.size() / 2]);
    }
    if (!is_repetition(content)) {
      expect_sorted(content, "block " + std::to_string(i));
    }
  }
}

// Names few and frequent, names many, and names that a few others decide on.
TEST(SuffixSort, PutsWholeTextsAndNoiseInOrder) {
  expect_sorted(text_bytes(60'000), "text");
  expect_sorted(random_bytes(40'000, 3), "noise");
  Bytes bits = random_bytes(60'001, 4);
  for (std::byte& value : bits) {
    value &= std::byte{1};
  }
  expect_sorted(bits, "bits");
}

// Every prefix comes back at ever larger distances.
TEST(SuffixSort, PutsFibonacciStringsInOrder) {
  std::string before = "b";
  std::string now = "a";
  while (now.size() < 5'000) {
    std::string next = now + before;
    before = std::exchange(now, std::move(next));
    expect_sorted(testing::to_bytes(now), std::to_string(now.size()));
  }
}

}  // namespace
}  // namespace kompakt
