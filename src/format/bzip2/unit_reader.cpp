#include "format/bzip2/unit_reader.hpp"

#include <algorithm>
#include <cstring>

#include "codec/bzip2/block_finder.hpp"
#include "codec/bzip2/layout.hpp"

namespace kompakt::bzip2 {

// Takes note of the magics that lie in the bytes at hand as a whole.
void UnitReader::scan() {
  const ByteSpan bytes = input_.available();
  const std::uint64_t end = input_.position() + bytes.size();
  constexpr std::uint64_t kWhole = kMagicBits / 8;
  if (end < scanned_ + kWhole) {
    return;
  }
  const auto skipped = static_cast<std::size_t>(scanned_ - input_.position());
  find_magics(bytes.subspan(skipped), [this](std::uint64_t bit, bool footer) {
    const std::uint64_t at = scanned_ * 8 + bit;
    if (at >= begin_ && (magics_.empty() || at > magics_.back().bit)) {
      magics_.push_back({at, footer});
    }
  });
  // One that starts in the sixth byte before the end lacks bits unless it starts with that byte.
  scanned_ = end - kWhole;
}

Result<bool> UnitReader::next(RawUnit& unit) {
  if (done_) {
    return false;
  }
  unit.begin = begin_;
  unit.block = block_;
  while (true) {
    // The one that the unit begins with was found before.
    while (!magics_.empty() && magics_.front().bit <= begin_) {
      magics_.pop_front();
    }
    if (!magics_.empty() || input_.ended() || input_.available().size() > kMaxUnit + kMagicBits) {
      break;
    }
    if (Status filled = input_.fill_more(); !filled.ok()) {
      return filled;
    }
    scan();
  }
  const std::uint64_t position = input_.position();
  const std::uint64_t at_hand = (position + input_.available().size()) * 8;
  unit.last = false;
  block_ = false;
  if (!magics_.empty() && (magics_.front().bit - position * 8) / 8 <= kMaxUnit) {
    unit.end = magics_.front().bit;
    block_ = !magics_.front().footer;
  } else if (input_.ended() && input_.available().size() <= kMaxUnit) {
    unit.end = at_hand;
    unit.last = true;
    done_ = true;
  } else {
    unit.end = (position + kMaxUnit) * 8;
  }
  unit.size = static_cast<std::size_t>((unit.end + 7) / 8 - position);
  unit.bytes.resize_discard(unit.size);
  std::copy_n(input_.available().begin(), unit.size, unit.bytes.data());
  input_.consume(static_cast<std::size_t>(unit.end / 8 - position));
  begin_ = unit.end;
  return true;
}

}  // namespace kompakt::bzip2
