#include "report.hpp"

#include <fmt/format.h>

namespace kompakt::cli {

void report_done(const Session& session, const Done& done) {
  const bool compressed = session.request.verb == Verb::kCompress;
  const std::uint64_t raw = compressed ? done.result.bytes_in : done.result.bytes_out;
  const std::uint64_t stored = compressed ? done.result.bytes_out : done.result.bytes_in;
  const double percent =
      raw == 0 ? 100.0 : 100.0 * static_cast<double>(stored) / static_cast<double>(raw);
  if (session.request.list_style == ListStyle::kGzip) {
    const std::string_view fate = session.request.remove_source ? "replaced with" : "created";
    session.console.note(1, done.output == "<stdout>"
                                ? fmt::format("{}: {}", done.input, saved_text(raw, stored))
                                : fmt::format("{}: {} -- {} {}", done.input,
                                              saved_text(raw, stored), fate, done.output));
    return;
  }
  session.console.note(
      1, fmt::format("{}: {:.1f}% ({} => {} bytes, {}, saved {}), {}", done.input, percent,
                     done.result.bytes_in, done.result.bytes_out, ratio_text(raw, stored),
                     saved_text(raw, stored), speed_text(raw, done.seconds)));
  if (session.console.wants_json()) {
    JsonLine line(verb_name(session.request.verb));
    line.text("file", done.input).text("output", done.output);
    line.text("format", format_info(done.result.format).name);
    line.number("bytes_in", done.result.bytes_in).number("bytes_out", done.result.bytes_out);
    line.real("seconds", done.seconds)
        .number("threads", done.result.threads)
        .flag("verified", done.verified);
    session.console.json(line);
  }
}

std::function<void(const BlockReport&)> block_printer(const Session& session) {
  if (session.console.verbosity() < 2) {
    return {};
  }
  return [&session](const BlockReport& block) {
    session.console.note(
        2, fmt::format("block {:>6}  {:<8} {:>10} => {:>10}  {:>8}  {}", block.number, block.codec,
                       block.raw_size, block.stored_size,
                       ratio_text(block.raw_size, block.stored_size),
                       speed_text(block.raw_size, block.seconds)));
  };
}

}  // namespace kompakt::cli
