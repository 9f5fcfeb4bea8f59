/// \file
/// The parallel decoding of all legacy layouts: what differs between them is only how the next
/// chunk is found, which a UnitReader knows.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>

#include "container/legacy/chunk_decoder.hpp"
#include "container/legacy/content_verifier.hpp"
#include "container/legacy/legacy.hpp"
#include "core/buffer.hpp"
#include "core/staged_job.hpp"
#include "kompakt/sink.hpp"
#include "kompakt/source.hpp"

namespace kompakt::legacy {

/// A chunk on its way through the stages, or the end of the file behind the last one.
class DecodeSlot final : public StagedJob::Slot {
 public:
  std::uint64_t index = 0;
  Coding coding = Coding::kCopy;
  std::uint64_t stored_offset = 0;
  std::size_t stored_size = 0;
  std::uint64_t raw_offset = 0;
  std::size_t raw_size = 0;
  bool loaded = false;   ///< `stored` holds the payload; otherwise it is read where it is decoded
  bool decoded = false;  ///< `raw` holds the content
  std::optional<ContentTrailer> end;  ///< set: no chunk but the digest of the content (or kNone)
  std::uint64_t input_end = 0;        ///< source bytes used up once this unit is done
  double seconds = 0;
  Buffer stored;
  Buffer raw;
};

/// Finds the chunks of one layout, in order. Checks every size before a slot is given room for it.
class UnitReader {
 public:
  UnitReader() = default;
  UnitReader(const UnitReader&) = delete;
  UnitReader& operator=(const UnitReader&) = delete;
  UnitReader(UnitReader&&) = delete;
  UnitReader& operator=(UnitReader&&) = delete;
  virtual ~UnitReader() = default;

  /// Describes the next chunk in `slot`, with its payload where it cannot be read later. False
  /// behind the end unit, which comes exactly once.
  [[nodiscard]] virtual Result<bool> next(DecodeSlot& slot) = 0;
  [[nodiscard]] virtual std::uint64_t slot_bytes() const = 0;
  [[nodiscard]] virtual std::uint64_t worker_bytes() const = 0;
  /// The checksums that the trailer may name.
  [[nodiscard]] virtual std::span<const HashId> candidate_hashes() const = 0;
};

class DecodeJob final : public StagedJob {
 public:
  DecodeJob(Source& source, Sink& sink, std::unique_ptr<UnitReader> reader, const Limits& limits,
            LegacyDecodeOptions options);

  std::uint64_t slot_bytes() const override { return reader_->slot_bytes(); }
  std::uint64_t worker_bytes() const override { return reader_->worker_bytes(); }
  bool ordered_stages_wait() const override { return !source_->random_access() || !scatter_; }
  std::unique_ptr<Slot> make_slot() override { return std::make_unique<DecodeSlot>(); }
  Result<std::unique_ptr<Worker>> make_worker() override;
  Result<bool> read(Slot& slot) override;
  Status work(Slot& slot, Worker& worker) override;
  Status write(Slot& slot) override;
  Progress progress() const override { return progress_; }

 private:
  Status decode(DecodeSlot& slot, ChunkDecoder& decoder) const;
  Status emit(const DecodeSlot& slot);

  Source* source_;
  Sink* sink_;
  bool scatter_;  // chunks go to their place as soon as they are decoded
  std::unique_ptr<UnitReader> reader_;
  Limits limits_;
  LegacyDecodeOptions options_;
  ContentVerifier verifier_;  // the write stage's
  Progress progress_;         // the write stage's
};

}  // namespace kompakt::legacy
