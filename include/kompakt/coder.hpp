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
/// options.run.threads says, and calls neither options.run.on_progress nor the executor. Every
/// option is honoured as compress() honours it; kInvalidArgument and kLimitExceeded come at once.
///
/// StreamMode::kFlush makes everything so far decodable without ending the stream: gzip, zlib,
/// zstd, lz4, brotli, xz. kUnsupported elsewhere, and with settings that need whole parts (blocks
/// of a chosen size, seekable layouts, gzip levels above 9, a name in gzip, a dictionary in lz4);
/// the stream can go on after that.
///
/// After a failure every step() returns it again, until reset().
[[nodiscard]] KOMPAKT_API Result<std::unique_ptr<StreamCoder>> make_compressor(
    const CompressOptions& options = {});

/// Decodes one stream (member, frame) and stops behind it: StreamState::kFinished, and the input
/// after it is not consumed, so that a caller sees what follows. reset() makes it ready for the
/// next one; skippable frames before a frame are passed over, padding between xz streams is the
/// caller's to skip. With options.format unset the first bytes tell the format, anew after each
/// reset() (brotli has to be named).
///
/// Streams that do not say where they end reach to the end of the input, which
/// StreamMode::kFinish tells: snappy, .warp before version 3, lz4 with a dictionary. Legacy lz4
/// frames are kUnsupported.
///
/// What comes out is verified as decompress() verifies it. Memory is bounded by
/// options.run.max_memory, output by options.max_output, both over the coder's life up to reset().
/// kInvalidArgument for an index, and for going on after damage.
[[nodiscard]] KOMPAKT_API Result<std::unique_ptr<StreamCoder>> make_decompressor(
    const DecompressOptions& options = {});

}  // namespace kompakt
