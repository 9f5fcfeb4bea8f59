// Packing files into an archive.
#include "pipeline/archive_create.hpp"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "archive/epoch.hpp"
#include "archive/tar/tar_writer.hpp"
#include "archive/tree/tree_walk.hpp"
#include "archive/warp/warp_create.hpp"
#include "archive/warp/warp_levels.hpp"
#include "archive/zip/zip_write.hpp"
#include "container/levels.hpp"
#include "io/decorators.hpp"
#include "kompakt/archive.hpp"
#include "kompakt/stream.hpp"
#include "pipeline/running.hpp"

namespace kompakt {
namespace {

constexpr std::size_t kCopySize = std::size_t{1} << 20U;

/// A plain tar: its bytes as they are.
Result<StreamResult> copy_all(Source& source, Sink& sink, const RunControl& control) {
  StreamResult result;
  std::vector<std::byte> room(kCopySize);
  for (;;) {
    if (control.cancel != nullptr && control.cancel->cancelled()) {
      return Status(Code::kCancelled, "cancelled");
    }
    const auto got = source.read(room);
    if (!got.ok()) {
      return got.status();
    }
    if (Status status = sink.write(ByteSpan(room).first(*got)); !status.ok()) {
      return status;
    }
    result.bytes_in += *got;
    result.bytes_out += *got;
    if (control.on_progress) {
      control.on_progress({.bytes_in = result.bytes_in, .bytes_out = result.bytes_out});
    }
    if (*got < room.size()) {
      break;
    }
  }
  if (Status status = sink.finish(result.bytes_out); !status.ok()) {
    return status;
  }
  return result;
}

/// What every kind of archive is written with.
struct Packing {
  std::unique_ptr<TreeWalk> walk;
  const System& system;
  Sink& sink;
  const ArchiveCreateOptions& options;
  std::function<void(const Status&)> on_warning;
};

template <typename Counts>
Result<ArchiveResult> packed(const Result<StreamResult>& run, const Counts& counts) {
  if (!run.ok()) {
    return run.status();
  }
  ArchiveResult result;
  result.entries = counts.entries;
  result.files = counts.files;
  result.content = counts.content;
  result.bytes_in = counts.content;
  result.bytes_out = run->bytes_out;
  result.threads = run->threads;
  return result;
}

Result<ArchiveResult> create_tar(Packing packing) {
  const ArchiveCreateOptions& options = packing.options;
  auto tar = make_tar_source(std::move(packing.walk), {.reproducible = options.reproducible,
                                                       .epoch = options.epoch,
                                                       .on_entry = options.on_entry,
                                                       .on_warning = packing.on_warning,
                                                       .system = &packing.system});
  if (!tar.ok()) {
    return tar.status();
  }
  HashingSource content(**tar, HashId::kXxh3);
  const auto described = [&](const Result<StreamResult>& run) {
    auto result = packed(run, (*tar)->counts());
    if (result.ok()) {
      result->tar_bytes = (*tar)->counts().bytes;
      result->tar_hash = integer_of(content.digest());
    }
    return result;
  };
  if (!options.target.filter) {
    return described(copy_all(content, packing.sink, options.run));
  }
  CompressOptions compression;
  compression.format = *options.target.filter;
  compression.level = options.level;
  compression.settings = options.settings;
  compression.codec = options.codec;
  compression.block_size = options.block_size;
  compression.checksum = options.checksum;
  compression.run = options.run;
  return described(compress(content, packing.sink, compression));
}

Result<ArchiveResult> create_zip(Packing packing) {
  const ArchiveCreateOptions& options = packing.options;
  auto job = make_zip_encode_job(std::move(packing.walk), packing.sink,
                                 {.level = options.level,
                                  .method = options.zip_method,
                                  .reproducible = options.reproducible,
                                  .epoch = options.epoch,
                                  .on_entry = options.on_entry,
                                  .on_warning = packing.on_warning,
                                  .system = &packing.system});
  if (!job.ok()) {
    return job.status();
  }
  return packed(run_and_finish(**job, packing.sink, options.run), (*job)->counts());
}

/// Of a reproducible archive: nothing that depends on who packs it or when.
void adjust_entry(Entry& entry, bool reproducible, std::optional<std::int64_t> epoch) {
  for (auto* time : {&entry.modified, &entry.accessed}) {
    if (*time) {
      cut_to_epoch(**time, epoch);
    }
  }
  if (!reproducible) {
    return;
  }
  entry.owner = Entry::Owner{};
  entry.user.clear();
  entry.group.clear();
  entry.accessed.reset();
  if (entry.modified) {
    entry.modified->nanoseconds = 0;
  }
}

Result<ArchiveResult> create_warp(Packing packing) {
  const ArchiveCreateOptions& options = packing.options;
  auto level = adjust_level(find_archive_level(options.level.value_or(kDefaultLevel)),
                            options.codec, options.block_size, std::size_t{16} << 20U);
  if (!level.ok()) {
    return level.status();
  }
  WarpArchiveOptions warp{.codec = level->codec,
                          .block_size = level->block_size,
                          .even_end = level->even_end,
                          .hash = options.checksum,
                          .adjust = {},
                          .on_entry = options.on_entry,
                          .on_warning = packing.on_warning,
                          .on_block = {}};
  if (options.reproducible || options.epoch) {
    warp.adjust = [&options](Entry& entry) {
      adjust_entry(entry, options.reproducible, options.epoch);
    };
  }
  auto job =
      make_warp_archive_job(packing.system, std::move(packing.walk), packing.sink, std::move(warp));
  if (!job.ok()) {
    return job.status();
  }
  auto run = run_to_end(**job, options.run);
  if (!run.ok()) {
    return run.status();
  }
  const WarpArchiveCounts counts = (*job)->counts();
  auto result = packed(run, counts);
  result->duplicates = counts.duplicates;
  return result;
}

}  // namespace

Status check_create_options(const ArchiveCreateOptions& options) {
  const ArchiveKind kind = options.target.kind;
  if (kind == ArchiveKind::kOther) {
    return {Code::kUnsupported, "archives of this kind are read only"};
  }
  const bool warp =
      kind == ArchiveKind::kWarp || options.target.filter == std::optional(Format::kWarp);
  if (!warp && (options.codec || options.block_size)) {
    return {Code::kInvalidArgument, "a codec and a block size are for .warp archives"};
  }
  if (kind != ArchiveKind::kZip && !options.zip_method.empty()) {
    return {Code::kInvalidArgument, "a zip method is for zip archives"};
  }
  if (kind == ArchiveKind::kTar && !options.target.filter && options.level) {
    return {Code::kInvalidArgument, "a plain tar has no level"};
  }
  return {};
}

// zip has no place for links between files, attributes, names of owners and holes; .warp reads the
// files later, in an order of its own.
WalkOptions walk_options(const TreeSelection& selection, const ArchiveCreateOptions& options,
                         WarningCounter& warnings) {
  const bool zip = options.target.kind == ArchiveKind::kZip;
  return {.open_files = options.target.kind != ArchiveKind::kWarp,
          .xattrs = selection.xattrs && !zip,
          .owner_names = !options.reproducible && !zip,
          .sparse = !zip,
          .hard_links = !zip,
          .root_member = {},
          .skip = options.skip,
          .on_warning = [&warnings](const Status& status) { warnings(status); }};
}

Result<ArchiveResult> pack_members(std::unique_ptr<TreeWalk> walk, const System& system, Sink& sink,
                                   const ArchiveCreateOptions& options, WarningCounter& warnings) {
  Packing packing{.walk = std::move(walk),
                  .system = system,
                  .sink = sink,
                  .options = options,
                  .on_warning = [&warnings](const Status& status) { warnings(status); }};
  auto result = options.target.kind == ArchiveKind::kTar   ? create_tar(std::move(packing))
                : options.target.kind == ArchiveKind::kZip ? create_zip(std::move(packing))
                                                           : create_warp(std::move(packing));
  if (result.ok()) {
    result->kind = options.target.kind;
    result->filter = options.target.filter;
    result->format_name = target_name(options.target);
    result->warnings = warnings.count();
  }
  return result;
}

Result<ArchiveResult> create_archive(const TreeSelection& selection, Sink& sink,
                                     const ArchiveCreateOptions& options) {
  if (Status status = check_create_options(options); !status.ok()) {
    return status;
  }
  WarningCounter warnings(options);
  auto walk = TreeWalk::open(real_system(), selection, walk_options(selection, options, warnings));
  if (!walk.ok()) {
    return walk.status();
  }
  return pack_members(std::move(*walk), real_system(), sink, options, warnings);
}

}  // namespace kompakt
