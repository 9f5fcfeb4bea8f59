// Readers and writers: compressed content as a file.
#include <algorithm>
#include <atomic>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bind.hpp"
#include "buffers.hpp"
#include "gil.hpp"
#include "keywords.hpp"
#include "kompakt/reader.hpp"
#include "kompakt/writer.hpp"
#include "options.hpp"
#include "python_io.hpp"
#include "stream_session.hpp"

namespace py = pybind11;

namespace kompakt::python {
namespace {

// Content that is collected before the writer is called with it.
constexpr std::size_t kCollected = std::size_t{128} << 10U;
// What readall() takes at once.
constexpr std::size_t kReadPiece = std::size_t{1} << 20U;

struct ReadSession final : StreamSession {
  ReadSession() = default;
  ReadSession(const ReadSession&) = delete;
  ReadSession& operator=(const ReadSession&) = delete;
  ReadSession(ReadSession&&) = delete;
  ReadSession& operator=(ReadSession&&) = delete;
  // The decoder may be waiting for the GIL.
  ~ReadSession() override {
    stop();
    without_gil([this] { reader.reset(); });
  }
  // Of the reader after the last call; tell() waits for none that is under way.
  std::atomic<std::uint64_t> position{0};
  std::unique_ptr<Reader> reader;
};

std::optional<std::string> path_of(const py::object& file, const char* method) {
  return py::hasattr(file, method) ? std::nullopt : std::optional(to_path(file));
}

class StreamReader {
 public:
  StreamReader(const py::object& file, py::handle format, const py::kwargs& keywords) {
    auto options = std::make_shared<ReaderOptions>();
    options->decompress = to_decompress_options(format, keywords);
    options->decompress.run.cancel = &session_->cancel();
    const auto path = path_of(file, "read");
    auto source = std::make_shared<std::unique_ptr<Source>>();
    if (!path) {
      *source = std::make_unique<FileSource>(file, *session_, true);
    }
    run_on(session_, [session = session_, options, path, source] {
      auto reader = path ? Reader::open_file(*path, std::move(*options))
                         : Reader::open(std::move(*source), std::move(*options));
      if (reader.ok()) {
        session->reader = std::move(*reader);
      }
      return reader.status();
    });
  }

  // At least one byte, unless at the end.
  std::size_t readinto(py::handle target) {
    const auto session = live();
    const auto out = std::make_shared<OutputBuffer>(target);
    auto got = std::make_shared<std::size_t>(0);
    if (!on_main_thread()) {
      run_on(session, [session, out, got] { return read_some(*session, out->bytes(), *got); });
      return *got;
    }
    // An interrupted call may go on in memory of its own, but not in the caller's: a BufferedReader
    // lends out its buffer without counting on anybody who keeps it.
    const auto own = std::make_shared<std::vector<std::byte>>(out->bytes().size());
    run_on(session, [session, own, got] { return read_some(*session, *own, *got); });
    if (*got != 0) {
      std::memcpy(out->bytes().data(), own->data(), *got);
    }
    return *got;
  }

  py::bytes readall() {
    const auto session = live();
    const auto sink = std::make_shared<BytesSink>(room_for_rest(*session));
    run_on(session, [session, sink] {
      std::vector<std::byte> piece(kReadPiece);
      for (;;) {
        auto got = session->reader->read(piece);
        session->position = session->reader->position();
        if (!got.ok() || *got == 0) {
          return got.status();
        }
        if (Status kept = sink->write(std::span(piece).first(*got)); !kept.ok()) {
          return kept;
        }
      }
    });
    return sink->take();
  }

  py::bytes read_at(py::handle offset, py::handle size) {
    const auto session = live();
    const std::uint64_t from = to_size(offset, "offset");
    const auto own = std::make_shared<std::vector<std::byte>>(to_size(size, "size"));
    auto got = std::make_shared<std::size_t>(0);
    run_on(session, [session, own, got, from] {
      auto read = session->reader->read_at(from, *own);
      *got = read.ok() ? *read : 0;
      return read.status();
    });
    return {reinterpret_cast<const char*>(own->data()), *got};
  }

  // Behind the end stands the end, as for a file that is only read.
  std::uint64_t seek(py::handle offset) {
    const auto session = live();
    const std::uint64_t to = to_size(offset, "offset");
    run_on(session, [session, to] {
      Status moved = session->reader->seek(to);
      if (moved.code() == Code::kInvalidArgument) {
        auto size = session->reader->content_size();
        moved = size.ok() && *size < to ? session->reader->seek(*size) : moved;
      }
      session->position = session->reader->position();
      return moved;
    });
    return session->position;
  }

  std::uint64_t content_size() {
    const auto session = live();
    auto size = std::make_shared<std::uint64_t>(0);
    run_on(session, [session, size] {
      auto found = session->reader->content_size();
      *size = found.ok() ? *found : 0;
      return found.status();
    });
    return *size;
  }

  std::uint64_t tell() { return live()->position; }
  py::str format() { return from_path(format_info(live()->reader->format()).name); }
  bool random_access() { return live()->reader->random_access(); }

  void close() {
    const auto session = std::exchange(session_, nullptr);
    if (!session) {
      return;
    }
    const auto end = [session] {
      session->reader.reset();
      return Status();
    };
    if (session->cancel().cancelled()) {
      leave_to_thread(session, end);
    } else {
      session->stop();
      run_on(session, end);
    }
  }

 private:
  static Status read_some(ReadSession& session, MutableByteSpan out, std::size_t& got) {
    auto read = session.reader->read_some(out);
    got = read.ok() ? *read : 0;
    session.position = session.reader->position();
    return read.status();
  }

  static std::size_t room_for_rest(ReadSession& session) {
    const py::gil_scoped_release release;
    const std::lock_guard lock(session.mutex());
    const std::uint64_t size = session.reader->size().value_or(0);
    const std::uint64_t left = size - std::min(size, session.reader->position());
    return static_cast<std::size_t>(std::min<std::uint64_t>(left, 64 * kMiB));
  }

  std::shared_ptr<ReadSession> live() {
    if (!session_) {
      throw py::value_error("I/O operation on closed file.");
    }
    return session_;
  }

  std::shared_ptr<ReadSession> session_ = std::make_shared<ReadSession>();
};

struct WriteSession final : StreamSession {
  WriteSession() = default;
  WriteSession(const WriteSession&) = delete;
  WriteSession& operator=(const WriteSession&) = delete;
  WriteSession(WriteSession&&) = delete;
  WriteSession& operator=(WriteSession&&) = delete;
  ~WriteSession() override {
    stop();
    without_gil([this] {
      writer.reset();
      sink.reset();
    });
  }
  // Gives what was collected to the encoder.
  Status hand_over() {
    Status status = collected.empty() ? Status() : writer->write(collected);
    collected.clear();
    return status;
  }
  std::unique_ptr<Sink> sink;  // where a file object is written to
  std::unique_ptr<Writer> writer;
  std::vector<std::byte> collected;
};

class StreamWriter {
 public:
  StreamWriter(const py::object& file, py::handle format, const py::kwargs& given) {
    Keywords keywords(given);
    const bool overwrite = keywords.flag("overwrite", false);
    auto options = std::make_shared<CompressOptions>(to_compress_options(format, keywords.rest()));
    options->run.cancel = &session_->cancel();
    const auto path = path_of(file, "write");
    if (!path) {
      session_->sink = std::make_unique<FileSink>(file, *session_);
    }
    run_on(session_, [session = session_, options, path, overwrite] {
      session->collected.reserve(kCollected);
      auto writer = path ? Writer::open_file(*path, *options, overwrite)
                         : Writer::open(*session->sink, *options);
      if (writer.ok()) {
        session->writer = std::move(*writer);
      }
      return writer.status();
    });
  }

  std::size_t write(py::handle data) {
    const auto session = live();
    const auto input = std::make_shared<InputBuffer>(data);
    const ByteSpan bytes = input->bytes();
    {
      const std::unique_lock lock(session->mutex(), std::try_to_lock);
      if (lock.owns_lock() && session->collected.size() + bytes.size() <= kCollected) {
        session->collected.insert(session->collected.end(), bytes.begin(), bytes.end());
        position_ += bytes.size();
        return bytes.size();
      }
    }
    run_on(session, [session, input, bytes] {
      Status status = session->hand_over();
      return status.ok() ? session->writer->write(bytes) : status;
    });
    position_ += bytes.size();
    return bytes.size();
  }

  void flush() {
    const auto session = live();
    run_on(session, [session] { return session->hand_over(); });
  }

  std::uint64_t tell() {
    live();
    return position_;
  }

  // The file is complete, or the exception says why it is not there.
  void close() {
    const auto session = std::exchange(session_, nullptr);
    if (!session) {
      return;
    }
    run_on(session, [session] {
      Status status = session->hand_over();
      status = status.ok() ? session->writer->close().status() : status;
      session->writer.reset();
      return status;
    });
  }

  // Nothing of it is left of a path; what a file object got, it has.
  void discard() {
    const auto session = std::exchange(session_, nullptr);
    if (!session) {
      return;
    }
    const auto end = [session] {
      session->writer.reset();
      return Status();
    };
    const bool interrupted = session->cancel().cancelled();
    session->stop();
    if (interrupted) {
      leave_to_thread(session, end);
    } else {
      run_on(session, end);
    }
  }

 private:
  std::shared_ptr<WriteSession> live() {
    if (!session_) {
      throw py::value_error("I/O operation on closed file.");
    }
    return session_;
  }

  std::shared_ptr<WriteSession> session_ = std::make_shared<WriteSession>();
  std::uint64_t position_ = 0;
};

}  // namespace

void bind_streams(py::module_& module) {
  py::class_<StreamReader>(module, "StreamReader")
      .def(py::init<const py::object&, py::handle, const py::kwargs&>(), py::arg("file"),
           py::pos_only(), py::arg_v("format", py::none()))
      .def("readinto", &StreamReader::readinto, py::arg("target"), py::pos_only())
      .def("readall", &StreamReader::readall)
      .def("read_at", &StreamReader::read_at, py::arg("offset"), py::arg("size"), py::pos_only())
      .def("seek", &StreamReader::seek, py::arg("offset"), py::pos_only())
      .def("tell", &StreamReader::tell)
      .def("content_size", &StreamReader::content_size)
      .def_property_readonly("format", &StreamReader::format)
      .def_property_readonly("random_access", &StreamReader::random_access)
      .def("close", &StreamReader::close);
  py::class_<StreamWriter>(module, "StreamWriter")
      .def(py::init<const py::object&, py::handle, const py::kwargs&>(), py::arg("file"),
           py::pos_only(), py::arg("format"))
      .def("write", &StreamWriter::write, py::arg("data"), py::pos_only())
      .def("flush", &StreamWriter::flush)
      .def("tell", &StreamWriter::tell)
      .def("close", &StreamWriter::close)
      .def("discard", &StreamWriter::discard);
}

}  // namespace kompakt::python
