/// \file
/// Extracting members of .warp archives.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "archive/extract/extract_hooks.hpp"
#include "archive/extract/tree_writer.hpp"
#include "archive/selection.hpp"
#include "archive/warp/warp_archive.hpp"
#include "core/staged_job.hpp"
#include "kompakt/codec.hpp"

namespace kompakt {

struct WarpExtractOptions {
  ExtractHooks hooks;
  ExtractLimits limits;  ///< `consumed` is not asked: the ratio is that to the whole archive
  Limits decode;         ///< memory of decoders
  /// Compare the digests of members that lie in one block. Every block's checksums are verified
  /// always, before and after decoding.
  bool verify_digests = true;
  /// The names that the filter was made of. Where all are plain, only the parts of the index that
  /// may have them are read. Empty: everything is asked for.
  std::vector<std::string> names;
};

class WarpExtractJob : public StagedJob {
 public:
  /// Valid after the run, also after one that failed.
  [[nodiscard]] virtual const ExtractCounts& counts() const = 0;
};

/// A job that gives the members that `filter` takes to `writer`; all three must outlive it. Only
/// blocks that hold wanted content are read, each once, in parallel. A damaged block costs the
/// members that have content in it, a damaged part of the index those that it names: on_lost tells
/// of the former, counts().damage of both. Members with the same content are written one by one.
[[nodiscard]] Result<std::unique_ptr<WarpExtractJob>> make_warp_extract_job(
    WarpArchive& archive, TreeWriter& writer, MemberFilter& filter, WarpExtractOptions options);

}  // namespace kompakt
