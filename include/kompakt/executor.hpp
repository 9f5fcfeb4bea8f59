/// \file
/// A program's own threads, lent to the library.
#pragma once

#include <functional>

#include "kompakt/export.h"

namespace kompakt {

/// Runs tasks on threads of the caller's. A call asks for help, one task for each further thread
/// that it may use, and works itself meanwhile, on the thread that made it. So it gets done
/// whatever becomes of the tasks: one that never runs, or runs late, slows the work down and does
/// no harm. Any thread pool will do, also one whose threads are all busy, and one that the call
/// itself is made from. A task that has begun stays with its call until that is done; the call
/// waits for it.
///
/// Must outlive the calls that it is given to, and may be given to many at a time. The tasks hold
/// what they need: they may be run, or dropped, after the call has returned, and then do nothing.
///
/// What waits for its other end has a thread of its own nevertheless, because it would stand still
/// without one: the decoder behind a Reader or inside an archive, the encoder behind a Writer, and
/// the decoding half of convert(). Their helpers come from the executor.
class KOMPAKT_API Executor {
 public:
  Executor() = default;
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;
  Executor(Executor&&) = delete;
  Executor& operator=(Executor&&) = delete;
  virtual ~Executor() = default;
  /// Takes `task`, to be run once, on some other thread. Called from several threads at a time
  /// where several calls share the executor. A task does not throw.
  virtual void execute(std::function<void()> task) = 0;
};

}  // namespace kompakt
