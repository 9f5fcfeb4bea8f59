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
    const std::uint32_t n = near.length();
    const std::uint32_t f = far.length();
    const unsigned by_near = (n != 0 ? 1U : 0U) + (n > 14 ? 1U : 0U);
    const unsigned by_far = 3U + (f > 28 ? 1U : 0U) + (f > 48 ? 1U : 0U);
    const unsigned none = (f != 0 ? 1U : 0U) - 1U;  // all ones where the long one foresees nothing
    match = (by_near & none) | (by_far & ~none);
    expected_bit = (near.expected_bit() & none) | (far.expected_bit() & ~none);
    expected_byte = (near.expected_byte() & none) | (far.expected_byte() & ~none);
  }
  /// The same where one model alone is asked.
  void see_one(const MatchModel& model, bool is_far) noexcept {
    const std::uint32_t n = model.length();
    const unsigned first = is_far ? 3 : 1;
    const std::uint32_t long_one = is_far ? 28 : 14;
    const unsigned by_length = first + (n > long_one ? 1U : 0U) + (is_far && n > 48 ? 1U : 0U);
    match = n != 0 ? by_length : 0;
    expected_bit = model.expected_bit();
    expected_byte = model.expected_byte();
  }
};

}  // namespace kompakt
