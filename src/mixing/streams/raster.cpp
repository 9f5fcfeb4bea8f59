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
MixKernelRow raster_kernel(MixStrength strength, [[maybe_unused]] MixTarget target) {
  return KOMPAKT_KERNEL_FOR(target, raster_kernel_here)(strength);
}
}  // namespace kompakt
#endif
