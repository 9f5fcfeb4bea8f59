#include "facts.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <cstdlib>
#include <vector>

#include "decoding.hpp"
#include "io/file.hpp"

namespace kompakt::cli {
namespace {

Result<Descriptor> temporary_file(const Session& session) {
  const System& system = *session.world.system;
  const std::string directory = session.world.environment("TMPDIR").value_or("/tmp");
  Descriptor unnamed(
      system, open_uninterrupted(system, AT_FDCWD, directory.c_str(), O_TMPFILE | O_RDWR, 0600));
  if (unnamed.valid()) {
    return unnamed;
  }
  std::string path = directory + "/kompakt-XXXXXX";
  const int fd = ::mkostemp(path.data(), O_CLOEXEC);
  if (fd < 0) {
    return system_error("cannot create a temporary file in " + directory, -errno);
  }
  static_cast<void>(system.unlink(AT_FDCWD, path.c_str()));
  return Descriptor(system, fd);
}

Status copy(Source& from, const System& system, int fd) {
  const auto sink = make_descriptor_sink(system, fd, "<temporary file>", SinkAccess::kPositional);
  std::vector<std::byte> buffer(kMiB);
  for (;;) {
    const auto got = from.read(buffer);
    if (!got.ok()) {
      return got.status();
    }
    if (Status written = sink->write(ByteSpan(buffer).first(*got));
        !written.ok() || *got < buffer.size()) {
      return written;
    }
  }
}

Result<ContainerInfo> inspect_copy(const Session& session, Input& input,
                                   const InspectOptions& options) {
  const auto file = temporary_file(session);
  if (!file.ok()) {
    return file.status();
  }
  if (Status copied = copy(*input.source, *session.world.system, file->get()); !copied.ok()) {
    return copied;
  }
  const auto source = borrow_descriptor_source(*session.world.system, file->get(), input.name);
  if (!source.ok()) {
    return source.status();
  }
  // Nothing at all is read like a pipe even from a file.
  return (*source)->random_access()
             ? inspect(**source, options)
             : Result<ContainerInfo>(Status(Code::kTruncated, "the input is empty"));
}

}  // namespace

Facts read_facts(const Session& session, const std::string& name, bool count_codecs) {
  Opening opening = open_compressed(session, name, false);
  if (!opening.input) {
    return {.name = name, .info = std::nullopt, .code = opening.code};
  }
  Input& input = *opening.input;
  const InspectOptions options{.count_codecs = count_codecs};
  auto info = input.source->random_access() ? inspect(*input.source, options)
                                            : inspect_copy(session, input, options);
  if (!info.ok()) {
    return {.name = input.name,
            .info = std::nullopt,
            .code = session.fail(info.status().in_file(input.name))};
  }
  Facts facts{.name = input.name, .info = std::move(*info), .code = Exit::kOk};
  if (const Status& recovered = facts.info->recovered; !recovered.ok()) {
    facts.code =
        session.fail(Status(Code::kCorrupt, fmt::format("{}; the blocks that were found are shown",
                                                        recovered.message()))
                         .in_file(input.name));
  } else if (facts.info->damaged_blocks != 0) {
    facts.code = session.fail(
        Status(Code::kCorrupt, fmt::format("{} block headers are damaged; 'test' names them",
                                           facts.info->damaged_blocks))
            .in_file(input.name));
  }
  return facts;
}

std::string codecs_text(const ContainerInfo& info) {
  std::string out;
  for (const auto& [name, count] : info.codecs) {
    out += (out.empty() ? "" : ", ") + name + (count != 0 ? fmt::format(" {}", count) : "");
  }
  return out.empty() ? "-" : out;
}

void add_facts(JsonLine& line, const Facts& facts) {
  const ContainerInfo& info = *facts.info;
  line.text("file", facts.name)
      .text("format", "warp")
      .number("version", info.version)
      .text("layout", info.layout);
  line.number("blocks", info.blocks)
      .number("compressed", info.stored_size)
      .number("uncompressed", info.raw_size);
  line.text("checksum", hash_name(info.checksum)).flag("damaged", facts.code != Exit::kOk);
}

}  // namespace kompakt::cli
