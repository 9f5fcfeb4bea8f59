/// \file
/// Entries of an archive that has lost its directory, found by their local headers.
#pragma once

#include <cstdint>
#include <vector>

#include "kompakt/bytes.hpp"
#include "kompakt/source.hpp"
#include "kompakt/status.hpp"

namespace kompakt::zip {

struct RecoveryLimits {
  std::uint64_t max_entries = 0;
  std::uint64_t max_directory = 0;
};

/// Goes through the whole source and makes a central directory of what it finds: records of the
/// old one as far as they are there, and for local headers that none speaks for, records made of
/// those. Sizes that stand behind the data are found by the descriptor, or by decoding deflate to
/// its end; an entry whose end cannot be found gets a record without sizes that reads as damaged.
/// Time is linear in the source's size.
[[nodiscard]] Result<std::vector<std::byte>> recover_directory(const Source& source,
                                                               const RecoveryLimits& limits);

}  // namespace kompakt::zip
