#include <algorithm>
#include <string>

#include "container/legacy/v2_writer.hpp"
#include "core/buffer.hpp"

namespace kompakt::legacy {
namespace {

constexpr std::uint64_t kMaxChunkCount = 0xFFFFFFFFU;

// The codec and options that make the chunks of `method`.
Result<CodecSpec> codec_spec(TableMethod method, const V2EncodeOptions& options) {
  // By name, as a user would write it: "lz4:framing=frame".
  std::string text(method_name(method));
  switch (method) {
    case TableMethod::kLz4:
      text += ":framing=frame";
      break;
    case TableMethod::kZstd:
      text += ":level=" + std::to_string(options.zstd_level);
      break;
    case TableMethod::kBrotli:
      text += ":quality=" + std::to_string(options.brotli_quality);
      break;
    case TableMethod::kSnappy:
      break;
  }
  return parse_codec_spec(text);
}

Result<std::uint64_t> encoded_size(TableMethod method, const V2EncodeOptions& options,
                                   ByteSpan sample) {
  const auto spec = codec_spec(method, options);
  if (!spec.ok()) {
    return spec.status();
  }
  const auto encoder = spec->codec->make_encoder(spec->options);
  if (!encoder.ok()) {
    return encoder.status();
  }
  Buffer out(spec->codec->max_encoded_size(sample.size()));
  const auto size = (*encoder)->encode(sample, out.first(out.capacity()));
  if (!size.ok()) {
    return size.status();
  }
  return static_cast<std::uint64_t>(size->value_or(out.capacity()));
}

Result<TableMethod> try_methods(const Source& source, const V2EncodeOptions& options) {
  const auto wanted = static_cast<std::size_t>(std::min(source.size().value_or(0), kV2SampleSize));
  Buffer buffer(wanted);
  const auto got = source.read_at(0, buffer.first(wanted));
  if (!got.ok()) {
    return got.status();
  }
  const ByteSpan sample = buffer.first(*got);
  const auto snappy = encoded_size(TableMethod::kSnappy, options, sample);
  if (!snappy.ok()) {
    return snappy.status();
  }
  const auto zstd = encoded_size(TableMethod::kZstd, options, sample);
  if (!zstd.ok()) {
    return zstd.status();
  }
  return auto_method(*zstd, *snappy);
}

Status check_options(const V2EncodeOptions& options) {
  const bool known_hash =
      options.hash == HashId::kNone ||
      std::find(kTrailerHashes.begin(), kTrailerHashes.end(), options.hash) != kTrailerHashes.end();
  if (!known_hash) {
    return {Code::kInvalidArgument,
            "the v2 layout knows the checksums none, blake3, xxh64, "
            "blake2b, not " +
                std::string(hash_name(options.hash))};
  }
  if (options.chunk_size &&
      (*options.chunk_size < kV2MinChunkSize || *options.chunk_size > kMaxChunkSize)) {
    return {Code::kInvalidArgument, "v2 chunks are 128 KiB to 1 GiB large"};
  }
  return {};
}

}  // namespace

Result<V2Plan> resolve_v2_plan(const Source& source, const V2EncodeOptions& options) {
  const auto size = source.size();
  if (!source.random_access() || !size) {
    return Status(Code::kUnsupported,
                  "the v2 layout needs a file as its input; version 3 takes a pipe");
  }
  if (Status valid = check_options(options); !valid.ok()) {
    return valid;
  }
  V2Plan plan = plan_v2(options.level, *size, options.cores);
  plan.chunk_size = options.chunk_size.value_or(plan.chunk_size);
  plan.method = options.method ? options.method : plan.method;
  if (*size == 0) {
    // Readers expect this very header for nothing.
    plan.method = TableMethod::kSnappy;
  }
  if (*size != 0 && (*size - 1) / plan.chunk_size >= kMaxChunkCount) {
    return Status(Code::kInvalidArgument, "so large a file needs larger chunks in the v2 layout");
  }
  if (!plan.method) {
    const auto method = try_methods(source, options);
    if (!method.ok()) {
      return method.status();
    }
    plan.method = *method;
  }
  return plan;
}

Result<std::unique_ptr<V2EncodeJob>> make_v2_encode_job(const Source& source, Sink& sink,
                                                        V2EncodeOptions options) {
  if (!sink.positional()) {
    return Status(Code::kUnsupported,
                  "the v2 layout needs a file as its output; version 3 goes into a pipe");
  }
  const auto plan = resolve_v2_plan(source, options);
  if (!plan.ok()) {
    return plan.status();
  }
  const auto spec = codec_spec(*plan->method, options);
  if (!spec.ok()) {
    return spec.status();
  }
  return std::make_unique<V2EncodeJob>(source, sink, *plan, *spec, std::move(options));
}

}  // namespace kompakt::legacy
