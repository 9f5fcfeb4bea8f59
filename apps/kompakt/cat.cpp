// The verb cat: content, or a stretch of it, to stdout.
#include "decoding.hpp"
#include "index_file.hpp"
#include "kompakt/stream.hpp"

namespace kompakt::cli {
namespace {

Result<StreamResult> decode(const Session& session, const Input& input, Decoding& decoding,
                            Sink& sink, Exit& code) {
  const Request& request = session.request;
  if (!request.range && !request.lines) {
    return decoding.run(sink, false, request.verify);
  }
  DecompressOptions options = decoding.options();
  options.verify_digests = request.verify;
  const auto index = read_index_file(session, input, code);
  const SeekIndex* points = index ? &*index : nullptr;
  if (request.range) {
    return decompress_range(*input.source, sink, request.range->offset, request.range->length,
                            options, points);
  }
  return decompress_lines(*input.source, sink, request.lines->first, request.lines->last, options,
                          points);
}

}  // namespace

Exit cat_file(const Session& session, const std::string& name) {
  const Opening opening = open_compressed(session, name, false);
  if (!opening.input) {
    return opening.code;
  }
  const Input& input = *opening.input;
  auto output = Output::open(session, session.request.output.value_or("-"), input);
  if (!output.ok()) {
    return session.fail(output.status());
  }
  ProgressMeter meter(session, input.name, std::nullopt, ContentSide::kOutput);
  Decoding decoding(session, input, meter);
  Exit code = Exit::kOk;
  const auto result = decode(session, input, decoding, output->sink(), code);
  session.console.clear_status_line();
  Status status = result.status();
  if (status.ok()) {
    status = output->commit();
  }
  if (status.ok()) {
    status = keep_index(session, input, result->index);
  }
  return status.ok() ? worse(code, report_warnings(session, input, result->facts))
                     : session.fail(status.in_file(input.name));
}

}  // namespace kompakt::cli
