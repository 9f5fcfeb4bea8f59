/// \file
/// The index that .xz files carry, of all their streams.
#pragma once

#include <lzma.h>

#include <memory>
#include <optional>

#include "format/format.hpp"

namespace kompakt {

struct LzmaIndexDeleter {
  void operator()(lzma_index* index) const noexcept { lzma_index_end(index, nullptr); }
};
using LzmaIndex = std::unique_ptr<lzma_index, LzmaIndexDeleter>;

/// Reads footers, indexes and headers of all streams of a random-access source, from its end. The
/// failure says what is wrong with them; content is not looked at. Holds at most `max_memory`
/// bytes.
[[nodiscard]] Result<LzmaIndex> read_xz_index(const Source& source, std::uint64_t max_memory);

[[nodiscard]] Result<StreamFacts> scan_xz(const Source& source);
[[nodiscard]] Result<std::optional<SeekIndex>> xz_native_index(const Source& source);

}  // namespace kompakt
