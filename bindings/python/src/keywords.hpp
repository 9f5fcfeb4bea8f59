/// \file
/// Keyword arguments taken one by one, so that what is left over is known to be an error.
#pragma once

#include <pybind11/pybind11.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace kompakt::python {

/// Options of one call. Every taker answers with `fallback`, or nothing, for a key that is absent
/// or None; TypeError for a value of another type.
class Keywords {
 public:
  explicit Keywords(const pybind11::kwargs& given) : left_(given.attr("copy")()) {}

  [[nodiscard]] bool flag(const char* name, bool fallback);
  [[nodiscard]] std::optional<bool> maybe_flag(const char* name);
  [[nodiscard]] std::optional<std::uint64_t> size(const char* name);
  [[nodiscard]] std::optional<std::int64_t> integer(const char* name, std::int64_t min,
                                                    std::int64_t max);
  [[nodiscard]] std::optional<double> number(const char* name);
  [[nodiscard]] std::optional<std::string> text(const char* name);
  /// A list of paths or globs; TypeError for a single str, whose letters would be taken for it.
  [[nodiscard]] std::vector<std::string> paths(const char* name);
  [[nodiscard]] pybind11::object object(const char* name);

  /// What was not taken.
  [[nodiscard]] const pybind11::dict& rest() const noexcept { return left_; }
  /// TypeError where anything was not.
  void end() const;

 private:
  pybind11::dict left_;
  std::string known_;  // names that were asked for, for the message
};

}  // namespace kompakt::python
