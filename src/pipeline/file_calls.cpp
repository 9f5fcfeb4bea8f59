// One file to one file, and outputs that appear whole or not at all.
#include <fcntl.h>

#include <utility>

#include "io/atomic_file.hpp"
#include "kompakt/file.hpp"
#include "pipeline/file_coder.hpp"
#include "pipeline/folder_tasks.hpp"
#include "pipeline/guarded.hpp"

namespace kompakt {
namespace {

FileCoderOptions coder_options(const FileOptions& options) {
  return {.compress = options.compress,
          .decompress = options.decompress,
          .overwrite = options.overwrite,
          .remove_source = options.remove_source,
          .remove_linked = false,
          .verify = options.verify,
          .keep_metadata = options.keep_metadata,
          .store_metadata = options.store_metadata,
          .skip_plain = false,
          .sync_each = options.sync || options.remove_source};
}

Result<FileReport> run(FileTask::Kind kind, const std::string& input, std::string output,
                       const FileOptions& options) {
  const System& system = real_system();
  struct stat found {};
  if (const int result = system.stat(AT_FDCWD, input.c_str(), &found); result < 0) {
    return system_error("cannot examine", result).in_file(input);
  }
  if (S_ISDIR(found.st_mode)) {
    return Status(Code::kIo, "is a directory").in_file(input);
  }
  if (!S_ISREG(found.st_mode)) {
    return Status(Code::kUnsupported, "is not a regular file").in_file(input);
  }
  FileTask task;
  task.kind = kind;
  task.input = input;
  task.output = std::move(output);
  task.size = static_cast<std::uint64_t>(found.st_size);
  task.device = found.st_dev;
  task.inode = found.st_ino;
  FileReport report = FileCoder(system, coder_options(options)).run(task, options.run);
  return report.status.ok() ? Result<FileReport>(std::move(report)) : report.status;
}

class AtomicOutputFile final : public OutputFile {
 public:
  explicit AtomicOutputFile(std::unique_ptr<AtomicFile> file) : file_(std::move(file)) {}
  Sink& sink() noexcept override { return file_->sink(); }
  Status commit() override {
    return without_exceptions([this] { return file_->commit(); });
  }

 private:
  std::unique_ptr<AtomicFile> file_;
};

}  // namespace

Result<FileReport> compress_file(const std::string& input, const std::string& output,
                                 const FileOptions& options) {
  return without_exceptions([&] {
    return run(
        FileTask::Kind::kCompress, input,
        output.empty() ? input + std::string(format_info(options.compress.format).suffix) : output,
        options);
  });
}

Result<FileReport> decompress_file(const std::string& input, const std::string& output,
                                   const FileOptions& options) {
  return without_exceptions([&]() -> Result<FileReport> {
    if (!output.empty()) {
      return run(FileTask::Kind::kDecompress, input, output, options);
    }
    auto bare = without_suffix(input);
    if (!bare) {
      return Status(Code::kInvalidArgument,
                    "has no known suffix: say what the output is to be called")
          .in_file(input);
    }
    return run(FileTask::Kind::kDecompress, input, std::move(*bare), options);
  });
}

Result<std::unique_ptr<OutputFile>> OutputFile::create(const std::string& path,
                                                       const Options& options) {
  return without_exceptions([&]() -> Result<std::unique_ptr<OutputFile>> {
    auto file = AtomicFile::create(real_system(), path,
                                   {.replace = options.overwrite, .sync = options.sync});
    if (!file.ok()) {
      return file.status();
    }
    return std::unique_ptr<OutputFile>(std::make_unique<AtomicOutputFile>(std::move(*file)));
  });
}

}  // namespace kompakt
