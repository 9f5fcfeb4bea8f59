#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "codec/bwt/run_coder.hpp"
#include "codec/bwt/symbol_tree.hpp"
#include "core/buffer.hpp"
#include "entropy/logistic.hpp"
#include "kompakt/codec.hpp"
#include "test_data.hpp"
#include "transform/bwt.hpp"

namespace kompakt::bwt {
namespace {

using testing::Bytes;
using testing::fnv1a;
using testing::random_bytes;
using testing::record_bytes;
using testing::text_bytes;

constexpr std::array kEfforts = {Effort::kFast, Effort::kStrong, Effort::kQuick};

Bytes sorted(const Bytes& content) {
  Buffer work;
  std::vector<std::uint32_t> rows(bwt_row_count(content.size()));
  const auto bytes = bwt_forward(content, rows, work);
  EXPECT_TRUE(bytes.ok());
  return {bytes->begin(), bytes->end()};
}

Bytes encoded(const Bytes& content, Effort effort) {
  Bytes out(content.size() * 2 + 1000);
  const auto size = encode_runs(content, out, effort);
  EXPECT_TRUE(size.has_value());
  out.resize(size.value_or(0));
  return out;
}

TEST(BwtRunCoder, ReturnsRunsOfEveryLength) {
  Bytes content;
  for (std::size_t length = 1; length < 70'000; length = length * 3 / 2 + 1) {
    for (const int value : {7, 200, 7, 3}) {
      content.insert(content.end(), length, static_cast<std::byte>(value));
    }
  }
  for (const Effort effort : kEfforts) {
    Bytes back(content.size());
    ASSERT_TRUE(decode_runs(encoded(content, effort), back, effort).ok());
    EXPECT_TRUE(back == content);
  }
}

TEST(BwtRunCoder, ReturnsBlocksOfEveryNature) {
  for (const Bytes& content : {Bytes(1), Bytes(50'000, std::byte{9}), random_bytes(3000),
                               sorted(text_bytes(60'000)), sorted(record_bytes(50'000))}) {
    for (const Effort effort : kEfforts) {
      Bytes back(content.size());
      ASSERT_TRUE(decode_runs(encoded(content, effort), back, effort).ok());
      EXPECT_TRUE(back == content);
    }
  }
}

TEST(BwtRunCoder, ARunBeyondTheBlockIsCorrupt) {
  Bytes content(1000, std::byte{1});
  content.resize(2000, std::byte{2});
  const Bytes bytes = encoded(content, Effort::kFast);
  Bytes back(1999);
  EXPECT_EQ(decode_runs(bytes, back, Effort::kFast).code(), Code::kCorrupt);
}

TEST(SymbolTree, ReadsBackWhatItWrites) {
  for (std::size_t values = 1; values <= 256; values = values < 4 ? values + 1 : values * 2) {
    std::array<std::uint64_t, 256> weights{};
    testing::Random random(values);
    for (std::size_t i = 0; i < values; ++i) {
      weights[(i * 37) % 256] = std::uint64_t{1} << random.below(40);
    }
    const SymbolTree tree = balanced_tree(weights);
    std::array<std::byte, kMaxTreeBytes> bytes{};
    std::span<const std::byte> in = std::span(bytes).first(write_tree(tree, bytes));
    const std::span<const std::byte> whole = in;
    const auto back = read_tree(in);
    ASSERT_TRUE(back.ok()) << values << ": " << back.status().to_string();
    EXPECT_TRUE(in.empty());
    EXPECT_EQ(back->leaves, values);
    EXPECT_EQ(back->values, tree.values);
    EXPECT_EQ(back->child, tree.child);
    EXPECT_EQ(back->split, tree.split);
    EXPECT_EQ(back->middle, tree.middle);
    for (std::size_t size = 0; size < whole.size(); ++size) {
      std::span<const std::byte> cut = whole.first(size);
      EXPECT_EQ(read_tree(cut).status().code(), Code::kTruncated) << size;
    }
  }
}

TEST(SymbolTree, EveryOtherShapeIsCorrupt) {
  std::array<std::byte, 33> bytes{};
  bytes[0] = std::byte{0x0F};  // values 0 to 3: three inner nodes, six bits
  unsigned trees = 0;
  for (unsigned shape = 0; shape < 64; ++shape) {
    bytes[32] = static_cast<std::byte>(shape);
    std::span<const std::byte> in = bytes;
    const auto tree = read_tree(in);
    trees += tree.ok() ? 1U : 0U;
    if (!tree.ok()) {
      EXPECT_EQ(tree.status().code(), Code::kCorrupt);
    }
  }
  EXPECT_EQ(trees, 5U);  // the binary trees with four leaves
  bytes.fill(std::byte{0});
  std::span<const std::byte> in = bytes;
  EXPECT_EQ(read_tree(in).status().code(), Code::kCorrupt);
}

TEST(Logistic, StretchAndSquashAreInverseAndSymmetric) {
  for (std::uint32_t p = 1; p < 4096; ++p) {
    EXPECT_LE(stretch(p - 1), stretch(p));
    EXPECT_NEAR(static_cast<int>(squash(stretch(p))), static_cast<int>(p * 16 + 8), 64);
  }
  for (int logit = 0; logit <= kLogitLimit; ++logit) {
    EXPECT_NEAR(static_cast<int>(squash(logit) + squash(-logit)), 65536, 1);
  }
}

// Streams that exist must decode for ever. A change of these numbers is a change of the format,
// which takes a method number of its own in the block header.
TEST(BwtCodec, WritesTheSameBytesForEver) {
  Bytes content = text_bytes(30'000);
  const Bytes records = record_bytes(20'000);
  content.insert(content.end(), records.begin(), records.end());
  content.resize(52'000);
  std::vector<std::uint64_t> hashes;
  for (const std::string_view spec : {"bwt", "bwt:effort=strong", "bwt:effort=quick"}) {
    const auto parsed = parse_codec_spec(spec);
    ASSERT_TRUE(parsed.ok());
    const auto encoder = parsed->codec->make_encoder(parsed->options);
    Bytes out(parsed->codec->max_encoded_size(content.size()));
    const auto size = (*encoder)->encode(content, out);
    ASSERT_TRUE(size.ok() && size->has_value());
    hashes.push_back(fnv1a(ByteSpan(out).first(**size)));
  }
  EXPECT_EQ(hashes, (std::vector<std::uint64_t>{10795916062830151595U, 1658647036468485987U,
                                                11756438904254925911U}));
}

}  // namespace
}  // namespace kompakt::bwt
