/// \file
/// What the tool says: messages and the progress line on stderr, tables and JSON on stdout.
#pragma once

#include <string>
#include <string_view>

#include "json_line.hpp"
#include "kompakt/status.hpp"
#include "world.hpp"

namespace kompakt::cli {

/// Control characters as \xNN, so that a file's name cannot play tricks on a terminal.
[[nodiscard]] std::string escape_controls(std::string_view text);
/// The same, behind what is in `out`.
void put_escaped(std::string& out, std::string_view text);

struct ConsoleOptions {
  std::string program = "kompakt";
  int verbosity = 0;  ///< below 0: no warnings; below -1: no errors
  bool json = false;
  bool data_on_stdout = false;  ///< JSON goes to stderr then
};

/// One thread at a time.
class Console {
 public:
  Console(const World& world, ConsoleOptions options);

  void error(const Status& status);
  void warn(std::string_view file, std::string_view message);
  /// What went wrong with a part of an input: said as an error is, or as a warning.
  void finding(const JsonLine& line, std::string_view text, bool warning = false);
  /// A line for -v (1) or -vv (2).
  void note(int verbosity, std::string_view line);
  /// A line that was asked for, whatever the verbosity.
  void say(std::string_view line);

  /// Text for stdout. Failures are kept for output_status().
  void print(std::string_view text);
  void json(const JsonLine& line);
  [[nodiscard]] bool wants_json() const noexcept { return options_.json; }
  [[nodiscard]] int verbosity() const noexcept { return options_.verbosity; }
  [[nodiscard]] const Status& output_status() const noexcept { return output_; }

  /// Shows `line` in place of the one before; cut to the terminal's width.
  void status_line(std::string_view line);
  void clear_status_line();

 private:
  [[nodiscard]] bool json_on_stderr() const noexcept {
    return options_.json && options_.data_on_stdout;
  }
  void to_stderr(std::string_view text) const;

  const World& world_;  // outlives the console
  ConsoleOptions options_;
  Status output_;
  bool status_shown_ = false;
};

}  // namespace kompakt::cli
