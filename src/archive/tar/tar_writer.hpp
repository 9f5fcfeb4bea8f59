/// \file
/// The bytes of a tar, made of the files that a walk gives while they are read.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "archive/tree/tree_walk.hpp"
#include "io/system.hpp"
#include "kompakt/archive.hpp"
#include "kompakt/source.hpp"
#include "kompakt/status.hpp"

namespace kompakt {

struct TarWriteOptions {
  bool reproducible = false;
  std::optional<std::int64_t> epoch;
  std::function<void(const Entry&)> on_entry;     ///< before a member is written
  std::function<void(const Status&)> on_warning;  ///< left out, or changed while it was read
  const System* system = nullptr;                 ///< nullptr: the real one
};

/// What has been written so far.
struct TarCounts {
  std::uint64_t entries = 0;
  std::uint64_t files = 0;
  std::uint64_t content = 0;  ///< bytes of files, holes included
  std::uint64_t read = 0;     ///< bytes read of files, holes left out
  std::uint64_t bytes = 0;    ///< of the archive
  std::uint64_t warnings = 0;
};

/// In order only. File content is read straight into the caller's memory. A file that shrinks while
/// it is read is filled up with zeros, one that grows is cut, both with a warning; one that cannot
/// be opened is left out with a warning. Ends with zeros up to a multiple of 10 KiB, as tar does.
class TarSource : public Source {
 public:
  [[nodiscard]] virtual const TarCounts& counts() const = 0;
};

[[nodiscard]] Result<std::unique_ptr<TarSource>> make_tar_source(std::unique_ptr<TreeWalk> walk,
                                                                 TarWriteOptions options);

}  // namespace kompakt
