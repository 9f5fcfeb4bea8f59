// Folders, file by file.
#include "kompakt/folder.hpp"

#include <array>
#include <cstring>

#include "c_api/convert.hpp"
#include "c_api/file_report.hpp"
#include "c_api/sized.hpp"

namespace kompakt::c_api {

static_assert(KOMPAKT_FILE_CODED == static_cast<int>(FileReport::Fate::kCoded) &&
              KOMPAKT_FILE_COPIED == static_cast<int>(FileReport::Fate::kCopied) &&
              KOMPAKT_FILE_SKIPPED == static_cast<int>(FileReport::Fate::kSkipped) &&
              KOMPAKT_FILE_FAILED == static_cast<int>(FileReport::Fate::kFailed));

FileReportTexts::FileReportTexts(const FileReport& report)
    : texts_(std::make_shared<Texts>(
          Texts{.input = report.input,
                .output = report.output,
                .status = report.status.ok() ? std::string() : report.status.to_string(),
                .warning = report.warning.ok() ? std::string() : report.warning.to_string(),
                .report = {}})) {
  texts_->report = {.struct_size = sizeof(kompakt_file_report),
                    .input = texts_->input.c_str(),
                    .output = texts_->output.c_str(),
                    .bytes_in = report.bytes_in,
                    .bytes_out = report.bytes_out,
                    .status_text = texts_->status.c_str(),
                    .warning_text = texts_->warning.c_str(),
                    .status = static_cast<std::int32_t>(report.status.code()),
                    .warning = static_cast<std::int32_t>(report.warning.code()),
                    .fate = static_cast<std::int32_t>(report.fate),
                    .removed = report.removed ? 1 : 0};
}

namespace {

constexpr kompakt_folder_options kFolderDefaults = KOMPAKT_FOLDER_OPTIONS_INIT;
constexpr kompakt_in_place_options kInPlaceDefaults = KOMPAKT_IN_PLACE_OPTIONS_INIT;
// Room for the answer of a name callback: PATH_MAX and more.
constexpr std::size_t kNameRoom = 8192;

std::function<void(const FileReport&)> file_callback(kompakt_context& context,
                                                     kompakt_file_callback callback, void* user) {
  if (callback == nullptr) {
    return {};
  }
  return [&context, callback, user](const FileReport& report) {
    context.notify([&] { return callback(user, FileReportTexts(report).get()); });
  };
}

Result<FolderOptions> to_cpp(kompakt_context& context, const kompakt_folder_options* options) {
  const auto given = sized(options, kFolderDefaults);
  if (!given.ok()) {
    return given.status();
  }
  const auto format = to_format(given->format);
  const auto hash = to_hash(given->checksum, HashId::kBlake3);
  auto include = to_strings(given->include, given->include_count, "include");
  auto exclude = to_strings(given->exclude, given->exclude_count, "exclude");
  for (const Status& status :
       {format.status(), hash.status(), include.status(), exclude.status()}) {
    if (!status.ok()) {
      return status;
    }
  }
  const RunControl control = context.control();
  FolderOptions out;
  if (given->chunk_size != 0) {
    out.chunk_size = static_cast<std::size_t>(given->chunk_size);
  }
  out.num_workers = control.threads;
  out.format = *format;
  if (given->level != KOMPAKT_LEVEL_DEFAULT) {
    out.level = given->level;
  }
  if (given->checksum != nullptr && *format != Format::kWarp) {
    return Status(Code::kInvalidArgument, "checksum is for .warp only");
  }
  out.checksum = *hash;
  out.archive = given->archive != 0;
  out.overwrite = given->overwrite != 0;
  out.include = std::move(*include);
  out.exclude = std::move(*exclude);
  out.skip_plain = given->skip_plain != 0;
  out.sync = given->no_sync == 0;
  out.max_output = given->max_output;
  out.max_memory = control.max_memory;
  out.cancel = control.cancel;
  out.executor = control.executor;
  out.on_file = file_callback(context, given->on_file, given->user);
  out.on_warning = context.messages(KOMPAKT_MESSAGE_WARNING);
  out.on_progress = control.on_progress;
  return out;
}

/// Where the program names outputs itself.
std::function<Result<std::string>(const std::string&)> name_callback(kompakt_name_callback callback,
                                                                     void* user) {
  if (callback == nullptr) {
    return {};
  }
  return [callback, user](const std::string& path) -> Result<std::string> {
    std::array<char, kNameRoom> name{};
    if (callback(user, path.c_str(), name.data(), name.size()) != 0) {
      return Status(Code::kInvalidArgument, "left out by the program");
    }
    const std::size_t length = ::strnlen(name.data(), name.size());
    return length < name.size()
               ? Result<std::string>(std::string(name.data(), length))
               : Status(Code::kInvalidArgument, "the program gave a name without end");
  };
}

Result<InPlaceOptions> to_cpp(kompakt_context& context, const kompakt_in_place_options* options) {
  const auto given = sized(options, kInPlaceDefaults);
  if (!given.ok()) {
    return given.status();
  }
  auto out = file_options<InPlaceOptions>(context, *given);
  if (out.ok()) {
    out->name_output = name_callback(given->name_output, given->user);
    out->remove_linked = given->remove_linked != 0;
    out->on_file = file_callback(context, given->on_file, given->user);
    out->on_warning = context.messages(KOMPAKT_MESSAGE_WARNING);
  }
  return out;
}

kompakt_folder_result to_c(kompakt_context& context, const FolderResult& result) {
  const Status& failure = result.first_failure;
  return {.struct_size = sizeof(kompakt_folder_result),
          .coded = result.coded,
          .copied = result.copied,
          .folders = result.folders,
          .skipped = result.skipped,
          .failed = result.failed,
          .warnings = result.warnings,
          .bytes_in = result.bytes_in,
          .bytes_out = result.bytes_out,
          .first_failure_text = context.kept.text(failure.ok() ? "" : failure.to_string()),
          .first_failure = static_cast<std::int32_t>(failure.code()),
          .threads = result.threads};
}

template <typename Work>
kompakt_code folder_call(kompakt_context* context, kompakt_folder_result* result,
                         const Work& work) noexcept {
  return call(context, [&]() -> Status {
    if (Status status = check_result(result); !status.ok()) {
      return status;
    }
    const Result<FolderResult> done = work();
    if (done.ok()) {
      fill(result, to_c(*context, *done));
    }
    return done.status();
  });
}

/// compress_folder() or decompress_folder().
template <typename Work>
kompakt_code tree_call(kompakt_context* context, const char* input, const char* output,
                       const kompakt_folder_options* options, kompakt_folder_result* result,
                       const Work& work) noexcept {
  return folder_call(context, result, [&]() -> Result<FolderResult> {
    if (Status status = needed({{input, "input"}, {output, "output"}}); !status.ok()) {
      return status;
    }
    const auto cpp = to_cpp(*context, options);
    return cpp.ok() ? work(input, output, *cpp) : cpp.status();
  });
}

/// compress_in_place() or decompress_in_place().
template <typename Work>
kompakt_code in_place_call(kompakt_context* context, const kompakt_selection* selection,
                           const kompakt_in_place_options* options, kompakt_folder_result* result,
                           const Work& work) noexcept {
  return folder_call(context, result, [&]() -> Result<FolderResult> {
    const auto files = c_api::to_cpp(selection);
    if (!files.ok()) {
      return files.status();
    }
    const auto cpp = to_cpp(*context, options);
    return cpp.ok() ? work(*files, *cpp) : cpp.status();
  });
}

}  // namespace
}  // namespace kompakt::c_api

using namespace kompakt;
using namespace kompakt::c_api;

kompakt_code kompakt_compress_folder(kompakt_context* context, const char* input,
                                     const char* output, const kompakt_folder_options* options,
                                     kompakt_folder_result* result) {
  return tree_call(context, input, output, options, result,
                   [](const std::string& from, const std::string& to, const FolderOptions& cpp) {
                     return compress_folder(from, to, cpp);
                   });
}

kompakt_code kompakt_decompress_folder(kompakt_context* context, const char* input,
                                       const char* output, const kompakt_folder_options* options,
                                       kompakt_folder_result* result) {
  return tree_call(context, input, output, options, result,
                   [](const std::string& from, const std::string& to, const FolderOptions& cpp) {
                     return decompress_folder(from, to, cpp);
                   });
}

kompakt_code kompakt_compress_in_place(kompakt_context* context, const kompakt_selection* selection,
                                       const kompakt_in_place_options* options,
                                       kompakt_folder_result* result) {
  return in_place_call(context, selection, options, result,
                       [](const TreeSelection& files, const InPlaceOptions& cpp) {
                         return compress_in_place(files, cpp);
                       });
}

kompakt_code kompakt_decompress_in_place(kompakt_context* context,
                                         const kompakt_selection* selection,
                                         const kompakt_in_place_options* options,
                                         kompakt_folder_result* result) {
  return in_place_call(context, selection, options, result,
                       [](const TreeSelection& files, const InPlaceOptions& cpp) {
                         return decompress_in_place(files, cpp);
                       });
}
