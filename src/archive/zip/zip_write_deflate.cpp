#include "archive/zip/zip_write_deflate.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "chunk/probe.hpp"
#include "core/endian.hpp"
#include "format/common/part_encode_job.hpp"

namespace kompakt::zip {
namespace {

// On the scale of gzip's part coder, which leaves libdeflate's 9 out.
constexpr int kLazy = 7;
constexpr int kSearch = 9;
constexpr int kMixedLevel = 9;
int part_level(int level) {
  if (level == kMixedLevel) {
    return kLazy;
  }
  return level > kMixedLevel ? level - 1 : level;
}

// Samples, spread evenly, and how much of them must be strings of four bytes that are met for the
// first time, for the content to be dense; and how much says that little will be found at all.
constexpr std::size_t kSamples = 4;
constexpr std::size_t kSample = kKiB;
constexpr std::size_t kDensePercent = 41;
constexpr std::size_t kRandomPercent = 98;

/// The strings of four bytes that were met, by their hashes.
class Strings {
 public:
  void add(ByteSpan sample) {
    for (; sample.size() >= kLength; sample = sample.subspan(1)) {
      const std::uint32_t hash = (load_le<std::uint32_t>(sample) * 2654435761U) >> (32U - kLog);
      std::uint64_t& word = seen_[hash / 64];
      const std::uint64_t bit = std::uint64_t{1} << (hash % 64U);
      fresh_ += (word & bit) == 0 ? 1U : 0U;
      word |= bit;
      ++all_;
    }
  }
  /// How many of a hundred were met for the first time.
  [[nodiscard]] std::size_t fresh_percent() const { return all_ == 0 ? 0 : fresh_ * 100 / all_; }

 private:
  static constexpr unsigned kLog = 14;
  static constexpr std::size_t kLength = sizeof(std::uint32_t);
  std::array<std::uint64_t, (std::size_t{1} << kLog) / 64> seen_{};
  std::size_t fresh_ = 0;
  std::size_t all_ = 0;
};

/// Content in which the search for the shortest encoding gains most for its time: few repeats, so
/// that it has little to look at. (In what is full of long repeats it takes twenty times as long as
/// a lazy search, and hardly gains more.)
bool is_dense(ByteSpan raw) {
  Strings strings;
  if (raw.size() <= kSamples * kSample) {
    strings.add(raw);
  } else {
    for (std::size_t i = 0; i < kSamples; ++i) {
      const std::size_t at = (raw.size() - kSample) * (2 * i + 1) / (2 * kSamples);
      strings.add(raw.subspan(at, kSample));
    }
  }
  const std::size_t percent = strings.fresh_percent();
  return percent >= kDensePercent && percent < kRandomPercent;
}

// Below this a failed attempt costs less than the probe.
constexpr std::size_t kProbeFrom = 32 * kKiB;

struct JobCoder final : PartEncodeJob::Coder {
  std::unique_ptr<DeflateCoder> deflate;
  std::unique_ptr<gzip::PartCoder> store;
};

class DeflateJob final : public PartEncodeJob {
 public:
  DeflateJob(Source& source, Sink& sink, const Config& config, int level)
      : PartEncodeJob(source, sink, config), level_(level) {}

 private:
  Result<std::unique_ptr<Coder>> make_coder() override {
    auto coder = std::make_unique<JobCoder>();
    auto deflate = DeflateCoder::make(level_);
    if (!deflate.ok()) {
      return deflate.status();
    }
    auto store = gzip::make_part_coder(0);
    if (!store.ok()) {
      return store.status();
    }
    coder->deflate = std::move(*deflate);
    coder->store = std::move(*store);
    return std::unique_ptr<Coder>(std::move(coder));
  }

  Status begin(std::vector<std::byte>& /*header*/) override { return {}; }

  Status encode(Part& part, Coder& coder) override {
    auto& own = static_cast<JobCoder&>(coder);
    const auto end = part.last ? gzip::PartEnd::kFinal : gzip::PartEnd::kAligned;
    const MutableByteSpan room = part.coded.first(config().max_coded);
    const auto size = DeflateCoder::worth_coding(part.raw)
                          ? own.deflate->encode(part.raw, end, room)
                          : own.store->encode(part.raw, end, room);
    part.coded_size = size.ok() ? *size : 0;
    return size.status();
  }

  Status append(Part& /*part*/) override { return {}; }
  Status end(std::vector<std::byte>& /*trailer*/) override { return {}; }

  int level_;
};

}  // namespace

Result<std::unique_ptr<DeflateCoder>> DeflateCoder::make(int level) {
  auto coder = std::make_unique<DeflateCoder>();
  auto first = gzip::make_part_coder(part_level(level));
  if (!first.ok()) {
    return first.status();
  }
  coder->first_ = std::move(*first);
  if (level == kMixedLevel) {
    auto dense = gzip::make_part_coder(kSearch);
    if (!dense.ok()) {
      return dense.status();
    }
    coder->dense_ = std::move(*dense);
  }
  return coder;
}

std::uint64_t DeflateCoder::memory(int level) {
  return gzip::part_coder_memory(part_level(level)) +
         (level == kMixedLevel ? gzip::part_coder_memory(kSearch) : 0);
}

bool DeflateCoder::worth_coding(ByteSpan raw) {
  return raw.size() < kProbeFrom || probe_content(raw) != ContentClass::kIncompressible;
}

Result<std::size_t> DeflateCoder::encode(ByteSpan raw, gzip::PartEnd end, MutableByteSpan out) {
  gzip::PartCoder& coder = dense_ && is_dense(raw) ? *dense_ : *first_;
  return coder.encode(raw, end, out);
}

Result<std::unique_ptr<StagedJob>> make_deflate_job(Source& source, Sink& sink, int level) {
  const std::size_t part =
      gzip::default_part_size(level == kMixedLevel ? kSearch : part_level(level));
  const PartEncodeJob::Config config{.part_size = part,
                                     .max_coded = gzip::max_part_size(part),
                                     .coder_bytes = DeflateCoder::memory(level) + part};
  return std::unique_ptr<StagedJob>(std::make_unique<DeflateJob>(source, sink, config, level));
}

}  // namespace kompakt::zip
