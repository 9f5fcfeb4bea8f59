/// \file
/// What the suite's tests share: memory that faults when overrun, content of several natures, and
/// a codec set up from a spec string.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "codec_suite/codecs_under_test.hpp"
#include "kompakt/codec.hpp"
#include "test_data.hpp"

namespace kompakt::testing {

/// Bytes that end where an inaccessible page begins, so that a read or write past them crashes.
class GuardedBuffer {
 public:
  explicit GuardedBuffer(std::size_t capacity);
  GuardedBuffer(const GuardedBuffer&) = delete;
  GuardedBuffer& operator=(const GuardedBuffer&) = delete;
  GuardedBuffer(GuardedBuffer&&) = delete;
  GuardedBuffer& operator=(GuardedBuffer&&) = delete;
  ~GuardedBuffer();

  /// The last `size` bytes before the guard.
  [[nodiscard]] MutableByteSpan last(std::size_t size) const;
  /// `content`, placed before the guard.
  [[nodiscard]] ByteSpan hold(ByteSpan content) const;

 private:
  std::byte* begin_ = nullptr;
  std::size_t mapped_ = 0;
  std::size_t capacity_ = 0;
};

inline bool same(ByteSpan a, ByteSpan b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin());
}
inline Bytes copy(ByteSpan bytes) { return {bytes.begin(), bytes.end()}; }

struct Sample {
  std::string_view nature;
  Bytes bytes;
};
/// `size` bytes of every nature; only zeros where `only_zeros`.
std::vector<Sample> samples(std::size_t size, bool only_zeros);

/// A codec with the objects that a spec string asks for.
class Bench {
 public:
  explicit Bench(std::string_view spec_text, const Limits& limits = {});

  [[nodiscard]] const Codec& codec() const { return *spec_.codec; }
  [[nodiscard]] const CodecSpec& spec() const { return spec_; }
  [[nodiscard]] ByteSpan parameters() const { return parameters_; }
  [[nodiscard]] Encoder& encoder() { return *encoder_; }
  [[nodiscard]] Decoder& decoder() { return *decoder_; }

  /// Encodes with all the room that may be needed; adds a test failure if that fails.
  [[nodiscard]] Bytes encode(ByteSpan content);
  [[nodiscard]] std::unique_ptr<StreamCoder> stream_encoder() const;
  [[nodiscard]] std::unique_ptr<StreamCoder> stream_decoder(const Limits& limits = {}) const;

 private:
  CodecSpec spec_;
  std::vector<std::byte> parameters_;
  std::unique_ptr<Encoder> encoder_;
  std::unique_ptr<Decoder> decoder_;
};

/// How a stream was driven to its end.
struct StreamRun {
  Status status;
  Bytes output;
  std::size_t consumed = 0;
  bool finished = false;
};
struct Pieces {
  std::size_t in = 4096;
  std::size_t out = 4096;
};
/// Drives `coder` over `in` in pieces, each between guards; stops at the first failure, at the end
/// of the stream or once more than `max_output` bytes came out. A coder that makes no progress
/// twice adds a test failure.
StreamRun drive(StreamCoder& coder, ByteSpan in, Pieces pieces, std::size_t max_output = 64 * kMiB);

/// The suites over the table.
class CodecSuite : public ::testing::TestWithParam<Case> {};
class StreamSuite : public ::testing::TestWithParam<Case> {};
class BombSuite : public ::testing::TestWithParam<Case> {};

}  // namespace kompakt::testing
