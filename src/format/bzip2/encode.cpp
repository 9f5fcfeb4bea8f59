#include "format/bzip2/encode.hpp"

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "codec/bzip2/bit_writer.hpp"
#include "codec/bzip2/block_encoder.hpp"
#include "codec/bzip2/crc.hpp"
#include "codec/bzip2/layout.hpp"
#include "codec/bzip2/run_length.hpp"
#include "core/buffer.hpp"
#include "format/bzip2/bit_joiner.hpp"
#include "format/common/input_reader.hpp"

namespace kompakt {
namespace {

constexpr int kDefaultLevel = bzip2::kMaxLevel;

/// What a block of the level holds, or all of the source, run-length coded, where that is less.
std::size_t max_block(unsigned level, const Source& source) {
  const std::size_t of_level = level * bzip2::kLevelUnit - bzip2::kBlockSlack;
  if (!source.random_access() || source.size() >= of_level) {
    return of_level;
  }
  // Four equal bytes become five.
  const auto size = static_cast<std::size_t>(*source.size());
  return std::min(of_level, size + size / 4 + 1);
}

struct BlockSlot final : StagedJob::Slot {
  Buffer block;  ///< run-length coded
  std::size_t size = 0;
  std::uint64_t number = 0;
  std::uint32_t crc = 0;
  std::uint64_t input_end = 0;
  Buffer coded;
  std::uint64_t bits = 0;
};

struct BlockWorker final : StagedJob::Worker {
  explicit BlockWorker(std::size_t max_block) : encoder(max_block) {}
  bzip2::BlockEncoder encoder;
};

/// The first run-length coding, which decides where blocks end, is so fast that it runs in order in
/// read(); so blocks are as full as those of the reference encoder.
class Bzip2EncodeJob final : public StagedJob {
 public:
  Bzip2EncodeJob(Source& source, Sink& sink, unsigned level)
      : source_(source),
        sink_(sink),
        level_(level),
        max_block_(max_block(level, source)),
        input_(source) {}

  std::uint64_t slot_bytes() const override {
    return max_block_ + bzip2::BlockEncoder::max_coded(max_block_);
  }
  std::uint64_t worker_bytes() const override { return bzip2::BlockEncoder::memory(max_block_); }
  std::unique_ptr<Slot> make_slot() override { return std::make_unique<BlockSlot>(); }
  Result<std::unique_ptr<Worker>> make_worker() override {
    return std::unique_ptr<Worker>(std::make_unique<BlockWorker>(max_block_));
  }
  bool ordered_stages_wait() const override {
    return !source_.random_access() || !sink_.positional();
  }

  Result<bool> read(Slot& slot) override {
    auto& block = static_cast<BlockSlot&>(slot);
    block.block.resize_discard(max_block_);
    block.size = 0;
    bzip2::Crc crc;
    while (true) {
      const ByteSpan raw = input_.available();
      const auto done = bzip2::encode_runs(raw, input_.ended(),
                                           block.block.first(max_block_).subspan(block.size));
      crc.update(raw.first(done.consumed));
      input_.consume(done.consumed);
      block.size += done.produced;
      if (done.full || input_.at_end()) {
        break;
      }
      if (Status filled = input_.fill_more(); !filled.ok()) {
        return filled;
      }
    }
    block.number = blocks_++;
    block.crc = crc.value();
    block.input_end = input_.position();
    return block.size != 0;
  }

  Status work(Slot& slot, Worker& worker) override {
    auto& block = static_cast<BlockSlot&>(slot);
    const std::size_t room = bzip2::BlockEncoder::max_coded(max_block_);
    block.coded.resize_discard(room);
    block.bits = static_cast<BlockWorker&>(worker).encoder.encode(
        std::as_const(block.block).first(block.size), block.crc, block.coded.first(room));
    return {};
  }

  Status write(Slot& slot) override {
    auto& block = static_cast<BlockSlot&>(slot);
    put_header();
    crc_ = bzip2::combine_crc(crc_, block.crc);
    progress_.bytes_in = block.input_end;
    joiner_.append(std::as_const(block.coded).first(static_cast<std::size_t>(block.bits + 7) / 8),
                   block.bits, out_);
    return put();
  }

  Status finish() override {
    put_header();
    std::array<std::byte, bzip2::kFooterBits / 8 + 8> footer{};
    bzip2::BitWriter bits(footer);
    bits.put(static_cast<std::uint32_t>(bzip2::kFooterMagic >> 24U), 24);
    bits.put(static_cast<std::uint32_t>(bzip2::kFooterMagic & 0xFFFFFF), 24);
    bits.put(crc_, 32);
    bits.flush();
    joiner_.append(footer, bzip2::kFooterBits, out_);
    joiner_.finish(out_);
    return put();
  }

  Progress progress() const override { return progress_; }

 private:
  void put_header() {
    if (!header_written_) {
      header_written_ = true;
      out_ = {std::byte{'B'}, std::byte{'Z'}, std::byte{'h'}, static_cast<std::byte>('0' + level_)};
    }
  }

  Status put() {
    progress_.bytes_out += out_.size();
    Status written = sink_.write(out_);
    out_.clear();
    return written;
  }

  Source& source_;  // NOLINT(cppcoreguidelines-*): outlives the job
  Sink& sink_;      // NOLINT(cppcoreguidelines-*): outlives the job
  unsigned level_;
  std::size_t max_block_;
  InputReader input_;
  std::uint64_t blocks_ = 0;
  bool header_written_ = false;
  std::uint32_t crc_ = 0;
  bzip2::BitJoiner joiner_;
  std::vector<std::byte> out_;
  Progress progress_;
};

// The name of the first option that the format has no place for, or nullptr.
const char* foreign_option(const EncodeSettings& settings) {
  if (settings.extreme) {
    return "extreme";
  }
  if (settings.seekable) {
    return "seekable: every block can be sought with an index";
  }
  if (settings.block_size) {
    return "block size: the level is the block size";
  }
  if (settings.window_log) {
    return "window size";
  }
  if (!settings.checksum || !settings.check.empty()) {
    return "check: its CRC-32 is always there";
  }
  if (settings.name || settings.modified) {
    return "name or time";
  }
  return settings.dictionary ? "dictionary" : nullptr;
}

}  // namespace

Result<std::unique_ptr<StagedJob>> make_bzip2_encoder(Source& source, Sink& sink,
                                                      const EncodeSettings& settings) {
  const int level = settings.level.value_or(kDefaultLevel);
  if (level < 1 || level > kDefaultLevel) {
    return Status(Code::kInvalidArgument, "bzip2 has levels 1 to 9, not " + std::to_string(level));
  }
  if (const char* option = foreign_option(settings); option != nullptr) {
    return Status(Code::kInvalidArgument, std::string("bzip2 has no option ") + option);
  }
  return std::unique_ptr<StagedJob>(
      std::make_unique<Bzip2EncodeJob>(source, sink, static_cast<unsigned>(level)));
}

}  // namespace kompakt
