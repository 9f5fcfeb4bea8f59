/// \file
/// How a format presents itself to the pipeline: read units in order, work on them in parallel,
/// write them in order. Implementations hold no threads and no locks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "kompakt/status.hpp"

namespace kompakt {

class StagedJob {
 public:
  /// Buffers of one unit in flight; reused for unit after unit.
  class Slot {
   public:
    Slot() = default;
    Slot(const Slot&) = delete;
    Slot& operator=(const Slot&) = delete;
    Slot(Slot&&) = delete;
    Slot& operator=(Slot&&) = delete;
    virtual ~Slot() = default;
  };
  /// State of one worker (codec contexts); reused for unit after unit, by one thread at a time.
  class Worker {
   public:
    Worker() = default;
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;
    Worker(Worker&&) = delete;
    Worker& operator=(Worker&&) = delete;
    virtual ~Worker() = default;
  };
  /// Bytes read from the source and written to the sink so far, for progress.
  struct Progress {
    std::uint64_t bytes_in = 0;
    std::uint64_t bytes_out = 0;
  };

  StagedJob() = default;
  StagedJob(const StagedJob&) = delete;
  StagedJob& operator=(const StagedJob&) = delete;
  StagedJob(StagedJob&&) = delete;
  StagedJob& operator=(StagedJob&&) = delete;
  virtual ~StagedJob() = default;

  /// The most bytes that one slot, and one worker, may come to hold. The pipeline's byte budget is
  /// counted in these.
  [[nodiscard]] virtual std::uint64_t slot_bytes() const = 0;
  [[nodiscard]] virtual std::uint64_t worker_bytes() const = 0;
  [[nodiscard]] virtual std::unique_ptr<Slot> make_slot() = 0;
  [[nodiscard]] virtual Result<std::unique_ptr<Worker>> make_worker() = 0;

  /// Whether read() or write() may wait for somebody else, as on a pipe. The engine then keeps
  /// threads for them besides those that work.
  [[nodiscard]] virtual bool ordered_stages_wait() const { return true; }

  /// Whether read() itself is the expensive part, as where a stream has one way through. Its state
  /// then stays in one processor's caches: the thread that read goes on reading while it can.
  [[nodiscard]] virtual bool one_reader() const { return false; }

  /// Prepares the next unit. Called by one thread at a time, in order. False at the clean end.
  [[nodiscard]] virtual Result<bool> read(Slot& slot) = 0;
  /// The expensive part. Called by many threads, each with its own slot and worker.
  [[nodiscard]] virtual Status work(Slot& slot, Worker& worker) = 0;
  /// Takes the unit's result. Called by one thread at a time, in the order of read().
  [[nodiscard]] virtual Status write(Slot& slot) = 0;
  /// Called once, after the last write() of a run in which nothing failed.
  [[nodiscard]] virtual Status finish() { return {}; }
  /// Called by write()'s thread after write(), and once after finish().
  [[nodiscard]] virtual Progress progress() const = 0;
};

}  // namespace kompakt
