/// \file
/// The writer of any format whose content is coded in parts that know nothing of each other.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "core/buffer.hpp"
#include "core/staged_job.hpp"
#include "kompakt/sink.hpp"
#include "kompakt/source.hpp"

namespace kompakt {

/// Cuts the source into parts of equal size, has them encoded in parallel, appends the results in
/// order. Where the source has random access the workers read their own parts.
class PartEncodeJob : public StagedJob {
 public:
  struct Config {
    std::size_t part_size = std::size_t{1} << 20U;  ///< content bytes; the last may be shorter
    std::size_t max_coded = 0;      ///< room that one part's encoding may need, in bytes
    std::uint64_t coder_bytes = 0;  ///< memory of one worker's coder
    bool part_for_empty = true;     ///< an empty source still makes one (empty, last) part
  };
  /// One part on its way. encode() reads `raw` and fills `coded`; the other results are the
  /// format's own, carried from encode() to append().
  struct Part final : Slot {
    std::uint64_t number = 0;
    std::uint64_t offset = 0;  ///< in the content
    std::size_t size = 0;      ///< content bytes
    bool last = false;
    ByteSpan raw;  ///< valid in encode() only
    Buffer coded;  ///< at least max_coded bytes
    std::size_t coded_size = 0;
    std::uint64_t check = 0;  ///< checksum of the content
    std::uint64_t extra = 0;
    Buffer input;  ///< content that was read in order
  };
  /// A format derives from it to keep its coder.
  struct Coder : Worker {
    Buffer input;  ///< content that the worker read itself
  };

  PartEncodeJob(Source& source, Sink& sink, const Config& config);

  std::uint64_t slot_bytes() const final;
  std::uint64_t worker_bytes() const final;
  bool ordered_stages_wait() const final { return !source_.random_access(); }
  std::unique_ptr<Slot> make_slot() final;
  Result<std::unique_ptr<Worker>> make_worker() final;
  Result<bool> read(Slot& slot) final;
  Status work(Slot& slot, Worker& worker) final;
  Status write(Slot& slot) final;
  Status finish() final;
  Progress progress() const final;

 protected:
  [[nodiscard]] virtual Result<std::unique_ptr<Coder>> make_coder() = 0;
  /// Appends what comes before the first part to `header`. Called once, even for no parts.
  [[nodiscard]] virtual Status begin(std::vector<std::byte>& header) = 0;
  /// Called by many threads, each with its own part and coder.
  [[nodiscard]] virtual Status encode(Part& part, Coder& coder) = 0;
  /// Takes note of a part in order; `part.coded` is appended to the output afterwards.
  [[nodiscard]] virtual Status append(Part& part) = 0;
  /// Appends what comes behind the last part to `trailer`. Called once, in a run without failure.
  [[nodiscard]] virtual Status end(std::vector<std::byte>& trailer) = 0;

  [[nodiscard]] std::uint64_t content_size() const noexcept { return content_; }
  /// Bytes given to the sink so far.
  [[nodiscard]] std::uint64_t output_size() const noexcept { return output_; }
  [[nodiscard]] const Source& source() const noexcept { return source_; }
  [[nodiscard]] const Config& config() const noexcept { return config_; }

 private:
  Result<bool> read_random(Part& part);
  Result<bool> read_ordered(Part& part);
  Status put(ByteSpan bytes);
  Status put_header();

  Source& source_;  // NOLINT(cppcoreguidelines-*): outlives the job
  Sink& sink_;      // NOLINT(cppcoreguidelines-*): outlives the job
  Config config_;
  std::uint64_t parts_ = 0;
  std::uint64_t read_ = 0;          // content bytes given to parts
  std::optional<std::byte> ahead_;  // of a pipe: whether a part is the last shows one byte later
  bool ended_ = false;
  bool header_written_ = false;
  std::uint64_t content_ = 0;
  std::uint64_t output_ = 0;
};

}  // namespace kompakt
