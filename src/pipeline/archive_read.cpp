// The public calls that read archives: list, test, extract, content of members.
#include <algorithm>
#include <cstddef>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "archive/extract/extract_hooks.hpp"
#include "archive/extract/member_job.hpp"
#include "archive/extract/tree_writer.hpp"
#include "archive/warp/warp_extract.hpp"
#include "archive/zip/zip_extract.hpp"
#include "kompakt/archive.hpp"
#include "kompakt/stream.hpp"
#include "pipeline/archive_open.hpp"
#include "pipeline/archive_reporting.hpp"
#include "pipeline/archive_run.hpp"
#include "pipeline/running.hpp"

namespace kompakt {
namespace {

struct Extraction {
  TreeWriter& writer;
  double max_ratio = std::numeric_limits<double>::max();
  std::function<void(const Refusal&)> on_refused;
};

/// Runs an extracting job to its end.
template <typename Job>
Status run_extraction(Job& job, const RunControl& control, ArchiveResult& result) {
  const auto run = run_to_end(job, control);
  if (!run.ok()) {
    return run.status();
  }
  const ExtractCounts counts = job.counts();
  result.entries = counts.entries;
  result.files = counts.files;
  result.content = counts.content;
  result.refused = counts.refused;
  result.lost = counts.lost;
  result.damage = counts.damage;
  result.threads = run->threads;
  return {};
}

Result<ArchiveResult> extract_with(const ArchiveRun& run, const Extraction& extraction) {
  OpenArchive& archive = run.archive;
  const ArchiveReadOptions& read = run.options;
  Reporting reporting(read);
  const ExtractHooks hooks = reporting.hooks(extraction.on_refused);
  ExtractLimits limits;
  limits.max_output = read.decode.max_output;
  limits.max_ratio = extraction.max_ratio;
  limits.cancel = read.decode.run.cancel;
  if (archive.compressed) {
    limits.consumed = [&archive] { return archive.compressed->bytes(); };
  }
  RunControl control = read.decode.run;
  if (archive.content) {
    control.on_progress = nullptr;  // the decoder's thread calls it
  }
  ArchiveResult result;
  Status status;
  if (archive.zip) {
    auto job = make_zip_extract_job(*archive.zip, extraction.writer, run.filter, hooks, limits);
    status = job.ok() ? run_extraction(**job, control, result) : job.status();
    note_damage(result.damage, archive.zip->damage());
    if (!archive.zip->warning().ok()) {
      reporting.warn(archive.zip->warning());
    }
  } else if (archive.warp) {
    auto job = make_warp_extract_job(
        *archive.warp, extraction.writer, run.filter,
        {.hooks = hooks,
         .limits = limits,
         .decode = limits_of(control, std::numeric_limits<std::uint64_t>::max()),
         .verify_digests = true,
         .names = read.members.names});
    status = job.ok() ? run_extraction(**job, control, result) : job.status();
    note_damage(result.damage, archive.warp->damage());
  } else {
    const auto job =
        make_member_extract_job(*archive.members, extraction.writer, run.filter, hooks, limits);
    status = run_extraction(*job, control, result);
  }
  if (!status.ok()) {
    return status;
  }
  if (Status completed = complete_result(archive, run.source, run.filter, reporting, result);
      !completed.ok()) {
    return completed;
  }
  result.bytes_out = extraction.writer.bytes_written();
  return result;
}

/// Counts and tells a member, if it is selected.
void list_entry(const Entry& entry, const ArchiveReadOptions& options, MemberFilter& filter,
                ArchiveListResult& result) {
  if (!filter.takes(entry.path)) {
    return;
  }
  ++result.entries;
  result.files += entry.type == EntryType::kFile ? 1 : 0;
  result.content += entry.size;
  if (options.on_entry) {
    options.on_entry(entry);
  }
}

Status too_many(const Entry& entry, const ArchiveReadOptions& options) {
  return {Code::kLimitExceeded, "more than " + std::to_string(options.max_entries) +
                                    " members, the limit: at '" + entry.path + "'"};
}

/// Lists through a reader that goes from member to member.
Status list_members(OpenArchive& archive, const ArchiveReadOptions& options, MemberFilter& filter,
                    ArchiveListResult& result) {
  Entry entry;
  std::uint64_t met = 0;
  for (;;) {
    if (options.decode.run.cancel != nullptr && options.decode.run.cancel->cancelled()) {
      return {Code::kCancelled, "cancelled"};
    }
    const auto more = archive.members->next(entry);
    if (!more.ok()) {
      if (!is_damage(more.status())) {
        return more.status();
      }
      note_damage(result.damage, more.status());
      break;
    }
    if (!*more) {
      break;
    }
    if (++met > options.max_entries) {
      return too_many(entry, options);
    }
    if (const Status lost = archive.members->lost(); !lost.ok()) {
      ++result.lost;
      note_damage(result.damage, lost);
      if (options.on_lost) {
        options.on_lost(entry, lost);
      }
      continue;
    }
    if (result.table) {
      result.table->rows.push_back({archive.members->member_position(), entry});
    }
    list_entry(entry, options, filter, result);
  }
  note_damage(result.damage, archive.members->damage());
  return {};
}

/// A listing out of a table alone.
Result<ArchiveListResult> list_table(const Source& source, const ArchiveReadOptions& options) {
  MemberFilter filter(options.members);
  ArchiveListResult result;
  const auto target = archive_target(source.name());
  result.kind = ArchiveKind::kTar;
  result.filter = options.index != nullptr ? std::optional(options.index->format)
                                           : (target ? target->filter : std::nullopt);
  result.format_name = target_name({.kind = result.kind, .filter = result.filter});
  for (const MemberTable::Row& row : options.table->rows) {
    list_entry(row.entry, options, filter, result);
  }
  result.bytes_in = source.size().value_or(0);
  result.unmatched = filter.unmatched();
  return result;
}

}  // namespace

Result<std::unique_ptr<TreeWriter>> open_target(const ArchiveExtractOptions& options) {
  return TreeWriter::open(real_system(), {.directory = options.directory,
                                          .overwrite = options.overwrite,
                                          .skip_existing = options.skip_existing,
                                          .allow_devices = options.allow_devices,
                                          .allow_setuid = options.allow_setuid,
                                          .keep_owner = options.keep_owner,
                                          .keep_xattrs = options.keep_xattrs,
                                          .keep_times = options.keep_times,
                                          .sync = options.sync,
                                          .strip_components = options.strip_components,
                                          .max_entries = options.read.max_entries,
                                          .max_depth = options.read.max_depth,
                                          .max_path = options.read.max_path});
}

Result<ArchiveResult> extract_open(const ArchiveRun& run, TreeWriter& writer,
                                   const ArchiveExtractOptions& options) {
  return extract_with(
      run, {.writer = writer, .max_ratio = options.max_ratio, .on_refused = options.on_refused});
}

Result<ArchiveResult> test_open(const ArchiveRun& run) {
  const auto writer = make_null_tree_writer({.max_entries = run.options.max_entries,
                                             .max_depth = run.options.max_depth,
                                             .max_path = run.options.max_path});
  return extract_with(run, {.writer = *writer, .on_refused = {}});
}

Result<ArchiveListResult> list_open(const ArchiveRun& run, bool collect_table) {
  OpenArchive& archive = run.archive;
  const ArchiveReadOptions& options = run.options;
  Reporting reporting(options);
  ArchiveListResult result;
  if (archive.members) {
    if (collect_table && archive.target.kind == ArchiveKind::kTar) {
      result.table.emplace();
    }
    if (Status status = list_members(archive, options, run.filter, result); !status.ok()) {
      return status;
    }
  } else if (archive.zip) {
    for (std::size_t i = 0; i < archive.zip->size(); ++i) {
      list_entry(archive.zip->entry(i), options, run.filter, result);
    }
    result.damage = archive.zip->damage();
  } else {
    std::uint64_t met = 0;
    const Status listed =
        archive.warp->for_each([&](const Entry& entry, const WarpArchive::MemberRange& range) {
          static_cast<void>(range);
          if (++met > options.max_entries) {
            return too_many(entry, options);
          }
          list_entry(entry, options, run.filter, result);
          return Status();
        });
    if (!listed.ok()) {
      return listed;
    }
    result.damage = archive.warp->damage();
  }
  if (Status completed = complete_result(archive, run.source, run.filter, reporting, result);
      !completed.ok()) {
    return completed;
  }
  if (archive.decoded) {
    result.index = std::move(archive.decoded->index);
  }
  if (!result.damage.ok()) {
    result.table.reset();  // of a damaged archive only a part is known
  }
  return result;
}

Result<ArchiveResult> extract_archive(Source& source, const ArchiveExtractOptions& options) {
  auto writer = open_target(options);
  if (!writer.ok()) {
    return writer.status();
  }
  MemberFilter filter(options.read.members);
  auto opened = open_archive(source, options.read, &filter);
  if (!opened.ok()) {
    return opened.status();
  }
  return extract_open({**opened, source, options.read, filter}, **writer, options);
}

Result<ArchiveResult> test_archive(Source& source, const ArchiveReadOptions& options) {
  MemberFilter filter(options.members);
  auto opened = open_archive(source, options, &filter);
  if (!opened.ok()) {
    return opened.status();
  }
  return test_open({**opened, source, options, filter});
}

Result<ArchiveListResult> list_archive(Source& source, const ArchiveReadOptions& options,
                                       bool collect_table) {
  if (options.table != nullptr) {
    return list_table(source, options);
  }
  MemberFilter filter(options.members);
  auto opened = open_archive(source, options);
  if (!opened.ok()) {
    return opened.status();
  }
  return list_open({**opened, source, options, filter}, collect_table);
}

}  // namespace kompakt
