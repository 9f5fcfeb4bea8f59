#include <fmt/format.h>

#include "pages.hpp"

namespace kompakt::cli {
namespace {

/// Calls `use(text, name, row)` for every spelling of every option.
template <typename Use>
void each_spelling(const CommandText& command, Use use) {
  for (const OptionGroup& group : command.groups) {
    for (const OptionText& option : group.options) {
      for (const std::string_view name : option.names) {
        if (const OptionRow* row = name.empty() ? nullptr : find_row(command.rows, name)) {
          use(option, *row);
        }
      }
    }
  }
}

std::string joined(const std::vector<std::string>& words) {
  return fmt::format("{}", fmt::join(words, " "));
}

std::string verbs_of(const CommandText& command) {
  std::string out;
  for (const UsageText& usage : command.usage) {
    if (!usage.verb.empty()) {
      out += fmt::format("{}{}", out.empty() ? "" : " ", usage.verb);
    }
  }
  return out;
}

/// The name of a shell function.
std::string identifier(std::string_view name) {
  std::string out = "_";
  for (const char c : name) {
    out += c == '-' ? '_' : c;
  }
  return out;
}

/// `text` with a backslash before each of `special`.
std::string escaped(std::string_view text, std::string_view special) {
  std::string out;
  for (const char c : text) {
    if (special.find(c) != std::string_view::npos) {
      out += '\\';
    }
    out += c;
  }
  return out;
}

/// In single quotes, for bash and zsh.
std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  }
  return out + "'";
}

std::string levels_of(const CommandText& command) {
  std::string out;
  for (int level = 0; level <= command.last_level; ++level) {
    out += fmt::format("{}-{}", out.empty() ? "" : " ", level);
  }
  return out;
}

/// The pattern of a case: "--format|-F".
std::string pattern(const OptionRow& row) {
  std::string out = fmt::format("--{}", row.name);
  if (row.letter != '\0') {
    out += fmt::format("|-{}", row.letter);
  }
  return out;
}

}  // namespace

std::string bash_completion(const CommandText& command) {
  std::string options;
  std::string cases;
  each_spelling(command, [&](const OptionText& text, const OptionRow& row) {
    options += fmt::format("{}--{}", options.empty() ? "" : " ", row.name);
    if (row.letter != '\0') {
      options += fmt::format(" -{}", row.letter);
    }
    const auto words = argument_words(command, text);
    if (!words.empty()) {
      cases += fmt::format("    {}) words='{}' ;;\n", pattern(row), joined(words));
    } else if (text.completes == Completes::kFile) {
      cases += fmt::format("    {}) files=-f ;;\n", pattern(row));
    } else if (text.completes == Completes::kFolder) {
      cases += fmt::format("    {}) files=-d ;;\n", pattern(row));
    } else if (row.value.empty()) {
      cases += fmt::format("    {}) return ;;\n", pattern(row));
    }
  });
  const std::string function = identifier(command.name);
  // '=' parts words in bash: --format=gz arrives as three of them.
  return fmt::format(R"(# bash completion for {name}, made from the tables of the command line.
{function}() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} option='' words='' files=''
  COMPREPLY=()
  if [[ $current == = ]]; then
    option=${{COMP_WORDS[COMP_CWORD-1]}}
    current=
  elif (( COMP_CWORD > 2 )) && [[ ${{COMP_WORDS[COMP_CWORD-1]}} == = ]]; then
    option=${{COMP_WORDS[COMP_CWORD-2]}}
  elif (( COMP_CWORD > 1 )); then
    option=${{COMP_WORDS[COMP_CWORD-1]}}
  fi
  case $option in
{cases}    *)
      if [[ $current == -[0-9]* ]]; then
        words='{levels}'
      elif [[ $current == -* ]]; then
        words='{options}'
      else
        files=-f
        if (( COMP_CWORD == 1 )); then
          words='{verbs}'
        fi
      fi
      ;;
  esac
  if [[ -n $words ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
  fi
  if [[ -n $files ]]; then
    local -a names
    mapfile -t names < <(compgen "$files" -- "$current")
    COMPREPLY+=("${{names[@]}}")
    compopt -o filenames 2>/dev/null
  fi
}}
complete -F {function} {name}
)",
                     fmt::arg("name", command.name), fmt::arg("function", function),
                     fmt::arg("cases", cases), fmt::arg("levels", levels_of(command)),
                     fmt::arg("options", options), fmt::arg("verbs", verbs_of(command)));
}

std::string zsh_completion(const CommandText& command) {
  std::string specs;
  each_spelling(command, [&](const OptionText& text, const OptionRow& row) {
    std::string argument;
    if (row.value.empty()) {
      const auto words = argument_words(command, text);
      argument = fmt::format(":{}:{}", escaped(text.argument, ":"),
                             !words.empty() ? fmt::format("({})", joined(words))
                             : text.completes == Completes::kFile   ? std::string("_files")
                             : text.completes == Completes::kFolder ? std::string("_files -/")
                                                                    : std::string(" "));
    }
    const std::string told = fmt::format("[{}]", escaped(text.text, "[]:\\"));
    specs += fmt::format(
        "    {} \\\n",
        quoted(fmt::format("*--{}{}{}{}", row.name, argument.empty() ? "" : "=", told, argument)));
    if (row.letter != '\0') {
      specs += fmt::format("    {} \\\n",
                           quoted(fmt::format("*-{}{}{}{}", row.letter, argument.empty() ? "" : "+",
                                              told, argument)));
    }
  });
  for (int level = 0; level <= command.last_level; ++level) {
    specs += fmt::format("    '-{0}[level {0}]' \\\n", level);
  }
  std::string verbs;
  for (const UsageText& usage : command.usage) {
    if (!usage.verb.empty()) {
      verbs += fmt::format("    {}\n",
                           quoted(fmt::format("{}:{}", usage.verb, escaped(usage.more, ":\\"))));
    }
  }
  const std::string function = identifier(command.name);
  return fmt::format(R"(#compdef {name}
# zsh completion for {name}, made from the tables of the command line.
{function}_first() {{
  local -a verbs=(
{verbs}  )
  _alternative 'verbs:verb:{{_describe verb verbs}}' 'files:file:_files'
}}
{function}() {{
  _arguments -s \
{specs}    '1: :{function}_first' \
    '*:file:_files'
}}
{function} "$@"
)",
                     fmt::arg("name", command.name), fmt::arg("function", function),
                     fmt::arg("specs", specs), fmt::arg("verbs", verbs));
}

std::string fish_completion(const CommandText& command) {
  const auto fish = [](std::string_view text) { return "'" + escaped(text, "'\\") + "'"; };
  std::string out = fmt::format(
      "# fish completion for {}, made from the tables of the command line.\n", command.name);
  for (const UsageText& usage : command.usage) {
    if (!usage.verb.empty()) {
      out += fmt::format("complete -c {} -n __fish_use_subcommand -a {} -d {}\n", command.name,
                         usage.verb, fish(usage.more));
    }
  }
  each_spelling(command, [&](const OptionText& text, const OptionRow& row) {
    std::string argument;
    const auto words = argument_words(command, text);
    if (row.value.empty()) {
      argument = !words.empty() ? fmt::format(" -x -a {}", fish(joined(words)))
                 : text.completes == Completes::kFile ? " -r -F"
                 : text.completes == Completes::kFolder
                     ? std::string(" -x -a '(__fish_complete_directories)'")
                     : std::string(" -x");
    }
    out += fmt::format("complete -c {}{} -l {}{} -d {}\n", command.name,
                       row.letter == '\0' ? "" : fmt::format(" -s {}", row.letter), row.name,
                       argument, fish(text.text));
  });
  for (int level = 0; level <= command.last_level; ++level) {
    out += fmt::format("complete -c {0} -o {1} -d 'level {1}'\n", command.name, level);
  }
  return out;
}

}  // namespace kompakt::cli
