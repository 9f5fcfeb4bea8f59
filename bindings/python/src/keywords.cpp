#include "keywords.hpp"

#include <limits>

#include "options.hpp"

namespace py = pybind11;

namespace kompakt::python {

py::object Keywords::object(const char* name) {
  known_ += (known_.empty() ? "" : ", ") + std::string(name);
  return left_.attr("pop")(name, py::none());
}

std::optional<bool> Keywords::maybe_flag(const char* name) {
  const py::object value = object(name);
  if (value.is_none()) {
    return std::nullopt;
  }
  if (!PyBool_Check(value.ptr())) {
    throw py::type_error(std::string(name) + " must be a bool, not '" +
                         Py_TYPE(value.ptr())->tp_name + "'");
  }
  return value.ptr() == Py_True;
}

bool Keywords::flag(const char* name, bool fallback) { return maybe_flag(name).value_or(fallback); }

std::optional<std::int64_t> Keywords::integer(const char* name, std::int64_t min,
                                              std::int64_t max) {
  const py::object value = object(name);
  return value.is_none() ? std::nullopt : std::optional(to_integer(value, name, min, max));
}

std::optional<std::uint64_t> Keywords::size(const char* name) {
  const auto value = integer(name, 0, std::numeric_limits<std::int64_t>::max());
  return value ? std::optional(static_cast<std::uint64_t>(*value)) : std::nullopt;
}

std::optional<double> Keywords::number(const char* name) {
  const py::object value = object(name);
  if (value.is_none()) {
    return std::nullopt;
  }
  if (!py::isinstance<py::float_>(value) && !py::isinstance<py::int_>(value)) {
    throw py::type_error(std::string(name) + " must be a number, not '" +
                         Py_TYPE(value.ptr())->tp_name + "'");
  }
  return value.cast<double>();
}

std::optional<std::string> Keywords::text(const char* name) {
  const py::object value = object(name);
  return value.is_none() ? std::nullopt : std::optional(to_text(value, name));
}

std::vector<std::string> Keywords::paths(const char* name) {
  const py::object value = object(name);
  if (value.is_none()) {
    return {};
  }
  if (PyUnicode_Check(value.ptr()) || PyBytes_Check(value.ptr())) {
    throw py::type_error(std::string(name) + " must be a list of str, not '" +
                         Py_TYPE(value.ptr())->tp_name + "'");
  }
  std::vector<std::string> found;
  for (const py::handle item : value) {
    found.push_back(to_path(item));
  }
  return found;
}

void Keywords::end() const {
  for (const auto& [key, value] : left_) {
    throw py::type_error("unknown option '" + key.cast<std::string>() + "' (there are " + known_ +
                         ")");
  }
}

}  // namespace kompakt::python
