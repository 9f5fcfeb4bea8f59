#include "buffers.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>

#include "gil.hpp"

namespace py = pybind11;

namespace kompakt::python {
namespace {

constexpr std::uint64_t kMostBytes = static_cast<std::uint64_t>(PY_SSIZE_T_MAX) - 64;

// From here on content is spread over fresh pages, whose faults take as long as fast decoding.
constexpr std::size_t kWorthHugePages = std::size_t{4} << 20U;

// A wish, which the system may refuse.
void prefer_huge_pages(PyObject* object, std::size_t size) {
  if (size < kWorthHugePages) {
    return;
  }
  constexpr std::uintptr_t kPage = std::uintptr_t{2} << 20U;
  const auto begin = reinterpret_cast<std::uintptr_t>(PyBytes_AS_STRING(object));
  const std::uintptr_t first = (begin + kPage - 1) / kPage * kPage;
  const std::uintptr_t end = (begin + size) / kPage * kPage;
  if (end > first) {
    // NOLINTNEXTLINE(performance-no-int-to-ptr): an address inside the object
    static_cast<void>(::madvise(reinterpret_cast<void*>(first), end - first, MADV_HUGEPAGE));
  }
}

Status out_of_memory() { return {Code::kLimitExceeded, "output does not fit into memory"}; }

}  // namespace

InputBuffer::InputBuffer(py::handle object) {
  if (PyObject_GetBuffer(object.ptr(), &view_, PyBUF_SIMPLE) != 0) {
    throw py::error_already_set();
  }
}

InputBuffer::~InputBuffer() { PyBuffer_Release(&view_); }

OutputBuffer::OutputBuffer(py::handle object) {
  if (PyObject_GetBuffer(object.ptr(), &view_, PyBUF_WRITABLE) != 0) {
    throw py::error_already_set();
  }
}

OutputBuffer::~OutputBuffer() { PyBuffer_Release(&view_); }

BytesSink::BytesSink(std::size_t capacity)
    : object_(PyBytes_FromStringAndSize(nullptr, static_cast<Py_ssize_t>(capacity))),
      capacity_(capacity) {
  if (object_ == nullptr) {
    throw py::error_already_set();
  }
  prefer_huge_pages(object_, capacity_);
}

BytesSink::~BytesSink() { Py_XDECREF(object_); }

// With place_ held alone.
Status BytesSink::reserve(std::uint64_t end) {
  if (end <= capacity_) {
    return {};
  }
  if (end > kMostBytes) {
    return out_of_memory();
  }
  // Large memory moves by its page table, so that doubling costs no copy.
  const std::uint64_t wanted = std::max<std::uint64_t>(end, std::min(capacity_ * 2, kMostBytes));
  const GuestGil gil;
  if (!gil.entered()) {
    return {Code::kCancelled, "the interpreter is shutting down"};
  }
  if (_PyBytes_Resize(&object_, static_cast<Py_ssize_t>(wanted)) != 0) {
    PyErr_Clear();
    capacity_ = 0;
    return out_of_memory();
  }
  capacity_ = static_cast<std::size_t>(wanted);
  prefer_huge_pages(object_, capacity_);
  return {};
}

Status BytesSink::write(ByteSpan bytes) {
  if (size_ + bytes.size() > capacity_) {
    if (Status grown = reserve(size_ + bytes.size()); !grown.ok()) {
      return grown;
    }
  }
  if (!bytes.empty()) {
    std::memcpy(data() + size_, bytes.data(), bytes.size());
  }
  size_ += bytes.size();
  return {};
}

Status BytesSink::write_zeros(std::uint64_t count) {
  if (count > kMostBytes - size_) {
    return out_of_memory();
  }
  if (Status grown = reserve(size_ + count); !grown.ok()) {
    return grown;
  }
  std::memset(data() + size_, 0, static_cast<std::size_t>(count));
  size_ += count;
  return {};
}

Status BytesSink::write_at(std::uint64_t offset, ByteSpan bytes) {
  if (offset > kMostBytes - bytes.size()) {
    return out_of_memory();
  }
  const std::uint64_t end = offset + bytes.size();
  std::shared_lock reading(place_);
  if (end > capacity_) {
    reading.unlock();
    {
      const std::unique_lock moving(place_);
      if (Status grown = reserve(end); !grown.ok()) {
        return grown;
      }
    }
    reading.lock();
  }
  if (!bytes.empty()) {
    std::memcpy(data() + offset, bytes.data(), bytes.size());
    const std::lock_guard lock(written_mutex_);
    written_.emplace_back(offset, end);
  }
  return {};
}

Status BytesSink::finish(std::uint64_t total) {
  if (written_.empty() && size_ == total) {
    return {};
  }
  if (Status grown = reserve(total); !grown.ok()) {
    return grown;
  }
  // What was never written is zeros.
  std::sort(written_.begin(), written_.end());
  std::uint64_t at = size_;
  for (const auto& [offset, end] : written_) {
    if (offset > at) {
      std::memset(data() + at, 0, static_cast<std::size_t>(offset - at));
    }
    at = std::max(at, end);
  }
  if (total > at) {
    std::memset(data() + at, 0, static_cast<std::size_t>(total - at));
  }
  size_ = total;
  return {};
}

py::bytes BytesSink::take() {
  if (size_ != capacity_ && _PyBytes_Resize(&object_, static_cast<Py_ssize_t>(size_)) != 0) {
    throw py::error_already_set();
  }
  return py::reinterpret_steal<py::bytes>(std::exchange(object_, nullptr));
}

}  // namespace kompakt::python
