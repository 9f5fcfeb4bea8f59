#include "archive/tar/pax.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include "archive/tar/posix_acl.hpp"
#include "archive/tar/sparse_map.hpp"

namespace kompakt::tar {
namespace {

constexpr std::uint64_t kMostNumber = std::numeric_limits<std::int64_t>::max();
constexpr std::uint32_t kBillion = 1'000'000'000;

Status malformed(std::string_view what) {
  return {Code::kCorrupt, "pax header: " + std::string(what)};
}

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

std::optional<std::uint32_t> parse_id(std::string_view text) noexcept {
  const auto id = parse_decimal(text);
  return id && *id <= std::numeric_limits<std::uint32_t>::max()
             ? std::optional(static_cast<std::uint32_t>(*id))
             : std::nullopt;
}

std::optional<unsigned> digit_of(char c, unsigned base) noexcept {
  unsigned value = base;
  if (is_digit(c)) {
    value = static_cast<unsigned>(c - '0');
  } else if (c >= 'a' && c <= 'f') {
    value = static_cast<unsigned>(c - 'a') + 10;
  } else if (c >= 'A' && c <= 'F') {
    value = static_cast<unsigned>(c - 'A') + 10;
  }
  return value < base ? std::optional(value) : std::nullopt;
}

/// %XX in the names of LIBARCHIVE.xattr.*.
std::string url_decode(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      const auto high = digit_of(text[i + 1], 16);
      const auto low = digit_of(text[i + 2], 16);
      if (high && low) {
        out += static_cast<char>(*high * 16 + *low);
        i += 2;
        continue;
      }
    }
    out += text[i];
  }
  return out;
}

/// Base 64 with or without '=' at the end; nullopt for other characters.
std::optional<std::string> base64_decode(std::string_view text) {
  std::string out;
  std::uint32_t bits = 0;
  unsigned held = 0;
  for (const char c : text) {
    std::uint32_t value = 0;
    if (c >= 'A' && c <= 'Z') {
      value = static_cast<std::uint32_t>(c - 'A');
    } else if (c >= 'a' && c <= 'z') {
      value = static_cast<std::uint32_t>(c - 'a') + 26;
    } else if (is_digit(c)) {
      value = static_cast<std::uint32_t>(c - '0') + 52;
    } else if (c == '+' || c == '/') {
      value = c == '+' ? 62 : 63;
    } else if (c == '=' || c == '\n') {
      continue;
    } else {
      return std::nullopt;
    }
    bits = (bits << 6U) | value;
    held += 6;
    if (held >= 8) {
      held -= 8;
      out += static_cast<char>((bits >> held) & 0xFFU);
    }
  }
  return out;
}

void add_xattr(PaxAttributes& out, std::string name, std::string value) {
  if (name.empty() || name.find('\0') != std::string::npos) {
    return;
  }
  out.xattrs.emplace_back(std::move(name), std::move(value));
}

Status set_name(std::optional<std::string>& to, std::string_view value) {
  if (value.find('\0') != std::string_view::npos) {
    return malformed("a NUL in a name");
  }
  // An empty value takes back what a header before said.
  to = value.empty() ? std::nullopt : std::optional<std::string>(value);
  return {};
}

Status set_size(std::optional<std::uint64_t>& to, std::string_view value) {
  to = value.empty() ? std::nullopt : parse_decimal(value);
  return to || value.empty() ? Status() : malformed("a size that is none");
}

/// "offset,length,offset,length,...": version 0.1.
Status parse_map(std::string_view text, PaxAttributes& out) {
  auto& runs = out.runs.emplace();
  bool length = false;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(','), text.size());
    const auto number = parse_decimal(text.substr(0, end));
    if (!number) {
      return malformed("a sparse map that is none");
    }
    if (runs.size() == kMostRuns) {
      return {Code::kLimitExceeded, "sparse map: too many runs"};
    }
    if (length) {
      runs.back().length = *number;
    } else {
      runs.push_back({.offset = *number, .length = 0, .hole = false});
    }
    length = !length;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return length ? malformed("a sparse map of odd length") : Status();
}

Status set_sparse(std::string_view key, std::string_view value, PaxAttributes& out) {
  if (key == "name") {
    return set_name(out.sparse_name, value);
  }
  if (key == "map") {
    return parse_map(value, out);
  }
  const auto number = parse_decimal(value);
  if (!number) {
    return malformed("a sparse file's number that is none");
  }
  if (key == "major") {
    out.sparse_major = *number;
  } else if (key == "minor") {
    out.sparse_minor = *number;
  } else if (key == "size" || key == "realsize") {
    out.real_size = number;
  } else if (key == "numblocks") {
    out.runs.emplace();
  } else if (key == "offset") {
    if (!out.runs) {
      out.runs.emplace();
    }
    if (out.runs->size() == kMostRuns) {
      return {Code::kLimitExceeded, "sparse map: too many runs"};
    }
    out.runs->push_back({.offset = *number, .length = 0, .hole = false});
  } else if (key == "numbytes") {
    if (!out.runs || out.runs->empty()) {
      return malformed("a sparse map that begins with a length");
    }
    out.runs->back().length = *number;
  }
  return {};
}

/// Keys whose value holds for one member only.
Status set_own(std::string_view key, std::string_view value, PaxAttributes& out) {
  constexpr std::string_view kSchily = "SCHILY.xattr.";
  constexpr std::string_view kLibarchive = "LIBARCHIVE.xattr.";
  constexpr std::string_view kSparse = "GNU.sparse.";
  if (key == "path") {
    return set_name(out.path, value);
  }
  if (key == "linkpath") {
    return set_name(out.link_path, value);
  }
  if (key == "size") {
    return set_size(out.size, value);
  }
  if (key == "SCHILY.realsize") {
    return set_size(out.real_size, value);
  }
  if (key.starts_with(kSparse)) {
    return set_sparse(key.substr(kSparse.size()), value, out);
  }
  if (key.starts_with(kSchily)) {
    add_xattr(out, std::string(key.substr(kSchily.size())), std::string(value));
  } else if (key.starts_with(kLibarchive)) {
    if (auto bytes = base64_decode(value)) {
      add_xattr(out, url_decode(key.substr(kLibarchive.size())), std::move(*bytes));
    }
  } else if (key == "SCHILY.acl.access" || key == "SCHILY.acl.default") {
    const bool access = key.ends_with("access");
    if (auto acl = acl_from_text(value)) {
      add_xattr(out, access ? kAccessAcl : kDefaultAcl, std::move(*acl));
    }
  }
  return {};
}

void set_shared(std::string_view key, std::string_view value, PaxAttributes& out) {
  const bool has_nul = value.find('\0') != std::string_view::npos;
  if (key == "mtime") {
    out.modified = parse_time(value);
  } else if (key == "atime") {
    out.accessed = parse_time(value);
  } else if (key == "uid") {
    out.uid = parse_id(value);
  } else if (key == "gid") {
    out.gid = parse_id(value);
  } else if (key == "uname" && !has_nul) {
    out.user = value.empty() ? std::nullopt : std::optional<std::string>(value);
  } else if (key == "gname" && !has_nul) {
    out.group = value.empty() ? std::nullopt : std::optional<std::string>(value);
  } else if (key == "GNU.volume.offset") {
    out.continued = parse_decimal(value).value_or(0) != 0;
  }
}

}  // namespace

void settle_xattrs(std::vector<std::pair<std::string, std::string>>& xattrs) {
  std::stable_sort(xattrs.begin(), xattrs.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::size_t kept = 0;
  for (std::size_t i = 0; i < xattrs.size(); ++i) {
    if (i + 1 == xattrs.size() || xattrs[i].first != xattrs[i + 1].first) {
      if (kept != i) {
        xattrs[kept] = std::move(xattrs[i]);
      }
      ++kept;
    }
  }
  xattrs.resize(kept);
}

std::optional<std::uint64_t> parse_decimal(std::string_view text) noexcept {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && !text.empty() &&
                 is_digit(text[0]) && value <= kMostNumber
             ? std::optional(value)
             : std::nullopt;
}

std::optional<Entry::Time> parse_time(std::string_view text) noexcept {
  const bool negative = text.starts_with('-');
  text.remove_prefix(negative ? 1 : 0);
  const std::size_t point = std::min(text.find('.'), text.size());
  const auto whole = parse_decimal(text.substr(0, point));
  if (!whole) {
    return std::nullopt;
  }
  std::uint32_t nanoseconds = 0;
  std::uint32_t unit = kBillion / 10;
  // What other readers do not mind behind the digits is not minded here.
  for (std::size_t i = point + 1; i < text.size() && is_digit(text[i]); ++i) {
    nanoseconds += static_cast<std::uint32_t>(text[i] - '0') * unit;
    unit /= 10;
  }
  const auto seconds = static_cast<std::int64_t>(*whole);
  if (!negative) {
    return Entry::Time{seconds, nanoseconds};
  }
  return nanoseconds == 0 ? Entry::Time{-seconds, 0}
                          : Entry::Time{-seconds - 1, kBillion - nanoseconds};
}

std::string format_time(const Entry::Time& time) {
  std::int64_t seconds = time.seconds;
  std::uint32_t nanoseconds = time.nanoseconds;
  const bool negative = seconds < 0;
  if (negative && nanoseconds != 0) {
    seconds += 1;
    nanoseconds = kBillion - nanoseconds;
  }
  // The sign by hand: between -1 and 0 the whole part has none. As unsigned, because the least
  // value has no counterpart.
  const auto bits = static_cast<std::uint64_t>(seconds);
  std::string text = (negative ? "-" : "") + std::to_string(negative ? 0 - bits : bits);
  if (nanoseconds != 0) {
    const std::string digits = std::to_string(kBillion + nanoseconds);
    text += '.';
    text += std::string_view(digits).substr(1, digits.find_last_not_of('0'));
  }
  return text;
}

Status parse_pax(std::string_view body, bool global, PaxAttributes& out) {
  while (!body.empty()) {
    const std::size_t space = body.substr(0, std::min<std::size_t>(body.size(), 20)).find(' ');
    const auto length =
        space == std::string_view::npos ? std::nullopt : parse_decimal(body.substr(0, space));
    if (!length) {
      // Some writers fill the last block up with NULs and count them in.
      if (body.find_first_not_of('\0') == std::string_view::npos) {
        break;
      }
      return malformed("a record without a length");
    }
    if (*length > body.size() || *length < space + 3) {
      return malformed("a record that is longer than the header");
    }
    std::string_view record = body.substr(space + 1, static_cast<std::size_t>(*length) - space - 1);
    body.remove_prefix(static_cast<std::size_t>(*length));
    const std::size_t equals = record.find('=');
    if (record.back() != '\n' || equals == std::string_view::npos || equals == 0) {
      return malformed("a record of another length than it states");
    }
    record.remove_suffix(1);
    const std::string_view key = record.substr(0, equals);
    const std::string_view value = record.substr(equals + 1);
    if (key.find('\0') != std::string_view::npos) {
      return malformed("a NUL in a key");
    }
    set_shared(key, value, out);
    if (!global) {
      if (Status status = set_own(key, value, out); !status.ok()) {
        return status;
      }
    }
  }
  return {};
}

void append_record(std::string& out, std::string_view key, std::string_view value) {
  const std::size_t rest = key.size() + value.size() + 3;  // ' ', '=', '\n'
  // The length counts its own digits.
  std::size_t total = rest + 1;
  while (total != rest + std::to_string(total).size()) {
    ++total;
  }
  out += std::to_string(total);
  out += ' ';
  out += key;
  out += '=';
  out += value;
  out += '\n';
}

}  // namespace kompakt::tar
