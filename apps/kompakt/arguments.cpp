#include "arguments.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace kompakt::cli {
namespace {

Status usage(std::string message) { return {Code::kInvalidArgument, std::move(message)}; }

bool is_digit(char c) { return c >= '0' && c <= '9'; }

class Parser {
 public:
  Parser(std::span<const std::string> words, const Syntax& syntax)
      : words_(words), syntax_(syntax) {}

  Result<Arguments> run() {
    for (; next_ < words_.size(); ++next_) {
      const std::string& word = words_[next_];
      Status status;
      if (options_ended_ || word.size() < 2 || word.front() != '-') {
        add_name(word);
      } else if (word == "--") {
        options_ended_ = true;
      } else {
        status = word[1] == '-' ? long_option(word) : cluster(word);
      }
      if (!status.ok()) {
        return status;
      }
    }
    return std::move(out_);
  }

 private:
  void add_name(const std::string& word) {
    out_.plain_first = out_.plain_first || (options_ended_ && out_.names.empty());
    out_.names.push_back(word);
  }

  [[nodiscard]] const OptionRow* find_long(std::string_view name) const {
    const OptionRow* found = nullptr;
    for (const OptionRow& row : syntax_.rows) {
      if (row.name == name && !name.empty()) {
        return &row;
      }
      if (syntax_.abbreviations && row.name.starts_with(name)) {
        if (found != nullptr && (found->key != row.key || found->value != row.value)) {
          return nullptr;
        }
        found = &row;
      }
    }
    return found;
  }

  Status long_option(const std::string& word) {
    const auto equals = word.find('=');
    const std::string spelling = word.substr(0, equals);
    const OptionRow* row = find_long(std::string_view(spelling).substr(2));
    if (row == nullptr) {
      return usage(fmt::format("unknown option {}", spelling));
    }
    if (equals != std::string::npos) {
      const std::string argument = word.substr(equals + 1);
      if (row->value.empty()) {
        return set(*row, argument, spelling);
      }
      return row->attached.empty() ? usage(fmt::format("option {} takes no argument", spelling))
                                   : set(*row, std::string(row->prefix) + argument, spelling);
    }
    return row->value.empty() ? set_from_next(*row, spelling)
                              : set(*row, std::string(row->value), spelling);
  }

  Status cluster(const std::string& word) {
    for (std::size_t at = 1; at < word.size();) {
      const bool level = syntax_.level_digits.find(word[at]) != std::string_view::npos;
      auto next = level ? digits(word, at) : letter(word, at);
      if (!next.ok()) {
        return next.status();
      }
      at = *next;
    }
    return {};
  }

  /// Takes a level at `at`; returns where the next option is.
  Result<std::size_t> digits(const std::string& word, std::size_t at) {
    std::size_t end = at + 1;
    while (syntax_.long_levels && end < word.size() && is_digit(word[end])) {
      ++end;
    }
    const std::string level = word.substr(at, end - at);
    const OptionRow row{.name = {}, .letter = '\0', .key = Key::kLevel, .value = {}};
    Status status = set(row, level, "-" + level);
    return status.ok() ? Result<std::size_t>(end) : status;
  }

  Result<std::size_t> letter(const std::string& word, std::size_t at) {
    const std::string spelling = {'-', word[at]};
    const auto row =
        std::find_if(syntax_.rows.begin(), syntax_.rows.end(),
                     [&](const OptionRow& candidate) { return candidate.letter == word[at]; });
    if (row == syntax_.rows.end()) {
      return usage(fmt::format("unknown option {}{}", spelling,
                               word.size() > 2 ? fmt::format(" in '{}'", word) : ""));
    }
    Status status;
    std::size_t end = at + 1;
    if (row->value.empty()) {
      status =
          end < word.size() ? set(*row, word.substr(end), spelling) : set_from_next(*row, spelling);
      end = word.size();
    } else {
      while (end < word.size() && row->attached.find(word[end]) != std::string_view::npos) {
        ++end;
      }
      const std::string glued = word.substr(at + 1, end - at - 1);
      status = set(*row, glued.empty() ? std::string(row->value) : std::string(row->prefix) + glued,
                   spelling);
    }
    return status.ok() ? Result<std::size_t>(end) : status;
  }

  Status set_from_next(const OptionRow& row, const std::string& spelling) {
    if (next_ + 1 == words_.size()) {
      return usage(fmt::format("option {} needs an argument", spelling));
    }
    return set(row, words_[++next_], spelling);
  }

  Status set(const OptionRow& row, const std::string& value, const std::string& spelling) {
    auto [found, fresh] = out_.options.try_emplace(row.key, Given{value, spelling, 0, false});
    Given& given = found->second;
    given.all.push_back(value);
    if (!fresh && syntax_.last_wins) {
      given.value = value;
      given.spelling = spelling;
    } else if (!fresh && given.value != value && !row.repeats) {
      return usage(
          given.spelling == spelling
              ? fmt::format("option {} is given twice with different values", spelling)
              : fmt::format("options {} and {} contradict each other", given.spelling, spelling));
    }
    ++given.count;
    return {};
  }

  std::span<const std::string> words_;
  Syntax syntax_;
  std::size_t next_ = 0;
  bool options_ended_ = false;
  Arguments out_;
};

std::vector<std::string> split_blanks(std::string_view text) {
  std::vector<std::string> words;
  for (std::size_t at = text.find_first_not_of(" \t\n"); at != std::string_view::npos;) {
    const auto end = text.find_first_of(" \t\n", at);
    words.emplace_back(text.substr(at, end - at));
    at = text.find_first_not_of(" \t\n", end);
  }
  return words;
}

}  // namespace

Result<Arguments> parse_arguments(std::span<const std::string> words, const Syntax& syntax) {
  return Parser(words, syntax).run();
}

Status add_defaults(Arguments& arguments, std::string_view variable, std::string_view content,
                    const Syntax& syntax) {
  const auto words = split_blanks(content);
  const auto defaults = parse_arguments(words, syntax);
  if (!defaults.ok()) {
    return usage(fmt::format("{}: {}", variable, defaults.status().message()));
  }
  if (!defaults->names.empty()) {
    return usage(
        fmt::format("{} holds '{}', but may hold options only", variable, defaults->names.front()));
  }
  for (const auto& [key, given] : defaults->options) {
    const bool allowed = std::any_of(
        syntax.rows.begin(), syntax.rows.end(),
        [key = key](const OptionRow& row) { return row.key == key && row.in_environment; });
    if (!allowed && !syntax.any_in_environment) {
      return usage(fmt::format("{} may not hold {}: it belongs on the command line", variable,
                               given.spelling));
    }
    Given copy = given;
    copy.from_environment = true;
    arguments.options.try_emplace(key, std::move(copy));
  }
  return {};
}

}  // namespace kompakt::cli
