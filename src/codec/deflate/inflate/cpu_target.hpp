/// \file
/// Which processor extensions the kernels may be built for besides the baseline.
#pragma once

#if defined(__x86_64__) && defined(__GNUC__)
#define KOMPAKT_BMI2_TARGET 1
#else
#define KOMPAKT_BMI2_TARGET 0
#endif

namespace kompakt::deflate {

#if KOMPAKT_BMI2_TARGET
/// Whether functions built for BMI2 may be called on this machine.
[[nodiscard]] inline bool cpu_has_bmi2() noexcept {
  static const bool kHas =
      __builtin_cpu_supports("bmi") != 0 && __builtin_cpu_supports("bmi2") != 0;
  return kHas;
}
#endif

}  // namespace kompakt::deflate
