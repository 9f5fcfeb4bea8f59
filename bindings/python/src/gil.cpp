#include "gil.hpp"

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace py = pybind11;

namespace kompakt::python {
namespace {

// One a process, as the interpreter is.
struct Gate {
  std::mutex mutex;
  std::condition_variable left;
  bool closed = false;
  unsigned inside = 0;
};

Gate& gate() {
  static auto* const kGate = new Gate;  // never destroyed: threads outlive static objects
  return *kGate;
}

// A guest may be inside a blocking call of the program's own; the exit waits for that no longer.
constexpr std::chrono::seconds kPatience(1);

void close_gate() {
  const py::gil_scoped_release release;
  std::unique_lock lock(gate().mutex);
  gate().closed = true;
  gate().left.wait_for(lock, kPatience, [] { return gate().inside == 0; });
}

}  // namespace

GuestGil::GuestGil() {
  // A thread that Python knows is not ended by surprise: it is inside a call of Python's.
  if (PyGILState_GetThisThreadState() == nullptr) {
    const std::lock_guard lock(gate().mutex);
    if (gate().closed) {
      return;
    }
    ++gate().inside;
    counted_ = true;
  }
  state_ = PyGILState_Ensure();
  entered_ = true;
}

GuestGil::~GuestGil() {
  if (entered_) {
    PyGILState_Release(state_);
  }
  if (counted_) {
    const std::lock_guard lock(gate().mutex);
    --gate().inside;
    gate().left.notify_all();
  }
}

void register_exit_gate() {
  py::module_::import("atexit").attr("register")(py::cpp_function(&close_gate));
}

bool on_main_thread() {
  const py::object main = py::module_::import("threading").attr("main_thread")();
  return main.attr("ident").cast<unsigned long>() == PyThread_get_thread_ident();
}

}  // namespace kompakt::python
