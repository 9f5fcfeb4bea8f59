/// \file
/// Facts of a compressed input, from a file or a pipe.
#pragma once

#include "files.hpp"
#include "kompakt/inspect.hpp"

namespace kompakt::cli {

/// Opens `name` and reads what its container says. A pipe is first copied to an unnamed file in
/// TMPDIR, because the facts lie at both ends. Nothing: it was reported, and `code` is its fate.
struct Facts {
  std::string name;
  std::optional<ContainerInfo> info;
  Exit code = Exit::kOk;
};
[[nodiscard]] Facts read_facts(const Session& session, const std::string& name, bool count_codecs);

/// Adds the fields that list and info share.
void add_facts(JsonLine& line, const Facts& facts);

/// "zstd 12, store 3".
[[nodiscard]] std::string codecs_text(const ContainerInfo& info);

}  // namespace kompakt::cli
