// The table behind --help, the man pages and the completions says of every option what the parser
// makes of it.
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "kompakt/help.hpp"
#include "kompakt/help_table.hpp"

namespace kompakt::cli {
namespace {

class HelpTable : public ::testing::TestWithParam<const CommandText*> {};

std::map<std::string_view, const OptionText*> texts_of(const CommandText& command) {
  std::map<std::string_view, const OptionText*> texts;
  for (const OptionGroup& group : command.groups) {
    for (const OptionText& option : group.options) {
      for (const std::string_view name : option.names) {
        if (!name.empty()) {
          EXPECT_TRUE(texts.emplace(name, &option).second) << name << " is told of twice";
        }
      }
    }
  }
  return texts;
}

TEST_P(HelpTable, TellsOfEveryOptionOnce) {
  const CommandText& command = *GetParam();
  const auto texts = texts_of(command);
  for (const OptionRow& row : command.rows) {
    EXPECT_TRUE(texts.contains(row.name)) << "--" << row.name;
  }
  for (const auto& [name, text] : texts) {
    EXPECT_NE(find_row(command.rows, name), nullptr) << "--" << name << " is no option";
    EXPECT_FALSE(text->text.empty()) << "--" << name;
  }
}

TEST_P(HelpTable, ShowsAnArgumentWhereTheParserTakesOne) {
  const CommandText& command = *GetParam();
  for (const auto& [name, text] : texts_of(command)) {
    const OptionRow* row = find_row(command.rows, name);
    ASSERT_NE(row, nullptr) << name;
    const bool optional = !row->attached.empty();
    EXPECT_EQ(text->argument.empty(), !row->value.empty() && !optional) << "--" << name;
    EXPECT_EQ(text->argument.starts_with("[="), optional) << "--" << name;
  }
}

TEST_P(HelpTable, FitsATerminalOfAHundredColumns) {
  const std::string help = GetParam()->name == "kompakt" ? help_text() : warp_compress_help_text();
  for (std::size_t at = 0; at < help.size();) {
    const std::size_t end = help.find('\n', at);
    ASSERT_NE(end, std::string::npos);
    EXPECT_LE(end - at, 100U) << help.substr(at, end - at);
    at = end + 1;
  }
  for (const OptionRow& row : GetParam()->rows) {
    EXPECT_NE(help.find("--" + std::string(row.name)), std::string::npos) << row.name;
  }
}

INSTANTIATE_TEST_SUITE_P(BothCommandLines, HelpTable,
                         ::testing::Values(&kompakt_command(), &warp_compress_command()),
                         [](const auto& info) {
                           return info.param->name == "kompakt" ? "kompakt" : "warp_compress";
                         });

}  // namespace
}  // namespace kompakt::cli
