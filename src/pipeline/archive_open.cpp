#include "pipeline/archive_open.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>
#include <vector>

#include "archive/foreign/foreign.hpp"
#include "archive/tar/tar_reader.hpp"
#include "container/warp3_layout.hpp"
#include "container/warp_index.hpp"
#include "format/format.hpp"
#include "kompakt/stream.hpp"
#include "pipeline/running.hpp"

namespace kompakt {
namespace {

constexpr std::size_t kTarBlock = 512;
/// So much of the beginning tells everything that can be told by it.
constexpr std::size_t kHeadSize = kForeignHeadSize;
/// Stretches of a tar that lie closer to each other than this are read as one.
constexpr std::uint64_t kJoinGap = std::uint64_t{1} << 20U;

bool starts_with(ByteSpan head, std::string_view text) {
  return head.size() >= text.size() &&
         std::equal(text.begin(), text.end(), head.begin(), [](char c, std::byte b) {
           return std::byte{static_cast<unsigned char>(c)} == b;
         });
}

bool is_zip(ByteSpan head) {
  using namespace std::string_view_literals;
  return starts_with(head, "PK\x03\x04"sv) || starts_with(head, "PK\x05\x06"sv) ||
         starts_with(head, "PK\x07\x08"sv);
}

bool is_warp3(ByteSpan head) {
  return starts_with(head, "WARP") && head.size() > 4 && head[4] == std::byte{warp3::kVersion};
}

/// An empty tar is nothing but zeros: only its name tells it from any other zeros.
bool is_tar(ByteSpan head, std::string_view name) {
  if (looks_like_tar(head.first(std::min(head.size(), kTarBlock)))) {
    return true;
  }
  const auto named = archive_target(name);
  return named && named->kind == ArchiveKind::kTar && head.size() >= kTarBlock &&
         std::all_of(head.begin(), head.begin() + kTarBlock,
                     [](std::byte b) { return b == std::byte{0}; });
}

/// The stream format around whatever is in the source. Brotli has no mark, so its suffix counts.
std::optional<Format> filter_of(ByteSpan head, const Source& source,
                                const ArchiveReadOptions& options) {
  if (options.decode.format) {
    return options.decode.format;
  }
  if (const auto format = detect_format(head); format) {
    return format;
  }
  const auto named = archive_target(source.name());
  return named && named->filter == Format::kBrotli ? named->filter : std::nullopt;
}

Result<std::vector<std::byte>> first_content(Source& source, Format filter,
                                             const ArchiveReadOptions& options) {
  std::vector<std::byte> head;
  const auto sink = memory_sink(head);
  DecompressOptions decode = options.decode;
  decode.format = filter;
  decode.index_spacing = 0;
  decode.run.on_progress = nullptr;
  decode.run.threads = 1;
  const auto result = decompress_range(source, *sink, 0, kHeadSize, decode, options.index);
  if (!result.ok() && head.size() < kTarBlock) {
    return result.status();
  }
  return head;
}

/// Where selected members of a tar lie in its content.
std::vector<std::pair<std::uint64_t, std::uint64_t>> stretches(const MemberTable& table,
                                                               MemberFilter& filter) {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> found;
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    if (!filter.takes(table.rows[i].entry.path)) {
      continue;
    }
    const std::uint64_t begin = table.rows[i].header;
    const std::uint64_t end = i + 1 < table.rows.size() ? table.rows[i + 1].header
                                                        : std::numeric_limits<std::uint64_t>::max();
    if (!found.empty() && begin - found.back().second < kJoinGap) {
      found.back().second = end;
    } else {
      found.emplace_back(begin, end);
    }
  }
  return found;
}

bool can_start_inside(Source& source, Format filter, const ArchiveReadOptions& options) {
  const FormatEntry* entry = find_format_entry(filter);
  if (!source.random_access()) {
    return false;
  }
  if (filter == Format::kWarp) {
    return true;
  }
  if (entry->make_range_decoder == nullptr) {
    return false;
  }
  if (options.index != nullptr) {
    return options.index->format == filter;
  }
  if (entry->native_index == nullptr) {
    return false;
  }
  const auto native = entry->native_index(source);
  return native.ok() && native->has_value();
}

Status needs_a_file(std::string_view what) {
  return {Code::kUnsupported, std::string(what) +
                                  " archives are read from a file, not from a pipe: their list of "
                                  "members is at the end"};
}

/// An archive that `members` read.
Result<std::unique_ptr<OpenArchive>> with_members(Result<std::unique_ptr<MemberReader>> members,
                                                  ArchiveTarget target,
                                                  std::unique_ptr<OpenArchive> archive) {
  if (!members.ok()) {
    return members.status();
  }
  archive->target = target;
  archive->members = std::move(*members);
  return archive;
}

constexpr ArchiveTarget kPlainTar{.kind = ArchiveKind::kTar, .filter = std::nullopt};
constexpr ArchiveTarget kForeign{.kind = ArchiveKind::kOther, .filter = std::nullopt};

Result<std::unique_ptr<OpenArchive>> open_in_stream(Source& source, Format filter,
                                                    const ArchiveReadOptions& options,
                                                    MemberFilter* wanted,
                                                    std::unique_ptr<OpenArchive> archive) {
  DecompressOptions decode = options.decode;
  decode.format = filter;
  OpenArchive& opened = *archive;
  archive->compressed = std::make_unique<CountingSource>(source);
  CountingSource& compressed = *archive->compressed;
  if (options.table != nullptr && wanted != nullptr && !wanted->takes_all() &&
      can_start_inside(source, filter, options)) {
    archive->content = std::make_unique<ContentStream>(
        [&compressed, &options, decode, found = stretches(*options.table, *wanted)](Sink& sink) {
          for (const auto& [begin, end] : found) {
            const auto result =
                decompress_range(compressed, sink, begin, end - begin, decode, options.index);
            if (!result.ok()) {
              return result.status();
            }
          }
          return Status();
        });
  } else {
    archive->content = std::make_unique<ContentStream>([&compressed, &opened, decode](Sink& sink) {
      auto result = decompress(compressed, sink, decode);
      if (!result.ok()) {
        return result.status();
      }
      opened.decoded = std::move(*result);
      return Status();
    });
  }
  // Only the content tells what the stream holds.
  const auto head = archive->content->peek(kHeadSize);
  if (!head.ok()) {
    return head.status();
  }
  Source& content = archive->content->content();
  const bool tar = is_tar(*head, source.name());
  const bool foreign = !tar && may_be_foreign(*head);
  if (filter == Format::kWarp && !tar && !foreign && !source.random_access()) {
    return needs_a_file(".warp");
  }
  return with_members(foreign ? open_foreign_reader(content) : open_tar_reader(content, {}),
                      {.kind = foreign ? ArchiveKind::kOther : ArchiveKind::kTar, .filter = filter},
                      std::move(archive));
}

Result<std::unique_ptr<OpenArchive>> open_zip(Source& source, const ArchiveReadOptions& options,
                                              std::unique_ptr<OpenArchive> archive) {
  const std::uint64_t memory = run_options(options.decode.run).memory_budget;
  auto zip = ZipArchive::open(
      source, {.max_entries = options.max_entries, .max_directory = memory, .max_memory = memory});
  if (!zip.ok()) {
    return zip.status();
  }
  archive->target = {.kind = ArchiveKind::kZip, .filter = std::nullopt};
  archive->zip = std::move(*zip);
  return archive;
}

/// A pipe: what it is has to be told by the first bytes, and only what can be read in order goes.
Result<std::unique_ptr<OpenArchive>> open_pipe(Source& source, ByteSpan head,
                                               const ArchiveReadOptions& options) {
  auto archive = std::make_unique<OpenArchive>();
  archive->whole =
      std::make_unique<PeekedSource>(source, std::vector<std::byte>(head.begin(), head.end()));
  Source& whole = *archive->whole;
  if (is_zip(head)) {
    return needs_a_file("zip");
  }
  if (is_tar(head, source.name())) {
    return with_members(open_tar_reader(whole, {}), kPlainTar, std::move(archive));
  }
  if (const auto filter = filter_of(head, source, options); filter) {
    return open_in_stream(whole, *filter, options, nullptr, std::move(archive));
  }
  return with_members(open_foreign_reader(whole), kForeign, std::move(archive));
}

}  // namespace

std::string OpenArchive::format_name() const {
  if (zip) {
    return "zip";
  }
  if (warp) {
    return "warp";
  }
  return members->format_name() +
         std::string(target.filter ? format_info(*target.filter).suffix : std::string_view());
}

Result<std::unique_ptr<OpenArchive>> open_archive(Source& source, const ArchiveReadOptions& options,
                                                  MemberFilter* filter) {
  auto head = peek(source, kHeadSize);
  if (!head.ok()) {
    return head.status();
  }
  if (!source.random_access()) {
    return open_pipe(source, *head, options);
  }
  const auto target = detect_archive(source, options);
  if (!target.ok()) {
    return target.status();
  }
  auto archive = std::make_unique<OpenArchive>();
  if (!*target) {
    return Status(Code::kUnsupported, "not an archive that this build reads");
  }
  if ((*target)->kind == ArchiveKind::kZip) {
    return open_zip(source, options, std::move(archive));
  }
  if ((*target)->kind == ArchiveKind::kOther && !(*target)->filter) {
    return with_members(open_foreign_reader(source), kForeign, std::move(archive));
  }
  if ((*target)->kind == ArchiveKind::kWarp) {
    auto warp = WarpArchive::open(source);
    if (!warp.ok()) {
      return warp.status();
    }
    archive->target = **target;
    archive->warp = std::move(*warp);
    return archive;
  }
  if ((*target)->filter) {
    return open_in_stream(source, *(*target)->filter, options, filter, std::move(archive));
  }
  return with_members(open_tar_reader(source, {}), kPlainTar, std::move(archive));
}

Result<std::optional<ArchiveTarget>> detect_archive(Source& source,
                                                    const ArchiveReadOptions& options) {
  using Found = std::optional<ArchiveTarget>;
  const auto head = peek(source, kHeadSize);
  if (!head.ok()) {
    return head.status();
  }
  if (is_zip(*head)) {
    return Found({.kind = ArchiveKind::kZip, .filter = std::nullopt});
  }
  if (is_warp3(*head) && has_member_index(source)) {
    return Found({.kind = ArchiveKind::kWarp, .filter = std::nullopt});
  }
  if (is_tar(*head, source.name())) {
    return Found({.kind = ArchiveKind::kTar, .filter = std::nullopt});
  }
  if (const auto filter = filter_of(*head, source, options); filter) {
    const auto content = first_content(source, *filter, options);
    if (!content.ok()) {
      return content.status();
    }
    if (is_tar(*content, source.name())) {
      return Found({.kind = ArchiveKind::kTar, .filter = filter});
    }
    if (may_be_foreign(*content)) {
      return Found({.kind = ArchiveKind::kOther, .filter = filter});
    }
    if (is_warp3(*head) && find_streams_from_end(source).streams.empty()) {
      return Status(Code::kTruncated,
                    "the end of the file is missing or damaged, and with it the list of members of "
                    "an archive, if this is one");
    }
    return Found();
  }
  if (may_be_foreign(*head)) {
    return Found({.kind = ArchiveKind::kOther, .filter = std::nullopt});
  }
  // A zip archive with something in front of it, as programs that unpack themselves are.
  if (ZipArchive::open(source).ok()) {
    return Found({.kind = ArchiveKind::kZip, .filter = std::nullopt});
  }
  return Found();
}

}  // namespace kompakt
