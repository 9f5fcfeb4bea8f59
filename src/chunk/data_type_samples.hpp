/// \file
/// Finds samples in binary data: pictures and sound.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "chunk/data_type_layout.hpp"
#include "kompakt/bytes.hpp"

namespace kompakt {

/// The smallest piece that the calls below look at.
inline constexpr std::size_t kSmallestPiece = 2048;

/// Whether `piece`, of kSmallestPiece bytes or more, is a picture like `before`: rows of that size
/// resemble each other.
[[nodiscard]] bool same_picture(ByteSpan piece, const Layout& before);

/// Values in `piece` that are close to their neighbours.
struct Smoothness {
  std::uint32_t width = 0;        ///< bytes from a value to its neighbour
  std::uint8_t sample_bytes = 0;  ///< 2: 16-bit little-endian, compared as such
  std::uint32_t near = 0;         ///< sum of differences between neighbours
  std::uint32_t far = 0;          ///< the same between values that lie apart
  bool steady = false;            ///< unequal neighbours are close too
  bool doubtful = false;          ///< most bytes are equal anyway, and the rest is hardly steady
};

/// The widths at which `piece` is smooth, the smoothest first; at most two.
[[nodiscard]] std::vector<Smoothness> find_smooth_samples(ByteSpan piece);

/// The picture or sound that `smooth` is part of, or nullopt where it has no rows and is no sound.
[[nodiscard]] std::optional<Layout> picture_or_sound(ByteSpan piece, const Smoothness& smooth);

}  // namespace kompakt
