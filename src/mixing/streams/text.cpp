#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "mixing/streams/text.cpp"
#include "mixing/targets.hpp"

#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "mixing/models/text.hpp"
#include "mixing/stream-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace kompakt::HWY_NAMESPACE {
MixKernelRow text_kernel_here(MixStrength strength) { return kernel_for<TextModel>(strength); }
}  // namespace kompakt::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace kompakt {
MixKernelRow text_kernel(MixStrength strength, [[maybe_unused]] MixTarget target) {
  return KOMPAKT_KERNEL_FOR(target, text_kernel_here)(strength);
}
}  // namespace kompakt
#endif
