#include "archive/zip/zip_write_deflate.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "chunk/probe.hpp"
#include "format/common/part_encode_job.hpp"

namespace kompakt::zip {
namespace {

// On the scale of gzip's part coder, which leaves libdeflate's 9 out.
constexpr int kLazy = 8;
constexpr int kSearch = 9;
constexpr int kMixedLevel = 9;
int part_level(int level) {
  if (level == kMixedLevel) {
    return kLazy;
  }
  return level > kMixedLevel ? level - 1 : level;
}

// What is coded to more than this share of itself is dense.
constexpr std::size_t kDensePercent = 28;

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
  auto size = first_->encode(raw, end, out);
  // Content that hardly shrinks at all will not shrink by a search either.
  if (!size.ok() || !dense_ || *size * 100 < raw.size() * kDensePercent ||
      *size > raw.size() - raw.size() / 64) {
    return size;
  }
  const std::size_t room = gzip::max_part_size(raw.size());
  second_.resize_discard(room);
  const auto better = dense_->encode(raw, end, second_.first(room));
  if (better.ok() && *better < *size) {
    const ByteSpan coded = std::as_const(second_).first(*better);
    std::copy(coded.begin(), coded.end(), out.begin());
  }
  return !better.ok() || *better < *size ? better : size;
}

Result<std::unique_ptr<StagedJob>> make_deflate_job(Source& source, Sink& sink, int level) {
  const std::size_t part = gzip::default_part_size(part_level(level));
  const PartEncodeJob::Config config{.part_size = part,
                                     .max_coded = gzip::max_part_size(part),
                                     .coder_bytes = DeflateCoder::memory(level) + part};
  return std::unique_ptr<StagedJob>(std::make_unique<DeflateJob>(source, sink, config, level));
}

}  // namespace kompakt::zip
