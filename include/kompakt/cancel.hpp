/// \file
/// A flag that asks long work to stop.
#pragma once

#include <atomic>

namespace kompakt {

/// Set from any thread or a signal handler; long work polls it between blocks.
class CancelToken {
 public:
  /// Asks to stop.
  void cancel() noexcept { cancelled_.store(true, std::memory_order_relaxed); }
  /// For the next piece of work; whoever runs with the token is through.
  void reset() noexcept { cancelled_.store(false, std::memory_order_relaxed); }
  /// Whether somebody asked.
  [[nodiscard]] bool cancelled() const noexcept {
    return cancelled_.load(std::memory_order_relaxed);
  }

 private:
  std::atomic<bool> cancelled_{false};
};

}  // namespace kompakt
