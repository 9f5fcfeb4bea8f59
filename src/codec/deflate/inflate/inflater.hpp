/// \file
/// A resumable DEFLATE decoder that writes straight into its caller's buffer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

#include "codec/deflate/inflate/block_header.hpp"
#include "codec/deflate/inflate/huffman_tables.hpp"
#include "kompakt/bytes.hpp"
#include "kompakt/status.hpp"

namespace kompakt::deflate {

/// Where run() came to a halt.
enum class Halt : std::uint8_t {
  kOutputFull,   ///< the next symbol has no room; call again with room
  kInputNeeded,  ///< call again with the bytes from bit_offset() / 8 on, and more behind them
  kBoundary,     ///< between two blocks, as asked for by StopAt
  kEnd,          ///< behind the final block; bit_offset() is the stream's end
};

/// A piece of the compressed stream.
struct InflateInput {
  /// Must begin at or before the byte that holds bit_offset(). Bytes before that are not looked at,
  /// and need not be kept from call to call; bytes from there on must be presented again.
  ByteSpan bytes;
  /// Offset of the first of `bytes`, in the numbering of bit_offset() (which is the caller's: from
  /// the start of the deflate stream, or of the file).
  std::uint64_t first_byte = 0;
  /// No more bytes follow: the end of `bytes` within the stream is kTruncated, not kInputNeeded.
  bool complete = false;
};

/// Content goes to buffer[filled...]; what lies before is the history that matches copy from. It
/// must be the content directly before, at least the last 32 KiB of it or all there is since
/// start(). Room behind what a call produces may be overwritten up to the buffer's end.
template <typename T>
struct InflateOutput {
  std::span<T> buffer;
  std::size_t filled = 0;
};

/// Halts at the first boundary between blocks that this call comes to (never the one it starts
/// from) with bit_offset() >= bit or content_offset() >= content.
struct StopAt {
  std::uint64_t bit = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t content = std::numeric_limits<std::uint64_t>::max();
};

struct InflateStep {
  Halt halt = Halt::kOutputFull;
  std::size_t produced = 0;  ///< symbols written from buffer[filled] on
};

/// One object is used by one thread at a time. Holds about 20 KiB; allocates nothing but for
/// errors.
///
/// On an error the object must be started anew; content_offset() then tells how much content was
/// written before it, and the Status the byte of the stream (bit_offset() the bit) where it was
/// met.
class Inflater {
 public:
  /// Where decoding begins. `bit` must be that of a block's header.
  struct Start {
    std::uint64_t bit = 0;
    std::uint64_t content = 0;
    /// Content known before `content`, at most kWindowSize counts. 0 at the start of a stream.
    std::size_t history = 0;
  };
  void start() noexcept { start(Start{}); }
  void start(const Start& from) noexcept;

  /// Decodes until something of Halt. kTruncated and kCorrupt as the stream deserves; a match that
  /// reaches before buffer[0] is kCorrupt; kInvalidArgument where `input` or `output` break the
  /// contract.
  ///
  /// Fast while more than 40 bytes of input and 320 bytes of room are left, a careful symbol at a
  /// time near the ends: buffers should be some 64 KiB or more. A block's header is only read as a
  /// whole, so up to 300 bytes of input may have to be presented again.
  [[nodiscard]] Result<InflateStep> run(const InflateInput& input,
                                        const InflateOutput<std::uint8_t>& output,
                                        const StopAt& stop);
  [[nodiscard]] Result<InflateStep> run(const InflateInput& input,
                                        const InflateOutput<std::uint8_t>& output) {
    return run(input, output, StopAt{});
  }

  /// The same with symbols of 16 bits, for content whose window is unknown (marker_inflater.hpp).
  /// Calls of run() and run_markers() may follow each other anywhere, as long as each finds its
  /// history.
  [[nodiscard]] Result<InflateStep> run_markers(const InflateInput& input,
                                                const InflateOutput<std::uint16_t>& output,
                                                const StopAt& stop);

  /// The bit that comes next. Between calls it stands between symbols.
  [[nodiscard]] std::uint64_t bit_offset() const noexcept { return bit_; }
  [[nodiscard]] std::uint64_t content_offset() const noexcept { return content_; }
  /// Whether bit_offset() is that of a block's header, where a later start() may begin.
  [[nodiscard]] bool at_boundary() const noexcept { return state_ == State::kHeader; }
  /// The header of the block that is being decoded, or was last. Its lowest bit is BFINAL.
  [[nodiscard]] std::uint64_t block_header_bit() const noexcept { return header_bit_; }

 private:
  enum class State : std::uint8_t { kHeader, kStored, kCodes, kEnd };
  template <typename T>
  struct Call;

  template <typename T>
  [[nodiscard]] Result<InflateStep> run_any(const InflateInput& input,
                                            const InflateOutput<T>& output, const StopAt& stop);
  template <typename T>
  [[nodiscard]] Fault decode(Call<T>& call, const StopAt& stop);
  template <typename T>
  [[nodiscard]] Fault begin_block(Call<T>& call);
  template <typename T>
  [[nodiscard]] Fault copy_stored(Call<T>& call);
  template <typename T>
  [[nodiscard]] Fault decode_codes(Call<T>& call);
  template <typename T>
  [[nodiscard]] Fault decode_symbol(Call<T>& call);
  template <typename T>
  void copy_pending(Call<T>& call);
  [[nodiscard]] Fault build_tables(const BlockHeader& header);

  std::uint64_t bit_ = 0;
  std::uint64_t content_ = 0;
  std::uint64_t header_bit_ = 0;
  std::size_t history_ = 0;
  State state_ = State::kHeader;
  bool final_ = false;
  bool tables_are_fixed_ = false;
  unsigned stored_left_ = 0;
  // A match of which a part had no room.
  unsigned pending_length_ = 0;
  unsigned pending_distance_ = 0;
  CodeTables tables_;
};

}  // namespace kompakt::deflate
