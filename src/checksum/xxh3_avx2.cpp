// Compiled with -mavx2. Nothing but xxhash.h, which is C, may be included here: an inline function
// of C++ compiled in this unit could be the copy that the linker keeps for the others.
#if defined(__x86_64__)
#define XXH_INLINE_ALL
#include <xxhash.h>

extern "C" unsigned long long kompakt_xxh3_64_avx2(const void* data, size_t size) noexcept;
extern "C" unsigned long long kompakt_xxh3_64_avx2(const void* data, size_t size) noexcept {
  return XXH3_64bits(data, size);
}
#endif
