/// \file
/// A bounded pipe inside the process: what one thread writes to its sink another reads from its
/// source.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <vector>

#include "core/buffer.hpp"
#include "kompakt/sink.hpp"
#include "kompakt/source.hpp"

namespace kompakt {

class BytePipe {
 public:
  explicit BytePipe(std::size_t capacity) : room_(capacity), capacity_(capacity) {}

  /// The two ends, owned by the pipe; each is used by one thread at a time.
  [[nodiscard]] Sink& input() noexcept { return input_; }
  [[nodiscard]] Source& output() noexcept { return output_; }

  /// The next bytes, which stay in the pipe: `count` of them (no more than its capacity), fewer
  /// where the content ends or a failure comes before, that failure where there are none. For the
  /// reader's thread.
  [[nodiscard]] Result<std::vector<std::byte>> peek(std::size_t count);

  /// Takes what there is, up to `out`, waiting only while there is nothing: 0 at the clean end. For
  /// the reader's thread.
  [[nodiscard]] Result<std::size_t> read_some(MutableByteSpan out);

  /// The writer is done: the reader sees the clean end behind what was written, or `failure` in its
  /// place. A read() that was given bytes before a failure is short, the one after it fails.
  void close_input(Status failure);
  /// The reader is done: further writes fail with kCancelled.
  void close_output();

 private:
  class Input final : public Sink {
   public:
    explicit Input(BytePipe& pipe) : pipe_(pipe) {}
    Status write(ByteSpan bytes) override { return pipe_.write(bytes); }

   private:
    BytePipe& pipe_;  // NOLINT(cppcoreguidelines-*): owns this object
  };
  class Output final : public Source {
   public:
    explicit Output(BytePipe& pipe) : pipe_(pipe) {}
    Result<std::size_t> read(MutableByteSpan out) override { return pipe_.read(out); }
    std::string_view name() const override { return "<content>"; }

   private:
    BytePipe& pipe_;  // NOLINT(cppcoreguidelines-*): owns this object
  };

  Status write(ByteSpan bytes);
  Result<std::size_t> read(MutableByteSpan out);
  std::size_t take(std::unique_lock<std::mutex>& lock, MutableByteSpan out);
  void wait_for_bytes(std::unique_lock<std::mutex>& lock, std::size_t wanted);
  [[nodiscard]] bool can_write(std::size_t wanted) const;
  [[nodiscard]] bool can_read(std::size_t wanted) const;

  Input input_{*this};
  Output output_{*this};
  Buffer room_;  // a ring; each side copies to or from its own stretch of it without the lock
  std::size_t capacity_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable readable_;
  std::condition_variable writable_;
  std::size_t begin_ = 0;
  std::size_t size_ = 0;
  // What the side that waits wants to find; 0: it does not wait.
  std::size_t reader_wants_ = 0;
  std::size_t writer_wants_ = 0;
  bool input_closed_ = false;
  bool output_closed_ = false;
  Status failure_;
};

}  // namespace kompakt
