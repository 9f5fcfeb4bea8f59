// -r: every file below folders, beside its source or mirrored into another folder.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <filesystem>

#include "applets/inputs.hpp"
#include "archive/selection.hpp"
#include "compressing.hpp"
#include "decoding.hpp"
#include "kompakt/folder.hpp"
#include "naming.hpp"
#include "progress.hpp"
#include "recursive.hpp"

namespace kompakt::cli {
namespace {

bool is_folder(const std::string& name) {
  std::error_code error;
  return std::filesystem::is_directory(name, error);
}

Status usage(std::string message) { return {Code::kInvalidArgument, std::move(message)}; }

/// All files of the inputs, one after the other on each core.
class Recursion {
 public:
  explicit Recursion(const Session& session)
      : session_(session),
        compresses_(session.request.verb == Verb::kCompress),
        meter_(session, session.request.inputs.front(), std::nullopt,
               compresses_ ? ContentSide::kInput : ContentSide::kOutput) {}

  Exit run() {
    if (Status possible = check(); !possible.ok()) {
      return session_.fail(possible);
    }
    return session_.request.output ? mirrored() : in_place();
  }

 private:
  [[nodiscard]] Status check() const {
    const Request& request = session_.request;
    if (request.warp_version == 2 || request.restore_name || request.keep_going ||
        request.write_index) {
      return usage("-r does not go together with --warp-version 2, -N, --keep-going, --index");
    }
    if (!request.output) {
      return {};
    }
    if (request.inputs.size() != 1 || !is_folder(request.inputs.front())) {
      return usage("-r with -o mirrors one folder into another");
    }
    const EncodeSettings& settings = request.settings;
    const bool plain = !request.codec && !session_.dictionary && !settings.extreme &&
                       !settings.seekable && !settings.window_log && settings.check.empty() &&
                       settings.checksum;
    if (request.remove_source || request.verify || request.suffix || !request.keep_name ||
        (compresses_ && !plain)) {
      return usage("-r with -o takes a format, a level, --chunk-size and --checksum only");
    }
    return {};
  }

  Exit in_place() {
    const Request& request = session_.request;
    TreeSelection selection;
    selection.paths = request.inputs;
    selection.include = request.archive.include;
    selection.exclude = request.archive.exclude;
    InPlaceOptions options;
    options.compress = compress_options(session_);
    options.decompress = reading_options(session_, request.from);
    options.decompress.verify_digests = request.verify || request.remove_source;
    options.run = options.compress.run;
    options.run.on_progress = meter_.callback();
    options.name_output = naming();
    options.overwrite = request.force;
    options.remove_source = request.remove_source;
    options.remove_linked = request.force;
    options.verify = request.verify;
    options.keep_metadata = request.keep_metadata;
    options.store_metadata = request.keep_name;
    options.sync = request.sync;
    options.on_file = [this](const FileReport& report) { file(report); };
    options.on_warning = [this](const Status& warning) { warn(warning); };
    return finish(compresses_ ? compress_in_place(selection, options)
                              : decompress_in_place(selection, options));
  }

  Exit mirrored() {
    const Request& request = session_.request;
    FolderOptions options;
    options.chunk_size = request.block_size ? request.block_size : chunk_size(request.settings);
    options.num_workers = request.threads;
    options.format = request.format;
    options.level = request.level;
    options.checksum = request.checksum;
    options.overwrite = request.force;
    options.include = request.archive.include;
    options.exclude = request.archive.exclude;
    options.sync = request.sync;
    options.max_output = request.max_output;
    options.max_memory = request.memory;
    options.on_file = [this](const FileReport& report) { file(report); };
    options.on_warning = [this](const Status& warning) { warn(warning); };
    options.on_progress = meter_.callback();
    return finish(compresses_
                      ? compress_folder(request.inputs.front(), *request.output, options)
                      : decompress_folder(request.inputs.front(), *request.output, options));
  }

  static std::optional<std::size_t> chunk_size(const EncodeSettings& settings) {
    return settings.block_size ? std::optional(static_cast<std::size_t>(*settings.block_size))
                               : std::nullopt;
  }

  [[nodiscard]] std::string suffix() const {
    const Request& request = session_.request;
    return request.suffix.value_or(std::string(format_info(request.format).suffix));
  }

  [[nodiscard]] bool has_mode(const std::string& path, mode_t type) const {
    struct stat found {};
    return session_.world.system->lstat(AT_FDCWD, path.c_str(), &found) == 0 &&
           (found.st_mode & S_IFMT) == type;
  }

  /// Whether this run, which replaces outputs, makes the file from the one beside it.
  [[nodiscard]] bool is_output(const std::string& path) const {
    const std::string ending = suffix();
    return compresses_ && session_.request.force && path.size() > ending.size() &&
           path.ends_with(ending) && has_mode(path.substr(0, path.size() - ending.size()), S_IFREG);
  }

  /// Names that differ from what the library would choose: another suffix, or files packed twice.
  [[nodiscard]] std::function<Result<std::string>(const std::string&)> naming() const {
    const Request& request = session_.request;
    if (!request.suffix && !(compresses_ && request.force)) {
      return {};
    }
    if (compresses_) {
      return [this](const std::string& path) -> Result<std::string> {
        if (is_output(path)) {
          return usage("is made from the file beside it and is left out");
        }
        if (!session_.request.force &&
            packed_suffix(path, session_.request.suffix, session_.family())) {
          return usage("has the suffix of a compressed file already and is left out");
        }
        return path + suffix();
      };
    }
    return [this](const std::string& path) -> Result<std::string> {
      const DecodedName decoded = decoded_name(path, session_.request.suffix, session_.family());
      return decoded.guessed ? Result<std::string>(usage("has no known suffix and is left out"))
                             : decoded.path;
    };
  }

  void file(const FileReport& report) {
    switch (report.fate) {
      case FileReport::Fate::kFailed: {
        Status status = report.status;
        tally_.add(session_.fail(status.in_file(report.input)));
        break;
      }
      case FileReport::Fate::kSkipped:
        skipped(report);
        break;
      case FileReport::Fate::kCoded:
        done(report);
        [[fallthrough]];
      case FileReport::Fate::kCopied:
        if (!report.warning.ok()) {
          session_.console.warn(report.input, report.warning.message());
        }
        tally_.add(report.warning.ok() ? Exit::kOk : Exit::kWarning);
        break;
    }
  }

  // Symlinks are a part of many trees, and outputs of one that was packed before: that they are
  // left alone is no news.
  void skipped(const FileReport& report) {
    const bool expected = has_mode(report.input, S_IFLNK) || is_output(report.input);
    if (expected) {
      session_.console.note(1, fmt::format("{}: {}", report.input, report.status.message()));
    } else {
      session_.console.warn(report.input, report.status.message());
    }
    tally_.add(expected ? Exit::kOk : Exit::kWarning);
  }

  void done(const FileReport& report) const {
    const std::uint64_t raw = compresses_ ? report.bytes_in : report.bytes_out;
    const std::uint64_t stored = compresses_ ? report.bytes_out : report.bytes_in;
    session_.console.note(
        1, fmt::format("{}: {} => {} bytes, {}, saved {}", report.input, report.bytes_in,
                       report.bytes_out, ratio_text(raw, stored), saved_text(raw, stored)));
    if (session_.console.wants_json()) {
      JsonLine line(verb_name(session_.request.verb));
      line.text("file", report.input).text("output", report.output);
      line.number("bytes_in", report.bytes_in).number("bytes_out", report.bytes_out);
      line.flag("removed", report.removed);
      session_.console.json(line);
    }
  }

  void warn(const Status& warning) {
    if (warning.code() == Code::kInvalidArgument) {
      return;  // of names of members, and here are none
    }
    session_.console.warn(warning.file().value_or(session_.request.inputs.front()),
                          warning.message());
    tally_.add(Exit::kWarning);
  }

  Exit finish(const Result<FolderResult>& result) {
    session_.console.clear_status_line();
    if (!result.ok()) {
      tally_.add(session_.fail(result.status()));
      return tally_.result();
    }
    session_.console.note(
        1,
        fmt::format(
            "{} files, {} skipped, {} failed: {} => {} bytes, {}", result->coded + result->copied,
            result->skipped, result->failed, result->bytes_in, result->bytes_out,
            speed_text(compresses_ ? result->bytes_in : result->bytes_out, meter_.seconds())));
    if (session_.console.wants_json()) {
      JsonLine line("folder");
      line.text("verb", verb_name(session_.request.verb)).number("coded", result->coded);
      line.number("copied", result->copied).number("skipped", result->skipped);
      line.number("failed", result->failed).number("warnings", result->warnings);
      line.number("bytes_in", result->bytes_in).number("bytes_out", result->bytes_out);
      line.real("seconds", meter_.seconds()).number("threads", result->threads);
      session_.console.json(line);
    }
    return tally_.result();
  }

  const Session& session_;  // outlives the recursion
  bool compresses_;
  ProgressMeter meter_;
  Tally tally_;
};

}  // namespace

Exit recurse(const Session& session) { return Recursion(session).run(); }

Request with_files_of_folders(const Request& request) {
  Request out = request;
  MemberFilter filter(
      {.names = {}, .include = request.archive.include, .exclude = request.archive.exclude});
  out.inputs.clear();
  for (const auto& name : request.inputs) {
    Request one = request;
    one.inputs = {name};
    expand_directories(one, true);
    const bool folder = name != "-" && is_folder(name);
    for (auto& path : one.inputs) {
      const std::size_t below = folder ? path.find_first_not_of('/', name.size()) : 0;
      if (!folder || below == std::string::npos ||
          filter.takes(std::string_view(path).substr(below))) {
        out.inputs.push_back(std::move(path));
      }
    }
  }
  return out;
}

}  // namespace kompakt::cli
