// The verb decompress: by magic, whatever the file is called.
#include <fcntl.h>
#include <fmt/format.h>

#include "decoding.hpp"
#include "files.hpp"
#include "io/file.hpp"
#include "kompakt/stream.hpp"
#include "naming.hpp"
#include "report.hpp"
#include "source_removal.hpp"

namespace kompakt::cli {
namespace {

Status keep_metadata(const Session& session, const Input& input, const StreamResult& result,
                     const Output& output) {
  const bool has_own = input.regular() && !input.is_stdin;
  if (!output.is_file() || (!has_own && !result.metadata)) {
    return {};
  }
  FileMetadata own;
  own.mode = S_IRUSR | S_IWUSR;
  own.accessed.tv_nsec = UTIME_NOW;
  own.modified.tv_nsec = UTIME_NOW;
  if (has_own) {
    auto read = read_metadata(*session.world.system, input.fd);
    if (!read.ok()) {
      return read.status();
    }
    own = std::move(*read);
  }
  output.set_metadata(metadata_to_restore(result.metadata, std::move(own)));
  return {};
}

Exit write_decoded(const Session& session, const Input& input, Output& output) {
  ProgressMeter meter(session, input.name, input.source->size(), ContentSide::kOutput);
  Decoding decoding(session, input, meter);
  auto result = decoding.run(output.sink(), session.request.keep_going,
                             session.request.verify || session.request.remove_source);
  session.console.clear_status_line();
  Status status = result.status();
  if (status.ok()) {
    status = keep_metadata(session, input, *result, output);
  }
  if (status.ok()) {
    status = output.commit();
  }
  if (!status.ok()) {
    return session.fail(status.in_file(input.name));
  }
  Exit code = Exit::kOk;
  if (!result->damage.ok()) {
    code = Exit::kCorrupt;
    if (decoding.lost() == 0) {
      session.console.error(result->damage.in_file(input.name));
      session.console.warn(input.name, "is damaged, but no content was lost");
    }
  }
  if (input.regular() && !check_unchanged(*session.world.system, input.fd, input.before).ok()) {
    session.console.warn(input.name, "changed while it was being read");
    code = worse(code, Exit::kWarning);
  }
  if (session.request.remove_source && code == Exit::kOk) {
    if (Status removed = remove_input(session, input); !removed.ok()) {
      return session.fail(removed);
    }
  }
  report_done(session, {.input = input.name,
                        .output = output.name(),
                        .result = std::move(*result),
                        .seconds = meter.seconds(),
                        .verified = code == Exit::kOk});
  return code;
}

}  // namespace

Exit decompress_file(const Session& session, const std::string& name) {
  const Request& request = session.request;
  const bool in_place = !request.output && name != "-";
  const Opening opening = open_compressed(session, name, in_place);
  if (!opening.input) {
    return opening.code;
  }
  const Input& input = *opening.input;
  const DecodedName decoded =
      in_place ? decoded_name(name, request.suffix) : DecodedName{.path = "-"};
  if (request.remove_source) {
    if (Status removable = check_removable(session, input); !removable.ok()) {
      return session.fail(removable);
    }
  }
  auto output = Output::open(session, request.output.value_or(decoded.path), input);
  if (!output.ok()) {
    return session.fail(output.status());
  }
  const Exit code = write_decoded(session, input, *output);
  if (decoded.guessed && code == Exit::kOk) {
    session.console.warn(name,
                         fmt::format("has no known suffix, decompressed to {}", decoded.path));
    return Exit::kWarning;
  }
  return code;
}

}  // namespace kompakt::cli
