#include "call.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "gil.hpp"

namespace py = pybind11;

namespace kompakt::python {
namespace {

constexpr std::chrono::milliseconds kSignalInterval(40);
// What work gets to end by itself once it was stopped: most does at its next block.
constexpr std::chrono::milliseconds kStoppingTime(80);

/// Work on a thread of its own, and the thread that waits for it.
struct Stage {
  std::mutex mutex;
  std::condition_variable ended;
  bool done = false;
  Status status;
  std::shared_ptr<Work> orphan;  // whose call is over: the thread sees to its end
};

// A fact of the process, as the number of its processors is.
std::atomic<unsigned>& under_way() {
  static std::atomic<unsigned> count{0};
  return count;
}

Status run_guarded(Work& work) noexcept {
  try {
    return work.run();
  } catch (const std::bad_alloc&) {
    return {Code::kLimitExceeded, "out of memory"};
  } catch (const std::exception& error) {
    return {Code::kInternal, error.what()};
  }
}

// The last reference must go with the GIL in hand, or not at all when Python is no more.
void bury(std::shared_ptr<Work> orphan) {
  const GuestGil gil;
  if (gil.entered()) {
    orphan.reset();
  } else {
    static_cast<void>(new std::shared_ptr<Work>(std::move(orphan)));
  }
}

void run_on_thread(const std::shared_ptr<Stage>& stage, Work& work) {
  Status status = run_guarded(work);
  std::shared_ptr<Work> orphan;
  {
    const std::lock_guard lock(stage->mutex);
    stage->status = std::move(status);
    stage->done = true;
    orphan = std::move(stage->orphan);
    stage->ended.notify_all();
  }
  if (orphan) {
    bury(std::move(orphan));
  }
}

bool wait_for_end(Stage& stage, std::chrono::milliseconds time) {
  const py::gil_scoped_release release;
  std::unique_lock lock(stage.mutex);
  return stage.ended.wait_for(lock, time, [&stage] { return stage.done; });
}

// Leaves the work to its thread, unless it has ended meanwhile.
bool abandon(Stage& stage, const std::shared_ptr<Work>& work) {
  const std::lock_guard lock(stage.mutex);
  if (!stage.done) {
    stage.orphan = work;
  }
  return !stage.done;
}

Status run_interruptibly(const std::shared_ptr<Work>& work) {
  auto stage = std::make_shared<Stage>();
  std::thread thread;
  try {
    thread = std::thread([stage, &target = *work] { run_on_thread(stage, target); });
  } catch (const std::system_error&) {
    const py::gil_scoped_release release;  // no thread to be had: without, then
    return run_guarded(*work);
  }
  while (!wait_for_end(*stage, kSignalInterval)) {
    if (PyErr_CheckSignals() == 0) {
      continue;
    }
    py::error_already_set interrupt;
    work->stop();
    if (!wait_for_end(*stage, kStoppingTime) && abandon(*stage, work)) {
      thread.detach();
    } else {
      thread.join();
    }
    throw py::error_already_set(interrupt);
  }
  thread.join();
  return stage->status;
}

}  // namespace

Work::Work() { ++under_way(); }

Work::~Work() { --under_way(); }

unsigned Work::count() noexcept { return under_way(); }

void Hooks::call_python(const std::function<void()>& callback) noexcept {
  if (cancel_.cancelled()) {
    return;
  }
  const GuestGil gil;
  if (!gil.entered()) {
    stop();
    return;
  }
  try {
    callback();
  } catch (py::error_already_set& error) {
    errors_.keep(error);
    stop();
  } catch (const std::exception& error) {
    PyErr_SetString(PyExc_RuntimeError, error.what());
    errors_.keep(py::error_already_set());
    stop();
  }
}

void Hooks::set_progress(py::object progress, std::optional<std::uint64_t> total) {
  if (!progress.is_none() && PyCallable_Check(progress.ptr()) == 0) {
    PyErr_Format(PyExc_TypeError, "progress must be callable or None, not '%.100s'",
                 Py_TYPE(progress.ptr())->tp_name);
    throw py::error_already_set();
  }
  progress_ = std::move(progress);
  total_ = total;
}

void Hooks::report(std::uint64_t done, std::optional<std::uint64_t> total) noexcept {
  if (progress_ && !progress_.is_none()) {
    call_python([&] { progress_(done, total ? py::object(py::int_(*total)) : py::none()); });
  }
}

std::function<void(const Progress&)> Hooks::progress_hook() {
  if (!progress_ || progress_.is_none()) {
    return {};
  }
  // The library may copy the hook without the GIL: it holds no Python object.
  return [this](const Progress& progress) { report(progress.bytes_in, total_); };
}

void perform(const std::shared_ptr<Work>& work, bool brief) {
  Status status;
  if (brief || !on_main_thread()) {
    const py::gil_scoped_release release;
    status = run_guarded(*work);
  } else {
    status = run_interruptibly(work);
  }
  work->errors().raise_kept();
  check(status);
}

void perform_apart(const std::shared_ptr<Work>& work) {
  auto stage = std::make_shared<Stage>();
  stage->orphan = work;
  try {
    std::thread([stage, &target = *work] { run_on_thread(stage, target); }).detach();
  } catch (const std::system_error&) {
    const py::gil_scoped_release release;
    static_cast<void>(run_guarded(*work));
  }
}

}  // namespace kompakt::python
