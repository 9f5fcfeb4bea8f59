/// \file
/// Short ways to run the jobs of gzip and zlib.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <utility>

#include "core/endian.hpp"
#include "format/gzip/check.hpp"
#include "format/rows.hpp"
#include "kompakt/seek_index.hpp"
#include "ordered_ends.hpp"
#include "pipeline/run.hpp"
#include "run_format.hpp"
#include "test_data.hpp"

namespace kompakt::testing {

inline RunOptions threaded(unsigned threads) {
  RunOptions options;
  options.threads = threads;
  return options;
}

struct EncodeRun {
  EncodeSettings settings = {};
  unsigned threads = 2;
  bool piped = false;
};

inline Bytes encoded(const FormatEntry& entry, ByteSpan content, const EncodeRun& run = {}) {
  Bytes out;
  const auto memory = memory_source(content);
  OrderedSource pipe(content);
  const auto sink = memory_sink(out);
  OrderedSink ordered(out);
  auto job = entry.make_encoder(run.piped ? static_cast<Source&>(pipe) : *memory,
                                run.piped ? static_cast<Sink&>(ordered) : *sink, run.settings);
  EXPECT_TRUE(job.ok()) << job.status().to_string();
  if (job.ok()) {
    const Status status = run_job(**job, threaded(run.threads));
    EXPECT_TRUE(status.ok()) << status.to_string();
    EXPECT_EQ((*job)->progress().bytes_out, out.size());
  }
  return out;
}

struct DecodeRun {
  DecodeSettings settings = {};
  unsigned threads = 2;
  bool piped = false;
};

struct GzipOutcome {
  Status status;
  Bytes content;
  StreamFacts facts;
  std::optional<SeekIndex> index;
};

inline GzipOutcome decoded(const FormatEntry& entry, ByteSpan bytes, DecodeRun run = {}) {
  GzipOutcome result;
  const auto memory = memory_source(bytes);
  OrderedSource pipe(bytes);
  const auto sink = memory_sink(result.content);
  OrderedSink ordered(result.content);
  run.settings.threads = run.threads;
  auto job = entry.make_decoder(run.piped ? static_cast<Source&>(pipe) : *memory,
                                run.piped ? static_cast<Sink&>(ordered) : *sink, run.settings);
  if (!job.ok()) {
    result.status = job.status();
    return result;
  }
  result.status = run_job(**job, threaded(run.threads));
  result.facts = (*job)->facts();
  if (result.status.ok()) {
    EXPECT_EQ((*job)->progress().bytes_out, result.content.size());
    result.index = (*job)->take_index();
  }
  return result;
}

/// Decodes in every way there is and expects one result of all.
inline GzipOutcome decoded_every_way(const FormatEntry& entry, ByteSpan bytes,
                                     const DecodeSettings& settings = {}) {
  GzipOutcome first = decoded(entry, bytes, {.settings = settings, .threads = 1});
  for (const unsigned threads : {1U, 3U, 32U}) {
    for (const bool piped : {false, true}) {
      const GzipOutcome other =
          decoded(entry, bytes, {.settings = settings, .threads = threads, .piped = piped});
      EXPECT_EQ(other.status.to_string(), first.status.to_string())
          << threads << (piped ? " threads, piped" : " threads");
      if (first.status.ok()) {
        EXPECT_TRUE(other.content == first.content) << threads << " threads";
        EXPECT_EQ(other.facts.streams, first.facts.streams);
        EXPECT_EQ(other.facts.warnings.size(), first.facts.warnings.size());
      }
    }
  }
  return first;
}

inline Bytes octets(std::initializer_list<unsigned> values) {
  Bytes bytes;
  for (const unsigned value : values) {
    bytes.push_back(static_cast<std::byte>(value));
  }
  return bytes;
}

/// The trailer of a gzip member with this content.
inline Bytes gzip_trailer(ByteSpan content) {
  Bytes trailer(8);
  store_le(MutableByteSpan(trailer), gzip::check_of(deflate::Framing::kGzip, content));
  store_le(MutableByteSpan(trailer).subspan(4), static_cast<std::uint32_t>(content.size()));
  return trailer;
}

/// A stored deflate block.
inline Bytes stored_block(ByteSpan content, bool final) {
  const auto size = static_cast<unsigned>(content.size());
  return joined(
      {octets({final ? 1U : 0U, size & 0xFFU, size >> 8U, ~size & 0xFFU, (~size >> 8U) & 0xFFU}),
       content});
}

/// Content of three natures, so that blocks of all types come about.
inline Bytes mixed_bytes(std::size_t size) {
  Bytes mixed = joined({text_bytes(size / 2), random_bytes(size / 8), record_bytes(size / 4)});
  mixed.resize(size, std::byte{7});
  return mixed;
}

}  // namespace kompakt::testing
