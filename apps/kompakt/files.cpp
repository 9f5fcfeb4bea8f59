#include "files.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <charconv>

#include "io/file.hpp"

namespace kompakt::cli {
namespace {

bool same_file(const struct stat& a, const struct stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

Status is_the_input(std::string_view name) {
  return Status(Code::kInvalidArgument, "input and output are the same file").in_file(name);
}

Opening skipped(const Session& session, std::string_view name, std::string_view why) {
  session.console.warn(name, why);
  return {.input = std::nullopt, .code = Exit::kWarning};
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
    if (session.request.recursive) {
      return refused(session, Status(Code::kUnsupported,
                                     "directories are for 'archive', which is not in this build")
                                  .in_file(input.name));
    }
    return skipped(session, input.name, "is a directory, skipped");
  }
  auto source = borrow_descriptor_source(system, input.fd, input.name);
  if (!source.ok()) {
    return refused(session, source.status());
  }
  input.source = std::move(*source);
  return {.input = std::move(input), .code = Exit::kOk};
}

// Rights that a stranger's file must not hand out: only plain attributes and access lists travel.
bool may_travel(std::string_view attribute) {
  return attribute.starts_with("user.") || attribute == "system.posix_acl_access";
}

std::optional<std::int64_t> source_date_epoch(const World& world) {
  const auto text = world.environment("SOURCE_DATE_EPOCH");
  std::int64_t seconds = 0;
  if (!text ||
      std::from_chars(text->data(), text->data() + text->size(), seconds).ec != std::errc()) {
    return std::nullopt;
  }
  return seconds;
}

std::string base_name(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? path : path.substr(slash + 1);
}

}  // namespace

Opening open_input(const Session& session, const std::string& name, bool regular_only) {
  const System& system = *session.world.system;
  if (name == "-") {
    Input input;
    input.name = "<stdin>";
    input.is_stdin = true;
    input.fd = session.world.in;
    return finish_opening(session, std::move(input));
  }
  struct stat found {};
  const bool special = system.lstat(AT_FDCWD, name.c_str(), &found) == 0 &&
                       !S_ISREG(found.st_mode) && !S_ISLNK(found.st_mode) &&
                       !S_ISDIR(found.st_mode);
  // Not even opened: that can wait for ever, or do something to a device.
  if (special && regular_only && !session.request.force) {
    return skipped(session, name, "is not a regular file, skipped (--force reads it)");
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
    output.ordered_ =
        make_descriptor_sink(system, session.world.out, "<stdout>", SinkAccess::kOrdered);
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
    output.ordered_ = make_descriptor_sink(system, fd, path, SinkAccess::kOrdered);
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

Result<WarpMetadata> metadata_to_store(const Session& session, const Input& input) {
  auto file = read_metadata(*session.world.system, input.fd);
  if (!file.ok()) {
    return file.status().in_file(input.name);
  }
  WarpMetadata out;
  out.name = base_name(input.name);
  out.mode = file->mode;
  out.modified =
      WarpMetadata::Time{.seconds = file->modified.tv_sec,
                         .nanoseconds = static_cast<std::uint32_t>(file->modified.tv_nsec)};
  if (const auto latest = source_date_epoch(session.world);
      latest && out.modified->seconds >= *latest) {
    out.modified = WarpMetadata::Time{.seconds = *latest, .nanoseconds = 0};
  }
  out.owner = WarpMetadata::Owner{.uid = file->uid, .gid = file->gid};
  for (auto& [name, value] : file->xattrs) {
    if (may_travel(name)) {
      out.xattrs.emplace_back(std::move(name), std::move(value));
    }
  }
  return out;
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
