#include "name_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <iterator>
#include <utility>

#include "io/file.hpp"

namespace kompakt::cli {
namespace {

/// Names are kept in memory, so a list may not be larger than this.
constexpr std::size_t kLargestList = 4 * kGiB;

Status read_all(Source& source, std::string& text) {
  std::vector<std::byte> buffer(kMiB / 4);
  for (std::size_t got = buffer.size(); got == buffer.size();) {
    const auto read = source.read(buffer);
    if (!read.ok()) {
      return read.status();
    }
    got = *read;
    if (text.size() + got > kLargestList) {
      return {Code::kLimitExceeded, "the list of names is too long"};
    }
    text.append(reinterpret_cast<const char*>(buffer.data()), got);
  }
  return {};
}

std::vector<std::string> split(const std::string& text, char end) {
  std::vector<std::string> names;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t stop = std::min(text.find(end, at), text.size());
    if (stop > at) {
      names.push_back(text.substr(at, stop - at));
    }
    at = stop + 1;
  }
  return names;
}

}  // namespace

Result<std::vector<std::string>> read_names(const World& world, const NameFile& file) {
  const System& system = *world.system;
  const bool is_stdin = file.path == "-";
  const std::string name = is_stdin ? "<stdin>" : file.path;
  Descriptor owned;
  int fd = world.in;
  if (!is_stdin) {
    fd = open_uninterrupted(system, AT_FDCWD, file.path.c_str(), O_RDONLY | O_NOCTTY);
    if (fd < 0) {
      return system_error("cannot open", fd).in_file(name);
    }
    owned = Descriptor(system, fd);
  }
  const auto source = borrow_descriptor_source(system, fd, name);
  if (!source.ok()) {
    return source.status();
  }
  std::string text;
  if (Status read = read_all(**source, text); !read.ok()) {
    return read.in_file(name);
  }
  // A pattern or a path holds no NUL: the list is one of the other kind.
  if (!file.nul && text.find('\0') != std::string::npos) {
    return Status(Code::kInvalidArgument, "names are parted by NUL here: --files-from0 reads them")
        .in_file(name);
  }
  return split(text, file.nul ? '\0' : '\n');
}

Result<Request> with_listed_names(const World& world, const Request& request) {
  Request out = request;
  ArchiveRequest& archive = out.archive;
  for (const NameFile& file : archive.exclude_from) {
    auto names = read_names(world, file);
    if (!names.ok()) {
      return names.status();
    }
    std::move(names->begin(), names->end(), std::back_inserter(archive.exclude));
  }
  const bool members = request.verb == Verb::kExtract;
  for (const NameFile& file : archive.files_from) {
    auto names = read_names(world, file);
    if (!names.ok()) {
      return names.status();
    }
    if (names->empty() && members) {
      return Status(Code::kInvalidArgument, "names no member").in_file(file.path);
    }
    std::move(names->begin(), names->end(),
              std::back_inserter(members ? archive.members : out.inputs));
  }
  return out;
}

}  // namespace kompakt::cli
