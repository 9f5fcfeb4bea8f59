/// \file
/// Contexts for rasters: a sample is foreseen from its neighbours to the left and above.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "mixing/bit_view.hpp"
#include "mixing/context_hash.hpp"
#include "mixing/models/binary_lists.hpp"
#include "mixing/stream.hpp"

namespace kompakt {

/// Samples of one byte, of 3 or 4 interleaved bytes, or of 16 bits with the high byte first.
template <MixStrength kStrength>
class RasterModel : public BinaryLists<kStrength, 4> {
 public:
  using BinaryLists<kStrength, 4>::kContexts;
  using BinaryLists<kStrength, 4>::kLean;
  using BinaryLists<kStrength, 4>::kSets;
  static constexpr unsigned kShortMatch = 8;
  static constexpr unsigned kLongMatch = 24;

  explicit RasterModel(const MixSettings& settings) noexcept
      : wide_(settings.sample_bytes == 2),
        pixel_(std::max(settings.sample_bytes, 1U)),
        row_(std::max(settings.stride, pixel_)) {}

  void update(const std::uint8_t* history, std::uint32_t position) noexcept {
    last_ = (last_ << 8U | history[position - 1]) & 0xFFFFU;
  }

  void contexts(const std::uint8_t* history, std::uint32_t position, std::uint32_t* h) noexcept {
    low_ = wide_ && position % 2 != 0;
    plane_ = low_ ? 1 : wide_ ? 0 : position % pixel_;
    base_ = low_ ? history[position - 1] * 256 : 0;
    const std::uint32_t begin = position - (low_ ? 1U : 0U);
    const auto at = [&](std::uint32_t back) {
      if (back < (wide_ ? 2U : 1U) || begin < back) {
        return 0;
      }
      const std::uint8_t* p = history + (begin - back);
      return wide_ ? p[0] * 256 + p[1] : static_cast<int>(p[0]);
    };
    const int w = at(pixel_);
    const int ww = at(2 * pixel_);
    const int n = at(row_);
    const int nw = at(row_ + pixel_);
    const int ne = at(row_ - pixel_);
    const int nn = at(2 * row_);
    const int nne = at(2 * row_ - pixel_);
    const int www = at(3 * pixel_);
    const int nww = at(row_ + 2 * pixel_);
    // The curve through three samples to the left; how far off it was in the rows above; and that
    // continued over two rows.
    const int curve = 3 * (w - ww) + www;
    const int above = n - (3 * (nw - nww) + at(row_ + 3 * pixel_));
    const int above2 =
        nn - (3 * (at(2 * row_ + pixel_) - at(2 * row_ + 2 * pixel_)) + at(2 * row_ + 3 * pixel_));
    const int plane = w + n - nw;
    const int mean = (w + n) / 2;
    const int slope = w + (ne - nw) / 2;
    const int diagonal = n + ne - nne;
    const int along = 2 * w - ww;
    median_ = std::max(std::min(w, n), std::min(std::max(w, n), plane));
    mean_ = mean;
    const int activity = std::abs(w - nw) + std::abs(n - nw) + std::abs(n - ne);
    activity_ =
        std::min<std::uint32_t>(15, static_cast<std::uint32_t>(activity) / (wide_ ? 8U : 2U));
    busy_ = static_cast<std::uint32_t>(std::bit_width(activity_));
    std::uint32_t id = plane_ << 8U;
    const auto add = [&](std::uint32_t value) { *h++ = hash_of(value, ++id); };
    add(near(plane, 0));
    add(near(curve + 2 * above - above2, 0));
    add(near(slope, 0));
    add(near(diagonal, 0));
    add(near(along, 0));
    add(near(2 * n - nn, 0));
    add(near(curve, 0));
    if constexpr (!kLean) {
      add(hash_of(near(median_, 0), busy_));
    }
    add(hash_of(near(mean, 1), near(slope, 2)));
    add(near(curve + above, 0));
    if constexpr (!kLean) {
      add(near(w, 0));
    }
    add(near(n, 0));
    if constexpr (!kLean) {
      add(near((w * 3 + n * 3 - nw * 2 + ne * 2 + 3) / 6, 0));
      add(hash_of(near(w, 2), near(n, 2), near(ne, 3), near(nw, 3)));
    }
    add(last_);
    add(hash_of(near((plane + slope + diagonal + along) / 4, 0), busy_));
    if constexpr (kContexts > 16) {
      const int nee = at(row_ - 2 * pixel_);

      const int beside = wide_ || pixel_ == 1 ? 0 : at(1);
      const int beside_n = wide_ || pixel_ == 1 ? 0 : at(row_ + 1);
      add(hash_of(near(plane, 0), busy_));
      add(hash_of(near(slope, 0), busy_));
      add(near(w + n - (nw + ne) / 2, 0));
      add(near((w * 2 + n + ne + 2) / 4 + (n - nn) / 4, 0));
      add(hash_of(near(w, 1), near(n, 1)));
      add(near((nww + nee + w + n) / 4, 0));
      add(hash_of(near(w, 0), near(n, 2)));
      add(hash_of(near(n, 0), near(w, 2)));
      add(hash_of(near(median_, 0), near(nn, 3)));
      add(hash_of(near(plane, 1), near(diagonal, 2)));
      add(hash_of(near(w, 1), near(ww, 2)));
      add(hash_of(near(n, 1), near(nn, 2)));
      add(hash_of(near(n + beside - beside_n, 0), 1));
      add(hash_of(near(w + beside - at(pixel_ + 1), 0), 2));
      add(hash_of(near(mean, 0), near(ne, 3), near(nw, 3)));
      add(hash_of(near((5 * w + 3 * n - 2 * nw + 2 * ne) / 8, 0), busy_));
    }
  }

  void select(const BitView& view, std::array<std::size_t, kSets>& rows) const noexcept {
    const std::size_t place = (plane_ & 3U) * 8 + view.bit;
    rows[0] = (plane_ & 3U) * 256 + view.partial + (view.match != 0 ? 1024U : 0U);
    rows[1] = place * 16 + activity_ + (view.match != 0 ? 512U : 0U);
    if constexpr (kSets > 2) {
      rows[2] = place * 64 + (near(mean_, 3) & 63U);
    }
    if constexpr (kSets > 3) {
      rows[3] = view.match * 32 + place;
    }
  }

  [[nodiscard]] std::array<std::size_t, 2> refine(const BitView& view) const noexcept {
    return {hash_of(view.partial, near(mean_, 0), plane_) >> 19U,
            hash_of(view.partial, near(median_, 1), busy_ + 16 * plane_) >> 19U};
  }

  [[nodiscard]] std::uint32_t place(std::uint32_t position) const noexcept {
    return position % pixel_;
  }

 private:
  // What a foreseen sample says of this byte, coarser by `shift` bits. For a high byte some bits of
  // the low one as well; for a low byte the distance from what the high one leaves.
  [[nodiscard]] std::uint32_t near(int sample, unsigned shift) const noexcept {
    if (!wide_) {
      return static_cast<std::uint32_t>(std::clamp(sample, -64, 319) + 64) >> shift;
    }
    if (low_) {
      return static_cast<std::uint32_t>(std::clamp(sample - base_, -64, 319) + 64) >> shift;
    }
    return static_cast<std::uint32_t>(std::clamp(sample, 0, 65535)) >> (4 + shift);
  }

  bool wide_;
  std::uint32_t pixel_;
  std::uint32_t row_;
  bool low_ = false;
  std::uint32_t plane_ = 0;
  int base_ = 0;
  int median_ = 0;
  int mean_ = 0;
  std::uint32_t activity_ = 0;
  std::uint32_t busy_ = 0;
  std::uint32_t last_ = 0;
};

}  // namespace kompakt
