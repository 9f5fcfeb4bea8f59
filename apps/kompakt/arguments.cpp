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

  Status long_option(const std::string& word) {
    const auto equals = word.find('=');
    const std::string spelling = word.substr(0, equals);
    const auto row =
        std::find_if(syntax_.rows.begin(), syntax_.rows.end(), [&](const OptionRow& candidate) {
          return candidate.name == std::string_view(spelling).substr(2);
        });
    if (row == syntax_.rows.end()) {
      return usage(fmt::format("unknown option {}", spelling));
    }
    if (!row->value.empty()) {
      return equals == std::string::npos
                 ? set(row->key, std::string(row->value), spelling)
                 : usage(fmt::format("option {} takes no argument", spelling));
    }
    if (equals != std::string::npos) {
      return set(row->key, word.substr(equals + 1), spelling);
    }
    return set_from_next(row->key, spelling);
  }

  Status cluster(const std::string& word) {
    for (std::size_t at = 1; at < word.size(); ++at) {
      if (syntax_.digit_levels && is_digit(word[at])) {
        const std::size_t begin = at;
        while (at + 1 < word.size() && is_digit(word[at + 1])) {
          ++at;
        }
        const std::string digits = word.substr(begin, at + 1 - begin);
        if (Status status = set(Key::kLevel, digits, "-" + digits); !status.ok()) {
          return status;
        }
        continue;
      }
      const std::string spelling = {'-', word[at]};
      const auto row =
          std::find_if(syntax_.rows.begin(), syntax_.rows.end(),
                       [&](const OptionRow& candidate) { return candidate.letter == word[at]; });
      if (row == syntax_.rows.end()) {
        return usage(fmt::format("unknown option {}{}", spelling,
                                 word.size() > 2 ? fmt::format(" in '{}'", word) : ""));
      }
      if (row->value.empty()) {
        return at + 1 < word.size() ? set(row->key, word.substr(at + 1), spelling)
                                    : set_from_next(row->key, spelling);
      }
      if (Status status = set(row->key, std::string(row->value), spelling); !status.ok()) {
        return status;
      }
    }
    return {};
  }

  Status set_from_next(Key key, const std::string& spelling) {
    if (next_ + 1 == words_.size()) {
      return usage(fmt::format("option {} needs an argument", spelling));
    }
    return set(key, words_[++next_], spelling);
  }

  Status set(Key key, const std::string& value, const std::string& spelling) {
    auto [found, fresh] = out_.options.try_emplace(key, Given{value, spelling, 0, false});
    if (!fresh && found->second.value != value) {
      return usage(found->second.spelling == spelling
                       ? fmt::format("option {} is given twice with different values", spelling)
                       : fmt::format("options {} and {} contradict each other",
                                     found->second.spelling, spelling));
    }
    ++found->second.count;
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
    if (!allowed) {
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
