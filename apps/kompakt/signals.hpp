/// \file
/// Signals: clean up and die of them; report progress on SIGUSR1.
#pragma once

#include <atomic>

namespace kompakt::cli {

/// For main() only: handlers belong to the process. Signals that are ignored stay ignored, those
/// that end the process first remove unfinished outputs. Returns the flag that SIGUSR1 sets.
[[nodiscard]] std::atomic<bool>& install_signal_handlers();

}  // namespace kompakt::cli
