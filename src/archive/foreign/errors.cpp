#include "archive/foreign/errors.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>

namespace kompakt {
namespace {

bool says(std::string_view message, std::string_view words) {
  const auto same = [](char a, char b) {
    const auto lower = [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    };
    return lower(a) == lower(b);
  };
  return std::search(message.begin(), message.end(), words.begin(), words.end(), same) !=
         message.end();
}

template <std::size_t kCount>
bool says_any(std::string_view message, const std::array<std::string_view, kCount>& words) {
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view each) { return says(message, each); });
}

constexpr std::array<std::string_view, 9> kUnsupportedWords = {
    "unsupported",         "not supported",      "unavailable",   "encrypted",       "crypto",
    "cannot be converted", "can't be converted", "unknown codec", "unexpected codec"};
constexpr std::array<std::string_view, 4> kTruncatedWords = {"truncated", "premature end",
                                                             "end of file", "end-of-file"};
constexpr std::array<std::string_view, 4> kMemoryWords = {"out of memory", "allocate memory",
                                                          "no memory", "not enough memory"};

}  // namespace

Status foreign_failure(int error_number, std::string_view message) {
  const std::string text(message.empty() ? "the archive cannot be read on" : message);
  if (error_number == ENOMEM || says_any(message, kMemoryWords)) {
    return {Code::kLimitExceeded, text};
  }
  if (says_any(message, kUnsupportedWords)) {
    return {Code::kUnsupported, text};
  }
  return {says_any(message, kTruncatedWords) ? Code::kTruncated : Code::kCorrupt, text};
}

}  // namespace kompakt
