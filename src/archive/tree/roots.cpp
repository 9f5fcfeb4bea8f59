#include "archive/tree/roots.hpp"

#include <utility>

#include "archive/selection.hpp"

namespace kompakt {
namespace {

/// A path in two parts: what is left out of member names, and the member name.
struct Names {
  std::string left_out;  ///< "/", "../", "a/../"; empty for most
  std::string member;
};

Names split_names(std::string_view path) {
  Names names;
  names.left_out = path.starts_with('/') ? "/" : "";
  for (std::size_t at = 0; at <= path.size();) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    const std::string_view part = path.substr(at, end - at);
    at = end + 1;
    if (part.empty() || part == ".") {
      continue;
    }
    if (part == "..") {
      // Where it leads depends on what the components before it are.
      names.left_out += names.member.empty() ? "../" : names.member + "/../";
      names.member.clear();
      continue;
    }
    names.member += names.member.empty() ? "" : "/";
    names.member += part;
  }
  return names;
}

struct Candidate {
  Root root;
  std::string left_out;
  dev_t device = 0;
  ino_t inode = 0;
};

Result<Candidate> examine_path(const System& system, int base_fd, const std::string& path) {
  if (path.empty() || path.find('\0') != std::string::npos) {
    return Status(Code::kInvalidArgument, "not a path").in_file(path.empty() ? "''" : path);
  }
  struct stat status {};
  if (const int result = system.lstat(base_fd, path.c_str(), &status); result < 0) {
    return system_error("cannot examine", result).in_file(path);
  }
  Names names = split_names(path);
  return Candidate{.root = {.path = path, .member = std::move(names.member)},
                   .left_out = std::move(names.left_out),
                   .device = status.st_dev,
                   .inode = status.st_ino};
}

Status same_names(const Candidate& a, const Candidate& b) {
  return {Code::kInvalidArgument,
          "'" + a.root.path + "' and '" + b.root.path + "' would become members of the same name"};
}

/// Decides of candidates in their order whether they are roots of their own.
class Planner {
 public:
  Planner(const std::vector<Candidate>& candidates, bool recurse)
      : candidates_(candidates), recurse_(recurse) {
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      first_.try_emplace(candidates[i].root.member, i);
    }
  }

  /// False where what was given before holds it.
  [[nodiscard]] Result<bool> is_new(std::size_t index) const {
    const Candidate& self = candidates_[index];
    bool covered = false;
    const std::string_view member = self.root.member;
    for (std::size_t end = 0;;) {
      const auto found = first_.find(member.substr(0, end));
      if (found != first_.end() && found->second != index) {
        const Candidate& other = candidates_[found->second];
        const bool equal = end == member.size();
        if (other.left_out != self.left_out && (equal ? !same_file(other, self) : recurse_)) {
          return same_names(other, self);
        }
        covered = covered || (found->second < index && (equal || recurse_));
      }
      if (end == member.size()) {
        return !covered;
      }
      end = std::min(member.find('/', end + 1), member.size());
    }
  }

 private:
  static bool same_file(const Candidate& a, const Candidate& b) {
    return a.device == b.device && a.inode == b.inode;
  }

  const std::vector<Candidate>& candidates_;
  bool recurse_;
  std::unordered_map<std::string_view, std::size_t> first_;
};

void warn_of_left_out(const std::vector<Candidate>& candidates,
                      const std::function<void(const Status&)>& on_warning) {
  for (const Candidate& each : candidates) {
    if (on_warning && !each.left_out.empty()) {
      on_warning(Status(Code::kInvalidArgument,
                        "'" + each.left_out + "' in front is left out of member names")
                     .in_file(each.root.path));
      return;  // once is enough
    }
  }
}

}  // namespace

Result<Roots> Roots::plan(const System& system, int base_fd, const TreeSelection& selection,
                          const Naming& naming) {
  std::vector<Candidate> candidates;
  candidates.reserve(selection.paths.size());
  for (const std::string& path : selection.paths) {
    auto candidate = examine_path(system, base_fd, path);
    if (!candidate.ok()) {
      return candidate.status();
    }
    candidates.push_back(std::move(*candidate));
  }
  if (!naming.member.empty() && candidates.size() == 1) {
    candidates.front().root.member = naming.member;
    candidates.front().left_out.clear();
  }
  warn_of_left_out(candidates, naming.on_warning);
  const Planner planner(candidates, selection.recurse);
  std::vector<std::size_t> chosen;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const auto is_new = planner.is_new(i);
    if (!is_new.ok()) {
      return is_new.status();
    }
    if (*is_new) {
      chosen.push_back(i);
    }
  }
  Roots roots;
  roots.roots_.reserve(chosen.size());  // no string may move any more: numbers_ looks into them
  for (const std::size_t index : chosen) {
    roots.roots_.push_back(candidates[index].root);
    roots.numbers_.emplace(roots.roots_.back().member, roots.roots_.size() - 1);
  }
  return roots;
}

bool Roots::given_before(std::string_view member, std::size_t current) const {
  if (roots_.size() < 2) {
    return false;
  }
  const auto found = numbers_.find(member);
  return found != numbers_.end() && found->second < current;
}

}  // namespace kompakt
