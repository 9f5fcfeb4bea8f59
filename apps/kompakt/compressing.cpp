#include "compressing.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>

#include "source_removal.hpp"

namespace kompakt::cli {
namespace {

WarpMetadata for_warp(std::string name, const FileMetadata& file, WarpMetadata::Time modified) {
  WarpMetadata out;
  out.name = std::move(name);
  out.mode = file.mode;
  out.modified = modified;
  if (file.has_owner) {
    out.owner = WarpMetadata::Owner{.uid = file.uid, .gid = file.gid};
  }
  for (const auto& [attribute, value] : file.xattrs) {
    if (may_travel(attribute)) {
      out.xattrs.emplace_back(attribute, value);
    }
  }
  return out;
}

}  // namespace

std::optional<std::int64_t> source_date_epoch(const World& world) {
  const auto text = world.environment("SOURCE_DATE_EPOCH");
  std::int64_t seconds = 0;
  if (!text ||
      std::from_chars(text->data(), text->data() + text->size(), seconds).ec != std::errc()) {
    return std::nullopt;
  }
  return seconds;
}

Status check_packed_output(const Session& session, const std::string& path) {
  return path == "-" && !session.request.force && session.world.is_terminal(session.world.out)
             ? Status(Code::kInvalidArgument,
                      "compressed data is not written to a terminal (--force does it; -h shows "
                      "help)")
             : Status();
}

Result<Output> open_removing_output(const Session& session, const std::string& path,
                                    const Input& input) {
  if (session.request.remove_source) {
    if (Status removable = check_removable(session, input); !removable.ok()) {
      return removable;
    }
  }
  return Output::open(session, path, input);
}

std::size_t solid_block(std::optional<std::uint64_t> size) {
  constexpr std::uint64_t kUnknown = 256 * kMiB;
  constexpr std::uint64_t kPage = 4 * kKiB;  // the smallest block
  const std::uint64_t most = std::min(size.value_or(kUnknown), kGiB);
  return static_cast<std::size_t>(std::max((most + kPage - 1) / kPage * kPage, kPage));
}

CompressOptions compress_options(const Session& session) {
  const Request& request = session.request;
  CompressOptions options{
      .format = request.format,
      .level = request.level,
      .settings = request.settings,
      .codec = request.codec,
      .block_size = request.solid ? std::optional(solid_block(std::nullopt)) : request.block_size,
      .checksum = request.checksum,
      .metadata = std::nullopt,
      .on_block = {},
      .run = {}};
  options.settings.dictionary = session.dictionary;
  options.run.threads = request.threads;
  options.run.max_memory = request.memory;
  return options;
}

void remember(const Session& session, std::string name, const FileMetadata& metadata,
              CompressOptions& options) {
  WarpMetadata::Time modified{.seconds = metadata.modified.tv_sec,
                              .nanoseconds = static_cast<std::uint32_t>(metadata.modified.tv_nsec)};
  if (const auto latest = source_date_epoch(session.world); latest && modified.seconds >= *latest) {
    modified = {.seconds = *latest, .nanoseconds = 0};
  }
  if (options.format == Format::kWarp) {
    options.metadata = for_warp(std::move(name), metadata, modified);
  } else if (options.format == Format::kGzip) {
    // Headers of many members hold their sizes and no name, unless that is asked for in so many
    // words.
    if (!options.settings.seekable || session.request.restore_name) {
      options.settings.name = std::move(name);
    }
    // The header's field has 32 bits, and 0 says that nothing is known.
    if (session.request.keep_time && modified.seconds > 0 &&
        modified.seconds <= std::numeric_limits<std::uint32_t>::max()) {
      options.settings.modified = static_cast<std::uint32_t>(modified.seconds);
    }
  }
}

}  // namespace kompakt::cli
