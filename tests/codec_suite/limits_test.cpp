#include <malloc.h>

#include <fstream>
#include <string>

#include "codec_suite/harness.hpp"

namespace kompakt::testing {
namespace {

// A field of /proc/self/status in bytes, such as VmRSS or VmHWM; 0 where there is none.
std::uint64_t process_memory(const std::string& field) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind(field + ":", 0) == 0) {
      return std::stoull(line.substr(field.size() + 1)) * kKiB;
    }
  }
  return 0;
}

// How far resident memory rises above its level at construction, at the most.
class PeakMeter {
 public:
  PeakMeter() {
    ::malloc_trim(0);
    std::ofstream reset("/proc/self/clear_refs");
    reset << "5";  // sets VmHWM back to the present VmRSS
    works_ = static_cast<bool>(reset.flush()) && !kSanitized;
    before_ = process_memory("VmRSS");
  }
  [[nodiscard]] bool works() const { return works_; }
  [[nodiscard]] std::uint64_t rise() const {
    const std::uint64_t peak = process_memory("VmHWM");
    return peak > before_ ? peak - before_ : 0;
  }

 private:
  bool works_ = false;
  std::uint64_t before_ = 0;
};

// Pages of code and tables touched for the first time, and malloc's own rounding.
constexpr std::uint64_t kSlack = 2 * kMiB;

TEST_P(CodecSuite, KeepsToItsMemoryEstimate) {
  const auto spec = parse_codec_spec(GetParam().under_test.spec).value();
  const std::size_t size = std::min<std::size_t>(GetParam().under_test.max_size, kMiB);
  const Bytes content = GetParam().codec->only_zeros ? Bytes(size) : text_bytes(size);
  const CodecMemory estimate = spec.codec->memory(spec.options, size);
  Bytes encoded(spec.codec->max_encoded_size(size), std::byte{1});
  Bytes decoded(size, std::byte{1});
  {
    const PeakMeter meter;
    const auto encoder = spec.codec->make_encoder(spec.options).value().release();
    const std::unique_ptr<Encoder> owner(encoder);
    const auto got = encoder->encode(content, encoded);
    ASSERT_TRUE(got.ok() && got->has_value());
    encoded.resize(**got);
    if (meter.works()) {
      EXPECT_LE(meter.rise(), estimate.encode + kSlack);
    }
  }
  const PeakMeter meter;
  Bench bench(GetParam().under_test.spec, {.max_memory = estimate.decode + kKiB});
  ASSERT_TRUE(bench.decoder().decode(encoded, decoded).ok());
  if (meter.works()) {
    // The bench has an idle encoder besides.
    EXPECT_LE(meter.rise(), estimate.decode + kSlack + 2 * kMiB);
  }
}

TEST_P(BombSuite, FailsWithoutTakingMemory) {
  Bench bench(GetParam().under_test.spec);
  // Where memory is not metered, what counts is that nothing is written behind the span.
  const std::size_t size = (kSanitized ? 8 : 64) * kMiB;
  const Bytes encoded = bench.encode(Bytes(size));
  EXPECT_LT(encoded.size(), 4 * kMiB);
  Bytes out(kMiB, std::byte{1});
  const PeakMeter meter;
  const auto got = bench.decoder().decode(encoded, out);
  ASSERT_FALSE(got.ok());
  EXPECT_EQ(got.status().code(), Code::kCorrupt) << got.status().to_string();
  if (meter.works()) {
    EXPECT_LE(meter.rise(), bench.codec().memory(bench.spec().options, size).decode + kSlack);
  }
}

INSTANTIATE_TEST_SUITE_P(Codecs, BombSuite, ::testing::ValuesIn(cases(Which::kFastestSpec)),
                         [](const auto& instance) { return case_name(instance.param); });

TEST_P(CodecSuite, OutputLimitIsALimitNotDamage) {
  if (!GetParam().codec->limits_output) {
    GTEST_SKIP() << "this codec needs no memory to decode and trusts the caller's span";
  }
  Bench bench(GetParam().under_test.spec, {.max_output = 999});
  const Bytes encoded = bench.encode(text_bytes(1000));
  Bytes out(1000);
  const auto got = bench.decoder().decode(encoded, out);
  ASSERT_FALSE(got.ok());
  EXPECT_EQ(got.status().code(), Code::kLimitExceeded) << got.status().to_string();
}

TEST_P(CodecSuite, MemoryLimitIsALimitNotDamage) {
  const bool frame = GetParam().under_test.spec.find("framing=frame") != std::string_view::npos;
  if (!GetParam().codec->limits_memory && !frame) {
    GTEST_SKIP() << "decodes without memory that the data decides on";
  }
  Bench bench(GetParam().under_test.spec);
  const Bytes encoded = bench.encode(text_bytes(1000));
  Bytes out(1000);
  const auto decoder = bench.codec().make_decoder(bench.parameters(), {.max_memory = kKiB});
  const Status status = decoder.ok() ? (*decoder)->decode(encoded, out).status() : decoder.status();
  EXPECT_EQ(status.code(), Code::kLimitExceeded) << status.to_string();
}

// An xz parameter that asks for 4 GiB must be refused before the dictionary is allocated, unless
// the block is too small to use it.
TEST(XzLimits, DictionaryIsCheckedBeforeItIsAllocated) {
  const Codec& xz = *find_codec(CodecId::kXz);
  const Bytes largest = {std::byte{40}};
  const Limits limits{.max_memory = 64 * kMiB};
  const auto stream = xz.make_stream_decoder(largest, limits);
  EXPECT_EQ(stream.status().code(), Code::kLimitExceeded);

  const Bytes content = text_bytes(1000);
  const Bytes encoded = Bench("xz").encode(content);
  const auto decoder = xz.make_decoder(largest, limits);
  ASSERT_TRUE(decoder.ok()) << decoder.status().to_string();
  const GuardedBuffer huge(128 * kMiB);
  const auto refused = (*decoder)->decode(encoded, huge.last(128 * kMiB));
  EXPECT_EQ(refused.status().code(), Code::kLimitExceeded) << refused.status().to_string();
  Bytes out(1000);
  const auto small = (*decoder)->decode(encoded, out);
  ASSERT_TRUE(small.ok()) << small.status().to_string();
  EXPECT_EQ(out, content);
}

TEST(ZstdLimits, StreamWindowBeyondTheLimitIsRefused) {
  const Bench bench("zstd:level=1,windowlog=24");
  const auto encoder = bench.stream_encoder();
  const Bytes encoded = drive(*encoder, random_bytes(200'000), {}).output;
  const auto decoder = bench.stream_decoder({.max_memory = kMiB});
  EXPECT_EQ(drive(*decoder, encoded, {}).status.code(), Code::kLimitExceeded);
}

TEST(BrotliLimits, StreamWindowBeyondTheLimitIsRefused) {
  const Bench bench("brotli:quality=2,lgwin=24");
  const auto encoder = bench.stream_encoder();
  const Bytes encoded = drive(*encoder, random_bytes(3'000'000), {65536, 65536}).output;
  const auto decoder = bench.stream_decoder({.max_memory = kMiB});
  EXPECT_EQ(drive(*decoder, encoded, {65536, 65536}).status.code(), Code::kLimitExceeded);
}

}  // namespace
}  // namespace kompakt::testing
