/// \file
/// Where stretches of a compressed source can be taken from.
#pragma once

#include <optional>

#include "kompakt/seek_index.hpp"
#include "kompakt/stream.hpp"

namespace kompakt {

struct Access {
  std::optional<Format> format;  ///< none: of no format that is known
  bool warp3 = false;
  std::optional<SeekIndex> native;  ///< the source's own index
};

/// Of a random-access source. Reads its native index where that is asked for; a damaged one is as
/// good as none, because decoding will tell of the damage.
[[nodiscard]] Result<Access> find_access(Source& source, const DecompressOptions& options,
                                         bool use_native);

}  // namespace kompakt
