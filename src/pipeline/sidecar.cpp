#include "pipeline/sidecar.hpp"

#include <fcntl.h>

#include "io/file.hpp"

namespace kompakt {

Result<std::vector<std::byte>> read_sidecar_bytes(const System& system, const std::string& path,
                                                  std::uint64_t most) {
  const Descriptor file(
      system, open_uninterrupted(system, AT_FDCWD, path.c_str(), O_RDONLY | O_NOCTTY | O_NONBLOCK));
  if (!file.valid()) {
    return system_error("cannot open", file.get()).in_file(path);
  }
  const auto source = borrow_descriptor_source(system, file.get(), path);
  if (!source.ok()) {
    return source.status();
  }
  const auto size = (*source)->size();
  if (!(*source)->random_access() || !size || *size > most) {
    return Status(Code::kUnsupported, "not a seek index").in_file(path);
  }
  std::vector<std::byte> bytes(static_cast<std::size_t>(*size));
  const auto got = (*source)->read_at(0, bytes);
  if (!got.ok()) {
    return got.status();
  }
  bytes.resize(*got);
  return bytes;
}

}  // namespace kompakt
