#include "chunk/data_type_layout.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "chunk/data_type_probe.hpp"
#include "chunk/data_type_samples.hpp"

namespace kompakt {
namespace {

constexpr std::size_t kMaxRecord = 1024;
constexpr std::uint32_t kLongestNumber = 4;
constexpr std::uint32_t kLongestTable = 512;  // below the width of what is worth a picture's model

// The lag at which most bytes repeat, where that leaves clearly fewer to be told than chance does.
// It stands out from the lags beside it: bytes of a kind lie together, so that any short lag finds
// some.
std::uint32_t find_record(ByteSpan piece) {
  const std::size_t longest = std::min<std::size_t>(kMaxRecord, piece.size() / 4);
  const Probe probe(piece, longest + 1);
  std::vector<std::uint32_t> equal(longest + 2);
  for (std::size_t lag = 1; lag < equal.size(); ++lag) {
    equal[lag] = probe.at<count_equal>(lag);
  }
  const std::size_t usual = median({equal.begin() + 1, equal.end()});
  // What a lag repeats beyond chance; 0 where the lags beside it do nearly the same.
  const auto gain = [&](std::size_t lag) -> std::size_t {
    const std::size_t here = equal[lag];
    const auto beside = std::max<std::size_t>({equal[lag - 1], equal[lag + 1], usual});
    const bool stands_out = here > beside && (here - beside) * 5 >= (here - usual) * 2;
    return stands_out ? here - usual : 0;
  };
  std::size_t best = 2;
  for (std::size_t lag = 2; lag <= longest; ++lag) {
    best = gain(lag) > gain(best) ? lag : best;
  }
  const std::size_t most = gain(best);
  if (most * 100 < (kCompared - usual) * 15 || most * 100 < kCompared) {
    return 0;
  }
  // A multiple of the stride can be ahead by luck; the shortest one near it counts.
  for (std::size_t lag = 2; lag < best; ++lag) {
    if (gain(lag) * 20 >= most * (best % lag == 0 ? 14 : 17)) {
      return static_cast<std::uint32_t>(lag);
    }
  }
  return static_cast<std::uint32_t>(best);
}

}  // namespace

Layout measure_layout(ByteSpan piece, const Layout& before) {
  if (piece.size() < kSmallestPiece) {
    return {};
  }
  if (same_picture(piece, before)) {
    return before;
  }
  const std::uint32_t record = find_record(piece);
  for (const Smoothness& smooth : find_smooth_samples(piece)) {
    // Records of mostly equal or small bytes look smooth, too.
    const bool table = record > kLongestNumber && (!smooth.steady || record <= kLongestTable);
    if (smooth.width == 1 ? table || smooth.doubtful : table && !smooth.steady) {
      continue;
    }
    if (const auto found = picture_or_sound(piece, smooth)) {
      return *found;
    }
  }
  return record == 0 ? Layout{}
                     : Layout{.type = DataType::kRecords, .stride = record, .sample_bytes = 0};
}

bool has_smooth_samples(ByteSpan piece) {
  return piece.size() >= kSmallestPiece && !find_smooth_samples(piece).empty();
}

}  // namespace kompakt
