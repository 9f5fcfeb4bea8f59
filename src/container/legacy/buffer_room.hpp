/// \file
/// What a Buffer costs the pipeline's byte budget.
#pragma once

#include <cstdint>

#include "kompakt/bytes.hpp"

namespace kompakt::legacy {

/// The most memory that a Buffer grown for `size` bytes holds: it rounds up to whole pages, and to
/// huge pages where it is large enough for them.
[[nodiscard]] constexpr std::uint64_t buffer_room(std::uint64_t size) noexcept {
  return size + (size >= 2 * kMiB ? 2 * kMiB : 8 * kKiB);
}

}  // namespace kompakt::legacy
