// The writer: one stream of parts that are coded apart.
#include <brotli/encode.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <string>

#include "format/brotli/jobs.hpp"
#include "format/common/huge_allocator.hpp"
#include "format/common/part_encode_job.hpp"

namespace kompakt {
namespace {

constexpr int kDefaultQuality = BROTLI_MAX_QUALITY;
constexpr std::uint64_t kMinPart = 64 * kKiB;
constexpr std::uint64_t kMaxPart = kGiB;
// Each part learns its statistics anew and finds no match in the one before: larger parts cost
// fewer bytes, smaller ones keep more cores busy.
constexpr std::uint64_t kPart = 16 * kMiB;
// The models of the strongest qualities gain more from length, and are slow enough for fewer parts.
constexpr std::uint64_t kStrongPart = 32 * kMiB;
constexpr int kFirstStrong = 10;

// Larger sizes and offsets have the effect of this one.
constexpr std::uint64_t kMaxHint = std::uint64_t{1} << 30U;

struct Coding {
  std::uint32_t quality = kDefaultQuality;
  std::uint32_t window_bits = BROTLI_MAX_WINDOW_BITS;
};

void* allocate(void* opaque, std::size_t size) {
  return static_cast<HugeAllocator*>(opaque)->allocate(size);
}
void release(void* opaque, void* pointer) { static_cast<HugeAllocator*>(opaque)->release(pointer); }

struct StateDeleter {
  void operator()(BrotliEncoderState* state) const noexcept { BrotliEncoderDestroyInstance(state); }
};

struct BrotliCoder final : PartEncodeJob::Coder {
  HugeAllocator memory;
};

class BrotliEncodeJob final : public PartEncodeJob {
 public:
  BrotliEncodeJob(Source& source, Sink& sink, const Config& config, const Coding& coding)
      : PartEncodeJob(source, sink, config), coding_(coding) {}

 protected:
  Result<std::unique_ptr<Coder>> make_coder() override {
    return std::unique_ptr<Coder>(std::make_unique<BrotliCoder>());
  }
  Status begin(std::vector<std::byte>& /*header*/) override { return {}; }

  Status encode(Part& part, Coder& coder) override {
    const std::unique_ptr<BrotliEncoderState, StateDeleter> state(
        BrotliEncoderCreateInstance(allocate, release, &static_cast<BrotliCoder&>(coder).memory));
    if (!state) {
      return {Code::kLimitExceeded, "brotli: no memory"};
    }
    const auto set = [&state](BrotliEncoderParameter parameter, std::uint64_t value) {
      return BrotliEncoderSetParameter(state.get(), parameter,
                                       static_cast<std::uint32_t>(std::min<std::uint64_t>(
                                           value, kMaxHint))) == BROTLI_TRUE;
    };
    // A part with an offset begins without a stream header and takes nothing of what the parts
    // before it left in the decoder: no distances, no context of literals.
    const bool ready = set(BROTLI_PARAM_QUALITY, coding_.quality) &&
                       set(BROTLI_PARAM_LGWIN, coding_.window_bits) &&
                       set(BROTLI_PARAM_SIZE_HINT, part.size) &&
                       set(BROTLI_PARAM_STREAM_OFFSET, part.offset);
    if (!ready) {
      return {Code::kInternal, "brotli: the library rejects these options"};
    }
    const auto* next_in = reinterpret_cast<const std::uint8_t*>(part.raw.data());
    auto* next_out = reinterpret_cast<std::uint8_t*>(part.coded.data());
    std::size_t in_left = part.raw.size();
    std::size_t out_left = config().max_coded;
    const auto operation = part.last ? BROTLI_OPERATION_FINISH : BROTLI_OPERATION_FLUSH;
    do {
      if (BrotliEncoderCompressStream(state.get(), operation, &in_left, &next_in, &out_left,
                                      &next_out, nullptr) != BROTLI_TRUE) {
        return {Code::kLimitExceeded, "brotli: no memory"};
      }
      if (out_left == 0) {
        return {Code::kInternal, "brotli: the encoder wants more room than stated"};
      }
    } while (in_left != 0 || BrotliEncoderHasMoreOutput(state.get()) == BROTLI_TRUE);
    part.coded_size = config().max_coded - out_left;
    return {};
  }

  Status append(Part& /*part*/) override { return {}; }
  Status end(std::vector<std::byte>& /*trailer*/) override { return {}; }

 private:
  Coding coding_;
};

Status check_wishes(const EncodeSettings& settings) {
  const auto reject = [](const char* what) {
    return Status(Code::kInvalidArgument, std::string("brotli has no ") + what);
  };
  if (settings.level &&
      (*settings.level < BROTLI_MIN_QUALITY || *settings.level > BROTLI_MAX_QUALITY)) {
    return {Code::kInvalidArgument, "brotli: the level must be 0 to 11"};
  }
  if (settings.window_log && (*settings.window_log < BROTLI_MIN_WINDOW_BITS ||
                              *settings.window_log > BROTLI_MAX_WINDOW_BITS)) {
    return {Code::kInvalidArgument, "brotli: the window log must be 10 to 24"};
  }
  if (settings.block_size && (*settings.block_size < kMinPart || *settings.block_size > kMaxPart)) {
    return {Code::kInvalidArgument, "brotli: the block size must be 64 KiB to 1 GiB"};
  }
  if (settings.extreme) {
    return reject("option extreme");
  }
  if (settings.seekable) {
    return reject("seekable form");
  }
  if (settings.dictionary) {
    return reject("option dictionary");
  }
  if (!settings.check.empty()) {
    return reject("checks");
  }
  if (settings.name || settings.modified) {
    return reject("room for a name or time");
  }
  return {};
}

// What an encoder holds: the window twice, its match finder, and the commands and statistics of one
// block. Measured against the library's allocations.
std::uint64_t coder_memory(const Coding& coding) {
  constexpr std::uint64_t kOther = 24 * kMiB;
  constexpr std::uint32_t kFirstChained = 5;
  constexpr std::uint32_t kFirstTree = 10;
  const std::uint64_t window = std::uint64_t{1} << coding.window_bits;
  std::uint64_t finder = 2 * kMiB;
  if (coding.quality >= kFirstTree) {
    finder = 8 * window;
  } else if (coding.quality >= kFirstChained) {
    finder = (128 * kKiB) << (coding.quality - 1);
  }
  return 2 * window + finder + kOther;
}

// As the stock tool chooses it: no larger than the content wants.
std::uint32_t window_for(std::optional<std::uint64_t> total) {
  if (!total || *total == 0) {
    return BROTLI_MAX_WINDOW_BITS;
  }
  constexpr std::uint32_t kSmallest = 16;
  constexpr std::uint64_t kGap = 16;  // of distances that a window of 2^n bytes does not reach
  std::uint32_t bits = kSmallest;
  while (bits < BROTLI_MAX_WINDOW_BITS && (std::uint64_t{1} << bits) - kGap < *total) {
    ++bits;
  }
  return bits;
}

std::uint64_t part_size(const EncodeSettings& settings, std::optional<std::uint64_t> total) {
  if (settings.block_size) {
    return *settings.block_size;
  }
  const std::uint64_t wanted =
      settings.level.value_or(kDefaultQuality) >= kFirstStrong ? kStrongPart : kPart;
  if (!total || *total == 0) {
    return wanted;
  }
  // Equal parts, an even number of them.
  std::uint64_t count = (*total - 1) / wanted + 1;
  count += count > 1 ? count % 2 : 0;
  return std::max(kMinPart, (*total - 1) / count + 1);
}

}  // namespace

Result<std::unique_ptr<StagedJob>> make_brotli_encoder(Source& source, Sink& sink,
                                                       const EncodeSettings& settings) {
  if (Status allowed = check_wishes(settings); !allowed.ok()) {
    return allowed;
  }
  const auto total = source.random_access() ? source.size() : std::nullopt;
  const Coding coding{
      .quality = static_cast<std::uint32_t>(settings.level.value_or(kDefaultQuality)),
      .window_bits = settings.window_log ? static_cast<std::uint32_t>(*settings.window_log)
                                         : window_for(total)};
  const auto size = static_cast<std::size_t>(part_size(settings, total));
  constexpr std::size_t kSlack = 64;
  const PartEncodeJob::Config config{
      .part_size = size,
      .max_coded = BrotliEncoderMaxCompressedSize(size) + kSlack,
      .coder_bytes = coder_memory(coding),
  };
  return std::unique_ptr<StagedJob>(
      std::make_unique<BrotliEncodeJob>(source, sink, config, coding));
}

}  // namespace kompakt
