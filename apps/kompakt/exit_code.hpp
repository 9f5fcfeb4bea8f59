/// \file
/// Exit codes: a stable interface for scripts.
#pragma once

#include <algorithm>

#include "kompakt/status.hpp"

namespace kompakt::cli {

enum class Exit : int {
  kOk = 0,
  kError = 1,            ///< I/O, permission, usage
  kWarning = 2,          ///< finished, but not without a warning
  kCorrupt = 3,          ///< damaged data, or a verification that failed
  kLimit = 4,            ///< a limit of memory or output size
  kUnsupported = 5,      ///< a format or feature that this build lacks
  kMissingResource = 6,  ///< a key, dictionary, model or reference is missing
  kSomeFailed = 7,       ///< some inputs failed, others did not
};

/// The one table from library codes to exit codes.
[[nodiscard]] constexpr Exit exit_of(Code code) noexcept {
  switch (code) {
    case Code::kOk:
      return Exit::kOk;
    case Code::kCorrupt:
    case Code::kTruncated:
      return Exit::kCorrupt;
    case Code::kLimitExceeded:
      return Exit::kLimit;
    case Code::kUnsupported:
      return Exit::kUnsupported;
    case Code::kMissingResource:
      return Exit::kMissingResource;
    case Code::kInvalidArgument:
    case Code::kIo:
    case Code::kAlreadyExists:
    case Code::kCancelled:
    case Code::kInternal:
      return Exit::kError;
  }
  return Exit::kError;
}

/// The worst of two codes for one input. A warning is better than any failure.
[[nodiscard]] constexpr Exit worse(Exit a, Exit b) noexcept {
  const auto rank = [](Exit code) {
    return code == Exit::kWarning ? 1 : static_cast<int>(code) * 2;
  };
  return rank(a) >= rank(b) ? a : b;
}

/// One exit code for many inputs: the worst when all went alike, kSomeFailed when some failed and
/// others did not.
class Tally {
 public:
  void add(Exit code) noexcept {
    const bool fine = code == Exit::kOk || code == Exit::kWarning;
    (fine ? some_fine_ : some_failed_) = true;
    worst_ = worse(worst_, code);
  }
  [[nodiscard]] Exit result() const noexcept {
    return some_fine_ && some_failed_ ? Exit::kSomeFailed : worst_;
  }
  [[nodiscard]] Exit worst() const noexcept { return worst_; }

 private:
  bool some_fine_ = false;
  bool some_failed_ = false;
  Exit worst_ = Exit::kOk;
};

}  // namespace kompakt::cli
