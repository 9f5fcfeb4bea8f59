/// \file
/// The ordered parallel engine: the only place with threads.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>

#include "core/staged_job.hpp"
#include "kompakt/cancel.hpp"
#include "kompakt/executor.hpp"
#include "kompakt/status.hpp"

namespace kompakt {

struct RunOptions {
  /// Threads that may be in work() at the same time; 1 runs everything on the caller's thread.
  unsigned threads = 1;
  /// Bytes that slots and workers may come to hold. Fewer threads are used where they do not fit;
  /// kLimitExceeded, saying how much is needed, where not even one does.
  std::uint64_t memory_budget = std::numeric_limits<std::uint64_t>::max();
  const CancelToken* cancel = nullptr;
  /// Runs the helpers of the thread that calls run_job(); nullptr: threads of the engine's own do.
  Executor* executor = nullptr;
  /// Called after every unit, from one thread at a time.
  std::function<void(const StagedJob::Progress&)> on_progress;
};

/// Runs `job` to its end. Units are read and written in order, and what write() sees does not
/// depend on the number of threads, failure or not: the failure of the first unit (in order) that
/// has one wins, the units before it are written, nothing behind it is begun any more, what is
/// under way is waited for, and its Status is returned. A cancellation stops at once. Exceptions
/// out of a stage become kLimitExceeded (bad_alloc) or kInternal.
///
/// Where all units are begun and threads are left, they take parts of a unit's work that it shares
/// by run_parts() (core/parts.hpp); workers that are not needed any more are freed first.
///
/// The thread that calls does its part of everything, so a run ends whatever an executor does with
/// the tasks that it is given. The run waits for those that have begun and no others.
[[nodiscard]] Status run_job(StagedJob& job, const RunOptions& options);

/// The threads that run_job() would use under the budget, or why none.
[[nodiscard]] Result<unsigned> threads_within_budget(const StagedJob& job,
                                                     const RunOptions& options);

}  // namespace kompakt
