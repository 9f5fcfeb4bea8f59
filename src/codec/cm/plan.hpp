/// \file
/// What the cm codec does with a block: which regions are coded together, as what, and after which
/// filter.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "kompakt/bytes.hpp"
#include "mixing/stream.hpp"

namespace kompakt::cm {

/// How much is spent. Values are on the wire: append only.
enum class Depth : std::uint8_t {
  kSorted = 0,  ///< no mixing: every stream is sorted
  kFast = 1,    ///< code and tables are mixed, what is large of the rest is sorted
  kMedium = 2,
  kStrong = 3,
  kStrongest = 4,
};
inline constexpr unsigned kDepths = 5;

/// What the models are. Values are on the wire.
enum class Version : std::uint8_t {
  kOne = 1,
  /// What a match foresees for sure is one decision, binary data of any layout is one stream, and
  /// kStrong has more contexts for text.
  kTwo = 2,
  /// kMedium leaves out what gains least for its time. The other depths are those of kTwo.
  kThree = 3,
};
inline constexpr Version kNewest = Version::kThree;

/// What an encoder is told.
struct Effort {
  Depth depth = Depth::kMedium;
  Version version = kNewest;
};

/// The settings of mixed streams that do not depend on the data.
[[nodiscard]] MixSettings mix_settings(Effort effort);

/// How a stream is coded. Values are on the wire: append only.
enum class Method : std::uint8_t {
  kStored = 0,
  kSorted = 1,  ///< by the bwt codec
  kMixed = 2,
};

/// What is done to a stream's bytes before they are coded. Values are on the wire: append only.
enum class Filter : std::uint8_t {
  kNone = 0,
  kX86 = 1,        ///< transform/e8e9.hpp, 32-bit code
  kX86Wide = 2,    ///< the same for 64-bit code
  kWords = 3,      ///< transform/word_replacement.hpp
  kSwapPairs = 4,  ///< the two bytes of every pair change places
};
inline constexpr unsigned kFilters = 5;

/// Regions of one kind, one behind the other.
struct Stream {
  Method method = Method::kMixed;
  Filter filter = Filter::kNone;
  MixSettings settings;
  std::size_t size = 0;  ///< of its regions together
};

struct Region {
  std::size_t stream = 0;  ///< index
  std::size_t size = 0;
  std::uint32_t stride = 0;  ///< of its records, where has_stretches() says that it has its own
};

/// Whether the regions of a stream have strides of their own, so that binary data of any layout is
/// one stream: from version 2 on.
[[nodiscard]] constexpr bool has_stretches(Effort effort, const Stream& stream) {
  return effort.version != Version::kOne && effort.depth >= Depth::kMedium &&
         stream.method == Method::kMixed && stream.settings.model == MixModel::kRecords;
}

struct Plan {
  std::vector<Stream> streams;
  std::vector<Region> regions;  ///< in the order of the block, covering it
};

/// At most this many of each: more are joined.
inline constexpr std::size_t kMaxStreams = 64;
inline constexpr std::size_t kMaxRegions = 65536;

/// The plan for `block`, by the kinds of data found in it.
[[nodiscard]] Plan make_plan(ByteSpan block, Effort effort);

}  // namespace kompakt::cm
