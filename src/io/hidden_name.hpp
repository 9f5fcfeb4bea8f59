/// \file
/// The names of unfinished outputs: how they are formed, swept after a crash, and removed by a
/// signal handler.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "io/system.hpp"

namespace kompakt {

/// A path as the directory to open and the name in it.
struct SplitPath {
  std::string directory;  ///< "." where the path names none
  std::string name;       ///< empty where the path ends in a slash
};
[[nodiscard]] SplitPath split_path(const std::string& path);

/// Outputs of one name that may be under way at the same time.
inline constexpr std::size_t kMaxHiddenNames = 100;

/// ".NAME.kompakt-N" with NAME cut to a length that every file system takes. Files so named belong
/// to this program: one that nobody holds locked is removed by the next run.
[[nodiscard]] std::string hidden_name(std::string_view base, std::size_t number);

/// Takes the lock that marks a hidden file as alive. False when somebody else holds it; true also
/// where the file system has no locks, because nothing is ever swept there.
[[nodiscard]] bool lock_alive(int fd) noexcept;

/// Removes the hidden files of `base` whose makers died. Never fails: what cannot be removed is in
/// nobody's way.
void sweep_abandoned(const System& system, int dir_fd, std::string_view base);

/// Puts `path` on the list of remove_hidden_files_from_signal(). Returns its slot, or 0 when the
/// list is full: such a file is left to the next run's sweep.
[[nodiscard]] std::size_t register_cleanup(const std::string& path) noexcept;
/// Takes slot `slot` off the list again; 0 is allowed.
void unregister_cleanup(std::size_t slot) noexcept;

/// Removes the hidden files of all AtomicFiles that have one. Async-signal-safe: for handlers of
/// signals that end the process.
void remove_hidden_files_from_signal() noexcept;

}  // namespace kompakt
