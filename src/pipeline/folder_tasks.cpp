#include "pipeline/folder_tasks.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>

#include "io/hidden_name.hpp"
#include "io/metadata.hpp"

namespace kompakt {
namespace {

bool lies_in(std::string_view path, std::string_view folder) {
  return folder.empty() ||
         (path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/'));
}

std::string_view parent_of(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

void report_instead(FileTask& task, FileReport::Fate fate, Status reason) {
  task.kind = FileTask::Kind::kReport;
  task.fate = fate;
  task.reason = std::move(reason.in_file(task.input));
}

Status not_a_file(EntryType type) {
  return {Code::kUnsupported, "is a " + std::string(entry_type_name(type)) + " and is left out"};
}

Status name_is_taken(const std::string& output) {
  return Status(Code::kAlreadyExists, "another file has an output of the same name")
      .in_file(output);
}

}  // namespace

std::optional<std::string> without_suffix(const std::string& path) {
  const std::string_view name = std::string_view(path).substr(path.rfind('/') + 1);
  for (const FormatInfo& info : all_formats()) {
    const bool tar = !info.tar_suffix.empty() && name.ends_with(info.tar_suffix);
    const std::string_view suffix = tar ? info.tar_suffix : info.suffix;
    if (!name.ends_with(suffix)) {
      continue;
    }
    const std::string_view rest = name.substr(0, name.size() - suffix.size());
    if (!tar && (rest.empty() || rest == "." || rest == "..")) {
      return std::nullopt;
    }
    return rest.empty()
               ? std::nullopt
               : std::optional(path.substr(0, path.size() - suffix.size()) + (tar ? ".tar" : ""));
  }
  return std::nullopt;
}

bool OutputNames::take(std::string_view folder, std::string name) {
  while (!folders_.empty() && !lies_in(folder, folders_.back().folder)) {
    folders_.pop_back();
  }
  if (folders_.empty() || folders_.back().folder != folder) {
    folders_.push_back({.folder = std::string(folder), .taken = {}});
  }
  return folders_.back().taken.insert(std::move(name)).second;
}

Result<bool> InPlaceProducer::next(FileTask& task) {
  for (;;) {
    WalkedEntry walked;
    auto more = walk_.next(walked);
    if (!more.ok() || !*more) {
      return more;
    }
    const EntryType type = walked.entry.type;
    if (type == EntryType::kDirectory) {
      continue;
    }
    task.kind = kind_;
    task.input = std::move(walked.real_path);
    task.size = walked.entry.size;
    task.device = walked.device;
    task.inode = walked.inode;
    if (type != EntryType::kFile) {
      report_instead(task, FileReport::Fate::kSkipped, not_a_file(type));
      return true;
    }
    auto name = output_name(task.input);
    if (!name.ok()) {
      report_instead(task, FileReport::Fate::kSkipped, name.status());
      return true;
    }
    task.output = std::move(*name);
    if (!names_.take(parent_of(task.input), task.output)) {
      report_instead(task, FileReport::Fate::kFailed, name_is_taken(task.output));
      return true;
    }
    if (devices_.insert(walked.device).second) {
      to_sync_.push_back(split_path(task.output).directory);
    }
    return true;
  }
}

Result<std::string> InPlaceProducer::output_name(const std::string& path) const {
  if (options_.name_output) {
    return options_.name_output(path);
  }
  auto bare = without_suffix(path);
  if (kind_ == FileTask::Kind::kDecompress) {
    return bare ? Result<std::string>(std::move(*bare))
                : Status(Code::kUnsupported, "has no known suffix and is left out");
  }
  return bare ? Result<std::string>(Status(Code::kUnsupported,
                                           "has the suffix of a compressed file and is left out"))
              : path + std::string(format_info(options_.compress.format).suffix);
}

Status MirrorProducer::make_top(const std::string& source) {
  const std::string& path = options_.output;
  for (std::size_t at = path.find('/', 1); at != std::string::npos; at = path.find('/', at + 1)) {
    // What exists already, or cannot be made, the last call tells.
    static_cast<void>(system_.make_directory(AT_FDCWD, path.substr(0, at).c_str(), 0777));
  }
  struct stat status {};
  if (system_.stat(AT_FDCWD, path.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) {
    return {};  // a symlink to a folder will do here, where the caller named it
  }
  return make_folder(source, path);
}

/// Only folders are gone into: a symlink in the place of one may have been copied by an earlier run
/// from who knows where.
Status MirrorProducer::make_folder(const std::string& source, const std::string& path) {
  const int made = system_.make_directory(AT_FDCWD, path.c_str(), 0700);
  if (made == 0) {
    made_.emplace_back(source, path);
    return {};
  }
  struct stat status {};
  if (made == -EEXIST && system_.lstat(AT_FDCWD, path.c_str(), &status) == 0) {
    return S_ISDIR(status.st_mode)
               ? Status()
               : Status(Code::kAlreadyExists, "is in the way of a folder").in_file(path);
  }
  return system_error("cannot make the folder", made).in_file(path);
}

Result<bool> MirrorProducer::next(FileTask& task) {
  for (;;) {
    WalkedEntry walked;
    auto more = walk_->next(walked);
    if (!more.ok() || !*more) {
      return more;
    }
    if (!blocked_.empty() && lies_in(walked.entry.path, blocked_)) {
      continue;
    }
    task.input = walked.real_path;
    if (walked.entry.type != EntryType::kDirectory) {
      plan_file(walked, task);
      return true;
    }
    if (!enter(walked, task)) {
      return true;
    }
  }
}

/// False where `task` is to tell why not.
bool MirrorProducer::enter(const WalkedEntry& walked, FileTask& task) {
  const std::string& member = walked.entry.path;
  task.output = mirrored(member);
  Status made = names_.take(parent_of(member), member) ? make_folder(walked.real_path, task.output)
                                                       : name_is_taken(task.output);
  if (made.ok()) {
    return true;
  }
  blocked_ = member;
  report_instead(task, FileReport::Fate::kFailed, std::move(made));
  return false;
}

void MirrorProducer::plan_file(const WalkedEntry& walked, FileTask& task) {
  const std::string& member = walked.entry.path;
  std::string output = member;
  task.size = walked.entry.size;
  task.device = walked.device;
  task.inode = walked.inode;
  if (walked.entry.type == EntryType::kSymlink) {
    task.kind = FileTask::Kind::kSymlink;
    task.link_target = walked.entry.link_target;
  } else if (walked.entry.type != EntryType::kFile) {
    report_instead(task, FileReport::Fate::kSkipped, not_a_file(walked.entry.type));
    return;
  } else if (options_.kind == FileTask::Kind::kCompress) {
    task.kind = FileTask::Kind::kCompress;
    output += options_.suffix;
  } else if (auto bare = without_suffix(member)) {
    task.kind = FileTask::Kind::kDecompress;
    task.plain_output = mirrored(member);
    output = std::move(*bare);
  } else {
    task.kind = FileTask::Kind::kCopy;
  }
  task.output = mirrored(output);
  if (!names_.take(parent_of(member), std::move(output))) {
    report_instead(task, FileReport::Fate::kFailed, name_is_taken(task.output));
  }
}

void MirrorProducer::finish_folders(const std::function<void(const Status&)>& on_warning) const {
  std::for_each(made_.rbegin(), made_.rend(), [&](const auto& made) {
    Status status = copy_metadata(made.first, made.second);
    if (!status.ok() && on_warning) {
      on_warning(status.in_file(made.second));
    }
  });
}

Status MirrorProducer::copy_metadata(const std::string& from, const std::string& to) const {
  constexpr int kFlags = O_RDONLY | O_DIRECTORY | O_NOCTTY;
  const Descriptor source(system_, open_uninterrupted(system_, AT_FDCWD, from.c_str(), kFlags));
  const Descriptor copy(system_,
                        open_uninterrupted(system_, AT_FDCWD, to.c_str(), kFlags | O_NOFOLLOW));
  if (!source.valid() || !copy.valid()) {
    return system_error("cannot set the folder's metadata",
                        source.valid() ? copy.get() : source.get());
  }
  const auto metadata = read_metadata(system_, source.get());
  return metadata.ok() ? apply_metadata(copy.get(), *metadata) : metadata.status();
}

}  // namespace kompakt
