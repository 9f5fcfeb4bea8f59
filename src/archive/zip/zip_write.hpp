/// \file
/// The zip writer, as a job: entries in the walk's order, small files batched, large ones cut into
/// parts that are coded side by side into one stream.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "archive/tree/tree_walk.hpp"
#include "core/staged_job.hpp"
#include "kompakt/archive.hpp"
#include "kompakt/sink.hpp"

namespace kompakt {

struct ZipWriteOptions {
  /// deflate: 0 (stored) to 12, 6 by default; of other methods their own scale.
  std::optional<int> level;
  std::string method;                 ///< deflate (also ""), store, zstd, bzip2, xz
  bool reproducible = false;          ///< owners and access times left out, DOS times in UTC
  std::optional<std::int64_t> epoch;  ///< no time later than this is stored
  /// In the archive's order, before the member is written; from one thread at a time.
  std::function<void(const Entry&)> on_entry;
  /// Comes out of read(), as the walk's own warnings do: from one thread at a time.
  std::function<void(const Status&)> on_warning;
  const System* system = nullptr;  ///< for reading the files; unset: the real one
};

struct ZipWriteCounts {
  std::uint64_t entries = 0;  ///< everything counted
  std::uint64_t files = 0;
  std::uint64_t content = 0;  ///< bytes of the files
};

class ZipEncodeJob : public StagedJob {
 public:
  /// Of what was written so far.
  [[nodiscard]] virtual const ZipWriteCounts& counts() const = 0;
};

/// Writes the whole archive to `sink` in order, but leaves Sink::finish() to the caller. The bytes
/// depend neither on the number of threads nor on the kind of sink. kInvalidArgument for a method
/// or level that there is not. Names of files met before (WalkOptions::hard_links) become files
/// again, at the cost of opening them by their paths; a walk that does not tell them apart is
/// better. Holes are read as zeros and extended attributes have no place: a walk need not look.
[[nodiscard]] Result<std::unique_ptr<ZipEncodeJob>> make_zip_encode_job(
    std::unique_ptr<TreeWalk> walk, Sink& sink, ZipWriteOptions options);

}  // namespace kompakt
