/// \file
/// Python's file objects as sources and sinks.
#pragma once

#include <pybind11/pybind11.h>

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

#include "call.hpp"
#include "kompakt/sink.hpp"
#include "kompakt/source.hpp"

namespace kompakt::python {

/// Reads an object with read(size) in binary mode, from where it stands; with random access where
/// it can seek and that is asked for. Made with the GIL, used without it, destroyed either way. The
/// hooks must outlive it.
class FileSource final : public Source {
 public:
  FileSource(pybind11::object file, Hooks& hooks, bool seekable);
  FileSource(const FileSource&) = delete;
  FileSource& operator=(const FileSource&) = delete;
  FileSource(FileSource&&) = delete;
  FileSource& operator=(FileSource&&) = delete;
  ~FileSource() override;

  Result<std::size_t> read(MutableByteSpan out) override;
  std::optional<std::uint64_t> size() const override { return size_; }
  bool random_access() const override { return size_.has_value(); }
  Result<std::size_t> read_at(std::uint64_t offset, MutableByteSpan out) const override;
  std::string_view name() const override { return name_; }

 private:
  [[nodiscard]] Result<std::size_t> fill(MutableByteSpan out) const;

  pybind11::object file_;
  pybind11::object read_;
  Hooks& hooks_;
  std::string name_;
  std::int64_t start_ = 0;
  std::uint64_t position_ = 0;         // of read(), from start_
  std::optional<std::uint64_t> size_;  // set: random access
  mutable std::mutex mutex_;           // the object has one position. Taken before the GIL.
};

/// Writes to an object with write(bytes) in binary mode.
class FileSink final : public Sink {
 public:
  FileSink(pybind11::object file, Hooks& hooks);
  FileSink(const FileSink&) = delete;
  FileSink& operator=(const FileSink&) = delete;
  FileSink(FileSink&&) = delete;
  FileSink& operator=(FileSink&&) = delete;
  ~FileSink() override;
  Status write(ByteSpan bytes) override;
  std::string_view name() const override { return name_; }

 private:
  pybind11::object file_;
  pybind11::object write_;
  Hooks& hooks_;
  std::string name_;
};

}  // namespace kompakt::python
