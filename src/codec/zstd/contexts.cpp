// For ZSTD_sizeof_CCtx() and ZSTD_sizeof_DCtx() of the static archive's header.
#define ZSTD_STATIC_LINKING_ONLY
#include "codec/zstd/contexts.hpp"

#include <cstddef>
#include <utility>

#include "kompakt/bytes.hpp"

namespace kompakt::zstd {
namespace {

// What an idle thread may hold of each kind: a context of the common levels with its tables.
constexpr std::size_t kMaxIdle = 4 * kMiB;

void destroy(ZSTD_CCtx* context) noexcept { ZSTD_freeCCtx(context); }
void destroy(ZSTD_DCtx* context) noexcept { ZSTD_freeDCtx(context); }
std::size_t size_of(const ZSTD_CCtx* context) noexcept { return ZSTD_sizeof_CCtx(context); }
std::size_t size_of(const ZSTD_DCtx* context) noexcept { return ZSTD_sizeof_DCtx(context); }
// Frees dictionaries too.
bool reset(ZSTD_CCtx* context) noexcept {
  return ZSTD_isError(ZSTD_CCtx_reset(context, ZSTD_reset_session_and_parameters)) == 0U;
}
bool reset(ZSTD_DCtx* context) noexcept {
  return ZSTD_isError(ZSTD_DCtx_reset(context, ZSTD_reset_session_and_parameters)) == 0U;
}

/// One thread's idle context. Without a destructor, so that it can be asked for as long as the
/// thread lives, by the destructors of its other objects too.
template <typename Context>
struct Slot {
  Context* idle;
  bool closed;
};

template <typename Context>
Slot<Context>& slot() noexcept {
  static constinit thread_local Slot<Context> kept{nullptr, false};
  return kept;
}

/// Frees what is idle when the thread ends.
template <typename Context>
class Closer {
 public:
  Closer() = default;
  Closer(const Closer&) = delete;
  Closer& operator=(const Closer&) = delete;
  Closer(Closer&&) = delete;
  Closer& operator=(Closer&&) = delete;
  ~Closer() {
    slot<Context>().closed = true;
    destroy(std::exchange(slot<Context>().idle, nullptr));
  }
};

template <typename Context>
Context* take() noexcept {
  return std::exchange(slot<Context>().idle, nullptr);
}

template <typename Context>
void release(Context* context) noexcept {
  Slot<Context>& kept = slot<Context>();
  if (kept.closed || kept.idle != nullptr || size_of(context) > kMaxIdle || !reset(context)) {
    destroy(context);
    return;
  }
  static thread_local const Closer<Context> closer;
  kept.idle = context;
}

}  // namespace

void ContextDeleter::operator()(ZSTD_CCtx* context) const noexcept { release(context); }
void ContextDeleter::operator()(ZSTD_DCtx* context) const noexcept { release(context); }

CompressContext make_compress_context() noexcept {
  ZSTD_CCtx* const idle = take<ZSTD_CCtx>();
  return CompressContext(idle != nullptr ? idle : ZSTD_createCCtx());
}

DecompressContext make_decompress_context() noexcept {
  ZSTD_DCtx* const idle = take<ZSTD_DCtx>();
  return DecompressContext(idle != nullptr ? idle : ZSTD_createDCtx());
}

}  // namespace kompakt::zstd
