/// \file
/// What the zip writer's units hold: a batch of small members, or a part of a large one.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "archive/tree/tree_walk.hpp"
#include "archive/zip/zip_write_coder.hpp"
#include "archive/zip/zip_write_content.hpp"
#include "archive/zip/zip_write_record.hpp"
#include "core/buffer.hpp"
#include "core/staged_job.hpp"

namespace kompakt::zip {

/// Passes bytes on and counts them.
class CountingSink final : public Sink {
 public:
  explicit CountingSink(Sink& sink) : sink_(sink) {}
  Status write(ByteSpan bytes) override {
    written_ += bytes.size();
    return bytes.empty() ? Status() : sink_.write(bytes);
  }
  [[nodiscard]] std::uint64_t written() const noexcept { return written_; }

 private:
  Sink& sink_;  // NOLINT(cppcoreguidelines-*): outlives this
  std::uint64_t written_ = 0;
};

/// A member that is cut into parts. `content` belongs to read() until the last part has been read,
/// `member` and `sink` to write().
struct LargeMember {
  LargeMember(const System& system, kompakt::Descriptor file, Entry entry, Sink& out)
      : content(system, std::move(file), entry.size, entry.path), sink(out) {
    member.entry = std::move(entry);
  }
  FileContent content;
  CountingSink sink;
  std::unique_ptr<StagedJob> job;  ///< from content to sink
  Member member;
  bool begun = false;
  std::uint64_t offset = 0;  ///< of the local header
  std::uint64_t data = 0;    ///< of what follows it
};

/// A small member in a batch: its content in `raw`, what is written of it in `coded`.
struct BatchItem {
  Member member;
  std::size_t raw = 0;
  std::size_t raw_size = 0;
  std::size_t coded = 0;
};

struct Unit final : StagedJob::Slot {
  enum class Kind : std::uint8_t {
    kBatch,
    kPart,
    kEnd,  ///< behind the last part
  };
  Kind kind = Kind::kBatch;
  std::vector<BatchItem> items;
  Buffer raw;
  std::size_t raw_size = 0;
  std::size_t names = 0;  ///< bytes of the names, for the bound on the room
  Buffer coded;
  std::size_t coded_size = 0;
  std::shared_ptr<LargeMember> large;
  /// The inner job's own slot, and whose it is: kept for the next part of the same member.
  std::shared_ptr<LargeMember> slot_owner;
  std::unique_ptr<StagedJob::Slot> slot;
};

struct Worker final : StagedJob::Worker {
  std::unique_ptr<ContentCoder> coder;
  std::shared_ptr<LargeMember> worker_owner;
  std::unique_ptr<StagedJob::Worker> worker;
};

// Batches are bounded three ways, so that a unit's memory is.
inline constexpr std::size_t kBatchContent = kMiB;
inline constexpr std::size_t kBatchItems = 512;
inline constexpr std::size_t kBatchNames = 128 * kKiB;
/// What is larger is cut into parts.
inline constexpr std::size_t kSmallFile = kMiB;

/// Codes the members of a batch and lays them end to end, headers included.
[[nodiscard]] Status code_batch(Unit& unit, ContentCoder& coder, const Coding& coding);
/// The most that a batch may hold.
[[nodiscard]] std::uint64_t batch_memory(const Coding& coding);

/// How entries are changed before they are stored.
struct Policy {
  bool reproducible = false;
  std::optional<std::int64_t> epoch;
  void apply(Entry& entry) const;
  [[nodiscard]] DosTime dos_time(const Entry& entry) const;
};

/// Fills units from a walk, in order. Everything in here belongs to read().
class UnitReader {
 public:
  struct Setup {
    Coding coding;
    Policy policy;
    std::function<void(const Status&)> on_warning;
    const System* system = nullptr;
  };
  UnitReader(std::unique_ptr<TreeWalk> walk, Sink& sink, Setup setup)
      : walk_(std::move(walk)), sink_(sink), setup_(std::move(setup)) {}

  [[nodiscard]] Result<bool> read(Unit& unit);

 private:
  [[nodiscard]] Result<bool> fetch();
  [[nodiscard]] bool usable(const WalkedEntry& walked);
  [[nodiscard]] bool open_file(const WalkedEntry& walked);
  [[nodiscard]] bool fits(const Unit& unit) const;
  void take(Unit& unit);
  [[nodiscard]] Status begin_large();
  [[nodiscard]] Result<bool> read_part(Unit& unit);
  void warn(const Status& status) const;

  std::unique_ptr<TreeWalk> walk_;
  Sink& sink_;  // NOLINT(cppcoreguidelines-*): outlives the job
  Setup setup_;
  bool ended_ = false;
  bool pending_ = false;  // entry_ waits for a unit
  Entry entry_;
  kompakt::Descriptor file_;  // of entry_, where it is a file
  std::shared_ptr<LargeMember> large_;
};

}  // namespace kompakt::zip
