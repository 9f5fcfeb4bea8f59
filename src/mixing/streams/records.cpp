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
HWY_EXPORT(records_kernel_here);
MixKernelRow records_kernel(MixStrength strength) {
  return HWY_DYNAMIC_DISPATCH(records_kernel_here)(strength);
}
}  // namespace kompakt
#endif
