/// \file
/// What gzip and zlib offer to readers.
#pragma once

#include <memory>
#include <optional>

#include "codec/deflate/framing.hpp"
#include "format/format.hpp"

namespace kompakt::gzip {

using deflate::Framing;

[[nodiscard]] Result<std::unique_ptr<DecodeJob>> make_decode_job(Source& source, Sink& sink,
                                                                 const DecodeSettings& settings,
                                                                 Framing framing);
[[nodiscard]] Result<std::unique_ptr<StagedJob>> make_range_job(const Source& source, Sink& sink,
                                                                const SeekIndex& index,
                                                                const RangeSettings& settings,
                                                                Framing framing);
/// Facts of the first header and, where every member tells its size, of all members.
[[nodiscard]] Result<StreamFacts> scan_gzip(const Source& source);
/// The members of an input in which every one tells its size; nullopt of any other.
[[nodiscard]] Result<std::optional<SeekIndex>> native_index(const Source& source);

}  // namespace kompakt::gzip
