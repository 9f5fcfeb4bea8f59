/// \file
/// Runs the jobs of one row of the format table on bytes in memory.
#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "format/format.hpp"
#include "ordered_ends.hpp"
#include "pipeline/run.hpp"
#include "test_data.hpp"

namespace kompakt::testing {

/// From one flipped bit to the next. Under sanitizers every byte is met in two or three of its
/// bits, and all eight places of a bit in turn; otherwise every bit is flipped.
inline constexpr std::size_t kBitStep = kSanitized ? 3 : 1;

/// How to run a job: on how many threads, from and to what kind of ends.
struct Ways {
  unsigned threads = 2;
  bool piped = false;
};

inline Status run_on(StagedJob& job, unsigned threads) {
  RunOptions options;
  options.threads = threads;
  return run_job(job, options);
}

struct Encoded {
  Status status;
  Bytes bytes;
};

inline Encoded encode(const FormatEntry& format, ByteSpan content,
                      const EncodeSettings& settings = {}, Ways ways = {}) {
  Encoded out;
  const auto file = memory_source(content);
  OrderedSource pipe(content);
  const auto memory = memory_sink(out.bytes);
  OrderedSink ordered(out.bytes);
  auto job = format.make_encoder(ways.piped ? static_cast<Source&>(pipe) : *file,
                                 ways.piped ? static_cast<Sink&>(ordered) : *memory, settings);
  out.status = job.ok() ? run_on(**job, ways.threads) : job.status();
  return out;
}

struct Decoded {
  Status status;
  Bytes bytes;
  StreamFacts facts;
  std::optional<SeekIndex> index;
};

inline Decoded decode(const FormatEntry& format, ByteSpan input,
                      const DecodeSettings& settings = {}, Ways ways = {}) {
  Decoded out;
  const auto file = memory_source(input);
  OrderedSource pipe(input);
  const auto memory = memory_sink(out.bytes);
  OrderedSink ordered(out.bytes);
  auto job = format.make_decoder(ways.piped ? static_cast<Source&>(pipe) : *file,
                                 ways.piped ? static_cast<Sink&>(ordered) : *memory, settings);
  out.status = job.ok() ? run_on(**job, ways.threads) : job.status();
  if (out.status.ok()) {
    out.facts = (*job)->facts();
    out.index = (*job)->take_index();
    if (!ways.piped) {
      out.status = memory->finish((*job)->progress().bytes_out);
    }
  }
  return out;
}

inline RangeSettings range_of(std::uint64_t offset, std::uint64_t length) {
  RangeSettings settings;
  settings.offset = offset;
  settings.length = length;
  return settings;
}

inline Decoded decode_range(const FormatEntry& format, ByteSpan input, const SeekIndex& index,
                            const RangeSettings& settings, Ways ways = {}) {
  Decoded out;
  const auto file = memory_source(input);
  const auto memory = memory_sink(out.bytes);
  OrderedSink ordered(out.bytes);
  auto job = format.make_range_decoder(*file, ways.piped ? static_cast<Sink&>(ordered) : *memory,
                                       index, settings);
  out.status = job.ok() ? run_on(**job, ways.threads) : job.status();
  if (out.status.ok() && !ways.piped) {
    out.status = memory->finish((*job)->progress().bytes_out);
  }
  return out;
}

inline Bytes joined(std::initializer_list<ByteSpan> parts) {
  Bytes all;
  for (const ByteSpan part : parts) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

}  // namespace kompakt::testing
