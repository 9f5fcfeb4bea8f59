// Any bytes through the coders that are fed by hand: no crash, no standstill, and the pieces that
// input and room come in change nothing about what comes out.
//
// The first byte of the input chooses the format, the second the sizes of the pieces.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <vector>

#include "kompakt/coder.hpp"
#include "kompakt/format.hpp"

namespace {

using namespace kompakt;
using Bytes = std::vector<std::byte>;

constexpr std::uint64_t kMostOutput = std::uint64_t{1} << 18U;
constexpr std::uint64_t kMostMemory = std::uint64_t{128} << 20U;

void require(bool promise) {
  if (!promise) {
    std::abort();
  }
}

struct Outcome {
  Status status;
  std::size_t consumed = 0;
  Bytes content;
};

/// Feeds `input` in pieces of `piece` bytes into room for as many.
Outcome decode(StreamCoder& coder, ByteSpan input, std::size_t piece) {
  Outcome outcome;
  Bytes room(piece);
  unsigned idle = 0;
  for (;;) {
    const ByteSpan left = input.subspan(outcome.consumed);
    const ByteSpan given = left.first(std::min(piece, left.size()));
    const auto mode = given.size() == left.size() ? StreamMode::kFinish : StreamMode::kRun;
    const auto progress = coder.step(given, room, mode);
    if (!progress.ok()) {
      outcome.status = progress.status();
      return outcome;
    }
    require(progress->consumed <= given.size() && progress->produced <= room.size());
    outcome.consumed += progress->consumed;
    outcome.content.insert(outcome.content.end(), room.begin(),
                           room.begin() + static_cast<std::ptrdiff_t>(progress->produced));
    require(outcome.content.size() <= kMostOutput);
    if (progress->state == StreamState::kFinished) {
      return outcome;
    }
    idle = progress->consumed == 0 && progress->produced == 0 ? idle + 1 : 0;
    require(idle < 4);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) {
    return 0;
  }
  const auto formats = all_formats();
  DecompressOptions options;
  options.format = formats[data[0] % formats.size()].id;
  options.max_output = kMostOutput;
  options.run.max_memory = kMostMemory;
  const auto coder = make_decompressor(options);
  require(coder.ok());
  const ByteSpan input(reinterpret_cast<const std::byte*>(data) + 2, size - 2);
  const Outcome whole = decode(**coder, input, std::size_t{1} << 16U);
  require((*coder)->reset().ok());
  const Outcome pieces = decode(**coder, input, std::size_t{1} + data[1] % 97U);
  require(whole.status.code() != Code::kInternal);
  require(whole.status.ok() == pieces.status.ok());
  if (whole.status.ok()) {
    require(whole.content == pieces.content && whole.consumed == pieces.consumed);
  }
  return 0;
}
