/// \file
/// Multi-call names: the program called gzip, xz, zstd and so on behaves like the tool of that
/// name.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>

#include "kompakt/arguments.hpp"
#include "kompakt/family.hpp"
#include "kompakt/request.hpp"

namespace kompakt::cli {

/// One stock tool: its options, its habits.
struct Tool {
  const Family* family = nullptr;
  Syntax syntax;
  ListStyle list = ListStyle::kKompakt;
  /// Variables that hold options, and those that hold one value each.
  std::span<const std::string_view> option_variables = {};
  std::span<const std::pair<std::string_view, Key>> value_variables = {};
  /// From the tool's arguments to Kompakt's keys; before the request is built. May be null.
  Status (*adapt)(Arguments& arguments) = nullptr;
  /// What remains to be done to the request. May be null.
  Status (*finish)(const Arguments& arguments, const World& world, Request& request) = nullptr;
};

/// One name of a tool.
struct Applet {
  std::string_view name;
  const Tool* tool = nullptr;
  std::string_view implied = {};  ///< an option that the name stands for
};

/// nullptr where `name` is no such name.
[[nodiscard]] const Applet* find_applet(std::string_view name) noexcept;
[[nodiscard]] Result<Request> make_applet_request(const World& world, const Applet& applet);
[[nodiscard]] std::string applet_help(const Applet& applet);

[[nodiscard]] const Tool& gzip_tool() noexcept;
[[nodiscard]] const Tool& pigz_tool() noexcept;
[[nodiscard]] const Tool& zstd_tool() noexcept;
[[nodiscard]] const Tool& xz_tool() noexcept;
[[nodiscard]] const Tool& lzma_tool() noexcept;
[[nodiscard]] const Tool& bzip2_tool() noexcept;
[[nodiscard]] const Tool& lbzip2_tool() noexcept;
[[nodiscard]] const Tool& lz4_tool() noexcept;
[[nodiscard]] const Tool& brotli_tool() noexcept;

}  // namespace kompakt::cli
