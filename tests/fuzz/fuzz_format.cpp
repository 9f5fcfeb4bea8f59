// Any bytes as a stream of each format: no crash, no unbounded work, and every way of reading an
// input that is accepted gives the same content.
//
// --format=NAME chooses the format. The first byte of the input chooses how it is read: bits 0 and
// 1 the mode (0 decode as is; 1 encode the input and decode it back, through pipes with bit 2; 2
// encode it, change one byte, decode; 3 take the input as a seek index for an encoding of itself).
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

#include "kompakt/format.hpp"
#include "kompakt/stream.hpp"
#include "ordered_ends.hpp"

namespace {

using namespace kompakt;
using Bytes = std::vector<std::byte>;
using kompakt::testing::OrderedSink;
using kompakt::testing::OrderedSource;

constexpr std::uint64_t kMostOutput = std::uint64_t{1} << 20U;
constexpr std::uint64_t kMostMemory = std::uint64_t{128} << 20U;

Format chosen_format = Format::kGzip;

void require(bool promise) {
  if (!promise) {
    std::abort();
  }
}

DecompressOptions decode_options() {
  DecompressOptions options;
  options.format = chosen_format;
  options.max_output = kMostOutput;
  options.run.threads = 1;
  options.run.max_memory = kMostMemory;
  return options;
}

struct Outcome {
  Status status;
  Bytes content;
};

Outcome decode(Source& source, const DecompressOptions& options) {
  Outcome outcome;
  const auto sink = memory_sink(outcome.content);
  outcome.status = decompress(source, *sink, options).status();
  require(outcome.status.code() != Code::kInternal);
  require(outcome.content.size() <= kMostOutput);
  return outcome;
}

/// From a file, from a pipe, and (where a format reads in other ways for them) for more threads.
Outcome decode_every_way(const Bytes& input) {
  const auto source = memory_source(input);
  const Outcome whole = decode(*source, decode_options());
  OrderedSource pipe(input);
  const Outcome piped = decode(pipe, decode_options());
  DecompressOptions threaded = decode_options();
  threaded.run.threads = 3;
  threaded.index_spacing = 1000;
  const Outcome parallel = decode(*source, threaded);
  // Ways of reading differ in the memory they take.
  for (const Outcome* other : {&piped, &parallel}) {
    if (whole.status.code() != Code::kLimitExceeded &&
        other->status.code() != Code::kLimitExceeded) {
      require(whole.status.ok() == other->status.ok());
      require(!whole.status.ok() || whole.content == other->content);
    }
  }
  return whole;
}

Bytes encode(ByteSpan content, unsigned choice) {
  CompressOptions options;
  options.format = chosen_format;
  const FormatInfo& info = format_info(chosen_format);
  options.level = std::min(info.max_level, 1 + static_cast<int>((choice >> 3U) % 6U));
  options.run.threads = 1;
  options.run.max_memory = std::uint64_t{1} << 30U;
  Bytes out;
  const auto file = memory_source(content);
  const auto sink = memory_sink(out);
  OrderedSource pipe(content);
  OrderedSink ordered(out);
  const bool piped = (choice & 4U) != 0;
  require(compress(piped ? static_cast<Source&>(pipe) : *file,
                   piped ? static_cast<Sink&>(ordered) : *sink, options)
              .ok());
  return out;
}

void use_as_index(ByteSpan input, unsigned choice) {
  const Bytes packed = encode(input, choice);
  auto index = decode_seek_index(input, kMostMemory);
  if (!index.ok()) {
    return;
  }
  index->format = chosen_format;
  const auto source = memory_source(packed);
  Bytes out;
  const auto sink = memory_sink(out);
  const Status status =
      decompress_range(*source, *sink, index->content_size / 2, 1000, decode_options(), &*index)
          .status();
  require(status.code() != Code::kInternal);
  require(out.size() <= 1000);
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  for (int i = 1; i < *argc; ++i) {
    constexpr const char* kOption = "--format=";
    if (std::strncmp((*argv)[i], kOption, std::strlen(kOption)) == 0) {
      const auto format = find_format((*argv)[i] + std::strlen(kOption));
      require(format && *format != Format::kWarp);
      chosen_format = *format;
    }
  }
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const auto* bytes = reinterpret_cast<const std::byte*>(data);
  const Bytes input(bytes + 1, bytes + size);
  const unsigned choice = data[0];
  switch (choice & 3U) {
    case 0:
      static_cast<void>(decode_every_way(input));
      break;
    case 1: {
      const Outcome back = decode_every_way(encode(input, choice));
      require(back.status.ok() && back.content == input);
      break;
    }
    case 2: {
      Bytes packed = encode(input, choice);
      if (!input.empty()) {
        const std::size_t at = (std::to_integer<std::size_t>(input[0]) * 257 + choice);
        packed[at % packed.size()] ^= input.back() | std::byte{1};
      }
      static_cast<void>(decode_every_way(packed));
      break;
    }
    default:
      use_as_index(input, choice);
  }
  return 0;
}
