#include "format/zstd/piece_decoder.hpp"

#include <algorithm>
#include <new>

#include "core/endian.hpp"

namespace kompakt::zstd {
namespace {

// The library copies in strides that may run past the end of a block by up to this much.
constexpr std::size_t kOverrun = 64;

bool is_block(ZSTD_nextInputType_e type) {
  return type == ZSTDnit_block || type == ZSTDnit_lastBlock;
}

// Of a ring that little content comes into most pages are never touched, unless they are huge.
std::shared_ptr<std::byte> make_ring(std::size_t size, std::uint64_t content) {
  constexpr std::uint64_t kLittle = 2 * kMiB;
  if (content < kLittle) {
    // Nothing of it is cleared, as std::make_shared would do.
    return {static_cast<std::byte*>(::operator new(size)),
            [](std::byte* ring) { ::operator delete(ring); }};
  }
  auto buffer = std::make_shared<Buffer>(size);
  std::byte* const data = buffer->data();
  return {std::move(buffer), data};
}

}  // namespace

// A piece should leave the cache that is next to the decoding core before another core reads it, so
// large pieces are faster, as long as all of them fit into the last cache.
void PieceDecoder::plan(std::size_t pieces) noexcept {
  constexpr std::size_t kAllPieces = 24 * kMiB;
  pieces_ = std::max<std::size_t>(pieces, 1);
  piece_size_ = std::clamp<std::size_t>(kAllPieces / pieces_, kMiB, 4 * kMiB);
}

std::uint64_t PieceDecoder::ring_for(const FrameHeader& header) const noexcept {
  const std::uint64_t history =
      header.content ? std::min(header.window, *header.content) : header.window;
  // A block is never split, so up to a block's room stays unused at the end of the ring; another is
  // what is being written.
  return std::max<std::uint64_t>(history, pieces_ * piece_size_) + 2 * (kMaxBlock + kOverrun);
}

Status PieceDecoder::begin(const FrameHeader& header, const ZSTD_DDict* dictionary) {
  if (!context_) {
    context_ = make_decompress_context();
    if (!context_) {
      return {Code::kLimitExceeded, "zstd: no memory for a decompression context"};
    }
    // It lies in the way of every block; another stage does it.
    ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_forceIgnoreChecksum, ZSTD_d_ignoreChecksum);
  }
  const std::size_t begun = ZSTD_decompressBegin_usingDDict(context_.get(), dictionary);
  if (failed(begun)) {
    return decode_failure(begun);
  }
  const auto needed = static_cast<std::size_t>(ring_for(header));
  if (needed > ring_size_) {
    ring_ = make_ring(needed, header.content.value_or(needed));
    ring_size_ = needed;
    head_ = 0;
  }
  max_block_ = header.max_block;
  inside_ = true;
  return {};
}

// Whether the piece may take another block. Moves to the ring's beginning where it must.
bool PieceDecoder::make_room() {
  if (head_ - start_ + max_block_ > piece_size_) {
    return false;
  }
  if (head_ + max_block_ + kOverrun > ring_size_) {
    if (head_ != start_) {
      return false;
    }
    head_ = start_ = 0;
  }
  return true;
}

Result<PieceDecoder::Piece> PieceDecoder::decode(InputReader& input) {
  if (!failure_.ok()) {
    return failure_;
  }
  Piece piece;
  piece.ring = ring_;
  start_ = head_;
  failure_ = decode_blocks(input, piece);
  // What came before a failure is given out: the failure is the next piece's.
  if (!failure_.ok() && head_ == start_) {
    return failure_;
  }
  piece.bytes = ByteSpan(ring_.get() + start_, head_ - start_);
  return piece;
}

Status PieceDecoder::decode_blocks(InputReader& input, Piece& piece) {
  for (;;) {
    const std::size_t wanted = ZSTD_nextSrcSizeToDecompress(context_.get());
    if (wanted == 0) {
      inside_ = false;
      piece.closes = true;
      return {};
    }
    const ZSTD_nextInputType_e type = ZSTD_nextInputType(context_.get());
    if (is_block(type) && !make_room()) {
      return {};
    }
    piece.blocks += type == ZSTDnit_blockHeader ? 1 : 0;
    if (Status filled = input.fill(wanted); !filled.ok()) {
      return filled;
    }
    if (input.available().size() < wanted) {
      return Status(Code::kTruncated, "zstd: the input ends inside a frame")
          .at_offset(input.position() + input.available().size());
    }
    const ByteSpan bytes = input.available().first(wanted);
    if (type == ZSTDnit_checksum) {
      piece.check = load_le<std::uint32_t>(bytes);
    }
    const std::size_t size =
        ZSTD_decompressContinue(context_.get(), ring_.get() + head_,
                                is_block(type) ? max_block_ + kOverrun : 0, bytes.data(), wanted);
    if (failed(size)) {
      return decode_failure(size).at_offset(input.position());
    }
    input.consume(wanted);
    head_ += size;
  }
}

}  // namespace kompakt::zstd
