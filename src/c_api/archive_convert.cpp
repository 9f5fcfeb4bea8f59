#include "c_api/archive_convert.hpp"

#include "c_api/convert.hpp"
#include "c_api/sized.hpp"

namespace kompakt::c_api {
namespace {

constexpr kompakt_entry kEntryDefaults = KOMPAKT_ENTRY_INIT;
constexpr kompakt_create_options kCreateDefaults = KOMPAKT_CREATE_OPTIONS_INIT;
constexpr kompakt_archive_options kArchiveDefaults = KOMPAKT_ARCHIVE_OPTIONS_INIT;
constexpr kompakt_extract_options kExtractDefaults = KOMPAKT_EXTRACT_OPTIONS_INIT;

constexpr bool same(int c, auto cpp) { return c == static_cast<int>(cpp); }
static_assert(same(KOMPAKT_ARCHIVE_TAR, ArchiveKind::kTar) &&
              same(KOMPAKT_ARCHIVE_ZIP, ArchiveKind::kZip) &&
              same(KOMPAKT_ARCHIVE_WARP, ArchiveKind::kWarp) &&
              same(KOMPAKT_ARCHIVE_OTHER, ArchiveKind::kOther));
static_assert(same(KOMPAKT_ENTRY_FILE, EntryType::kFile) &&
              same(KOMPAKT_ENTRY_DIRECTORY, EntryType::kDirectory) &&
              same(KOMPAKT_ENTRY_SYMLINK, EntryType::kSymlink) &&
              same(KOMPAKT_ENTRY_HARDLINK, EntryType::kHardlink) &&
              same(KOMPAKT_ENTRY_FIFO, EntryType::kFifo) &&
              same(KOMPAKT_ENTRY_CHAR_DEVICE, EntryType::kCharDevice) &&
              same(KOMPAKT_ENTRY_BLOCK_DEVICE, EntryType::kBlockDevice));

std::function<void(const Entry&)> entry_callback(kompakt_context& context,
                                                 kompakt_entry_callback callback, void* user) {
  if (callback == nullptr) {
    return {};
  }
  return [&context, callback, user](const Entry& entry) {
    context.notify([&] { return callback(user, EntryTexts(entry).get()); });
  };
}

/// "zip", "tar.gz", ... as a name that ends so asks for it.
Result<ArchiveTarget> to_target(const char* type, const std::string& path) {
  if (type == nullptr && path.empty()) {
    return ArchiveTarget{};
  }
  const std::string name = type != nullptr ? std::string("x.") + type : path;
  const auto target = archive_target(name);
  if (!target) {
    return Status(
        Code::kInvalidArgument,
        type != nullptr
            ? "no archive type is called '" + std::string(type) +
                  "'; valid: warp, zip, tar, tar.gz, tar.zst, tar.xz and so on"
            : "the name does not tell the archive's type: .warp, .zip, .tar, .tar.gz ...");
  }
  return *target;
}

void take_times(const kompakt_entry& given, Entry& out) {
  if ((given.present & KOMPAKT_HAS_MODIFIED) != 0) {
    out.modified =
        Entry::Time{.seconds = given.modified_seconds, .nanoseconds = given.modified_nanoseconds};
  }
  if ((given.present & KOMPAKT_HAS_ACCESSED) != 0) {
    out.accessed =
        Entry::Time{.seconds = given.accessed_seconds, .nanoseconds = given.accessed_nanoseconds};
  }
}

}  // namespace

EntryTexts::EntryTexts(const Entry& entry)
    : parts_(std::make_shared<Parts>(Parts{.entry = entry, .xattrs = {}, .out = {}})) {
  const Entry& from = parts_->entry;
  for (const auto& [name, value] : from.xattrs) {
    parts_->xattrs.push_back(
        {.name = name.c_str(), .value = value.c_str(), .value_size = value.size()});
  }
  std::uint32_t present = 0;
  const auto mark = [&present](bool there, std::uint32_t flag) { present |= there ? flag : 0; };
  mark(from.mode.has_value(), KOMPAKT_HAS_MODE);
  mark(from.modified.has_value(), KOMPAKT_HAS_MODIFIED);
  mark(from.owner.has_value(), KOMPAKT_HAS_OWNER);
  mark(from.accessed.has_value(), KOMPAKT_HAS_ACCESSED);
  mark(from.crc32.has_value(), KOMPAKT_HAS_CRC32);
  const Entry::Time modified = from.modified.value_or(Entry::Time{});
  const Entry::Time accessed = from.accessed.value_or(Entry::Time{});
  const Entry::Owner owner = from.owner.value_or(Entry::Owner{});
  parts_->out = {.struct_size = sizeof(kompakt_entry),
                 .path = from.path.c_str(),
                 .link_target = from.link_target.c_str(),
                 .user = from.user.c_str(),
                 .group = from.group.c_str(),
                 .method = from.method.c_str(),
                 .comment = from.comment.c_str(),
                 .size = from.size,
                 .stored_size = from.stored_size.value_or(KOMPAKT_UNKNOWN),
                 .modified_seconds = modified.seconds,
                 .accessed_seconds = accessed.seconds,
                 .modified_nanoseconds = modified.nanoseconds,
                 .accessed_nanoseconds = accessed.nanoseconds,
                 .present = present,
                 .type = static_cast<std::int32_t>(from.type),
                 .mode = from.mode.value_or(0),
                 .uid = owner.uid,
                 .gid = owner.gid,
                 .device_major = from.device_major,
                 .device_minor = from.device_minor,
                 .crc32 = from.crc32.value_or(0),
                 .digest = from.digest.empty() ? nullptr : from.digest.data(),
                 .digest_size = from.digest.size(),
                 .xattrs = parts_->xattrs.empty() ? nullptr : parts_->xattrs.data(),
                 .xattr_count = parts_->xattrs.size()};
}

Result<Entry> to_cpp(const kompakt_entry* entry) {
  const auto given = entry != nullptr ? sized(entry, kEntryDefaults)
                                      : Status(Code::kInvalidArgument, "entry is NULL");
  if (!given.ok()) {
    return given.status();
  }
  if (given->path == nullptr) {
    return Status(Code::kInvalidArgument, "the entry's path is NULL");
  }
  if (given->type < KOMPAKT_ENTRY_FILE || given->type > KOMPAKT_ENTRY_BLOCK_DEVICE) {
    return Status(Code::kInvalidArgument,
                  "no type of entry has number " + std::to_string(given->type));
  }
  Entry out;
  out.path = given->path;
  out.type = static_cast<EntryType>(given->type);
  out.link_target = to_string(given->link_target);
  out.user = to_string(given->user);
  out.group = to_string(given->group);
  out.comment = to_string(given->comment);
  if ((given->present & KOMPAKT_HAS_MODE) != 0) {
    out.mode = given->mode;
  }
  take_times(*given, out);
  if ((given->present & KOMPAKT_HAS_OWNER) != 0) {
    out.owner = Entry::Owner{.uid = given->uid, .gid = given->gid};
  }
  out.device_major = given->device_major;
  out.device_minor = given->device_minor;
  kompakt_metadata attributes = KOMPAKT_METADATA_INIT;
  attributes.xattrs = given->xattrs;
  attributes.xattr_count = given->xattr_count;
  auto metadata = to_cpp(attributes);
  if (!metadata.ok()) {
    return metadata.status();
  }
  out.xattrs = std::move(metadata->xattrs);
  return out;
}

Result<CreateOptions> to_cpp(kompakt_context& context, const kompakt_create_options* options,
                             const std::string& path) {
  const auto given = sized(options, kCreateDefaults);
  if (!given.ok()) {
    return given.status();
  }
  const auto target = to_target(given->type, path);
  if (!target.ok()) {
    return target.status();
  }
  auto archive = archive_options(context, given->compress, *target);
  if (!archive.ok()) {
    return archive.status();
  }
  if (given->zip_method != nullptr && target->kind != ArchiveKind::kZip) {
    return Status(Code::kInvalidArgument, "zip_method is for zip only");
  }
  archive->zip_method = to_string(given->zip_method);
  archive->reproducible = given->reproducible != 0;
  if (given->has_epoch != 0) {
    archive->epoch = given->epoch;
  }
  if (given->skip == nullptr && given->skip_count != 0) {
    return Status(Code::kInvalidArgument, "skip is NULL, its count is not");
  }
  for (std::size_t i = 0; i < given->skip_count; ++i) {
    archive->skip.emplace_back(given->skip[i].device, given->skip[i].inode);
  }
  archive->on_entry = entry_callback(context, given->on_entry, given->user);
  return CreateOptions{.archive = std::move(*archive),
                       .overwrite = given->overwrite != 0,
                       .sync = given->no_sync == 0};
}

Result<ArchiveReadOptions> to_cpp(kompakt_context& context,
                                  const kompakt_archive_options* options) {
  const auto given = sized(options, kArchiveDefaults);
  if (!given.ok()) {
    return given.status();
  }
  ArchiveReadOptions out;
  auto names = to_strings(given->names, given->name_count, "names");
  auto include = to_strings(given->include, given->include_count, "include");
  auto exclude = to_strings(given->exclude, given->exclude_count, "exclude");
  auto decode = to_cpp(context, given->decompress);
  for (const Status& status :
       {names.status(), include.status(), exclude.status(), decode.status()}) {
    if (!status.ok()) {
      return status;
    }
  }
  out.members = {
      .names = std::move(*names), .include = std::move(*include), .exclude = std::move(*exclude)};
  out.decode = std::move(*decode);
  if (given->index != nullptr) {
    const ArchiveIndex& index = given->index->content;
    out.index = index.index ? &*index.index : nullptr;
    out.table = index.table ? &*index.table : nullptr;
  }
  if (given->max_entries != 0) {
    out.max_entries = given->max_entries;
  }
  if (given->max_depth != 0) {
    out.max_depth = static_cast<std::size_t>(given->max_depth);
  }
  if (given->max_path != 0) {
    out.max_path = static_cast<std::size_t>(given->max_path);
  }
  out.on_entry = entry_callback(context, given->on_entry, given->user);
  out.on_warning = context.messages(KOMPAKT_MESSAGE_WARNING);
  out.on_note = context.messages(KOMPAKT_MESSAGE_NOTE);
  if (given->on_lost != nullptr) {
    out.on_lost = [&context, callback = given->on_lost, user = given->user](const Entry& entry,
                                                                            const Status& reason) {
      context.notify([&] {
        const Message message(reason, KOMPAKT_MESSAGE_WARNING);
        return callback(user, EntryTexts(entry).get(), message.get());
      });
    };
  }
  return out;
}

Result<ArchiveExtractOptions> to_cpp(kompakt_context& context,
                                     const kompakt_extract_options* options) {
  const auto given = sized(options, kExtractDefaults);
  if (!given.ok()) {
    return given.status();
  }
  auto read = to_cpp(context, given->read);
  if (!read.ok()) {
    return read.status();
  }
  if (given->owner < -1 || given->owner > 1) {
    return Status(Code::kInvalidArgument, "owner is 1, 0 or -1");
  }
  ArchiveExtractOptions out;
  out.read = std::move(*read);
  if (given->directory != nullptr) {
    out.directory = given->directory;
  }
  out.overwrite = given->overwrite != 0;
  out.skip_existing = given->skip_existing != 0;
  out.allow_devices = given->allow_devices != 0;
  out.allow_setuid = given->allow_setuid != 0;
  if (given->owner != 0) {
    out.keep_owner = given->owner > 0;
  }
  out.keep_xattrs = given->no_xattrs == 0;
  out.keep_times = given->no_times == 0;
  out.sync = given->sync != 0;
  out.strip_components = static_cast<std::size_t>(given->strip_components);
  if (!(given->max_ratio >= 0)) {
    return Status(Code::kInvalidArgument, "max_ratio is not a positive number");
  }
  if (given->max_ratio > 0) {
    out.max_ratio = given->max_ratio;
  }
  if (given->on_refused != nullptr) {
    out.on_refused = [&context, callback = given->on_refused,
                      user = given->user](const Refusal& refusal) {
      context.notify([&] {
        const Message reason(refusal.reason, KOMPAKT_MESSAGE_WARNING);
        return callback(user, refusal.path.c_str(), refusal.rule.c_str(), reason.get());
      });
    };
  }
  return out;
}

kompakt_archive_result to_c(kompakt_context& context, const ArchiveResult& result) {
  std::vector<const char*> unmatched;
  for (const std::string& name : result.unmatched) {
    unmatched.push_back(context.kept.text(name));
  }
  const auto* kept = context.kept.keep(std::move(unmatched));
  return {.struct_size = sizeof(kompakt_archive_result),
          .format_name = context.kept.text(result.format_name),
          .kind = static_cast<std::int32_t>(result.kind),
          .filter = result.filter ? static_cast<std::int32_t>(*result.filter) : KOMPAKT_FORMAT_AUTO,
          .entries = result.entries,
          .files = result.files,
          .content = result.content,
          .bytes_in = result.bytes_in,
          .bytes_out = result.bytes_out,
          .duplicates = result.duplicates,
          .warnings = result.warnings,
          .refused = result.refused,
          .lost = result.lost,
          .unmatched = kept->empty() ? nullptr : kept->data(),
          .unmatched_count = kept->size(),
          .damage_text = context.kept.text(result.damage.ok() ? "" : result.damage.to_string()),
          .damage = static_cast<std::int32_t>(result.damage.code()),
          .threads = result.threads,
          .has_index = 0};
}

}  // namespace kompakt::c_api
