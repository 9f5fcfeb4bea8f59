#include "codec/cm/plan.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "chunk/data_type.hpp"
#include "codec/cm/trial.hpp"
#include "core/parts.hpp"
#include "transform/e8e9.hpp"

namespace kompakt::cm {
namespace {

// A context list learns for this many bytes before it pays for itself; smaller regions of tables,
// pictures and sound go with what is generic.
constexpr std::size_t kLeastOwnStream = 128 * kKiB;
// Text below this size is mixed even where larger text is sorted.
constexpr std::size_t kLeastSorted = 256 * kKiB;
// A dictionary of words pays from here on.
constexpr std::size_t kLeastWords = 256 * kKiB;

// Of pairs of bytes that make 16-bit samples: whether the second is the high one. High bytes change
// less from sample to sample.
bool second_is_high(ByteSpan pairs) {
  std::uint64_t first = 0;
  std::uint64_t second = 0;
  for (std::size_t i = 0; i + 3 < pairs.size(); i += 2) {
    const auto difference = [&](std::size_t at) {
      return static_cast<std::uint64_t>(
          std::abs(std::to_integer<int>(pairs[at]) - std::to_integer<int>(pairs[at + 2])));
    };
    first += difference(i);
    second += difference(i + 1);
  }
  return second < first;
}

// Text in which words of a natural language prevail. A dictionary of words makes its stream shorter
// and so faster to mix; in other text it takes more than it gives (docs/decisions/0011).
class Prose {
 public:
  void add(DataType type, ByteSpan text) {
    size_ += text.size();
    if (type == DataType::kLines) {
      return;
    }
    constexpr auto kMarks = [] {
      std::array<bool, 256> marks{};
      for (const char mark : std::string_view("\"{}[]<>=_|")) {
        marks[static_cast<unsigned char>(mark)] = true;
      }
      return marks;
    }();
    for (const std::byte value : text) {
      const auto byte = std::to_integer<unsigned>(value);
      marks_ += kMarks[byte] ? 1 : 0;
      letters_ += (byte >= 'a' && byte <= 'z') || byte >= 0x80 ? 1 : 0;
      spaces_ += byte == ' ' ? 1 : 0;
    }
  }
  [[nodiscard]] bool prevails() const {
    return spaces_ >= size_ / 10 && letters_ + spaces_ >= size_ / 10 * 7 && marks_ <= size_ / 32;
  }

 private:
  std::size_t size_ = 0;
  std::size_t letters_ = 0;
  std::size_t spaces_ = 0;
  std::size_t marks_ = 0;
};

Stream stream_of(const kompakt::Region& found, ByteSpan data, Effort effort) {
  Stream stream;
  MixSettings& settings = stream.settings;
  settings = mix_settings(effort);
  const bool large = found.size >= kLeastOwnStream;
  switch (found.type) {
    case DataType::kText:
    case DataType::kLines:
      settings.model = MixModel::kText;
      break;
    case DataType::kX86: {
      settings.model = MixModel::kX86;
      const bool wide = guess_x86_mode(data) == X86Mode::kBranchesAndData;
      stream.filter = wide ? Filter::kX86Wide : Filter::kX86;
      settings.stride = wide ? 8 : 4;
      break;
    }
    case DataType::kRecords:
      // In a stream that all layouts share nothing has to be learned anew.
      settings.stride = large || has_stretches(effort, stream) ? found.stride : 0;
      break;
    case DataType::kRaster:
    case DataType::kPcm:
      if (large) {
        settings.model = MixModel::kRaster;
        settings.stride = found.stride;
        const bool pcm = found.type == DataType::kPcm;
        settings.sample_bytes = pcm && found.sample_bytes == 1 ? found.stride : found.sample_bytes;
        if (found.sample_bytes == 2 && second_is_high(data)) {
          stream.filter = Filter::kSwapPairs;
        }
      }
      break;
    case DataType::kPacked:
      stream.method = large ? Method::kStored : Method::kMixed;
      break;
    case DataType::kGeneric:
      break;
  }
  return stream;
}

// Regions that look like pictures, or like records of a length. Each layout is tried on the first
// region that has it.
class Trials {
 public:
  void add(const Stream& stream, ByteSpan data) {
    const bool raster = stream.settings.model == MixModel::kRaster;
    if (find(stream.settings) != nullptr || (!raster && records_ == kMostRecords)) {
      return;
    }
    records_ += raster ? 0 : 1;
    trials_.push_back({.stream = stream, .data = data});
  }
  void run() {
    run_parts(trials_.size(), [this](std::size_t i, unsigned /*lane*/) {
      Trial& trial = trials_[i];
      const bool raster = trial.stream.settings.model == MixModel::kRaster;
      trial.pays = raster ? raster_pays(trial.stream, trial.data)
                          : stride_pays(trial.stream.settings, trial.data);
    });
  }
  // What is not tried pays where it is large.
  [[nodiscard]] bool pay(const Stream& stream, ByteSpan data) const {
    const Trial* const trial = find(stream.settings);
    return trial != nullptr ? trial->pays : data.size() >= kLeastOwnStream;
  }

 private:
  struct Trial {
    Stream stream;
    ByteSpan data;
    bool pays = false;
  };
  [[nodiscard]] const Trial* find(const MixSettings& settings) const {
    const auto found = std::ranges::find_if(
        trials_, [&](const Trial& trial) { return trial.stream.settings == settings; });
    return found == trials_.end() ? nullptr : &*found;
  }

  static constexpr int kMostRecords = 16;  // bounds the time
  std::vector<Trial> trials_;
  int records_ = 0;
};

bool is_doubtful(const Stream& wanted, Effort effort) {
  const MixSettings& settings = wanted.settings;
  return effort.version != Version::kOne && effort.depth >= Depth::kMedium &&
         (settings.model == MixModel::kRaster ||
          (settings.model == MixModel::kRecords && settings.stride != 0));
}

// Sorting has no use for more than what the filters need.
void sort_alike(MixSettings& settings) {
  settings.model = settings.model == MixModel::kText ? MixModel::kText : MixModel::kRecords;
  settings.stride = 0;
  settings.sample_bytes = 1;
}

bool together(const Stream& a, const Stream& b) {
  return a.method == b.method && a.filter == b.filter && a.settings == b.settings;
}

// The stream like `wanted`, made where there is none yet. When there are too many, one without
// stride takes the rest.
std::size_t find_or_add(std::vector<Stream>& streams, Stream wanted) {
  for (int attempt = 0; attempt < 2; ++attempt) {
    const auto same = [&](const Stream& stream) { return together(stream, wanted); };
    const auto found = std::ranges::find_if(streams, same);
    if (found != streams.end()) {
      return static_cast<std::size_t>(found - streams.begin());
    }
    if (streams.size() + 1 < kMaxStreams) {
      break;
    }
    wanted = Stream{.settings = {.strength = wanted.settings.strength,
                                 .sure_matches = wanted.settings.sure_matches}};
  }
  streams.push_back(wanted);
  return streams.size() - 1;
}

// What is settled only when all regions of a stream are known.
void finish(Stream& stream, Effort effort, const Prose& prose) {
  const Depth depth = effort.depth;
  const MixSettings& settings = stream.settings;
  const bool text = settings.model == MixModel::kText;
  if (stream.method == Method::kStored) {
    return;
  }
  // Code and tables gain most by being mixed, for what it costs.
  const bool gains = settings.model == MixModel::kX86 ||
                     (settings.model == MixModel::kRecords && settings.stride != 0);
  const bool sorted =
      depth == Depth::kSorted || (depth == Depth::kFast && !gains && stream.size >= kLeastSorted);
  stream.method = sorted ? Method::kSorted : Method::kMixed;
  if (text && stream.size >= kLeastWords &&
      (sorted || effort.version == Version::kOne || prose.prevails())) {
    stream.filter = Filter::kWords;
  }
}

}  // namespace

MixSettings mix_settings(Effort effort) {
  const bool one = effort.version == Version::kOne;
  MixSettings settings;
  settings.sure_matches = !one;
  switch (effort.depth) {
    case Depth::kSorted:
    case Depth::kFast:
      settings.strength = MixStrength::kFast;
      break;
    case Depth::kMedium:
      settings.strength =
          effort.version == Version::kThree ? MixStrength::kLean : MixStrength::kMedium;
      break;
    case Depth::kStrong:
      settings.strength = one ? MixStrength::kStrong : MixStrength::kWide;
      break;
    case Depth::kStrongest:
      settings.strength = MixStrength::kStrongest;
      break;
  }
  return settings;
}

Plan make_plan(ByteSpan block, Effort effort) {
  Plan plan;
  std::array<Prose, kMaxStreams> prose;
  const std::vector<kompakt::Region> regions = classify(block);
  std::vector<Stream> streams;
  Trials trials;
  for (const kompakt::Region& found : regions) {
    const ByteSpan data = block.subspan(found.begin, found.size);
    streams.push_back(stream_of(found, data, effort));
    if (is_doubtful(streams.back(), effort)) {
      trials.add(streams.back(), data);
    }
  }
  trials.run();
  for (std::size_t i = 0; i < regions.size(); ++i) {
    const kompakt::Region& found = regions[i];
    const ByteSpan data = block.subspan(found.begin, found.size);
    Stream wanted = streams[i];
    if (is_doubtful(wanted, effort) && !trials.pay(wanted, data)) {
      wanted = Stream{.settings = mix_settings(effort)};
    }
    if (effort.version != Version::kOne && effort.depth == Depth::kSorted) {
      sort_alike(wanted.settings);
    }
    Region region = {.size = found.size};
    if (has_stretches(effort, wanted)) {
      region.stride = std::exchange(wanted.settings.stride, 0);
    }
    std::size_t index = find_or_add(plan.streams, wanted);
    const bool full = plan.regions.size() == kMaxRegions;
    if (full) {  // the last region takes the rest
      index = plan.regions.back().stream;
    }
    plan.streams[index].size += found.size;
    if (plan.streams[index].settings.model == MixModel::kText) {
      prose[index].add(found.type, data);
    }
    region.stream = index;
    if (full || (!plan.regions.empty() && plan.regions.back().stream == index &&
                 plan.regions.back().stride == region.stride)) {
      plan.regions.back().size += found.size;
    } else {
      plan.regions.push_back(region);
    }
  }
  for (std::size_t i = 0; i < plan.streams.size(); ++i) {
    finish(plan.streams[i], effort, prose[i]);
  }
  return plan;
}

}  // namespace kompakt::cm
