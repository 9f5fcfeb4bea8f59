/// \file
/// For programs that would rather catch than check: turns failures into exceptions.
///
///     const auto data = kompakt::value_or_throw(kompakt::compress(bytes));
#pragma once

#include <stdexcept>
#include <utility>

#include "kompakt/export.h"
#include "kompakt/status.hpp"

namespace kompakt {

/// what() is Status::to_string().
class KOMPAKT_API Error : public std::runtime_error {
 public:
  /// Of a failure.
  explicit Error(Status status)
      : std::runtime_error(status.to_string()), status_(std::move(status)) {}
  /// What went wrong, position included.
  [[nodiscard]] const Status& status() const noexcept { return status_; }
  /// Which kind of failure it is.
  [[nodiscard]] Code code() const noexcept { return status_.code(); }

 private:
  Status status_;
};

/// Throws Error for a failure.
inline void throw_unless_ok(const Status& status) {
  if (!status.ok()) {
    throw Error(status);
  }
}

/// The value, or Error thrown.
template <typename T>
[[nodiscard]] T value_or_throw(Result<T> result) {
  throw_unless_ok(result.status());
  return std::move(result).value();
}

}  // namespace kompakt
