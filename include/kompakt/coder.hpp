/// \file
/// Coders that are fed by hand: no source, no sink, no thread of their own that goes on by itself.
#pragma once

#include <memory>

#include "kompakt/codec.hpp"
#include "kompakt/export.h"
#include "kompakt/options.hpp"
#include "kompakt/status.hpp"

namespace kompakt {

/// Encodes one stream (member, frame) of options.format piece by piece. Works on one core whatever
/// options.run.threads says. StreamMode::kFlush makes everything so far decodable where the format
/// can do that without ending the stream (gzip, zlib, zstd, lz4, brotli, xz); kUnsupported
/// elsewhere.
[[nodiscard]] KOMPAKT_API Result<std::unique_ptr<StreamCoder>> make_compressor(
    const CompressOptions& options = {});

/// Decodes one stream (member, frame) and stops behind it: StreamState::kFinished, and the input
/// after it is not consumed, so that a caller sees what follows. reset() makes it ready for the
/// next one. With options.format unset the first bytes tell the format (brotli has to be named).
/// What comes out is verified as decompress() verifies it. Memory is bounded by
/// options.run.max_memory, output by options.max_output, both over the coder's life up to reset().
[[nodiscard]] KOMPAKT_API Result<std::unique_ptr<StreamCoder>> make_decompressor(
    const DecompressOptions& options = {});

}  // namespace kompakt
