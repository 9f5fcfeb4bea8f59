/// \file
/// The loop over a stream's bits, for any context list. Compiled for each instruction set.

#if defined(KOMPAKT_MIXING_STREAM_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef KOMPAKT_MIXING_STREAM_INL
#undef KOMPAKT_MIXING_STREAM_INL
#else
#define KOMPAKT_MIXING_STREAM_INL
#endif

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <new>

#include "mixing/apm.hpp"
#include "mixing/bit_view.hpp"
#include "mixing/match_model.hpp"
#include "mixing/predictor-inl.hpp"
#include "mixing/stream_job.hpp"
#include "mixing/sure_match.hpp"

HWY_BEFORE_NAMESPACE();
namespace kompakt::HWY_NAMESPACE {

/// Where bits come from: an arithmetic code, or a byte that is known and may have to be coded.
/// One loop for all of these: the branches are foreseen, and three loops would take thrice as long
/// to compile.
struct BitSource {
  BinaryEncoder* encoder = nullptr;
  BinaryDecoder* decoder = nullptr;
  unsigned byte = 0;

  HWY_INLINE unsigned next(unsigned bit, std::uint32_t p) const {
    if (decoder != nullptr) {
      return decoder->decode(p);
    }
    const unsigned value = (byte >> (7 - bit)) & 1U;
    if (encoder != nullptr) {
      encoder->encode(value, p);
    }
    return value;
  }
  /// Whether the byte is `expected`, of which `p` is the probability.
  HWY_INLINE bool is(unsigned expected, std::uint32_t p) const {
    if (decoder != nullptr) {
      return decoder->decode(p) != 0;
    }
    const bool value = byte == expected;
    if (encoder != nullptr) {
      encoder->encode(value ? 1 : 0, p);
    }
    return value;
  }
  [[nodiscard]] bool sound() const {
    return (decoder == nullptr || !decoder->overread()) && (encoder == nullptr || encoder->fits());
  }
};

/// A context list (models/*.hpp) offers
///   kLists                          the strength with the same lists: those are compiled once
///   kContexts, kSets, kSetRows      how many hashes contexts() writes, weight sets, rows of each
///   kBySeen                         one more weight set, by how many contexts were seen
///   kLean                           one of the matches is asked for each byte, two maps refine
///   kShortMatch, kLongMatch         least lengths of the two match models
///   Model(settings)
///   update(history, position)       takes the byte before position
///   contexts(history, position, hashes)
///   select(view, rows)              a row of each weight set for the next bit
///   refine(view, rows)              a context of each of the two larger probability maps,
///                                   for a byte
///   set_stride(stride)              where strides may change along a stream
///   place(position)                 a hash of the place in a line, a record or the like, by which
///                                   bytes that change there are told from bytes that stay
template <class Model>
class MixStream {
 public:
  static constexpr std::size_t kApmRows = 8192;
  static constexpr bool kLean = Model::kLean;
  using Mixer = Predictor<Model::kContexts, Model::kSets, Model::kBySeen, kLean ? 1500 : 300>;
  static constexpr std::size_t kMapEntries = Mixer::kMapEntries;
  using Sure = SureMatch<kLean>;

  static constexpr std::size_t memory() {
    return rounded(sizeof(MixStream)) + kMapEntries * sizeof(AdaptiveEntry) +
           rounded(Mixer::weight_count(Model::kSetRows) * sizeof(std::int16_t));
  }

  static bool run(const MixJob& job) {
    static_assert(std::is_trivially_destructible_v<MixStream>);
    if (job.start == MixStart::kTaught) {
      return std::launder(reinterpret_cast<MixStream*>(job.memory))->code(job);
    }
    auto* stream = ::new (job.memory) MixStream(job, job.memory + rounded(sizeof(MixStream)));
    return stream->code(job);
  }

 private:
  static constexpr std::size_t rounded(std::size_t n) { return (n + 63) / 64 * 64; }
  static_assert(kBufferAlignment % 64 == 0);
  static std::uint8_t* after_maps(std::uint8_t* rest) {
    return rest + kMapEntries * sizeof(AdaptiveEntry);
  }
  static std::uint8_t* after_weights(std::uint8_t* rest) {
    return after_maps(rest) + rounded(Mixer::weight_count(Model::kSetRows) * sizeof(std::int16_t));
  }
  static std::uint64_t* match_table(const MixJob& job, std::uint8_t* rest, unsigned which) {
    return reinterpret_cast<std::uint64_t*>(after_weights(rest)) +
           (std::size_t{which} << job.tables.match_bits);
  }

  MixStream(const MixJob& job, std::uint8_t* rest)
      : sure_matches_(job.settings.sure_matches),
        model_(job.settings),
        mixer_(SlotTable(after_weights(rest) + (std::size_t{16} << job.tables.match_bits),
                         std::size_t{1} << job.tables.slot_bits),
               reinterpret_cast<AdaptiveEntry*>(rest),
               reinterpret_cast<std::int16_t*>(after_maps(rest)), Model::kSetRows),
        near_(match_table(job, rest, 0), job.tables.match_bits, Model::kShortMatch),
        far_(match_table(job, rest, 1), job.tables.match_bits, Model::kLongMatch) {}

  bool code(const MixJob& job) {
    auto position = static_cast<std::uint32_t>(job.start == MixStart::kTaught ? job.known : 0);
    BitSource known;
    for (; position < job.known; ++position) {
      known.byte = job.history[position];
      code_byte(job.history, position, known);
    }
    BitSource source = {.encoder = job.encoder, .decoder = job.decoder};
    auto stretch = job.stretches.begin();
    std::size_t begin = job.known;
    for (; position < job.size && source.sound(); ++position) {
      if constexpr (requires { model_.set_stride(0); }) {
        for (; stretch != job.stretches.end() && begin == position; ++stretch) {
          model_.set_stride(stretch->stride);
          begin += stretch->size;
        }
      }
      if (job.decoder != nullptr) {
        job.history[position] = code_byte(job.history, position, source);
      } else {
        source.byte = job.history[position];
        code_byte(job.history, position, source);
      }
    }
    return source.sound();
  }

  HWY_NOINLINE std::uint8_t code_byte(const std::uint8_t* history, std::uint32_t position,
                                      const BitSource& source) {
    if (position != 0) {
      model_.update(history, position);
    }
    if (position == 0) {
      return mix_byte(history, position, source);
    }
    const std::uint32_t last = history[position - 1];
    const bool by_far = sure_matches_ && far_.goes_on(last, Sure::kLeastLength);
    const bool by_near = sure_matches_ && near_.goes_on(last, Sure::kLeastLength);
    near_.update(history, position);
    far_.update(history, position);
    if (!by_far && !by_near) {
      return mix_byte(history, position, source);
    }
    const MatchModel& match = by_far ? far_ : near_;
    const unsigned expected = match.expected_byte();
    const std::uint32_t p =
        sure_.predict({.length = match.length(),
                       .expected = expected,
                       .last4 = last_four(history + position),
                       .place = model_.place(position),
                       .by_far = by_far,
                       .by_near = by_near && near_.expected_byte() == expected});
    std::uint8_t byte = 0;
    if (p < Sure::kSure) {
      byte = mix_byte(history, position, source);
    } else if (source.is(expected, p)) {
      byte = static_cast<std::uint8_t>(expected);
    } else {
      near_.drop(expected);
      far_.drop(expected);
      byte = mix_byte(history, position, source);
    }
    sure_.update(byte == expected);
    return byte;
  }

  // The four bytes before `end`, the last one lowest.
  static std::uint32_t last_four(const std::uint8_t* end) {
    return end[-1] | std::uint32_t{end[-2]} << 8U | std::uint32_t{end[-3]} << 16U |
           std::uint32_t{end[-4]} << 24U;
  }

  // Codes a byte bit by bit, under all contexts.
  HWY_NOINLINE std::uint8_t mix_byte(const std::uint8_t* history, std::uint32_t position,
                                     const BitSource& source) {
    alignas(64) std::array<std::uint32_t, Mixer::kLanes> hashes;
    std::fill(hashes.begin() + Model::kContexts, hashes.end(), 0U);
    model_.contexts(history, position, hashes.data());
    mixer_.begin_byte(hashes.data());
    view_.bit = 0;
    view_.partial = 1;
    ask_far_ = far_.length() != 0;
    see_matches();
    const std::array<std::size_t, 2> refiners = model_.refine(view_);
    if constexpr (!kLean) {
      by_byte_.begin_byte(0);
    }
    by_context_.begin_byte(refiners[0]);
    by_more_.begin_byte(refiners[1]);
    mixer_.open_slots();
    for (view_.bit = 0; view_.bit < 8; ++view_.bit) {
      if (view_.bit == 3) {
        mixer_.foresee_half(view_.partial);
      }
      if (view_.bit == 4) {
        mixer_.close_slots();
        mixer_.begin_half(view_.partial & 1U);
        mixer_.open_slots();
      }
      const std::uint32_t p = predict();
      const unsigned value = source.next(view_.bit, p);
      update(value);
      view_.partial = view_.partial * 2 + value;
    }
    mixer_.close_slots();
    return static_cast<std::uint8_t>(view_.partial);
  }

  HWY_INLINE std::uint32_t predict() {
    if constexpr (kLean) {
      mixer_.set_extra(asked().predict(view_.bit, view_.partial));
    } else {
      const std::uint64_t near = near_.predict(view_.bit, view_.partial);
      const std::uint64_t far = far_.predict(view_.bit, view_.partial);
      mixer_.set_extra(near | far << 32U);
    }
    see_matches();
    std::array<std::size_t, Model::kSets> rows;
    model_.select(view_, rows);
    for (std::size_t set = 0; set < Model::kSets; ++set) {
      mixer_.select(set, rows[set]);
    }
    mixer_.select_joint(view_.partial);
    if constexpr (!kLean) {
      by_byte_.select(view_.partial);
    }
    by_context_.select(view_.partial);
    by_more_.select(view_.partial);
    const ApmPoint point(mixer_.predict());
    int p = mixer_.probability();
    if constexpr (kLean) {
      p *= 2;
    } else {
      p += by_byte_.refine(point);
    }
    p += 3 * (by_context_.refine(point) + by_more_.refine(point));
    return static_cast<std::uint32_t>(std::min(std::max((p + 4) >> 3, kLeast), 65536 - kLeast));
  }

  HWY_INLINE void update(unsigned bit) {
    by_context_.update(bit);
    by_more_.update(bit);
    if constexpr (kLean) {
      asked().update_bit(bit);
    } else {
      by_byte_.update(bit);
      near_.update_bit(bit);
      far_.update_bit(bit);
    }
    mixer_.update(bit);
  }

  // Of a lean model: that of the longer match.
  HWY_INLINE MatchModel& asked() { return ask_far_ ? far_ : near_; }
  HWY_INLINE void see_matches() {
    if constexpr (kLean) {
      view_.see_one(asked(), ask_far_);
    } else {
      view_.see(near_, far_);
    }
  }

  static constexpr int kLeast = 2;  // of a probability, in units of 1 / 65536

  bool sure_matches_;
  Model model_;
  Mixer mixer_;
  MatchModel near_;
  MatchModel far_;
  Sure sure_;
  bool ask_far_ = false;
  Apm<256> by_byte_{7};
  Apm<kApmRows> by_context_{6};
  Apm<kApmRows> by_more_{6};
  BitView view_;
};

/// The kernels of one context list, as a table by strength.
template <template <MixStrength> class Model>
MixKernelRow kernel_for(MixStrength strength) {
  static constexpr auto kRow = []<MixStrength kStrength>() {
    using Stream = MixStream<Model<Model<kStrength>::kLists>>;
    return MixKernelRow{&Stream::run, Stream::memory()};
  };
  switch (strength) {
    case MixStrength::kFast:
      return kRow.template operator()<MixStrength::kFast>();
    case MixStrength::kMedium:
      return kRow.template operator()<MixStrength::kMedium>();
    case MixStrength::kStrong:
      return kRow.template operator()<MixStrength::kStrong>();
    case MixStrength::kWide:
      return kRow.template operator()<MixStrength::kWide>();
    case MixStrength::kLean:
      return kRow.template operator()<MixStrength::kLean>();
    case MixStrength::kStrongest:
      break;
  }
  return kRow.template operator()<MixStrength::kStrongest>();
}

}  // namespace kompakt::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard, once for each target
