#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "mixing/streams/x86.cpp"
#include "mixing/targets.hpp"

#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "mixing/models/x86.hpp"
#include "mixing/stream-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace kompakt::HWY_NAMESPACE {
MixKernelRow x86_kernel_here(MixStrength strength) { return kernel_for<X86Model>(strength); }
}  // namespace kompakt::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace kompakt {
// Which target is chosen by mixing/target.cpp: libhwy, which could, takes milliseconds to load.
MixKernelRow x86_kernel(MixStrength strength, [[maybe_unused]] MixTarget target) {
#if HWY_TARGETS & HWY_AVX2
  if (target == MixTarget::kAvx2) {
    return N_AVX2::x86_kernel_here(strength);
  }
#endif
#if HWY_TARGETS & HWY_SSE4
  if (target == MixTarget::kSse4) {
    return N_SSE4::x86_kernel_here(strength);
  }
#endif
  return HWY_STATIC_DISPATCH(x86_kernel_here)(strength);
}
}  // namespace kompakt
#endif
