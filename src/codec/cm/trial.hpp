/// \file
/// Settings compared by coding a sample.
#pragma once

#include <cstddef>

#include "codec/cm/plan.hpp"
#include "kompakt/bytes.hpp"

namespace kompakt::cm {

/// Whether `stream`, a picture or sound, is coded in fewer bytes than as binary data without
/// layout, by a sample of at most 64 KiB from the middle of `data`.
[[nodiscard]] bool raster_pays(const Stream& stream, ByteSpan data);

/// Whether a sample of `data` gets smaller where its records' stride is known.
[[nodiscard]] bool stride_pays(const MixSettings& records, ByteSpan data);

}  // namespace kompakt::cm
