#include "naming.hpp"

#include <algorithm>
#include <vector>

namespace kompakt::cli {
namespace {

std::vector<SuffixRule> rules_for(const std::optional<std::string>& suffix, const Family& family) {
  std::vector<SuffixRule> rules;
  if (suffix) {
    rules.push_back({.packed = *suffix, .plain = ""});
  }
  for (const FormatInfo& info : all_formats()) {
    const bool read =
        family.formats.empty() ||
        std::find(family.formats.begin(), family.formats.end(), info.id) != family.formats.end();
    if (!read) {
      continue;
    }
    rules.push_back({.packed = info.suffix, .plain = ""});
    if (!info.tar_suffix.empty()) {
      rules.push_back({.packed = info.tar_suffix, .plain = ".tar"});
    }
  }
  rules.insert(rules.end(), family.old_suffixes.begin(), family.old_suffixes.end());
  return rules;
}

std::optional<SuffixRule> rule_of(const std::string& path, const std::vector<SuffixRule>& rules) {
  const auto found = std::find_if(rules.begin(), rules.end(), [&](const SuffixRule& rule) {
    return has_suffix(path, rule.packed);
  });
  return found == rules.end() ? std::nullopt : std::optional(*found);
}

}  // namespace

std::string base_name(std::string_view path) {
  const auto slash = path.rfind('/');
  return std::string(slash == std::string_view::npos ? path : path.substr(slash + 1));
}

DecodedName decoded_name(const std::string& path, const std::optional<std::string>& suffix,
                         const Family& family) {
  const auto rules = rules_for(suffix, family);
  if (const auto rule = rule_of(path, rules); rule) {
    return {.path = path.substr(0, path.size() - rule->packed.size()) + std::string(rule->plain)};
  }
  return {.path = path + ".out", .guessed = true};
}

std::optional<std::string> packed_suffix(const std::string& path,
                                         const std::optional<std::string>& suffix,
                                         const Family& family) {
  const auto rules = rules_for(suffix, family);
  const auto rule = rule_of(path, rules);
  return rule ? std::optional(std::string(rule->packed)) : std::nullopt;
}

std::optional<Format> format_by_suffix(std::string_view path) {
  for (const FormatInfo& info : all_formats()) {
    if (has_suffix(path, info.suffix) ||
        (!info.tar_suffix.empty() && has_suffix(path, info.tar_suffix))) {
      return info.id;
    }
  }
  return std::nullopt;
}

}  // namespace kompakt::cli
