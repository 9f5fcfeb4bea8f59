#include "container/legacy/v2_plan.hpp"

#include <algorithm>
#include <array>

namespace kompakt::legacy {
namespace {

constexpr std::array<std::string_view, 4> kLevelNames = {"auto", "fastest", "max", "throughput"};

V2Plan plan_throughput(std::uint64_t size, unsigned cores, unsigned threads) {
  if (size < 256 * kMiB) {
    return {.method = size >= 32 * kMiB ? TableMethod::kLz4 : TableMethod::kSnappy,
            .chunk_size = 2 * kMiB,
            .threads = std::min(threads, 4U)};
  }
  if (size < kGiB) {
    return {.method = cores >= 6 ? TableMethod::kZstd : TableMethod::kLz4,
            .chunk_size = (cores >= 8 ? 8 : 4) * kMiB,
            .threads = threads};
  }
  return {.method = TableMethod::kZstd,
          .chunk_size = (size < 10 * kGiB ? 16 : 32) * kMiB,
          .threads = threads};
}

}  // namespace

std::string_view v2_level_name(V2Level level) noexcept {
  const auto row = static_cast<std::size_t>(level);
  return row < kLevelNames.size() ? kLevelNames[row] : "unknown";
}

std::optional<V2Level> find_v2_level(std::string_view name) noexcept {
  const auto* row = std::find(kLevelNames.begin(), kLevelNames.end(), name);
  return row == kLevelNames.end() ? std::nullopt
                                  : std::optional(static_cast<V2Level>(row - kLevelNames.begin()));
}

std::optional<TableMethod> find_table_method(std::string_view name) noexcept {
  for (const auto method :
       {TableMethod::kLz4, TableMethod::kZstd, TableMethod::kSnappy, TableMethod::kBrotli}) {
    if (method_name(method) == name) {
      return method;
    }
  }
  return std::nullopt;
}

V2Plan plan_v2(V2Level level, std::uint64_t size, unsigned cores) {
  cores = std::max(cores, 1U);
  const unsigned threads = std::min(cores, kV2MaxThreads);
  switch (level) {
    case V2Level::kAuto:
      return {.method = std::nullopt, .threads = threads};
    case V2Level::kFastest:
      return {.method = TableMethod::kSnappy, .threads = threads};
    case V2Level::kMax:
      return {.method = TableMethod::kBrotli, .threads = threads};
    case V2Level::kThroughput:
      break;
  }
  return plan_throughput(size, cores, threads);
}

}  // namespace kompakt::legacy
