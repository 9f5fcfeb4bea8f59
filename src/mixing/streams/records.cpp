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
MixKernelRow records_kernel(MixStrength strength, [[maybe_unused]] MixTarget target) {
  return KOMPAKT_KERNEL_FOR(target, records_kernel_here)(strength);
}
}  // namespace kompakt
#endif
