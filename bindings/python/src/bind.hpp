/// \file
/// What the files of this module add to it.
#pragma once

#include <pybind11/pybind11.h>

namespace kompakt::python {

void bind_oneshot(pybind11::module_& module);
void bind_batch(pybind11::module_& module);
void bind_files(pybind11::module_& module);
void bind_warp2(pybind11::module_& module);
void bind_coders(pybind11::module_& module);
void bind_streams(pybind11::module_& module);
void bind_archives(pybind11::module_& module);

}  // namespace kompakt::python
