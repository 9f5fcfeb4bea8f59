/// \file
/// One decoding of content from a place on, ahead of whoever reads it.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>

#include "kompakt/sink.hpp"
#include "kompakt/stream.hpp"
#include "pipeline/content_stream.hpp"

namespace kompakt {

/// For one thread at a time.
class ContentRun {
 public:
  /// The flag tells a decoder whose output goes nowhere yet that nobody waits for it any more.
  using Decode = std::function<Result<StreamResult>(Sink&, const std::atomic<bool>& stopped)>;
  /// Runs `decode`, whose output begins at `begin` of the content, on a thread. Throws what
  /// ContentStream does.
  ContentRun(std::uint64_t begin, std::size_t read_ahead, Decode decode);
  ContentRun(const ContentRun&) = delete;
  ContentRun& operator=(const ContentRun&) = delete;
  ContentRun(ContentRun&&) = delete;
  ContentRun& operator=(ContentRun&&) = delete;
  /// Stops the decoder where it is.
  ~ContentRun() { stopped_ = true; }

  /// Where in the content the next byte lies.
  [[nodiscard]] std::uint64_t position() const noexcept { return position_; }
  /// At least one byte; 0 at the content's end, with result() set. A failure comes behind what was
  /// decoded before it, and from then on every time.
  [[nodiscard]] Result<std::size_t> read_some(MutableByteSpan out);
  /// The same, but short only at the end and before a failure.
  [[nodiscard]] Result<std::size_t> read(MutableByteSpan out);
  /// Moves forward to `offset`. Stops at the end, where position() tells.
  [[nodiscard]] Status skip_to(std::uint64_t offset);
  /// What comes instead of the next byte; ok before and at the end.
  [[nodiscard]] const Status& failure() const noexcept { return failure_; }
  [[nodiscard]] const StreamResult* result() const noexcept {
    return ended_ ? &*produced_ : nullptr;
  }

 private:
  std::uint64_t position_;
  Decode decode_;
  std::optional<StreamResult> produced_;  // set by the thread before it closes the pipe
  std::atomic<bool> stopped_{false};
  bool ended_ = false;
  Status failure_;
  ContentStream stream_;  // last: its thread uses what stands above
};

}  // namespace kompakt
