/// \file
/// The instruction sets that the mixing kernels are compiled for: plain C++ (Highway's 128-bit
/// emulation), which is the definition, and on x86 SSE4 and AVX2. AVX-512 was no faster, for tables
/// are looked up lane by lane. To be included before Highway.
#pragma once

// GCC before 12.3 may miscompile the emulation where it vectorises loops (its bug 106322); the
// files that include this are compiled without that.
#define HWY_BROKEN_EMU128 0

#include <hwy/detect_targets.h>

#undef HWY_DISABLED_TARGETS
#ifdef KOMPAKT_FEW_KERNELS
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SSE4 | HWY_AVX3 | HWY_AVX3_DL)
#else
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_AVX3 | HWY_AVX3_DL)
#endif

// KOMPAKT_KERNEL_FOR(target, function): the function as compiled for that MixTarget. Which target
// is chosen by mixing/target.cpp: libhwy, which could, takes milliseconds to load.
#if HWY_TARGETS & HWY_AVX2
#define KOMPAKT_AVX2_OR(target, function, other) \
  ((target) == MixTarget::kAvx2 ? &N_AVX2::function : (other))
#else
#define KOMPAKT_AVX2_OR(target, function, other) (other)
#endif
#if HWY_TARGETS & HWY_SSE4
#define KOMPAKT_SSE4_OR(target, function, other) \
  ((target) == MixTarget::kSse4 ? &N_SSE4::function : (other))
#else
#define KOMPAKT_SSE4_OR(target, function, other) (other)
#endif
#define KOMPAKT_KERNEL_FOR(target, function) \
  KOMPAKT_AVX2_OR(target, function,          \
                  KOMPAKT_SSE4_OR(target, function, &HWY_STATIC_DISPATCH(function)))
