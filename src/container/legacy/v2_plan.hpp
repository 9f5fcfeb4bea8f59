/// \file
/// How the levels of the v2 layout choose method, chunk size and threads.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "container/legacy/layout.hpp"
#include "kompakt/bytes.hpp"

namespace kompakt::legacy {

enum class V2Level : std::uint8_t {
  kAuto,        ///< zstd where it is at least a tenth smaller than snappy on the first MiB
  kFastest,     ///< snappy
  kMax,         ///< brotli
  kThroughput,  ///< by the size of the input and the number of cores
};

/// "auto", "fastest", "max", "throughput".
[[nodiscard]] std::string_view v2_level_name(V2Level level) noexcept;
[[nodiscard]] std::optional<V2Level> find_v2_level(std::string_view name) noexcept;
[[nodiscard]] std::optional<TableMethod> find_table_method(std::string_view name) noexcept;

inline constexpr std::uint64_t kV2DefaultChunkSize = 4 * kMiB;
inline constexpr std::uint64_t kV2MinChunkSize = 128 * kKiB;
inline constexpr unsigned kV2MaxThreads = 32;
/// How much of the input kAuto tries out.
inline constexpr std::uint64_t kV2SampleSize = kMiB;

struct V2Plan {
  std::optional<TableMethod> method;  ///< nullopt: to be tried out on the first MiB
  std::uint64_t chunk_size = kV2DefaultChunkSize;
  unsigned threads = 1;  ///< more would not pay
  friend bool operator==(const V2Plan&, const V2Plan&) = default;
};

/// The plan for `size` bytes on a machine with `cores` cores (0 counts as 1).
[[nodiscard]] V2Plan plan_v2(V2Level level, std::uint64_t size, unsigned cores);

/// kAuto's rule: zstd for a saving of a tenth over snappy.
[[nodiscard]] constexpr TableMethod auto_method(std::uint64_t zstd_size,
                                                std::uint64_t snappy_size) noexcept {
  return zstd_size * 10 <= snappy_size * 9 ? TableMethod::kZstd : TableMethod::kSnappy;
}

}  // namespace kompakt::legacy
