/// \file
/// The reader of .lz4.
#pragma once

#include <memory>
#include <optional>

#include "format/format.hpp"

namespace kompakt::lz4_frame {

[[nodiscard]] Result<std::unique_ptr<DecodeJob>> make_decoder(Source& source, Sink& sink,
                                                              const DecodeSettings& settings);
[[nodiscard]] Result<std::unique_ptr<StagedJob>> make_range_decoder(const Source& source,
                                                                    Sink& sink,
                                                                    const SeekIndex& index,
                                                                    const RangeSettings& settings);
[[nodiscard]] Result<StreamFacts> scan(const Source& source);

}  // namespace kompakt::lz4_frame
