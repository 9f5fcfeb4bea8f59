// The public whole-stream calls: pick the job, run it.
#include "kompakt/stream.hpp"

#include <algorithm>
#include <array>

#include "container/legacy/legacy.hpp"
#include "container/legacy/v2_writer.hpp"
#include "container/levels.hpp"
#include "container/warp3_layout.hpp"
#include "container/warp_decode.hpp"
#include "container/warp_encode.hpp"
#include "container/warp_index.hpp"
#include "format/format.hpp"
#include "io/decorators.hpp"
#include "pipeline/running.hpp"

namespace kompakt {
namespace {

Result<StreamResult> decompress_warp3(Source& source, Sink& sink,
                                      const DecompressOptions& options) {
  auto job = make_warp_decode_job(source, sink,
                                  {.limits = limits_of(options.run, options.max_output),
                                   .verify_digests = options.verify_digests,
                                   .keep_going = options.keep_going,
                                   .on_lost = options.on_lost});
  if (!job.ok()) {
    return job.status();
  }
  auto result = run_to_end(**job, options.run);
  if (result.ok()) {
    result->metadata = (*job)->metadata();
    result->damage = (*job)->damage();
  }
  return result;
}

BlockReport block_report(const legacy::ChunkReport& chunk, std::string_view codec) {
  return {.number = chunk.index,
          .raw_size = chunk.original_size,
          .stored_size = chunk.stored_size,
          .codec = codec,
          .seconds = chunk.seconds};
}

/// What `options` mean to the writer of version 2.
Result<legacy::V2EncodeOptions> v2_encode_options(const V2Options& options) {
  legacy::V2EncodeOptions out;
  const auto level = legacy::find_v2_level(options.level);
  if (!level) {
    return Status(Code::kInvalidArgument, "no level of .warp version 2: '" + options.level +
                                              "', valid: auto, fastest, max, throughput");
  }
  out.level = *level;
  if (options.method) {
    out.method = legacy::find_table_method(*options.method);
    if (!out.method) {
      return Status(Code::kInvalidArgument, "no method of .warp version 2: '" + *options.method +
                                                "', valid: zstd, lz4, snappy, brotli");
    }
  }
  out.chunk_size = options.chunk_size;
  out.zstd_level = options.zstd_level;
  out.brotli_quality = options.brotli_quality;
  out.hash = options.checksum;
  out.cores = options.run.threads != 0 ? options.run.threads : usable_threads();
  return out;
}

Result<StreamResult> decompress_legacy(Source& source, Sink& sink,
                                       const DecompressOptions& options) {
  legacy::LegacyDecodeOptions legacy_options;
  if (options.on_block) {
    legacy_options.on_chunk = [&report = options.on_block](const legacy::ChunkReport& chunk) {
      report(block_report(chunk, {}));
    };
  }
  auto job = legacy::make_legacy_decode_job(
      source, sink, limits_of(options.run, options.max_output), std::move(legacy_options));
  if (!job.ok()) {
    return job.status();
  }
  return run_and_finish(**job, sink, options.run);
}

/// A .warp v3 file whose first bytes are damaged.
Result<StreamResult> decompress_damaged_start(Source& source, Sink& sink,
                                              const DecompressOptions& options) {
  if (options.keep_going) {
    return decompress_warp3(source, sink, options);
  }
  return Status(Code::kCorrupt, "the file header is damaged").at_offset(0);
}

Result<StreamResult> compress_format(Source& source, Sink& sink, const CompressOptions& options) {
  EncodeSettings settings = options.settings;
  settings.level = options.level;
  settings.limits = limits_of(options.run, std::numeric_limits<std::uint64_t>::max());
  settings.threads = run_options(options.run).threads;
  auto job = find_format_entry(options.format)->make_encoder(source, sink, settings);
  if (!job.ok()) {
    return job.status();
  }
  auto result = run_and_finish(**job, sink, options.run);
  if (result.ok()) {
    result->format = options.format;
  }
  return result;
}

/// What of an index only the whole input tells. An index of a pipe could never be found again.
Status complete_index(const Source& source, std::optional<SeekIndex>& index) {
  if (!index) {
    return {};
  }
  if (!source.random_access() || index->points.empty()) {
    index.reset();
    return {};
  }
  const auto fingerprint = seek_fingerprint(source);
  if (!fingerprint.ok()) {
    return fingerprint.status();
  }
  index->fingerprint = *fingerprint;
  index->compressed_size = source.size().value_or(0);
  return {};
}

Result<StreamResult> decompress_format(Format format, Source& source, Sink& sink,
                                       const DecompressOptions& options) {
  if (options.keep_going) {
    return Status(Code::kInvalidArgument, "going on after damage is for .warp only");
  }
  auto job = find_format_entry(format)->make_decoder(source, sink, decode_settings(options));
  if (!job.ok()) {
    return job.status();
  }
  auto result = run_and_finish(**job, sink, options.run);
  if (!result.ok()) {
    return result;
  }
  result->format = format;
  result->facts = (*job)->facts();
  result->index = (*job)->take_index();
  if (Status completed = complete_index(source, result->index); !completed.ok()) {
    return completed;
  }
  return result;
}

Result<StreamResult> decompress_known(ByteSpan head, Source& source, Sink& sink,
                                      const DecompressOptions& options) {
  const auto format = options.format ? options.format : detect_format(head);
  if (format && *format != Format::kWarp) {
    return decompress_format(*format, source, sink, options);
  }
  // One flipped bit can turn version 3 into another one, so the header's checksum is asked first.
  if (warp3::FileHeader::is_damaged_magic(head)) {
    return decompress_damaged_start(source, sink, options);
  }
  const bool warp = head.size() >= warp3::kMagic.size() &&
                    std::equal(warp3::kMagic.begin(), warp3::kMagic.end(), head.begin());
  if (warp && head.size() > 4 && head[4] == std::byte{warp3::kVersion}) {
    return decompress_warp3(source, sink, options);
  }
  if (legacy::is_legacy_warp(head)) {
    return decompress_legacy(source, sink, options);
  }
  if (warp) {
    return head.size() == 4
               ? Status(Code::kTruncated, "the file ends inside its header")
               : Status(Code::kUnsupported, "needs a newer reader: .warp version " +
                                                std::to_string(std::to_integer<unsigned>(head[4])));
  }
  if (head.empty()) {
    return Status(Code::kTruncated, "the input is empty");
  }
  // A file whose beginning was wiped still ends as a .warp file does.
  if (source.random_access() && !find_streams_from_end(source).streams.empty()) {
    return decompress_damaged_start(source, sink, options);
  }
  return Status(Code::kUnsupported, "not a format that this build reads");
}

}  // namespace

Result<StreamResult> compress(Source& source, Sink& sink, const CompressOptions& options) {
  if (options.format != Format::kWarp) {
    return compress_format(source, sink, options);
  }
  auto level = adjust_level(find_level(options.level.value_or(kDefaultLevel)), options.codec,
                            options.block_size, std::size_t{8} << 20U);
  if (!level.ok()) {
    return level.status();
  }
  auto job = make_warp_encode_job(source, sink,
                                  {.codec = level->codec,
                                   .block_size = level->block_size,
                                   .even_end = level->even_end,
                                   .hash = options.checksum,
                                   .metadata = options.metadata,
                                   .on_block = options.on_block});
  if (!job.ok()) {
    return job.status();
  }
  return run_to_end(**job, options.run);
}

Result<StreamResult> compress_v2(Source& source, Sink& sink, const V2Options& options) {
  auto encode = v2_encode_options(options);
  if (!encode.ok()) {
    return encode.status();
  }
  const auto empty = memory_source({});
  Source* input = &source;
  if (!source.random_access()) {
    // An empty file cannot be told from a pipe before it is read.
    std::byte first{};
    const auto got = source.read({&first, 1});
    if (!got.ok()) {
      return got.status();
    }
    input = *got == 0 ? empty.get() : input;
  }
  // The job fills this in before the first chunk is reported.
  std::string_view method;
  if (options.on_block) {
    encode->on_chunk = [&](const legacy::ChunkReport& chunk) {
      options.on_block(block_report(chunk, method));
    };
  }
  auto job = legacy::make_v2_encode_job(*input, sink, std::move(*encode));
  if (!job.ok()) {
    return job.status();
  }
  method = legacy::method_name(*(*job)->plan().method);
  RunControl run = options.run;
  run.threads = run.threads != 0 ? run.threads : (*job)->plan().threads;
  return run_and_finish(**job, sink, run);
}

Result<StreamResult> decompress(Source& source, Sink& sink, const DecompressOptions& options) {
  auto head = peek(source, warp3::FileHeader::kSize);
  if (!head.ok()) {
    return head.status();
  }
  if (source.random_access()) {
    return decompress_known(*head, source, sink, options);
  }
  PeekedSource whole(source, *head);
  return decompress_known(*head, whole, sink, options);
}

}  // namespace kompakt
