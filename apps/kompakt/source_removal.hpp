/// \file
/// --rm: when a source may go, and how.
#pragma once

#include "files.hpp"

namespace kompakt::cli {

/// kOk when --rm may later remove `input`, asked before any work is done. A symlink is refused
/// because removing it would not remove the file; one of several hard links only with --force.
[[nodiscard]] Status check_removable(const Session& session, const Input& input);

/// Removes the input durably, if it is still the file that was read.
[[nodiscard]] Status remove_input(const Session& session, const Input& input);

}  // namespace kompakt::cli
