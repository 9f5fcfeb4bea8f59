/// \file
/// Members of several origins as one walk: trees, and what was put together by hand.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "archive/tree/made_files.hpp"
#include "archive/tree/tree_walk.hpp"

namespace kompakt {

/// kInvalidArgument, naming the rule, for what no member may be called: nothing, an absolute path,
/// "..", ".", an empty component ("a//b", "a/"), a NUL.
[[nodiscard]] Status check_member_name(std::string_view name);
/// The same for everything else that is told of a member that is put together by hand.
[[nodiscard]] Status check_made_entry(const Entry& entry);

/// Names that are taken, and what stands in the way of others.
class MemberNames {
 public:
  enum class Verdict : std::uint8_t {
    kFree,
    kSameFolder,  ///< a folder that is there already
    kTaken,       ///< by another member, or a member stands where a folder has to
  };
  [[nodiscard]] Verdict look(std::string_view path, bool folder) const;
  void take(std::string_view path, bool folder);

 private:
  enum class State : std::uint8_t {
    kImplied,  // something lies below it
    kFolder,
    kOther,
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
      return std::hash<std::string_view>()(text);
    }
  };
  std::unordered_map<std::string, State, Hash, std::equal_to<>> states_;
};

/// Gives what was added in that order. A folder that comes again is passed over; for any other
/// member whose name is taken kInvalidArgument comes out of check_free(), and for what a tree holds
/// out of next(). Memory grows with the number of members.
class MemberWalk final : public TreeWalk {
 public:
  /// `files` must outlive the walk.
  explicit MemberWalk(const MadeFiles& files) : files_(files) {}

  void add_tree(std::unique_ptr<TreeWalk> tree);
  [[nodiscard]] Status check_free(const Entry& entry) const;
  /// A member that check_free() let pass.
  void add(WalkedEntry member);

  [[nodiscard]] Result<bool> next(WalkedEntry& out) override;
  [[nodiscard]] Result<Descriptor> open_current() override;

 private:
  /// A tree, or members made by hand.
  struct Part {
    std::unique_ptr<TreeWalk> tree;
    std::vector<WalkedEntry> made;
    std::size_t next = 0;
  };
  [[nodiscard]] Result<bool> next_of_tree(TreeWalk& tree, WalkedEntry& out);

  const MadeFiles& files_;  // NOLINT(cppcoreguidelines-*): see the constructor
  std::vector<Part> parts_;
  std::size_t part_ = 0;
  MemberNames names_;
  bool made_ = false;    // what was given last
  WalkedEntry current_;  // its place, where it was made
};

}  // namespace kompakt
