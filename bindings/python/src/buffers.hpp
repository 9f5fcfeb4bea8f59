/// \file
/// Python's buffers as the library's bytes, in and out.
#pragma once

#include <pybind11/pybind11.h>

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <shared_mutex>
#include <string_view>
#include <utility>
#include <vector>

#include "kompakt/bytes.hpp"
#include "kompakt/sink.hpp"

namespace kompakt::python {

/// The bytes of any object with a C-contiguous buffer. Made and destroyed with the GIL; the bytes
/// may be read without it, and stay where they are as long as this lives.
class InputBuffer {
 public:
  /// TypeError or BufferError where `object` has no such buffer.
  explicit InputBuffer(pybind11::handle object);
  InputBuffer(const InputBuffer&) = delete;
  InputBuffer& operator=(const InputBuffer&) = delete;
  InputBuffer(InputBuffer&& other) noexcept : view_(other.view_) { other.view_.obj = nullptr; }
  InputBuffer& operator=(InputBuffer&&) = delete;
  ~InputBuffer();
  [[nodiscard]] ByteSpan bytes() const noexcept {
    return {static_cast<const std::byte*>(view_.buf), static_cast<std::size_t>(view_.len)};
  }

 private:
  Py_buffer view_{};
};

/// The same for memory that may be written.
class OutputBuffer {
 public:
  explicit OutputBuffer(pybind11::handle object);
  OutputBuffer(const OutputBuffer&) = delete;
  OutputBuffer& operator=(const OutputBuffer&) = delete;
  OutputBuffer(OutputBuffer&&) = delete;
  OutputBuffer& operator=(OutputBuffer&&) = delete;
  ~OutputBuffer();
  [[nodiscard]] MutableByteSpan bytes() const noexcept {
    return {static_cast<std::byte*>(view_.buf), static_cast<std::size_t>(view_.len)};
  }

 private:
  Py_buffer view_{};
};

/// A sink into the memory of a bytes object to be: nothing is copied when it becomes one. Grows as
/// content comes. Made, taken and destroyed with the GIL; written without it.
class BytesSink final : public Sink {
 public:
  /// `capacity`: bytes to begin with. Memory that is not written costs nothing, so that it may be
  /// generous, but it must come from something better than a number in untrusted data.
  explicit BytesSink(std::size_t capacity);
  BytesSink(const BytesSink&) = delete;
  BytesSink& operator=(const BytesSink&) = delete;
  BytesSink(BytesSink&&) = delete;
  BytesSink& operator=(BytesSink&&) = delete;
  ~BytesSink() override;

  Status write(ByteSpan bytes) override;
  Status write_zeros(std::uint64_t count) override;
  bool positional() const override { return true; }
  Status write_at(std::uint64_t offset, ByteSpan bytes) override;
  Status finish(std::uint64_t total) override;

  /// What is there after finish(), while the sink lives.
  [[nodiscard]] ByteSpan content() const noexcept {
    return {reinterpret_cast<const std::byte*>(data()), static_cast<std::size_t>(size_)};
  }
  /// What was written, holes as zeros. Ends the sink's life.
  [[nodiscard]] pybind11::bytes take();

 private:
  Status reserve(std::uint64_t end);
  [[nodiscard]] char* data() const noexcept { return PyBytes_AS_STRING(object_); }

  PyObject* object_;         // a bytes object that nobody else knows
  std::size_t capacity_;     // its size
  std::uint64_t size_ = 0;   // of the content; position of write()
  std::shared_mutex place_;  // shared: copy into object_; alone: move it
  std::mutex written_mutex_;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> written_;  // offset and end, by write_at()
};

}  // namespace kompakt::python
