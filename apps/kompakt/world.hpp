/// \file
/// Everything that the tool sees of the outside, injected: the real one in main(), another in
/// tests.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace kompakt {
class System;
}

namespace kompakt::cli {

struct World {
  std::vector<std::string> args;  ///< the program's name first
  int in = 0;
  int out = 1;
  int err = 2;
  std::function<bool(int fd)> is_terminal;
  std::function<std::optional<std::string>(const std::string& name)> environment;
  const System* system = nullptr;  ///< files only; messages go straight to `err`
  std::function<std::chrono::steady_clock::time_point()> now;
  /// Set by a signal handler: print one line of progress. May be null.
  std::atomic<bool>* progress_wanted = nullptr;
};

/// Does what `world.args` ask for and returns the exit code.
[[nodiscard]] int run(const World& world);

}  // namespace kompakt::cli
