#include "io/decorators.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "test_data.hpp"

namespace kompakt {
namespace {

using testing::Bytes;
using testing::to_bytes;

constexpr auto kMax64 = std::numeric_limits<std::uint64_t>::max();

Bytes read_some(Source& source, std::size_t size) {
  Bytes bytes(size);
  auto got = source.read(bytes);
  EXPECT_TRUE(got.ok()) << got.status().to_string();
  bytes.resize(got.ok() ? *got : 0);
  return bytes;
}

class FailingSource final : public Source {
 public:
  Result<std::size_t> read(MutableByteSpan /*out*/) override { return Status(Code::kIo, "broken"); }
};

class FailingSink final : public Sink {
 public:
  Status write(ByteSpan /*bytes*/) override { return {Code::kIo, "broken"}; }
};

TEST(MemorySource, ReadsInOrderAndAtAnyOffset) {
  const Bytes content = to_bytes("0123456789");
  const auto source = memory_source(content);
  EXPECT_TRUE(source->random_access());
  EXPECT_EQ(source->size(), 10U);
  EXPECT_EQ(read_some(*source, 4), to_bytes("0123"));
  Bytes at(4);
  EXPECT_EQ(*source->read_at(8, at), 2U);
  EXPECT_EQ(*source->read_at(10, at), 0U);
  EXPECT_EQ(*source->read_at(kMax64, at), 0U);
  EXPECT_EQ(read_some(*source, 100), to_bytes("456789")) << "read_at() does not move read()";
  EXPECT_EQ(read_some(*source, 1), Bytes());
}

TEST(MemorySink, AppendsAfterWhatWasThere) {
  Bytes out = to_bytes("head:");
  const auto sink = memory_sink(out);
  ASSERT_TRUE(sink->write(to_bytes("ab")).ok());
  ASSERT_TRUE(sink->write_zeros(2).ok());
  ASSERT_TRUE(sink->finish(4).ok());
  EXPECT_EQ(out, to_bytes(std::string_view("head:ab\0\0", 9)));
}

TEST(MemorySink, OffsetsCountFromWhereItBegan) {
  Bytes out = to_bytes("head:");
  const auto sink = memory_sink(out);
  ASSERT_TRUE(sink->write_at(2, to_bytes("cd")).ok());
  ASSERT_TRUE(sink->write_at(0, to_bytes("ab")).ok());
  ASSERT_TRUE(sink->finish(6).ok());
  EXPECT_EQ(out, to_bytes(std::string_view("head:abcd\0\0", 11)));
}

TEST(MemorySink, SizeThatNoMemoryHoldsIsALimit) {
  Bytes out = to_bytes("x");
  const auto sink = memory_sink(out);
  EXPECT_EQ(sink->write_zeros(kMax64).code(), Code::kLimitExceeded);
  EXPECT_EQ(sink->write_at(kMax64, to_bytes("y")).code(), Code::kLimitExceeded);
  EXPECT_EQ(sink->finish(kMax64 - 1).code(), Code::kLimitExceeded);
  EXPECT_EQ(out, to_bytes("x"));
}

TEST(NullSink, TakesEverything) {
  const auto sink = null_sink();
  EXPECT_TRUE(sink->positional());
  EXPECT_TRUE(sink->write(to_bytes("a")).ok());
  EXPECT_TRUE(sink->write_at(kMax64, to_bytes("a")).ok());
  EXPECT_TRUE(sink->write_zeros(kMax64).ok());
}

TEST(Sink, PlainOneWritesZerosAsBytes) {
  Bytes out;
  const auto inner = memory_sink(out);
  HashingSink sink(*inner, HashId::kCrc32);  // has no holes of its own
  ASSERT_TRUE(sink.write_zeros(200'000).ok());
  EXPECT_EQ(out, Bytes(200'000));
}

TEST(CountingSource, CountsOrderedAndPositionalReads) {
  const Bytes content = to_bytes("0123456789");
  const auto inner = memory_source(content);
  CountingSource source(*inner);
  read_some(source, 3);
  Bytes at(5);
  ASSERT_TRUE(source.read_at(8, at).ok());
  EXPECT_EQ(source.bytes(), 5U) << "what was delivered, not what was asked for";
  EXPECT_EQ(source.size(), 10U);
  EXPECT_TRUE(source.random_access());
}

TEST(CountingSource, FailedReadsDoNotCount) {
  FailingSource inner;
  CountingSource source(inner);
  Bytes out(5);
  EXPECT_EQ(source.read(out).status().code(), Code::kIo);
  EXPECT_EQ(source.bytes(), 0U);
}

TEST(HashingSource, HashesExactlyWhatWasRead) {
  const Bytes content = to_bytes("0123456789");
  const auto inner = memory_source(content);
  HashingSource source(*inner, HashId::kXxh3);
  read_some(source, 4);
  read_some(source, 100);
  EXPECT_EQ(source.digest(), hash_bytes(HashId::kXxh3, content));
}

TEST(HashingSource, NothingSlipsPastTheHash) {
  const Bytes content = to_bytes("0123456789");
  const auto inner = memory_source(content);
  HashingSource source(*inner, HashId::kXxh3);
  Bytes out(1);
  EXPECT_FALSE(source.random_access());
  EXPECT_EQ(source.read_at(0, out).status().code(), Code::kUnsupported);
}

TEST(LimitingSource, AllowsExactlyTheLimit) {
  const Bytes content = to_bytes("0123456789");
  const auto inner = memory_source(content);
  LimitingSource source(*inner, 10);
  EXPECT_EQ(read_some(source, 7).size(), 7U);
  EXPECT_EQ(read_some(source, 100).size(), 3U);
  EXPECT_EQ(read_some(source, 100).size(), 0U);
}

TEST(LimitingSource, OneByteMoreIsALimit) {
  const Bytes content = to_bytes("0123456789");
  const auto inner = memory_source(content);
  LimitingSource source(*inner, 9);
  EXPECT_EQ(read_some(source, 9).size(), 9U);
  Bytes out(1);
  EXPECT_EQ(source.read(out).status().code(), Code::kLimitExceeded);
  EXPECT_EQ(source.read_at(0, out).status().code(), Code::kUnsupported);
}

TEST(PeekedSource, GivesTheHeadThenTheRest) {
  const Bytes content = to_bytes("0123456789");
  for (std::size_t piece = 1; piece <= 11; ++piece) {
    const auto inner = memory_source(content);
    PeekedSource source(*inner, read_some(*inner, 4));
    Bytes all;
    for (Bytes got = read_some(source, piece); !got.empty(); got = read_some(source, piece)) {
      EXPECT_TRUE(got.size() == piece || all.size() + got.size() == content.size())
          << "short only at the end";
      all.insert(all.end(), got.begin(), got.end());
    }
    EXPECT_EQ(all, content) << piece;
  }
}

TEST(PeekedSource, HeadOfAnEndedSourceIsAllThereIs) {
  const auto inner = memory_source({});
  PeekedSource source(*inner, to_bytes("ab"));
  EXPECT_EQ(read_some(source, 10), to_bytes("ab"));
  EXPECT_EQ(read_some(source, 10), Bytes());
}

TEST(CountingSink, CountsBytesZerosAndPositions) {
  const auto inner = null_sink();
  CountingSink sink(*inner);
  ASSERT_TRUE(sink.write(to_bytes("abc")).ok());
  ASSERT_TRUE(sink.write_zeros(10).ok());
  ASSERT_TRUE(sink.write_at(1000, to_bytes("de")).ok());
  EXPECT_EQ(sink.bytes(), 15U);
}

TEST(CountingSink, FailedWritesDoNotCount) {
  FailingSink inner;
  CountingSink sink(inner);
  EXPECT_FALSE(sink.write(to_bytes("abc")).ok());
  EXPECT_EQ(sink.bytes(), 0U);
}

TEST(HashingSink, HashesBytesAndZerosInOrder) {
  Bytes out;
  const auto inner = memory_sink(out);
  HashingSink sink(*inner, HashId::kBlake3);
  ASSERT_TRUE(sink.write(to_bytes("abc")).ok());
  ASSERT_TRUE(sink.write_zeros(100'000).ok());
  ASSERT_TRUE(sink.write(to_bytes("d")).ok());
  EXPECT_EQ(out.size(), 100'004U);
  EXPECT_EQ(sink.digest(), hash_bytes(HashId::kBlake3, out));
  EXPECT_FALSE(sink.positional());
  EXPECT_EQ(sink.write_at(0, out).code(), Code::kUnsupported);
}

TEST(LimitingSink, RefusesBeforeTheOutputGrowsBeyondTheLimit) {
  Bytes out;
  const auto inner = memory_sink(out);
  LimitingSink sink(*inner, 5);
  ASSERT_TRUE(sink.write(to_bytes("abc")).ok());
  ASSERT_TRUE(sink.write_zeros(2).ok());
  EXPECT_EQ(sink.write(to_bytes("f")).code(), Code::kLimitExceeded);
  EXPECT_EQ(sink.write_zeros(1).code(), Code::kLimitExceeded);
  EXPECT_EQ(sink.write_at(4, to_bytes("xy")).code(), Code::kLimitExceeded);
  EXPECT_TRUE(sink.write_at(4, to_bytes("x")).ok());
  EXPECT_EQ(sink.finish(6).code(), Code::kLimitExceeded);
  EXPECT_TRUE(sink.finish(5).ok());
  EXPECT_EQ(out.size(), 5U);
}

// A refused write once moved the position round the end of the number range.
TEST(LimitingSink, AbsurdSizesDoNotOpenTheLimitAgain) {
  Bytes out;
  const auto inner = memory_sink(out);
  LimitingSink sink(*inner, 5);
  ASSERT_TRUE(sink.write(to_bytes("abcde")).ok());
  EXPECT_EQ(sink.write_zeros(kMax64 - 4).code(), Code::kLimitExceeded);
  EXPECT_EQ(sink.write(to_bytes("f")).code(), Code::kLimitExceeded);
  EXPECT_EQ(sink.write_at(kMax64, to_bytes("f")).code(), Code::kLimitExceeded);
  EXPECT_EQ(out.size(), 5U);
}

TEST(ProgressSink, ReportsTheTotalAfterEveryWrite) {
  const auto inner = null_sink();
  std::vector<std::uint64_t> reports;
  ProgressSink sink(*inner, [&](std::uint64_t written) { reports.push_back(written); });
  ASSERT_TRUE(sink.write(to_bytes("abc")).ok());
  ASSERT_TRUE(sink.write_zeros(7).ok());
  ASSERT_TRUE(sink.finish(10).ok());
  EXPECT_EQ(reports, (std::vector<std::uint64_t>{3, 10}));
}

TEST(ProgressSink, SaysNothingOfAFailedWrite) {
  FailingSink inner;
  bool called = false;
  ProgressSink sink(inner, [&](std::uint64_t) { called = true; });
  EXPECT_FALSE(sink.write(to_bytes("abc")).ok());
  EXPECT_FALSE(called);
}

}  // namespace
}  // namespace kompakt
