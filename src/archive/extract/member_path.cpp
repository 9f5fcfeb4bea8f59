#include "archive/extract/member_path.hpp"

#include <algorithm>
#include <climits>

#include "archive/extract/refusals.hpp"

namespace kompakt {
namespace {

bool is_letter(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// "C:\x" and "C:/x". "C:x" is a name like any other here.
bool begins_with_drive(std::string_view path) noexcept {
  return path.size() >= 3 && is_letter(path[0]) && path[1] == ':' &&
         (path[2] == '\\' || path[2] == '/');
}

// A backslash is an ordinary character of a name, but who writes "..\" aims at systems where it is
// not.
bool has_parent_part(std::string_view component) noexcept {
  for (std::size_t at = 0; at <= component.size();) {
    const std::size_t end = std::min(component.find('\\', at), component.size());
    if (component.substr(at, end - at) == "..") {
      return true;
    }
    at = end + 1;
  }
  return false;
}

Status check_whole(std::string_view stored, const PathLimits& limits) {
  if (stored.empty()) {
    return refused(Code::kCorrupt, rule::kEmptyName, {});
  }
  if (stored.find('\0') != std::string_view::npos) {
    return refused(Code::kCorrupt, rule::kNul, {});
  }
  if (stored.front() == '/') {
    return refused(Code::kCorrupt, rule::kAbsolute, {});
  }
  if (begins_with_drive(stored)) {
    return refused(Code::kCorrupt, rule::kDrive, {});
  }
  if (stored.size() > limits.max_path) {
    return refused(Code::kLimitExceeded, rule::kPathTooLong,
                   "longer than " + std::to_string(limits.max_path) + " bytes");
  }
  return {};
}

// The second byte of a two-byte letter and, where it moves to another leading byte, that one.
void fold_two_bytes(unsigned char& first, unsigned char& second) noexcept {
  const bool latin = first == 0xC3 && second >= 0x80 && second <= 0x9E && second != 0x97;
  const bool greek = first == 0xCE && second >= 0x91 && second <= 0x9F;
  const bool cyrillic = first == 0xD0 && second >= 0x90 && second <= 0x9F;
  if (latin || greek || cyrillic) {
    second = static_cast<unsigned char>(second + 0x20);
  } else if (first == 0xCE && second >= 0xA0 && second <= 0xA9) {
    first = 0xCF;
    second = static_cast<unsigned char>(second - 0x20);
  } else if (first == 0xD0 && second >= 0xA0 && second <= 0xAF) {
    first = 0xD1;
    second = static_cast<unsigned char>(second - 0x20);
  } else if (first == 0xD0 && second >= 0x80 && second <= 0x8F) {
    first = 0xD1;
    second = static_cast<unsigned char>(second + 0x10);
  }
}

}  // namespace

Result<std::string> clean_member_path(std::string_view stored, const PathLimits& limits) {
  if (Status whole = check_whole(stored, limits); !whole.ok()) {
    return whole;
  }
  std::string clean;
  clean.reserve(stored.size());
  std::size_t depth = 0;
  for (std::size_t at = 0; at < stored.size();) {
    const std::size_t end = std::min(stored.find('/', at), stored.size());
    const std::string_view component = stored.substr(at, end - at);
    at = end + 1;
    if (component.empty() || component == ".") {
      continue;
    }
    if (has_parent_part(component)) {
      return refused(Code::kCorrupt, rule::kParent, {});
    }
    if (component.size() > NAME_MAX) {
      return refused(Code::kUnsupported, rule::kNameTooLong, "a component is over 255 bytes");
    }
    if (++depth <= limits.strip_components) {
      continue;
    }
    if (depth - limits.strip_components > limits.max_depth) {
      return refused(Code::kLimitExceeded, rule::kTooDeep,
                     "deeper than " + std::to_string(limits.max_depth) + " levels");
    }
    if (!clean.empty()) {
      clean += '/';
    }
    clean += component;
  }
  return depth == 0 && limits.strip_components == 0 ? "." : clean;
}

bool symlink_leads_outside(std::string_view path, std::string_view target) noexcept {
  if (target.starts_with('/')) {
    return true;
  }
  auto levels = static_cast<std::size_t>(std::count(path.begin(), path.end(), '/'));
  bool named = false;
  for (std::size_t at = 0; at < target.size();) {
    const std::size_t end = std::min(target.find('/', at), target.size());
    const std::string_view component = target.substr(at, end - at);
    at = end + 1;
    if (component == "..") {
      if (named || levels == 0) {
        return true;
      }
      --levels;
    } else if (!component.empty() && component != ".") {
      named = true;
    }
  }
  return false;
}

std::string fold_case(std::string_view path) {
  std::string folded(path);
  for (std::size_t i = 0; i < folded.size(); ++i) {
    auto first = static_cast<unsigned char>(folded[i]);
    if (first >= 'A' && first <= 'Z') {
      folded[i] = static_cast<char>(first + 0x20);
    } else if (first >= 0xC3 && first <= 0xD0 && i + 1 < folded.size()) {
      auto second = static_cast<unsigned char>(folded[i + 1]);
      fold_two_bytes(first, second);
      folded[i] = static_cast<char>(first);
      folded[++i] = static_cast<char>(second);
    }
  }
  return folded;
}

}  // namespace kompakt
