#include "errors.hpp"

namespace py = pybind11;

namespace kompakt::python {

py::object to_exception(const Status& status) {
  if (status.ok()) {
    return py::none();
  }
  const auto text = [](std::string_view bytes) {
    return py::reinterpret_steal<py::str>(
        PyUnicode_DecodeFSDefaultAndSize(bytes.data(), static_cast<Py_ssize_t>(bytes.size())));
  };
  const auto file = status.file();
  const auto block = status.block();
  const auto offset = status.offset();
  return py::module_::import("kompakt._errors")
      .attr("from_status")(std::string(code_name(status.code())), text(status.to_string()),
                           text(status.message()), file ? py::object(text(*file)) : py::none(),
                           block ? py::object(py::int_(*block)) : py::none(),
                           offset ? py::object(py::int_(*offset)) : py::none());
}

void raise(const Status& status) {
  const py::object error = to_exception(status);
  PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(error.ptr())), error.ptr());
  throw py::error_already_set();
}

void raise_invalid(const std::string& message) { raise(Status(Code::kInvalidArgument, message)); }

void ErrorSlot::keep(py::error_already_set error) {
  const std::lock_guard lock(mutex_);
  if (!error_) {
    error_.emplace(std::move(error));
  }
}

void ErrorSlot::raise_kept() {
  std::optional<py::error_already_set> error;
  {
    const std::lock_guard lock(mutex_);
    error.swap(error_);
  }
  if (error) {
    throw py::error_already_set(*error);
  }
}

}  // namespace kompakt::python
