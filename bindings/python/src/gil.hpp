/// \file
/// Taking the GIL on threads that are not Python's own.
#pragma once

#include <pybind11/pybind11.h>

namespace kompakt::python {

/// Holds the GIL, on whatever thread, unless the interpreter is on its way out: then entered() is
/// false and Python must not be touched. A thread that asked a finalizing interpreter for the GIL
/// would be ended in the middle of its C++ frames.
class GuestGil {
 public:
  GuestGil();
  GuestGil(const GuestGil&) = delete;
  GuestGil& operator=(const GuestGil&) = delete;
  GuestGil(GuestGil&&) = delete;
  GuestGil& operator=(GuestGil&&) = delete;
  ~GuestGil();
  [[nodiscard]] bool entered() const noexcept { return entered_; }

 private:
  bool counted_ = false;
  bool entered_ = false;
  PyGILState_STATE state_{};
};

/// Has Python's atexit shut the door on guests, and wait for those who are inside.
void register_exit_gate();

/// True on the thread that Python handles signals on.
[[nodiscard]] bool on_main_thread();

}  // namespace kompakt::python
