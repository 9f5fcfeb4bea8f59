/// \file
/// Cuts stretches off the input and decodes them; both without regard to what lies before them.
#pragma once

#include <memory>

#include "codec/deflate/framing.hpp"
#include "codec/deflate/inflate/inflater.hpp"
#include "format/common/input_reader.hpp"
#include "format/gzip/stretch.hpp"
#include "kompakt/status.hpp"

struct libdeflate_decompressor;

namespace kompakt::gzip {

/// The most content that a stretch may claim, and the most input that one may be: beyond it the
/// input is decoded from front to back.
inline constexpr std::size_t kMaxStretch = std::size_t{32} << 20U;

/// Bytes from the reader's front up to and with the next mark; 0 where there is none within
/// what a part of `part_size` content bytes can take.
[[nodiscard]] Result<std::size_t> measure_part(InputReader& reader, std::size_t part_size);

/// A run of gzip members at the reader's front that tell their sizes.
struct MemberRun {
  std::size_t size = 0;  ///< input bytes; 0: the first does not tell, or cannot be believed
  std::size_t content = 0;
};
/// What a run of members may come to: about as much work as a part.
inline constexpr std::size_t kMemberRunContent = std::size_t{2} << 20U;
/// The run ends with the member that takes it to `content` or beyond.
[[nodiscard]] Result<MemberRun> measure_members(InputReader& reader, std::size_t content);

/// A chunk's input, what is read beyond it to end its last block, and the content that it may come
/// to. What does not end or fit within these is decoded from front to back.
inline constexpr std::size_t kChunk = std::size_t{1} << 20U;
inline constexpr std::size_t kChunkAhead = std::size_t{256} << 10U;
inline constexpr std::size_t kChunkContent = 16 * kChunk;
/// Memory of a chunk at most.
inline constexpr std::size_t kChunkMemory = kChunk + kChunkAhead + 3 * (kWindow + kChunkContent);

/// One thread at a time.
class StretchDecoder {
 public:
  StretchDecoder();
  StretchDecoder(const StretchDecoder&) = delete;
  StretchDecoder& operator=(const StretchDecoder&) = delete;
  StretchDecoder(StretchDecoder&&) = delete;
  StretchDecoder& operator=(StretchDecoder&&) = delete;
  ~StretchDecoder();

  /// Sets `good` and, where it is true, the content.
  void decode(Stretch& stretch, deflate::Framing framing);

 private:
  [[nodiscard]] bool decode_part(Stretch& stretch);
  [[nodiscard]] bool decode_members(Stretch& stretch);
  [[nodiscard]] bool decode_chunk(Stretch& stretch);
  [[nodiscard]] bool speculate(Stretch& stretch);
  [[nodiscard]] bool speculate_bytes(Stretch& stretch);
  [[nodiscard]] bool settle(Stretch& stretch, deflate::Halt halt) const;

  libdeflate_decompressor* decompressor_;
  deflate::Inflater inflater_;
};

}  // namespace kompakt::gzip
