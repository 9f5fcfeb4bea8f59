#include "python_io.hpp"

#include <algorithm>
#include <cstring>

#include "buffers.hpp"
#include "gil.hpp"

namespace py = pybind11;

namespace kompakt::python {
namespace {

// What is asked of the program's object at once: its bytes are a copy that lives meanwhile.
constexpr std::size_t kPiece = std::size_t{1} << 20U;

py::object method(const py::object& file, const char* name, const char* purpose) {
  py::object found = py::getattr(file, name, py::none());
  if (PyCallable_Check(found.ptr()) == 0) {
    throw py::type_error(std::string("a binary file object with ") + name + "() is needed to " +
                         purpose + ", not '" + Py_TYPE(file.ptr())->tp_name + "'");
  }
  return found;
}

std::string name_of(const py::object& file, const char* fallback) {
  const py::object name = py::getattr(file, "name", py::none());
  return py::isinstance<py::str>(name) ? name.cast<std::string>() : fallback;
}

// Lets go of Python's objects, wherever that happens; not at all when Python is no more.
void drop(py::object& first, py::object& second) {
  const GuestGil gil;
  if (gil.entered()) {
    first = {};
    second = {};
  } else {
    first.release();
    second.release();
  }
}

Status stopped() { return {Code::kCancelled, "cancelled"}; }

}  // namespace

FileSource::FileSource(py::object file, Hooks& hooks, bool seekable)
    : file_(std::move(file)),
      read_(method(file_, "read", "read from")),
      hooks_(hooks),
      name_(name_of(file_, "<file object>")) {
  const py::object can_seek = py::getattr(file_, "seekable", py::none());
  if (!seekable || can_seek.is_none() || !py::bool_(can_seek())) {
    return;
  }
  start_ = file_.attr("tell")().cast<std::int64_t>();
  const auto end = file_.attr("seek")(0, 2).cast<std::int64_t>();
  file_.attr("seek")(start_);
  size_ = static_cast<std::uint64_t>(std::max<std::int64_t>(end - start_, 0));
}

FileSource::~FileSource() { drop(file_, read_); }

// With mutex_ held.
Result<std::size_t> FileSource::fill(MutableByteSpan out) const {
  std::size_t filled = 0;
  bool more = true;
  while (filled < out.size() && more) {
    more = false;
    hooks_.call_python([&] {
      const std::size_t wanted = std::min(out.size() - filled, kPiece);
      const py::object piece = read_(wanted);
      if (piece.is_none()) {
        throw py::value_error("the file object is in non-blocking mode and has no data");
      }
      const InputBuffer buffer(piece);
      const ByteSpan bytes = buffer.bytes();
      if (bytes.size() > wanted) {
        throw py::value_error("read() returned more bytes than it was asked for");
      }
      if (!bytes.empty()) {
        std::memcpy(out.data() + filled, bytes.data(), bytes.size());
      }
      filled += bytes.size();
      more = !bytes.empty();
    });
    if (hooks_.cancel().cancelled()) {
      return stopped();
    }
  }
  return filled;
}

Result<std::size_t> FileSource::read(MutableByteSpan out) {
  const std::lock_guard lock(mutex_);
  if (size_) {
    hooks_.call_python([&] { file_.attr("seek")(start_ + static_cast<std::int64_t>(position_)); });
  }
  auto got = fill(out);
  position_ += got.ok() ? *got : 0;
  return got;
}

Result<std::size_t> FileSource::read_at(std::uint64_t offset, MutableByteSpan out) const {
  if (!size_) {
    return Source::read_at(offset, out);
  }
  if (offset >= *size_) {
    return std::size_t{0};
  }
  const auto most = std::min<std::uint64_t>(out.size(), *size_ - offset);
  const std::lock_guard lock(mutex_);
  hooks_.call_python([&] { file_.attr("seek")(start_ + static_cast<std::int64_t>(offset)); });
  return fill(out.first(static_cast<std::size_t>(most)));
}

FileSink::FileSink(py::object file, Hooks& hooks)
    : file_(std::move(file)),
      write_(method(file_, "write", "write to")),
      hooks_(hooks),
      name_(name_of(file_, "<file object>")) {}

FileSink::~FileSink() { drop(file_, write_); }

Status FileSink::write(ByteSpan bytes) {
  while (!bytes.empty()) {
    std::size_t taken = 0;
    hooks_.call_python([&] {
      // A copy: the object may keep what it is given.
      const py::bytes piece(reinterpret_cast<const char*>(bytes.data()),
                            std::min(bytes.size(), kPiece));
      const py::object answer = write_(piece);
      const auto size = static_cast<std::size_t>(PyBytes_GET_SIZE(piece.ptr()));
      // Duck-typed writers return None; raw files may take a part.
      taken = PyLong_Check(answer.ptr()) ? answer.cast<std::size_t>() : size;
      if (taken == 0 || taken > size) {
        throw py::value_error("write() says that it took " + std::to_string(taken) + " of " +
                              std::to_string(size) + " bytes");
      }
    });
    if (hooks_.cancel().cancelled()) {
      return stopped();
    }
    bytes = bytes.subspan(taken);
  }
  return {};
}

}  // namespace kompakt::python
