/// \file
/// What is said of verbs, options and exit codes: the one place from which --help, the man pages
/// and the completions of the shells are made.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "arguments.hpp"

namespace kompakt::cli {

/// What a shell offers for an option's argument.
enum class Completes : std::uint8_t {
  kNothing,
  kFile,
  kFolder,
  kWords,      ///< OptionText::words
  kFormat,     ///< the stream formats
  kAnyFormat,  ///< the formats of streams and archives
  kCodec,
  kLevel,  ///< names and numbers
};

/// An option, or some that belong together: different spellings, or one the other's opposite.
struct OptionText {
  std::array<std::string_view, 3> names = {};  ///< long names, as in the option table
  std::string_view argument = {};              ///< as it is shown: "FILE"
  std::string_view text = {};
  std::string_view more = {};  ///< for the man page only: whole sentences
  Completes completes = Completes::kNothing;
  std::string_view words = {};   ///< parted by blanks
  std::string_view digits = {};  ///< "-0 to -22": spellings that the option table does not hold
};

struct OptionGroup {
  std::string_view title;
  std::span<const OptionText> options;
};

/// One line of the synopsis. `verb` is empty where there is none.
struct UsageText {
  std::string_view verb;
  std::string_view arguments;
  std::string_view text;  ///< after the synopsis; may be empty
  std::string_view more;  ///< what the verb does, for the man page and the shells
};

struct ExitText {
  int code;
  std::string_view brief;
  std::string_view text;
};

/// What one command line takes.
struct CommandText {
  std::string_view name;
  std::span<const UsageText> usage;
  std::span<const OptionGroup> groups;
  std::span<const OptionRow> rows;  ///< the table that its options are parsed by
  int last_level = -1;              ///< -0 to this are options; -1: none
};

[[nodiscard]] const CommandText& kompakt_command() noexcept;
[[nodiscard]] const CommandText& warp_compress_command() noexcept;
[[nodiscard]] std::span<const ExitText> exit_texts() noexcept;

/// The row of `rows` with that long name; nullptr where there is none.
[[nodiscard]] const OptionRow* find_row(std::span<const OptionRow> rows,
                                        std::string_view name) noexcept;
/// "-o, --output FILE": as the option is shown, every spelling with its argument.
[[nodiscard]] std::string spelled(const CommandText& command, const OptionText& option);

}  // namespace kompakt::cli
