/// \file
/// Writing of the v2 layout, for readers that know nothing newer.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "checksum/hasher.hpp"
#include "container/legacy/layout.hpp"
#include "container/legacy/legacy.hpp"
#include "container/legacy/v2_plan.hpp"
#include "core/staged_job.hpp"
#include "kompakt/codec.hpp"
#include "kompakt/options.hpp"
#include "kompakt/sink.hpp"
#include "kompakt/source.hpp"

namespace kompakt::legacy {

struct V2EncodeOptions {
  V2Level level = V2Level::kAuto;
  std::optional<TableMethod> method = {};        ///< instead of the level's
  std::optional<std::uint64_t> chunk_size = {};  ///< instead of the level's; 128 KiB to 1 GiB
  std::int64_t zstd_level = 3;
  /// Accepted for the old command line's sake: chunks are coded in parallel already, and threads
  /// inside a frame would only change its bytes.
  unsigned zstd_threads = 1;
  std::int64_t brotli_quality = 5;
  HashId hash = HashId::kNone;  ///< kNone, kBlake3, kXxh64 or kBlake2b
  unsigned cores = 1;           ///< what the throughput level plans for
  /// Called in chunk order by the thread that runs write().
  std::function<void(const ChunkReport&)> on_chunk = {};
};

/// Settles method, chunk size and threads for `source`, trying methods out where the level says so.
[[nodiscard]] Result<V2Plan> resolve_v2_plan(const Source& source, const V2EncodeOptions& options);

/// The tables of sizes, which lie in front of the payloads but are only known after them: written
/// behind the back of the payloads, a few thousand entries at a time.
class V2TableWriter {
 public:
  V2TableWriter(Sink& sink, std::uint32_t chunk_count) : sink_(&sink), chunk_count_(chunk_count) {}
  [[nodiscard]] Status add(std::uint64_t stored, std::uint64_t original);
  [[nodiscard]] Status flush();

 private:
  Sink* sink_;
  std::uint32_t chunk_count_;
  std::uint64_t flushed_ = 0;
  std::vector<std::byte> stored_;
  std::vector<std::byte> original_;
};

/// Encodes a file as v2. Chunks are read and coded in parallel and placed in order.
class V2EncodeJob final : public StagedJob {
 public:
  V2EncodeJob(const Source& source, Sink& sink, const V2Plan& plan, const CodecSpec& spec,
              V2EncodeOptions options);

  /// What was settled; plan().threads is how many workers are worth running.
  [[nodiscard]] const V2Plan& plan() const noexcept { return plan_; }

  std::uint64_t slot_bytes() const override;
  std::uint64_t worker_bytes() const override;
  /// Files on both sides: it takes nothing else.
  bool ordered_stages_wait() const override { return false; }
  std::unique_ptr<Slot> make_slot() override;
  Result<std::unique_ptr<Worker>> make_worker() override;
  Result<bool> read(Slot& slot) override;
  Status work(Slot& slot, Worker& worker) override;
  Status write(Slot& slot) override;
  Progress progress() const override { return progress_; }

 private:
  Status write_ends();

  const Source* source_;
  Sink* sink_;
  V2Plan plan_;
  CodecSpec spec_;
  V2EncodeOptions options_;
  TableHeader header_;
  std::uint64_t next_index_ = 0;  // the read stage's
  bool ended_ = false;            // the read stage's
  // The rest is the write stage's.
  V2TableWriter tables_;
  std::unique_ptr<Hasher> hasher_;
  std::uint64_t position_;
  Progress progress_;
};

/// A job that writes `source` into `sink` as v2. The tables come before the payloads, so both need
/// random access: kUnsupported for a pipe on either side. kInvalidArgument for options out of
/// range. The caller ends with sink.finish(job.progress().bytes_out).
[[nodiscard]] Result<std::unique_ptr<V2EncodeJob>> make_v2_encode_job(const Source& source,
                                                                      Sink& sink,
                                                                      V2EncodeOptions options);

}  // namespace kompakt::legacy
