/// \file
/// What the public calls share: from options to a run of a job.
#pragma once

#include <cstddef>
#include <vector>

#include "core/staged_job.hpp"
#include "format/format.hpp"
#include "kompakt/stream.hpp"
#include "pipeline/run.hpp"

namespace kompakt {

[[nodiscard]] RunOptions run_options(const RunControl& control);
[[nodiscard]] Limits limits_of(const RunControl& control, std::uint64_t max_output);

/// Runs `job`. The result has sizes and threads.
[[nodiscard]] Result<StreamResult> run_to_end(StagedJob& job, const RunControl& control);
/// The same for a job that leaves the end of its output to the caller.
[[nodiscard]] Result<StreamResult> run_and_finish(StagedJob& job, Sink& sink,
                                                  const RunControl& control);

/// The first bytes of a source, taken from it where it cannot be read twice.
[[nodiscard]] Result<std::vector<std::byte>> peek(Source& source, std::size_t count);

/// The settings of a format's reader.
[[nodiscard]] DecodeSettings decode_settings(const DecompressOptions& options);

}  // namespace kompakt
