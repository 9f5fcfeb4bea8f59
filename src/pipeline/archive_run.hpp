/// \file
/// The operations on an archive that is open already.
#pragma once

#include "archive/extract/tree_writer.hpp"
#include "archive/selection.hpp"
#include "kompakt/archive.hpp"
#include "pipeline/archive_open.hpp"

namespace kompakt {

/// What all of them work on. Everything in it outlives the operation.
struct ArchiveRun {
  OpenArchive& archive;
  const Source& source;
  const ArchiveReadOptions& options;
  MemberFilter& filter;
};

[[nodiscard]] Result<std::unique_ptr<TreeWriter>> open_target(const ArchiveExtractOptions& options);
/// `options.read` is not looked at: the run has its own.
[[nodiscard]] Result<ArchiveResult> extract_open(const ArchiveRun& run, TreeWriter& writer,
                                                 const ArchiveExtractOptions& options);
[[nodiscard]] Result<ArchiveResult> test_open(const ArchiveRun& run);
[[nodiscard]] Result<ArchiveListResult> list_open(const ArchiveRun& run, bool collect_table);

}  // namespace kompakt
