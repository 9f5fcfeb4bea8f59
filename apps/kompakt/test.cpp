// The verb test: decode everything, check everything, write nothing.
#include <fmt/format.h>

#include "decoding.hpp"
#include "index_file.hpp"

namespace kompakt::cli {
namespace {

bool is_damage(const Status& status) {
  return status.code() == Code::kCorrupt || status.code() == Code::kTruncated;
}

struct Verdict {
  Status status;
  std::uint64_t content = 0;
  std::uint64_t lost = 0;
  StreamFacts facts = {};
  std::optional<SeekIndex> index = {};
};

// Strictly first, because a search for what is lost forgives damage that costs no content. Then
// once more to the end, so that every damaged block is named.
Verdict examine(const Session& session, const Input& input, ProgressMeter& meter) {
  const auto nowhere = null_sink();
  Decoding decoding(session, input, meter);
  auto strict = decoding.run(*nowhere, false, true);
  if (strict.ok()) {
    return {.status = {},
            .content = strict->bytes_out,
            .facts = std::move(strict->facts),
            .index = std::move(strict->index)};
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

}  // namespace

Exit test_file(const Session& session, const std::string& name) {
  const Opening opening = open_compressed(session, name, false);
  if (!opening.input) {
    return opening.code;
  }
  const Input& input = *opening.input;
  ProgressMeter meter(session, input.name, input.source->size(), ContentSide::kOutput);
  Verdict verdict = examine(session, input, meter);
  session.console.clear_status_line();
  if (verdict.status.ok()) {
    verdict.status = keep_index(session, input, verdict.index);
  }
  if (!verdict.status.ok() && verdict.lost == 0) {
    session.console.error(verdict.status.in_file(input.name));
  }
  Exit code = exit_of(verdict.status.code());
  if (verdict.status.ok()) {
    code = report_warnings(session, input, verdict.facts);
    const bool gzip = session.request.list_style == ListStyle::kGzip;
    session.console.note(1, gzip ? fmt::format("{}: OK", input.name)
                                 : fmt::format("{}: ok, {} bytes, {}", input.name, verdict.content,
                                               speed_text(verdict.content, meter.seconds())));
  }
  if (session.console.wants_json()) {
    JsonLine line("test");
    line.text("file", input.name).flag("ok", verdict.status.ok()).number("bytes", verdict.content);
    line.number("lost_ranges", verdict.lost).real("seconds", meter.seconds());
    session.console.json(line);
  }
  return code;
}

}  // namespace kompakt::cli
