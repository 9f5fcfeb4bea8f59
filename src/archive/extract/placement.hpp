/// \file
/// The rules that need no file system, and what an extraction knows of every path that it has met.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "archive/extract/tree_writer.hpp"
#include "kompakt/archive.hpp"
#include "kompakt/status.hpp"

namespace kompakt {

/// Memory is bounded by the number of members placed. place() is called by one thread at a time,
/// the rest by any.
class PlacementBook {
 public:
  explicit PlacementBook(TreeWriterOptions options);

  [[nodiscard]] Placement place(const Entry& entry);

  /// Notes that this run has given a regular file the name `path`.
  void set_made(std::string_view path);
  /// Whether it has: only such a file may be replaced without a word, or be linked to.
  [[nodiscard]] bool made(std::string_view path) const;
  /// Whether several members have this path.
  [[nodiscard]] bool is_duplicate(std::string_view path) const;
  /// Whether the last member placed at `path` is of this type.
  [[nodiscard]] bool is_latest(std::string_view path, EntryType type) const;

  /// The path of a member that a hardlink names, under the rules on names. kHardlinkOutside.
  [[nodiscard]] Result<std::string> link_path(std::string_view stored) const;

 private:
  struct Hash {
    using is_transparent = void;
    // Not noexcept: the table then keeps hashes, and neither growing nor walking a bucket has to
    // hash the paths in it again.
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };
  struct State {
    EntryType latest = EntryType::kFile;
    bool made = false;
    bool duplicate = false;
  };
  using States = std::unordered_map<std::string, State, Hash, std::equal_to<>>;

  [[nodiscard]] Status check_kind(const Entry& entry, EntryType type,
                                  const std::string& path) const;
  [[nodiscard]] bool below_symlink(std::string_view path);
  [[nodiscard]] const State* find(std::string_view path) const;
  void check_case(const States::value_type& placed, Placement& placement);

  TreeWriterOptions options_;
  std::uint64_t entries_ = 0;
  mutable std::mutex mutex_;  // guards states_
  States states_;
  // Of place() only: folded paths by their hash, to one of the paths that fold to it.
  std::unordered_map<std::size_t, const std::string*> folded_;
  std::uint64_t symlinks_ = 0;
  std::string checked_parent_;  // known to be below no symlink while checked_symlinks_ were there
  std::uint64_t checked_symlinks_ = 0;
};

}  // namespace kompakt
