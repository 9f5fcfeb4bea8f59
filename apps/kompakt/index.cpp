// The verb index: FILE.kidx, the places from which FILE can be decoded.
#include <fmt/format.h>

#include "decoding.hpp"
#include "index_file.hpp"
#include "kompakt/stream.hpp"

namespace kompakt::cli {
namespace {

void report(const Session& session, const Input& input, const std::string& path,
            const SeekIndex& index) {
  if (session.console.wants_json()) {
    JsonLine line("index");
    line.text("file", input.name).text("output", path);
    line.text("format", format_info(index.format).name).number("points", index.points.size());
    line.number("uncompressed", index.content_size);
    if (index.has_lines) {
      line.number("lines", index.lines);
    }
    session.console.json(line);
    return;
  }
  if (session.request.verbosity >= 0) {
    session.console.print(fmt::format(
        "{}: {} seek points in {} bytes of content{} -> {}\n", escape_controls(input.name),
        index.points.size(), index.content_size,
        index.has_lines ? fmt::format(", {} lines", index.lines) : "", escape_controls(path)));
  }
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
  DecompressOptions options = Decoding(session, input, meter).options();
  options.index_spacing = session.request.spacing;
  options.index_lines = session.request.count_lines;
  const auto nowhere = null_sink();
  const auto result = decompress(*input.source, *nowhere, options);
  session.console.clear_status_line();
  Status status = result.status();
  if (status.ok() && !result->index) {
    status = result->format == Format::kWarp
                 ? Status(Code::kInvalidArgument, ".warp carries its own index")
                 : Status(Code::kUnsupported,
                          fmt::format("this {} cannot be entered in its middle: there is nothing "
                                      "to index",
                                      format_info(result->format).name));
  }
  if (status.ok()) {
    status = write_index_file(session, path, *result->index);
  }
  if (!status.ok()) {
    return session.fail(status.in_file(input.name));
  }
  report(session, input, path, *result->index);
  return report_warnings(session, input, result->facts);
}

}  // namespace kompakt::cli
