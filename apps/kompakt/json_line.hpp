/// \file
/// One line of machine-readable output.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kompakt::cli {

/// A flat JSON object that begins with "schema": "kompakt/1" and its "type". Text that is not
/// UTF-8 has its bad bytes replaced. docs/cli.md lists the fields of every type.
class JsonLine {
 public:
  explicit JsonLine(std::string_view type);
  JsonLine(const JsonLine&) = delete;
  JsonLine& operator=(const JsonLine&) = delete;
  JsonLine(JsonLine&&) noexcept;
  JsonLine& operator=(JsonLine&&) noexcept;
  ~JsonLine();

  JsonLine& text(std::string_view key, std::string_view value);
  JsonLine& number(std::string_view key, std::uint64_t value);
  JsonLine& integer(std::string_view key, std::int64_t value);
  JsonLine& real(std::string_view key, double value);
  JsonLine& flag(std::string_view key, bool value);
  /// An object of counts.
  JsonLine& counts(std::string_view key,
                   const std::vector<std::pair<std::string, std::uint64_t>>& values);
  /// Appends an object to the array `key`.
  JsonLine& append(std::string_view key, const JsonLine& object);
  /// An object without schema and type, to be a part of another.
  [[nodiscard]] static JsonLine part();

  /// The line with its line end.
  [[nodiscard]] std::string str() const;

 private:
  struct Object;
  explicit JsonLine(std::unique_ptr<Object> object);
  std::unique_ptr<Object> object_;
};

}  // namespace kompakt::cli
