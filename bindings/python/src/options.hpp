/// \file
/// Keyword arguments as the library's options.
#pragma once

#include <pybind11/pybind11.h>

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "kompakt/options.hpp"

namespace kompakt::python {

/// TypeError unless `value` is an int (bool is none), InvalidArgumentError outside [min, max].
/// `name` is what messages call it.
[[nodiscard]] std::int64_t to_integer(pybind11::handle value, std::string_view name,
                                      std::int64_t min, std::int64_t max);
[[nodiscard]] std::uint64_t to_size(pybind11::handle value, std::string_view name,
                                    std::uint64_t max = std::numeric_limits<std::uint64_t>::max());
/// TypeError unless `value` is a str.
[[nodiscard]] std::string to_text(pybind11::handle value, std::string_view name);
/// Bytes of a path as the system has them: str, bytes or os.PathLike; TypeError otherwise.
[[nodiscard]] std::string to_path(pybind11::handle value);
/// A path as Python's str.
[[nodiscard]] pybind11::str from_path(std::string_view path);

/// InvalidArgumentError with the valid names for an unknown one, TypeError for anything but a str.
[[nodiscard]] Format to_format(pybind11::handle value);
[[nodiscard]] HashId to_hash(pybind11::handle value, std::string_view name);

/// Keyword arguments of everything that compresses: level, threads, max_memory, and what formats
/// can be asked for (docstring of kompakt.compress). None leaves an option at its default.
/// TypeError, naming what there is, for a key that is none.
[[nodiscard]] CompressOptions to_compress_options(pybind11::handle format,
                                                  const pybind11::dict& keywords);
/// Keyword arguments of everything that decompresses. `format`: None to tell it by the first bytes.
[[nodiscard]] DecompressOptions to_decompress_options(pybind11::handle format,
                                                      const pybind11::dict& keywords);

}  // namespace kompakt::python
