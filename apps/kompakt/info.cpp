// The verb info: everything a container says of itself.
#include <fmt/format.h>

#include <ctime>

#include "archive_list.hpp"
#include "facts.hpp"
#include "index_file.hpp"

namespace kompakt::cli {
namespace {

std::string hex(const std::vector<std::byte>& bytes) {
  std::string out;
  for (const std::byte byte : bytes) {
    out += fmt::format("{:02x}", std::to_integer<unsigned>(byte));
  }
  return out;
}

std::string time_text(const WarpMetadata::Time& time) {
  const auto seconds = static_cast<std::time_t>(time.seconds);
  std::tm parts{};
  if (::gmtime_r(&seconds, &parts) == nullptr) {
    return fmt::format("{}.{:09} s", time.seconds, time.nanoseconds);
  }
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}.{:09} UTC", parts.tm_year + 1900,
                     parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                     time.nanoseconds);
}

class Sheet {
 public:
  void add(std::string_view label, std::string_view value) {
    text_ += fmt::format("  {:<18} {}\n", label, escape_controls(value));
  }
  void size(std::string_view label, std::uint64_t bytes) {
    if (bytes != 0) {
      add(label, fmt::format("{} ({})", bytes, human_size(static_cast<double>(bytes))));
    }
  }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
};

void add_metadata(Sheet& sheet, const WarpMetadata& metadata) {
  if (metadata.name) {
    sheet.add("Stored name", *metadata.name);
  }
  if (metadata.mode) {
    sheet.add("Mode", fmt::format("{:04o}", *metadata.mode));
  }
  if (metadata.modified) {
    sheet.add("Modified", time_text(*metadata.modified));
  }
  if (metadata.owner) {
    sheet.add("Owner", fmt::format("{}:{}", metadata.owner->uid, metadata.owner->gid));
  }
  for (const auto& [name, value] : metadata.xattrs) {
    sheet.add("Attribute", fmt::format("{} ({} bytes)", name, value.size()));
  }
}

std::string common_sheet(const Facts& facts, Sheet& sheet) {
  sheet.add("Format",
            facts.warp ? fmt::format(".warp {}", facts.warp->layout) : facts.format_name());
  if (facts.streams() > 1) {
    sheet.add("Streams", std::to_string(facts.streams()));
  }
  sheet.add("Uncompressed", fmt::format("{} bytes", facts.content()));
  sheet.add("Compressed", fmt::format("{} bytes", facts.compressed()));
  sheet.add("Ratio", fmt::format("{}, saved {}", ratio_text(facts.content(), facts.compressed()),
                                 saved_text(facts.content(), facts.compressed())));
  if (facts.blocks() != 0 || facts.warp) {
    sheet.add("Blocks", std::to_string(facts.blocks()));
  }
  return escape_controls(facts.name) + ":\n";
}

void add_warp(Sheet& sheet, const ContainerInfo& info) {
  sheet.add("Codecs", codecs_text(info));
  sheet.size("Block size", info.block_size);
  sheet.size("Memory to decode", info.decode_memory);
  sheet.add("Checksum", hash_name(info.checksum));
  if (!info.content_digest.empty()) {
    sheet.add("Content digest", hex(info.content_digest));
  }
  if (info.metadata) {
    add_metadata(sheet, *info.metadata);
  }
}

void add_stream(Sheet& sheet, const Facts& facts) {
  const StreamFacts& stream = facts.stream->facts;
  if (stream.skipped != 0) {
    sheet.add("Skipped frames", std::to_string(stream.skipped));
  }
  sheet.size("Window", stream.window.value_or(0));
  sheet.add("Check", facts.check());
  if (stream.last_check) {
    sheet.add("Last check", fmt::format("{:08x}", *stream.last_check));
  }
  if (stream.name) {
    sheet.add("Stored name", *stream.name);
  }
  if (stream.modified.value_or(0) != 0) {
    sheet.add("Modified", time_text({.seconds = *stream.modified, .nanoseconds = 0}));
  }
  if (facts.points) {
    sheet.add("Seek points", fmt::format("{} in {}", *facts.points, index_path(facts.name)));
  }
}

std::string sheet_of(const Facts& facts) {
  Sheet sheet;
  const std::string title = common_sheet(facts, sheet);
  if (facts.warp) {
    add_warp(sheet, *facts.warp);
  } else {
    add_stream(sheet, facts);
  }
  return title + sheet.text();
}

void add_warp(JsonLine& line, const ContainerInfo& info) {
  line.counts("codecs", info.codecs);
  line.number("block_size", info.block_size).number("decode_memory", info.decode_memory);
  if (!info.content_digest.empty()) {
    line.text("content_digest", hex(info.content_digest));
  }
  if (const auto& metadata = info.metadata; metadata) {
    if (metadata->name) {
      line.text("name", *metadata->name);
    }
    if (metadata->mode) {
      line.number("mode", *metadata->mode);
    }
    if (metadata->modified) {
      line.text("modified", time_text(*metadata->modified));
    }
    if (metadata->owner) {
      line.number("uid", metadata->owner->uid).number("gid", metadata->owner->gid);
    }
  }
}

/// What is known of an archive without decoding it.
struct ArchiveFacts {
  std::string format;  ///< "tar", "zip", "7-Zip"
  std::optional<ArchiveResult> counts;
};

std::optional<ArchiveFacts> archive_facts(const Session& session, const Examined& examined,
                                          const std::optional<ListedArchive>& archive) {
  if (!archive) {
    return std::nullopt;
  }
  ArchiveFacts facts;
  facts.counts = count_members(session, examined, *archive);
  facts.format = facts.counts                                  ? facts.counts->format_name
                 : archive->target.kind == ArchiveKind::kOther ? "other"
                                                               : target_name(archive->target);
  return facts;
}

void add_archive_rows(Sheet& sheet, const ArchiveFacts& facts) {
  sheet.add("Archive", facts.format);
  if (facts.counts) {
    sheet.add("Members",
              fmt::format("{}, {} of them files", facts.counts->entries, facts.counts->files));
    sheet.add("Files hold", fmt::format("{} bytes", facts.counts->content));
  }
}

void add_archive_fields(JsonLine& line, const ArchiveFacts& facts) {
  line.text("archive", facts.format);
  if (facts.counts) {
    line.number("members", facts.counts->entries).number("files", facts.counts->files);
    line.number("content", facts.counts->content);
  }
}

/// An archive that is in no stream format.
Exit bare_archive(const Session& session, const Examined& examined, const ArchiveFacts& archive) {
  const std::string& name = examined.input().name;
  if (!archive.counts) {
    return session.fail(
        Status(Code::kCorrupt, "the members cannot be listed; 'test' says why").in_file(name));
  }
  const ArchiveResult& counts = *archive.counts;
  if (session.console.wants_json()) {
    JsonLine line("info");
    line.text("file", name).text("format", archive.format);
    line.number("compressed", counts.bytes_in).number("uncompressed", counts.content);
    line.flag("damaged", !counts.damage.ok());
    add_archive_fields(line, archive);
    session.console.json(line);
  } else {
    Sheet sheet;
    add_archive_rows(sheet, archive);
    sheet.add("Archive size", fmt::format("{} bytes", counts.bytes_in));
    sheet.add("Ratio", fmt::format("{}, saved {}", ratio_text(counts.content, counts.bytes_in),
                                   saved_text(counts.content, counts.bytes_in)));
    session.console.print(escape_controls(name) + ":\n" + sheet.text());
  }
  return counts.damage.ok() ? Exit::kOk : Exit::kCorrupt;
}

}  // namespace

Exit info_file(const Session& session, const std::string& name) {
  Examined examined(session, name);
  if (!examined.ok()) {
    return examined.code();
  }
  Exit code = Exit::kOk;
  const auto found = find_archive(session, examined, code);
  const auto archive = archive_facts(session, examined, found);
  if (found && !found->target.filter && found->target.kind != ArchiveKind::kWarp) {
    return worse(code, bare_archive(session, examined, *archive));
  }
  const Facts facts = facts_of(session, examined, true);
  if (!facts.known()) {
    return facts.code;
  }
  if (!session.console.wants_json()) {
    std::string sheet = sheet_of(facts);
    if (archive) {
      Sheet rows;
      add_archive_rows(rows, *archive);
      sheet += rows.text();
    }
    session.console.print(sheet);
    return facts.code;
  }
  JsonLine line("info");
  add_facts(line, facts);
  if (facts.warp) {
    add_warp(line, *facts.warp);
  }
  if (archive) {
    add_archive_fields(line, *archive);
  }
  session.console.json(line);
  return facts.code;
}

}  // namespace kompakt::cli
