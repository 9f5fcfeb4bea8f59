/// \file
/// A program's own threads, lent to the library.
#pragma once

#include <functional>

#include "kompakt/export.h"

namespace kompakt {

/// Runs tasks on threads of the caller's. The library asks for help with a task and works on itself
/// meanwhile, on the thread that called it: a task that never runs, or runs late, slows the work
/// down and does no harm, so any thread pool will do, one whose threads are all busy too. Tasks
/// must not run inside execute() itself. Must outlive the calls that it is given to, and the tasks
/// that it has taken.
class KOMPAKT_API Executor {
 public:
  Executor() = default;
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;
  Executor(Executor&&) = delete;
  Executor& operator=(Executor&&) = delete;
  virtual ~Executor() = default;
  /// Takes `task`, to be run once on some other thread. A task does not throw, and after the call
  /// that asked for it has returned it does nothing.
  virtual void execute(std::function<void()> task) = 0;
};

}  // namespace kompakt
