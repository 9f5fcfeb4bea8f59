#include "json_line.hpp"

#include <nlohmann/json.hpp>

namespace kompakt::cli {

struct JsonLine::Object {
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
};

JsonLine::JsonLine(std::unique_ptr<Object> object) : object_(std::move(object)) {}
JsonLine::JsonLine(std::string_view type) : object_(std::make_unique<Object>()) {
  text("schema", "kompakt/1");
  text("type", type);
}
JsonLine::JsonLine(JsonLine&&) noexcept = default;
JsonLine& JsonLine::operator=(JsonLine&&) noexcept = default;
JsonLine::~JsonLine() = default;

JsonLine JsonLine::part() { return JsonLine(std::make_unique<Object>()); }

JsonLine& JsonLine::text(std::string_view key, std::string_view value) {
  object_->json[std::string(key)] = std::string(value);
  return *this;
}
JsonLine& JsonLine::number(std::string_view key, std::uint64_t value) {
  object_->json[std::string(key)] = value;
  return *this;
}
JsonLine& JsonLine::integer(std::string_view key, std::int64_t value) {
  object_->json[std::string(key)] = value;
  return *this;
}
JsonLine& JsonLine::real(std::string_view key, double value) {
  object_->json[std::string(key)] = value;
  return *this;
}
JsonLine& JsonLine::flag(std::string_view key, bool value) {
  object_->json[std::string(key)] = value;
  return *this;
}
JsonLine& JsonLine::counts(std::string_view key,
                           const std::vector<std::pair<std::string, std::uint64_t>>& values) {
  auto& object = object_->json[std::string(key)] = nlohmann::ordered_json::object();
  for (const auto& [name, count] : values) {
    object[name] = count;
  }
  return *this;
}
JsonLine& JsonLine::append(std::string_view key, const JsonLine& object) {
  object_->json[std::string(key)].push_back(object.object_->json);
  return *this;
}

std::string JsonLine::str() const {
  return object_->json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) +
         "\n";
}

}  // namespace kompakt::cli
