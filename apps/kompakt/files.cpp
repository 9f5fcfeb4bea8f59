#include "files.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include "io/file.hpp"

namespace kompakt::cli {
namespace {

bool same_file(const struct stat& a, const struct stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

Status is_the_input(std::string_view name) {
  return Status(Code::kInvalidArgument, "input and output are the same file").in_file(name);
}

Opening skipped(const Session& session, std::string_view name, std::string_view why, Exit code) {
  session.console.warn(name, why);
  return {.input = std::nullopt, .code = code};
}

Opening refused(const Session& session, const Status& status) {
  return {.input = std::nullopt, .code = session.fail(status)};
}

Opening finish_opening(const Session& session, Input input) {
  const System& system = *session.world.system;
  if (const int result = system.fstat(input.fd, &input.before); result < 0) {
    return refused(session, system_error("cannot examine", result).in_file(input.name));
  }
  if (S_ISDIR(input.before.st_mode)) {
    const bool packs = session.family().own_codes && session.request.verb == Verb::kCompress;
    return skipped(session, input.name,
                   packs ? "is a directory, skipped (-r goes into it, 'archive' makes it one file)"
                         : "is a directory, skipped",
                   session.family().skipped);
  }
  auto source = borrow_descriptor_source(system, input.fd, input.name);
  if (!source.ok()) {
    return refused(session, source.status());
  }
  input.source = std::move(*source);
  return {.input = std::move(input), .code = Exit::kOk};
}

/// The fate of an input that is not even to be opened; nullopt: it is.
std::optional<Opening> not_for_us(const Session& session, const std::string& name) {
  const Family& family = session.family();
  struct stat found {};
  if (session.world.system->lstat(AT_FDCWD, name.c_str(), &found) != 0 || session.request.force) {
    return std::nullopt;
  }
  if (S_ISLNK(found.st_mode)) {
    const bool matters =
        family.symlink != Exit::kOk && (session.request.remove_source || family.symlink_with_keep);
    return !matters ? std::nullopt
                    : std::optional(
                          skipped(session, name, "is a symbolic link, skipped", family.symlink));
  }
  if (S_ISREG(found.st_mode)) {
    const bool matters = family.hard_link != Exit::kOk && found.st_nlink > 1 &&
                         (session.request.remove_source || family.hard_link_with_keep);
    return matters
               ? std::optional(skipped(
                     session, name, fmt::format("has {} other links, skipped", found.st_nlink - 1),
                     family.hard_link))
               : std::nullopt;
  }
  if (S_ISDIR(found.st_mode)) {
    return std::nullopt;
  }
  // Opening can wait for ever, or do something to a device.
  return skipped(session, name, "is not a regular file, skipped (--force reads it)",
                 family.skipped);
}

}  // namespace

bool may_travel(std::string_view attribute) {
  return attribute.starts_with("user.") || attribute == "system.posix_acl_access";
}

Opening open_input(const Session& session, const std::string& name, bool regular_only) {
  const System& system = *session.world.system;
  if (name == "-") {
    Input input;
    input.name = "<stdin>";
    input.is_stdin = true;
    input.fd = session.world.in;
    return finish_opening(session, std::move(input));
  }
  if (auto fate = regular_only ? not_for_us(session, name) : std::nullopt; fate) {
    return std::move(*fate);
  }
  const int fd = open_uninterrupted(system, AT_FDCWD, name.c_str(), O_RDONLY | O_NOCTTY);
  if (fd < 0) {
    return refused(session, system_error("cannot open", fd).in_file(name));
  }
  Input input;
  input.name = name;
  input.owned = Descriptor(system, fd);
  input.fd = fd;
  return finish_opening(session, std::move(input));
}

Result<Output> Output::open(const Session& session, const std::string& path, const Input& input) {
  const System& system = *session.world.system;
  Output output;
  struct stat existing {};
  if (path == "-") {
    output.name_ = "<stdout>";
    if (system.fstat(session.world.out, &existing) == 0 && S_ISREG(existing.st_mode) &&
        input.regular() && same_file(existing, input.before)) {
      return is_the_input(input.name);
    }
    // Messages in the same file would be overwritten by what is written by position.
    struct stat messages {};
    const bool shared = system.fstat(session.world.err, &messages) == 0 &&
                        S_ISREG(messages.st_mode) && same_file(existing, messages);
    output.stream_ =
        shared ? make_descriptor_sink(system, session.world.out, "<stdout>", SinkAccess::kOrdered)
               : make_shared_file_sink(system, session.world.out, "<stdout>");
    return output;
  }
  output.name_ = path;
  const bool exists = ::stat(path.c_str(), &existing) == 0;  // through a link: /dev/stdout is one
  if (exists && same_file(existing, input.before)) {
    return is_the_input(path);
  }
  if (exists && !S_ISREG(existing.st_mode) && !S_ISDIR(existing.st_mode)) {
    const int fd = open_uninterrupted(system, AT_FDCWD, path.c_str(), O_WRONLY | O_NOCTTY);
    if (fd < 0) {
      return system_error("cannot open", fd).in_file(path);
    }
    output.device_ = Descriptor(system, fd);
    output.stream_ = make_descriptor_sink(system, fd, path, SinkAccess::kOrdered);
    return output;
  }
  auto file = AtomicFile::create(system, path,
                                 {.replace = session.request.force, .sync = session.request.sync});
  if (!file.ok()) {
    return file.status();
  }
  output.file_ = std::move(*file);
  return output;
}

Result<std::unique_ptr<Source>> Output::reread(const System& system) const {
  return borrow_descriptor_source(system, file_->descriptor(), name_);
}

void Output::set_metadata(FileMetadata metadata) const {
  if (file_) {
    file_->set_metadata(std::move(metadata));
  }
}

Status Output::commit() {
  if (file_) {
    return file_->commit();
  }
  const int closed = device_.valid() ? device_.close() : 0;
  return closed < 0 ? system_error("close failed", closed).in_file(name_) : Status();
}

FileMetadata metadata_to_restore(const std::optional<WarpMetadata>& kept, FileMetadata own) {
  if (kept) {
    own.mode = kept->mode.value_or(own.mode);
    if (kept->modified) {
      own.modified = {.tv_sec = static_cast<time_t>(kept->modified->seconds),
                      .tv_nsec = static_cast<long>(kept->modified->nanoseconds)};
    }
    if (kept->owner) {
      own.has_owner = true;
      own.uid = kept->owner->uid;
      own.gid = kept->owner->gid;
    }
    own.xattrs.clear();
    for (const auto& [name, value] : kept->xattrs) {
      if (may_travel(name)) {
        own.xattrs.emplace_back(name, value);
      }
    }
  }
  own.mode &= 01777U;
  return own;
}

}  // namespace kompakt::cli
