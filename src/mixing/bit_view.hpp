/// \file
/// What a context list may look at when it selects weights and maps for a bit.
#pragma once

#include <cstdint>

#include "mixing/match_model.hpp"

namespace kompakt {

struct BitView {
  unsigned bit = 0;      ///< 0 to 7, the highest bit of a byte first
  unsigned partial = 1;  ///< the bits of this byte so far, a one in front
  /// 0: nothing foreseen; 1, 2: by the short match, by its length; 3 to 5: by the long one.
  unsigned match = 0;
  unsigned expected_bit = 0;  ///< what the longer of the matches foresees
  unsigned expected_byte = 0;

  void see(const MatchModel& near, const MatchModel& far) noexcept {
    if (const std::uint32_t length = far.length(); length != 0) {
      match = length > 48 ? 5 : length > 28 ? 4 : 3;
      expected_bit = far.expected_bit();
      expected_byte = far.expected_byte();
    } else {
      match = near.length() > 14 ? 2 : near.length() != 0 ? 1 : 0;
      expected_bit = near.expected_bit();
      expected_byte = near.expected_byte();
    }
  }
};

}  // namespace kompakt
