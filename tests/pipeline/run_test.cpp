// The ordered parallel engine: order, bounds, overlap, failures.
#include "pipeline/run.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <new>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "core/parts.hpp"

namespace kompakt {
namespace {

/// Lets tests say "not before that has happened", without time.
class Events {
 public:
  void happened(const std::string& event) {
    const std::lock_guard lock(mutex_);
    seen_.insert(event);
    changed_.notify_all();
  }
  void wait_for(const std::string& event) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return seen_.contains(event); });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::set<std::string> seen_;
};

/// Greatest number of threads that were inside at once.
class Crowd {
 public:
  void enter() {
    const int now = ++inside_;
    int most = most_.load();
    while (now > most && !most_.compare_exchange_weak(most, now)) {
    }
  }
  void leave() { --inside_; }
  [[nodiscard]] int most() const { return most_.load(); }

 private:
  std::atomic<int> inside_{0};
  std::atomic<int> most_{0};
};

/// Counts through `units` units; every stage can be given something to do.
class CountingJob : public StagedJob {
 public:
  struct CountingSlot final : Slot {
    std::size_t unit = 0;
    std::size_t result = 0;
  };

  explicit CountingJob(std::size_t units) : units_(units) {}

  std::uint64_t slot_bytes() const override { return slot_bytes_; }
  std::uint64_t worker_bytes() const override { return worker_bytes_; }
  bool one_reader() const override { return one_reader_; }
  std::unique_ptr<Slot> make_slot() override {
    ++slots_;
    return std::make_unique<CountingSlot>();
  }
  Result<std::unique_ptr<Worker>> make_worker() override {
    if (workers_++ == failing_worker_) {
      return Status(Code::kMissingResource, "no worker");
    }
    return std::unique_ptr<Worker>(std::make_unique<Worker>());
  }
  Result<bool> read(Slot& slot) override {
    reading_.enter();
    struct Leave {
      Crowd& crowd;
      ~Leave() { crowd.leave(); }
    } leave{reading_};
    if (Status status = on_read_(next_); !status.ok()) {
      return status;
    }
    if (next_ == units_) {
      return false;
    }
    static_cast<CountingSlot&>(slot).unit = next_++;
    return true;
  }
  Status work(Slot& base, Worker& /*worker*/) override {
    auto& slot = static_cast<CountingSlot&>(base);
    working_.enter();
    struct Leave {
      Crowd& crowd;
      ~Leave() { crowd.leave(); }
    } leave{working_};
    slot.result = slot.unit * 3 + 1;
    return on_work_(slot.unit);
  }
  Status write(Slot& base) override {
    auto& slot = static_cast<CountingSlot&>(base);
    writing_.enter();
    struct Leave {
      Crowd& crowd;
      ~Leave() { crowd.leave(); }
    } leave{writing_};
    EXPECT_EQ(slot.result, slot.unit * 3 + 1);
    if (Status status = on_write_(slot.unit); !status.ok()) {
      return status;
    }
    written_.push_back(slot.unit);
    return {};
  }
  Status finish() override {
    ++finished_;
    return on_finish_();
  }
  Progress progress() const override { return {written_.size(), written_.size() * 2}; }

  using Hook = std::function<Status(std::size_t)>;
  static Status nothing(std::size_t /*unit*/) { return {}; }

  std::size_t units_;
  Hook on_read_ = nothing;
  Hook on_work_ = nothing;
  Hook on_write_ = nothing;
  std::function<Status()> on_finish_ = [] { return Status(); };
  std::uint64_t slot_bytes_ = 1;
  std::uint64_t worker_bytes_ = 1;
  int failing_worker_ = -1;
  bool one_reader_ = false;

  int slots_ = 0;
  int workers_ = 0;
  int finished_ = 0;
  std::size_t next_ = 0;
  std::vector<std::size_t> written_;
  Crowd reading_;
  Crowd working_;
  Crowd writing_;
};

RunOptions with_threads(unsigned threads) {
  RunOptions options;
  options.threads = threads;
  return options;
}

std::vector<std::size_t> first_numbers(std::size_t count) {
  std::vector<std::size_t> numbers(count);
  for (std::size_t i = 0; i < count; ++i) {
    numbers[i] = i;
  }
  return numbers;
}

constexpr unsigned kThreads[] = {1, 2, 3, 8};

TEST(Engine, ThreadThatReadGoesOnReadingWhereReadingIsTheWork) {
  CountingJob job(4);  // as many as there are slots: there is always one to read into
  job.one_reader_ = true;
  std::set<std::thread::id> readers;
  job.on_read_ = [&](std::size_t unit) {
    if (unit < 4) {  // the clean end may be met by anybody
      readers.insert(std::this_thread::get_id());
    }
    return Status();
  };
  ASSERT_TRUE(run_job(job, with_threads(2)).ok());
  EXPECT_EQ(job.written_.size(), 4U);
  EXPECT_EQ(readers.size(), 1U);
}

TEST(Engine, WritesInTheOrderOfReadingWhateverTheNumberOfThreads) {
  for (const unsigned threads : kThreads) {
    for (const std::size_t units : {0U, 1U, 2U, 7U, 200U}) {
      CountingJob job(units);
      ASSERT_TRUE(run_job(job, with_threads(threads)).ok());
      EXPECT_EQ(job.written_, first_numbers(units));
      EXPECT_EQ(job.finished_, 1);
      EXPECT_LE(job.working_.most(), static_cast<int>(threads));
      EXPECT_LE(job.reading_.most(), 1);
      EXPECT_LE(job.writing_.most(), 1);
    }
  }
}

TEST(Engine, WritesInOrderWhenUnitsAreDoneInReverse) {
  // In every group of `threads` units, each waits in work() for the one behind it.
  for (const unsigned threads : {2U, 3U, 8U}) {
    const std::size_t units = std::size_t{threads} * 5;
    CountingJob job(units);
    Events events;
    job.on_work_ = [&](std::size_t unit) {
      if ((unit + 1) % threads != 0) {
        events.wait_for(std::to_string(unit + 1));
      }
      events.happened(std::to_string(unit));
      return Status();
    };
    ASSERT_TRUE(run_job(job, with_threads(threads)).ok());
    EXPECT_EQ(job.written_, first_numbers(units));
    // They could only wait for each other by being there together.
    EXPECT_EQ(job.working_.most(), static_cast<int>(threads));
  }
}

TEST(Engine, ABlockedWriteDoesNotStopWork) {
  CountingJob job(4);
  Events events;
  job.on_work_ = [&](std::size_t unit) {
    events.happened("worked " + std::to_string(unit));
    return Status();
  };
  job.on_write_ = [&](std::size_t unit) {
    if (unit == 0) {
      events.wait_for("worked 1");
      events.wait_for("worked 2");
      events.wait_for("worked 3");
    }
    return Status();
  };
  ASSERT_TRUE(run_job(job, with_threads(2)).ok());
  EXPECT_EQ(job.written_, first_numbers(4));
}

TEST(Engine, ABlockedReadDoesNotStopWorkOrWrite) {
  CountingJob job(3);
  Events events;
  job.on_read_ = [&](std::size_t unit) {
    if (unit == 2) {
      events.wait_for("written 0");
      events.wait_for("written 1");
    }
    return Status();
  };
  job.on_write_ = [&](std::size_t unit) {
    events.happened("written " + std::to_string(unit));
    return Status();
  };
  ASSERT_TRUE(run_job(job, with_threads(2)).ok());
  EXPECT_EQ(job.written_, first_numbers(3));
}

TEST(Engine, AllThreadsWorkWhileOneReadsAndOneWrites) {
  // Unit 0 is being written, 1 and 2 worked on, 3 read, all at the same time.
  CountingJob job(4);
  Events events;
  const auto wait_for_all = [&events](const std::string& self) {
    events.happened(self);
    for (const char* other : {"write 0", "work 1", "work 2", "read 3"}) {
      events.wait_for(other);
    }
    return Status();
  };
  job.on_read_ = [&](std::size_t unit) { return unit == 3 ? wait_for_all("read 3") : Status(); };
  job.on_work_ = [&](std::size_t unit) {
    return unit == 1 || unit == 2 ? wait_for_all("work " + std::to_string(unit)) : Status();
  };
  job.on_write_ = [&](std::size_t unit) { return unit == 0 ? wait_for_all("write 0") : Status(); };
  ASSERT_TRUE(run_job(job, with_threads(2)).ok());
  EXPECT_EQ(job.written_, first_numbers(4));
}

TEST(Engine, AJobWhoseOrderedStagesNeverWaitGetsNoThreadsBesidesThoseThatWork) {
  class Unwaiting final : public CountingJob {
   public:
    using CountingJob::CountingJob;
    bool ordered_stages_wait() const override { return false; }
  };
  for (const unsigned threads : {2U, 3U, 5U}) {
    Unwaiting job(500);
    std::mutex mutex;
    std::set<std::thread::id> seen;
    job.on_read_ = job.on_work_ = job.on_write_ = [&](std::size_t /*unit*/) {
      const std::lock_guard lock(mutex);
      seen.insert(std::this_thread::get_id());
      return Status();
    };
    RunOptions options;
    options.threads = threads;
    ASSERT_TRUE(run_job(job, options).ok());
    EXPECT_EQ(job.written_.size(), 500U);
    EXPECT_LE(seen.size(), threads);
  }
}

TEST(Engine, ReadsNoFurtherAheadThanItHasSlots) {
  for (const unsigned threads : {2U, 3U}) {
    CountingJob job(100);
    std::atomic<std::size_t> written{0};
    job.on_read_ = [&](std::size_t unit) {
      EXPECT_LT(unit, written.load() + threads + 2);
      return Status();
    };
    job.on_write_ = [&](std::size_t unit) {
      // The slot becomes free a moment after this.
      written.store(unit + 1);
      return Status();
    };
    ASSERT_TRUE(run_job(job, with_threads(threads)).ok());
    EXPECT_EQ(job.slots_, static_cast<int>(threads + 2));
    EXPECT_EQ(job.workers_, static_cast<int>(threads));
  }
  CountingJob serial(3);
  ASSERT_TRUE(run_job(serial, with_threads(1)).ok());
  EXPECT_EQ(serial.slots_, 1);
  EXPECT_EQ(serial.workers_, 1);
}

enum class Stage { kRead, kWork, kWrite };

CountingJob::Hook& hook_of(CountingJob& job, Stage stage) {
  switch (stage) {
    case Stage::kRead:
      return job.on_read_;
    case Stage::kWork:
      return job.on_work_;
    case Stage::kWrite:
      break;
  }
  return job.on_write_;
}

struct Failure {
  std::function<Status()> fail;
  Code code;
};

std::vector<Failure> all_failures() {
  return {
      {[] { return Status(Code::kCorrupt, "bad"); }, Code::kCorrupt},
      {[]() -> Status { throw std::bad_alloc(); }, Code::kLimitExceeded},
      {[]() -> Status { throw std::runtime_error("worse"); }, Code::kInternal},
      {[]() -> Status { throw 7; },
       Code::kInternal},  // NOLINT(hicpp-exception-baseclass): the point
  };
}

TEST(Engine, AFailureInAnyStageAtAnyUnitWinsAndWhatCameBeforeIsWritten) {
  constexpr std::size_t kUnits = 20;
  for (const unsigned threads : kThreads) {
    for (const Stage stage : {Stage::kRead, Stage::kWork, Stage::kWrite}) {
      for (const std::size_t at : {std::size_t{0}, kUnits / 2, kUnits - 1}) {
        for (const Failure& failure : all_failures()) {
          CountingJob job(kUnits);
          hook_of(job, stage) = [&](std::size_t unit) {
            return unit == at ? failure.fail() : Status();
          };
          const Status status = run_job(job, with_threads(threads));
          EXPECT_EQ(status.code(), failure.code);
          EXPECT_EQ(job.written_, first_numbers(at)) << threads << " threads, unit " << at;
          EXPECT_EQ(job.finished_, 0);
        }
      }
    }
  }
}

TEST(Engine, OfSeveralFailuresTheFirstInOrderWinsWhateverCameFirstInTime) {
  for (const unsigned threads : {2U, 3U, 8U}) {
    CountingJob job(10);
    Events events;
    job.on_work_ = [&](std::size_t unit) {
      if (unit == 1) {
        events.wait_for("2 failed");
        return Status(Code::kCorrupt, "one");
      }
      if (unit == 2) {
        events.happened("2 failed");
        return Status(Code::kTruncated, "two");
      }
      return Status();
    };
    const Status status = run_job(job, with_threads(threads));
    EXPECT_EQ(status.message(), "one");
    EXPECT_EQ(job.written_, first_numbers(1));
  }
}

TEST(Engine, NothingBehindAFailedUnitIsBegunAndWhatIsUnderWayIsWaitedFor) {
  CountingJob job(100);
  Events events;
  std::atomic<int> inside{0};
  job.on_work_ = [&](std::size_t unit) {
    ++inside;
    if (unit == 0) {
      events.happened("begun");
      events.wait_for("failed");
    } else if (unit == 1) {
      events.wait_for("begun");
      events.happened("failed");
      --inside;
      return Status(Code::kCorrupt, "one");
    }
    --inside;
    return Status();
  };
  EXPECT_EQ(run_job(job, with_threads(2)).message(), "one");
  EXPECT_EQ(inside.load(), 0);
  EXPECT_EQ(job.written_, first_numbers(1));
  EXPECT_LE(job.next_, std::size_t{1 + 2 + 2});
}

TEST(Engine, AFailureOrExceptionInFinishIsTheResult) {
  for (const unsigned threads : kThreads) {
    for (const Failure& failure : all_failures()) {
      CountingJob job(3);
      job.on_finish_ = failure.fail;
      EXPECT_EQ(run_job(job, with_threads(threads)).code(), failure.code);
      EXPECT_EQ(job.finished_, 1);
    }
  }
}

TEST(Engine, AWorkerThatCannotBeMadeEndsTheRunBeforeItBegins) {
  for (const unsigned threads : kThreads) {
    for (int failing = 0; failing < static_cast<int>(threads); failing += 2) {
      CountingJob job(3);
      job.failing_worker_ = failing;
      EXPECT_EQ(run_job(job, with_threads(threads)).code(), Code::kMissingResource);
      EXPECT_EQ(job.next_, 0U);
      EXPECT_EQ(job.finished_, 0);
    }
  }
}

TEST(Engine, ExceptionsFromMakingSlotsOrReportingProgressAreFailures) {
  class NoSlot final : public CountingJob {
   public:
    using CountingJob::CountingJob;
    std::unique_ptr<Slot> make_slot() override { throw std::bad_alloc(); }
  };
  for (const unsigned threads : kThreads) {
    NoSlot job(3);
    EXPECT_EQ(run_job(job, with_threads(threads)).code(), Code::kLimitExceeded);
    CountingJob reporting(3);
    auto options = with_threads(threads);
    options.on_progress = [](const StagedJob::Progress&) {
      throw std::runtime_error("display gone");
    };
    EXPECT_EQ(run_job(reporting, options).code(), Code::kInternal);
    EXPECT_EQ(reporting.finished_, 0);
  }
}

TEST(Engine, CancelFromTheProgressCallbackStopsAtOnce) {
  for (const unsigned threads : kThreads) {
    for (const std::size_t at : {std::size_t{1}, std::size_t{5}, std::size_t{10}}) {
      CountingJob job(10);
      CancelToken cancel;
      auto options = with_threads(threads);
      options.cancel = &cancel;
      options.on_progress = [&](const StagedJob::Progress& progress) {
        if (progress.bytes_in == at) {
          cancel.cancel();
        }
      };
      EXPECT_EQ(run_job(job, options).code(), Code::kCancelled);
      EXPECT_EQ(job.written_, first_numbers(at)) << threads;
      EXPECT_EQ(job.finished_, 0);
    }
  }
}

TEST(Engine, CancelFromAnotherThreadStopsTheRun) {
  for (const unsigned threads : kThreads) {
    CountingJob job(1000);
    CancelToken cancel;
    Events events;
    job.on_work_ = [&](std::size_t unit) {
      if (unit == 10) {
        events.happened("far enough");
        events.wait_for("cancelled");
      }
      return Status();
    };
    std::thread other([&] {
      events.wait_for("far enough");
      cancel.cancel();
      events.happened("cancelled");
    });
    auto options = with_threads(threads);
    options.cancel = &cancel;
    EXPECT_EQ(run_job(job, options).code(), Code::kCancelled);
    other.join();
    EXPECT_LE(job.written_.size(), 11U);
    EXPECT_EQ(job.finished_, 0);
  }
}

TEST(Engine, AlreadyCancelledDoesNothing) {
  for (const unsigned threads : kThreads) {
    CountingJob job(10);
    CancelToken cancel;
    cancel.cancel();
    auto options = with_threads(threads);
    options.cancel = &cancel;
    EXPECT_EQ(run_job(job, options).code(), Code::kCancelled);
    EXPECT_EQ(job.next_, 0U);
  }
}

TEST(Engine, ProgressGrowsByUnitsAndIsToldOnceMoreAtTheEnd) {
  for (const unsigned threads : kThreads) {
    CountingJob job(5);
    std::vector<std::uint64_t> seen;
    auto options = with_threads(threads);
    options.on_progress = [&](const StagedJob::Progress& progress) {
      seen.push_back(progress.bytes_in);
    };
    ASSERT_TRUE(run_job(job, options).ok());
    EXPECT_EQ(seen, (std::vector<std::uint64_t>{1, 2, 3, 4, 5, 5}));
  }
}

TEST(Parts, OutsideOfAnEngineRunOneAfterTheOther) {
  std::vector<std::size_t> order;
  EXPECT_EQ(part_lanes(), 1U);
  run_parts(5, [&](std::size_t part, unsigned lane) {
    EXPECT_EQ(lane, 0U);
    order.push_back(part);
  });
  EXPECT_EQ(order, first_numbers(5));
  run_parts(0, [](std::size_t, unsigned) { ADD_FAILURE(); });
}

TEST(Parts, EachRunsOnceAndNoLaneTwoAtATime) {
  for (const unsigned threads : kThreads) {
    CountingJob job(20);
    std::vector<std::vector<std::atomic<int>>> runs(20);
    job.on_work_ = [&](std::size_t unit) {
      runs[unit] = std::vector<std::atomic<int>>(unit);
      std::vector<std::atomic<int>> inside(part_lanes());
      EXPECT_LE(part_lanes(), threads);
      run_parts(unit, [&](std::size_t part, unsigned lane) {
        EXPECT_LT(lane, inside.size());
        EXPECT_EQ(inside[lane]++, 0);
        ++runs[unit][part];
        --inside[lane];
      });
      return Status();
    };
    ASSERT_TRUE(run_job(job, with_threads(threads)).ok());
    for (std::size_t unit = 0; unit < runs.size(); ++unit) {
      EXPECT_EQ(runs[unit].size(), unit);
      EXPECT_TRUE(std::ranges::all_of(runs[unit], [](const auto& count) { return count == 1; }));
    }
  }
}

TEST(Parts, ThreadsWithoutAUnitTakeThem) {
  CountingJob job(1);
  Events events;
  job.on_work_ = [&](std::size_t) {
    // Each of the three waits for the others: no two of them in one thread.
    run_parts(3, [&](std::size_t part, unsigned) {
      events.happened(std::to_string(part));
      for (const char* other : {"0", "1", "2"}) {
        events.wait_for(other);
      }
    });
    return Status();
  };
  ASSERT_TRUE(run_job(job, with_threads(3)).ok());
}

TEST(Parts, WorkersThatAreNotNeededAnyMoreAreFreedForThem) {
  struct FreedWorker final : StagedJob::Worker {
    explicit FreedWorker(Events& events) : events_(events) {}
    FreedWorker(const FreedWorker&) = delete;
    FreedWorker& operator=(const FreedWorker&) = delete;
    FreedWorker(FreedWorker&&) = delete;
    FreedWorker& operator=(FreedWorker&&) = delete;
    ~FreedWorker() override { events_.happened("freed"); }
    Events& events_;
  };
  class Job final : public CountingJob {
   public:
    explicit Job(Events& events) : CountingJob(1), events_(events) {}
    Result<std::unique_ptr<Worker>> make_worker() override {
      return std::unique_ptr<Worker>(std::make_unique<FreedWorker>(events_));
    }

   private:
    Events& events_;
  };
  Events events;
  Job job(events);
  job.on_work_ = [&](std::size_t) {
    run_parts(2, [&](std::size_t, unsigned) { events.wait_for("freed"); });
    return Status();
  };
  ASSERT_TRUE(run_job(job, with_threads(2)).ok());
}

TEST(Parts, AnExceptionIsTheUnitsFailure) {
  for (const unsigned threads : kThreads) {
    CountingJob job(3);
    job.on_work_ = [&](std::size_t unit) {
      run_parts(10, [&](std::size_t part, unsigned) {
        if (unit == 1 && part == 4) {
          throw std::bad_alloc();
        }
      });
      return Status();
    };
    EXPECT_EQ(run_job(job, with_threads(threads)).code(), Code::kLimitExceeded);
    EXPECT_EQ(job.written_, first_numbers(1));
  }
}

TEST(Budget, FewerThreadsWhereTheyDoNotFit) {
  CountingJob job(20);
  job.slot_bytes_ = 10;
  job.worker_bytes_ = 100;
  RunOptions options;
  options.threads = 8;
  const auto threads = [&](std::uint64_t budget) {
    options.memory_budget = budget;
    return threads_within_budget(job, options);
  };
  EXPECT_EQ(threads(8 * 100 + 10 * 10).value(), 8U);
  EXPECT_EQ(threads(8 * 100 + 10 * 10 - 1).value(), 7U);
  EXPECT_EQ(threads(2 * 100 + 4 * 10).value(), 2U);
  EXPECT_EQ(threads(2 * 100 + 4 * 10 - 1).value(), 1U);
  EXPECT_EQ(threads(110).value(), 1U);
  EXPECT_FALSE(threads(109).ok());
  options.memory_budget = 250;
  ASSERT_TRUE(run_job(job, options).ok());
  EXPECT_EQ(job.workers_, 2);
  EXPECT_EQ(job.written_, first_numbers(20));
}

TEST(Budget, RefusalSaysHowMuchIsNeededAndHowMuchThereIs) {
  CountingJob job(1);
  job.slot_bytes_ = 10U << 20U;
  job.worker_bytes_ = (90U << 20U) + 1;
  RunOptions options;
  options.threads = 4;
  options.memory_budget = 50U << 20U;
  const Status status = run_job(job, options);
  EXPECT_EQ(status.code(), Code::kLimitExceeded);
  EXPECT_NE(status.message().find("101 MiB"), std::string_view::npos) << status.message();
  EXPECT_NE(status.message().find("50 MiB"), std::string_view::npos) << status.message();
  EXPECT_EQ(job.workers_, 0);
}

TEST(Budget, SumsThatNoIntegerHoldsAreTooMuch) {
  CountingJob job(1);
  job.slot_bytes_ = std::uint64_t{1} << 62U;
  job.worker_bytes_ = std::uint64_t{3} << 62U;
  RunOptions options;
  options.threads = 8;
  options.memory_budget = std::uint64_t{1} << 61U;
  EXPECT_EQ(run_job(job, options).code(), Code::kLimitExceeded);
}

TEST(Budget, NoThreadsMeansOne) {
  CountingJob job(4);
  ASSERT_TRUE(run_job(job, with_threads(0)).ok());
  EXPECT_EQ(job.workers_, 1);
  EXPECT_EQ(job.written_, first_numbers(4));
}

}  // namespace
}  // namespace kompakt
