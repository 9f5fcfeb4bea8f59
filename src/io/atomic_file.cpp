#include "io/atomic_file.hpp"

#include <fcntl.h>

#include <cerrno>
#include <utility>

#include "io/file.hpp"

namespace kompakt {
namespace {

bool same_file(const struct stat& a, const struct stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

Status already_exists() {
  return {Code::kAlreadyExists, "appeared meanwhile and is not overwritten without --force"};
}

Status too_many_names() { return {Code::kIo, "too many unfinished outputs of this name"}; }

Descriptor open_directory(const System& system, const std::string& path) {
  return {system, open_uninterrupted(system, AT_FDCWD, path.c_str(), O_RDONLY | O_DIRECTORY)};
}

}  // namespace

AtomicFile::AtomicFile(const System& system, std::string path, AtomicFileOptions options)
    : system_(system), path_(std::move(path)), split_(split_path(path_)), options_(options) {}

AtomicFile::~AtomicFile() { remove_hidden(); }

Result<std::unique_ptr<AtomicFile>> AtomicFile::create(const System& system,
                                                       const std::string& path,
                                                       const AtomicFileOptions& options) {
  std::unique_ptr<AtomicFile> file(new AtomicFile(system, path, options));
  if (Status opened = file->open_target(); !opened.ok()) {
    return opened.in_file(path);
  }
  file->sink_ = make_descriptor_sink(system, file->descriptor(), path, SinkAccess::kPositional);
  return file;
}

Status AtomicFile::open_target() {
  const std::string& name = split_.name;
  if (name.empty() || name == "." || name == ".." || path_.find('\0') != std::string::npos) {
    return {Code::kInvalidArgument, "not a file name"};
  }
  directory_ = open_directory(system_, split_.directory);
  if (!directory_.valid()) {
    return system_error("cannot open the directory", directory_.get());
  }
  if (options_.sweep) {
    sweep_abandoned(system_, directory_.get(), name);
  }
  struct stat existing {};
  const int found = system_.lstat(directory_.get(), name.c_str(), &existing);
  if (found == 0) {
    if (!options_.replace) {
      return {Code::kAlreadyExists, "exists and is not overwritten without --force"};
    }
    if (!S_ISREG(existing.st_mode) && !S_ISLNK(existing.st_mode)) {
      return {Code::kIo, "is not a regular file and is not replaced"};
    }
  } else if (found != -ENOENT) {
    return system_error("cannot examine", found);
  }
  return open_unnamed() ? Status() : open_hidden();
}

// False wherever a hidden name may still do; that one reports what is really wrong.
bool AtomicFile::open_unnamed() {
  Descriptor unnamed(system_,
                     open_uninterrupted(system_, directory_.get(), ".", O_TMPFILE | O_RDWR, 0600));
  if (!unnamed.valid() || system_.fstat(unnamed.get(), &identity_) < 0) {
    return false;
  }
  // Naming it later goes through /proc. Better to learn now than after hours of work that a
  // container has none.
  struct stat link {};
  const std::string proc = "/proc/self/fd/" + std::to_string(unnamed.get());
  if (system_.lstat(AT_FDCWD, proc.c_str(), &link) < 0) {
    return false;
  }
  // It may get a hidden name in commit(), and then has to be known as alive from the start.
  static_cast<void>(lock_alive(unnamed.get()));
  file_ = std::move(unnamed);
  return true;
}

Status AtomicFile::open_hidden() {
  if (!options_.sweep) {
    sweep_abandoned(system_, directory_.get(), split_.name);
  }
  for (std::size_t number = 0; number < kMaxHiddenNames; ++number) {
    std::string name = hidden_name(split_.name, number);
    const int fd = open_uninterrupted(system_, directory_.get(), name.c_str(),
                                      O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
    if (fd == -EEXIST) {
      continue;
    }
    if (fd < 0) {
      return system_error("cannot create a file in " + split_.directory, fd);
    }
    file_ = Descriptor(system_, fd);
    set_hidden(std::move(name));
    if (const int result = system_.fstat(fd, &identity_); result < 0) {
      return system_error("cannot examine", result);
    }
    // Before the lock was taken another process may have thought this one dead.
    if (lock_alive(fd) && !leads_elsewhere(hidden_name_)) {
      return {};
    }
    forget_hidden();
  }
  return too_many_names();
}

// A link cannot replace, so the unnamed file first gets a hidden name, which rename() then moves
// over the target.
Status AtomicFile::link_hidden() {
  for (std::size_t number = 0; number < kMaxHiddenNames; ++number) {
    std::string name = hidden_name(split_.name, number);
    const int linked = system_.link_descriptor(file_.get(), directory_.get(), name.c_str());
    if (linked == 0) {
      set_hidden(std::move(name));
      return {};
    }
    if (linked != -EEXIST) {
      return system_error("cannot name the output", linked);
    }
  }
  return too_many_names();
}

void AtomicFile::set_metadata(FileMetadata metadata) {
  metadata_ = std::make_unique<FileMetadata>(std::move(metadata));
}

Status AtomicFile::commit() {
  if (std::exchange(commit_called_, true)) {
    return Status(Code::kInternal, "commit() was called twice").in_file(path_);
  }
  Status status = make_durable();
  if (status.ok()) {
    status = give_name();
  }
  if (status.ok() && options_.sync) {
    status = make_name_durable();
  }
  if (!status.ok()) {
    remove_hidden();
  }
  return status.in_file(path_);
}

Status AtomicFile::make_durable() {
  Status status =
      metadata_ ? apply_metadata(file_.get(), *metadata_) : apply_default_mode(file_.get());
  if (!status.ok()) {
    return status;
  }
  if (options_.sync) {
    if (const int result = system_.fsync(file_.get()); result < 0) {
      return system_error("cannot make the output durable", result);
    }
  }
  // Network file systems report lost writes when a descriptor is closed. The file itself must stay
  // open for its lock and its link, so a copy of the descriptor is closed in its place.
  Descriptor copy(system_, ::fcntl(file_.get(), F_DUPFD_CLOEXEC, 0));
  const int result = copy.valid() ? copy.close() : -errno;
  return result < 0 ? system_error("close failed", result) : Status();
}

Status AtomicFile::give_name() {
  if (hidden_name_.empty()) {
    const int linked = system_.link_descriptor(file_.get(), directory_.get(), split_.name.c_str());
    if (linked == 0) {
      name_was_free_ = true;
      return {};
    }
    if (linked != -EEXIST) {
      return system_error("cannot name the output", linked);
    }
    if (!options_.replace) {
      return already_exists();
    }
    if (Status hidden = link_hidden(); !hidden.ok()) {
      return hidden;
    }
  }
  if (leads_elsewhere(hidden_name_)) {
    return {Code::kIo, "the unfinished output was removed by somebody else"};
  }
  const int renamed = rename_hidden();
  if (renamed == -EEXIST && !options_.replace) {
    return already_exists();
  }
  if (renamed < 0) {
    return system_error("cannot name the output", renamed);
  }
  forget_hidden();
  return {};
}

// Without replacing first in any case, because that tells whether there was something to replace.
int AtomicFile::rename_hidden() {
  const char* from = hidden_name_.c_str();
  const char* to = split_.name.c_str();
  const int renamed = system_.rename_noreplace(directory_.get(), from, to);
  const bool cannot_tell = renamed == -EINVAL || renamed == -ENOSYS;
  name_was_free_ = renamed == 0;
  if (options_.replace) {
    return cannot_tell || renamed == -EEXIST ? system_.rename(directory_.get(), from, to) : renamed;
  }
  return cannot_tell ? link_hidden_to_target() : renamed;
}

// The other call that refuses a name that is taken, for file systems such as NFS that know only
// the plain rename.
int AtomicFile::link_hidden_to_target() {
  const char* to = split_.name.c_str();
  const int linked = system_.link_descriptor(file_.get(), directory_.get(), to);
  if (linked == 0) {
    name_was_free_ = true;
    remove_hidden();
    return 0;
  }
  if (linked == -EEXIST) {
    return linked;
  }
  // Neither: look, then rename. The gap between the two is the best that is to be had there.
  struct stat existing {};
  const int found = system_.lstat(directory_.get(), to, &existing);
  if (found != -ENOENT) {
    return found == 0 ? -EEXIST : found;
  }
  const int renamed = system_.rename(directory_.get(), hidden_name_.c_str(), to);
  name_was_free_ = renamed == 0;
  return renamed;
}

Status AtomicFile::make_name_durable() {
  Status status = sync_directory(system_, directory_.get());
  if (!status.ok() && name_was_free_ && !leads_elsewhere(split_.name)) {
    // Nobody may take a success from the mere presence of the file.
    static_cast<void>(system_.unlink(directory_.get(), split_.name.c_str()));
  }
  return status;
}

void AtomicFile::set_hidden(std::string name) {
  hidden_name_ = std::move(name);
  cleanup_slot_ = register_cleanup(split_.directory + "/" + hidden_name_);
}

void AtomicFile::remove_hidden() noexcept {
  if (!hidden_name_.empty() && !leads_elsewhere(hidden_name_)) {
    static_cast<void>(system_.unlink(directory_.get(), hidden_name_.c_str()));
  }
  forget_hidden();
}

void AtomicFile::forget_hidden() noexcept {
  hidden_name_.clear();
  unregister_cleanup(std::exchange(cleanup_slot_, 0));
}

// True when `name` is known not to be this file's. In doubt it is: the lock keeps others away.
bool AtomicFile::leads_elsewhere(const std::string& name) const {
  struct stat found {};
  const int result = system_.lstat(directory_.get(), name.c_str(), &found);
  return result == -ENOENT ||
         (result == 0 && identity_.st_ino != 0 && !same_file(found, identity_));
}

Status remove_file(const System& system, const std::string& path, bool sync,
                   const struct stat* expected) {
  const SplitPath split = split_path(path);
  // Opened first: when that fails nothing has been removed yet.
  const Descriptor directory = open_directory(system, split.directory);
  if (!directory.valid()) {
    return system_error("cannot open the directory", directory.get()).in_file(path);
  }
  if (expected != nullptr) {
    struct stat found {};
    const int result = system.lstat(directory.get(), split.name.c_str(), &found);
    if (result < 0) {
      return system_error("cannot examine", result).in_file(path);
    }
    if (!same_file(found, *expected)) {
      return Status(Code::kIo, "is not the file that was read and is not removed").in_file(path);
    }
  }
  if (const int result = system.unlink(directory.get(), split.name.c_str()); result < 0) {
    return system_error("cannot remove", result).in_file(path);
  }
  return sync ? sync_directory(system, directory.get()).in_file(path) : Status();
}

}  // namespace kompakt
