/// \file
/// Failures of the library as exceptions of kompakt._errors.
#pragma once

#include <pybind11/pybind11.h>

#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "kompakt/status.hpp"

namespace kompakt::python {

/// The exception that stands for `status`; None for success. Needs the GIL.
[[nodiscard]] pybind11::object to_exception(const Status& status);
/// Raises the exception that stands for `status`, which must be a failure. Needs the GIL.
[[noreturn]] void raise(const Status& status);
/// Raises InvalidArgumentError.
[[noreturn]] void raise_invalid(const std::string& message);

inline void check(const Status& status) {
  if (!status.ok()) {
    raise(status);
  }
}

template <typename T>
[[nodiscard]] T take(Result<T> result) {
  check(result.status());
  return std::move(result).value();
}

/// The first exception that a callback raised on some thread, kept for the thread that made the
/// call.
class ErrorSlot {
 public:
  /// Needs the GIL.
  void keep(pybind11::error_already_set error);
  /// Raises it, once. Needs the GIL.
  void raise_kept();

 private:
  std::mutex mutex_;  // never waited for with the GIL in hand: whoever holds it holds the GIL too
  std::optional<pybind11::error_already_set> error_;
};

}  // namespace kompakt::python
