/// \file
/// Man pages and completions, made from the tables that the tool itself reads and prints, so that
/// none of them can say anything else than the tool does.
#pragma once

#include <string>
#include <vector>

#include "kompakt/help_table.hpp"

namespace kompakt::cli {

/// Roff for man(1).
[[nodiscard]] std::string kompakt_man_page();
[[nodiscard]] std::string warp_compress_man_page();

/// A script that the shell reads when a command line of `command` is completed first.
[[nodiscard]] std::string bash_completion(const CommandText& command);
[[nodiscard]] std::string zsh_completion(const CommandText& command);
[[nodiscard]] std::string fish_completion(const CommandText& command);

/// The words that may be the argument of `option`; empty where they are not a list.
[[nodiscard]] std::vector<std::string> argument_words(const CommandText& command,
                                                      const OptionText& option);
/// Whether the option cannot do without an argument.
[[nodiscard]] bool needs_argument(const CommandText& command, std::string_view name);

}  // namespace kompakt::cli
