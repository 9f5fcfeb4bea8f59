/// \file
/// What readers and writers of streams share: an object that outlives its calls, and calls on it.
#pragma once

#include <pybind11/pybind11.h>

#include <functional>
#include <memory>
#include <mutex>
#include <utility>

#include "call.hpp"

namespace kompakt::python {

/// The state behind a stream object. Its threads poll cancel(); calls take the mutex in turn.
class StreamSession : public Hooks {
 public:
  [[nodiscard]] std::mutex& mutex() noexcept { return mutex_; }

 private:
  std::mutex mutex_;
};

/// For destructors: a session's threads may be waiting for the GIL when they are waited for.
template <typename Action>
void without_gil(Action action) noexcept {
  PyThreadState* const state = PyEval_SaveThread();
  action();
  PyEval_RestoreThread(state);
}

/// One call on a session, which it keeps alive.
class SessionCall final : public Work {
 public:
  SessionCall(std::shared_ptr<StreamSession> session, std::function<Status()> call)
      : session_(std::move(session)), call_(std::move(call)) {}
  Status run() override {
    const std::lock_guard lock(session_->mutex());
    return call_();
  }
  void stop() noexcept override {
    Hooks::stop();
    session_->stop();
  }

 private:
  std::shared_ptr<StreamSession> session_;
  std::function<Status()> call_;
};

/// Runs `call` with the session's mutex and without the GIL. It must hold on to what it uses: after
/// an interrupt it may go on when this has returned.
inline void run_on(const std::shared_ptr<StreamSession>& session, std::function<Status()> call) {
  const auto work = std::make_shared<SessionCall>(session, std::move(call));
  try {
    perform(work, false);
  } catch (...) {
    // What Python raised inside the session's threads comes before what came of it.
    session->errors().raise_kept();
    throw;
  }
}

/// The same, without anybody who waits for it: for the end of what was interrupted.
inline void leave_to_thread(const std::shared_ptr<StreamSession>& session,
                            std::function<Status()> call) {
  perform_apart(std::make_shared<SessionCall>(session, std::move(call)));
}

}  // namespace kompakt::python
