// The verb index: FILE.kidx, the places from which FILE can be decoded, and its members.
#include <fmt/format.h>

#include "archive_reading.hpp"
#include "decoding.hpp"
#include "index_file.hpp"
#include "kompakt/stream.hpp"

namespace kompakt::cli {
namespace {

/// What reading all of an input brought along.
struct Collected {
  ArchiveIndex index;
  std::string format;  ///< "gzip", "tar.gz"
  Exit code = Exit::kOk;
};

void report(const Session& session, const Input& input, const std::string& path,
            const Collected& collected) {
  const auto& [index, table] = collected.index;
  if (session.console.wants_json()) {
    JsonLine line("index");
    line.text("file", input.name).text("output", path).text("format", collected.format);
    if (index) {
      line.number("points", index->points.size()).number("uncompressed", index->content_size);
    }
    if (index && index->has_lines) {
      line.number("lines", index->lines);
    }
    if (table) {
      line.number("members", table->rows.size());
    }
    session.console.json(line);
    return;
  }
  if (session.request.verbosity < 0) {
    return;
  }
  std::string text;
  if (index) {
    text = fmt::format("{} seek points in {} bytes of content{}", index->points.size(),
                       index->content_size,
                       index->has_lines ? fmt::format(", {} lines", index->lines) : "");
  }
  if (table) {
    text += fmt::format("{}{} members", text.empty() ? "" : ", ", table->rows.size());
  }
  session.console.print(
      fmt::format("{}: {} -> {}\n", escape_controls(input.name), text, escape_controls(path)));
}

Result<Collected> index_stream(const Session& session, const Input& input, ProgressMeter& meter) {
  DecompressOptions options = Decoding(session, input, meter).options();
  options.index_spacing = session.request.spacing;
  options.index_lines = session.request.count_lines;
  const auto nowhere = null_sink();
  auto result = decompress(*input.source, *nowhere, options);
  if (!result.ok()) {
    return result.status();
  }
  if (!result->index) {
    return result->format == Format::kWarp
               ? Status(Code::kInvalidArgument, ".warp carries its own index")
               : Status(Code::kUnsupported,
                        fmt::format("this {} cannot be entered in its middle: there is nothing "
                                    "to index",
                                    format_info(result->format).name));
  }
  return Collected{.index = {.index = std::move(result->index), .table = {}},
                   .format = std::string(format_info(result->format).name),
                   .code = report_warnings(session, input, result->facts)};
}

/// Of a tar the members too.
Result<Collected> index_tar(const Session& session, const Input& input, ProgressMeter& meter) {
  MemberReporter reporter(session, input.name);
  ArchiveReadOptions options = archive_reading_options(session, input, nullptr);
  reporter.watch(options, meter);
  options.decode.index_spacing = session.request.spacing;
  options.decode.index_lines = session.request.count_lines;
  auto result = list_archive(*input.source, options, true);
  if (!result.ok()) {
    return result.status();
  }
  if (!result->damage.ok()) {
    return result->damage;
  }
  return Collected{.index = {.index = std::move(result->index), .table = std::move(result->table)},
                   .format = result->format_name,
                   .code = reporter.verdict(*result)};
}

}  // namespace

Exit index_file(const Session& session, const std::string& name) {
  if (name == "-") {
    return session.fail(
        {Code::kInvalidArgument, "an index of a pipe could never be used: name a file"});
  }
  const Opening opening = open_compressed(session, name, false);
  if (!opening.input) {
    return opening.code;
  }
  const Input& input = *opening.input;
  const std::string path = session.request.output.value_or(index_path(name));
  ProgressMeter meter(session, input.name, input.source->size(), ContentSide::kOutput);
  const auto archive = archive_in(session, input, *input.source);
  const bool tar = archive && archive->kind == ArchiveKind::kTar;
  const auto collected =
      tar ? index_tar(session, input, meter) : index_stream(session, input, meter);
  session.console.clear_status_line();
  Status status = collected.status();
  if (status.ok()) {
    status = write_index_file(session, path, collected->index, *input.source);
  }
  if (!status.ok()) {
    return session.fail(status.in_file(input.name));
  }
  report(session, input, path, *collected);
  return collected->code;
}

}  // namespace kompakt::cli
