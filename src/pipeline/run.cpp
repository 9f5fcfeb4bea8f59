#include "pipeline/run.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <new>
#include <string>
#include <thread>
#include <vector>

#include "kompakt/bytes.hpp"

namespace kompakt {
namespace {

// One thread may be blocked in read() and one in write() while `threads` of them work, so that
// reading, coding and writing overlap without more than `threads` of them using the processor.
constexpr unsigned kIoThreads = 2;

unsigned slots_for(unsigned threads) { return threads == 1 ? 1 : threads + kIoThreads; }

template <typename Stage>
Status guarded(Stage&& stage) {
  try {
    return stage();
  } catch (const std::bad_alloc&) {
    return {Code::kLimitExceeded, "out of memory"};
  } catch (const std::exception& error) {
    return {Code::kInternal, std::string("unexpected failure: ") + error.what()};
  } catch (...) {
    return {Code::kInternal, "unexpected failure"};
  }
}

bool cancelled(const RunOptions& options) { return options.cancel != nullptr && options.cancel->cancelled(); }
Status cancelled_status() { return {Code::kCancelled, "cancelled"}; }

void report(StagedJob& job, const RunOptions& options) {
  if (options.on_progress) {
    options.on_progress(job.progress());
  }
}

Status finish(StagedJob& job, const RunOptions& options) {
  return guarded([&] {
    Status finished = job.finish();
    if (finished.ok()) {
      report(job, options);
    }
    return finished;
  });
}

Status run_serial(StagedJob& job, const RunOptions& options) {
  auto worker = job.make_worker();
  if (!worker.ok()) {
    return worker.status();
  }
  const auto slot = job.make_slot();
  for (;;) {
    if (cancelled(options)) {
      return cancelled_status();
    }
    bool more = false;
    Status status = guarded([&] {
      auto got = job.read(*slot);
      if (!got.ok()) {
        return got.status();
      }
      more = *got;
      if (!more) {
        return Status();
      }
      Status worked = job.work(*slot, **worker);
      return worked.ok() ? job.write(*slot) : worked;
    });
    if (!status.ok()) {
      return status;
    }
    if (!more) {
      return finish(job, options);
    }
    report(job, options);
  }
}

/// The state that the threads share. Every thread runs loop(): under the lock it picks the most
/// urgent thing that can be done (write, then work, then read), does it outside the lock, and
/// looks again. All members are guarded by mutex_.
class Engine {
 public:
  Engine(StagedJob& job, const RunOptions& options, unsigned threads)
      : job_(job), options_(options), units_(slots_for(threads)) {
    for (auto& unit : units_) {
      unit.slot = job_.make_slot();
      free_.push_back(&unit);
    }
  }

  Status run(unsigned threads) {
    for (unsigned i = 0; i < threads; ++i) {
      auto worker = job_.make_worker();
      if (!worker.ok()) {
        return worker.status();
      }
      workers_.push_back(std::move(*worker));
      idle_.push_back(workers_.back().get());
    }
    std::vector<std::thread> pool;
    Status started = guarded([&] {
      for (unsigned i = 1; i < threads + kIoThreads; ++i) {
        pool.emplace_back([this] { loop(); });
      }
      return Status();
    });
    // Where the system has no more threads to give, those that there are carry on.
    if (!started.ok() && pool.empty()) {
      return started;
    }
    loop();
    for (auto& thread : pool) {
      thread.join();
    }
    return error_.ok() ? finish(job_, options_) : error_;
  }

 private:
  struct Unit {
    std::unique_ptr<StagedJob::Slot> slot;
    bool worked = false;
  };

  void loop() {
    std::unique_lock lock(mutex_);
    while (error_.ok() && !(ended_ && in_order_.empty())) {
      if (cancelled(options_)) {
        fail(cancelled_status());
      } else if (!writing_ && !in_order_.empty() && in_order_.front()->worked) {
        write_head(lock);
      } else if (!to_work_.empty() && !idle_.empty()) {
        work_next(lock);
      } else if (!reading_ && !ended_ && !free_.empty()) {
        read_next(lock);
      } else {
        changed_.wait(lock);
      }
    }
    changed_.notify_all();
  }

  void write_head(std::unique_lock<std::mutex>& lock) {
    writing_ = true;
    Unit* unit = in_order_.front();
    const Status status = outside(lock, [&] {
      Status written = job_.write(*unit->slot);
      if (written.ok()) {
        report(job_, options_);
      }
      return written;
    });
    writing_ = false;
    in_order_.pop_front();
    unit->worked = false;
    free_.push_back(unit);
    settle(status);
  }

  void work_next(std::unique_lock<std::mutex>& lock) {
    Unit* unit = to_work_.front();
    to_work_.pop_front();
    StagedJob::Worker* worker = idle_.back();
    idle_.pop_back();
    const Status status = outside(lock, [&] { return job_.work(*unit->slot, *worker); });
    idle_.push_back(worker);
    unit->worked = true;
    settle(status);
  }

  void read_next(std::unique_lock<std::mutex>& lock) {
    reading_ = true;
    Unit* unit = free_.back();
    free_.pop_back();
    bool more = false;
    const Status status = outside(lock, [&] {
      auto got = job_.read(*unit->slot);
      more = got.ok() && *got;
      return got.status();
    });
    reading_ = false;
    if (status.ok() && more) {
      to_work_.push_back(unit);
      in_order_.push_back(unit);
    } else {
      ended_ = true;
      free_.push_back(unit);
    }
    settle(status);
  }

  template <typename Stage>
  Status outside(std::unique_lock<std::mutex>& lock, Stage&& stage) {
    lock.unlock();
    Status status = guarded(std::forward<Stage>(stage));
    lock.lock();
    return status;
  }

  void settle(const Status& status) {
    if (!status.ok()) {
      fail(status);
    }
    changed_.notify_all();
  }

  void fail(const Status& status) {
    if (error_.ok()) {
      error_ = status;
    }
  }

  StagedJob& job_;             // NOLINT(cppcoreguidelines-*): outlives the engine
  const RunOptions& options_;  // NOLINT(cppcoreguidelines-*): outlives the engine
  std::vector<std::unique_ptr<StagedJob::Worker>> workers_;
  std::vector<Unit> units_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Unit*> free_;
  std::deque<Unit*> to_work_;   // read, not yet worked on
  std::deque<Unit*> in_order_;  // read, not yet written
  std::vector<StagedJob::Worker*> idle_;
  bool reading_ = false;
  bool writing_ = false;
  bool ended_ = false;
  Status error_;
};

std::string mebibytes(std::uint64_t bytes) { return std::to_string((bytes + kMiB - 1) / kMiB) + " MiB"; }

}  // namespace

Result<unsigned> threads_within_budget(const StagedJob& job, const RunOptions& options) {
  unsigned threads = std::max(1U, options.threads);
  const auto needed = [&job](unsigned count) {
    return slots_for(count) * job.slot_bytes() + count * job.worker_bytes();
  };
  while (threads > 1 && needed(threads) > options.memory_budget) {
    --threads;
  }
  if (needed(threads) > options.memory_budget) {
    return Status(Code::kLimitExceeded, "needs " + mebibytes(needed(1)) + " of memory, the limit is " +
                                            mebibytes(options.memory_budget));
  }
  return threads;
}

Status run_job(StagedJob& job, const RunOptions& options) {
  const auto threads = threads_within_budget(job, options);
  if (!threads.ok()) {
    return threads.status();
  }
  if (*threads == 1) {
    return run_serial(job, options);
  }
  Status status;
  Status guard = guarded([&] {
    Engine engine(job, options, *threads);
    status = engine.run(*threads);
    return Status();
  });
  return guard.ok() ? status : guard;
}

}  // namespace kompakt
