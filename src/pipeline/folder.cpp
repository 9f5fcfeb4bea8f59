// The folder calls: a mirrored tree, one archive, or every file beside its source.
#include "kompakt/folder.hpp"

#include <fcntl.h>

#include <cerrno>
#include <mutex>
#include <utility>

#include "archive/tree/tree_walk.hpp"
#include "io/atomic_file.hpp"
#include "io/hidden_name.hpp"
#include "kompakt/stream.hpp"
#include "pipeline/file_set.hpp"
#include "pipeline/folder_system.hpp"
#include "pipeline/folder_tasks.hpp"

namespace kompakt {
namespace {

enum class Direction : std::uint8_t { kCompress, kDecompress };

/// The walk warns on one thread while files are reported on another: callers are called by one at a
/// time.
template <typename Argument>
std::function<void(const Argument&)> one_at_a_time(
    std::mutex& mutex, const std::function<void(const Argument&)>& call) {
  if (!call) {
    return {};
  }
  return [&mutex, &call](const Argument& argument) {
    const std::lock_guard lock(mutex);
    call(argument);
  };
}

/// Calls `on_warning` and counts. The walk warns while files are reported on another thread, so the
/// count is not the result's.
std::function<void(const Status&)> counting(std::function<void(const Status&)> on_warning,
                                            std::uint64_t& count) {
  return [on_warning = std::move(on_warning), &count](const Status& status) {
    ++count;
    if (on_warning) {
      on_warning(status);
    }
  };
}

/// Names only: whoever works on a file opens it and reads the rest.
WalkOptions names_only(std::function<void(const Status&)> on_warning) {
  return {.open_files = false,
          .xattrs = false,
          .owner_names = false,
          .sparse = false,
          .hard_links = false,
          .root_member = {},
          .skip = {},
          .on_warning = std::move(on_warning)};
}

Status sync_file_system(const System& system, const std::string& folder) {
  const Descriptor fd(system, open_uninterrupted(system, AT_FDCWD, folder.c_str(),
                                                 O_RDONLY | O_DIRECTORY | O_NOCTTY));
  const int result = fd.valid() ? system.sync_file_system(fd.get()) : fd.get();
  return result < 0 ? system_error("cannot make the output durable", result).in_file(folder)
                    : Status();
}

RunControl run_control(const FolderOptions& options, std::mutex& mutex) {
  return {.threads = options.num_workers,
          .max_memory = options.max_memory,
          .cancel = options.cancel,
          .executor = options.executor,
          .on_progress = one_at_a_time(mutex, options.on_progress)};
}

FileCoderOptions coder_options(const FolderOptions& options) {
  FileCoderOptions out;
  out.compress.format = options.format;
  out.compress.level = options.level;
  out.compress.checksum = options.checksum;
  if (options.format == Format::kWarp) {
    out.compress.block_size = options.chunk_size.value_or(kMiB);
  } else if (options.chunk_size) {
    out.compress.settings.block_size = *options.chunk_size;
  }
  out.decompress.max_output = options.max_output;
  out.overwrite = options.overwrite;
  out.skip_plain = options.skip_plain;
  return out;
}

/// One call of compress_folder() or decompress_folder().
class FolderRun {
 public:
  FolderRun(const System& system, Direction direction, const FolderOptions& options)
      : system_(system), direction_(direction), options_(options) {}

  Result<FolderResult> run(const std::string& input, const std::string& output) {
    struct stat status {};
    if (const int found = system_.stat(AT_FDCWD, input.c_str(), &status); found < 0) {
      return system_error("cannot examine", found).in_file(input);
    }
    const bool folder = S_ISDIR(status.st_mode);
    if (!folder && !S_ISREG(status.st_mode)) {
      return Status(Code::kUnsupported, "is neither a file nor a folder").in_file(input);
    }
    Status done = options_.archive ? run_archive(input, output, folder)
                  : folder         ? run_tree(input, output, status)
                                   : run_file(input, output);
    if (!done.ok()) {
      return done;
    }
    return std::move(result_);
  }

 private:
  Status run_tree(const std::string& input, const std::string& output, const struct stat& top);
  Status run_file(const std::string& input, const std::string& output);
  Status run_archive(const std::string& input, const std::string& output, bool folder);
  Status pack(const std::string& input, const std::string& output, bool folder);
  Status unpack(const std::string& input, const std::string& output);

  [[nodiscard]] FileTask::Kind kind() const {
    return direction_ == Direction::kCompress ? FileTask::Kind::kCompress
                                              : FileTask::Kind::kDecompress;
  }
  [[nodiscard]] std::string suffix() const {
    return std::string(format_info(options_.format).suffix);
  }

  const System& system_;  // outlives the run
  Direction direction_;
  const FolderOptions& options_;  // outlives the run
  std::mutex calling_;            // held while one of the caller's functions runs
  FolderResult result_;
};

Status FolderRun::run_tree(const std::string& input, const std::string& output,
                           const struct stat& top) {
  struct stat existing {};
  if (system_.stat(AT_FDCWD, output.c_str(), &existing) == 0 && existing.st_dev == top.st_dev &&
      existing.st_ino == top.st_ino) {
    return Status(Code::kInvalidArgument, "input and output are the same folder").in_file(output);
  }
  std::uint64_t warnings = 0;
  const auto warn = counting(one_at_a_time(calling_, options_.on_warning), warnings);
  TreeSelection selection;
  selection.paths = {"."};
  selection.base = input;
  selection.include = options_.include;
  selection.exclude = options_.exclude;
  WalkOptions walk_options = names_only(warn);
  MirrorProducer producer(system_, {.output = output, .kind = kind(), .suffix = suffix()});
  if (Status made = producer.make_top(input); !made.ok()) {
    return made;
  }
  if (const int found = system_.stat(AT_FDCWD, output.c_str(), &existing); found < 0) {
    return system_error("cannot examine", found).in_file(output);
  }
  walk_options.skip.emplace_back(existing.st_dev, existing.st_ino);
  auto walk = TreeWalk::open(system_, selection, walk_options);
  if (!walk.ok()) {
    return walk.status();
  }
  producer.set_walk(std::move(*walk));
  const FileCoder coder(system_, coder_options(options_));
  Status status = run_file_set(coder, producer,
                               {.run = run_control(options_, calling_),
                                .on_file = one_at_a_time(calling_, options_.on_file)},
                               result_);
  result_.folders = producer.folders_made();
  producer.finish_folders(warn);
  result_.warnings += warnings;
  return status.ok() && options_.sync ? sync_file_system(system_, output) : status;
}

/// A producer of one task.
class OneTask final : public TaskProducer {
 public:
  explicit OneTask(FileTask task) : task_(std::move(task)) {}
  Result<bool> next(FileTask& task) override {
    if (given_) {
      return false;
    }
    given_ = true;
    task = std::move(task_);
    return true;
  }

 private:
  FileTask task_;
  bool given_ = false;
};

Status FolderRun::run_file(const std::string& input, const std::string& output) {
  struct stat status {};
  const int found = system_.stat(AT_FDCWD, input.c_str(), &status);
  if (found < 0) {
    return system_error("cannot examine", found).in_file(input);
  }
  FileTask task{.kind = kind(),
                .input = input,
                .output = output,
                .plain_output = "",
                .link_target = "",
                .size = static_cast<std::uint64_t>(status.st_size),
                .device = status.st_dev,
                .inode = status.st_ino,
                .fate = FileReport::Fate::kSkipped,
                .reason = {}};
  struct stat existing {};
  if (system_.stat(AT_FDCWD, output.c_str(), &existing) == 0 && S_ISDIR(existing.st_mode)) {
    const std::string name = split_path(input).name;
    const std::string in_folder = output + (output.ends_with('/') ? "" : "/");
    if (direction_ == Direction::kCompress) {
      task.output = in_folder + name + suffix();
    } else {
      task.output = in_folder + without_suffix(name).value_or(name);
      task.plain_output = in_folder + name;
    }
  } else if (direction_ == Direction::kDecompress) {
    task.plain_output = output;
  }
  FileCoderOptions coding = coder_options(options_);
  coding.sync_each = options_.sync;
  const FileCoder coder(system_, std::move(coding));
  OneTask producer(std::move(task));
  return run_file_set(coder, producer,
                      {.run = run_control(options_, calling_),
                       .on_file = one_at_a_time(calling_, options_.on_file)},
                      result_);
}

Status FolderRun::run_archive(const std::string& input, const std::string& output, bool folder) {
  if (direction_ == Direction::kDecompress && folder) {
    return Status(Code::kInvalidArgument, "is a folder, not an archive").in_file(input);
  }
  return direction_ == Direction::kCompress ? pack(input, output, folder) : unpack(input, output);
}

Status FolderRun::pack(const std::string& input, const std::string& output, bool folder) {
  auto file =
      AtomicFile::create(system_, output, {.replace = options_.overwrite, .sync = options_.sync});
  if (!file.ok()) {
    return file.status();
  }
  const SplitPath split = split_path(input);
  TreeSelection selection;
  selection.base = folder ? input : split.directory;
  selection.paths = {folder ? "." : split.name};
  selection.include = options_.include;
  selection.exclude = options_.exclude;
  ArchiveCreateOptions create;
  create.target = archive_target(output).value_or(ArchiveTarget{});
  create.level = options_.level;
  create.checksum = options_.checksum;
  if (options_.chunk_size && create.target.kind == ArchiveKind::kWarp) {
    create.block_size = *options_.chunk_size;
  }
  // Neither what is being written nor what it will replace: either may lie in the folder.
  struct stat own {};
  if (folder && system_.fstat((*file)->descriptor(), &own) == 0) {
    create.skip.emplace_back(own.st_dev, own.st_ino);
  }
  if (folder && system_.lstat(AT_FDCWD, output.c_str(), &own) == 0 && S_ISREG(own.st_mode)) {
    create.skip.emplace_back(own.st_dev, own.st_ino);
  }
  create.on_warning = one_at_a_time(calling_, options_.on_warning);
  create.run = run_control(options_, calling_);
  const auto packed = create_archive(selection, (*file)->sink(), create);
  if (!packed.ok()) {
    return packed.status();
  }
  result_.coded = packed->files;
  result_.warnings = packed->warnings;
  result_.bytes_in = packed->bytes_in;
  result_.bytes_out = packed->bytes_out;
  result_.threads = packed->threads;
  return (*file)->commit();
}

Status FolderRun::unpack(const std::string& input, const std::string& output) {
  auto source = open_file_source(input);
  if (!source.ok()) {
    return source.status();
  }
  ArchiveExtractOptions extract;
  extract.directory = output;
  extract.overwrite = options_.overwrite;
  extract.sync = options_.sync;
  extract.read.members.include = options_.include;
  extract.read.members.exclude = options_.exclude;
  extract.read.decode.max_output = options_.max_output;
  extract.read.decode.run = run_control(options_, calling_);
  extract.read.on_warning = options_.on_warning;
  Status refusal;
  extract.on_refused = [&refusal](const Refusal& refused) {
    refusal = refusal.ok() ? refused.reason : refusal;
  };
  const auto done = extract_archive(**source, extract);
  if (!done.ok()) {
    return done.status();
  }
  result_.coded = done->files;
  result_.warnings = done->warnings;
  result_.failed = done->refused + done->lost;
  result_.first_failure = done->damage.ok() ? refusal : done->damage;
  result_.bytes_in = done->bytes_in;
  result_.bytes_out = done->bytes_out;
  result_.threads = done->threads;
  return {};
}

FolderOptions simple_options(std::size_t chunk_size, unsigned num_workers) {
  FolderOptions options;
  options.chunk_size = chunk_size;
  options.num_workers = num_workers;
  return options;
}

}  // namespace

Result<FolderResult> code_in_place(const System& system, const TreeSelection& selection,
                                   FileTask::Kind kind, const InPlaceOptions& options) {
  FolderResult result;
  std::uint64_t warnings = 0;
  std::mutex calling;
  auto walk =
      TreeWalk::open(system, selection,
                     names_only(counting(one_at_a_time(calling, options.on_warning), warnings)));
  if (!walk.ok()) {
    return walk.status();
  }
  InPlaceProducer producer(**walk, kind, options);
  const FileCoder coder(system, {.compress = options.compress,
                                 .decompress = options.decompress,
                                 .overwrite = options.overwrite,
                                 .remove_source = options.remove_source,
                                 .remove_linked = options.remove_linked,
                                 .verify = options.verify,
                                 .keep_metadata = options.keep_metadata,
                                 .store_metadata = options.store_metadata,
                                 .skip_plain = false,
                                 .sync_each = options.sync && options.remove_source});
  RunControl run = options.run;
  run.on_progress = one_at_a_time(calling, options.run.on_progress);
  Status status = run_file_set(
      coder, producer, {.run = run, .on_file = one_at_a_time(calling, options.on_file)}, result);
  result.warnings += warnings;
  if (options.sync && !options.remove_source) {
    for (const std::string& folder : producer.folders_to_sync()) {
      status = status.ok() ? sync_file_system(system, folder) : status;
    }
  }
  return status.ok() ? Result<FolderResult>(std::move(result)) : status;
}

Result<FolderResult> code_folder(const System& system, FileTask::Kind kind,
                                 const std::string& input, const std::string& output,
                                 const FolderOptions& options) {
  const Direction direction =
      kind == FileTask::Kind::kCompress ? Direction::kCompress : Direction::kDecompress;
  return FolderRun(system, direction, options).run(input, output);
}

Result<FolderResult> compress_folder(const std::string& input, const std::string& output,
                                     const FolderOptions& options) {
  return code_folder(real_system(), FileTask::Kind::kCompress, input, output, options);
}

Result<FolderResult> compress_folder(const std::string& input, const std::string& output,
                                     std::size_t chunk_size, unsigned num_workers) {
  return compress_folder(input, output, simple_options(chunk_size, num_workers));
}

Result<FolderResult> decompress_folder(const std::string& input, const std::string& output,
                                       const FolderOptions& options) {
  return code_folder(real_system(), FileTask::Kind::kDecompress, input, output, options);
}

Result<FolderResult> decompress_folder(const std::string& input, const std::string& output,
                                       std::size_t chunk_size, unsigned num_workers) {
  return decompress_folder(input, output, simple_options(chunk_size, num_workers));
}

Result<FolderResult> compress_in_place(const TreeSelection& selection,
                                       const InPlaceOptions& options) {
  return code_in_place(real_system(), selection, FileTask::Kind::kCompress, options);
}

Result<FolderResult> decompress_in_place(const TreeSelection& selection,
                                         const InPlaceOptions& options) {
  return code_in_place(real_system(), selection, FileTask::Kind::kDecompress, options);
}

}  // namespace kompakt
