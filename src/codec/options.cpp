#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "kompakt/codec.hpp"

namespace kompakt {
namespace {

Status invalid(std::string message) { return {Code::kInvalidArgument, std::move(message)}; }

std::string range_text(const OptionSpec& option) {
  if (option.names.empty()) {
    return std::to_string(option.min) + ".." + std::to_string(option.max);
  }
  std::string text;
  for (const auto name : option.names) {
    text.append(text.empty() ? "" : "|").append(name);
  }
  return text;
}

std::string keys_text(std::span<const OptionSpec> schema) {
  std::string text;
  for (const auto& option : schema) {
    text.append(text.empty() ? "" : ", ").append(option.key);
  }
  return text.empty() ? "none" : text;
}

std::string codec_names() {
  std::string text;
  for (const Codec* codec : all_codecs()) {
    text.append(text.empty() ? "" : ", ").append(codec->info().name);
  }
  return text;
}

}  // namespace

CodecOptions::CodecOptions(std::span<const OptionSpec> schema) : schema_(schema) {
  if (schema.size() > kMaxCodecOptions) {
    std::abort();  // a codec declared more options than CodecOptions can hold
  }
  std::transform(schema.begin(), schema.end(), values_.begin(),
                 [](const OptionSpec& option) { return option.fallback; });
}

Status CodecOptions::set(std::string_view key, std::int64_t value) {
  const auto found = std::find_if(schema_.begin(), schema_.end(),
                                  [key](const OptionSpec& option) { return option.key == key; });
  if (found == schema_.end()) {
    return invalid("unknown option '" + std::string(key) + "' (valid: " + keys_text(schema_) + ")");
  }
  if (value < found->min || value > found->max) {
    return invalid("option '" + std::string(key) + "' is " + std::to_string(value) +
                   ", valid: " + range_text(*found));
  }
  values_[static_cast<std::size_t>(found - schema_.begin())] = value;
  return {};
}

Status CodecOptions::set(std::string_view key, std::string_view text) {
  const auto found = std::find_if(schema_.begin(), schema_.end(),
                                  [key](const OptionSpec& option) { return option.key == key; });
  if (found != schema_.end()) {
    const auto name = std::find(found->names.begin(), found->names.end(), text);
    if (name != found->names.end()) {
      return set(key, static_cast<std::int64_t>(name - found->names.begin()));
    }
    if (!found->names.empty()) {
      return invalid("option '" + std::string(key) + "' is '" + std::string(text) +
                     "', valid: " + range_text(*found));
    }
  }
  std::int64_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (found != schema_.end() &&
      (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size())) {
    return invalid("option '" + std::string(key) + "' is '" + std::string(text) +
                   "', valid: " + range_text(*found));
  }
  return set(key, value);
}

std::int64_t CodecOptions::get(std::string_view key) const {
  for (std::size_t i = 0; i < schema_.size(); ++i) {
    if (schema_[i].key == key) {
      return values_[i];
    }
  }
  std::abort();  // a codec asked for an option that its schema lacks
}

Result<CodecSpec> parse_codec_spec(std::string_view text) {
  const auto colon = text.find(':');
  const auto name = text.substr(0, colon);
  const Codec* codec = find_codec(name);
  if (codec == nullptr) {
    return invalid("unknown codec '" + std::string(name) + "' (valid: " + codec_names() + ")");
  }
  CodecSpec spec{codec, CodecOptions(codec->info().options)};
  std::string_view rest =
      colon == std::string_view::npos ? std::string_view() : text.substr(colon + 1);
  std::vector<std::string_view> seen;
  while (!rest.empty()) {
    const auto comma = rest.find(',');
    const auto item = rest.substr(0, comma);
    rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
    const auto equals = item.find('=');
    if (equals == std::string_view::npos) {
      return invalid("codec option '" + std::string(item) + "' is not key=value");
    }
    const auto key = item.substr(0, equals);
    if (std::find(seen.begin(), seen.end(), key) != seen.end()) {
      return invalid("codec option '" + std::string(key) + "' is given twice");
    }
    seen.push_back(key);
    if (Status set = spec.options.set(key, item.substr(equals + 1)); !set.ok()) {
      return Status(set.code(), std::string(name) + ": " + std::string(set.message()));
    }
  }
  return spec;
}

std::string format_codec_spec(const CodecSpec& spec) {
  std::string text(spec.codec->info().name);
  char separator = ':';
  for (const auto& option : spec.options.schema()) {
    const std::int64_t value = spec.options.get(option.key);
    if (value == option.fallback) {
      continue;
    }
    text += separator;
    text += std::string(option.key) + "=";
    text += option.names.empty() ? std::to_string(value)
                                 : std::string(option.names[static_cast<std::size_t>(value)]);
    separator = ',';
  }
  return text;
}

}  // namespace kompakt
