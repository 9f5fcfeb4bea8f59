#include "pipeline/run.hpp"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <functional>
#include <limits>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "core/checked.hpp"
#include "core/parts.hpp"
#include "kompakt/bytes.hpp"

namespace kompakt {
namespace {

// One thread may be blocked in read() and one in write() while `threads` of them work, so that
// reading, coding and writing overlap without more than `threads` of them using the processor.
constexpr unsigned kIoThreads = 2;

unsigned slots_for(unsigned threads) { return threads == 1 ? 1 : threads + kIoThreads; }

// Made before anything runs: where memory has run out there is none left to build a Status from.
const Status& out_of_memory() {
  static const Status kStatus(Code::kLimitExceeded, "out of memory");
  return kStatus;
}
const Status& cancelled_status() {
  static const Status kStatus(Code::kCancelled, "cancelled");
  return kStatus;
}

/// Runs a stage; what it throws becomes a Status. An exception must never leave a thread.
template <typename Stage>
Status guarded(Stage&& stage) noexcept {
  try {
    try {
      return stage();
    } catch (const std::bad_alloc&) {
      return out_of_memory();
    } catch (const std::exception& error) {
      return {Code::kInternal, std::string("unexpected failure: ") + error.what()};
    } catch (...) {
      return {Code::kInternal, "unexpected failure"};
    }
  } catch (...) {
    return out_of_memory();  // there was none even for the message
  }
}

bool cancelled(const RunOptions& options) {
  return options.cancel != nullptr && options.cancel->cancelled();
}

void report(StagedJob& job, const RunOptions& options) {
  if (options.on_progress) {
    options.on_progress(job.progress());
  }
}

Status finish(StagedJob& job, const RunOptions& options) {
  if (cancelled(options)) {
    return cancelled_status();
  }
  return guarded([&] {
    Status finished = job.finish();
    if (finished.ok()) {
      report(job, options);
    }
    return finished;
  });
}

/// One thread does everything: what the parallel engine does must look the same to the job.
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
      Status done = job.work(*slot, **worker);
      done = done.ok() ? job.write(*slot) : done;
      if (done.ok()) {
        report(job, options);
      }
      return done;
    });
    if (!status.ok()) {
      return status;
    }
    if (!more) {
      return finish(job, options);
    }
  }
}

/// A first-in first-out list that never allocates once it is made: the engine's threads have
/// nobody to give a bad_alloc to.
template <typename T>
class Ring {
 public:
  explicit Ring(std::size_t capacity) : items_(capacity) {}
  [[nodiscard]] bool empty() const noexcept { return count_ == 0; }
  [[nodiscard]] const T& front() const noexcept { return items_[first_]; }
  void push(T item) noexcept {
    items_[(first_ + count_) % items_.size()] = item;
    ++count_;
  }
  T pop() noexcept {
    T item = items_[first_];
    first_ = (first_ + 1) % items_.size();
    --count_;
    return item;
  }

 private:
  std::vector<T> items_;
  std::size_t first_ = 0;
  std::size_t count_ = 0;
};

/// Threads that help the one that runs a job: of the engine's own, or whatever an executor has.
class Helpers {
 public:
  explicit Helpers(std::function<void()> work) : gate_(std::make_shared<Gate>(std::move(work))) {}
  Helpers(const Helpers&) = delete;
  Helpers& operator=(const Helpers&) = delete;
  Helpers(Helpers&&) = delete;
  Helpers& operator=(Helpers&&) = delete;
  ~Helpers() { finish(); }

  void start(unsigned count, Executor* executor) {
    for (unsigned i = 0; i < count; ++i) {
      if (executor != nullptr) {
        executor->execute([gate = gate_] { gate->pass(); });
      } else {
        pool_.emplace_back([this] { gate_->pass(); });
      }
    }
  }

  /// Returns when nobody is at the work any more, and nobody will begin it.
  void finish() noexcept {
    gate_->close();
    for (auto& thread : pool_) {
      thread.join();
    }
    pool_.clear();
  }

 private:
  /// Outlives the run: an executor may come to a task long after it.
  class Gate {
   public:
    explicit Gate(std::function<void()> work) : work_(std::move(work)) {}
    void pass() noexcept {
      {
        const std::lock_guard lock(mutex_);
        if (closed_) {
          return;
        }
        ++inside_;
      }
      work_();
      // Under the lock: nothing of the run is touched behind it.
      const std::lock_guard lock(mutex_);
      if (--inside_ == 0) {
        empty_.notify_all();
      }
    }
    void close() noexcept {
      std::unique_lock lock(mutex_);
      closed_ = true;
      empty_.wait(lock, [this] { return inside_ == 0; });
    }

   private:
    std::function<void()> work_;  // not called once closed_
    std::mutex mutex_;
    std::condition_variable empty_;
    bool closed_ = false;
    unsigned inside_ = 0;
  };

  std::shared_ptr<Gate> gate_;
  std::vector<std::thread> pool_;
};

/// The state that the threads share. Every thread runs loop(): under the lock it picks the most
/// urgent thing that can be done (write, then work, then read), does it outside the lock, and
/// looks again. A thread for which no unit is left takes parts of those that others are at. A unit
/// that fails keeps its Status until its turn to be written comes, so that the units before it are
/// written and the failure that is reported is the first in their order, whatever the number of
/// threads. Members from mutex_ on are guarded by it.
class Engine final : private PartRunner {
 public:
  Engine(StagedJob& job, const RunOptions& options, unsigned threads)
      : job_(job),
        options_(options),
        units_(slots_for(threads)),
        to_work_(units_.size()),
        in_order_(units_.size()) {
    // Room for all that can ever be in them: no push allocates later.
    free_.reserve(units_.size());
    idle_.reserve(threads);
    shared_.reserve(threads);
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
      idle_.push_back(workers_.size());
      workers_.push_back(std::move(*worker));
    }
    Helpers helpers([this] { loop(); });
    // Where the system has no more threads to give, those that there are carry on; the caller's
    // own is enough.
    static_cast<void>(guarded([&] {
      const unsigned total = threads + (job_.ordered_stages_wait() ? kIoThreads : 0);
      helpers.start(total - 1, options_.executor);
      return Status();
    }));
    loop();
    helpers.finish();
    return error_.ok() ? finish(job_, options_) : error_;
  }

 private:
  struct Unit {
    std::unique_ptr<StagedJob::Slot> slot;
    std::uint64_t number = 0;
    bool worked = false;  // or failed
    Status failure;
  };

  void loop() noexcept {
    std::unique_lock lock(mutex_);
    bool has_read = false;
    while (error_.ok() && !(ended_ && !reading_ && in_order_.empty())) {
      if (cancelled(options_)) {
        error_ = cancelled_status();
      } else if (has_read && one_reader_ && can_read()) {
        read_next(lock);
      } else if (!writing_ && !in_order_.empty() && in_order_.front()->worked) {
        write_head(lock);
      } else if (!to_work_.empty() && to_work_.front()->number < first_failed_ && !idle_.empty()) {
        work_next(lock);
      } else if (can_read()) {
        read_next(lock);
        has_read = true;
      } else if (ended_ && !shared_.empty() && !idle_.empty()) {
        help(lock);
      } else {
        changed_.wait(lock);
        continue;
      }
      changed_.notify_all();
    }
    changed_.notify_all();
  }

  [[nodiscard]] bool can_read() const { return !reading_ && !ended_ && !free_.empty(); }

  void write_head(std::unique_lock<std::mutex>& lock) {
    Unit* unit = in_order_.front();
    Status status = unit->failure;
    if (status.ok()) {
      writing_ = true;
      status = outside(lock, [&] {
        Status written = job_.write(*unit->slot);
        if (written.ok()) {
          report(job_, options_);
        }
        return written;
      });
      writing_ = false;
    }
    in_order_.pop();
    unit->worked = false;
    free_.push_back(unit);
    if (!status.ok() && error_.ok()) {
      error_ = status;
    }
  }

  void work_next(std::unique_lock<std::mutex>& lock) {
    Unit* unit = to_work_.pop();
    const std::size_t worker = idle_.back();
    idle_.pop_back();
    const Status status = outside(lock, [&] {
      const PartScope parts(*this);
      return job_.work(*unit->slot, *workers_[worker]);
    });
    idle_.push_back(worker);
    settle(*unit, status);
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
    if (status.ok() && !more) {
      ended_ = true;
      free_.push_back(unit);
      return;
    }
    unit->number = next_number_++;
    in_order_.push(unit);
    if (status.ok()) {
      to_work_.push(unit);
    } else {
      settle(*unit, status);
    }
  }

  /// What a unit's work shares with threads that have no unit. It lives on the stack of the thread
  /// that has one.
  struct Batch {
    Batch(std::size_t parts, const Part& function) : count(parts), part(function) {}

    std::size_t count;
    const Part& part;  // outlives the batch
    std::size_t next = 0;
    unsigned lanes = 1;
    unsigned helpers = 0;
    std::exception_ptr failure;
  };

  void run(std::size_t count, const Part& part) override {
    Batch batch(count, part);
    std::unique_lock lock(mutex_);
    if (shared_.size() < shared_.capacity()) {
      shared_.push_back(&batch);
      changed_.notify_all();
    }
    take_parts(lock, batch, 0);
    changed_.wait(lock, [&batch] { return batch.helpers == 0; });
    if (batch.failure) {
      std::rethrow_exception(batch.failure);
    }
  }
  [[nodiscard]] unsigned lanes() const noexcept override {
    return static_cast<unsigned>(workers_.size());
  }

  /// Nothing is left for a worker to begin: its memory is free for the parts.
  void help(std::unique_lock<std::mutex>& lock) {
    Batch& batch = *shared_.front();
    const unsigned lane = batch.lanes++;
    ++batch.helpers;
    const std::size_t worker = idle_.back();
    idle_.pop_back();
    auto freed = std::move(workers_[worker]);
    lock.unlock();
    freed.reset();
    lock.lock();
    take_parts(lock, batch, lane);
    idle_.push_back(worker);
    --batch.helpers;
  }

  void take_parts(std::unique_lock<std::mutex>& lock, Batch& batch, unsigned lane) noexcept {
    while (batch.next < batch.count) {
      const std::size_t index = batch.next++;
      lock.unlock();
      std::exception_ptr failure;
      try {
        batch.part(index, lane);
      } catch (...) {
        failure = std::current_exception();
      }
      lock.lock();
      if (failure) {
        batch.next = batch.count;
        batch.failure = batch.failure ? batch.failure : failure;
      }
    }
    std::erase(shared_, &batch);
  }

  /// A unit is ready for its turn to be written. Nothing behind a failed one is begun any more.
  void settle(Unit& unit, const Status& status) {
    unit.worked = true;
    unit.failure = status;
    if (!status.ok()) {
      ended_ = true;
      first_failed_ = std::min(first_failed_, unit.number);
    }
  }

  template <typename Stage>
  Status outside(std::unique_lock<std::mutex>& lock, Stage&& stage) {
    lock.unlock();
    Status status = guarded(std::forward<Stage>(stage));
    lock.lock();
    return status;
  }

  StagedJob& job_;             // outlives the engine
  const RunOptions& options_;  // outlives the engine
  const bool one_reader_ = job_.one_reader();
  std::vector<std::unique_ptr<StagedJob::Worker>> workers_;  // each is that of its idle_ number
  std::vector<Unit> units_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Unit*> free_;  // last in, first out, as idle_: what was used last is in the caches
  std::vector<std::size_t> idle_;  // workers
  std::vector<Batch*> shared_;     // with parts that nobody has begun
  Ring<Unit*> to_work_;            // read, not yet worked on
  Ring<Unit*> in_order_;           // read, not yet written
  std::uint64_t next_number_ = 0;
  std::uint64_t first_failed_ = std::numeric_limits<std::uint64_t>::max();
  bool reading_ = false;
  bool writing_ = false;
  bool ended_ = false;  // nothing more is to be read
  Status error_;
};

std::string mebibytes(std::uint64_t bytes) {
  return std::to_string(bytes / kMiB + (bytes % kMiB != 0 ? 1 : 0)) + " MiB";
}

}  // namespace

Result<unsigned> threads_within_budget(const StagedJob& job, const RunOptions& options) {
  unsigned threads = std::max(1U, options.threads);
  const auto needed = [&job](std::uint64_t count) {
    // Sizes may come from a file: a sum that no integer holds is more than any budget.
    const auto slots =
        checked_mul<std::uint64_t>(slots_for(static_cast<unsigned>(count)), job.slot_bytes());
    const auto workers = checked_mul<std::uint64_t>(count, job.worker_bytes());
    const auto sum = slots && workers ? checked_add(*slots, *workers) : std::nullopt;
    return sum.value_or(std::numeric_limits<std::uint64_t>::max());
  };
  while (threads > 1 && needed(threads) > options.memory_budget) {
    --threads;
  }
  if (needed(threads) > options.memory_budget) {
    return Status(Code::kLimitExceeded, "needs " + mebibytes(needed(1)) +
                                            " of memory, the limit is " +
                                            mebibytes(options.memory_budget));
  }
  return threads;
}

Status run_job(StagedJob& job, const RunOptions& options) {
  static_cast<void>(out_of_memory());
  static_cast<void>(cancelled_status());
  const auto threads = threads_within_budget(job, options);
  if (!threads.ok()) {
    return threads.status();
  }
  return guarded([&] {
    if (*threads == 1) {
      return run_serial(job, options);
    }
    Engine engine(job, options, *threads);
    return engine.run(*threads);
  });
}

}  // namespace kompakt
