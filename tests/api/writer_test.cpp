// Content written piece by piece: what comes out, how failures come out, what is left behind.
#include "kompakt/writer.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "kompakt/reader.hpp"
#include "reader_support.hpp"
#include "temp_folder.hpp"

namespace kompakt::testing {
namespace {

constexpr std::size_t kSize = kSanitized ? 300'000 : 600'000;

const Bytes& content() {
  static const Bytes kContent = text_bytes(kSize);
  return kContent;
}

/// Refuses everything behind its first `room` bytes.
class FullSink final : public Sink {
 public:
  explicit FullSink(std::size_t room) : left_(room) {}
  Status write(ByteSpan bytes) override {
    if (bytes.size() > left_) {
      return {Code::kIo, "the disk is full"};
    }
    left_ -= bytes.size();
    return {};
  }

 private:
  std::size_t left_;
};

class EveryWriter : public ::testing::TestWithParam<Format> {};
INSTANTIATE_TEST_SUITE_P(Writer, EveryWriter,
                         ::testing::Values(Format::kWarp, Format::kGzip, Format::kZlib,
                                           Format::kZstd, Format::kLz4, Format::kXz, Format::kBzip2,
                                           Format::kBrotli, Format::kSnappy),
                         [](const auto& each) { return name_of(each.param); });

TEST_P(EveryWriter, WhatIsWrittenInPiecesComesBackWhole) {
  for (const std::size_t piece : {std::size_t{1}, std::size_t{999}, std::size_t{100'000}, kSize}) {
    for (const unsigned threads : {1U, 2U}) {
      const std::size_t total = piece == 1 ? 50'000 : kSize;
      Bytes data;
      CompressOptions options = quick_options(GetParam());
      options.run.threads = threads;
      auto writer = Writer::open(memory_sink(data), options);
      ASSERT_TRUE(writer.ok()) << writer.status().to_string();
      for (std::size_t at = 0; at < total; at += piece) {
        ASSERT_TRUE(
            (*writer)->write(ByteSpan(content()).subspan(at, std::min(piece, total - at))).ok());
      }
      EXPECT_EQ((*writer)->position(), total);
      const auto result = (*writer)->close();
      ASSERT_TRUE(result.ok()) << result.status().to_string();
      EXPECT_EQ(result->bytes_in, total);
      EXPECT_EQ(result->bytes_out, data.size());
      EXPECT_TRUE((*writer)->close().ok());
      EXPECT_EQ((*writer)->write(content()).code(), Code::kInvalidArgument);
      EXPECT_TRUE(decompressed(data, reading_options(GetParam())) ==
                  Bytes(content().begin(), content().begin() + static_cast<std::ptrdiff_t>(total)));
    }
  }
}

TEST_P(EveryWriter, NothingWrittenIsAWholeStreamOfNothing) {
  Bytes data;
  auto writer = Writer::open(memory_sink(data), quick_options(GetParam()));
  ASSERT_TRUE(writer.ok());
  ASSERT_TRUE((*writer)->close().ok());
  if (!data.empty()) {
    EXPECT_TRUE(decompressed(data, reading_options(GetParam())).empty());
  }
}

TEST_P(EveryWriter, FailureOfTheSinkComesOutWithItsStatus) {
  const Bytes noise = random_bytes(300'000);
  for (const std::size_t room : {std::size_t{0}, std::size_t{100'000}, noise.size() - 1000}) {
    FullSink sink(room);
    auto writer = Writer::open(sink, quick_options(GetParam()));
    ASSERT_TRUE(writer.ok());
    Status status;
    for (std::size_t at = 0; at < noise.size() && status.ok(); at += 10'000) {
      status = (*writer)->write(
          ByteSpan(noise).subspan(at, std::min<std::size_t>(10'000, noise.size() - at)));
    }
    const auto closed = (*writer)->close();
    ASSERT_FALSE(closed.ok());
    EXPECT_EQ(closed.status().code(), Code::kIo) << closed.status().to_string();
    EXPECT_TRUE(status.ok() || status.code() == Code::kIo);
    EXPECT_EQ((*writer)->write(noise).code(), Code::kIo);
  }
}

TEST_P(EveryWriter, DroppedWithoutCloseItMakesNoWholeStream) {
  Bytes data;
  {
    auto writer = Writer::open(memory_sink(data), quick_options(GetParam()));
    ASSERT_TRUE(writer.ok());
    ASSERT_TRUE((*writer)->write(content()).ok());
  }
  Bytes out;
  const auto source = memory_source(data);
  const auto sink = memory_sink(out);
  const auto result = decompress(*source, *sink, reading_options(GetParam()));
  // A snappy stream may end behind any chunk.
  EXPECT_TRUE(!result.ok() || GetParam() == Format::kSnappy);
}

TEST_P(EveryWriter, TheFileAppearsWholeOrNotAtAll) {
  const TempFolder folder;
  const std::string path = folder / "out";
  {
    auto writer = Writer::open_file(path, quick_options(GetParam()));
    ASSERT_TRUE(writer.ok()) << writer.status().to_string();
    ASSERT_TRUE((*writer)->write(content()).ok());
    EXPECT_TRUE(folder.names().empty());
  }
  EXPECT_TRUE(folder.names().empty());
  {
    auto writer = Writer::open_file(path, quick_options(GetParam()));
    ASSERT_TRUE((*writer)->write(content()).ok());
    ASSERT_TRUE((*writer)->close().ok());
  }
  EXPECT_EQ(folder.names(), std::vector<std::string>{"out"});
  EXPECT_TRUE(decompressed(to_bytes(read_file(path)), reading_options(GetParam())) == content());
  {
    auto writer = Writer::open_file(path, quick_options(GetParam()));
    const Status refused = writer.ok() ? (*writer)->close().status() : writer.status();
    EXPECT_EQ(refused.code(), Code::kAlreadyExists);
  }
  auto writer = Writer::open_file(path, quick_options(GetParam()), true);
  ASSERT_TRUE(writer.ok());
  ASSERT_TRUE((*writer)->close().ok());
  EXPECT_LT(read_file(path).size(), 200U);
}

TEST(Writer, BadOptionsAreRefusedAtOnce) {
  Bytes data;
  CompressOptions level;
  level.format = Format::kGzip;
  level.level = 99;
  EXPECT_EQ(Writer::open(memory_sink(data), level).status().code(), Code::kInvalidArgument);
  CompressOptions wish;
  wish.format = Format::kBzip2;
  wish.settings.seekable = true;
  EXPECT_EQ(Writer::open(memory_sink(data), wish).status().code(), Code::kInvalidArgument);
  CompressOptions memory;
  memory.format = Format::kXz;
  memory.level = 9;
  memory.run.max_memory = 1000;
  EXPECT_EQ(Writer::open(memory_sink(data), memory).status().code(), Code::kLimitExceeded);
  EXPECT_EQ(Writer::open(std::unique_ptr<Sink>()).status().code(), Code::kInvalidArgument);
  EXPECT_EQ(Writer::open_file("/nonexistent/folder/file").status().code(), Code::kIo);
  EXPECT_TRUE(data.empty());
}

TEST(Writer, CancellingStopsItWithItsStatus) {
  CancelToken cancel;
  Bytes data;
  CompressOptions options = quick_options(Format::kZstd);
  options.run.cancel = &cancel;
  auto writer = Writer::open(memory_sink(data), options);
  ASSERT_TRUE(writer.ok());
  cancel.cancel();
  static_cast<void>((*writer)->write(content()));
  EXPECT_EQ((*writer)->close().status().code(), Code::kCancelled);
}

TEST(Writer, ReaderAndWriterMakeAChain) {
  const Bytes data = compressed(content(), quick_options(Format::kXz));
  Bytes again;
  auto writer = Writer::open(memory_sink(again), quick_options(Format::kLz4));
  ASSERT_TRUE(writer.ok());
  const auto source = memory_source(data);
  ASSERT_TRUE(decompress(*source, **writer).ok());
  ASSERT_TRUE((*writer)->close().ok());
  EXPECT_TRUE(decompressed(again) == content());
}

}  // namespace
}  // namespace kompakt::testing
