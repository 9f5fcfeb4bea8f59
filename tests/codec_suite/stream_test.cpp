#include <array>

#include "codec_suite/harness.hpp"

namespace kompakt::testing {
namespace {

constexpr std::array kPieces = {Pieces{1, 1},    Pieces{1, 4096}, Pieces{7, 1},      Pieces{7, 7},
                                Pieces{4096, 1}, Pieces{4096, 7}, Pieces{4096, 4096}};

// Whether what a stream encoder writes is what the block decoder of the same options reads.
bool stream_is_block(const Bench& bench) {
  return bench.codec().info().id != CodecId::kLz4 || !bench.parameters().empty();
}

TEST_P(StreamSuite, OddPiecesRoundTripAndAgreeWithBlocks) {
  Bench bench(GetParam().under_test.spec);
  const auto encoder = bench.stream_encoder();
  const auto decoder = bench.stream_decoder();
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{6000}}) {
    const Bytes content = text_bytes(size);
    for (const Pieces pieces : kPieces) {
      SCOPED_TRACE(std::to_string(size) + " bytes, " + std::to_string(pieces.in) + " in, " +
                   std::to_string(pieces.out) + " out");
      ASSERT_TRUE(encoder->reset().ok());
      const StreamRun encoded = drive(*encoder, content, pieces);
      ASSERT_TRUE(encoded.status.ok() && encoded.finished) << encoded.status.to_string();
      ASSERT_EQ(encoded.consumed, size);
      ASSERT_TRUE(decoder->reset().ok());
      const StreamRun decoded = drive(*decoder, encoded.output, pieces);
      ASSERT_TRUE(decoded.status.ok() && decoded.finished) << decoded.status.to_string();
      ASSERT_TRUE(same(decoded.output, content));
      if (stream_is_block(bench)) {
        Bytes out(size);
        const auto got = bench.decoder().decode(encoded.output, out);
        ASSERT_TRUE(got.ok()) << got.status().to_string();
        ASSERT_EQ(out, content);
      }
    }
    if (stream_is_block(bench)) {
      ASSERT_TRUE(decoder->reset().ok());
      const StreamRun decoded = drive(*decoder, bench.encode(content), {7, 7});
      ASSERT_TRUE(decoded.finished) << decoded.status.to_string();
      ASSERT_EQ(decoded.output, content);
    }
  }
}

TEST_P(StreamSuite, LargeContentRoundTrips) {
  const std::size_t size = std::min<std::size_t>(GetParam().under_test.max_size, 600'000);
  const Bench bench(GetParam().under_test.spec);
  for (const auto& sample : samples(size, false)) {
    SCOPED_TRACE(sample.nature);
    const auto encoder = bench.stream_encoder();
    const auto decoder = bench.stream_decoder();
    const StreamRun encoded = drive(*encoder, sample.bytes, {50'001, 10'007});
    ASSERT_TRUE(encoded.finished) << encoded.status.to_string();
    const StreamRun decoded = drive(*decoder, encoded.output, {10'007, 50'001});
    ASSERT_TRUE(decoded.finished) << decoded.status.to_string();
    ASSERT_TRUE(same(decoded.output, sample.bytes));
  }
}

// What follows a stream (the next member, a trailer) belongs to the caller, to the byte.
TEST_P(StreamSuite, DecoderStopsAtTheEndOfItsStream) {
  const Bench bench(GetParam().under_test.spec);
  const auto decoder = bench.stream_decoder();
  const auto encoder = bench.stream_encoder();
  for (const auto& sample : samples(2000, false)) {
    SCOPED_TRACE(sample.nature);
    ASSERT_TRUE(encoder->reset().ok());
    Bytes encoded = drive(*encoder, sample.bytes, {}).output;
    const std::size_t end = encoded.size();
    const Bytes rest = random_bytes(50);
    encoded.insert(encoded.end(), rest.begin(), rest.end());
    for (const Pieces pieces : kPieces) {
      ASSERT_TRUE(decoder->reset().ok());
      const StreamRun run = drive(*decoder, encoded, pieces);
      ASSERT_TRUE(run.finished) << run.status.to_string();
      EXPECT_EQ(run.consumed, end) << pieces.in << " in, " << pieces.out << " out";
      EXPECT_EQ(run.output, sample.bytes);
      const auto after = decoder->step(rest, {}, StreamMode::kRun);
      ASSERT_TRUE(after.ok());
      EXPECT_TRUE(after->state == StreamState::kFinished && after->consumed == 0);
    }
  }
}

TEST_P(StreamSuite, FlushMakesEverythingSoFarDecodable) {
  const Bench bench(GetParam().under_test.spec);
  const auto encoder = bench.stream_encoder();
  const auto decoder = bench.stream_decoder();
  const Bytes content = text_bytes(5000);
  std::size_t decoded = 0;
  for (const std::size_t room : {std::size_t{10'000}, std::size_t{16}}) {
    ASSERT_TRUE(encoder->reset().ok());
    ASSERT_TRUE(decoder->reset().ok());
    ByteSpan in = ByteSpan(content).first(3000);
    decoded = 0;
    for (auto state = StreamState::kNeedsOutput; state == StreamState::kNeedsOutput;) {
      Bytes out(room);
      const auto encode = encoder->step(in, out, StreamMode::kFlush);
      if (!GetParam().codec->flushes) {
        ASSERT_FALSE(encode.ok());
        EXPECT_EQ(encode.status().code(), Code::kUnsupported);
        return;
      }
      ASSERT_TRUE(encode.ok()) << encode.status().to_string();
      in = in.subspan(encode->consumed);
      state = encode->state;
      Bytes back(10'000);
      ByteSpan piece = ByteSpan(out).first(encode->produced);
      while (!piece.empty()) {
        const auto decode = decoder->step(piece, back, StreamMode::kRun);
        ASSERT_TRUE(decode.ok()) << decode.status().to_string();
        ASSERT_TRUE(same(ByteSpan(back).first(decode->produced),
                         ByteSpan(content).subspan(decoded, decode->produced)));
        decoded += decode->produced;
        piece = piece.subspan(decode->consumed);
      }
    }
    EXPECT_EQ(decoded, 3000U) << "with room for " << room;
  }
}

}  // namespace

INSTANTIATE_TEST_SUITE_P(Codecs, StreamSuite, ::testing::ValuesIn(cases(Which::kStreams)),
                         [](const auto& instance) { return case_name(instance.param); });

TEST(CodecStreams, CodecsWithoutStreamsSaySo) {
  for (const Codec* codec : all_codecs()) {
    if (!codec->info().streams) {
      const CodecOptions options(codec->info().options);
      EXPECT_EQ(codec->make_stream_encoder(options).status().code(), Code::kUnsupported);
      EXPECT_EQ(codec->make_stream_decoder({}, {}).status().code(), Code::kUnsupported);
    }
  }
}

}  // namespace kompakt::testing
