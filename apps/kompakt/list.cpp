// The verb list: one row a file.
#include <fmt/format.h>

#include "applets/listing.hpp"
#include "facts.hpp"

namespace kompakt::cli {
namespace {

constexpr std::string_view kRow = "{:>14} {:>14} {:>8} {:>12}  {:<10} {:<7} ";
constexpr std::string_view kWide = "{:>7} {:>8} {:>10} {:>6}  {:<20} ";

struct Totals {
  std::uint64_t files = 0;
  std::uint64_t compressed = 0;
  std::uint64_t content = 0;
};

std::string header(bool wide) {
  return fmt::format(fmt::runtime(kRow), "Compressed", "Uncompressed", "Ratio", "Saved", "Format",
                     "Check") +
         (wide ? fmt::format(fmt::runtime(kWide), "Streams", "Blocks", "Window", "Points", "Holds")
               : "") +
         "Name\n";
}

std::string saved_column(std::uint64_t raw, std::uint64_t stored) {
  return "saved " + saved_text(raw, stored);
}

std::string size_column(std::uint64_t bytes) {
  return bytes == 0 ? "-" : human_size(static_cast<double>(bytes));
}

// Codecs of a .warp file, the stored name of a .gz file.
std::string holds(const Facts& facts) {
  if (facts.warp) {
    return codecs_text(*facts.warp);
  }
  return facts.stream->facts.name ? escape_controls(*facts.stream->facts.name) : "-";
}

std::string row(const Facts& facts, bool wide) {
  std::string out = fmt::format(fmt::runtime(kRow), facts.compressed(), facts.content(),
                                ratio_text(facts.content(), facts.compressed()),
                                saved_column(facts.content(), facts.compressed()),
                                facts.format_name(), facts.check());
  if (wide) {
    const std::uint64_t window =
        facts.warp ? facts.warp->block_size : facts.stream->facts.window.value_or(0);
    const std::uint64_t skipped = facts.stream ? facts.stream->facts.skipped : 0;
    const std::string streams = skipped == 0 ? std::to_string(facts.streams())
                                             : fmt::format("{}+{}", facts.streams(), skipped);
    out += fmt::format(
        fmt::runtime(kWide), streams, facts.blocks() == 0 ? "-" : std::to_string(facts.blocks()),
        size_column(window), facts.points ? std::to_string(*facts.points) : "-", holds(facts));
  }
  return out + escape_controls(facts.name) + "\n";
}

std::string totals_row(const Totals& totals, bool wide) {
  return fmt::format(fmt::runtime(kRow), totals.compressed, totals.content,
                     ratio_text(totals.content, totals.compressed),
                     saved_column(totals.content, totals.compressed), "", "") +
         (wide ? fmt::format(fmt::runtime(kWide), "", "", "", "", "") : "") +
         fmt::format("{} files\n", totals.files);
}

void print_json(const Session& session, const Facts& facts) {
  JsonLine line("list");
  add_facts(line, facts);
  if (facts.warp && !facts.warp->codecs.empty()) {
    line.counts("codecs", facts.warp->codecs);
  }
  session.console.json(line);
}

}  // namespace

Exit list_files(const Session& session) {
  if (session.request.list_style != ListStyle::kKompakt) {
    return list_as_original(session);
  }
  const bool wide = session.request.verbosity > 0;
  const bool json = session.console.wants_json();
  Tally tally;
  Totals totals;
  for (const auto& name : session.request.inputs) {
    const Facts facts = read_facts(session, name, wide);
    tally.add(facts.code);
    if (!facts.known()) {
      continue;
    }
    if (json) {
      print_json(session, facts);
      continue;
    }
    session.console.print((totals.files == 0 ? header(wide) : "") + row(facts, wide));
    ++totals.files;
    totals.compressed += facts.compressed();
    totals.content += facts.content();
  }
  if (totals.files > 1) {
    session.console.print(totals_row(totals, wide));
  }
  return tally.result();
}

}  // namespace kompakt::cli
