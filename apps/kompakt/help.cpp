#include "help.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "help_table.hpp"

namespace kompakt::cli {
namespace {

constexpr std::size_t kWidth = 100;
constexpr std::size_t kTextColumn = 26;
constexpr std::size_t kFarColumn = 41;  ///< for options whose spelling is long

/// Adds `text` to `out`, which stands at `column` of its line, and breaks lines between words.
void add_wrapped(std::string& out, std::string_view text, std::size_t column) {
  std::size_t at = column;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    if (at > column && at + 1 + word.size() > kWidth) {
      out += '\n';
      out.append(column, ' ');
      at = column;
    } else if (at > column) {
      out += ' ';
      ++at;
    }
    out += word;
    at += word.size();
    text.remove_prefix(std::min(text.size(), word.size() + 1));
  }
  out += '\n';
}

void add_option(std::string& out, const CommandText& command, const OptionText& option) {
  const std::string spelling = spelled(command, option);
  const bool only_long = spelling.starts_with("--");
  std::string left = (only_long ? "      " : "  ") + spelling;
  const std::size_t column = left.size() + 2 <= kTextColumn ? kTextColumn : kFarColumn;
  if (left.size() + 2 > column) {
    left += '\n';
    left.append(column, ' ');
  } else {
    left.append(column - left.size(), ' ');
  }
  out += left;
  add_wrapped(out, option.text, column);
}

void add_options(std::string& out, const CommandText& command) {
  for (const OptionGroup& group : command.groups) {
    out += fmt::format("\n{}:\n", group.title);
    for (const OptionText& option : group.options) {
      add_option(out, command, option);
    }
  }
}

std::string usage_of(const CommandText& command) {
  std::string out;
  for (const UsageText& usage : command.usage) {
    const std::string line =
        fmt::format("{} {} {}{}{}", out.empty() ? "Usage:" : "      ", command.name, usage.verb,
                    usage.verb.empty() ? "" : " ", usage.arguments);
    out += usage.text.empty() ? line + '\n' : fmt::format("{:<55} {}\n", line, usage.text);
  }
  return out;
}

std::string exits() {
  std::string out;
  for (const ExitText& exit : exit_texts()) {
    out += fmt::format("{}{} {}", out.empty() ? "" : ", ", exit.code, exit.brief);
  }
  return out + ".";
}

}  // namespace

std::string help_text() {
  std::string out = usage_of(kompakt_command());
  out += "Without FILE, or with -, stdin goes to stdout. A file called like a verb is ./list.\n";
  add_options(out, kompakt_command());
  out +=
      "\nSizes: K M G T KiB ... are binary, kB MB GB decimal. KOMPAKT_OPT holds default options.\n";
  add_wrapped(out, "Exit codes: " + exits(), 0);
  out += "Called gzip, zstd, xz, lz4, bzip2, brotli and so on, it behaves like them.\n";
  return out;
}

std::string warp_compress_help_text() {
  std::string out = usage_of(warp_compress_command());
  out += "Writes version 2 of .warp, reads every version.\n";
  add_options(out, warp_compress_command());
  return out;
}

}  // namespace kompakt::cli
