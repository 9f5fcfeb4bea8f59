// Files one by one.
#include "kompakt/file.hpp"

#include "c_api/convert.hpp"
#include "c_api/file_report.hpp"
#include "c_api/sized.hpp"

using namespace kompakt;
using namespace kompakt::c_api;

namespace {

constexpr kompakt_file_options kFileDefaults = KOMPAKT_FILE_OPTIONS_INIT;

Result<FileOptions> to_cpp(kompakt_context& context, const kompakt_file_options* options) {
  const auto given = sized(options, kFileDefaults);
  return given.ok() ? file_options<FileOptions>(context, *given) : given.status();
}

template <typename Work>
kompakt_code file_call(kompakt_context* context, const char* input,
                       const kompakt_file_options* options, kompakt_file_report* report,
                       const Work& work) noexcept {
  return call(context, [&]() -> Status {
    Status status = needed({{input, "input"}});
    if (status.ok()) {
      status = check_result(report);
    }
    const auto cpp = status.ok() ? to_cpp(*context, options) : status;
    if (!cpp.ok()) {
      return cpp.status();
    }
    Result<FileReport> done = work(*cpp);
    if (!done.ok()) {
      return done.status();
    }
    if (const auto tell = context->messages(KOMPAKT_MESSAGE_WARNING); tell && !done->warning.ok()) {
      tell(done->warning);
    }
    const auto* kept = context->kept.keep(FileReportTexts(*done));
    fill(report, *kept->get());
    return {};
  });
}

}  // namespace

kompakt_code kompakt_compress_file(kompakt_context* context, const char* input, const char* output,
                                   const kompakt_file_options* options,
                                   kompakt_file_report* report) {
  return file_call(context, input, options, report, [&](const FileOptions& cpp) {
    return compress_file(input, to_string(output), cpp);
  });
}

kompakt_code kompakt_decompress_file(kompakt_context* context, const char* input,
                                     const char* output, const kompakt_file_options* options,
                                     kompakt_file_report* report) {
  return file_call(context, input, options, report, [&](const FileOptions& cpp) {
    return decompress_file(input, to_string(output), cpp);
  });
}
