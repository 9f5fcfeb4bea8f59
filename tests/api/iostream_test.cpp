// Bridges to the standard library's streams.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

#include "kompakt/kompakt.hpp"
#include "ordered_ends.hpp"
#include "temp_folder.hpp"
#include "test_data.hpp"

namespace kompakt::testing {
namespace {

std::string as_text(const Bytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

TEST(IostreamBridge, CompressesFromAStreamToAStreamAndBack) {
  const std::string content = as_text(text_bytes(150'000));
  for (const FormatInfo& format : all_formats()) {
    CompressOptions options;
    options.format = format.id;
    std::istringstream in(content);
    std::stringstream packed;
    const auto source = istream_source(in);
    const auto sink = ostream_sink(packed);
    EXPECT_FALSE(source->random_access());
    EXPECT_FALSE(sink->positional());
    EXPECT_EQ(source->name(), "<istream>");
    const auto done = compress(*source, *sink, options);
    ASSERT_TRUE(done.ok()) << format.name << done.status().to_string();
    DecompressOptions back_options;
    back_options.format = format.id;
    std::ostringstream back;
    const auto packed_source = istream_source(packed);
    const auto back_sink = ostream_sink(back);
    const auto decoded = decompress(*packed_source, *back_sink, back_options);
    ASSERT_TRUE(decoded.ok()) << format.name << decoded.status().to_string();
    EXPECT_EQ(back.str(), content) << format.name;
  }
}

TEST(IostreamBridge, AStreamThatIsBadIsAnIoFailure) {
  std::ifstream missing("/no/such/file");
  const auto source = istream_source(missing, "missing");
  std::byte byte{};
  const auto got = source->read({&byte, 1});
  EXPECT_EQ(got.status().code(), Code::kIo);
  EXPECT_EQ(got.status().to_string(), "missing: reading the stream failed");
  std::ofstream nowhere("/no/such/folder/file");
  const auto sink = ostream_sink(nowhere, "nowhere");
  EXPECT_EQ(sink->write(to_bytes("x")).to_string(), "nowhere: writing to the stream failed");
  // One that was told to throw does not throw through here.
  std::ostringstream throwing;
  throwing.exceptions(std::ios::badbit | std::ios::failbit);
  const auto throwing_sink = ostream_sink(throwing);
  EXPECT_TRUE(throwing_sink->write(to_bytes("x")).ok());
  std::istringstream short_one("abc");
  short_one.exceptions(std::ios::badbit | std::ios::failbit | std::ios::eofbit);
  Bytes room(10);
  EXPECT_EQ(value_or_throw(istream_source(short_one)->read(room)), 3U);
}

TEST(IostreamBridge, LinesAndLargeReadsMixWithSeeking) {
  std::string content;
  for (int i = 0; i < 30'000; ++i) {
    content += "line " + std::to_string(i) + "\n";
  }
  const Bytes bytes = to_bytes(content);
  const auto stream = source_istream(memory_source(bytes));
  std::string line;
  ASSERT_TRUE(std::getline(*stream, line));
  EXPECT_EQ(line, "line 0");
  EXPECT_EQ(stream->tellg(), std::streamoff{7});
  std::string large(200'000, '\0');
  ASSERT_TRUE(stream->read(large.data(), 200'000));
  EXPECT_EQ(large, content.substr(7, 200'000));
  EXPECT_EQ(stream->tellg(), std::streamoff{200'007});
  ASSERT_TRUE(stream->seekg(7));
  ASSERT_TRUE(std::getline(*stream, line));
  EXPECT_EQ(line, "line 1");
  ASSERT_TRUE(stream->seekg(-6, std::ios::end));
  ASSERT_TRUE(std::getline(*stream, line));
  EXPECT_EQ(line, "29999");
  ASSERT_TRUE(stream->seekg(-6, std::ios::cur));
  EXPECT_EQ(stream->get(), '2');
  ASSERT_TRUE(stream->seekg(0));
  const std::string all{std::istreambuf_iterator<char>(*stream), {}};
  EXPECT_EQ(all, content);
  EXPECT_TRUE(stream_status(*stream).ok());
  stream->clear();
  EXPECT_FALSE(stream->seekg(static_cast<std::streamoff>(content.size()) + 1));
}

TEST(IostreamBridge, WhatCannotBeSoughtSaysSo) {
  const Bytes bytes = to_bytes("in order only");
  const auto stream = source_istream(std::make_unique<OrderedSource>(bytes));
  EXPECT_EQ(stream->get(), 'i');
  EXPECT_EQ(stream->tellg(), std::streamoff{1});
  EXPECT_FALSE(stream->seekg(-1, std::ios::end));
}

/// Fails in the middle.
class BreakingSource final : public Source {
 public:
  Result<std::size_t> read(MutableByteSpan out) override {
    if (std::exchange(given_, true)) {
      return Status(Code::kCorrupt, "broken here");
    }
    std::fill(out.begin(), out.end(), std::byte{'a'});
    return out.size();
  }

 private:
  bool given_ = false;
};

TEST(IostreamBridge, AFailureSetsBadbitAndIsKept) {
  const auto stream = source_istream(std::make_unique<BreakingSource>());
  std::string all(1'000'000, '\0');
  stream->read(all.data(), 70'000);
  EXPECT_TRUE(stream->bad() || stream->gcount() == 70'000);
  stream->clear();
  while (stream->get() != EOF) {
  }
  EXPECT_TRUE(stream->bad());
  EXPECT_EQ(stream_status(*stream).to_string(), "broken here");
  const std::istringstream other("x");
  EXPECT_TRUE(stream_status(other).ok());
}

TEST(IostreamBridge, WritesThroughASinkInOrder) {
  Bytes out;
  const auto sink = memory_sink(out);
  const std::string large(300'000, 'L');
  {
    const auto stream = sink_ostream(*sink);
    *stream << "number " << 42 << '\n';
    stream->write(large.data(), static_cast<std::streamsize>(large.size()));
    EXPECT_EQ(stream->tellp(), std::streamoff{300'010});
    *stream << "end" << std::flush;
    EXPECT_TRUE(stream->good());
    EXPECT_EQ(out.size(), 300'013U);
    *stream << '.';
  }
  EXPECT_EQ(as_text(out), "number 42\n" + large + "end.");
}

TEST(IostreamBridge, ASinkThatFailsSetsBadbit) {
  Bytes room(10);
  const auto sink = span_sink(room);
  const auto stream = sink_ostream(*sink);
  *stream << "more than there is room for" << std::flush;
  EXPECT_TRUE(stream->bad());
  EXPECT_EQ(stream_status(*stream).code(), Code::kLimitExceeded);
}

}  // namespace
}  // namespace kompakt::testing
