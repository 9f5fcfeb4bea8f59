/// \file
/// Contexts of libzstd, one idle one of each kind kept for a thread's next call.
#pragma once

#include <zstd.h>

#include <memory>

namespace kompakt::zstd {

struct ContextDeleter {
  void operator()(ZSTD_CCtx* context) const noexcept;
  void operator()(ZSTD_DCtx* context) const noexcept;
};
using CompressContext = std::unique_ptr<ZSTD_CCtx, ContextDeleter>;
using DecompressContext = std::unique_ptr<ZSTD_DCtx, ContextDeleter>;

/// A context in its initial state; nullptr when there is no memory. Where the thread let go of one
/// before, it is that one: making a context asks the processor what it can do, which in a virtual
/// machine takes longer than to code some kilobytes.
[[nodiscard]] CompressContext make_compress_context() noexcept;
[[nodiscard]] DecompressContext make_decompress_context() noexcept;

}  // namespace kompakt::zstd
