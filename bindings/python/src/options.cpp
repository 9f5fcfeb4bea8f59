#include "options.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "buffers.hpp"
#include "errors.hpp"
#include "kompakt/codec.hpp"

namespace py = pybind11;

namespace kompakt::python {
namespace {

[[noreturn]] void raise_type(const std::string& message) { throw py::type_error(message); }

std::string type_name(py::handle value) { return Py_TYPE(value.ptr())->tp_name; }

std::string range_message(py::handle value, std::string_view name, std::int64_t min,
                          std::int64_t max) {
  return std::string(name) + " must be " + std::to_string(min) + " to " + std::to_string(max) +
         ", not " + py::str(value).cast<std::string>();
}

bool to_flag(py::handle value, std::string_view name) {
  if (!PyBool_Check(value.ptr())) {
    raise_type(std::string(name) + " must be a bool, not '" + type_name(value) + "'");
  }
  return value.ptr() == Py_True;
}

Dictionary to_dictionary(py::handle value) {
  const InputBuffer buffer(value);
  const ByteSpan bytes = buffer.bytes();
  return std::make_shared<const std::vector<std::byte>>(bytes.begin(), bytes.end());
}

template <typename Options>
struct Keyword {
  std::string_view name;
  void (*set)(Options&, py::handle, std::string_view name);
};

template <typename Options>
void set_threads(Options& options, py::handle value, std::string_view name) {
  options.run.threads = static_cast<unsigned>(to_integer(value, name, 0, 4096));
}
template <typename Options>
void set_memory(Options& options, py::handle value, std::string_view name) {
  options.run.max_memory = to_size(value, name);
}

void set_level(CompressOptions& options, py::handle value, std::string_view name) {
  const FormatInfo& info = format_info(options.format);
  options.level = static_cast<int>(to_integer(
      value, std::string(info.name) + ": " + std::string(name), info.min_level, info.max_level));
}

// One name for both: bytes that are coded by themselves.
void set_block_size(CompressOptions& options, py::handle value, std::string_view name) {
  const std::uint64_t size = to_size(value, name, std::uint64_t{1} << 40U);
  if (options.format == Format::kWarp) {
    options.block_size = static_cast<std::size_t>(size);
  } else {
    options.settings.block_size = size;
  }
}

// True and False where the format only leaves the choice between some check and none.
void set_checksum(CompressOptions& options, py::handle value, std::string_view name) {
  if (options.format == Format::kWarp) {
    options.checksum = PyBool_Check(value.ptr())
                           ? (value.ptr() == Py_True ? HashId::kBlake3 : HashId::kNone)
                           : to_hash(value, name);
  } else if (options.format == Format::kXz && PyUnicode_Check(value.ptr())) {
    options.settings.check = to_text(value, name);
  } else {
    options.settings.checksum = to_flag(value, name);
  }
}

void set_codec(CompressOptions& options, py::handle value, std::string_view name) {
  options.codec = take(parse_codec_spec(to_text(value, name)));
}

constexpr std::array<Keyword<CompressOptions>, 12> kCompressKeywords{{
    {"level", set_level},
    {"threads", set_threads<CompressOptions>},
    {"max_memory", set_memory<CompressOptions>},
    {"block_size", set_block_size},
    {"checksum", set_checksum},
    {"codec", set_codec},
    {"extreme", [](CompressOptions& o, py::handle v,
                   std::string_view n) { o.settings.extreme = to_flag(v, n); }},
    {"seekable", [](CompressOptions& o, py::handle v,
                    std::string_view n) { o.settings.seekable = to_flag(v, n); }},
    {"window_log",
     [](CompressOptions& o, py::handle v, std::string_view n) {
       o.settings.window_log = static_cast<int>(to_integer(v, n, 0, 64));
     }},
    {"name",
     [](CompressOptions& o, py::handle v, std::string_view n) { o.settings.name = to_text(v, n); }},
    {"mtime",
     [](CompressOptions& o, py::handle v, std::string_view n) {
       o.settings.modified = static_cast<std::uint32_t>(
           to_integer(v, n, 0, std::numeric_limits<std::uint32_t>::max()));
     }},
    {"dictionary", [](CompressOptions& o, py::handle v,
                      std::string_view /*n*/) { o.settings.dictionary = to_dictionary(v); }},
}};

constexpr std::array<Keyword<DecompressOptions>, 5> kDecompressKeywords{{
    {"threads", set_threads<DecompressOptions>},
    {"max_memory", set_memory<DecompressOptions>},
    {"max_output",
     [](DecompressOptions& o, py::handle v, std::string_view n) { o.max_output = to_size(v, n); }},
    {"dictionary", [](DecompressOptions& o, py::handle v,
                      std::string_view /*n*/) { o.dictionary = to_dictionary(v); }},
    {"verify_digests", [](DecompressOptions& o, py::handle v,
                          std::string_view n) { o.verify_digests = to_flag(v, n); }},
}};

template <typename Options>
void set_keywords(Options& options, const py::dict& keywords,
                  std::span<const Keyword<Options>> known) {
  for (const auto& [key, value] : keywords) {
    const auto name = py::cast<std::string>(key);
    const auto found = std::find_if(known.begin(), known.end(),
                                    [&name](const auto& keyword) { return keyword.name == name; });
    if (found == known.end()) {
      std::string valid;
      for (const auto& keyword : known) {
        valid.append(valid.empty() ? "" : ", ").append(keyword.name);
      }
      raise_type("unknown option '" + name + "' (there are " + valid + ")");
    }
    if (!value.is_none()) {
      found->set(options, value, name);
    }
  }
}

}  // namespace

std::int64_t to_integer(py::handle value, std::string_view name, std::int64_t min,
                        std::int64_t max) {
  if (!PyLong_Check(value.ptr()) || PyBool_Check(value.ptr())) {
    raise_type(std::string(name) + " must be an int, not '" + type_name(value) + "'");
  }
  int overflow = 0;
  const long long number = PyLong_AsLongLongAndOverflow(value.ptr(), &overflow);
  if (overflow != 0 || number < min || number > max) {
    raise_invalid(range_message(value, name, min, max));
  }
  return number;
}

std::uint64_t to_size(py::handle value, std::string_view name, std::uint64_t max) {
  const auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  return static_cast<std::uint64_t>(
      to_integer(value, name, 0, static_cast<std::int64_t>(std::min(max, most))));
}

std::string to_text(py::handle value, std::string_view name) {
  if (!PyUnicode_Check(value.ptr())) {
    raise_type(std::string(name) + " must be a str, not '" + type_name(value) + "'");
  }
  return value.cast<std::string>();
}

std::string to_path(py::handle value) {
  PyObject* bytes = nullptr;
  if (PyUnicode_FSConverter(value.ptr(), static_cast<void*>(&bytes)) == 0) {
    throw py::error_already_set();  // TypeError, or ValueError for a NUL within
  }
  return py::reinterpret_steal<py::bytes>(bytes).cast<std::string>();
}

py::str from_path(std::string_view path) {
  return py::reinterpret_steal<py::str>(
      PyUnicode_DecodeFSDefaultAndSize(path.data(), static_cast<Py_ssize_t>(path.size())));
}

Format to_format(py::handle value) {
  const std::string name = to_text(value, "format");
  if (const auto format = find_format(name)) {
    return *format;
  }
  std::string valid;
  for (const FormatInfo& info : all_formats()) {
    valid += (valid.empty() ? "" : ", ") + std::string(info.name);
  }
  raise_invalid("unknown format '" + name + "' (there are " + valid + ")");
}

HashId to_hash(py::handle value, std::string_view name) {
  const std::string text = to_text(value, name);
  if (const auto hash = find_hash(text)) {
    return *hash;
  }
  raise_invalid("unknown " + std::string(name) + " '" + text +
                "' (there are none, xxh64, xxh3, blake3, blake2b)");
}

CompressOptions to_compress_options(py::handle format, const py::dict& keywords) {
  CompressOptions options;
  options.format = to_format(format);
  set_keywords<CompressOptions>(options, keywords, kCompressKeywords);
  return options;
}

DecompressOptions to_decompress_options(py::handle format, const py::dict& keywords) {
  DecompressOptions options;
  if (!format.is_none()) {
    options.format = to_format(format);
  }
  set_keywords<DecompressOptions>(options, keywords, kDecompressKeywords);
  return options;
}

}  // namespace kompakt::python
