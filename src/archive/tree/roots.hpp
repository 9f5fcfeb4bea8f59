/// \file
/// The paths of a selection: what to open, and what members are called after them.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "io/system.hpp"
#include "kompakt/archive.hpp"
#include "kompakt/status.hpp"

namespace kompakt {

struct Root {
  std::string path;    ///< as given, to be opened relative to the base
  std::string member;  ///< clean; empty for "." and ".." and "/"
};

/// The roots that are left when paths that lie below earlier ones, or were given before, are taken
/// out.
class Roots {
 public:
  Roots() = default;
  Roots(const Roots&) = delete;  // numbers_ looks into roots_, which moves as a whole
  Roots& operator=(const Roots&) = delete;
  Roots(Roots&&) = default;
  Roots& operator=(Roots&&) = default;
  ~Roots() = default;

  struct Naming {
    std::string member;  ///< of the only path, where it is not to be called by its own name
    std::function<void(const Status&)> on_warning;
  };
  [[nodiscard]] static Result<Roots> plan(const System& system, int base_fd,
                                          const TreeSelection& selection, const Naming& naming);

  [[nodiscard]] std::size_t size() const noexcept { return roots_.size(); }
  [[nodiscard]] const Root& operator[](std::size_t index) const { return roots_[index]; }
  /// Whether a root before the one of number `current` has this member path: it, and what is below,
  /// has been given.
  [[nodiscard]] bool given_before(std::string_view member, std::size_t current) const;

 private:
  std::vector<Root> roots_;
  std::unordered_map<std::string_view, std::size_t> numbers_;  // into the strings of roots_
};

}  // namespace kompakt
