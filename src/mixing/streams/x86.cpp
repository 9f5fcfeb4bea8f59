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
MixKernelRow x86_kernel(MixStrength strength, [[maybe_unused]] MixTarget target) {
  return KOMPAKT_KERNEL_FOR(target, x86_kernel_here)(strength);
}
}  // namespace kompakt
#endif
