/// \file
/// Making .warp archives.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "archive/tree/tree_walk.hpp"
#include "archive/warp/warp_levels.hpp"
#include "core/staged_job.hpp"
#include "io/system.hpp"
#include "kompakt/archive.hpp"
#include "kompakt/options.hpp"
#include "kompakt/sink.hpp"

namespace kompakt {

struct WarpArchiveOptions {
  CodecSpec codec;
  std::size_t block_size = std::size_t{16} << 20U;  ///< 4 KiB to 1 GiB
  bool even_end = false;                            ///< see BlockCutter
  HashId hash = HashId::kBlake3;                    ///< one that .warp has a number for
  /// Changes what is stored of an entry (owners and times of reproducible archives).
  std::function<void(Entry&)> adjust;
  /// Called when a member's content is about to be read, and for members without content before
  /// that; from one thread at a time.
  std::function<void(const Entry&)> on_entry;
  std::function<void(const Status&)> on_warning;
  std::function<void(const BlockReport&)> on_block;
};

struct WarpArchiveCounts {
  std::uint64_t entries = 0;     ///< in the index
  std::uint64_t files = 0;       ///< among them
  std::uint64_t content = 0;     ///< sizes of the files together
  std::uint64_t duplicates = 0;  ///< files whose content another file has, stored once
};

class WarpArchiveJob : public StagedJob {
 public:
  /// Valid after finish().
  [[nodiscard]] virtual WarpArchiveCounts counts() const = 0;
};

/// A job that packs what `walk` finds into `sink`. The first read() walks to the end: every entry
/// is held in memory (about 100 bytes and twice its path). `system` and `sink` must outlive the
/// job. A file is stored with the size that it has when it is opened; what is cut off meanwhile
/// reads as zeros and is warned of; a file that cannot be opened or read is warned of and left out.
/// The bytes written depend on the entries, their content and the options, not on threads nor on
/// the order of the walk.
[[nodiscard]] Result<std::unique_ptr<WarpArchiveJob>> make_warp_archive_job(
    const System& system, std::unique_ptr<TreeWalk> walk, Sink& sink, WarpArchiveOptions options);

}  // namespace kompakt
