/// \file
/// Which members and which files: globs and lists of names.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "kompakt/archive.hpp"

namespace kompakt {

/// '*' and '?' within a component, '**' across components ("a/**/b" also matches "a/b"), [abc],
/// [a-z], [!a] or [^a] classes, '\' takes the next character as it is. A pattern without '/' is
/// matched with the base name; with one (a leading '/' only anchors, one at the end says nothing)
/// with the whole path. Bytes, not characters, except that '?' and classes take a whole UTF-8
/// sequence. Linear time but for '*', at worst quadratic.
[[nodiscard]] bool glob_matches(std::string_view pattern, std::string_view path) noexcept;
/// The same for the path or any folder that it lies below.
[[nodiscard]] bool glob_takes(std::string_view pattern, std::string_view path) noexcept;
/// Whether glob_matches() would take any of the characters in `text` for more than itself.
[[nodiscard]] bool is_glob(std::string_view text) noexcept;

/// `path` as patterns and names are compared with it: without "/" and "./" in front and "/" at the
/// end. Empty for "." and "/".
[[nodiscard]] std::string_view bare_path(std::string_view path) noexcept;

/// A MemberSelection, prepared. A name, plain or a glob, takes the member and everything below it,
/// as does an exclusion; an inclusion takes what matches it.
class MemberFilter {
 public:
  explicit MemberFilter(const MemberSelection& selection);
  /// Not thread-safe: remembers which names have matched.
  [[nodiscard]] bool takes(std::string_view path);
  /// Names of the selection that nothing has matched so far.
  [[nodiscard]] std::vector<std::string> unmatched() const;
  [[nodiscard]] bool takes_all() const noexcept { return takes_all_; }

 private:
  struct Name {
    std::string text;
    bool glob = false;
    bool matched = false;
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
      return std::hash<std::string_view>()(text);
    }
  };

  [[nodiscard]] bool named(std::string_view path);
  [[nodiscard]] bool named_plainly(std::string_view path);

  std::vector<Name> names_;
  /// Bare text to index in names_, so that a list of a hundred thousand names costs no more a path
  /// than a short one.
  std::unordered_map<std::string, std::vector<std::size_t>, Hash, std::equal_to<>> plain_;
  std::vector<std::size_t> globs_;
  std::size_t deepest_ =
      0;  ///< components of the longest plain name: no prefix beyond is looked up
  std::vector<std::string> include_;
  std::vector<std::string> exclude_;
  bool takes_all_ = false;
};

}  // namespace kompakt
