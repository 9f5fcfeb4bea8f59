/// \file
/// Extracts an archive that is read in order: members from a MemberReader into a TreeWriter.
#pragma once

#include <memory>

#include "archive/extract/extract_hooks.hpp"
#include "archive/extract/tree_writer.hpp"
#include "archive/member_reader.hpp"
#include "archive/selection.hpp"
#include "core/staged_job.hpp"

namespace kompakt {

class MemberExtractJob : public StagedJob {
 public:
  /// What was done; `damage` is the first damage that was gone over. After the run.
  [[nodiscard]] virtual ExtractCounts counts() const = 0;
};

/// Small files go through in batches of about 1 MiB and are created and written in work(); large
/// ones in pieces. A member that damage hits does not appear at all. Where the archive itself ends
/// in damage, what came before is finished, links and folders included, and the run succeeds:
/// counts().damage tells. The arguments must outlive the job, the reader's source too.
[[nodiscard]] std::unique_ptr<MemberExtractJob> make_member_extract_job(MemberReader& reader,
                                                                        TreeWriter& writer,
                                                                        MemberFilter& filter,
                                                                        ExtractHooks hooks,
                                                                        ExtractLimits limits);

}  // namespace kompakt
