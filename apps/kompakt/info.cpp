// The verb info: everything a container says of itself.
#include <fmt/format.h>

#include <ctime>

#include "facts.hpp"

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

std::string sheet_of(const Facts& facts) {
  const ContainerInfo& info = *facts.info;
  Sheet sheet;
  sheet.add("Format", fmt::format(".warp {}", info.layout));
  if (info.streams > 1) {
    sheet.add("Streams", std::to_string(info.streams));
  }
  sheet.add("Uncompressed", fmt::format("{} bytes", info.raw_size));
  sheet.add("Compressed", fmt::format("{} bytes", info.stored_size));
  sheet.add("Ratio", fmt::format("{}, saved {}", ratio_text(info.raw_size, info.stored_size),
                                 saved_text(info.raw_size, info.stored_size)));
  sheet.add("Blocks", std::to_string(info.blocks));
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
  return escape_controls(facts.name) + ":\n" + sheet.text();
}

void print_json(const Session& session, const Facts& facts) {
  const ContainerInfo& info = *facts.info;
  JsonLine line("info");
  add_facts(line, facts);
  line.counts("codecs", info.codecs).number("streams", info.streams);
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
  session.console.json(line);
}

}  // namespace

Exit info_file(const Session& session, const std::string& name) {
  const Facts facts = read_facts(session, name, true);
  if (!facts.info) {
    return facts.code;
  }
  if (session.console.wants_json()) {
    print_json(session, facts);
  } else {
    session.console.print(sheet_of(facts));
  }
  return facts.code;
}

}  // namespace kompakt::cli
