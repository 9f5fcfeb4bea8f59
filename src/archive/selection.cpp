#include "archive/selection.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>

namespace kompakt {
namespace {

constexpr std::size_t kNone = std::string_view::npos;

/// A character of UTF-8, or one byte where there is none.
struct Character {
  std::uint32_t value = 0;
  std::size_t length = 1;
};

// Bytes that are no UTF-8 keep apart from every character.
constexpr std::uint32_t kNoCharacter = 0x110000;

Character character_at(std::string_view text, std::size_t at) noexcept {
  const auto lead = static_cast<unsigned char>(text[at]);
  const std::size_t length = lead < 0x80                    ? 1
                             : lead >= 0xC2 && lead <= 0xDF ? 2
                             : lead >= 0xE0 && lead <= 0xEF ? 3
                             : lead >= 0xF0 && lead <= 0xF4 ? 4
                                                            : 0;
  if (length == 1) {
    return {.value = lead, .length = 1};
  }
  const Character single{.value = kNoCharacter + lead, .length = 1};
  if (length == 0 || text.size() - at < length) {
    return single;
  }
  std::uint32_t value = lead & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    const auto next = static_cast<unsigned char>(text[at + i]);
    if ((next & 0xC0U) != 0x80U) {
      return single;
    }
    value = (value << 6U) | (next & 0x3FU);
  }
  return {.value = value, .length = length};
}

/// What a class says of a character, and where the pattern goes on behind it.
struct ClassAnswer {
  bool matches = false;
  std::size_t end = 0;
};

/// nullopt where `at` in the pattern, a '[', begins no class and stands for itself.
std::optional<ClassAnswer> ask_class(std::string_view pattern, std::size_t at,
                                     std::uint32_t value) noexcept {
  std::size_t i = at + 1;
  const bool negated = i < pattern.size() && (pattern[i] == '!' || pattern[i] == '^');
  i += negated ? 1 : 0;
  const auto take = [&]() -> std::uint32_t {
    i += pattern[i] == '\\' && i + 1 < pattern.size() ? 1 : 0;
    const Character taken = character_at(pattern, i);
    i += taken.length;
    return taken.value;
  };
  bool found = false;
  for (const std::size_t first = i; i < pattern.size();) {
    if (pattern[i] == ']' && i != first) {
      return ClassAnswer{.matches = found != negated, .end = i + 1};
    }
    const std::uint32_t low = take();
    std::uint32_t high = low;
    if (i + 1 < pattern.size() && pattern[i] == '-' && pattern[i + 1] != ']') {
      ++i;
      high = take();
    }
    found = found || (low <= value && value <= high);
  }
  return std::nullopt;
}

/// Matches with one place to come back to for '*' and one for '**'. That is enough: what stands
/// between two stars is best matched as far in front as it can be, because the later star then
/// reaches everything that it would reach from further behind.
class Matcher {
 public:
  /// With `below`, a pattern that ends where a component of the text ends matches, too.
  Matcher(std::string_view pattern, std::string_view text, bool below) noexcept
      : pattern_(pattern), text_(text), below_(below) {}

  [[nodiscard]] bool matches() noexcept {
    for (;;) {
      if (p_ == pattern_.size() && (t_ == text_.size() || (below_ && text_[t_] == '/'))) {
        return true;
      }
      if (take_star() || take_character()) {
        continue;
      }
      if (!go_back()) {
        return false;
      }
    }
  }

 private:
  /// Where to go on after a failure: with the pattern behind the star, the text at `text`.
  struct Retry {
    std::size_t pattern = kNone;
    std::size_t text = 0;
    bool whole_components = false;  // of "**" that is a component of its own with one behind it
  };

  bool take_star() noexcept {
    if (p_ == pattern_.size() || pattern_[p_] != '*') {
      return false;
    }
    std::size_t end = p_;
    while (end < pattern_.size() && pattern_[end] == '*') {
      ++end;
    }
    if (end - p_ == 1) {
      star_ = {.pattern = end, .text = t_, .whole_components = false};
    } else {
      const bool component =
          (p_ == 0 || pattern_[p_ - 1] == '/') && end < pattern_.size() && pattern_[end] == '/';
      end += component ? 1 : 0;
      deep_star_ = {.pattern = end, .text = t_, .whole_components = component};
      star_.pattern = kNone;
    }
    p_ = end;
    return true;
  }

  bool take_character() noexcept {
    if (p_ == pattern_.size() || t_ == text_.size()) {
      return false;
    }
    const char wanted = pattern_[p_];
    if (wanted == '?' || wanted == '[') {
      const Character found = character_at(text_, t_);
      const auto answer = wanted == '?' ? std::optional(ClassAnswer{.matches = true, .end = p_ + 1})
                                        : ask_class(pattern_, p_, found.value);
      if (answer) {
        if (!answer->matches || text_[t_] == '/') {
          return false;
        }
        p_ = answer->end;
        t_ += found.length;
        return true;
      }
    }
    const std::size_t literal = wanted == '\\' && p_ + 1 < pattern_.size() ? p_ + 1 : p_;
    if (pattern_[literal] != text_[t_]) {
      return false;
    }
    p_ = literal + 1;
    ++t_;
    return true;
  }

  bool go_back() noexcept {
    if (star_.pattern != kNone && star_.text < text_.size() && text_[star_.text] != '/') {
      star_.text += character_at(text_, star_.text).length;
      p_ = star_.pattern;
      t_ = star_.text;
      return true;
    }
    if (deep_star_.pattern == kNone) {
      return false;
    }
    // A '*' that found nothing up to the end of its component would find nothing from any other
    // place in that component either, so '**' goes on with the next one.
    const bool next_component = deep_star_.whole_components || star_.pattern != kNone;
    star_.pattern = kNone;
    if (next_component) {
      const std::size_t slash = text_.find('/', deep_star_.text);
      if (slash == kNone) {
        return false;
      }
      deep_star_.text = slash + 1;
    } else if (deep_star_.text == text_.size()) {
      return false;
    } else {
      deep_star_.text += character_at(text_, deep_star_.text).length;
    }
    p_ = deep_star_.pattern;
    t_ = deep_star_.text;
    return true;
  }

  std::string_view pattern_;
  std::string_view text_;
  bool below_;
  std::size_t p_ = 0;
  std::size_t t_ = 0;
  Retry star_;
  Retry deep_star_;
};

/// A pattern without '/' looks at base names only.
bool is_anchored(std::string_view pattern) noexcept { return pattern.find('/') != kNone; }

std::string_view without_end_slashes(std::string_view text) noexcept {
  while (text.size() > 1 && text.ends_with('/')) {
    text.remove_suffix(1);
  }
  return text;
}

std::string_view without_first_slashes(std::string_view text) noexcept {
  text.remove_prefix(std::min(text.find_first_not_of('/'), text.size()));
  return text;
}

std::size_t count_components(std::string_view path) noexcept {
  return 1 + static_cast<std::size_t>(std::count(path.begin(), path.end(), '/'));
}

}  // namespace

bool glob_matches(std::string_view pattern, std::string_view path) noexcept {
  pattern = without_end_slashes(pattern);
  path = bare_path(path);
  if (!is_anchored(pattern)) {
    const std::size_t slash = path.rfind('/');
    return Matcher(pattern, slash == kNone ? path : path.substr(slash + 1), false).matches();
  }
  return Matcher(without_first_slashes(pattern), path, false).matches();
}

bool glob_takes(std::string_view pattern, std::string_view path) noexcept {
  pattern = without_end_slashes(pattern);
  path = bare_path(path);
  if (is_anchored(pattern)) {
    return Matcher(without_first_slashes(pattern), path, true).matches();
  }
  for (std::size_t at = 0; at <= path.size();) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    if (Matcher(pattern, path.substr(at, end - at), false).matches()) {
      return true;
    }
    at = end + 1;
  }
  return false;
}

bool is_glob(std::string_view text) noexcept { return text.find_first_of("*?[") != kNone; }

std::string_view bare_path(std::string_view path) noexcept {
  for (;;) {
    if (path.starts_with('/')) {
      path.remove_prefix(1);
    } else if (path.starts_with("./")) {
      path.remove_prefix(2);
    } else {
      break;
    }
  }
  while (path.ends_with('/')) {
    path.remove_suffix(1);
  }
  return path == "." ? std::string_view() : path;
}

MemberFilter::MemberFilter(const MemberSelection& selection)
    : include_(selection.include),
      exclude_(selection.exclude),
      takes_all_(selection.names.empty() && selection.include.empty() &&
                 selection.exclude.empty()) {
  for (const std::string& text : selection.names) {
    const std::size_t index = names_.size();
    names_.push_back({.text = text, .glob = is_glob(text), .matched = false});
    if (names_.back().glob) {
      globs_.push_back(index);
    }
    // A name with a bracket in it may also be meant as it stands.
    const std::string_view bare = bare_path(text);
    plain_[std::string(bare)].push_back(index);
    deepest_ = std::max(deepest_, count_components(bare));
  }
}

bool MemberFilter::takes(std::string_view path) {
  if (takes_all_) {
    return true;
  }
  const auto excludes = [&](const std::string& pattern) { return glob_takes(pattern, path); };
  const auto includes = [&](const std::string& pattern) { return glob_matches(pattern, path); };
  // Asked first, so that a name whose members are all excluded does not count as missing.
  return (names_.empty() || named(bare_path(path))) &&
         (include_.empty() || std::any_of(include_.begin(), include_.end(), includes)) &&
         std::none_of(exclude_.begin(), exclude_.end(), excludes);
}

bool MemberFilter::named(std::string_view path) {
  bool found = named_plainly(path);
  for (const std::size_t index : globs_) {
    Name& name = names_[index];
    if ((!found || !name.matched) && glob_takes(name.text, path)) {
      name.matched = true;
      found = true;
    }
  }
  return found;
}

bool MemberFilter::named_plainly(std::string_view path) {
  bool found = false;
  const auto look_up = [&](std::string_view prefix) {
    if (const auto at = plain_.find(prefix); at != plain_.end()) {
      found = true;
      for (const std::size_t index : at->second) {
        names_[index].matched = true;
      }
    }
  };
  look_up({});  // "." takes everything
  std::size_t end = 0;
  for (std::size_t depth = 0; depth < deepest_ && end < path.size(); ++depth) {
    end = std::min(path.find('/', end + (depth == 0 ? 0 : 1)), path.size());
    look_up(path.substr(0, end));
  }
  return found;
}

std::vector<std::string> MemberFilter::unmatched() const {
  std::vector<std::string> out;
  for (const Name& name : names_) {
    if (!name.matched) {
      out.push_back(name.text);
    }
  }
  return out;
}

}  // namespace kompakt
