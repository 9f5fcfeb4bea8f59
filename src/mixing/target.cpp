#include "mixing/stream.hpp"

namespace kompakt {

MixTarget best_mix_target() noexcept {
#if defined(__x86_64__) || defined(__i386__)
  // What Highway's targets of these names may use.
  __builtin_cpu_init();
  const bool sse4 = __builtin_cpu_supports("sse4.2") != 0 &&
                    __builtin_cpu_supports("pclmul") != 0 && __builtin_cpu_supports("aes") != 0;
  if (sse4 && __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("bmi") != 0 &&
      __builtin_cpu_supports("bmi2") != 0 && __builtin_cpu_supports("fma") != 0) {
    return MixTarget::kAvx2;
  }
  if (sse4) {
    return MixTarget::kSse4;
  }
#endif
  return MixTarget::kPlain;
}

}  // namespace kompakt
