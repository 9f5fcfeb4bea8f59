// What the shells offer for an argument.
#include <fmt/format.h>

#include <algorithm>

#include "kompakt/codec.hpp"
#include "kompakt/format.hpp"
#include "pages.hpp"

namespace kompakt::cli {
namespace {

void add_split(std::vector<std::string>& words, std::string_view text) {
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    words.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(text.size(), end + 1));
  }
}

void add_formats(std::vector<std::string>& words, bool archives) {
  for (const FormatInfo& format : all_formats()) {
    words.emplace_back(format.name);
  }
  if (archives) {
    words.emplace_back("zip");
    words.emplace_back("tar");
    for (const FormatInfo& format : all_formats()) {
      words.push_back(fmt::format("tar{}", format.suffix));
    }
  }
}

}  // namespace

std::vector<std::string> argument_words(const CommandText& command, const OptionText& option) {
  std::vector<std::string> words;
  switch (option.completes) {
    case Completes::kNothing:
    case Completes::kFile:
    case Completes::kFolder:
      break;
    case Completes::kFormat:
    case Completes::kAnyFormat:
      add_formats(words, option.completes == Completes::kAnyFormat);
      break;
    case Completes::kCodec:
      for (const Codec* codec : all_codecs()) {
        words.emplace_back(codec->info().name);
      }
      break;
    case Completes::kWords:
      add_split(words, option.words);
      break;
    case Completes::kLevel:
      add_split(words, option.words);
      for (int level = 0; level <= command.last_level; ++level) {
        words.push_back(std::to_string(level));
      }
      break;
  }
  return words;
}

bool needs_argument(const CommandText& command, std::string_view name) {
  const OptionRow* row = find_row(command.rows, name);
  return row != nullptr && row->value.empty();
}

}  // namespace kompakt::cli
