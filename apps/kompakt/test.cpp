// The verb test: decode everything, check everything, write nothing.
#include <fmt/format.h>

#include "archive_reading.hpp"
#include "decoding.hpp"
#include "index_file.hpp"

namespace kompakt::cli {
namespace {

struct Verdict {
  Status status;
  std::uint64_t content = 0;
  std::uint64_t lost = 0;
  StreamFacts facts = {};
  ArchiveIndex index = {};
  std::optional<ArchiveResult> archive = {};
  Exit code = Exit::kOk;  ///< besides that of `status`
};

// Strictly first, because a search for what is lost forgives damage that costs no content. Then
// once more to the end, so that every damaged block is named.
Verdict examine(const Session& session, const Input& input, ProgressMeter& meter) {
  const auto nowhere = null_sink();
  WatchedOutput content(session, *nowhere);
  Decoding decoding(session, input, meter);
  auto strict = decoding.run(content.sink(), false, true);
  if (strict.ok()) {
    return {.status = {},
            .content = strict->bytes_out,
            .facts = std::move(strict->facts),
            .index = content.with(std::move(strict->index))};
  }
  Verdict failed{.status = strict.status()};
  const bool warp = input.format.value_or(Format::kWarp) == Format::kWarp;
  if (!warp || !is_damage(failed.status) || !input.source->random_access()) {
    return failed;
  }
  const auto second_nowhere = null_sink();
  const auto tolerant = decoding.run(*second_nowhere, true, true);
  return {.status = failed.status,
          .content = tolerant.ok() ? tolerant->bytes_out : 0,
          .lost = decoding.lost()};
}

/// Whether `input` is to be read as an archive: not under the name of a stock tool.
std::optional<ArchiveTarget> archive_to_test(const Session& session, const Input& input) {
  return session.family().own_codes ? archive_in(session, input, *input.source) : std::nullopt;
}

/// Reads every member. Of a tar that is the whole stream too; a .warp file is tested as such first,
/// and so is a stream that is to be indexed.
Verdict examine_archive(const Session& session, const Input& input, const ArchiveTarget& target,
                        ProgressMeter& meter) {
  Verdict verdict;
  if (target.kind == ArchiveKind::kWarp || (target.filter && session.request.write_index)) {
    verdict = examine(session, input, meter);
    if (!verdict.status.ok()) {
      return verdict;
    }
  }
  MemberReporter reporter(session, input.name);
  ArchiveReadOptions options = archive_reading_options(session, input, nullptr);
  options.decode.verify_digests = true;
  options.decode.index_spacing = 0;
  reporter.watch(options, meter);
  auto result = test_archive(*input.source, options);
  session.console.clear_status_line();
  verdict.status = result.status();
  if (!result.ok()) {
    return verdict;
  }
  if (result->refused != 0) {
    session.console.warn(input.name,
                         fmt::format("'extract' would refuse {} members", result->refused));
    result->refused = 0;
    verdict.code = Exit::kWarning;
  }
  verdict.code = worse(verdict.code, reporter.verdict(*result));
  verdict.content = result->content;
  verdict.archive = std::move(*result);
  return verdict;
}

void report(const Session& session, const Input& input, const Verdict& verdict, Exit code,
            double seconds) {
  const bool fine = code <= Exit::kWarning;
  if (fine) {
    const bool gzip = session.request.list_style == ListStyle::kGzip;
    const std::string members =
        verdict.archive ? fmt::format(", {} members", verdict.archive->entries) : "";
    session.console.note(
        1, gzip ? fmt::format("{}: OK", input.name)
                : fmt::format("{}: ok{}, {} bytes, {}", input.name, members, verdict.content,
                              speed_text(verdict.content, seconds)));
  }
  if (session.console.wants_json()) {
    JsonLine line("test");
    line.text("file", input.name).flag("ok", fine).number("bytes", verdict.content);
    line.number("lost_ranges", verdict.lost).real("seconds", seconds);
    if (verdict.archive) {
      line.text("archive", verdict.archive->format_name);
      line.number("members", verdict.archive->entries).number("lost", verdict.archive->lost);
    }
    session.console.json(line);
  }
}

}  // namespace

Exit test_file(const Session& session, const std::string& name) {
  const Opening opening = open_compressed(session, name, false);
  if (!opening.input) {
    return opening.code;
  }
  const Input& input = *opening.input;
  ProgressMeter meter(session, input.name, input.source->size(), ContentSide::kOutput);
  const auto archive = archive_to_test(session, input);
  Verdict verdict =
      archive ? examine_archive(session, input, *archive, meter) : examine(session, input, meter);
  session.console.clear_status_line();
  if (verdict.status.ok() && verdict.code <= Exit::kWarning) {
    verdict.status = keep_index(session, input, std::move(verdict.index));
  }
  if (!verdict.status.ok() && verdict.lost == 0) {
    session.console.error(verdict.status.in_file(input.name));
  }
  Exit code = worse(verdict.code, exit_of(verdict.status.code()));
  if (verdict.status.ok()) {
    code = worse(code, report_warnings(session, input, verdict.facts));
  }
  report(session, input, verdict, code, meter.seconds());
  return code;
}

}  // namespace kompakt::cli
