// The verb list: one row a file.
#include <fmt/format.h>

#include "facts.hpp"

namespace kompakt::cli {
namespace {

constexpr std::string_view kRow = "{:>7} {:>7} {:>14} {:>14} {:>8} {:>12}  {:<8} ";

struct Totals {
  std::uint64_t files = 0;
  std::uint64_t blocks = 0;
  std::uint64_t stored = 0;
  std::uint64_t raw = 0;
};

std::string header(bool wide) {
  return fmt::format(fmt::runtime(kRow), "Version", "Blocks", "Compressed", "Uncompressed", "Ratio",
                     "Saved", "Checksum") +
         (wide ? fmt::format("{:>10} {:>10}  {:<24} ", "Block size", "Memory", "Codecs") : "") +
         "Name\n";
}

std::string saved_column(std::uint64_t raw, std::uint64_t stored) {
  return "saved " + saved_text(raw, stored);
}

std::string row(const Facts& facts, bool wide) {
  const ContainerInfo& info = *facts.info;
  std::string out =
      fmt::format(fmt::runtime(kRow), info.layout, info.blocks, info.stored_size, info.raw_size,
                  ratio_text(info.raw_size, info.stored_size),
                  saved_column(info.raw_size, info.stored_size), hash_name(info.checksum));
  if (wide) {
    const auto size = [](std::uint64_t bytes) {
      return bytes == 0 ? "-" : human_size(static_cast<double>(bytes));
    };
    out += fmt::format("{:>10} {:>10}  {:<24} ", size(info.block_size), size(info.decode_memory),
                       codecs_text(info));
  }
  return out + escape_controls(facts.name) + "\n";
}

std::string totals_row(const Totals& totals, bool wide) {
  return fmt::format(fmt::runtime(kRow), "", totals.blocks, totals.stored, totals.raw,
                     ratio_text(totals.raw, totals.stored), saved_column(totals.raw, totals.stored),
                     "") +
         (wide ? fmt::format("{:>10} {:>10}  {:<24} ", "", "", "") : "") +
         fmt::format("{} files\n", totals.files);
}

void print_json(const Session& session, const Facts& facts) {
  JsonLine line("list");
  add_facts(line, facts);
  if (!facts.info->codecs.empty()) {
    line.counts("codecs", facts.info->codecs);
  }
  session.console.json(line);
}

}  // namespace

Exit list_files(const Session& session) {
  const bool wide = session.request.verbosity > 0;
  const bool json = session.console.wants_json();
  Tally tally;
  Totals totals;
  for (const auto& name : session.request.inputs) {
    const Facts facts = read_facts(session, name, wide);
    tally.add(facts.code);
    if (!facts.info) {
      continue;
    }
    if (json) {
      print_json(session, facts);
      continue;
    }
    session.console.print((totals.files == 0 ? header(wide) : "") + row(facts, wide));
    ++totals.files;
    totals.blocks += facts.info->blocks;
    totals.stored += facts.info->stored_size;
    totals.raw += facts.info->raw_size;
  }
  if (totals.files > 1) {
    session.console.print(totals_row(totals, wide));
  }
  return tally.result();
}

}  // namespace kompakt::cli
