/// \file
/// XXH3-64 compiled for AVX2; xxh3_64() calls it where the processor has that.
#pragma once

#include <cstddef>

#if defined(__x86_64__)
extern "C" unsigned long long kompakt_xxh3_64_avx2(const void* data, std::size_t size) noexcept;
#endif
