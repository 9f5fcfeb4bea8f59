#include "codec/cm/priming.hpp"

#include <array>
#include <cstddef>

// Defined in priming.S. Sizes are symbols of their own, so that no pointers into different objects
// are subtracted.
extern "C" {
extern const std::byte kompakt_priming_1[];
extern const std::uint64_t kompakt_priming_1_size;
extern const std::byte kompakt_priming_2[];
extern const std::uint64_t kompakt_priming_2_size;
}

namespace kompakt {

std::span<const Priming> primings() noexcept {
  static const std::array<Priming, 2> kPrimings = {{
      {1, ByteSpan(kompakt_priming_1, static_cast<std::size_t>(kompakt_priming_1_size))},
      {2, ByteSpan(kompakt_priming_2, static_cast<std::size_t>(kompakt_priming_2_size))},
  }};
  return kPrimings;
}

}  // namespace kompakt
