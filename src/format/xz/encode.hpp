/// \file
/// The .xz writer: one stream of independent blocks.
#pragma once

#include <lzma.h>

#include <memory>

#include "core/staged_job.hpp"
#include "format/format.hpp"

namespace kompakt {

/// What settings mean to the library.
struct XzCoding {
  lzma_options_lzma lzma{};
  lzma_check check = LZMA_CHECK_CRC64;
};
/// kInvalidArgument for what the format has no place for.
[[nodiscard]] Result<XzCoding> xz_coding(const EncodeSettings& settings);

[[nodiscard]] Result<std::unique_ptr<StagedJob>> make_xz_encoder(Source& source, Sink& sink,
                                                                 const EncodeSettings& settings);

/// The content bytes of a block: `wanted` at most, where the size of the whole is not known.
/// Otherwise less, so that blocks are equal and their number suits an even number of cores.
[[nodiscard]] std::uint64_t xz_even_block_size(std::uint64_t wanted,
                                               std::optional<std::uint64_t> total);

}  // namespace kompakt
