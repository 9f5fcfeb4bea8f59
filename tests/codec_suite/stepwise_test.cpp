// Decoders that tell how far they have come give the same results as without.
#include <gtest/gtest.h>

#include "codec/stepwise_decoder.hpp"
#include "test_data.hpp"

namespace kompakt::testing {
namespace {

Bytes zstd_frame(ByteSpan content) {
  const Codec* codec = find_codec(CodecId::kZstd);
  auto encoder = codec->make_encoder(CodecOptions(codec->info().options)).value();
  Bytes out(codec->max_encoded_size(content.size()));
  out.resize(encoder->encode(content, out).value().value());
  return out;
}

struct Outcome {
  std::string text;
  Bytes content;
  bool operator==(const Outcome&) const = default;
};

Outcome outcome(const Result<std::size_t>& size, const Bytes& out) {
  if (!size.ok()) {
    return {.text = size.status().to_string(), .content = {}};
  }
  return {.text = "ok", .content = Bytes(out.begin(), out.begin() + static_cast<long>(*size))};
}

class StepwiseZstd : public ::testing::Test {
 protected:
  std::unique_ptr<Decoder> decoder_ =
      find_codec(CodecId::kZstd)->make_decoder({}, Limits()).value();
  StepwiseDecoder& stepwise_ = dynamic_cast<StepwiseDecoder&>(*decoder_);

  void expect_same(ByteSpan in, std::size_t room) {
    Bytes plain(room);
    Bytes stepped(room);
    const auto expected = outcome(decoder_->decode(in, plain), plain);
    const auto got = outcome(
        stepwise_.decode_stepwise(in, stepped, [](std::size_t) { return Status(); }), stepped);
    EXPECT_EQ(got.text, expected.text) << in.size();
    EXPECT_EQ(got.content, expected.content) << in.size();
  }
};

TEST_F(StepwiseZstd, WhatItReportsIsFinal) {
  const Bytes content = text_bytes(1 << 20);
  const Bytes frame = zstd_frame(content);
  Bytes out(content.size());
  std::size_t last = 0;
  std::size_t steps = 0;
  const auto size = stepwise_.decode_stepwise(frame, out, [&](std::size_t ready) {
    EXPECT_GT(ready, last);
    EXPECT_TRUE(std::equal(out.begin(), out.begin() + static_cast<long>(ready), content.begin()));
    last = ready;
    ++steps;
    return Status();
  });
  ASSERT_TRUE(size.ok()) << size.status().to_string();
  EXPECT_EQ(*size, content.size());
  EXPECT_EQ(out, content);
  EXPECT_GT(steps, 1U);
}

TEST_F(StepwiseZstd, AFailingStepIsTheResult) {
  const Bytes frame = zstd_frame(text_bytes(1 << 20));
  Bytes out(1 << 20);
  const auto size = stepwise_.decode_stepwise(
      frame, out, [](std::size_t) { return Status(Code::kIo, "disk full"); });
  EXPECT_EQ(size.status().code(), Code::kIo);
}

TEST_F(StepwiseZstd, TruncationAndDamageEndAsInADecodeInOnePiece) {
  const Bytes frame = zstd_frame(text_bytes(5000));
  for (std::size_t length = 0; length <= frame.size(); ++length) {
    expect_same(ByteSpan(frame).first(length), 5000);
  }
  for (std::size_t at = 0; at < frame.size(); ++at) {
    Bytes flipped = frame;
    flipped[at] ^= std::byte{0x40};
    expect_same(flipped, 5000);
  }
}

TEST_F(StepwiseZstd, SeveralFramesSkippableFramesAndTooLittleRoomAreJudgedAlike) {
  const Bytes one = zstd_frame(text_bytes(3000));
  Bytes two = one;
  two.insert(two.end(), one.begin(), one.end());
  expect_same(two, 6000);
  expect_same(two, 5999);
  expect_same(one, 2999);
  expect_same(one, 4000);
  Bytes skip = {std::byte{0x50}, std::byte{0x2a}, std::byte{0x4d}, std::byte{0x18}, std::byte{1},
                std::byte{0},    std::byte{0},    std::byte{0},    std::byte{7}};
  expect_same(skip, 10);
  skip.insert(skip.end(), one.begin(), one.end());
  expect_same(skip, 3000);
}

}  // namespace
}  // namespace kompakt::testing
