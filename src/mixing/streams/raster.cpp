#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "mixing/streams/raster.cpp"
#include "mixing/targets.hpp"

#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "mixing/models/raster.hpp"
#include "mixing/stream-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace kompakt::HWY_NAMESPACE {
MixKernelRow raster_kernel_here(MixStrength strength) { return kernel_for<RasterModel>(strength); }
}  // namespace kompakt::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace kompakt {
HWY_EXPORT(raster_kernel_here);
MixKernelRow raster_kernel(MixStrength strength) {
  return HWY_DYNAMIC_DISPATCH(raster_kernel_here)(strength);
}
}  // namespace kompakt
#endif
