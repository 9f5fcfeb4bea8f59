#include <algorithm>

#include "codec_suite/harness.hpp"

namespace kompakt::testing {
namespace {

constexpr std::size_t kContentSize = kSanitized ? 500 : 700;
constexpr std::size_t kRoom = 64 * kKiB;

Bytes content_for(const Case& c) {
  return c.codec->only_zeros ? Bytes(kContentSize) : text_bytes(kContentSize);
}

bool is_data_error(Code code) {
  return code == Code::kCorrupt || code == Code::kTruncated || code == Code::kUnsupported ||
         code == Code::kLimitExceeded || code == Code::kMissingResource;
}

// A cut encoding must not pass for the whole: an error, or fewer bytes than there were.
TEST_P(CodecSuite, EveryTruncationIsNoticed) {
  Bench bench(GetParam().under_test.spec);
  const Bytes content = content_for(GetParam());
  const Bytes encoded = bench.encode(content);
  const GuardedBuffer in_guard(encoded.size());
  const GuardedBuffer out_guard(kContentSize);
  for (std::size_t size = 0; size < encoded.size(); ++size) {
    const auto got = bench.decoder().decode(in_guard.hold(ByteSpan(encoded).first(size)),
                                            out_guard.last(kContentSize));
    if (got.ok()) {
      EXPECT_NE(*got, kContentSize) << "cut at " << size << " of " << encoded.size();
    } else {
      EXPECT_TRUE(got.status().code() == Code::kTruncated || got.status().code() == Code::kCorrupt)
          << size << ": " << got.status().to_string();
    }
  }
}

TEST_P(CodecSuite, EveryBitFlipStaysInsideTheSpans) {
  Bench bench(GetParam().under_test.spec);
  const Bytes content = content_for(GetParam());
  Bytes encoded = bench.encode(content);
  const GuardedBuffer in_guard(encoded.size());
  const GuardedBuffer out_guard(kContentSize);
  for (std::size_t bit = 0; bit < 8 * encoded.size(); ++bit) {
    const auto mask = static_cast<std::byte>(1U << (bit % 8));
    encoded[bit / 8] ^= mask;
    const auto got = bench.decoder().decode(in_guard.hold(encoded), out_guard.last(kContentSize));
    encoded[bit / 8] ^= mask;
    if (got.ok()) {
      EXPECT_LE(*got, kContentSize);
    } else {
      EXPECT_TRUE(is_data_error(got.status().code())) << bit << ": " << got.status().to_string();
    }
  }
}

TEST_P(CodecSuite, GarbageStaysInsideTheSpans) {
  Bench bench(GetParam().under_test.spec);
  const GuardedBuffer in_guard(400);
  const GuardedBuffer out_guard(kRoom);
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const auto got = bench.decoder().decode(in_guard.hold(random_bytes(seed + 1, seed)),
                                            out_guard.last(seed % 2 == 0 ? kRoom : seed));
    if (!got.ok()) {
      EXPECT_TRUE(is_data_error(got.status().code())) << got.status().to_string();
    }
  }
}

TEST_P(CodecSuite, BytesAfterTheEncodingAreNotIgnored) {
  Bench bench(GetParam().under_test.spec);
  const Bytes content = content_for(GetParam());
  Bytes encoded = bench.encode(content);
  encoded.push_back(std::byte{0x5A});
  Bytes decoded(kContentSize);
  const auto got = bench.decoder().decode(encoded, decoded);
  ASSERT_FALSE(got.ok());
  EXPECT_TRUE(is_data_error(got.status().code())) << got.status().to_string();
}

TEST_P(StreamSuite, EveryTruncationFailsAsTruncated) {
  const Bench bench(GetParam().under_test.spec);
  const auto encoder = bench.stream_encoder();
  const Bytes encoded = drive(*encoder, text_bytes(kContentSize), {}).output;
  const auto decoder = bench.stream_decoder();
  for (std::size_t size = 0; size < encoded.size(); ++size) {
    ASSERT_TRUE(decoder->reset().ok());
    const StreamRun run = drive(*decoder, ByteSpan(encoded).first(size), {.in = 64, .out = 4096});
    EXPECT_FALSE(run.finished) << size;
    EXPECT_EQ(run.status.code(), Code::kTruncated) << size << ": " << run.status.to_string();
  }
}

TEST_P(StreamSuite, EveryBitFlipStaysInsideTheSpans) {
  const Bench bench(GetParam().under_test.spec);
  const auto encoder = bench.stream_encoder();
  Bytes encoded = drive(*encoder, text_bytes(kContentSize), {}).output;
  const auto decoder = bench.stream_decoder();
  for (std::size_t bit = 0; bit < 8 * encoded.size(); ++bit) {
    const auto mask = static_cast<std::byte>(1U << (bit % 8));
    encoded[bit / 8] ^= mask;
    ASSERT_TRUE(decoder->reset().ok());
    const StreamRun run = drive(*decoder, encoded, {.in = 97, .out = 501}, kRoom);
    encoded[bit / 8] ^= mask;
    if (!run.status.ok()) {
      EXPECT_TRUE(is_data_error(run.status.code())) << bit << ": " << run.status.to_string();
    }
  }
}

TEST(CodecParameters, GarbageIsRefusedOrHarmless) {
  const Limits limits{.max_memory = 16 * kMiB, .max_output = kRoom};
  for (const auto& row : codecs_under_test()) {
    const Codec& codec = *find_codec(row.name);
    const Bench bench(row.specs.front().spec);
    std::vector<Bytes> tries = {random_bytes(2), random_bytes(8), Bytes(8), Bytes(2)};
    for (unsigned value = 0; value < 256; ++value) {
      tries.push_back({static_cast<std::byte>(value)});
    }
    for (const auto& parameters : tries) {
      const auto decoder = codec.make_decoder(parameters, limits);
      if (!decoder.ok()) {
        EXPECT_TRUE(is_data_error(decoder.status().code())) << decoder.status().to_string();
        continue;
      }
      EXPECT_EQ(parameters.size(), 1U) << row.name;
      Bytes out(1000);
      static_cast<void>((*decoder)->decode(random_bytes(50), out));
    }
  }
}

}  // namespace
}  // namespace kompakt::testing
