/// \file
/// Coding of a stream of one kind of data by context mixing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "core/buffer.hpp"
#include "kompakt/bytes.hpp"
#include "kompakt/status.hpp"

namespace kompakt {

struct MixJob;
struct PrimedArea;
struct PrimedAreaDeleter {
  void operator()(PrimedArea* area) const noexcept;
};

/// Context lists. Values are stored in streams: append only.
enum class MixModel : std::uint8_t {
  kRecords = 0,  ///< binary data, with records or without
  kText = 1,
  kX86 = 2,
  kRaster = 3,
};
inline constexpr unsigned kMixModels = 4;

/// How many contexts, weight sets and bytes of memory. Values follow from what is stored in
/// streams: append only.
enum class MixStrength : std::uint8_t {
  kFast = 0,
  kMedium = 1,
  kStrong = 2,
  kStrongest = 3,
  kWide = 4,  ///< kStrong with twice the contexts for text
  kLean = 5,  ///< kMedium with what gains least for its time left out
};
inline constexpr unsigned kMixStrengths = 6;

/// Instruction sets that the kernels are compiled for; all give the same bytes.
enum class MixTarget : std::uint8_t { kPlain, kSse4, kAvx2 };
/// The best that this processor has.
[[nodiscard]] MixTarget best_mix_target() noexcept;

/// What coding and decoding have to agree on.
struct MixSettings {
  MixModel model = MixModel::kRecords;
  MixStrength strength = MixStrength::kMedium;
  std::uint32_t stride = 0;        ///< bytes of a record or of a raster's row
  std::uint32_t sample_bytes = 1;  ///< raster: 1 to 4; 2 are 16-bit samples, the high byte first
  bool sure_matches = false;  ///< what a match foresees for sure is one decision: sure_match.hpp

  friend bool operator==(const MixSettings&, const MixSettings&) = default;
};
/// A part of a kRecords stream that has a stride of its own.
struct MixStretch {
  std::size_t size = 0;
  std::uint32_t stride = 0;
};
/// The greatest stride.
inline constexpr std::uint32_t kMaxMixStride = 65536;

/// Bytes that a MixCoder holds for a stream of `size` bytes after `known`, the spans not counted.
[[nodiscard]] std::uint64_t mix_memory(const MixSettings& settings, ByteSpan known,
                                       std::size_t size);

/// Codes streams, one after the other; keeps its memory, and what the last known bytes taught.
class MixCoder {
 public:
  /// `target`: one that this processor has.
  explicit MixCoder(MixTarget target = best_mix_target()) noexcept;
  MixCoder(const MixCoder&) = delete;
  MixCoder& operator=(const MixCoder&) = delete;
  MixCoder(MixCoder&&) noexcept;
  MixCoder& operator=(MixCoder&&) noexcept;
  ~MixCoder();

  /// `known`: bytes that both sides have and that the models see first. nullopt where the encoding
  /// does not fit into `out`. At most 2^31 bytes in all. `stretches`: from the first byte behind
  /// the known ones on, each takes the place of settings.stride.
  [[nodiscard]] std::optional<std::size_t> encode(const MixSettings& settings, ByteSpan known,
                                                  ByteSpan in, MutableByteSpan out,
                                                  std::span<const MixStretch> stretches = {});
  /// Fills all of `out`. kCorrupt where `in` ends long before that.
  [[nodiscard]] Status decode(const MixSettings& settings, ByteSpan known, ByteSpan in,
                              MutableByteSpan out, std::span<const MixStretch> stretches = {});

 private:
  std::uint8_t* history_of(ByteSpan known, ByteSpan in);
  bool run(MixJob& job, ByteSpan known);
  void prime(MixJob& job, ByteSpan known, std::size_t bytes);

  MixTarget target_;
  Buffer tables_;
  Buffer joined_;
  std::unique_ptr<PrimedArea, PrimedAreaDeleter> primed_;
};

}  // namespace kompakt
