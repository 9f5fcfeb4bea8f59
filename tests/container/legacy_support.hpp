/// \file
/// Running legacy jobs in tests: over files and pipes, in order and by position, on some threads.
#pragma once

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "container/legacy/legacy.hpp"
#include "core/staged_job.hpp"
#include "kompakt/sink.hpp"
#include "kompakt/source.hpp"
#include "ordered_ends.hpp"
#include "test_data.hpp"

namespace kompakt::testing {

/// Drives a job the plain way: a batch of units is read, worked on by one thread each, written.
inline Status drive(StagedJob& job, unsigned threads = 1) {
  std::vector<std::unique_ptr<StagedJob::Slot>> slots;
  std::vector<std::unique_ptr<StagedJob::Worker>> workers;
  for (unsigned i = 0; i < threads; ++i) {
    slots.push_back(job.make_slot());
    auto worker = job.make_worker();
    if (!worker.ok()) {
      return worker.status();
    }
    workers.push_back(std::move(*worker));
  }
  for (bool more = true; more;) {
    std::size_t units = 0;
    Status failure;
    while (units < threads && more && failure.ok()) {
      const auto read = job.read(*slots[units]);
      failure = read.status();
      more = read.ok() && *read;
      units += more ? 1 : 0;
    }
    std::vector<Status> results(units);
    const auto work = [&](std::size_t i) { results[i] = job.work(*slots[i], *workers[i]); };
    if (threads == 1) {
      for (std::size_t i = 0; i < units; ++i) {
        work(i);
      }
    } else {
      std::vector<std::jthread> running;
      for (std::size_t i = 0; i < units; ++i) {
        running.emplace_back(work, i);
      }
    }
    for (std::size_t i = 0; i < units; ++i) {
      Status status = results[i].ok() ? job.write(*slots[i]) : results[i];
      if (!status.ok()) {
        return status;
      }
    }
    if (!failure.ok()) {
      return failure;
    }
  }
  return job.finish();
}

/// How a test lets a job see its input and output.
struct Shape {
  bool pipe_in = false;
  bool pipe_out = false;
  unsigned threads = 1;
};
inline constexpr Shape kShapes[] = {
    // NOLINT(modernize-avoid-c-arrays): a plain table
    {.pipe_in = false, .pipe_out = false, .threads = 3},
    {.pipe_in = false, .pipe_out = true, .threads = 2},
    {.pipe_in = true, .pipe_out = false, .threads = 3},
    {.pipe_in = true, .pipe_out = true, .threads = 1},
};

struct Decoded {
  Status status;
  Bytes content;
  StagedJob::Progress progress;
};

inline Decoded decode_legacy(ByteSpan file, const Shape& shape = {}, const Limits& limits = {}) {
  Decoded result;
  const auto source = shape.pipe_in ? std::unique_ptr<Source>(std::make_unique<OrderedSource>(file))
                                    : memory_source(file);
  const auto sink = shape.pipe_out
                        ? std::unique_ptr<Sink>(std::make_unique<OrderedSink>(result.content))
                        : memory_sink(result.content);
  auto job = legacy::make_legacy_decode_job(*source, *sink, limits);
  if (!job.ok()) {
    result.status = job.status();
    return result;
  }
  result.status = drive(**job, shape.threads);
  result.progress = (*job)->progress();
  if (result.status.ok()) {
    result.status = sink->finish(result.progress.bytes_out);
  }
  return result;
}

/// Failures that damaged input may cause; anything else blames the wrong party.
inline bool blames_data(const Status& status) {
  switch (status.code()) {
    case Code::kCorrupt:
    case Code::kTruncated:
    case Code::kUnsupported:
    case Code::kLimitExceeded:
    case Code::kMissingResource:
      return true;
    default:
      return false;
  }
}

inline Bytes read_bytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  const std::streamoff size = file.tellg();
  Bytes bytes(size < 0 ? 0 : static_cast<std::size_t>(size));
  file.seekg(0);
  file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  return bytes;
}

/// Appends to a byte stream under construction.
class StreamBuilder {
 public:
  StreamBuilder& text(std::string_view text) { return bytes(to_bytes(text)); }
  StreamBuilder& bytes(ByteSpan more) {
    data.insert(data.end(), more.begin(), more.end());
    return *this;
  }
  StreamBuilder& octets(std::initializer_list<unsigned> values) {
    for (const unsigned value : values) {
      data.push_back(static_cast<std::byte>(value));
    }
    return *this;
  }
  template <std::unsigned_integral T>
  StreamBuilder& le(T value) {
    for (std::size_t i = 0; i < sizeof(T); ++i) {
      data.push_back(static_cast<std::byte>((value >> (8 * i)) & 0xFFU));
    }
    return *this;
  }
  Bytes data;
};

}  // namespace kompakt::testing
