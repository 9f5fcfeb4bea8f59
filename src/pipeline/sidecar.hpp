/// \file
/// FILE.kidx, which is looked for beside an archive or a compressed file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "io/system.hpp"

namespace kompakt {

/// Content of the regular file `path`, at most `most` bytes and at least one; kUnsupported for what
/// is no such file. Does not wait for the other end of a FIFO.
[[nodiscard]] Result<std::vector<std::byte>> read_sidecar_bytes(const System& system,
                                                                const std::string& path,
                                                                std::uint64_t most);

}  // namespace kompakt
