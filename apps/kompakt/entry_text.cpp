#include "entry_text.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <array>
#include <cstdint>
#include <ctime>
#include <span>

namespace kompakt::cli {
namespace {

constexpr std::string_view kTypeLetters = "-dlhpcb";

/// One of the three groups of a mode: read, write, and who may run it.
void put_group(std::string& text, std::uint32_t bits, bool special, char letter) {
  text += (bits & 4U) != 0 ? 'r' : '-';
  text += (bits & 2U) != 0 ? 'w' : '-';
  const bool runs = (bits & 1U) != 0;
  const char upper = static_cast<char>(letter - 'a' + 'A');
  text += special ? (runs ? letter : upper) : (runs ? 'x' : '-');
}

std::string hex(ByteSpan bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  out.reserve(2 * bytes.size());
  for (const std::byte byte : bytes) {
    out += kDigits[std::to_integer<std::size_t>(byte >> 4U)];
    out += kDigits[std::to_integer<std::size_t>(byte & std::byte{15})];
  }
  return out;
}

/// `before`, then `number` (below 100) in two digits.
void put_two_digits(std::string& out, char before, int number) {
  out += before;
  out += static_cast<char>('0' + number / 10);
  out += static_cast<char>('0' + number % 10);
}

/// Well-formed UTF-8: no stray, missing or overlong bytes, no surrogates.
bool is_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto lead = static_cast<unsigned char>(text[at]);
    const std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if ((lead >= 0x80 && lead < 0xC2) || lead > 0xF4 || text.size() - at < length) {
      return false;
    }
    std::uint32_t code = lead;
    for (std::size_t i = 1; i < length; ++i) {
      const auto next = static_cast<unsigned char>(text[at + i]);
      if ((next & 0xC0U) != 0x80U) {
        return false;
      }
      code = code << 6U | (next & 0x3FU);
    }
    code &= length == 3 ? 0xFFFFU : 0x1FFFFFU;
    if ((length == 3 && (code < 0x800 || (code >= 0xD800 && code < 0xE000))) ||
        (length == 4 && (code < 0x10000 || code > 0x10FFFF))) {
      return false;
    }
    at += length;
  }
  return true;
}

bool is_device(const Entry& entry) {
  return entry.type == EntryType::kCharDevice || entry.type == EntryType::kBlockDevice;
}

}  // namespace

std::string mode_text(const Entry& entry) {
  const auto type = static_cast<std::size_t>(entry.type);
  std::string text(1, type < kTypeLetters.size() ? kTypeLetters[type] : '?');
  if (!entry.mode) {
    return text + "?????????";
  }
  const std::uint32_t mode = *entry.mode;
  put_group(text, mode >> 6U, (mode & S_ISUID) != 0, 's');
  put_group(text, mode >> 3U, (mode & S_ISGID) != 0, 's');
  put_group(text, mode, (mode & S_ISVTX) != 0, 't');
  return text;
}

std::string owner_text(const Entry& entry) {
  const auto name = [&](const std::string& text, std::uint32_t number) {
    return text.empty() ? std::to_string(number) : text;
  };
  if (!entry.owner && entry.user.empty() && entry.group.empty()) {
    return "-";
  }
  const Entry::Owner owner = entry.owner.value_or(Entry::Owner{});
  return name(entry.user, owner.uid) + "/" + name(entry.group, owner.gid);
}

std::string entry_time_text(const Entry& entry, bool seconds) {
  if (!entry.modified) {
    return "-";
  }
  const auto whole = static_cast<std::time_t>(entry.modified->seconds);
  std::tm parts{};
  if (::localtime_r(&whole, &parts) == nullptr) {
    return fmt::format("{} s", entry.modified->seconds);
  }
  const std::int64_t year = std::int64_t{parts.tm_year} + 1900;
  std::string minutes = year < 1000 ? fmt::format("{:04}", year) : std::to_string(year);
  put_two_digits(minutes, '-', parts.tm_mon + 1);
  put_two_digits(minutes, '-', parts.tm_mday);
  put_two_digits(minutes, ' ', parts.tm_hour);
  put_two_digits(minutes, ':', parts.tm_min);
  return seconds ? fmt::format("{}:{:02}.{:09}", minutes, parts.tm_sec, entry.modified->nanoseconds)
                 : minutes;
}

std::string name_text(const Entry& entry) {
  switch (entry.type) {
    case EntryType::kDirectory:
      return entry.path + "/";
    case EntryType::kSymlink:  // in a .zip the target is content, and not in the list
      return entry.path + (entry.link_target.empty() ? "" : " -> " + entry.link_target);
    case EntryType::kHardlink:
      return entry.path + " link to " + entry.link_target;
    default:
      return entry.path;
  }
}

std::string size_text(const Entry& entry) {
  return is_device(entry) ? fmt::format("{},{}", entry.device_major, entry.device_minor)
                          : std::to_string(entry.size);
}

void add_entry(JsonLine& line, const Entry& entry) {
  line.text("path", entry.path).text("kind", entry_type_name(entry.type));
  if (!is_utf8(entry.path)) {
    line.text("path_bytes", hex(std::as_bytes(std::span(entry.path))));
  }
  line.number("size", entry.size);
  if (entry.stored_size) {
    line.number("stored_size", *entry.stored_size);
  }
  if (entry.mode) {
    line.number("mode", *entry.mode);
  }
  if (entry.modified) {
    line.integer("modified_seconds", entry.modified->seconds)
        .number("modified_nanoseconds", entry.modified->nanoseconds);
  }
  if (entry.owner) {
    line.number("uid", entry.owner->uid).number("gid", entry.owner->gid);
  }
  const std::array<std::pair<std::string_view, const std::string*>, 5> texts = {{
      {"user", &entry.user},
      {"group", &entry.group},
      {"link_target", &entry.link_target},
      {"method", &entry.method},
      {"comment", &entry.comment},
  }};
  for (const auto& [key, text] : texts) {
    if (!text->empty()) {
      line.text(key, *text);
    }
  }
  if (is_device(entry)) {
    line.number("device_major", entry.device_major).number("device_minor", entry.device_minor);
  }
  if (!entry.xattrs.empty()) {
    line.number("attributes", entry.xattrs.size());
  }
  if (entry.data_runs) {
    std::uint64_t data = 0;
    for (const Extent& run : *entry.data_runs) {
      data += run.length;
    }
    line.number("data_size", data);
  }
  if (entry.crc32) {
    line.text("crc32", fmt::format("{:08x}", *entry.crc32));
  }
  if (!entry.digest.empty()) {
    line.text("digest", hex(entry.digest));
  }
}

}  // namespace kompakt::cli
