#include "applet.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "inputs.hpp"

namespace kompakt::cli {
namespace {

std::span<const Applet> applets() {
  static const std::array kApplets = {
      Applet{"gzip", &gzip_tool()},
      Applet{"gunzip", &gzip_tool(), "-d"},
      Applet{"zcat", &gzip_tool(), "-dc"},
      Applet{"gzcat", &gzip_tool(), "-dc"},
      Applet{"pigz", &pigz_tool()},
      Applet{"unpigz", &pigz_tool(), "-d"},
      Applet{"zstd", &zstd_tool()},
      Applet{"zstdmt", &zstd_tool(), "-T0"},
      Applet{"unzstd", &zstd_tool(), "-d"},
      Applet{"zstdcat", &zstd_tool(), "-dcf"},
      Applet{"xz", &xz_tool()},
      Applet{"unxz", &xz_tool(), "-d"},
      Applet{"xzcat", &xz_tool(), "-dc"},
      Applet{"lzma", &lzma_tool()},
      Applet{"unlzma", &lzma_tool(), "-d"},
      Applet{"lzcat", &lzma_tool(), "-dc"},
      Applet{"lz4", &lz4_tool()},
      Applet{"unlz4", &lz4_tool(), "-d"},
      Applet{"lz4cat", &lz4_tool(), "-dcfm"},
      Applet{"bzip2", &bzip2_tool()},
      Applet{"bunzip2", &bzip2_tool(), "-d"},
      Applet{"bzcat", &bzip2_tool(), "-dc"},
      Applet{"lbzip2", &lbzip2_tool()},
      Applet{"lbunzip2", &lbzip2_tool(), "-d"},
      Applet{"lbzcat", &lbzip2_tool(), "-dc"},
      Applet{"brotli", &brotli_tool()},
      Applet{"unbrotli", &brotli_tool(), "-d"},
      Applet{"brcat", &brotli_tool(), "-dc"},
  };
  return kApplets;
}

/// A variable that holds one number, like ZSTD_CLEVEL: it counts where no option says otherwise,
/// and anything but a number is left alone.
void add_value(Arguments& arguments, const World& world, std::string_view variable, Key key) {
  const auto value = world.environment(std::string(variable));
  const auto digits = value ? value->find_first_not_of('-') : std::string::npos;
  if (value && digits <= 1 && value->find_first_not_of("0123456789", digits) == std::string::npos) {
    arguments.options.try_emplace(key, Given{*value, std::string(variable), 1, true});
  }
}

}  // namespace

const Applet* find_applet(std::string_view name) noexcept {
  const auto all = applets();
  const auto found =
      std::find_if(all.begin(), all.end(), [name](const Applet& row) { return row.name == name; });
  return found == all.end() ? nullptr : &*found;
}

Result<Request> make_applet_request(const World& world, const Applet& applet) {
  const Tool& tool = *applet.tool;
  std::vector<std::string> words;
  if (!applet.implied.empty()) {
    words.emplace_back(applet.implied);
  }
  words.insert(words.end(), world.args.begin() + 1, world.args.end());
  auto arguments = parse_arguments(words, tool.syntax);
  if (!arguments.ok()) {
    return arguments.status();
  }
  for (const std::string_view variable : tool.option_variables) {
    if (const auto content = world.environment(std::string(variable)); content) {
      if (Status added = add_defaults(*arguments, variable, *content, tool.syntax); !added.ok()) {
        return added;
      }
    }
  }
  for (const auto& [variable, key] : tool.value_variables) {
    add_value(*arguments, world, variable, key);
  }
  if (const Given* refused = arguments->find(Key::kRefused); refused != nullptr) {
    return Status(Code::kUnsupported, fmt::format("option {} is not supported by this {}",
                                                  refused->spelling, tool.family->program));
  }
  if (tool.adapt != nullptr) {
    if (Status adapted = tool.adapt(*arguments); !adapted.ok()) {
      return adapted;
    }
  }
  auto request = build_request(*arguments, *tool.family);
  if (!request.ok() || request->help || request->version) {
    return request;
  }
  if (tool.list != ListStyle::kKompakt) {
    request->list_style = tool.list;
  }
  request->progress = false;
  if (tool.finish != nullptr) {
    if (Status finished = tool.finish(*arguments, world, *request); !finished.ok()) {
      return finished;
    }
  }
  return request;
}

std::string applet_help(const Applet& applet) {
  const Tool& tool = *applet.tool;
  std::string options;
  std::string idle;
  std::string missing;
  for (const OptionRow& row : tool.syntax.rows) {
    std::string text = row.letter != '\0' ? fmt::format("-{}", row.letter) : "";
    if (!row.name.empty()) {
      text += fmt::format("{}--{}", text.empty() ? "" : ", ", row.name);
    }
    text += row.value.empty() ? " ARG" : !row.attached.empty() ? "[ARG]" : "";
    std::string& list = row.key == Key::kIgnored   ? idle
                        : row.key == Key::kRefused ? missing
                                                   : options;
    list += "  " + text + "\n";
  }
  const Syntax& syntax = tool.syntax;
  const int strongest = syntax.long_levels ? format_info(tool.family->formats.front()).max_level
                                           : syntax.level_digits.back() - '0';
  std::string out = fmt::format(
      "Usage: {} [OPTION]... [FILE]...\n\nKompakt under the name of {}. Levels go up to -{}.\n"
      "Options:\n{}",
      applet.name, tool.family->program, strongest, options);
  if (!idle.empty()) {
    out += "Accepted, without effect on the result:\n" + idle;
  }
  return missing.empty() ? out : out + "Not supported:\n" + missing;
}

}  // namespace kompakt::cli
