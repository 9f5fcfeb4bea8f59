/// \file
/// Extracting a zip archive: many entries at once.
#pragma once

#include <memory>

#include "archive/extract/extract_hooks.hpp"
#include "archive/extract/tree_writer.hpp"
#include "archive/selection.hpp"
#include "archive/zip/zip_directory.hpp"
#include "core/staged_job.hpp"
#include "kompakt/status.hpp"

namespace kompakt {

class ZipExtractJob : public StagedJob {
 public:
  /// Complete once the run is.
  [[nodiscard]] virtual const ExtractCounts& counts() const = 0;
};

/// Extracts the entries that `filter` takes into `writer`, small ones in batches, and calls the
/// hooks. Damaged entries are reported and leave nothing behind; the others go on. Of a writer that
/// writes nothing this is a test of the archive. `archive`, `writer` and `filter` outlive the job.
/// TreeWriter::finish() is called by the job's finish().
[[nodiscard]] Result<std::unique_ptr<ZipExtractJob>> make_zip_extract_job(
    const ZipArchive& archive, TreeWriter& writer, MemberFilter& filter, const ExtractHooks& hooks,
    const ExtractLimits& limits);

}  // namespace kompakt
