// The verb list: one row a stream, one row a member.
#include <fmt/format.h>

#include <array>

#include "applets/listing.hpp"
#include "archive_list.hpp"
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

/// Streams make one table; every archive makes one of its own.
class Listing {
 public:
  explicit Listing(const Session& session)
      : session_(session), wide_(session.request.verbosity > 0) {}

  Exit run() {
    for (const auto& name : session_.request.inputs) {
      Examined examined(session_, name);
      tally_.add(examined.ok() ? file(examined) : examined.code());
    }
    end_table();
    return tally_.result();
  }

 private:
  Exit file(Examined& examined) {
    // -l is the table of the stock tools; what is no stream has none.
    Exit code = Exit::kOk;
    if (!session_.request.as_mode || !is_stream(examined)) {
      if (const auto archive = find_archive(session_, examined, code); archive) {
        end_table();
        return worse(
            code, list_members(session_, examined, *archive, session_.request.inputs.size() > 1));
      }
    }
    const Facts facts = facts_of(session_, examined, wide_);
    if (facts.known()) {
      add(facts);
    }
    return facts.code;
  }

  static bool is_stream(const Examined& examined) {
    std::array<std::byte, 16> head{};
    const auto got = examined.source().read_at(0, head);
    return examined.input().format ||
           (got.ok() && detect_format(ByteSpan(head).first(*got)).has_value());
  }

  void add(const Facts& facts) {
    if (session_.console.wants_json()) {
      print_json(session_, facts);
      return;
    }
    session_.console.print((totals_.files == 0 ? header(wide_) : "") + row(facts, wide_));
    ++totals_.files;
    totals_.compressed += facts.compressed();
    totals_.content += facts.content();
  }

  void end_table() {
    if (totals_.files > 1) {
      session_.console.print(totals_row(totals_, wide_));
    }
    totals_ = {};
  }

  const Session& session_;  // outlives the listing
  bool wide_;
  Totals totals_;
  Tally tally_;
};

}  // namespace

Exit list_files(const Session& session) {
  return session.request.list_style == ListStyle::kKompakt ? Listing(session).run()
                                                           : list_as_original(session);
}

}  // namespace kompakt::cli
