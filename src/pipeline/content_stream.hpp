/// \file
/// Content that a thread of its own produces, read from the other end of a pipe in memory.
#pragma once

#include <functional>
#include <optional>
#include <thread>
#include <vector>

#include "kompakt/sink.hpp"
#include "kompakt/source.hpp"
#include "kompakt/status.hpp"
#include "pipeline/byte_pipe.hpp"

namespace kompakt {

class ContentStream {
 public:
  static constexpr std::size_t kPipeSize = std::size_t{4} << 20U;

  /// Runs `produce` on a thread. What it writes comes out of content(); its failure comes behind.
  /// At most `pipe_size` bytes wait to be read. Throws std::system_error where the system has no
  /// thread to give.
  explicit ContentStream(std::function<Status(Sink&)> produce, std::size_t pipe_size = kPipeSize);
  ContentStream(const ContentStream&) = delete;
  ContentStream& operator=(const ContentStream&) = delete;
  ContentStream(ContentStream&&) = delete;
  ContentStream& operator=(ContentStream&&) = delete;
  ~ContentStream();

  [[nodiscard]] Source& content() noexcept { return pipe_.output(); }
  /// The next bytes of the content, without taking them. See BytePipe::peek().
  [[nodiscard]] Result<std::vector<std::byte>> peek(std::size_t count) { return pipe_.peek(count); }

  /// See BytePipe::read_some().
  [[nodiscard]] Result<std::size_t> read_some(MutableByteSpan out) { return pipe_.read_some(out); }

  /// Takes what is left of the content, so that the producer comes to its end and to the checks
  /// there, and returns its status.
  [[nodiscard]] Status drain();
  /// Stops the producer where it is, if it has not come to its end, and returns its status:
  /// kCancelled as a rule where it was stopped.
  Status stop();

 private:
  BytePipe pipe_;
  std::optional<Status> produced_;  // set by the thread before it ends
  std::thread thread_;
};

}  // namespace kompakt
