// Version 2 of .warp, for programs written for its first implementation.
#include <string>
#include <utility>

#include "bind.hpp"
#include "call.hpp"
#include "kompakt/file.hpp"
#include "kompakt/stream.hpp"
#include "options.hpp"

namespace py = pybind11;

namespace kompakt::python {
namespace {

class Warp2Work final : public Work {
 public:
  Warp2Work(std::string input, std::string output, V2Options options, py::object on_chunk)
      : input_(std::move(input)),
        output_(std::move(output)),
        options_(std::move(options)),
        on_chunk_(std::move(on_chunk)) {
    options_.run.cancel = &cancel();
    if (!on_chunk_.is_none()) {
      options_.on_block = [this](const BlockReport& block) {
        call_python([&] {
          on_chunk_(block.number, block.raw_size, block.stored_size, std::string(block.codec),
                    block.seconds);
        });
      };
    }
  }

  Status run() override {
    auto source = open_file_source(input_);
    if (!source.ok()) {
      return source.status();
    }
    auto file = OutputFile::create(output_, {.overwrite = true});
    if (!file.ok()) {
      return file.status();
    }
    auto done = compress_v2(**source, (*file)->sink(), options_);
    if (!done.ok()) {
      return done.status();
    }
    counts_ = {done->bytes_in, done->bytes_out};
    return cancel().cancelled() ? Status(Code::kCancelled, "cancelled") : (*file)->commit();
  }
  [[nodiscard]] std::pair<std::uint64_t, std::uint64_t> counts() const { return counts_; }

 private:
  std::string input_;
  std::string output_;
  V2Options options_;
  py::object on_chunk_;
  std::pair<std::uint64_t, std::uint64_t> counts_;
};

V2Options to_v2_options(const py::kwargs& keywords) {
  V2Options options;
  for (const auto& [key, value] : keywords) {
    const auto name = key.cast<std::string>();
    if (value.is_none()) {
      continue;
    }
    if (name == "level") {
      options.level = to_text(value, name);
    } else if (name == "checksum") {
      options.checksum = to_hash(value, name);
    } else if (name == "threads") {
      options.run.threads = static_cast<unsigned>(to_integer(value, name, 0, 4096));
    } else if (name == "chunk_size") {
      options.chunk_size = to_size(value, name);
    } else if (name == "zstd_level") {
      options.zstd_level = static_cast<int>(to_integer(value, name, 1, 22));
    } else if (name == "brotli_quality") {
      options.brotli_quality = static_cast<int>(to_integer(value, name, 0, 11));
    } else {
      throw py::type_error("unknown option '" + name + "'");
    }
  }
  return options;
}

py::tuple py_compress_warp2(py::handle input, py::handle output, py::object on_chunk,
                            const py::kwargs& keywords) {
  const auto work = std::make_shared<Warp2Work>(to_path(input), to_path(output),
                                                to_v2_options(keywords), std::move(on_chunk));
  perform(work, false);
  return py::make_tuple(work->counts().first, work->counts().second);
}

}  // namespace

void bind_warp2(py::module_& module) {
  module.def("compress_warp2", &py_compress_warp2, py::arg("input"), py::arg("output"),
             py::pos_only(), py::arg_v("on_chunk", py::none()));
}

}  // namespace kompakt::python
