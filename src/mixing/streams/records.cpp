#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "mixing/streams/records.cpp"
#include "mixing/targets.hpp"

#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "mixing/models/records.hpp"
#include "mixing/stream-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace kompakt::HWY_NAMESPACE {
MixKernelRow records_kernel_here(MixStrength strength) {
  return kernel_for<RecordsModel>(strength);
}
}  // namespace kompakt::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace kompakt {
// Which target is chosen by mixing/target.cpp: libhwy, which could, takes milliseconds to load.
MixKernelRow records_kernel(MixStrength strength, [[maybe_unused]] MixTarget target) {
#if HWY_TARGETS & HWY_AVX2
  if (target == MixTarget::kAvx2) {
    return N_AVX2::records_kernel_here(strength);
  }
#endif
#if HWY_TARGETS & HWY_SSE4
  if (target == MixTarget::kSse4) {
    return N_SSE4::records_kernel_here(strength);
  }
#endif
  return HWY_STATIC_DISPATCH(records_kernel_here)(strength);
}
}  // namespace kompakt
#endif
