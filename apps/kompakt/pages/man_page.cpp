#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "kompakt/format.hpp"
#include "pages.hpp"

namespace kompakt::cli {
namespace {

/// Text as roff takes it: nothing in it is a request or an escape, dashes can be copied, and every
/// sentence has a line of its own.
std::string roff(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    switch (c) {
      case ' ':
        out += at > 0 && text[at - 1] == '.' && (at < 2 || text[at - 2] != '.') ? '\n' : ' ';
        break;
      case '\\':
        out += "\\e";
        break;
      case '-':
        out += "\\-";
        break;
      case '^':
        out += "\\(ha";
        break;
      case '~':
        out += "\\(ti";
        break;
      case '`':
        out += "\\(ga";
        break;
      default:
        out += c;
    }
  }
  return out.starts_with('.') || out.starts_with('\'') ? "\\&" + out : out;
}

std::string upper(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return out;
}

std::string title(std::string_view name, std::string_view text) {
  return fmt::format(
      ".\\\" Made from the tables of the command line.\n"
      ".TH {} 1 \"\" \"Kompakt {}\" \"User Commands\"\n.SH NAME\n{} \\- {}\n",
      upper(name), KOMPAKT_VERSION, roff(name), roff(text));
}

std::string section(std::string_view name) { return fmt::format(".SH {}\n", name); }
/// The first paragraph of a section.
std::string first_paragraph(std::string_view text) { return fmt::format("{}\n", roff(text)); }
std::string paragraph(std::string_view text) { return fmt::format(".PP\n{}\n", roff(text)); }

/// A tag in bold, and what is said of it.
std::string item(std::string_view tag, std::string_view text) {
  return fmt::format(".TP\n\\fB{}\\fR\n{}\n", roff(tag), roff(text));
}

std::string synopsis(const CommandText& command) {
  std::string out = section("SYNOPSIS") + ".nf\n";
  for (const UsageText& usage : command.usage) {
    out += fmt::format("\\fB{}{}{}\\fR {}\n", roff(command.name), usage.verb.empty() ? "" : " ",
                       usage.verb, roff(usage.arguments));
  }
  return out + ".fi\n";
}

std::string verbs(const CommandText& command) {
  std::string out;
  for (const UsageText& usage : command.usage) {
    if (!usage.verb.empty()) {
      out += fmt::format(".TP\n\\fB{}\\fR {}\n{}\n", usage.verb, roff(usage.arguments),
                         roff(usage.more));
    }
  }
  return out;
}

/// With a full stop, so that more can follow.
std::string stopped(std::string_view text) {
  return std::string(text) + (text.ends_with('.') ? "" : ".");
}

std::string options(const CommandText& command, bool titled) {
  std::string out = section("OPTIONS");
  for (const OptionGroup& group : command.groups) {
    if (titled) {
      out += fmt::format(".SS {}\n", group.title);
    }
    for (const OptionText& option : group.options) {
      out += item(spelled(command, option), stopped(option.text));
      if (!option.more.empty()) {
        out += roff(option.more) + "\n";
      }
    }
  }
  return out;
}

std::string formats() {
  std::string out = section("FORMATS");
  for (const FormatInfo& format : all_formats()) {
    std::string suffixes(format.suffix);
    if (!format.tar_suffix.empty()) {
      suffixes += fmt::format(", {}", format.tar_suffix);
    }
    const std::string levels =
        format.min_level == format.max_level
            ? "It has no levels."
            : fmt::format("Levels {} to {}, by default {}.", std::max(format.min_level, 0),
                          format.max_level, format.default_level);
    out += item(format.name, fmt::format("Files are called {}. {}", suffixes, levels));
  }
  return out +
         paragraph(
             "Every file is one that the stock tool of the format reads. Archives are .warp, .zip, "
             "and .tar alone or in each of these formats; read are besides 7z, cpio, iso, rar, ar, "
             "cab, xar and more, where libarchive is installed.");
}

std::string exit_status() {
  std::string out = section("EXIT STATUS");
  for (const ExitText& exit : exit_texts()) {
    out += item(std::to_string(exit.code), exit.text);
  }
  return out + paragraph(
                   "When all inputs failed, the highest code among them is the result. A signal "
                   "ends the program by that same signal.");
}

std::string environment() {
  std::string out = section("ENVIRONMENT");
  out += item("KOMPAKT_OPT",
              "Default options, parted by blanks; the command line overrides them. What chooses "
              "files, deletes, forces or silences is refused there.");
  out += item("SOURCE_DATE_EPOCH", "No later time is stored, in archives either.");
  out += item("TMPDIR", "Where list and info put the content of a pipe while they look at it.");
  return out;
}

std::string files() {
  return section("FILES") +
         item("FILE.kidx",
              "The index of FILE, kept beside it: points from which decoding can begin, lines, and "
              "the members of a tar. An index of another state of FILE is not used.");
}

std::string examples() {
  struct Example {
    std::string_view text;
    std::string_view line;
  };
  static constexpr std::array kExamples = {
      Example{"Compress with all cores, as a file that gzip reads:",
              "kompakt -9 -F gzip data.json"},
      Example{"Decompress whatever it is, and remove it once the content is safe:",
              "kompakt -d --rm backup.tar.zst"},
      Example{
          "Pack a folder, and take out a part of it:",
          "kompakt archive photos.warp photos\nkompakt extract -C /tmp photos.warp photos/2024"},
      Example{"A stretch of a large log, without decoding what lies before it:",
              "kompakt index --lines server.log.gz\n"
              "kompakt cat --lines 1000000-1000100 server.log.gz"},
      Example{"From one format to another, checked before the output gets its name:",
              "kompakt convert old.tar.bz2 new.tar.xz"},
      Example{"With tar:", "tar -I kompakt -cf src.tar.warp src"},
  };
  std::string out = section("EXAMPLES");
  bool first = true;
  for (const Example& example : kExamples) {
    out += (first ? first_paragraph(example.text) : paragraph(example.text)) + ".RS 4\n.nf\n" +
           roff(example.line) + "\n.fi\n.RE\n";
    first = false;
  }
  return out;
}

}  // namespace

std::string kompakt_man_page() {
  const CommandText& command = kompakt_command();
  std::string out = title(command.name, "compress, decompress and archive files in many formats");
  out += synopsis(command);
  out += section("DESCRIPTION");
  out += first_paragraph(
      "kompakt compresses and decompresses with all cores, in its own format .warp and in those of "
      "gzip, zstd, xz, lz4, bzip2, brotli, snappy and zlib; it packs and extracts archives, and "
      "reads stretches of compressed files without decoding the rest.");
  out += paragraph(
      "Without FILE, or with \"-\" in its place, stdin goes to stdout. The first name on the line "
      "may be a verb; a file of such a name is ./list, or comes after \"--\".");
  out += paragraph(
      "The source is kept. An output appears under its name whole and durable, or not at all, and "
      "nothing is overwritten without --force. What is written does not depend on the number of "
      "threads.");
  out += section("VERBS") + verbs(command);
  out += options(command, true);
  out += paragraph(
      "Options may stand anywhere. The same one twice is fine; two that contradict each other are "
      "an error. Sizes: K M G T P E and KiB, MiB and so on are binary, kB MB GB decimal.");
  out += formats();
  out += section("MULTI-CALL NAMES");
  out += first_paragraph(
      "Under the names of gzip, pigz, xz, lzma, bzip2, lbzip2, zstd, lz4 and brotli, and of their "
      "companions such as gunzip and zstdcat, the program has the options, defaults, tables and "
      "exit codes of that tool. --help under each name lists them.");
  out += exit_status() + environment() + files() + examples();
  out += section("SEE ALSO") +
         ".BR warp\\-compress (1),\n.BR gzip (1),\n.BR xz (1),\n.BR zstd (1),\n.BR tar (1)\n";
  return out;
}

std::string warp_compress_man_page() {
  const CommandText& command = warp_compress_command();
  std::string out = title(command.name, "write .warp files of version 2");
  out += synopsis(command);
  out += section("DESCRIPTION");
  out += first_paragraph(
      "A second name of kompakt, with the command line of the older program of this name. It "
      "writes version 2 of .warp and reads every version. KOMPAKT_OPT does not apply.");
  out += verbs(command) + options(command, false) + exit_status();
  out += section("SEE ALSO") + ".BR kompakt (1)\n";
  return out;
}

}  // namespace kompakt::cli
