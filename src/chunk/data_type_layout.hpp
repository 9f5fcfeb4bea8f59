/// \file
/// Measures how binary data repeats: fixed records, rows of a picture, frames of sound.
#pragma once

#include <cstdint>

#include "chunk/data_type.hpp"
#include "kompakt/bytes.hpp"

namespace kompakt {

/// What a piece of binary data is made of: the fields of Region without its place.
struct Layout {
  DataType type = DataType::kGeneric;  ///< kRecords, kRaster, kPcm, else kGeneric
  std::uint32_t stride = 0;
  std::uint8_t sample_bytes = 0;

  friend bool operator==(const Layout&, const Layout&) = default;
};

/// Measures `piece`, best 64 KiB of it: the longest row found is a quarter of it. What is smaller
/// than 2 KiB is kGeneric. `before` is the last picture found nearby: its row is tried first.
[[nodiscard]] Layout measure_layout(ByteSpan piece, const Layout& before = {});

/// Whether neighbouring values of `piece` are close, so that it is no compressed data.
[[nodiscard]] bool has_smooth_samples(ByteSpan piece);

}  // namespace kompakt
