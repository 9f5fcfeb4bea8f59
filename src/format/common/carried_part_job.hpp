/// \file
/// The writer of formats whose parts need the content in order besides their own bytes: a checksum
/// that runs over all of it, or the end of the part before.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "core/buffer.hpp"
#include "core/staged_job.hpp"
#include "kompakt/sink.hpp"
#include "kompakt/source.hpp"

namespace kompakt {

/// Reads parts of equal size in order, shows the content to the format in that order, has the parts
/// encoded in parallel and appends the results in order.
class CarriedPartJob : public StagedJob {
 public:
  struct Config {
    std::size_t part_size = 0;      ///< content bytes; the last part may be shorter
    std::size_t carry_size = 0;     ///< bytes of the content before a part that its encoder may see
    std::size_t max_coded = 0;      ///< room that one part's encoding may need, in bytes
    std::uint64_t coder_bytes = 0;  ///< memory of one worker's coder
  };
  /// One part on its way.
  struct Part final : Slot {
    std::uint64_t number = 0;
    std::uint64_t offset = 0;  ///< in the content
    bool last = false;
    ByteSpan carry;  ///< the content right before `raw`, contiguous with it; empty for the first
    ByteSpan raw;
    Buffer coded;  ///< at least max_coded bytes
    std::size_t coded_size = 0;
    Buffer room;  ///< holds carry and raw
  };

  CarriedPartJob(Source& source, Sink& sink, const Config& config)
      : source_(source), sink_(sink), config_(config) {}

  std::uint64_t slot_bytes() const final {
    return config_.carry_size + config_.part_size + 1 + config_.max_coded;
  }
  std::uint64_t worker_bytes() const final { return config_.coder_bytes; }
  bool ordered_stages_wait() const final { return !source_.random_access(); }
  std::unique_ptr<Slot> make_slot() final { return std::make_unique<Part>(); }
  Result<bool> read(Slot& slot) final;
  Status work(Slot& slot, Worker& worker) final;
  Status write(Slot& slot) final;
  Status finish() final;
  Progress progress() const final { return {content_, output_}; }

 protected:
  /// Sees every part right after it was read, in order, before any encode() of it. The first part
  /// comes even where the source is empty.
  virtual Status pass(const Part& part) = 0;
  /// Called by many threads, each with its own part and worker.
  virtual Status encode(Part& part, Worker& worker) = 0;
  /// Appends what comes before the first part; called once, after pass() of the first part.
  virtual Status begin(std::vector<std::byte>& header) = 0;
  /// Appends what comes behind the last part; called once, in a run without failure.
  virtual Status end(std::vector<std::byte>& trailer) = 0;

  [[nodiscard]] const Source& source() const noexcept { return source_; }
  [[nodiscard]] const Config& config() const noexcept { return config_; }
  [[nodiscard]] std::uint64_t content_size() const noexcept { return content_; }

 private:
  Status put(ByteSpan bytes);

  Source& source_;  // NOLINT(cppcoreguidelines-*): outlives the job
  Sink& sink_;      // NOLINT(cppcoreguidelines-*): outlives the job
  Config config_;
  std::vector<std::byte> carry_;    // the end of the content read so far
  std::optional<std::byte> ahead_;  // whether a part is the last shows one byte later
  std::uint64_t parts_ = 0;
  std::uint64_t read_ = 0;  // content bytes given to parts
  bool ended_ = false;
  bool begun_ = false;
  std::uint64_t content_ = 0;
  std::uint64_t output_ = 0;
};

}  // namespace kompakt
