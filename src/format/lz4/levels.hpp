/// \file
/// The stock tool's levels: below 3 the fast method, negative for its accelerations, 3 and more
/// for the strong one.
#pragma once

namespace kompakt::lz4_frame {

inline constexpr int kMinLevel = -65536;  ///< beyond it the library changes nothing
inline constexpr int kMaxLevel = 12;
inline constexpr int kDefaultLevel = 1;

}  // namespace kompakt::lz4_frame
