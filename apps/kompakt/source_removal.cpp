#include "source_removal.hpp"

#include <fcntl.h>
#include <fmt/format.h>

namespace kompakt::cli {

Status check_removable(const Session& session, const Input& input) {
  struct stat found {};
  const int result = session.world.system->lstat(AT_FDCWD, input.name.c_str(), &found);
  if (result < 0) {
    return system_error("cannot examine", result).in_file(input.name);
  }
  if (S_ISLNK(found.st_mode) && !session.family().own_codes) {
    return {};
  }
  if (!S_ISREG(found.st_mode)) {
    return Status(Code::kInvalidArgument,
                  "is a symbolic link or no regular file: --rm does not remove it")
        .in_file(input.name);
  }
  if (found.st_nlink > 1 && !session.request.force && session.family().own_codes) {
    return Status(Code::kInvalidArgument,
                  fmt::format("has {} hard links: --rm removes one of them with --force only",
                              found.st_nlink))
        .in_file(input.name);
  }
  return {};
}

Status remove_input(const Session& session, const Input& input) {
  struct stat found {};
  const System& system = *session.world.system;
  // A multi-call name that was made to follow a link removes the link, as its original does.
  const bool link = !session.family().own_codes &&
                    system.lstat(AT_FDCWD, input.name.c_str(), &found) == 0 &&
                    S_ISLNK(found.st_mode);
  return remove_file(system, input.name, session.request.sync, link ? nullptr : &input.before);
}

}  // namespace kompakt::cli
