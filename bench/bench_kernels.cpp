// Kernels alone: hashes, the content probe, every codec on one block of prose-like text.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "checksum/hasher.hpp"
#include "chunk/probe.hpp"
#include "kompakt/codec.hpp"
#include "test_data.hpp"

namespace {

using kompakt::testing::Bytes;

constexpr std::size_t kBlock = std::size_t{1} << 20U;

void count_bytes(benchmark::State& state, std::size_t bytes) {
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) *
                          static_cast<std::int64_t>(bytes));
}

void hash_block(benchmark::State& state, kompakt::HashId id) {
  const Bytes block = kompakt::testing::random_bytes(kBlock);
  for (auto _ : state) {
    benchmark::DoNotOptimize(kompakt::hash_bytes(id, block));
  }
  count_bytes(state, block.size());
}

void probe_block(benchmark::State& state, const Bytes& block) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(kompakt::probe_content(block));
  }
  count_bytes(state, block.size());
}

void encode_block(benchmark::State& state, const kompakt::Codec& codec) {
  const Bytes block = kompakt::testing::text_bytes(kBlock);
  const kompakt::CodecOptions options(codec.info().options);
  auto encoder = codec.make_encoder(options);
  Bytes out(codec.max_encoded_size(block.size()));
  for (auto _ : state) {
    auto size = (*encoder)->encode(block, out);
    benchmark::DoNotOptimize(size);
  }
  count_bytes(state, block.size());
}

void decode_block(benchmark::State& state, const kompakt::Codec& codec) {
  const Bytes block = kompakt::testing::text_bytes(kBlock);
  const kompakt::CodecOptions options(codec.info().options);
  auto encoder = codec.make_encoder(options);
  Bytes encoded(codec.max_encoded_size(block.size()));
  const auto size = (*encoder)->encode(block, encoded);
  if (!size.ok() || !size->has_value()) {
    state.SkipWithError("does not encode text");
    return;
  }
  encoded.resize(**size);
  auto decoder = codec.make_decoder(codec.wire_parameters(options), {});
  Bytes out(block.size());
  for (auto _ : state) {
    auto produced = (*decoder)->decode(encoded, out);
    benchmark::DoNotOptimize(produced);
  }
  count_bytes(state, block.size());
}

const bool kRegistered = [] {
  using kompakt::HashId;
  for (const auto id : {HashId::kXxh3, HashId::kXxh64, HashId::kBlake3, HashId::kBlake2b,
                        HashId::kSha256, HashId::kCrc32, HashId::kCrc32c, HashId::kAdler32}) {
    benchmark::RegisterBenchmark(("hash/" + std::string(kompakt::hash_name(id))).c_str(),
                                 [id](benchmark::State& state) { hash_block(state, id); });
  }
  benchmark::RegisterBenchmark("probe/text", [](benchmark::State& state) {
    probe_block(state, kompakt::testing::text_bytes(kBlock));
  });
  benchmark::RegisterBenchmark("probe/random", [](benchmark::State& state) {
    probe_block(state, kompakt::testing::random_bytes(kBlock));
  });
  for (const kompakt::Codec* codec : kompakt::all_codecs()) {
    if (codec->info().id == kompakt::CodecId::kZero) {
      continue;
    }
    const std::string name(codec->info().name);
    benchmark::RegisterBenchmark(("encode/" + name).c_str(),
                                 [codec](benchmark::State& state) { encode_block(state, *codec); });
    benchmark::RegisterBenchmark(("decode/" + name).c_str(),
                                 [codec](benchmark::State& state) { decode_block(state, *codec); });
  }
  return true;
}();

}  // namespace
