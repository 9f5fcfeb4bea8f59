#include "codec/cm/trial.hpp"

#include <algorithm>
#include <vector>

#include "codec/cm/filters.hpp"

namespace kompakt::cm {
namespace {

constexpr std::size_t kSample = 64 * kKiB;
constexpr std::size_t kRecordsSample = 32 * kKiB;

std::size_t coded_size(MixCoder& coder, const MixSettings& settings, ByteSpan sample) {
  std::vector<std::byte> out(sample.size() + kKiB);
  return coder.encode(settings, {}, sample, out).value_or(out.size());
}

}  // namespace

bool stride_pays(const MixSettings& records, ByteSpan data) {
  const std::size_t size = std::min(kRecordsSample, data.size());
  const ByteSpan middle = data.subspan((data.size() - size) / 2, size);
  MixSettings with = records;
  with.strength = MixStrength::kFast;
  MixSettings without = with;
  without.stride = 0;
  MixCoder coder;
  return coded_size(coder, with, middle) < coded_size(coder, without, middle);
}

bool raster_pays(const Stream& stream, ByteSpan data) {
  // A multiple of the row from the start, so that pixels begin where they do in the stream.
  const std::size_t row = std::max<std::size_t>(stream.settings.stride, 1);
  const std::size_t size = std::min(kSample, data.size());
  const ByteSpan middle = data.subspan((data.size() - size) / 2 / row * row, size);
  StreamBytes filtered = {.bytes = middle, .own = {}};
  static_cast<void>(apply_filter(stream.filter, filtered));
  MixSettings raster = stream.settings;
  raster.strength = MixStrength::kFast;
  const MixSettings plain = {.strength = MixStrength::kFast, .sure_matches = raster.sure_matches};
  MixCoder coder;
  return coded_size(coder, raster, filtered.bytes) < coded_size(coder, plain, middle);
}

}  // namespace kompakt::cm
