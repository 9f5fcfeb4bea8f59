#include "archive/warp/warp_extract.hpp"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <utility>

#include "archive/warp/extract_plan.hpp"
#include "container/block_decoder.hpp"
#include "core/buffer.hpp"

namespace kompakt {
namespace {

// Files without content that make one unit.
constexpr std::size_t kEmptyFiles = 256;
// Files of one content that reaches across blocks and that are open at the same time; the others
// follow at the end, so many at a time.
constexpr std::size_t kOpenTwins = 64;

/// A file with content in several blocks.
struct SpanningFile {
  std::unique_ptr<FileInProgress> file;  // none: it is to be left alone
  std::uint64_t left = 0;                // content that write() has not seen
  // The first failure that write() saw.
  Status failed;
  bool lost = false;
};

/// What one unit does for one file.
struct Piece {
  PlannedFile file;
  std::uint64_t begin = 0;  // in the file's content
  std::uint64_t end = 0;
  std::shared_ptr<SpanningFile> spanning;
  Status status;
  bool lost = false;  // the failure is the archive's, not the writer's
};

struct ExtractSlot final : StagedJob::Slot {
  bool has_block = false;
  BlockLocation location;
  warp3::BlockRecord block;
  HashId hash = HashId::kNone;
  std::vector<Piece> pieces;
};

struct ExtractWorker final : StagedJob::Worker {
  explicit ExtractWorker(const Limits& limits) : decoder(limits, false) {}
  warp3::BlockDecoder decoder;
  Buffer payload;
  Buffer raw;
  std::unique_ptr<Hasher> hasher;
  HashId hasher_id = HashId::kNone;
  Entry entry;
};

/// Damage, or something that this build cannot decode: costs members, not the extraction.
bool is_loss(const Status& status) {
  return is_damage(status) || status.code() == Code::kUnsupported;
}

class ExtractJob final : public WarpExtractJob {
 public:
  ExtractJob(WarpArchive& archive, TreeWriter& writer, MemberFilter& filter,
             WarpExtractOptions options)
      : archive_(archive),
        writer_(writer),
        filter_(filter),
        options_(std::move(options)),
        plan_(writer, options_, counts_) {
    for (const auto& stream : archive_.blocks().streams()) {
      block_bound_ = std::max(block_bound_, std::uint64_t{1} << stream.header.block_log);
      decode_bytes_ = std::max(decode_bytes_, std::uint64_t{stream.header.decode_kib} * kKiB);
    }
    block_bound_ = std::min(block_bound_, std::max<std::uint64_t>(archive_.blocks().raw_size(), 1));
  }

  std::uint64_t slot_bytes() const override { return kEmptyFiles * sizeof(Piece); }
  std::uint64_t worker_bytes() const override { return decode_bytes_ + 2 * block_bound_; }
  std::unique_ptr<Slot> make_slot() override { return std::make_unique<ExtractSlot>(); }
  Result<std::unique_ptr<Worker>> make_worker() override {
    return std::unique_ptr<Worker>(std::make_unique<ExtractWorker>(options_.decode));
  }
  bool ordered_stages_wait() const override { return false; }
  Progress progress() const override {
    return {bytes_in_.load(std::memory_order_relaxed), counts_.content};
  }
  const ExtractCounts& counts() const override { return counts_; }

  Result<bool> read(Slot& base) override {
    auto& slot = static_cast<ExtractSlot&>(base);
    if (!planned_) {
      planned_ = true;
      if (Status made = plan_.make(archive_, filter_); !made.ok()) {
        return made;
      }
      if (Status begun = begin_files(plan_.files()); !begun.ok()) {
        return begun;
      }
    }
    slot.pieces.clear();
    slot.has_block = false;
    if (next_empty_ < plan_.empty_files().size()) {
      const std::size_t end = std::min(next_empty_ + kEmptyFiles, plan_.empty_files().size());
      for (; next_empty_ < end; ++next_empty_) {
        slot.pieces.push_back(
            {.file = plan_.empty_files()[next_empty_], .spanning = nullptr, .status = {}});
      }
      return true;
    }
    return next_unit(slot);
  }

  Status work(Slot& slot_base, Worker& worker_base) override {
    auto& slot = static_cast<ExtractSlot&>(slot_base);
    auto& worker = static_cast<ExtractWorker&>(worker_base);
    ByteSpan content;
    if (slot.has_block && !slot.block.zero) {
      const auto decoded = decode(slot, worker);
      if (!decoded.ok()) {
        Status failed = decoded.status();
        failed.in_block(slot.block.sequence).at_offset(slot.location.stored_at);
        if (!is_loss(failed)) {
          return failed;
        }
        lose_all(slot, failed);
        return {};
      }
      content = *decoded;
    }
    for (Piece& piece : slot.pieces) {
      if (piece.lost) {
        continue;
      }
      Status done = piece.spanning ? write_part(slot, piece, content, worker)
                                   : write_whole(slot, piece, content, worker);
      if (!done.ok() && !piece.lost && !concerns_one_member(done)) {
        return done;
      }
      piece.status = done;
    }
    return {};
  }

  Status write(Slot& base) override {
    auto& slot = static_cast<ExtractSlot&>(base);
    for (Piece& piece : slot.pieces) {
      if (!piece.spanning) {
        settle(piece.file, piece.status, piece.lost);
        continue;
      }
      SpanningFile& whole = *piece.spanning;
      whole.left -= piece.end - piece.begin;
      if (whole.failed.ok() && !piece.status.ok()) {
        whole.failed = piece.status;
        whole.lost = piece.lost;
      }
      if (whole.left != 0) {
        continue;
      }
      if (whole.file && whole.failed.ok()) {
        whole.failed = whole.file->commit();
        if (!whole.failed.ok() && !concerns_one_member(whole.failed)) {
          return whole.failed;
        }
      }
      whole.file.reset();
      settle(piece.file, whole.failed, whole.lost);
    }
    slot.pieces.clear();
    return {};
  }

  Status finish() override {
    if (Status rest = write_late(); !rest.ok()) {
      return rest;
    }
    return writer_.finish([this](const Refusal& refusal) {
      ++counts_.refused;
      if (options_.hooks.on_refused) {
        options_.hooks.on_refused(refusal);
      }
    });
  }

 private:
  /// Looks up the blocks that have the content of `files`, which are in order of it.
  Status begin_files(const std::vector<PlannedFile>& files) {
    files_ = &files;
    first_file_ = 0;
    next_block_ = 0;
    covered_ = 0;
    blocks_.clear();
    if (files.empty()) {
      return {};
    }
    covered_ = files.front().offset;
    auto blocks = archive_.blocks().find(files.front().offset, files.back().end());
    if (!blocks.ok()) {
      return blocks.status();
    }
    blocks_ = std::move(*blocks);
    const Status& recovered = archive_.blocks().recovered();
    counts_.damage = counts_.damage.ok() ? recovered : counts_.damage;
    return {};
  }

  /// The next block with content of a file, or a gap between blocks that has some.
  Result<bool> next_unit(ExtractSlot& slot) {
    while (slot.pieces.empty() && first_file_ < files_->size()) {
      const bool more = next_block_ < blocks_.size();
      if (!more || blocks_[next_block_].raw_begin > covered_) {
        const std::uint64_t end = more ? blocks_[next_block_].raw_begin : files_->back().end();
        if (Status collected = collect(slot, covered_, end); !collected.ok()) {
          return collected;
        }
        lose_all(slot, {Code::kCorrupt, "the block with its content is lost"});
        covered_ = end;
        continue;
      }
      slot.location = blocks_[next_block_++];
      covered_ = slot.location.raw_end;
      if (Status begun = begin_block(slot); !begun.ok()) {
        return begun;
      }
    }
    return !slot.pieces.empty();
  }

  Status begin_block(ExtractSlot& slot) {
    if (Status collected = collect(slot, slot.location.raw_begin, slot.location.raw_end);
        !collected.ok() || slot.pieces.empty()) {
      return collected;
    }
    const auto block = archive_.blocks().read_block(slot.location);
    if (!block.ok()) {
      if (!is_loss(block.status())) {
        return block.status();
      }
      lose_all(slot, block.status());
      return {};
    }
    slot.has_block = true;
    slot.block = *block;
    slot.hash = archive_.blocks().streams()[slot.location.stream].header.hash;
    archive_.source().will_need(block->payload_at, block->payload_size);
    bytes_in_.fetch_add(block->payload_size, std::memory_order_relaxed);
    return {};
  }

  /// Adds a piece for each file with content in [begin, end).
  Status collect(ExtractSlot& slot, std::uint64_t begin, std::uint64_t end) {
    while (first_file_ < files_->size() && (*files_)[first_file_].end() <= begin) {
      ++first_file_;
    }
    for (std::size_t i = first_file_; i < files_->size() && (*files_)[i].offset < end; ++i) {
      const PlannedFile& file = (*files_)[i];
      Piece piece{.file = file,
                  .begin = std::max(begin, file.offset) - file.offset,
                  .end = std::min(end, file.end()) - file.offset,
                  .spanning = nullptr,
                  .status = {}};
      if (piece.begin != 0 || piece.end != file.length) {
        if (Status joined = join_spanning(piece); !joined.ok()) {
          return joined;
        }
        if (!piece.spanning) {
          continue;
        }
      }
      slot.pieces.push_back(std::move(piece));
    }
    while (first_file_ < files_->size() && (*files_)[first_file_].end() <= end) {
      ++first_file_;
    }
    return {};
  }

  /// Gives the piece the file that it is a part of; none where the file is put off.
  Status join_spanning(Piece& piece) {
    if (piece.begin != 0) {
      const auto known = spanning_.find(piece.file.member);
      if (known != spanning_.end()) {
        piece.spanning = known->second;
        if (piece.end == piece.file.length) {
          spanning_.erase(known);
        }
      }
      return {};
    }
    if (spanning_offset_ != piece.file.offset) {
      spanning_offset_ = piece.file.offset;
      twins_ = 0;
    }
    if (++twins_ > kOpenTwins) {
      plan_.late_files().push_back(piece.file);
      return {};
    }
    auto whole = std::make_shared<SpanningFile>();
    whole->left = piece.file.length;
    Entry entry;
    plan_.get(piece.file, entry);
    auto file = writer_.create_file(entry, plan_.path_of(piece.file));
    if (file.ok()) {
      whole->file = std::move(*file);
    } else if (!concerns_one_member(file.status())) {
      return file.status();
    } else {
      whole->failed = file.status();
    }
    spanning_.emplace(piece.file.member, whole);
    piece.spanning = std::move(whole);
    return {};
  }

  static void lose_all(ExtractSlot& slot, const Status& reason) {
    for (Piece& piece : slot.pieces) {
      piece.status = reason;
      piece.lost = true;
    }
  }

  Result<ByteSpan> decode(const ExtractSlot& slot, ExtractWorker& worker) {
    const warp3::BlockRecord& block = slot.block;
    worker.payload.resize_discard(block.payload_size);
    const MutableByteSpan payload = worker.payload.first(block.payload_size);
    const auto got = archive_.source().read_at(block.payload_at, payload);
    if (!got.ok()) {
      return got.status();
    }
    if (*got != payload.size()) {
      return Status(Code::kTruncated, "the file ends inside the block");
    }
    const auto size = static_cast<std::size_t>(block.raw_size);
    worker.raw.resize_discard(size);
    const std::size_t needed = early_end(slot);
    if (needed == 0) {
      return worker.decoder.decode(block, slot.hash, payload, worker.raw.first(size));
    }
    bool stopped = false;
    auto decoded = worker.decoder.decode(
        block, slot.hash, payload, worker.raw.first(size), [&](std::size_t ready) {
          stopped = ready >= needed;
          return stopped ? Status(Code::kCancelled, "enough") : Status();
        });
    return stopped ? Result<ByteSpan>(worker.raw.first(size)) : decoded;
  }

  /// Where a little of a block is wanted, decoding need not go to its end: the stored bytes have
  /// been checked as a whole, and what comes out by the digests of the members. 0: go to the end.
  [[nodiscard]] std::size_t early_end(const ExtractSlot& slot) const {
    if (!options_.verify_digests || slot.hash == HashId::kNone) {
      return 0;
    }
    std::uint64_t end = 0;
    Entry entry;
    constexpr std::size_t kFewPieces = 64;
    if (slot.pieces.size() > kFewPieces) {
      return 0;
    }
    for (const Piece& piece : slot.pieces) {
      plan_.get(piece.file, entry);
      if (piece.spanning || entry.digest.empty()) {
        return 0;
      }
      end = std::max(end, piece.file.end());
    }
    return static_cast<std::size_t>(end - slot.location.raw_begin);
  }

  /// The bytes of a piece; zeros of at most a block's size where the block is one of zeros.
  static ByteSpan bytes_of(const ExtractSlot& slot, const Piece& piece, ByteSpan content,
                           ExtractWorker& worker) {
    const auto size = static_cast<std::size_t>(piece.end - piece.begin);
    if (slot.block.zero) {
      worker.raw.resize_discard(size);
      std::memset(worker.raw.data(), 0, size);
      return worker.raw.first(size);
    }
    const std::uint64_t at = piece.file.offset + piece.begin - slot.location.raw_begin;
    return content.subspan(static_cast<std::size_t>(at), size);
  }

  /// Puts [begin, end) of a file's content to where its data runs say.
  static Status scatter(FileInProgress& file, const Entry& entry, std::uint64_t begin,
                        ByteSpan bytes) {
    if (!entry.data_runs) {
      return file.write_at(begin, bytes);
    }
    std::uint64_t at = 0;  // in the content
    for (const auto& run : *entry.data_runs) {
      if (bytes.empty()) {
        break;
      }
      if (begin < at + run.length) {
        const std::uint64_t skipped = begin - at;
        const auto piece = bytes.first(
            static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), run.length - skipped)));
        if (Status written = file.write_at(run.offset + skipped, piece); !written.ok()) {
          return written;
        }
        bytes = bytes.subspan(piece.size());
        begin += piece.size();
      }
      at += run.length;
    }
    return {};
  }

  Status write_part(const ExtractSlot& slot, Piece& piece, ByteSpan content,
                    ExtractWorker& worker) {
    // What is never written of a new file is a hole.
    if (!piece.spanning->file || slot.block.zero) {
      return {};
    }
    plan_.get(piece.file, worker.entry);
    return scatter(*piece.spanning->file, worker.entry, piece.begin,
                   bytes_of(slot, piece, content, worker));
  }

  Status write_whole(const ExtractSlot& slot, Piece& piece, ByteSpan content,
                     ExtractWorker& worker) {
    plan_.get(piece.file, worker.entry);
    const Entry& entry = worker.entry;
    const std::string path = plan_.path_of(piece.file);
    ByteSpan bytes;
    const bool hole = slot.has_block && slot.block.zero && piece.file.length > block_bound_;
    if (slot.has_block && !hole) {
      bytes = bytes_of(slot, piece, content, worker);
      if (Status checked = check_digest(slot.hash, entry, bytes, worker); !checked.ok()) {
        piece.lost = true;
        return checked;
      }
    }
    if (!entry.data_runs && !hole) {
      return writer_.write_file(entry, path, bytes);
    }
    auto file = writer_.create_file(entry, path);
    if (!file.ok() || *file == nullptr) {
      return file.status();
    }
    if (Status written = hole ? Status() : scatter(**file, entry, 0, bytes); !written.ok()) {
      return written;
    }
    return (*file)->commit();
  }

  Status check_digest(HashId hash, const Entry& entry, ByteSpan bytes,
                      ExtractWorker& worker) const {
    if (!options_.verify_digests || entry.digest.empty()) {
      return {};
    }
    if (!worker.hasher || worker.hasher_id != hash) {
      worker.hasher = make_hasher(hash);
      worker.hasher_id = hash;
    }
    worker.hasher->reset();
    worker.hasher->update(bytes);
    const Digest digest = worker.hasher->finish();
    const bool fits = entry.digest.size() <= digest.size &&
                      std::equal(entry.digest.begin(), entry.digest.end(), digest.bytes.begin());
    return fits ? Status() : Status(Code::kCorrupt, "content does not fit its digest");
  }

  /// Counts a member and tells of it.
  void settle(const PlannedFile& file, const Status& status, bool lost) {
    Entry entry;
    plan_.get(file, entry);
    if (status.ok()) {
      ++counts_.entries;
      ++counts_.files;
      counts_.content += entry.size;
      if (options_.hooks.on_entry) {
        options_.hooks.on_entry(entry);
      }
    } else if (lost) {
      ++counts_.lost;
      counts_.damage = counts_.damage.ok() ? status : counts_.damage;
      if (options_.hooks.on_lost) {
        options_.hooks.on_lost(entry, status);
      }
    } else {
      plan_.refuse(entry, status, rule_of(status));
    }
  }

  /// In order: each may be at the place of the one before. Those that have one content go together,
  /// so that it is not decoded again for each.
  Status write_late() {
    if (plan_.late_files().empty()) {
      return {};
    }
    ExtractSlot slot;
    auto worker = make_worker();
    if (!worker.ok()) {
      return worker.status();
    }
    const std::vector<PlannedFile> late = std::move(plan_.late_files());
    for (std::size_t next = 0; next < late.size();) {
      const PlannedFile& file = late[next];
      const std::vector<PlannedFile> group = twins_from(late, next);
      next += group.size();
      spanning_offset_ = UINT64_MAX;
      if (file.length == 0) {
        slot.has_block = false;
        slot.pieces.assign(1, {.file = file, .spanning = nullptr, .status = {}});
        if (Status done = finish_unit(slot, **worker); !done.ok()) {
          return done;
        }
        continue;
      }
      if (Status begun = begin_files(group); !begun.ok()) {
        return begun;
      }
      for (;;) {
        slot.has_block = false;
        const auto more = next_unit(slot);
        if (!more.ok()) {
          return more.status();
        }
        if (!*more) {
          break;
        }
        if (Status done = finish_unit(slot, **worker); !done.ok()) {
          return done;
        }
      }
    }
    return {};
  }

  /// The file at `first` and those right behind it that have the same content, as many as may be
  /// open together.
  static std::vector<PlannedFile> twins_from(const std::vector<PlannedFile>& files,
                                             std::size_t first) {
    std::vector<PlannedFile> group(1, files[first]);
    const auto is_twin = [&](const PlannedFile& file) {
      return file.length != 0 && file.offset == group[0].offset && file.length == group[0].length;
    };
    for (std::size_t i = first + 1;
         i < files.size() && group.size() < kOpenTwins && is_twin(files[i]); ++i) {
      group.push_back(files[i]);
    }
    return group;
  }

  Status finish_unit(ExtractSlot& slot, Worker& worker) {
    Status worked = work(slot, worker);
    return worked.ok() ? write(slot) : worked;
  }

  WarpArchive& archive_;  // NOLINT(cppcoreguidelines-*): outlives the job
  TreeWriter& writer_;    // NOLINT(cppcoreguidelines-*): outlives the job
  MemberFilter& filter_;  // NOLINT(cppcoreguidelines-*): outlives the job
  WarpExtractOptions options_;
  ExtractCounts counts_;
  ExtractPlan plan_;
  std::uint64_t block_bound_ = 1;
  std::uint64_t decode_bytes_ = 0;
  std::atomic<std::uint64_t> bytes_in_{0};
  // read()'s:
  bool planned_ = false;
  std::size_t next_empty_ = 0;
  const std::vector<PlannedFile>* files_ = nullptr;
  std::size_t first_file_ = 0;  // the first whose content does not end before the next block
  std::vector<BlockLocation> blocks_;
  std::size_t next_block_ = 0;
  std::uint64_t covered_ = 0;  // content up to here has been met
  std::unordered_map<std::uint32_t, std::shared_ptr<SpanningFile>> spanning_;
  std::uint64_t spanning_offset_ = UINT64_MAX;
  std::size_t twins_ = 0;
};

}  // namespace

Result<std::unique_ptr<WarpExtractJob>> make_warp_extract_job(WarpArchive& archive,
                                                              TreeWriter& writer,
                                                              MemberFilter& filter,
                                                              WarpExtractOptions options) {
  if (archive.blocks().streams().empty()) {
    return Status(Code::kInvalidArgument, "an archive without a stream");
  }
  return std::unique_ptr<WarpExtractJob>(
      std::make_unique<ExtractJob>(archive, writer, filter, std::move(options)));
}

}  // namespace kompakt
