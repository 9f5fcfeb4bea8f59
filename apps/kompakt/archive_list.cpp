#include "archive_list.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "entry_text.hpp"
#include "index_file.hpp"

namespace kompakt::cli {
namespace {

constexpr std::size_t kPrintedAtOnce = 64 * kKiB;

enum class Align : bool { kLeft, kRight };

/// `text` and a space, in a column as wide as `width` and wider where it has to be. Archives have
/// hundreds of thousands of rows: what is plain ASCII is counted by its bytes.
void put_cell(std::string& out, std::string_view text, std::size_t width, Align align) {
  unsigned bits = 0;
  for (const char c : text) {
    bits |= static_cast<unsigned char>(c);
  }
  if (bits >= 0x80U) {
    out += align == Align::kLeft ? fmt::format("{:<{}} ", text, width)
                                 : fmt::format("{:>{}} ", text, width);
    return;
  }
  const std::size_t padding = width - std::min(width, text.size());
  out.append(align == Align::kRight ? padding : 0, ' ');
  out += text;
  out.append(align == Align::kLeft ? padding : 0, ' ');
  out += ' ';
}

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
      put_line({"Mode", "Owner", "Size", "Packed", "Ratio", "Method", "Modified", "Name"});
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
      put_entry(entry);
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
      put_line({"", "", std::to_string(result.content), std::to_string(stored_),
                ratio_text(result.content, stored_), "", "",
                fmt::format("{} members, {} files; {}, {} bytes, {}", result.entries, result.files,
                            result.format_name, result.bytes_in,
                            ratio_text(result.content, result.bytes_in))});
    }
    flush();
  }

 private:
  static constexpr std::size_t kModeWidth = 10;
  static constexpr std::size_t kOwnerWidth = 17;
  static constexpr std::size_t kSizeWidth = 14;
  static constexpr std::size_t kRatioWidth = 8;
  static constexpr std::size_t kMethodWidth = 8;

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

  /// What the first cells of a member are made of.
  struct Head {
    EntryType type = EntryType::kFile;
    std::optional<std::uint32_t> mode;
    std::optional<Entry::Owner> owner;
    std::string user;
    std::string group;
    friend bool operator==(const Head&, const Head&) = default;
  };

  /// Names and nothing else.
  [[nodiscard]] bool plain() const {
    return session_.request.archive.nul_names || session_.request.verbosity < 0;
  }

  [[nodiscard]] bool with_seconds() const { return session_.request.verbosity > 0; }
  [[nodiscard]] std::size_t time_width() const { return with_seconds() ? 29 : 16; }

  /// The cells that the member before had are taken over: files of one folder often have one
  /// owner, mode and time, and a time zone is slow to ask.
  void put_entry(const Entry& entry) {
    Head head{.type = entry.type,
              .mode = entry.mode,
              .owner = entry.owner,
              .user = entry.user,
              .group = entry.group};
    if (!head_ || head != *head_) {
      head_ = std::move(head);
      head_text_.clear();
      put_cell(head_text_, mode_text(entry), kModeWidth, Align::kLeft);
      put_cell(head_text_, escape_controls(owner_text(entry)), kOwnerWidth, Align::kLeft);
    }
    if (!time_ || entry.modified != *time_) {
      time_ = entry.modified;
      time_text_.clear();
      put_cell(time_text_, entry_time_text(entry, with_seconds()), time_width(), Align::kLeft);
    }
    text_ += head_text_;
    put_cell(text_, size_text(entry), kSizeWidth, Align::kRight);
    if (packed_) {
      const bool coded = entry.stored_size.has_value() && entry.type == EntryType::kFile;
      put_packed(entry.stored_size ? std::to_string(*entry.stored_size) : "-",
                 coded ? ratio_text(entry.size, *entry.stored_size) : "-",
                 entry.method.empty() ? "-" : entry.method);
    }
    text_ += time_text_;
    if (entry.type == EntryType::kFile) {
      put_escaped(text_, entry.path);
    } else {
      put_escaped(text_, name_text(entry));
    }
    text_ += '\n';
  }

  void put_line(const Cells& cells) {
    put_cell(text_, cells.mode, kModeWidth, Align::kLeft);
    put_cell(text_, cells.owner, kOwnerWidth, Align::kLeft);
    put_cell(text_, cells.size, kSizeWidth, Align::kRight);
    if (packed_) {
      put_packed(cells.packed, cells.ratio, cells.method);
    }
    put_cell(text_, cells.modified, time_width(), Align::kLeft);
    put_escaped(text_, cells.name);
    text_ += '\n';
  }

  void put_packed(std::string_view packed, std::string_view ratio, std::string_view method) {
    put_cell(text_, packed, kSizeWidth, Align::kRight);
    put_cell(text_, ratio, kRatioWidth, Align::kRight);
    put_cell(text_, method, kMethodWidth, Align::kLeft);
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
  // Of the member before; none before the first.
  std::optional<Head> head_;
  std::string head_text_;
  std::optional<std::optional<Entry::Time>> time_;
  std::string time_text_;
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
