#include "examined.hpp"

#include <fcntl.h>

#include <cstdlib>
#include <vector>

#include "decoding.hpp"
#include "index_file.hpp"
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

Status copy_all(Source& from, const System& system, int fd) {
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

}  // namespace

Examined::Examined(const Session& session, const std::string& name)
    : opening_(open_compressed(session, name, false)), code_(opening_.code) {
  if (!opening_.input) {
    return;
  }
  if (opening_.input->source->random_access()) {
    source_ = opening_.input->source.get();
  } else if (Status status = copy(session); !status.ok()) {
    code_ = session.fail(status.in_file(opening_.input->name));
  } else {
    source_ = copied_.get();
  }
}

const std::optional<ArchiveIndex>& Examined::index(const Session& session, Exit& code) {
  if (!index_read_) {
    index_read_ = true;
    index_ = read_index_file(session, input(), index_code_);
  }
  code = worse(code, index_code_);
  return index_;
}

Status Examined::copy(const Session& session) {
  const System& system = *session.world.system;
  auto file = temporary_file(session);
  if (!file.ok()) {
    return file.status();
  }
  copy_ = std::move(*file);
  if (Status copied = copy_all(*opening_.input->source, system, copy_.get()); !copied.ok()) {
    return copied;
  }
  auto source = borrow_descriptor_source(system, copy_.get(), opening_.input->name);
  if (!source.ok()) {
    return source.status();
  }
  copied_ = std::move(*source);
  // Nothing at all is read like a pipe even from a file.
  return copied_->random_access() ? Status() : Status(Code::kTruncated, "the input is empty");
}

}  // namespace kompakt::cli
