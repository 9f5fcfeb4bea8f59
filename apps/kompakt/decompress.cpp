// The verb decompress: by magic, whatever the file is called.
#include <fcntl.h>
#include <fmt/format.h>

#include "archive_reading.hpp"
#include "decoding.hpp"
#include "files.hpp"
#include "format/gzip/member_header.hpp"
#include "index_file.hpp"
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
  if (!output.is_file() || !session.request.keep_metadata || (!has_own && !result.metadata)) {
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
  if (session.request.restore_name && result.facts.modified.value_or(0) != 0) {
    own.modified = {.tv_sec = static_cast<time_t>(*result.facts.modified), .tv_nsec = 0};
  }
  output.set_metadata(metadata_to_restore(result.metadata, std::move(own)));
  return {};
}

/// zcat -f and its like: what is in no known format goes through as it is.
Exit pass_through(const Session& session, const Input& input, Output& output) {
  std::vector<std::byte> buffer(kMiB);
  Status status;
  for (std::size_t got = buffer.size(); status.ok() && got == buffer.size();) {
    const auto read = input.source->read(buffer);
    status = read.status();
    got = read.ok() ? *read : 0;
    if (status.ok()) {
      status = output.sink().write(ByteSpan(buffer).first(got));
    }
  }
  if (status.ok()) {
    status = output.commit();
  }
  return status.ok() ? Exit::kOk : session.fail(status.in_file(input.name));
}

/// The name that a .gz file brings along, next to the file.
std::optional<std::string> stored_path(const Input& input) {
  std::vector<std::byte> head(4 * kKiB);
  const auto got = input.source->random_access() ? input.source->read_at(0, head)
                                                 : Result<std::size_t>(std::size_t{0});
  gzip::HeaderParser header(gzip::Framing::kGzip);
  if (!got.ok() || !header.read(ByteSpan(head).first(*got)).ok() || !header.complete()) {
    return std::nullopt;
  }
  // Never a path: that would let the file choose where to write.
  const std::string name = base_name(header.fields().name.value_or(""));
  if (name.empty() || name == "." || name == "..") {
    return std::nullopt;
  }
  return input.name.substr(0, input.name.rfind('/') + 1) + name;
}

Exit write_decoded(const Session& session, const Input& input, Output& output) {
  ProgressMeter meter(session, input.name, input.source->size(), ContentSide::kOutput);
  Decoding decoding(session, input, meter);
  WatchedOutput content(session, output.sink());
  auto result = decoding.run(content.sink(), session.request.keep_going,
                             session.request.verify || session.request.remove_source);
  session.console.clear_status_line();
  Status status = result.status();
  if (status.ok()) {
    status = keep_metadata(session, input, *result, output);
  }
  if (status.ok()) {
    status = output.commit();
  }
  if (status.ok()) {
    status = keep_index(session, input, content.with(std::move(result->index)));
  }
  if (!status.ok()) {
    return session.fail(status.in_file(input.name));
  }
  // The originals remove a source all the same when they ignored what lies behind its end.
  const Exit garbage = report_warnings(session, input, result->facts);
  Exit code = session.family().own_codes ? garbage : Exit::kOk;
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
  return worse(code, garbage);
}

/// Why an archive is not decompressed like a file: its members would be glued together.
Status check_no_archive(const Session& session, const Input& input, bool in_place) {
  const bool warp = input.format == Format::kWarp;
  if (!session.family().own_codes || session.request.force || (input.format && !warp) ||
      (warp && !in_place)) {
    return {};
  }
  const auto archive = archive_in(session, input, *input.source);
  if (!archive || archive->filter) {
    return {};
  }
  return archive->kind == ArchiveKind::kWarp
             ? Status(Code::kInvalidArgument,
                      "is an archive: 'kompakt extract' takes its members out (-c or --force "
                      "writes their content end to end)")
             : Status(Code::kUnsupported,
                      "is an archive and no compressed stream: 'kompakt extract' takes its members "
                      "out");
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
  if (Status single = check_no_archive(session, input, in_place || request.output != "-");
      !single.ok()) {
    return session.fail(single.in_file(input.name));
  }
  DecodedName decoded{.path = "-"};
  if (in_place) {
    decoded = decoded_name(name, request.suffix, session.family());
    if (const auto stored = request.restore_name ? stored_path(input) : std::nullopt; stored) {
      decoded.path = *stored;
    }
    if (decoded.guessed && session.family().unknown_suffix > UnknownSuffix::kGuess) {
      session.console.warn(name, "has no known suffix, skipped");
      return session.family().unknown_suffix == UnknownSuffix::kSkip ? Exit::kWarning
                                                                     : Exit::kError;
    }
  }
  if (request.remove_source) {
    if (Status removable = check_removable(session, input); !removable.ok()) {
      return session.fail(removable);
    }
  }
  auto output = Output::open(session, request.output.value_or(decoded.path), input);
  if (!output.ok()) {
    return session.fail(output.status());
  }
  if (input.foreign) {
    return pass_through(session, input, *output);
  }
  const Exit code = write_decoded(session, input, *output);
  if (decoded.guessed && code == Exit::kOk) {
    session.console.warn(name,
                         fmt::format("has no known suffix, decompressed to {}", decoded.path));
    return session.family().unknown_suffix == UnknownSuffix::kGuess ? code : Exit::kWarning;
  }
  return code;
}

}  // namespace kompakt::cli
