#include "archive_list.hpp"

#include <fmt/format.h>

#include "entry_text.hpp"
#include "index_file.hpp"

namespace kompakt::cli {
namespace {

constexpr std::size_t kPrintedAtOnce = 64 * kKiB;

/// Rows on their way to stdout.
class Rows {
 public:
  Rows(const Session& session, const Examined& examined, bool packed)
      : session_(session), name_(examined.input().name), packed_(packed) {}

  void begin(bool titled) {
    if (titled && !plain() && !session_.console.wants_json()) {
      text_ += escape_controls(name_) + ":\n";
    }
    if (!plain() && !session_.console.wants_json()) {
      text_ += line({"Mode", "Owner", "Size", "Packed", "Ratio", "Method", "Modified", "Name"});
    }
  }

  void add(const Entry& entry) {
    if (session_.request.archive.nul_names) {
      text_ += entry.path + '\0';
    } else if (session_.console.wants_json()) {
      JsonLine json("member");
      json.text("file", name_);
      add_entry(json, entry);
      text_ += json.str();
    } else if (plain()) {
      text_ += escape_controls(entry.path) + "\n";
    } else {
      const bool coded = entry.stored_size.has_value() && entry.type == EntryType::kFile;
      text_ += line({mode_text(entry), owner_text(entry), size_text(entry),
                     entry.stored_size ? std::to_string(*entry.stored_size) : "-",
                     coded ? ratio_text(entry.size, *entry.stored_size) : "-",
                     entry.method.empty() ? "-" : entry.method,
                     entry_time_text(entry, session_.request.verbosity > 0), name_text(entry)});
      stored_ += entry.stored_size.value_or(0);
    }
    if (text_.size() >= kPrintedAtOnce) {
      flush();
    }
  }

  void end(const ArchiveResult& result, bool indexed, Exit code) {
    if (session_.console.wants_json()) {
      JsonLine json("list");
      json.text("file", name_);
      add_archive(json, result);
      json.number("compressed", result.bytes_in).number("uncompressed", result.content);
      json.flag("archive", true).flag("indexed", indexed).flag("damaged", code == Exit::kCorrupt);
      text_ += json.str();
    } else if (!plain()) {
      text_ += line({"", "", std::to_string(result.content), std::to_string(stored_),
                     ratio_text(result.content, stored_), "", "",
                     fmt::format("{} members, {} files; {}, {} bytes, {}", result.entries,
                                 result.files, result.format_name, result.bytes_in,
                                 ratio_text(result.content, result.bytes_in))});
    }
    flush();
  }

 private:
  struct Cells {
    std::string_view mode;
    std::string_view owner;
    std::string_view size;
    std::string_view packed;
    std::string_view ratio;
    std::string_view method;
    std::string_view modified;
    std::string_view name;
  };

  /// Names and nothing else.
  [[nodiscard]] bool plain() const {
    return session_.request.archive.nul_names || session_.request.verbosity < 0;
  }

  [[nodiscard]] std::string line(const Cells& cells) const {
    std::string out =
        fmt::format("{:<10} {:<17} {:>14} ", cells.mode, escape_controls(cells.owner), cells.size);
    if (packed_) {
      out += fmt::format("{:>14} {:>8} {:<8} ", cells.packed, cells.ratio, cells.method);
    }
    const int width = session_.request.verbosity > 0 ? 29 : 16;
    return out + fmt::format("{:<{}} {}\n", cells.modified, width, escape_controls(cells.name));
  }

  void flush() {
    session_.console.print(text_);
    text_.clear();
  }

  const Session& session_;  // outlives the rows
  std::string name_;
  bool packed_;  ///< members are coded one by one
  std::string text_;
  std::uint64_t stored_ = 0;
};

/// --index: what the listing brought along goes beside the archive.
Status keep_listing(const Session& session, const Examined& examined, ArchiveListResult& result) {
  if (!session.request.write_index) {
    return {};
  }
  if (!result.table) {
    return {Code::kUnsupported, result.damage.ok()
                                    ? fmt::format("{} needs no index beside it", result.format_name)
                                    : "there is no index of a damaged archive"};
  }
  return write_index_file(session, index_path(examined.input().name),
                          {.index = std::move(result.index), .table = std::move(result.table)},
                          examined.source());
}

}  // namespace

std::optional<ListedArchive> find_archive(const Session& session, Examined& examined, Exit& code) {
  ListedArchive found;
  if (!session.request.write_index && !examined.input().is_stdin) {
    const auto& beside = examined.index(session, code);
    found.index = beside ? &*beside : nullptr;
  }
  if (found.indexed()) {
    found.target = {
        .kind = ArchiveKind::kTar,
        .filter = found.index->index ? std::optional(found.index->index->format) : std::nullopt};
    return found;
  }
  const auto target = archive_in(session, examined.input(), examined.source());
  if (!target) {
    return std::nullopt;
  }
  found.target = *target;
  return found;
}

Exit list_members(const Session& session, const Examined& examined, const ListedArchive& archive,
                  bool titled) {
  const Input& input = examined.input();
  MemberReporter reporter(session, input.name);
  ProgressMeter meter(session, input.name, examined.source().size(), ContentSide::kOutput);
  ArchiveReadOptions options = archive_reading_options(session, input, archive.index);
  reporter.watch(options, meter);
  if (session.world.is_terminal(session.world.out)) {
    options.decode.run.on_progress = nullptr;  // it would stand between the rows
  }
  Rows rows(session, examined, archive.target.kind == ArchiveKind::kZip);
  options.on_entry = reporter.guard<Entry>([&rows](const Entry& entry) { rows.add(entry); });
  rows.begin(titled);
  auto result = list_archive(examined.source(), options, session.request.write_index);
  session.console.clear_status_line();
  if (!result.ok()) {
    return session.fail(result.status().in_file(input.name));
  }
  const Exit code = reporter.verdict(*result);
  rows.end(*result, archive.indexed(), code);
  if (Status kept = keep_listing(session, examined, *result); !kept.ok()) {
    return worse(code, session.fail(kept.in_file(input.name)));
  }
  return code;
}

std::optional<ArchiveResult> count_members(const Session& session, const Examined& examined,
                                           const ListedArchive& archive) {
  if (archive.target.filter && !archive.indexed()) {
    return std::nullopt;
  }
  const auto result = list_archive(
      examined.source(), archive_reading_options(session, examined.input(), archive.index));
  return result.ok() ? std::optional<ArchiveResult>(*result) : std::nullopt;
}

}  // namespace kompakt::cli
