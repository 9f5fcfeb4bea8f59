#include "index_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "pipeline/sidecar.hpp"

namespace kompakt::cli {
namespace {

constexpr std::uint64_t kLargestIndex = 4 * kGiB;

bool exists(const System& system, const std::string& path) {
  struct stat found {};
  return system.lstat(AT_FDCWD, path.c_str(), &found) == 0;
}

bool is_index(const System& system, const std::string& path) {
  struct stat found {};
  if (system.lstat(AT_FDCWD, path.c_str(), &found) != 0 || !S_ISREG(found.st_mode)) {
    return false;
  }
  const auto bytes = read_sidecar_bytes(system, path, kLargestIndex);
  // A damaged one may go too; files of somebody else do not begin like one.
  constexpr std::array kMagic{std::byte{'K'}, std::byte{'I'}, std::byte{'D'}, std::byte{'X'}};
  return bytes.ok() && bytes->size() >= kMagic.size() &&
         std::equal(kMagic.begin(), kMagic.end(), bytes->begin());
}

}  // namespace

Status write_index_file(const Session& session, const std::string& path, const ArchiveIndex& index,
                        const Source& input) {
  const System& system = *session.world.system;
  auto bytes = encode_archive_index(index, input);
  if (!bytes.ok()) {
    return bytes.status();
  }
  auto file = AtomicFile::create(
      system, path,
      {.replace = session.request.force || is_index(system, path), .sync = session.request.sync});
  if (!file.ok()) {
    return file.status();
  }
  Sink& sink = (*file)->sink();
  if (Status written = sink.write(*bytes); !written.ok()) {
    return written.in_file(path);
  }
  if (Status finished = sink.finish(bytes->size()); !finished.ok()) {
    return finished.in_file(path);
  }
  return (*file)->commit();
}

std::optional<ArchiveIndex> read_index_file(const Session& session, const Input& input,
                                            Exit& code) {
  const System& system = *session.world.system;
  const std::string path = index_path(input.name);
  if (input.is_stdin || !input.source->random_access() || !exists(system, path)) {
    return std::nullopt;
  }
  const auto bytes = read_sidecar_bytes(system, path, kLargestIndex);
  Status status = bytes.status();
  if (status.ok()) {
    auto index = decode_archive_index(*bytes, *input.source);
    if (index.ok()) {
      return std::move(*index);
    }
    status = index.status();
  }
  session.console.warn(path, fmt::format("is ignored: {}", status.message()));
  code = worse(code, Exit::kWarning);
  return std::nullopt;
}

Status keep_index(const Session& session, const Input& input, ArchiveIndex index) {
  if (!session.request.write_index) {
    return {};
  }
  if (!index.index && !index.table) {
    return {Code::kUnsupported,
            input.format && *input.format != Format::kWarp
                ? fmt::format("{} cannot be entered in its middle: there is nothing to index",
                              format_info(*input.format).name)
                : std::string(".warp needs no index beside it")};
  }
  return write_index_file(session, index_path(input.name), index, *input.source);
}

WatchedOutput::WatchedOutput(const Session& session, Sink& sink) : sink_(sink) {
  // Places in a stretch are not those in the content.
  const Request& request = session.request;
  if (request.write_index && !request.range && !request.lines) {
    watch_.emplace(sink);
  }
}

ArchiveIndex WatchedOutput::with(std::optional<SeekIndex> index) {
  return {.index = std::move(index), .table = watch_ ? watch_->take() : std::nullopt};
}

}  // namespace kompakt::cli
