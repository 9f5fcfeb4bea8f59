/// \file
/// Writing .warp version 3.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "container/metadata.hpp"
#include "core/staged_job.hpp"
#include "kompakt/codec.hpp"
#include "kompakt/options.hpp"
#include "kompakt/sink.hpp"
#include "kompakt/source.hpp"

namespace kompakt {

struct WarpEncodeOptions {
  CodecSpec codec;
  std::size_t block_size = std::size_t{1} << 20U;  ///< 4 KiB to 1 GiB
  HashId hash = HashId::kBlake3;
  std::optional<WarpMetadata> metadata;
  std::function<void(const BlockReport&)> on_block;  ///< called in block order
};

/// A job that compresses all of `source` to `sink`; both must outlive it. kInvalidArgument for a
/// block size out of range or a hash that .warp has no number for.
[[nodiscard]] Result<std::unique_ptr<StagedJob>> make_warp_encode_job(Source& source, Sink& sink,
                                                                      WarpEncodeOptions options);

}  // namespace kompakt
