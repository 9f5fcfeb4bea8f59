/// \file
/// Decoding of one legacy chunk, with decoders that a worker keeps for the next one.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>

#include "container/legacy/layout.hpp"
#include "kompakt/codec.hpp"

namespace kompakt::legacy {

/// How the bytes of a chunk are to be understood, whatever the layout calls it.
enum class Coding : std::uint8_t {
  kZstd,
  kLz4Frame,
  kLz4BlockOrFrame,  ///< stream v2 says block, but some of its writers made frames
  kSnappy,
  kBrotli,
  kCopy,
  kZero,  ///< no payload
};

[[nodiscard]] Coding coding_of(TableMethod method) noexcept;
[[nodiscard]] Coding coding_of(StreamMethod method) noexcept;

/// A streaming decoder for the codings that have one.
[[nodiscard]] Result<std::unique_ptr<StreamCoder>> make_stream_decoder(Coding coding,
                                                                       const Limits& limits);

/// The most memory that decoding chunks of up to `chunk_size` bytes takes besides the chunks.
[[nodiscard]] std::uint64_t decoder_memory(Coding coding, std::uint64_t chunk_size);

/// The length that a raw snappy block gives itself in its first bytes (at most
/// kMaxSnappyLengthSize of them). kCorrupt when it is malformed, kTruncated when it is cut off.
inline constexpr std::size_t kMaxSnappyLengthSize = 5;
[[nodiscard]] Result<std::uint64_t> snappy_length(ByteSpan head);

/// Decodes chunks one after another. One thread at a time.
class ChunkDecoder {
 public:
  explicit ChunkDecoder(const Limits& limits) : limits_(limits) {}
  /// Decodes `stored` so that it fills `out`; kCorrupt when it does not fill it exactly.
  [[nodiscard]] Status decode(Coding coding, ByteSpan stored, MutableByteSpan out);

 private:
  // The index of decoders_; the two framings of LZ4 are two decoders.
  enum class Kind : std::uint8_t { kZstd, kLz4Block, kLz4Frame, kSnappy, kBrotli };
  static Kind kind_of(Coding coding, ByteSpan stored) noexcept;
  Result<Decoder*> decoder(Kind kind);

  Limits limits_;
  std::array<std::unique_ptr<Decoder>, 5> decoders_;
};

}  // namespace kompakt::legacy
