#include "c_api/convert.hpp"

#include <algorithm>
#include <array>

#include "c_api/sized.hpp"

namespace kompakt::c_api {
namespace {

constexpr kompakt_compress_options kCompressDefaults = KOMPAKT_COMPRESS_OPTIONS_INIT;
constexpr kompakt_decompress_options kDecompressDefaults = KOMPAKT_DECOMPRESS_OPTIONS_INIT;
constexpr kompakt_v2_options kV2Defaults = KOMPAKT_V2_OPTIONS_INIT;
constexpr kompakt_selection kSelectionDefaults = KOMPAKT_SELECTION_INIT;
constexpr kompakt_metadata kMetadataDefaults = KOMPAKT_METADATA_INIT;

Status only_for(const char* what, const char* whom) {
  return {Code::kInvalidArgument, std::string(what) + " is for " + whom + " only"};
}

Result<Dictionary> to_dictionary(const void* data, std::size_t size) {
  if (data == nullptr) {
    return size == 0 ? Result<Dictionary>(Dictionary())
                     : Status(Code::kInvalidArgument, "dictionary is NULL, its size is not");
  }
  const auto* bytes = static_cast<const std::byte*>(data);
  return Dictionary(std::make_shared<const std::vector<std::byte>>(bytes, bytes + size));
}

/// What only .warp has a place for.
Status check_warp_only(const kompakt_compress_options& options) {
  if (options.codec != nullptr) {
    return only_for("codec", ".warp");
  }
  if (options.checksum != nullptr) {
    return only_for("checksum", ".warp");
  }
  if (options.metadata != nullptr) {
    return only_for("metadata", ".warp");
  }
  if (options.on_block != nullptr) {
    return only_for("on_block", ".warp");
  }
  return {};
}

/// What only the other formats have a place for, and not each of them: their writers see to that.
Status check_stream_only(const kompakt_compress_options& options) {
  constexpr const char* kWhom = "stream formats other than .warp";
  if (options.seekable != 0) {
    return only_for("seekable", kWhom);
  }
  if (options.extreme != 0) {
    return only_for("extreme", "xz");
  }
  if (options.window_log != 0) {
    return only_for("window_log", "zstd and brotli");
  }
  if (options.no_checksum != 0) {
    return only_for("no_checksum", kWhom);
  }
  if (options.check != nullptr) {
    return only_for("check", "xz");
  }
  if (options.name != nullptr || options.modified != 0) {
    return only_for("name and time", "gzip");
  }
  if (options.dictionary != nullptr || options.dictionary_size != 0) {
    return only_for("dictionary", "zstd and lz4");
  }
  return {};
}

Result<EncodeSettings> to_settings(const kompakt_compress_options& options) {
  EncodeSettings settings{
      .level = {},
      .extreme = options.extreme != 0,
      .seekable = options.seekable != 0,
      .block_size = options.block_size != 0 ? std::optional(options.block_size) : std::nullopt,
      .window_log = options.window_log != 0 ? std::optional(int{options.window_log}) : std::nullopt,
      .checksum = options.no_checksum == 0,
      .check = to_string(options.check),
      .name = options.name != nullptr ? std::optional<std::string>(options.name) : std::nullopt,
      .modified = options.modified != 0 ? std::optional(options.modified) : std::nullopt,
      .dictionary = {},
      .limits = {},
      .threads = 1};
  auto dictionary = to_dictionary(options.dictionary, options.dictionary_size);
  if (!dictionary.ok()) {
    return dictionary.status();
  }
  settings.dictionary = std::move(*dictionary);
  return settings;
}

/// Codec, block size and checksum, into the fields of those names.
template <typename Options>
Status take_warp(const kompakt_compress_options& options, Options& out) {
  if (options.codec != nullptr) {
    auto codec = parse_codec_spec(options.codec);
    if (!codec.ok()) {
      return codec.status();
    }
    out.codec = *codec;
  }
  if (options.block_size != 0) {
    out.block_size = static_cast<std::size_t>(options.block_size);
  }
  const auto hash = to_hash(options.checksum, HashId::kBlake3);
  if (!hash.ok()) {
    return hash.status();
  }
  out.checksum = *hash;
  return {};
}

/// Texts of a selection, and where they go.
struct List {
  const char* const* items;
  std::size_t count;
  const char* what;
  std::vector<std::string> TreeSelection::*to;
};

std::optional<int> to_level(std::int32_t level) {
  return level != KOMPAKT_LEVEL_DEFAULT ? std::optional<int>(level) : std::nullopt;
}

}  // namespace

Result<Format> to_format(std::int32_t format) {
  std::string names;
  for (const FormatInfo& info : all_formats()) {
    if (static_cast<std::int32_t>(info.id) == format) {
      return info.id;
    }
    names += (names.empty() ? "" : ", ") + std::string(info.name);
  }
  return Status(Code::kInvalidArgument,
                "no format has number " + std::to_string(format) + "; in order from 0: " + names);
}

Result<HashId> to_hash(const char* name, HashId fallback) {
  if (name == nullptr) {
    return fallback;
  }
  const auto hash = find_hash(name);
  if (!hash) {
    return Status(Code::kInvalidArgument, "no checksum is called '" + std::string(name) +
                                              "'; valid: none, xxh64, xxh3, blake3, blake2b");
  }
  return *hash;
}

Result<std::vector<std::string>> to_strings(const char* const* items, std::size_t count,
                                            const char* what) {
  std::vector<std::string> out;
  if (items == nullptr && count != 0) {
    return Status(Code::kInvalidArgument, std::string(what) + " is NULL, its count is not");
  }
  for (std::size_t i = 0; i < count; ++i) {
    if (items[i] == nullptr) {
      return Status(Code::kInvalidArgument, std::string(what) + " has a NULL in it");
    }
    out.emplace_back(items[i]);
  }
  return out;
}

std::function<void(const BlockReport&)> block_callback(kompakt_context& context,
                                                       kompakt_block_callback callback,
                                                       void* user) {
  if (callback == nullptr) {
    return {};
  }
  return [&context, callback, user](const BlockReport& report) {
    context.notify([&] {
      const std::string codec(report.codec);
      const kompakt_block_report out{.struct_size = sizeof out,
                                     .number = report.number,
                                     .raw_size = report.raw_size,
                                     .stored_size = report.stored_size,
                                     .codec = codec.c_str(),
                                     .seconds = report.seconds};
      return callback(user, &out);
    });
  };
}

Result<WarpMetadata> to_cpp(const kompakt_metadata& metadata) {
  const auto given = sized(&metadata, kMetadataDefaults);
  if (!given.ok()) {
    return given.status();
  }
  WarpMetadata out;
  if (given->name != nullptr) {
    out.name = given->name;
  }
  if ((given->present & KOMPAKT_HAS_MODE) != 0) {
    out.mode = given->mode;
  }
  if ((given->present & KOMPAKT_HAS_MODIFIED) != 0) {
    out.modified = WarpMetadata::Time{.seconds = given->modified_seconds,
                                      .nanoseconds = given->modified_nanoseconds};
  }
  if ((given->present & KOMPAKT_HAS_OWNER) != 0) {
    out.owner = WarpMetadata::Owner{.uid = given->uid, .gid = given->gid};
  }
  if (given->xattrs == nullptr && given->xattr_count != 0) {
    return Status(Code::kInvalidArgument, "xattrs is NULL, its count is not");
  }
  for (std::size_t i = 0; i < given->xattr_count; ++i) {
    const kompakt_attribute& attribute = given->xattrs[i];
    if (attribute.name == nullptr || (attribute.value == nullptr && attribute.value_size != 0)) {
      return Status(Code::kInvalidArgument, "xattrs has a NULL in it");
    }
    out.xattrs.emplace_back(attribute.name,
                            attribute.value_size == 0
                                ? std::string()
                                : std::string(attribute.value, attribute.value_size));
  }
  return out;
}

Result<CompressOptions> to_cpp(kompakt_context& context, const kompakt_compress_options* options) {
  const auto given = sized(options, kCompressDefaults);
  if (!given.ok()) {
    return given.status();
  }
  const auto format = to_format(given->format);
  if (!format.ok()) {
    return format.status();
  }
  CompressOptions out;
  out.format = *format;
  out.level = to_level(given->level);
  out.run = context.control();
  if (*format != Format::kWarp) {
    if (Status status = check_warp_only(*given); !status.ok()) {
      return status;
    }
    auto settings = to_settings(*given);
    if (!settings.ok()) {
      return settings.status();
    }
    out.settings = std::move(*settings);
    return out;
  }
  Status status = check_stream_only(*given);
  if (status.ok()) {
    status = take_warp(*given, out);
  }
  if (!status.ok()) {
    return status;
  }
  if (given->metadata != nullptr) {
    auto metadata = to_cpp(*given->metadata);
    if (!metadata.ok()) {
      return metadata.status();
    }
    out.metadata = std::move(*metadata);
  }
  out.on_block = block_callback(context, given->on_block, given->user);
  return out;
}

Result<ArchiveCreateOptions> archive_options(kompakt_context& context,
                                             const kompakt_compress_options* options,
                                             const ArchiveTarget& target) {
  const auto given = sized(options, kCompressDefaults);
  if (!given.ok()) {
    return given.status();
  }
  ArchiveCreateOptions out;
  out.target = target;
  out.level = to_level(given->level);
  out.run = context.control();
  out.on_warning = context.messages(KOMPAKT_MESSAGE_WARNING);
  Status status;
  if (target.kind == ArchiveKind::kTar && target.filter && *target.filter != Format::kWarp) {
    status = check_warp_only(*given);
    auto settings = to_settings(*given);
    if (status.ok() && settings.ok()) {
      out.settings = std::move(*settings);
      return out;
    }
    return status.ok() ? settings.status() : status;
  }
  status = check_stream_only(*given);
  if (status.ok() && (given->metadata != nullptr || given->on_block != nullptr)) {
    status = only_for("metadata and on_block", "streams");
  }
  if (status.ok() && target.kind == ArchiveKind::kZip) {
    status = check_warp_only(*given);
    if (status.ok() && given->block_size != 0) {
      status = only_for("block_size", ".warp and stream formats");
    }
    return status.ok() ? Result<ArchiveCreateOptions>(std::move(out)) : status;
  }
  if (status.ok()) {
    status = take_warp(*given, out);
  }
  return status.ok() ? Result<ArchiveCreateOptions>(std::move(out)) : status;
}

Result<DecompressOptions> to_cpp(kompakt_context& context,
                                 const kompakt_decompress_options* options) {
  const auto given = sized(options, kDecompressDefaults);
  if (!given.ok()) {
    return given.status();
  }
  DecompressOptions out;
  if (given->format != KOMPAKT_FORMAT_AUTO) {
    const auto format = to_format(given->format);
    if (!format.ok()) {
      return format.status();
    }
    out.format = *format;
  }
  auto dictionary = to_dictionary(given->dictionary, given->dictionary_size);
  if (!dictionary.ok()) {
    return dictionary.status();
  }
  out.dictionary = std::move(*dictionary);
  out.index_spacing = given->index_spacing;
  out.index_lines = given->index_lines != 0;
  out.max_output = given->max_output;
  out.verify_digests = given->verify_digests != 0;
  out.keep_going = given->keep_going != 0;
  if (given->on_lost != nullptr) {
    out.on_lost = [&context, callback = given->on_lost, user = given->user](const LostRange& lost) {
      context.notify([&] {
        const Message reason(lost.reason, KOMPAKT_MESSAGE_WARNING);
        return callback(user, lost.offset, lost.length, reason.get());
      });
    };
  }
  out.on_block = block_callback(context, given->on_block, given->user);
  out.run = context.control();
  return out;
}

Result<V2Options> to_cpp(kompakt_context& context, const kompakt_v2_options* options) {
  const auto given = sized(options, kV2Defaults);
  if (!given.ok()) {
    return given.status();
  }
  const auto hash = to_hash(given->checksum, HashId::kNone);
  if (!hash.ok()) {
    return hash.status();
  }
  V2Options out;
  if (given->level != nullptr) {
    out.level = given->level;
  }
  if (given->method != nullptr) {
    out.method = given->method;
  }
  if (given->chunk_size != 0) {
    out.chunk_size = given->chunk_size;
  }
  out.zstd_level = to_level(given->zstd_level).value_or(out.zstd_level);
  out.brotli_quality = to_level(given->brotli_quality).value_or(out.brotli_quality);
  out.checksum = *hash;
  out.on_block = block_callback(context, given->on_block, given->user);
  out.run = context.control();
  return out;
}

Result<TreeSelection> to_cpp(const kompakt_selection* selection) {
  if (selection == nullptr) {
    return Status(Code::kInvalidArgument, "selection is NULL");
  }
  const auto given = sized(selection, kSelectionDefaults);
  if (!given.ok()) {
    return given.status();
  }
  TreeSelection out;
  const std::array<List, 3> lists = {
      List{given->paths, given->path_count, "paths", &TreeSelection::paths},
      List{given->include, given->include_count, "include", &TreeSelection::include},
      List{given->exclude, given->exclude_count, "exclude", &TreeSelection::exclude}};
  for (const List& list : lists) {
    auto strings = to_strings(list.items, list.count, list.what);
    if (!strings.ok()) {
      return strings.status();
    }
    out.*list.to = std::move(*strings);
  }
  if (given->base != nullptr) {
    out.base = given->base;
  }
  out.recurse = given->no_recurse == 0;
  out.one_file_system = given->one_file_system != 0;
  out.follow_symlinks = given->follow_symlinks != 0;
  out.xattrs = given->no_xattrs == 0;
  return out;
}

const kompakt_attribute* to_c(kompakt_context& context,
                              const std::vector<std::pair<std::string, std::string>>& attributes) {
  if (attributes.empty()) {
    return nullptr;
  }
  const auto* kept = context.kept.keep(attributes);
  std::vector<kompakt_attribute> out;
  out.reserve(kept->size());
  for (const auto& [name, value] : *kept) {
    out.push_back({.name = name.c_str(), .value = value.c_str(), .value_size = value.size()});
  }
  return context.kept.keep(std::move(out))->data();
}

const kompakt_metadata* to_c(kompakt_context& context,
                             const std::optional<WarpMetadata>& metadata) {
  if (!metadata) {
    return nullptr;
  }
  kompakt_metadata out = KOMPAKT_METADATA_INIT;
  out.name = metadata->name ? context.kept.text(*metadata->name) : nullptr;
  if (metadata->mode) {
    out.present |= KOMPAKT_HAS_MODE;
    out.mode = *metadata->mode;
  }
  if (metadata->modified) {
    out.present |= KOMPAKT_HAS_MODIFIED;
    out.modified_seconds = metadata->modified->seconds;
    out.modified_nanoseconds = metadata->modified->nanoseconds;
  }
  if (metadata->owner) {
    out.present |= KOMPAKT_HAS_OWNER;
    out.uid = metadata->owner->uid;
    out.gid = metadata->owner->gid;
  }
  out.xattrs = to_c(context, metadata->xattrs);
  out.xattr_count = metadata->xattrs.size();
  return context.kept.keep(out);
}

kompakt_result to_c(kompakt_context& context, StreamResult&& result) {
  kompakt_result out = KOMPAKT_RESULT_INIT;
  out.bytes_in = result.bytes_in;
  out.bytes_out = result.bytes_out;
  out.format = static_cast<std::int32_t>(result.format);
  out.threads = result.threads;
  const StreamFacts& facts = result.facts;
  out.streams = facts.streams;
  out.skipped = facts.skipped;
  out.blocks = facts.blocks;
  out.compressed_size = facts.compressed;
  out.content_size = facts.content.value_or(KOMPAKT_UNKNOWN);
  out.window = facts.window.value_or(KOMPAKT_UNKNOWN);
  out.check = context.kept.text(facts.check);
  out.name = facts.name ? context.kept.text(*facts.name) : nullptr;
  out.modified = facts.modified.value_or(0);
  out.last_check = facts.last_check.value_or(0);
  out.warnings = facts.warnings.size();
  if (const auto tell = context.messages(KOMPAKT_MESSAGE_WARNING)) {
    std::for_each(facts.warnings.begin(), facts.warnings.end(), tell);
  }
  out.metadata = to_c(context, result.metadata);
  out.damage_text = context.kept.text(result.damage.ok() ? "" : result.damage.to_string());
  out.damage = static_cast<std::int32_t>(result.damage.code());
  out.has_index = result.index ? 1 : 0;
  context.index.reset();
  if (result.index) {
    context.index = ArchiveIndex{.index = std::move(result.index), .table = {}};
  }
  return out;
}

}  // namespace kompakt::c_api
