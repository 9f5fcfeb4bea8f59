#include "family.hpp"

#include <array>

namespace kompakt::cli {

const Family& kompakt_family() noexcept {
  static constexpr std::array kOldSuffixes = {SuffixRule{".lzma", ""}, SuffixRule{".tlz", ".tar"},
                                              SuffixRule{".taz", ".tar"},
                                              SuffixRule{".tbz", ".tar"}};
  static constexpr Family kFamily{.old_suffixes = kOldSuffixes};
  return kFamily;
}

int process_code(const Family& family, Exit code, bool calm) noexcept {
  if (code == Exit::kWarning && calm) {
    return 0;
  }
  if (family.own_codes || code == Exit::kOk) {
    return static_cast<int>(code);
  }
  switch (code) {
    case Exit::kWarning:
      return family.warning_code;
    case Exit::kCorrupt:
      return family.corrupt_code;
    default:
      return static_cast<int>(Exit::kError);
  }
}

}  // namespace kompakt::cli
