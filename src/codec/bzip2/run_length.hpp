/// \file
/// The first of the two run-length codings: four to 259 equal bytes become four and a count.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kompakt/bytes.hpp"

namespace kompakt::bzip2 {

/// Offset of the first four equal bytes in a row; bytes.size() where there are none.
[[nodiscard]] std::size_t find_run(ByteSpan bytes) noexcept;

struct RunProgress {
  std::size_t consumed = 0;
  std::size_t produced = 0;
  bool full = false;  ///< the next run or byte does not fit
};

/// Codes as much of `in` as fits `out`. Unless `last`, bytes at the end of `in` that may belong to
/// a longer run stay unconsumed (fewer than 259). What is coded does not depend on how a longer
/// input is cut into calls.
[[nodiscard]] RunProgress encode_runs(ByteSpan in, bool last, MutableByteSpan out) noexcept;

/// Bytes that `coded` decodes to. A run of four whose count is missing, at the very end, is four
/// bytes.
[[nodiscard]] std::size_t decoded_size(ByteSpan coded) noexcept;
/// Decodes as much of `coded` as fits `out`, which has room for kMaxRun bytes at least: all of it
/// where that is decoded_size() large. Goes on with what is left of `coded` in another call.
[[nodiscard]] RunProgress decode_runs(ByteSpan coded, MutableByteSpan out) noexcept;

}  // namespace kompakt::bzip2
