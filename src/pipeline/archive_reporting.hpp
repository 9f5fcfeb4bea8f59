/// \file
/// What the calls that read archives tell of what they did.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include "archive/extract/extract_hooks.hpp"
#include "archive/selection.hpp"
#include "kompakt/archive.hpp"
#include "pipeline/archive_open.hpp"

namespace kompakt {

inline void note_damage(Status& damage, const Status& met) {
  if (damage.ok() && !met.ok()) {
    damage = met;
  }
}

/// A failure that says which member it is of, besides the file that a layer below named.
[[nodiscard]] inline Status about_member(const Status& status, const std::string& member) {
  const auto file = status.file();
  if (status.ok() || file == member) {
    return status;
  }
  Status told = file ? Status(status.code(), "'" + member + "': " + std::string(status.message()))
                           .in_file(*file)
                     : Status(status.code(), std::string(status.message())).in_file(member);
  if (status.block()) {
    told.in_block(*status.block());
  }
  return status.offset() ? told.at_offset(*status.offset()) : told;
}

/// Callers' hooks that also count.
class Reporting {
 public:
  explicit Reporting(const ArchiveReadOptions& options) : options_(options) {}

  void warn(const Status& status) {
    ++warnings_;
    if (options_.on_warning) {
      options_.on_warning(status);
    }
  }
  [[nodiscard]] std::uint64_t warnings() const noexcept { return warnings_; }
  /// They refer to this object.
  [[nodiscard]] ExtractHooks hooks(std::function<void(const Refusal&)> on_refused) {
    return {.on_entry = options_.on_entry,
            .on_refused = std::move(on_refused),
            .on_lost = options_.on_lost,
            .on_note = options_.on_note};
  }

 private:
  const ArchiveReadOptions& options_;  // NOLINT(cppcoreguidelines-*): outlives the operation
  std::uint64_t warnings_ = 0;
};

/// Fills in what does not depend on the operation, once the members have been read. Of the stream
/// around them the rest is read: damage behind the last member costs no member but is told. What
/// is no damage is returned.
[[nodiscard]] inline Status complete_result(OpenArchive& archive, const Source& source,
                                            const MemberFilter& filter, Reporting& reporting,
                                            ArchiveResult& result) {
  if (archive.content) {
    Status ended = archive.content->drain();
    if (!ended.ok() && !is_damage(ended)) {
      return ended;
    }
    // The cause, where members were cut off by it.
    result.damage = ended.ok() ? result.damage : ended;
  }
  result.kind = archive.target.kind;
  result.filter = archive.target.filter;
  result.format_name = archive.format_name();
  result.unmatched = filter.unmatched();
  if (archive.decoded) {
    result.bytes_in = archive.decoded->bytes_in;
    for (const Status& warning : archive.decoded->facts.warnings) {
      reporting.warn(warning);
    }
  } else if (const auto size = source.size(); size) {
    result.bytes_in = *size;
  }
  result.warnings = reporting.warnings();
  return {};
}

}  // namespace kompakt
