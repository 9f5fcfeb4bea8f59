/// \file
/// SOURCE_DATE_EPOCH: no time later than it is stored.
#pragma once

#include <cstdint>
#include <optional>

#include "kompakt/archive.hpp"

namespace kompakt {

inline void cut_to_epoch(Entry::Time& time, const std::optional<std::int64_t>& epoch) {
  if (epoch && time.seconds >= *epoch) {
    time = {.seconds = *epoch, .nanoseconds = 0};
  }
}

}  // namespace kompakt
