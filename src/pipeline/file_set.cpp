#include "pipeline/file_set.hpp"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include "kompakt/stream.hpp"
#include "pipeline/run.hpp"
#include "pipeline/running.hpp"

namespace kompakt {
namespace {

// Files of this size and more are coded one after another, each with all threads. Below it one
// thread a file keeps all of them busier.
constexpr std::uint64_t kLargeFile = 8 * kMiB;
// A unit of the engine: so much that passing it on costs nothing beside the work in it.
constexpr std::uint64_t kUnitBytes = kMiB;
constexpr std::size_t kUnitFiles = 128;
// What a file costs whatever its size, as bytes.
constexpr std::uint64_t kFileCost = 8 * kKiB;
// What coding one file of less than kLargeFile takes at the usual levels. Where that is not enough,
// the file is tried again alone, with everything that there is.
constexpr std::uint64_t kUsualMemory = 64 * kMiB;

/// Counts and tells the caller, from one thread at a time.
class Reporter {
 public:
  Reporter(const FileSetOptions& options, FolderResult& result)
      : options_(options), result_(result) {}

  void take(const FileReport& report) {
    using Fate = FileReport::Fate;
    result_.bytes_in += report.bytes_in;
    result_.bytes_out += report.bytes_out;
    result_.coded += report.fate == Fate::kCoded ? 1 : 0;
    result_.copied += report.fate == Fate::kCopied ? 1 : 0;
    result_.skipped += report.fate == Fate::kSkipped ? 1 : 0;
    result_.warnings += report.warning.ok() ? 0 : 1;
    if (report.fate == Fate::kFailed) {
      ++result_.failed;
      if (result_.first_failure.ok()) {
        result_.first_failure = report.status;
      }
    }
    if (options_.on_file) {
      options_.on_file(report);
    }
  }

  [[nodiscard]] const FolderResult& result() const { return result_; }

 private:
  const FileSetOptions& options_;  // outlives the reporter
  FolderResult& result_;           // outlives the reporter
};

/// Small files, a batch a unit. Large ones are put aside.
class SmallFilesJob final : public StagedJob {
 public:
  SmallFilesJob(const FileCoder& coder, TaskProducer& producer, Reporter& reporter,
                RunControl share)
      : coder_(coder), producer_(producer), reporter_(reporter), share_(std::move(share)) {}

  std::uint64_t slot_bytes() const override { return kUnitBytes; }
  std::uint64_t worker_bytes() const override { return kUsualMemory; }
  std::unique_ptr<Slot> make_slot() override { return std::make_unique<Batch>(); }
  Result<std::unique_ptr<Worker>> make_worker() override { return std::make_unique<Worker>(); }

  Result<bool> read(Slot& slot) override {
    auto& batch = static_cast<Batch&>(slot);
    batch.tasks.clear();
    batch.reports.clear();
    std::uint64_t bytes = 0;
    while (batch.tasks.size() < kUnitFiles && bytes < kUnitBytes) {
      FileTask task;
      const auto more = producer_.next(task);
      if (!more.ok()) {
        return more.status();
      }
      if (!*more) {
        break;
      }
      if (task.size >= kLargeFile && task.kind != FileTask::Kind::kReport) {
        large_.push_back(std::move(task));
        continue;
      }
      bytes += task.size + kFileCost;
      batch.tasks.push_back(std::move(task));
    }
    return !batch.tasks.empty();
  }

  Status work(Slot& slot, Worker&) override {
    auto& batch = static_cast<Batch&>(slot);
    for (const FileTask& task : batch.tasks) {
      batch.reports.push_back(coder_.run(task, share_));
      if (batch.reports.back().status.code() == Code::kCancelled) {
        return batch.reports.back().status;
      }
    }
    return {};
  }

  Status write(Slot& slot) override {
    auto& batch = static_cast<Batch&>(slot);
    for (std::size_t i = 0; i < batch.reports.size(); ++i) {
      if (batch.reports[i].status.code() == Code::kLimitExceeded) {
        hungry_.push_back(std::move(batch.tasks[i]));
      } else {
        reporter_.take(batch.reports[i]);
      }
    }
    return {};
  }

  Progress progress() const override {
    return {.bytes_in = reporter_.result().bytes_in, .bytes_out = reporter_.result().bytes_out};
  }

  /// What is left to be done alone.
  [[nodiscard]] std::vector<FileTask> take_rest() {
    std::move(hungry_.begin(), hungry_.end(), std::back_inserter(large_));
    return std::move(large_);
  }

 private:
  struct Batch final : Slot {
    std::vector<FileTask> tasks;
    std::vector<FileReport> reports;
  };

  const FileCoder& coder_;
  TaskProducer& producer_;
  Reporter& reporter_;
  RunControl share_;
  std::vector<FileTask> large_;  // filled by read()
  // Filled by write(): those that their share of memory was too small for.
  std::vector<FileTask> hungry_;
};

/// Progress of one large file on top of what was done before it.
RunControl on_top(const RunControl& whole, const FolderResult& before) {
  RunControl run = whole;
  if (whole.on_progress) {
    run.on_progress = [&report = whole.on_progress, in = before.bytes_in,
                       out = before.bytes_out](const Progress& progress) {
      report({.bytes_in = in + progress.bytes_in, .bytes_out = out + progress.bytes_out});
    };
  }
  return run;
}

}  // namespace

Status run_file_set(const FileCoder& coder, TaskProducer& producer, const FileSetOptions& options,
                    FolderResult& result) {
  Reporter reporter(options, result);
  RunControl whole = options.run;
  whole.threads = whole.threads != 0 ? whole.threads : usable_threads();
  whole.max_memory = whole.max_memory != 0 ? whole.max_memory : usable_memory();
  result.threads = whole.threads;
  RunControl share = whole;
  share.threads = 1;
  share.max_memory = whole.max_memory / whole.threads;
  share.on_progress = {};
  SmallFilesJob job(coder, producer, reporter, share);
  RunOptions run = run_options(whole);
  run.memory_budget = std::max(run.memory_budget, kUsualMemory + 4 * kUnitBytes);
  if (Status status = run_job(job, run); !status.ok()) {
    return status;
  }
  for (const FileTask& task : job.take_rest()) {
    const FileReport report = coder.run(task, on_top(whole, result));
    if (report.status.code() == Code::kCancelled) {
      return report.status;
    }
    reporter.take(report);
  }
  return {};
}

}  // namespace kompakt
