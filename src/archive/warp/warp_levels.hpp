/// \file
/// The level scale of .warp, for archives.
#pragma once

#include "container/levels.hpp"

namespace kompakt {

/// What a level means for an archive. Blocks are larger than those of single files, as similar
/// files lie next to each other: never less content in a block than find_level() has, nor a weaker
/// codec.
[[nodiscard]] Result<Level> find_archive_level(int level);

}  // namespace kompakt
