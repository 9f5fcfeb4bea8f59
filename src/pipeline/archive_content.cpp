// The content of members, one after the other, into one sink.
#include <utility>

#include "io/decorators.hpp"
#include "kompakt/archive.hpp"
#include "pipeline/archive_open.hpp"
#include "pipeline/archive_reporting.hpp"
#include "pipeline/member_copy.hpp"

namespace kompakt {
namespace {

/// One operation: what it reads from, where to, what it has done.
class ContentWriter {
 public:
  ContentWriter(OpenArchive& archive, Sink& sink, const ArchiveReadOptions& options,
                MemberFilter& filter)
      : archive_(archive), copy_(sink, options.decode), options_(options), filter_(filter) {}

  [[nodiscard]] Status run() {
    return archive_.zip ? run_zip() : archive_.warp ? run_warp() : run_members();
  }
  [[nodiscard]] ArchiveResult& result() noexcept { return result_; }

 private:
  Status run_zip() {
    note_damage(result_.damage, archive_.zip->damage());
    for (std::size_t i = 0; i < archive_.zip->size(); ++i) {
      const Entry entry = archive_.zip->entry(i);
      if (!takes(entry)) {
        continue;
      }
      auto content = archive_.zip->open_entry(i);
      Status status = content.ok() ? copy_.copy(**content, entry.size) : content.status();
      if (Status settled = settle(entry, status); !settled.ok()) {
        return settled;
      }
    }
    return {};
  }

  Status run_warp() {
    Status status =
        archive_.warp->for_each([this](const Entry& entry, const WarpArchive::MemberRange& range) {
          return takes(entry) ? settle(entry, copy_.copy(*archive_.warp, entry, range.offset))
                              : Status();
        });
    note_damage(result_.damage, archive_.warp->damage());
    return status;
  }

  Status run_members() {
    Entry entry;
    for (;;) {
      const auto more = archive_.members->next(entry);
      if (!more.ok() && !is_damage(more.status())) {
        return more.status();
      }
      note_damage(result_.damage, more.ok() ? archive_.members->damage() : more.status());
      if (!more.ok() || !*more) {
        return {};
      }
      if (takes(entry)) {
        const Status copied = copy_.copy(*archive_.members, entry);
        // What the reader calls lost is, whatever the code: a header over a limit, too.
        const bool lost = !archive_.members->lost().ok();
        if (Status settled = settle(entry, copied, lost); !settled.ok()) {
          return settled;
        }
      }
    }
  }

  /// Whether the content of this member is wanted; counts it.
  bool takes(const Entry& entry) {
    if (!filter_.takes(entry.path) || entry.type != EntryType::kFile) {
      return false;
    }
    ++result_.entries;
    ++result_.files;
    result_.content += entry.size;
    if (options_.on_entry) {
      options_.on_entry(entry);
    }
    return true;
  }

  /// Damage costs this member and the others go on; everything else ends the operation, unless the
  /// member is known to be `lost`.
  Status settle(const Entry& entry, const Status& status, bool lost = false) {
    const bool goes_on = is_damage(status) || status.code() == Code::kUnsupported || lost;
    if (status.ok() || !goes_on) {
      return status;
    }
    ++result_.lost;
    note_damage(result_.damage, status);
    if (options_.on_lost) {
      options_.on_lost(entry, status);
    }
    return {};
  }

  OpenArchive& archive_;  // NOLINT(cppcoreguidelines-*): outlives the operation
  MemberCopy copy_;
  const ArchiveReadOptions& options_;  // NOLINT(cppcoreguidelines-*): the same
  MemberFilter& filter_;               // NOLINT(cppcoreguidelines-*): the same
  ArchiveResult result_;
};

}  // namespace

Result<ArchiveResult> extract_members(Source& source, Sink& sink,
                                      const ArchiveReadOptions& options) {
  MemberFilter filter(options.members);
  auto opened = open_archive(source, options, &filter);
  if (!opened.ok()) {
    return opened.status();
  }
  LimitingSink limited(sink, options.decode.max_output);
  CountingSink counted(limited);
  Reporting reporting(options);
  ContentWriter writer(**opened, counted, options, filter);
  if (Status status = writer.run(); !status.ok()) {
    return status;
  }
  ArchiveResult result = std::move(writer.result());
  if (Status status = complete_result(**opened, source, filter, reporting, result); !status.ok()) {
    return status;
  }
  result.bytes_out = counted.bytes();
  if (Status finished = sink.finish(result.bytes_out); !finished.ok()) {
    return finished;
  }
  return result;
}

}  // namespace kompakt
