// Files to files, folders to folders.
#include <pybind11/stl.h>

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "bind.hpp"
#include "call.hpp"
#include "keywords.hpp"
#include "kompakt/file.hpp"
#include "kompakt/folder.hpp"
#include "kompakt/stream.hpp"
#include "memory_limits.hpp"
#include "options.hpp"

namespace py = pybind11;

namespace kompakt::python {
namespace {

/// Where from and where to; an empty output is for the library to name.
struct Paths {
  std::string input;
  std::string output;
};

Paths to_paths(py::handle input, py::handle output) {
  return {.input = to_path(input), .output = output.is_none() ? std::string() : to_path(output)};
}

/// What the calls that write files take besides the options of streams.
struct FileFlags {
  bool overwrite = false;
  bool remove_source = false;
  bool verify = false;
  bool keep_metadata = true;
  bool store_metadata = true;
  bool sync = true;
};

FileFlags take_flags(Keywords& keywords) {
  return {.overwrite = keywords.flag("overwrite", false),
          .remove_source = keywords.flag("remove_source", false),
          .verify = keywords.flag("verify", false),
          .keep_metadata = keywords.flag("keep_metadata", true),
          .store_metadata = keywords.flag("store_metadata", true),
          .sync = keywords.flag("sync", true)};
}

class FileWork final : public Work {
 public:
  FileWork(Paths paths, const FileFlags& flags) : paths_(std::move(paths)) {
    options_.overwrite = flags.overwrite;
    options_.remove_source = flags.remove_source;
    options_.verify = flags.verify;
    options_.keep_metadata = flags.keep_metadata;
    options_.store_metadata = flags.store_metadata;
    options_.sync = flags.sync;
  }
  void set(CompressOptions options) {
    compresses_ = true;
    options_.compress = std::move(options);
  }
  void set(DecompressOptions options) { options_.decompress = std::move(options); }
  void set_run(RunControl run, py::object progress, std::optional<std::uint64_t> total) {
    options_.run = std::move(run);
    share_threads(options_.run);
    options_.run.cancel = &cancel();
    set_progress(std::move(progress), total);
    options_.run.on_progress = progress_hook();
  }
  Status run() override {
    auto report = compresses_ ? compress_file(paths_.input, paths_.output, options_)
                              : decompress_file(paths_.input, paths_.output, options_);
    if (report.ok()) {
      report_ = std::move(*report);
    }
    return report.status();
  }
  [[nodiscard]] const FileReport& report() const { return report_; }

 private:
  Paths paths_;
  bool compresses_ = false;
  FileOptions options_;
  FileReport report_;
};

py::dict report_dict(const FileReport& report) {
  py::dict facts;
  facts["input"] = from_path(report.input);
  facts["output"] = from_path(report.output);
  facts["bytes_in"] = report.bytes_in;
  facts["bytes_out"] = report.bytes_out;
  facts["removed"] = report.removed;
  facts["warning"] =
      report.warning.ok() ? py::object(py::none()) : py::str(report.warning.to_string());
  return facts;
}

// The progress of a file is in bytes of it, where it tells its size.
std::optional<std::uint64_t> file_size(const std::string& path) {
  const auto source = open_file_source(path);
  return source.ok() ? (*source)->size() : std::nullopt;
}

template <typename Options>
py::dict run_file(Paths paths, const FileFlags& flags, Options options, py::object progress) {
  const auto total = progress.is_none() ? std::nullopt : file_size(paths.input);
  const auto work = std::make_shared<FileWork>(std::move(paths), flags);
  work->set_run(options.run, std::move(progress), total);
  work->set(std::move(options));
  perform(work, false);
  return report_dict(work->report());
}

py::dict py_compress_file(py::handle input, py::handle output, py::handle format,
                          py::object progress, const py::kwargs& given) {
  Keywords keywords(given);
  const FileFlags flags = take_flags(keywords);
  CompressOptions options = to_compress_options(format, keywords.rest());
  return run_file(to_paths(input, output), flags, std::move(options), std::move(progress));
}

py::dict py_decompress_file(py::handle input, py::handle output, py::handle format,
                            py::object progress, const py::kwargs& given) {
  Keywords keywords(given);
  const FileFlags flags = take_flags(keywords);
  DecompressOptions options = to_decompress_options(format, keywords.rest());
  return run_file(to_paths(input, output), flags, std::move(options), std::move(progress));
}

FolderOptions to_folder_options(Keywords& keywords) {
  FolderOptions options;
  const auto chunk_size = keywords.size("chunk_size");
  options.chunk_size = chunk_size ? std::optional<std::size_t>(*chunk_size) : std::nullopt;
  options.num_workers = static_cast<unsigned>(keywords.integer("num_workers", 0, 4096).value_or(0));
  if (const py::object format = keywords.object("format"); !format.is_none()) {
    options.format = to_format(format);
  }
  const FormatInfo& info = format_info(options.format);
  if (const py::object level = keywords.object("level"); !level.is_none()) {
    options.level = static_cast<int>(
        to_integer(level, std::string(info.name) + ": level", info.min_level, info.max_level));
  }
  if (const py::object checksum = keywords.object("checksum"); !checksum.is_none()) {
    options.checksum = to_hash(checksum, "checksum");
  }
  options.archive = keywords.flag("archive", false);
  options.overwrite = keywords.flag("overwrite", false);
  options.include = keywords.paths("include");
  options.exclude = keywords.paths("exclude");
  options.skip_plain = keywords.flag("skip_plain", false);
  options.sync = keywords.flag("sync", true);
  options.max_output = keywords.size("max_output").value_or(options.max_output);
  options.max_memory = keywords.size("max_memory").value_or(0);
  return options;
}

class FolderWork final : public Work {
 public:
  FolderWork(Paths paths, bool compresses, FolderOptions options, py::object on_file)
      : paths_(std::move(paths)),
        compresses_(compresses),
        options_(std::move(options)),
        on_file_(std::move(on_file)) {
    options_.cancel = &cancel();
    if (!on_file_.is_none()) {
      options_.on_file = [this](const FileReport& file) {
        call_python([&] { on_file_(file_dict(file)); });
      };
    }
    options_.on_warning = [this](const Status& warning) {
      warnings_.push_back(warning.to_string());
    };
  }
  Status run() override {
    auto done = compresses_ ? compress_folder(paths_.input, paths_.output, options_)
                            : decompress_folder(paths_.input, paths_.output, options_);
    if (done.ok()) {
      result_ = std::move(*done);
    }
    return done.status();
  }
  // The failures of files are no failure of the call for the library; for Python the first is.
  [[nodiscard]] py::dict facts() const {
    py::dict facts;
    facts["coded"] = result_.coded;
    facts["copied"] = result_.copied;
    facts["folders"] = result_.folders;
    facts["skipped"] = result_.skipped;
    facts["failed"] = result_.failed;
    facts["bytes_in"] = result_.bytes_in;
    facts["bytes_out"] = result_.bytes_out;
    facts["threads"] = result_.threads;
    facts["warnings"] = warnings_;
    facts["first_failure"] = to_exception(result_.first_failure);
    return facts;
  }

 private:
  static py::dict file_dict(const FileReport& file) {
    static constexpr std::array kFates = {"coded", "copied", "skipped", "failed"};
    py::dict facts = report_dict(file);
    facts["fate"] = kFates.at(static_cast<std::size_t>(file.fate));
    facts["error"] = to_exception(file.status);
    return facts;
  }

  Paths paths_;
  bool compresses_;
  FolderOptions options_;
  py::object on_file_;
  std::vector<std::string> warnings_;
  FolderResult result_;
};

py::dict run_folder(py::handle input, py::handle output, bool compresses, const py::kwargs& given) {
  Keywords keywords(given);
  py::object on_file = keywords.object("on_file");
  FolderOptions options = to_folder_options(keywords);
  keywords.end();
  const auto work =
      std::make_shared<FolderWork>(Paths{.input = to_path(input), .output = to_path(output)},
                                   compresses, std::move(options), std::move(on_file));
  perform(work, false);
  return work->facts();
}

py::dict py_compress_folder(py::handle input, py::handle output, const py::kwargs& given) {
  return run_folder(input, output, true, given);
}

py::dict py_decompress_folder(py::handle input, py::handle output, const py::kwargs& given) {
  return run_folder(input, output, false, given);
}

}  // namespace

void bind_files(py::module_& module) {
  const py::arg_v progress("progress", py::none());
  module.def("compress_file", &py_compress_file, py::arg("input"), py::arg("output"),
             py::pos_only(), py::arg("format"), progress);
  module.def("decompress_file", &py_decompress_file, py::arg("input"), py::arg("output"),
             py::pos_only(), py::arg_v("format", py::none()), progress);
  module.def("compress_folder", &py_compress_folder, py::arg("input"), py::arg("output"),
             py::pos_only());
  module.def("decompress_folder", &py_decompress_folder, py::arg("input"), py::arg("output"),
             py::pos_only());
}

}  // namespace kompakt::python
