/// \file
/// From an option's text to a value.
#pragma once

#include <fmt/format.h>

#include "arguments.hpp"

namespace kompakt::cli {

/// Where `key` is given: calls `parse` with its text and stores what it gives in `to`. A failure
/// names the option.
template <typename To, typename Parse>
[[nodiscard]] Status take(const Arguments& arguments, Key key, To& to, Parse parse) {
  const Given* given = arguments.find(key);
  if (given == nullptr) {
    return {};
  }
  auto value = parse(given->value);
  if (!value.ok()) {
    return {value.status().code(),
            fmt::format("{}: {}", given->spelling, value.status().message())};
  }
  to = static_cast<To>(*value);
  return {};
}

}  // namespace kompakt::cli
