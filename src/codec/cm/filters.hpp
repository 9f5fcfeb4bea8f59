/// \file
/// The filters of streams, by what the wire calls them.
#pragma once

#include <cstddef>
#include <vector>

#include "codec/cm/plan.hpp"
#include "kompakt/bytes.hpp"
#include "kompakt/status.hpp"

namespace kompakt::cm {

/// Applies `filter` to `data`, in place where it keeps the size. False, with `data` as it was,
/// where the filter does not pay.
[[nodiscard]] bool apply_filter(Filter filter, std::vector<std::byte>& data);

/// Takes it back: from `data`, which it may change, to `out`, of exactly the size before.
[[nodiscard]] Status undo_filter(Filter filter, MutableByteSpan data, MutableByteSpan out);

}  // namespace kompakt::cm
