/// \file
/// How many contexts and weight sets the lists for binary data have.
#pragma once

#include <array>
#include <cstddef>

#include "mixing/stream.hpp"

namespace kompakt {

/// `kMostSets`: of the strongest lists.
template <MixStrength kStrength, std::size_t kMostSets>
struct BinaryLists {
  /// Whose lists these are: some strengths share them.
  static constexpr MixStrength kLists =
      kStrength == MixStrength::kWide ? MixStrength::kStrong : kStrength;
  static constexpr bool kLean = kStrength == MixStrength::kLean;
  static constexpr std::size_t kContexts = kLean                                  ? 12
                                           : kStrength == MixStrength::kStrongest ? 32
                                                                                  : 16;
  /// Whether one more weight set is selected by how many contexts were seen before.
  static constexpr bool kBySeen = !kLean && kStrength >= MixStrength::kStrong;
  static constexpr std::size_t kSets = kLean                               ? 3
                                       : kStrength == MixStrength::kFast   ? 2
                                       : kStrength == MixStrength::kMedium ? 4
                                                                           : kMostSets;
  static constexpr std::array<std::size_t, kSets> kSetRows = [] {
    std::array<std::size_t, kSets> rows;
    rows.fill(2048);
    return rows;
  }();
};

}  // namespace kompakt
