#include "mixing/stream.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "mixing/primed_area.hpp"
#include "mixing/stream_job.hpp"

namespace kompakt {
namespace {

constexpr std::size_t kMostBytes = std::size_t{1} << 31U;

// Of primed streams: larger tables would take longer to copy than a small stream to code.
constexpr unsigned kPrimedSlotBits = 24;
constexpr unsigned kPrimedMatchBits = 16;

struct Row {
  unsigned slot_bits;
  unsigned match_bits;
};
constexpr std::array<Row, kMixStrengths> kLargest = {Row{24, 17}, Row{27, 20}, Row{27, 20},
                                                     Row{29, 21}, Row{27, 20}, Row{26, 20}};

MixKernelRow kernel_of(const MixSettings& settings, MixTarget target) {
  switch (settings.model) {
    case MixModel::kText:
      return text_kernel(settings.strength, target);
    case MixModel::kX86:
      return x86_kernel(settings.strength, target);
    case MixModel::kRaster:
      return raster_kernel(settings.strength, target);
    case MixModel::kRecords:
      break;
  }
  return records_kernel(settings.strength, target);
}

std::uint8_t* memory_of(Buffer& buffer, std::size_t bytes) {
  buffer.resize_discard(bytes);
  return reinterpret_cast<std::uint8_t*>(buffer.data());
}

MixTables tables_for(const MixSettings& settings, ByteSpan known, std::size_t size) {
  return known.empty() ? mix_tables(settings.strength, size) : primed_tables(settings.strength);
}

std::size_t table_memory(const MixTables& tables) {
  return (std::size_t{1} << tables.slot_bits) + (std::size_t{16} << tables.match_bits);
}

}  // namespace

MixTables mix_tables(MixStrength strength, std::size_t size) {
  // 256 bytes of slots for each byte of a stream are more than it can fill.
  const auto bits = static_cast<unsigned>(std::bit_width(size | 1U));
  const Row& largest = kLargest[static_cast<std::size_t>(strength)];
  return {.slot_bits = std::clamp(bits + 8, 16U, largest.slot_bits),
          .match_bits = std::clamp(bits, 10U, largest.match_bits)};
}

MixTables primed_tables(MixStrength strength) {
  const MixTables largest = mix_tables(strength, kMostBytes);
  return {.slot_bits = std::min(kPrimedSlotBits, largest.slot_bits),
          .match_bits = std::min(kPrimedMatchBits, largest.match_bits)};
}

std::uint64_t mix_memory(const MixSettings& settings, ByteSpan known, std::size_t size) {
  const std::size_t kernel = kernel_of(settings, best_mix_target()).memory;
  return known.empty()
             ? kernel + table_memory(mix_tables(settings.strength, size))
             : 2 * (kernel + table_memory(primed_tables(settings.strength))) + known.size() + size;
}

MixCoder::MixCoder(MixTarget target) noexcept : target_(target) {}
MixCoder::MixCoder(MixCoder&&) noexcept = default;
MixCoder& MixCoder::operator=(MixCoder&&) noexcept = default;
MixCoder::~MixCoder() = default;

std::optional<std::size_t> MixCoder::encode(const MixSettings& settings, ByteSpan known,
                                            ByteSpan in, MutableByteSpan out,
                                            std::span<const MixStretch> stretches) {
  if (in.size() > kMostBytes - known.size()) {
    return std::nullopt;
  }
  BinaryEncoder encoder(out);
  MixJob job = {.settings = settings,
                .tables = tables_for(settings, known, in.size()),
                .known = known.size(),
                .size = known.size() + in.size(),
                .stretches = stretches,
                .encoder = &encoder};
  // The kernel only reads the history of what it encodes.
  job.history = history_of(known, in);
  run(job, known);
  return encoder.finish();
}

Status MixCoder::decode(const MixSettings& settings, ByteSpan known, ByteSpan in,
                        MutableByteSpan out, std::span<const MixStretch> stretches) {
  if (out.size() > kMostBytes - known.size()) {
    return {Code::kLimitExceeded, "a stream of more than 2 GiB"};
  }
  BinaryDecoder decoder(in);
  MixJob job = {.settings = settings,
                .tables = tables_for(settings, known, out.size()),
                .known = known.size(),
                .size = known.size() + out.size(),
                .stretches = stretches,
                .decoder = &decoder};
  job.history =
      known.empty() ? reinterpret_cast<std::uint8_t*>(out.data()) : history_of(known, out);
  if (!run(job, known)) {
    return {Code::kCorrupt, "the coded bits end too early"};
  }
  if (decoder.consumed() != in.size()) {
    return {Code::kCorrupt, "there are bytes behind the coded bits"};
  }
  if (!known.empty()) {
    std::memcpy(out.data(), job.history + known.size(), out.size());
  }
  return {};
}

std::uint8_t* MixCoder::history_of(ByteSpan known, ByteSpan in) {
  if (known.empty()) {
    return reinterpret_cast<std::uint8_t*>(const_cast<std::byte*>(in.data()));
  }
  joined_.resize_discard(known.size() + in.size());
  std::memcpy(joined_.data(), known.data(), known.size());
  std::memcpy(joined_.data() + known.size(), in.data(), in.size());
  return reinterpret_cast<std::uint8_t*>(joined_.data());
}

bool MixCoder::run(MixJob& job, ByteSpan known) {
  const MixKernelRow kernel = kernel_of(job.settings, target_);
  const std::size_t bytes = kernel.memory + table_memory(job.tables);
  if (job.known == 0) {
    job.memory = memory_of(tables_, bytes);
    std::memset(job.memory, 0, bytes);
  } else {
    prime(job, known, bytes);
  }
  return kernel.run(job);
}

// Gives the job memory with what the known bytes teach.
void MixCoder::prime(MixJob& job, ByteSpan known, std::size_t bytes) {
  const PrimedKey key = {.settings = job.settings, .target = target_};
  if (!primed_ || primed_->key != key || !primed_->begins_with(known)) {
    primed_ = nullptr;  // so that it can be the one that is found
    primed_ = primed_area(key, known);
  }
  job.memory = memory_of(primed_->tables, bytes);
  if (primed_->taught.capacity() != 0) {
    std::memcpy(job.memory, primed_->taught.data(), bytes);
  } else {
    std::memset(job.memory, 0, bytes);
    MixJob lesson = job;
    lesson.size = lesson.known;
    lesson.encoder = nullptr;
    lesson.decoder = nullptr;
    kernel_of(lesson.settings, target_).run(lesson);
    primed_->taught.resize_discard(bytes);
    std::memcpy(primed_->taught.data(), job.memory, bytes);
  }
  job.start = MixStart::kTaught;
}

}  // namespace kompakt
