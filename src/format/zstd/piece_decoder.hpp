/// \file
/// Decodes one frame from front to back into memory that stays readable while others still check
/// and write what was decoded before.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>

#include "core/buffer.hpp"
#include "format/common/input_reader.hpp"
#include "format/zstd/frame.hpp"
#include "format/zstd/library.hpp"

namespace kompakt::zstd {

/// The window and the pieces in flight share one ring, so the library copies nothing: a block is
/// decoded behind its window and handed on from where it is.
class PieceDecoder {
 public:
  struct Piece {
    std::shared_ptr<const std::byte> ring;  ///< keeps `bytes` alive
    ByteSpan bytes;
    std::uint64_t blocks = 0;
    bool closes = false;                 ///< the frame ends behind it
    std::optional<std::uint32_t> check;  ///< the stored checksum, with `closes`
  };

  /// At most `pieces` pieces will be in use at a time, the one that decode() makes included.
  /// Called before the first begin().
  void plan(std::size_t pieces) noexcept;
  /// Begins the frame that the input stands at.
  [[nodiscard]] Status begin(const FrameHeader& header, const ZSTD_DDict* dictionary);
  [[nodiscard]] bool inside_frame() const noexcept { return inside_; }
  /// Decodes on; the piece is empty only where it closes the frame. Content before a failure comes
  /// out first, so that it does not depend on how the frame is cut into pieces.
  [[nodiscard]] Result<Piece> decode(InputReader& input);

 private:
  [[nodiscard]] std::uint64_t ring_for(const FrameHeader& header) const noexcept;
  [[nodiscard]] bool make_room();
  [[nodiscard]] Status decode_blocks(InputReader& input, Piece& piece);

  DecompressContext context_;
  std::shared_ptr<std::byte> ring_;
  std::size_t ring_size_ = 0;
  std::size_t pieces_ = 1;
  std::size_t piece_size_ = 0;
  std::size_t head_ = 0;   // where the next block goes
  std::size_t start_ = 0;  // where the piece under way begins
  std::size_t max_block_ = 0;
  bool inside_ = false;
  Status failure_;  // met behind the last piece
};

}  // namespace kompakt::zstd
