/// \file
/// What every way of making an archive shares.
#pragma once

#include <functional>
#include <memory>

#include "archive/tree/tree_walk.hpp"
#include "io/system.hpp"
#include "kompakt/archive.hpp"
#include "kompakt/sink.hpp"

namespace kompakt {

/// Counts warnings on their way to the caller. For the whole of a walk and its packing.
class WarningCounter {
 public:
  /// `options` must outlive this.
  explicit WarningCounter(const ArchiveCreateOptions& options) : options_(options) {}
  void operator()(const Status& status) {
    ++count_;
    if (options_.on_warning) {
      options_.on_warning(status);
    }
  }
  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }

 private:
  const ArchiveCreateOptions& options_;  // NOLINT(cppcoreguidelines-*): see the constructor
  std::uint64_t count_ = 0;
};

/// kInvalidArgument for options that the kind of archive has no place for, kUnsupported for kinds
/// that are read only.
[[nodiscard]] Status check_create_options(const ArchiveCreateOptions& options);

/// How a tree is to be walked for such an archive. `warnings` must outlive the walk.
[[nodiscard]] WalkOptions walk_options(const TreeSelection& selection,
                                       const ArchiveCreateOptions& options,
                                       WarningCounter& warnings);

/// Packs what `walk` gives, whose files `system` opens.
[[nodiscard]] Result<ArchiveResult> pack_members(std::unique_ptr<TreeWalk> walk,
                                                 const System& system, Sink& sink,
                                                 const ArchiveCreateOptions& options,
                                                 WarningCounter& warnings);

}  // namespace kompakt
