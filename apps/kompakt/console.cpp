#include "console.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>

#include "io/file.hpp"
#include "io/system.hpp"

namespace kompakt::cli {
namespace {

constexpr std::size_t kDefaultWidth = 80;

std::size_t terminal_width(int fd) {
  winsize size{};
  return ::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : kDefaultWidth;
}

}  // namespace

std::string escape_controls(std::string_view text) {
  std::string out;
  put_escaped(out, text);
  return out;
}

void put_escaped(std::string& out, std::string_view text) {
  unsigned special = 0;  // without a way out of the loop, so that it is done many bytes at a time
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    special |= static_cast<unsigned>(byte < 0x20U) | static_cast<unsigned>(byte == 0x7FU) |
               static_cast<unsigned>(byte == 0xC2U);
  }
  if (special == 0) {
    out += text;
    return;
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    // The second half of control characters, as UTF-8 spells them.
    const bool second_half =
        byte == 0xC2U && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0U;
    if (byte < 0x20U || byte == 0x7FU) {
      out += fmt::format("\\x{:02x}", byte);
    } else if (second_half) {
      out += fmt::format("\\xc2\\x{:02x}", static_cast<unsigned char>(text[++i]));
    } else {
      out += text[i];
    }
  }
}

Console::Console(const World& world, ConsoleOptions options)
    : world_(world), options_(std::move(options)) {}

void Console::to_stderr(std::string_view text) const {
  while (!text.empty()) {
    const ssize_t put = ::write(world_.err, text.data(), text.size());
    if (put < 0 && errno != EINTR) {
      return;  // nobody is left to tell
    }
    text.remove_prefix(put > 0 ? static_cast<std::size_t>(put) : 0);
  }
}

void Console::error(const Status& status) {
  clear_status_line();
  if (options_.json) {
    JsonLine line("error");
    line.text("code", code_name(status.code()));
    if (const auto file = status.file(); file) {
      line.text("file", *file);
    }
    if (const auto block = status.block(); block) {
      line.number("block", *block);
    }
    if (const auto offset = status.offset(); offset) {
      line.number("offset", *offset);
    }
    line.text("message", status.message());
    json(line);
  }
  if (options_.verbosity >= -1 && !json_on_stderr()) {
    say(fmt::format("{}: {}", options_.program, status.to_string()));
  }
}

void Console::warn(std::string_view file, std::string_view message) {
  if (options_.verbosity < 0) {
    return;
  }
  if (options_.json) {
    json(JsonLine("warning").text("file", file).text("message", message));
  }
  if (!json_on_stderr()) {
    say(fmt::format("{}: {}: {}", options_.program, file, message));
  }
}

void Console::finding(const JsonLine& line, std::string_view text, bool warning) {
  const int least = warning ? 0 : -1;
  if (options_.json && (!warning || options_.verbosity >= least)) {
    clear_status_line();
    json(line);
  }
  if (options_.verbosity >= least && !json_on_stderr()) {
    say(fmt::format("{}: {}", options_.program, text));
  }
}

void Console::note(int verbosity, std::string_view line) {
  if (options_.verbosity >= verbosity && !json_on_stderr()) {
    say(line);
  }
}

void Console::say(std::string_view line) {
  clear_status_line();
  to_stderr(escape_controls(line) + "\n");
}

void Console::print(std::string_view text) {
  if (!output_.ok()) {
    return;
  }
  const auto sink =
      make_descriptor_sink(*world_.system, world_.out, "<stdout>", SinkAccess::kOrdered);
  output_ = sink->write(std::as_bytes(std::span(text.data(), text.size())));
}

void Console::json(const JsonLine& line) {
  if (json_on_stderr()) {
    clear_status_line();
    to_stderr(line.str());
  } else {
    print(line.str());
  }
}

void Console::status_line(std::string_view line) {
  const std::string shown = escape_controls(line.substr(0, terminal_width(world_.err) - 1));
  // Back to the first column, the line, then erase what was longer before.
  to_stderr("\r" + shown + "\x1b[K");
  status_shown_ = true;
}

void Console::clear_status_line() {
  if (status_shown_) {
    to_stderr("\r\x1b[K");
    status_shown_ = false;
  }
}

}  // namespace kompakt::cli
