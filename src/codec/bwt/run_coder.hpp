/// \file
/// The post-coder: bytes as block sorting leaves them, in runs of equal bytes whose values and
/// lengths are coded bit by bit under mixed adaptive predictions. spec.md describes the model.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "kompakt/bytes.hpp"
#include "kompakt/status.hpp"

namespace kompakt::bwt {

/// How much is spent on prediction. The numbers are on the wire.
enum class Effort : std::uint8_t {
  kFast = 0,    ///< three predictions a decision
  kStrong = 1,  ///< more contexts, two mixers: smaller, about twice the time
  kQuick = 2,   ///< as kFast without refinements: a little larger, a quarter less time
};
inline constexpr std::uint8_t kMaxEffort = 2;

/// Bytes of working memory of one call.
[[nodiscard]] std::uint64_t run_coder_memory(Effort effort) noexcept;

/// Codes `in`, which is not empty, into `out`; nullopt where it does not fit. Throws
/// std::bad_alloc.
[[nodiscard]] std::optional<std::size_t> encode_runs(ByteSpan in, MutableByteSpan out,
                                                     Effort effort);

/// Fills `out`, which is not empty, from all of `in`. kCorrupt or kTruncated. Throws
/// std::bad_alloc.
[[nodiscard]] Status decode_runs(ByteSpan in, MutableByteSpan out, Effort effort);

}  // namespace kompakt::bwt
