/// \file
/// The reader of any stream that can only be decoded from front to back: one thread decodes, others
/// check and write what it decoded.
#pragma once

#include <cstdint>
#include <memory>

#include "core/buffer.hpp"
#include "format/format.hpp"

namespace kompakt {

/// Decodes in read(), piece by piece; checks and writes in work(), in parallel; joins the checks in
/// write(), in order. On a positional sink nothing but the joining is ordered.
class PieceDecodeJob : public DecodeJob {
 public:
  struct Config {
    std::size_t piece_size = std::size_t{1} << 20U;  ///< content bytes
    std::uint64_t decoder_bytes = 0;  ///< memory of the decoder, which is one for all
    Limits limits;
  };
  /// A stretch of content on its way.
  struct Piece final : Slot {
    Buffer room;                  ///< piece_size bytes, where the decoder may put the piece
    ByteSpan bytes;               ///< the piece: in room, or in memory that outlives its write()
    std::uint64_t offset = 0;     ///< in the content
    std::uint64_t check = 0;      ///< what inspect() found
    std::uint64_t tag = 0;        ///< the format's own, carried from produce() to settle()
    bool closes = false;          ///< the format's own: a member ends behind this piece
    std::uint64_t input_end = 0;  ///< input bytes taken when the piece was complete
  };

  PieceDecodeJob(Source& source, Sink& sink, const Config& config);

  std::uint64_t slot_bytes() const override { return config_.piece_size; }
  std::uint64_t worker_bytes() const override { return 0; }
  bool ordered_stages_wait() const override { return !source_.random_access() || !scatter_; }
  bool one_reader() const override { return true; }
  std::unique_ptr<Slot> make_slot() override { return std::make_unique<Piece>(); }
  Result<std::unique_ptr<Worker>> make_worker() override { return std::make_unique<Worker>(); }
  Result<bool> read(Slot& slot) final;
  Status work(Slot& slot, Worker& worker) final;
  Status write(Slot& slot) final;
  Progress progress() const final { return {bytes_in_, bytes_out_}; }
  const StreamFacts& facts() const final { return facts_; }

 protected:
  /// Decodes the next piece: sets `bytes` and the format's own fields. False at the clean end of
  /// everything; `bytes` may be empty before that. Called in order, by one thread at a time.
  [[nodiscard]] virtual Result<bool> produce(Piece& piece) = 0;
  /// Looks at a piece outside the order (a checksum over it). Called by many threads.
  [[nodiscard]] virtual Status inspect(Piece& piece) const = 0;
  /// Joins what inspect() found, in order; compares checks where `closes` is set.
  [[nodiscard]] virtual Status settle(Piece& piece) = 0;
  /// Input bytes taken so far; asked after every produce().
  [[nodiscard]] virtual std::uint64_t input_position() const = 0;

  [[nodiscard]] Source& source() noexcept { return source_; }
  [[nodiscard]] const Config& config() const noexcept { return config_; }
  /// Content bytes that produce() has given so far.
  [[nodiscard]] std::uint64_t produced() const noexcept { return produced_; }

  StreamFacts facts_;  // NOLINT(cppcoreguidelines-*): filled by the format

 private:
  Source& source_;  // NOLINT(cppcoreguidelines-*): outlives the job
  Sink& sink_;      // NOLINT(cppcoreguidelines-*): outlives the job
  Config config_;
  bool scatter_;
  std::uint64_t produced_ = 0;
  std::uint64_t bytes_in_ = 0;
  std::uint64_t bytes_out_ = 0;
};

}  // namespace kompakt
