#include "container/legacy/chunk_decoder.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <string>

#include "core/endian.hpp"

namespace kompakt::legacy {
namespace {

constexpr std::uint32_t kLz4FrameMagic = 0x184D2204;
// The lz4 codec's wire parameter that selects the frame format.
constexpr std::array kLz4FrameParameter = {std::byte{1}};

struct CodecBinding {
  CodecId id = CodecId::kStore;
  ByteSpan parameters;
};

CodecBinding binding_of(Coding coding) {
  switch (coding) {
    case Coding::kZstd:
      return {CodecId::kZstd, {}};
    case Coding::kLz4Frame:
      return {CodecId::kLz4, kLz4FrameParameter};
    case Coding::kLz4BlockOrFrame:
      return {CodecId::kLz4, {}};
    case Coding::kSnappy:
      return {CodecId::kSnappy, {}};
    case Coding::kBrotli:
      return {CodecId::kBrotli, {}};
    case Coding::kCopy:
    case Coding::kZero:
      break;
  }
  return {CodecId::kStore, {}};
}

Result<const Codec*> require_codec(CodecId id) {
  const Codec* codec = find_codec(id);
  if (codec == nullptr) {
    return Status(Code::kUnsupported, "this build lacks the codec of this file");
  }
  return codec;
}

}  // namespace

Coding coding_of(TableMethod method) noexcept {
  switch (method) {
    case TableMethod::kLz4:
      return Coding::kLz4Frame;
    case TableMethod::kZstd:
      return Coding::kZstd;
    case TableMethod::kSnappy:
      return Coding::kSnappy;
    case TableMethod::kBrotli:
      break;
  }
  return Coding::kBrotli;
}

Coding coding_of(StreamMethod method) noexcept {
  switch (method) {
    case StreamMethod::kZstd:
      return Coding::kZstd;
    case StreamMethod::kLz4:
      return Coding::kLz4BlockOrFrame;
    case StreamMethod::kSnappy:
      return Coding::kSnappy;
    case StreamMethod::kCopy:
      return Coding::kCopy;
    case StreamMethod::kZero:
      break;
  }
  return Coding::kZero;
}

Result<std::unique_ptr<StreamCoder>> make_stream_decoder(Coding coding, const Limits& limits) {
  const CodecBinding binding = binding_of(coding);
  const auto codec = require_codec(binding.id);
  return codec.ok() ? (*codec)->make_stream_decoder(binding.parameters, limits) : codec.status();
}

std::uint64_t decoder_memory(Coding coding, std::uint64_t chunk_size) {
  const Codec* codec = find_codec(binding_of(coding).id);
  if (codec == nullptr) {
    return 0;
  }
  CodecOptions options(codec->info().options);
  if (coding == Coding::kLz4Frame && !options.set("framing", "frame").ok()) {
    return 0;
  }
  return codec->memory(options, static_cast<std::size_t>(chunk_size)).decode;
}

Result<std::uint64_t> snappy_length(ByteSpan head) {
  // Seven bits a byte, the lowest first; the top bit says that another byte follows.
  std::uint64_t length = 0;
  for (std::size_t i = 0; i < kMaxSnappyLengthSize; ++i) {
    if (i == head.size()) {
      return Status(Code::kTruncated, "snappy: the block ends inside its length");
    }
    const auto octet = std::to_integer<std::uint64_t>(head[i]);
    length |= (octet & 0x7FU) << (7 * i);
    if (octet < 0x80U) {
      return length <= std::numeric_limits<std::uint32_t>::max()
                 ? Result<std::uint64_t>(length)
                 : Status(Code::kCorrupt, "snappy: the length does not fit 32 bits");
    }
  }
  return Status(Code::kCorrupt, "snappy: the length is malformed");
}

ChunkDecoder::Kind ChunkDecoder::kind_of(Coding coding, ByteSpan stored) noexcept {
  switch (coding) {
    case Coding::kZstd:
      return Kind::kZstd;
    case Coding::kLz4Frame:
      return Kind::kLz4Frame;
    case Coding::kLz4BlockOrFrame:
      // Read as a block, the frame's magic is a match that begins before the output: no block
      // starts with it, so there is nothing to guess.
      return stored.size() >= sizeof(kLz4FrameMagic) &&
                     load_le<std::uint32_t>(stored) == kLz4FrameMagic
                 ? Kind::kLz4Frame
                 : Kind::kLz4Block;
    case Coding::kSnappy:
      return Kind::kSnappy;
    default:
      return Kind::kBrotli;
  }
}

Result<Decoder*> ChunkDecoder::decoder(Kind kind) {
  static constexpr std::array kCodings = {Coding::kZstd, Coding::kLz4BlockOrFrame,
                                          Coding::kLz4Frame, Coding::kSnappy, Coding::kBrotli};
  const auto row = static_cast<std::size_t>(kind);
  if (!decoders_[row]) {
    const CodecBinding binding = binding_of(kCodings[row]);
    const auto codec = require_codec(binding.id);
    if (!codec.ok()) {
      return codec.status();
    }
    auto made = (*codec)->make_decoder(binding.parameters, limits_);
    if (!made.ok()) {
      return made.status();
    }
    decoders_[row] = std::move(*made);
  }
  return decoders_[row].get();
}

Status ChunkDecoder::decode(Coding coding, ByteSpan stored, MutableByteSpan out) {
  if (coding == Coding::kZero) {
    std::fill(out.begin(), out.end(), std::byte{0});
    return {};
  }
  if (coding == Coding::kCopy) {
    if (stored.size() != out.size()) {
      return {Code::kCorrupt, "the sizes of a copied chunk differ"};
    }
    std::copy(stored.begin(), stored.end(), out.begin());
    return {};
  }
  const auto ready = decoder(kind_of(coding, stored));
  if (!ready.ok()) {
    return ready.status();
  }
  const auto size = (*ready)->decode(stored, out);
  if (!size.ok()) {
    return size.status();
  }
  return *size == out.size()
             ? Status()
             : Status(Code::kCorrupt, "the chunk decodes to " + std::to_string(*size) +
                                          " bytes instead of " + std::to_string(out.size()));
}

}  // namespace kompakt::legacy
