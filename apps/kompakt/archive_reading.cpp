#include "archive_reading.hpp"

#include <fmt/format.h>

#include "decoding.hpp"
#include "entry_text.hpp"
#include "report.hpp"

namespace kompakt::cli {
namespace {

/// "byte 7: message".
std::string placed(const Status& status) {
  return status.offset() ? fmt::format("byte {}: {}", *status.offset(), status.message())
                         : std::string(status.message());
}

JsonLine finding(std::string_view type, const std::string& archive, const std::string& member,
                 const Status& status) {
  JsonLine line(type);
  line.text("file", archive).text("member", member).text("code", code_name(status.code()));
  if (status.offset()) {
    line.number("offset", *status.offset());
  }
  line.text("message", status.message());
  return line;
}

}  // namespace

ArchiveReadOptions archive_reading_options(const Session& session, const Input& input,
                                           const ArchiveIndex* index) {
  const ArchiveRequest& request = session.request.archive;
  ArchiveReadOptions options;
  options.members = {
      .names = request.members, .include = request.include, .exclude = request.exclude};
  options.decode = reading_options(session, input.format);
  options.decode.verify_digests = session.request.verify;
  if (session.request.write_index) {
    options.decode.index_spacing = session.request.spacing;
    options.decode.index_lines = true;
  }
  if (index != nullptr) {
    options.index = index->index ? &*index->index : nullptr;
    options.table = index->table ? &*index->table : nullptr;
  }
  options.max_entries = request.max_entries.value_or(options.max_entries);
  return options;
}

std::optional<ArchiveTarget> archive_in(const Session& session, const Input& input,
                                        Source& source) {
  if (!source.random_access()) {
    return std::nullopt;
  }
  ArchiveReadOptions options = archive_reading_options(session, input, nullptr);
  options.decode.max_output = std::numeric_limits<std::uint64_t>::max();
  const auto found = detect_archive(source, options);
  return found.ok() ? *found : std::nullopt;
}

void MemberReporter::watch(ArchiveReadOptions& options, ProgressMeter& meter) {
  if (session_.console.verbosity() > 0) {
    options.on_entry = [this](const Entry& entry) { member(entry); };
  }
  options.on_lost = [this](const Entry& entry, const Status& reason) { lost(entry, reason); };
  options.on_warning = [this](const Status& status) { warned(status); };
  options.on_note = [this](const Status& status) { noted(status); };
  options.decode.run.on_progress = guard(meter.callback());
}

void MemberReporter::member(const Entry& entry) {
  const std::lock_guard lock(mutex_);
  session_.console.note(
      1, session_.console.verbosity() < 2
             ? entry.path + (entry.type == EntryType::kDirectory ? "/" : "")
             : fmt::format("{} {:<17} {:>12} {} {}", mode_text(entry), owner_text(entry),
                           size_text(entry), entry_time_text(entry, false), name_text(entry)));
}

void MemberReporter::refused(const Refusal& refusal) {
  const std::lock_guard lock(mutex_);
  JsonLine line = finding("refusal", archive_, refusal.path, refusal.reason);
  line.text("rule", refusal.rule);
  // The reason may begin with the rule that it is about.
  std::string_view message = refusal.reason.message();
  if (message.starts_with(refusal.rule)) {
    message.remove_prefix(refusal.rule.size());
    message = message.starts_with(": ") ? message.substr(2) : message;
  }
  session_.console.finding(line, fmt::format("{}: {}: refused: {}{}{}", archive_, refusal.path,
                                             refusal.rule, message.empty() ? "" : ": ", message));
}

void MemberReporter::lost(const Entry& entry, const Status& reason) {
  const std::lock_guard lock(mutex_);
  ++lost_;
  session_.console.finding(finding("lost", archive_, entry.path, reason),
                           fmt::format("{}: {}: lost: {}", archive_, entry.path, placed(reason)));
}

void MemberReporter::warned(const Status& warning) {
  const std::lock_guard lock(mutex_);
  warnings_ += warning.code() == Code::kInvalidArgument ? 0 : 1;
  session_.console.warn(warning.file().value_or(archive_), placed(warning));
}

void MemberReporter::noted(const Status& note) {
  const std::lock_guard lock(mutex_);
  ++notes_;
  session_.console.note(1, fmt::format("{}: {}", note.file().value_or(archive_), note.message()));
}

Exit MemberReporter::unmatched(const ArchiveResult& result) {
  for (const std::string& name : result.unmatched) {
    const Status status(Code::kInvalidArgument, "is not in the archive");
    session_.console.finding(finding("error", archive_, name, status),
                             fmt::format("{}: {}: is not in the archive", archive_, name));
  }
  if (result.unmatched.empty()) {
    return Exit::kOk;
  }
  return result.unmatched.size() < session_.request.archive.members.size() ? Exit::kSomeFailed
                                                                           : Exit::kError;
}

Exit MemberReporter::verdict(const ArchiveResult& result) {
  Exit code = unmatched(result);
  if (notes_ != 0 && session_.console.verbosity() == 0) {
    session_.console.note(0, fmt::format("{}: names of {} members differ from others only in case",
                                         archive_, notes_));
  }
  if (result.refused != 0) {
    code = Exit::kSomeFailed;
  } else if (code == Exit::kOk && warnings_ != 0) {
    code = Exit::kWarning;
  }
  if (!result.damage.ok() && lost_ == 0) {
    Status damage = result.damage;
    session_.console.error(damage.in_file(archive_));
  }
  if (!result.damage.ok() || result.lost != 0) {
    code = result.damage.ok() || is_damage(result.damage) ? Exit::kCorrupt
                                                          : exit_of(result.damage.code());
  }
  return code;
}

void add_archive(JsonLine& line, const ArchiveResult& result) {
  line.text("format", result.format_name).number("members", result.entries);
  line.number("files", result.files).number("content", result.content);
  line.number("bytes_in", result.bytes_in).number("bytes_out", result.bytes_out);
}

}  // namespace kompakt::cli
