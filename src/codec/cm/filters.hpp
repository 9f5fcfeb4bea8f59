/// \file
/// The filters of streams, by what the wire calls them.
#pragma once

#include <cstddef>
#include <vector>

#include "codec/cm/plan.hpp"
#include "kompakt/bytes.hpp"
#include "kompakt/status.hpp"

namespace kompakt::cm {

/// Bytes of a stream: somebody else's, or its own.
struct StreamBytes {
  ByteSpan bytes{};
  std::vector<std::byte> own{};  ///< empty, or what `bytes` are
};

/// Applies `filter` to `data`. False, with `data` as it was, where the filter does not pay.
[[nodiscard]] bool apply_filter(Filter filter, StreamBytes& data);

/// Takes it back: from `data`, which it may change, to `out`, of exactly the size before; unless
/// the filter is that of words, they may be the same bytes.
[[nodiscard]] Status undo_filter(Filter filter, MutableByteSpan data, MutableByteSpan out);

}  // namespace kompakt::cm
