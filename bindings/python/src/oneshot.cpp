// From memory to memory, and from file object to file object.
#include <utility>

#include "bind.hpp"
#include "buffers.hpp"
#include "call.hpp"
#include "kompakt/format.hpp"
#include "kompakt/memory.hpp"
#include "kompakt/stream.hpp"
#include "memory_limits.hpp"
#include "options.hpp"
#include "python_io.hpp"

namespace py = pybind11;

namespace kompakt::python {
namespace {

class CompressWork final : public Work {
 public:
  CompressWork(py::handle data, CompressOptions options, py::object progress)
      : input_(data), output_(compressed_room(input_.bytes())), options_(std::move(options)) {
    settle(options_.run, input_.bytes().size());
    options_.run.cancel = &cancel();
    set_progress(std::move(progress), input_.bytes().size());
    options_.run.on_progress = progress_hook();
  }
  Status run() override {
    const auto source = memory_source(input_.bytes());
    return compress(*source, output_, options_).status();
  }
  [[nodiscard]] bool brief() const { return is_brief(options_, input_.bytes().size()); }
  py::bytes take() { return output_.take(); }

 private:
  InputBuffer input_;
  BytesSink output_;
  CompressOptions options_;
};

class DecompressWork final : public Work {
 public:
  DecompressWork(py::handle data, DecompressOptions options, py::object progress)
      : input_(data),
        output_(decompressed_room(input_.bytes(), options)),
        options_(std::move(options)) {
    settle(options_.run, input_.bytes().size());
    options_.run.cancel = &cancel();
    set_progress(std::move(progress), input_.bytes().size());
    options_.run.on_progress = progress_hook();
  }
  Status run() override {
    const auto source = memory_source(input_.bytes());
    if (options_.max_output <= kBriefOutput || !brief_) {
      return decompress(*source, output_, options_).status();
    }
    DecompressOptions bounded = options_;
    bounded.max_output = kBriefOutput;
    Status status = decompress(*source, output_, bounded).status();
    longer_ = status.code() == Code::kLimitExceeded;
    return longer_ ? Status() : status;
  }
  /// Says that nobody listens for signals meanwhile.
  [[nodiscard]] bool brief() {
    // What is done again would be told of twice.
    brief_ = !options_.run.on_progress && is_brief(options_, input_.bytes());
    return brief_;
  }
  /// After run(): it was not brief after all, and has to be done again by another object.
  [[nodiscard]] bool longer() const { return longer_; }
  py::bytes take() { return output_.take(); }

 private:
  InputBuffer input_;
  BytesSink output_;
  DecompressOptions options_;
  bool brief_ = false;
  bool longer_ = false;
};

/// Into memory of the caller's.
class IntoWork final : public Work {
 public:
  IntoWork(py::handle data, py::handle out) : input_(data), output_(out) {}
  void set(CompressOptions options) {
    settle(options.run, input_.bytes().size());
    options.run.cancel = &cancel();
    run_ = [this, options = std::move(options)] {
      return compress_into(input_.bytes(), output_.bytes(), options);
    };
  }
  void set(DecompressOptions options) {
    settle(options.run, input_.bytes().size());
    options.run.cancel = &cancel();
    run_ = [this, options = std::move(options)] {
      return decompress_into(input_.bytes(), output_.bytes(), options);
    };
  }
  Status run() override {
    auto used = run_();
    used_ = used.ok() ? *used : 0;
    return used.status();
  }
  [[nodiscard]] std::size_t size() const { return input_.bytes().size(); }
  [[nodiscard]] std::size_t used() const { return used_; }

 private:
  InputBuffer input_;
  OutputBuffer output_;
  std::function<Result<std::size_t>()> run_;
  std::size_t used_ = 0;
};

/// From one Python file object to another.
class CopyWork final : public Work {
 public:
  CopyWork(py::object from, py::object to, py::object progress, bool seekable)
      : source_(std::move(from), *this, seekable), sink_(std::move(to), *this) {
    set_progress(std::move(progress), source_.size());
  }
  void set(CompressOptions options) { compress_ = std::move(options); }
  void set(DecompressOptions options) { decompress_ = std::move(options); }
  Status run() override {
    RunControl& control = compress_ ? compress_->run : decompress_.run;
    share_threads(control);
    control.cancel = &cancel();
    control.on_progress = progress_hook();
    auto done =
        compress_ ? compress(source_, sink_, *compress_) : decompress(source_, sink_, decompress_);
    if (done.ok()) {
      counts_ = {done->bytes_in, done->bytes_out};
    }
    return done.status();
  }
  [[nodiscard]] std::pair<std::uint64_t, std::uint64_t> counts() const { return counts_; }

 private:
  FileSource source_;
  FileSink sink_;
  std::optional<CompressOptions> compress_;
  DecompressOptions decompress_;
  std::pair<std::uint64_t, std::uint64_t> counts_;
};

py::bytes py_compress(py::handle data, py::handle format, py::object progress,
                      const py::kwargs& keywords) {
  const auto work = std::make_shared<CompressWork>(data, to_compress_options(format, keywords),
                                                   std::move(progress));
  perform(work, work->brief());
  return work->take();
}

py::bytes py_decompress(py::handle data, py::handle format, py::object progress,
                        const py::kwargs& keywords) {
  DecompressOptions options = to_decompress_options(format, keywords);
  if (!keywords.contains("max_output") || keywords["max_output"].is_none()) {
    options.max_output = default_max_output();
  }
  auto work = std::make_shared<DecompressWork>(data, options, progress);
  perform(work, work->brief());
  if (work->longer()) {
    work.reset();
    work = std::make_shared<DecompressWork>(data, std::move(options), std::move(progress));
    perform(work, false);
  }
  return work->take();
}

/// Data of up to `brief` bytes keeps nobody waiting. The buffers are looked at before the options.
template <typename ReadOptions>
std::size_t run_into(py::handle data, py::handle out, std::size_t brief,
                     const ReadOptions& read_options) {
  const auto work = std::make_shared<IntoWork>(data, out);
  work->set(read_options());
  perform(work, work->size() <= brief);
  return work->used();
}

std::size_t py_compress_into(py::handle data, py::handle out, py::handle format,
                             const py::kwargs& keywords) {
  return run_into(data, out, kBriefCompress, [&] { return to_compress_options(format, keywords); });
}

std::size_t py_decompress_into(py::handle data, py::handle out, py::handle format,
                               const py::kwargs& keywords) {
  return run_into(data, out, kBriefDecompress,
                  [&] { return to_decompress_options(format, keywords); });
}

template <typename Options>
py::tuple run_copy(py::object from, py::object to, py::object progress, Options options) {
  const auto work =
      std::make_shared<CopyWork>(std::move(from), std::move(to), std::move(progress), false);
  work->set(std::move(options));
  perform(work, false);
  return py::make_tuple(work->counts().first, work->counts().second);
}

py::tuple py_compress_stream(py::object from, py::object to, py::handle format, py::object progress,
                             const py::kwargs& keywords) {
  return run_copy(std::move(from), std::move(to), std::move(progress),
                  to_compress_options(format, keywords));
}

py::tuple py_decompress_stream(py::object from, py::object to, py::handle format,
                               py::object progress, const py::kwargs& keywords) {
  return run_copy(std::move(from), std::move(to), std::move(progress),
                  to_decompress_options(format, keywords));
}

void py_check_compress(py::handle format, const py::kwargs& keywords) {
  static_cast<void>(to_compress_options(format, keywords));
}

py::object py_detect(py::handle data) {
  const InputBuffer buffer(data);
  const auto format = detect_format(buffer.bytes());
  return format ? py::object(py::str(std::string(format_info(*format).name))) : py::none();
}

py::object py_content_size(py::handle data, py::handle format) {
  const DecompressOptions options = to_decompress_options(format, {});
  const InputBuffer buffer(data);
  const auto size = claimed_content_size(buffer.bytes(), options);
  return size ? py::object(py::int_(*size)) : py::none();
}

}  // namespace

void bind_oneshot(py::module_& module) {
  const py::arg data("data");
  const py::arg_v format("format", py::none());
  const py::arg_v progress("progress", py::none());
  module.def("compress", &py_compress, data, py::pos_only(), py::arg("format"), progress);
  module.def("decompress", &py_decompress, data, py::pos_only(), format, progress);
  module.def("compress_into", &py_compress_into, data, py::arg("out"), py::pos_only(),
             py::arg("format"));
  module.def("decompress_into", &py_decompress_into, data, py::arg("out"), py::pos_only(), format);
  module.def("compress_stream", &py_compress_stream, py::arg("source"), py::arg("target"),
             py::pos_only(), py::arg("format"), progress);
  module.def("decompress_stream", &py_decompress_stream, py::arg("source"), py::arg("target"),
             py::pos_only(), format, progress);
  module.def("check_compress_options", &py_check_compress, py::arg("format"), py::pos_only());
  module.def("detect_format", &py_detect, data, py::pos_only());
  module.def("content_size", &py_content_size, data, py::pos_only(), format);
}

}  // namespace kompakt::python
