/// \file
/// One step of a zstd encoder that is fed by hand: that of the codec, and that of the .zst format.
#pragma once

#include <zstd.h>

#include "kompakt/codec.hpp"

namespace kompakt::zstd {

struct EncodeStep {
  std::size_t code = 0;     ///< what the library returned; ZSTD_isError() tells of failure
  StreamProgress progress;  ///< where it did not fail
};

/// Takes of `in` and fills `out` as StreamCoder::step() promises. Each caller says in its own words
/// what failed.
[[nodiscard]] EncodeStep encode_step(ZSTD_CCtx* context, ByteSpan in, MutableByteSpan out,
                                     StreamMode mode);

}  // namespace kompakt::zstd
