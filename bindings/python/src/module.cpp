// The extension module kompakt._kompakt: the library's calls with Python's types. What is pleasant
// about the package is made of them in Python.
#include <pybind11/pybind11.h>

#include <string>

#include "bind.hpp"
#include "gil.hpp"
#include "kompakt/format.hpp"
#include "kompakt/stream.hpp"
#include "kompakt/version.hpp"
#include "memory_limits.hpp"

namespace py = pybind11;

namespace {

py::list format_list() {
  py::list formats;
  for (const kompakt::FormatInfo& info : kompakt::all_formats()) {
    formats.append(py::make_tuple(std::string(info.name), std::string(info.suffix),
                                  std::string(info.tar_suffix), info.min_level, info.max_level,
                                  info.default_level));
  }
  return formats;
}

py::object find_format_name(const std::string& name) {
  const auto format = kompakt::find_format(name);
  return format ? py::object(py::str(std::string(kompakt::format_info(*format).name))) : py::none();
}

}  // namespace

PYBIND11_MODULE(_kompakt, module) {
  using namespace kompakt::python;  // NOLINT(google-build-using-namespace)
  register_exit_gate();
  module.def("version", [] { return std::string(kompakt::version()); });
  module.def("usable_threads", &kompakt::usable_threads);
  module.def("usable_memory", &kompakt::usable_memory);
  module.def("default_max_output", &default_max_output);
  module.def("formats", &format_list);
  module.def("find_format", &find_format_name, py::arg("name"), py::pos_only());
  bind_oneshot(module);
  bind_batch(module);
  bind_files(module);
  bind_warp2(module);
  bind_coders(module);
  bind_streams(module);
  bind_archives(module);
}
