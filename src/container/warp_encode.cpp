#include "container/warp_encode.hpp"

#include <algorithm>
#include <bit>
#include <chrono>
#include <utility>

#include "chunk/probe.hpp"
#include "container/block_cutter.hpp"
#include "container/compact_stream.hpp"
#include "container/index_builder.hpp"
#include "container/warp3_layout.hpp"
#include "core/buffer.hpp"

namespace kompakt {
namespace {

using warp3::BlockExtension;
using warp3::ChainStep;
using warp3::FileHeader;
using warp3::IndexBuilder;
using warp3::RecordHeader;
using warp3::RecordType;

// Shorter holes are read as zeros: each kept hole costs a record and cuts a block.
constexpr std::uint64_t kMinHole = 64 * kKiB;

struct EncodeSlot final : StagedJob::Slot {
  std::uint64_t raw_offset = 0;
  std::uint64_t raw_size = 0;
  bool loaded = false;  // raw holds the block; otherwise work() reads it into the worker's buffer
  bool hole = false;
  Buffer raw;
  Buffer encoded;
  // Results of work():
  ByteSpan payload;
  ChainStep step;
  std::uint64_t raw_hash = 0;
  Digest digest;
  std::uint64_t payload_hash = 0;
  double seconds = 0;
};

struct EncodeWorker final : StagedJob::Worker {
  std::unique_ptr<Encoder> encoder;
  std::unique_ptr<Hasher> hasher;
  Buffer raw;  // one a worker instead of one a slot: fewer fresh pages, and they stay in cache
};

class WarpEncodeJob final : public StagedJob {
 public:
  WarpEncodeJob(Source& source, Sink& sink, WarpEncodeOptions options)
      : source_(source),
        sink_(sink),
        options_(std::move(options)),
        parameters_(options_.codec.codec->wire_parameters(options_.codec.options)),
        cutter_(options_.block_size, options_.even_end),
        index_(options_.hash) {}

  std::uint64_t slot_bytes() const override { return 2 * largest_block(); }
  std::uint64_t worker_bytes() const override {
    const std::uint64_t encoder =
        options_.codec.codec->memory(options_.codec.options, options_.block_size).encode;
    // A quarter of a block: the probe's table of repeats.
    const bool own_block = source_.random_access() || options_.even_end;  // ahead_, by one of them
    return encoder + largest_block() / 4 + (own_block ? largest_block() : 0);
  }
  bool ordered_stages_wait() const override {
    return !source_.random_access() || !sink_.positional();
  }
  std::unique_ptr<Slot> make_slot() override { return std::make_unique<EncodeSlot>(); }
  Result<std::unique_ptr<Worker>> make_worker() override {
    auto encoder = options_.codec.codec->make_encoder(options_.codec.options);
    if (!encoder.ok()) {
      return encoder.status();
    }
    auto worker = std::make_unique<EncodeWorker>();
    worker->encoder = std::move(*encoder);
    worker->hasher = make_hasher(options_.hash);
    return std::unique_ptr<Worker>(std::move(worker));
  }

  Result<bool> read(Slot& base) override {
    auto& slot = static_cast<EncodeSlot&>(base);
    slot.raw_offset = read_offset_;
    slot.hole = false;
    slot.loaded = false;
    if (source_.random_access()) {
      auto more = assign_range(slot);
      read_offset_ += more.ok() && *more ? slot.raw_size : 0;
      return more;
    }
    if (Status status = load(slot); !status.ok()) {
      return status;
    }
    read_offset_ += slot.raw_size;
    return slot.raw_size != 0;
  }

  Status work(Slot& base, Worker& worker_base) override {
    auto& slot = static_cast<EncodeSlot&>(base);
    auto& worker = static_cast<EncodeWorker&>(worker_base);
    const auto begin = std::chrono::steady_clock::now();
    Status status = encode(slot, worker);
    slot.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    return status.at_offset(slot.raw_offset);
  }

  Status write(Slot& base) override {
    const auto& slot = static_cast<EncodeSlot&>(base);
    const std::uint32_t number = index_.blocks();
    if (compact_) {
      return {Code::kIo, "the input changed its size while it was being read"};
    }
    if (number == 0 && is_all(slot)) {
      const auto stream = compact_stream(slot);
      if (stream) {
        compact_ = true;
        raw_written_ = slot.raw_size;
        report(slot, 0);
        return put(*stream);
      }
    }
    if (number == 0) {
      // The id ties the records of this stream together, so that a scan for lost records is not
      // misled by a .warp file stored inside another. It depends on the content alone.
      if (Status begun = begin_stream(
              static_cast<std::uint32_t>(slot.payload_hash ^ (slot.payload_hash >> 32U)));
          !begun.ok()) {
        return begun;
      }
    }
    if (number == UINT32_MAX) {
      return {Code::kLimitExceeded, "more than 2^32 - 1 blocks; use a larger --chunk-size"};
    }
    if (index_.segment_full()) {
      if (Status indexed = write_segment(); !indexed.ok()) {
        return indexed;
      }
    }
    const BlockExtension extension{
        .chain = {slot.step}, .raw_hash = slot.raw_hash, .digest = slot.digest};
    const RecordHeader header{.type = RecordType::kBlock,
                              .flags = slot.hole ? warp3::kFlagHole : std::uint8_t{0},
                              .payload_size = static_cast<std::uint32_t>(slot.payload.size()),
                              .raw_offset = slot.raw_offset,
                              .raw_size = slot.raw_size,
                              .sequence = number,
                              .payload_hash = slot.payload_hash};
    index_.add_block(slot.raw_size, written_, slot.digest);
    raw_written_ = slot.raw_offset + slot.raw_size;
    Status status = write_record(header, extension.encode(), slot.payload);
    if (status.ok()) {
      report(slot, number);
    }
    return status.in_block(number);
  }

  Status finish() override {
    if (compact_) {
      return sink_.finish(written_);
    }
    if (index_.blocks() == 0) {
      if (Status begun = begin_stream(0); !begun.ok()) {
        return begun;
      }
    }
    if (index_.last_segment_due()) {
      if (Status indexed = write_segment(); !indexed.ok()) {
        return indexed;
      }
    }
    if (index_.root_due()) {
      const std::uint64_t at = written_;
      if (Status rooted = write_record(index_.root_header(stream_id_), {}, index_.root_payload());
          !rooted.ok()) {
        return rooted;
      }
      index_.root_done(at);
    }
    if (options_.before_end) {
      const auto writer = [this](RecordHeader header, ByteSpan payload) {
        return write_side_record(header, payload);
      };
      if (Status added = options_.before_end(writer); !added.ok()) {
        return added;
      }
    }
    if (Status ended = write_end(); !ended.ok()) {
      return ended;
    }
    return sink_.finish(written_);
  }

  Progress progress() const override { return {raw_written_, written_}; }

 private:
  void report(const EncodeSlot& slot, std::uint32_t number) const {
    if (options_.on_block) {
      options_.on_block({.number = number,
                         .raw_size = slot.raw_size,
                         .stored_size = slot.payload.size(),
                         .codec = find_codec(static_cast<CodecId>(slot.step.id))->info().name,
                         .seconds = slot.seconds});
    }
  }

  /// Whether the first block is the whole content. A pipe tells only by a block that is not full,
  /// and a file must give the same bytes.
  bool is_all(const EncodeSlot& slot) const {
    return slot.raw_size < options_.block_size &&
           (!source_.random_access() || source_.size() == slot.raw_size);
  }

  /// The compact form of a stream of this block; nullopt where it does not fit, and where the codec
  /// is not one of those that are chosen for size: a file of the others can be read by readers of
  /// the first revision.
  std::optional<std::vector<std::byte>> compact_stream(const EncodeSlot& slot) const {
    const CodecId codec = options_.codec.codec->info().id;
    if ((codec != CodecId::kCm && codec != CodecId::kBwt) || options_.before_end) {
      return std::nullopt;
    }
    const auto raw_size = static_cast<std::size_t>(slot.raw_size);
    const warp3::BlockRecord block{.raw_size = slot.raw_size,
                                   .hole = slot.hole,
                                   .codec = slot.step,
                                   .raw_hash = slot.raw_hash,
                                   .digest = slot.digest};
    return warp3::CompactStream::encode(
        {.hash = options_.hash, .decode_kib = decode_kib(raw_size)}, block,
        options_.metadata ? encode_metadata(*options_.metadata) : std::vector<std::byte>(),
        slot.payload);
  }

  /// Working memory of a decoder of blocks of up to `block_size` bytes.
  std::uint32_t decode_kib(std::size_t block_size) const {
    const CodecMemory memory = options_.codec.codec->memory(options_.codec.options, block_size);
    return static_cast<std::uint32_t>(
        std::min<std::uint64_t>((memory.decode + kKiB - 1) / kKiB, UINT32_MAX));
  }

  /// The size that a pipe states is a hint only.
  std::uint64_t largest_block() const {
    const std::uint64_t size = source_.random_access()
                                   ? source_.size().value_or(options_.block_size)
                                   : options_.block_size;
    return std::min<std::uint64_t>(options_.block_size, size);
  }

  /// Reads on behind the first `have` bytes of `to`, up to a whole block; returns how many there
  /// are then.
  Result<std::size_t> fill(Buffer& to, std::size_t have) {
    if (input_ended_ || have == options_.block_size) {
      return have;
    }
    const auto got = source_.read(to.first(options_.block_size).subspan(have));
    if (!got.ok()) {
      return got.status();
    }
    input_ended_ = have + *got < options_.block_size;
    return have + *got;
  }

  /// Gives the slot the next block of a source that is read from its beginning to its end.
  Status load(EncodeSlot& slot) {
    if (!ahead_failure_.ok()) {
      return ahead_failure_;
    }
    if (carried_ != 0) {
      std::swap(slot.raw, ahead_);
    }
    slot.raw.resize_discard(options_.block_size);
    const auto have = fill(slot.raw, std::exchange(carried_, 0));
    if (!have.ok()) {
      return have.status();
    }
    std::uint64_t left = *have;
    if (options_.even_end && !input_ended_) {
      ahead_.resize_discard(options_.block_size);
      const auto more = fill(ahead_, 0);
      // A failure behind this block is the next one's.
      ahead_failure_ = more.status();
      carried_ = more.ok() ? *more : 0;
      left = more.ok() ? left + carried_ : cutter_.look_ahead();
    }
    slot.raw_size = std::min<std::uint64_t>(cutter_.next(left), *have);
    slot.loaded = true;
    carry(slot.raw.first(*have).subspan(static_cast<std::size_t>(slot.raw_size)));
    return {};
  }

  /// Puts what was read with a block and is behind its end before what was read ahead.
  void carry(ByteSpan rest) {
    if (rest.empty()) {
      return;
    }
    ahead_.resize_discard(options_.block_size);
    const MutableByteSpan all = ahead_.first(rest.size() + carried_);
    std::copy_backward(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(carried_), all.end());
    std::ranges::copy(rest, all.begin());
    carried_ = all.size();
  }

  /// Gives the slot the next data block or hole of a random-access source.
  Result<bool> assign_range(EncodeSlot& slot) {
    const std::uint64_t size = source_.size().value_or(0);
    const std::uint64_t begin = slot.raw_offset;
    if (begin >= size) {
      return false;
    }
    if (begin >= data_until_) {
      const auto extent = source_.extent_at(begin);
      if (!extent.ok()) {
        return extent.status();
      }
      if (extent->hole && extent->length >= kMinHole) {
        slot.hole = true;
        slot.raw_size = std::min(extent->length, size - begin);
        return true;
      }
      data_until_ = begin + std::clamp<std::uint64_t>(extent->length, 1, size - begin);
    }
    const std::uint64_t end = std::min<std::uint64_t>(begin + cutter_.next(size - begin), size);
    while (data_until_ < end) {
      const auto extent = source_.extent_at(data_until_);
      if (!extent.ok()) {
        return extent.status();
      }
      if (extent->hole && extent->length >= kMinHole) {
        break;
      }
      data_until_ += std::clamp<std::uint64_t>(extent->length, 1, size - data_until_);
    }
    slot.raw_size = std::min(end, data_until_) - begin;
    source_.will_need(begin, slot.raw_size);
    return true;
  }

  Status encode(EncodeSlot& slot, EncodeWorker& worker) {
    slot.payload = {};
    slot.digest = Digest{.bytes = {}, .size = digest_size(options_.hash)};
    slot.payload_hash = xxh3_64({});
    slot.raw_hash = 0;
    slot.step = {.id = static_cast<std::uint16_t>(CodecId::kZero), .parameters = {}};
    if (slot.hole) {
      return {};
    }
    const auto size = static_cast<std::size_t>(slot.raw_size);
    Buffer& buffer = slot.loaded ? slot.raw : worker.raw;
    buffer.resize_discard(size);
    const MutableByteSpan raw = buffer.first(size);
    if (!slot.loaded) {
      const auto got = source_.read_at(slot.raw_offset, raw);
      if (!got.ok()) {
        return got.status();
      }
      if (*got != size) {
        return {Code::kIo, "input shrank while it was being read"};
      }
    }
    const bool store_only = options_.codec.codec->info().id == CodecId::kStore;
    const ContentClass content =
        store_only ? (is_all_zero(raw) ? ContentClass::kZero : ContentClass::kIncompressible)
                   : probe_content(raw);
    if (content == ContentClass::kZero) {
      return {};
    }
    slot.raw_hash = xxh3_64(raw);
    worker.hasher->reset();
    worker.hasher->update(raw);
    slot.digest = worker.hasher->finish();
    slot.step = {.id = static_cast<std::uint16_t>(CodecId::kStore), .parameters = {}};
    slot.payload = raw;
    if (content == ContentClass::kCompressible) {
      slot.encoded.resize_discard(size);
      const auto encoded = worker.encoder->encode(raw, slot.encoded.first(size - 1));
      if (!encoded.ok()) {
        return encoded.status();
      }
      if (encoded->has_value()) {
        slot.step = {.id = static_cast<std::uint16_t>(options_.codec.codec->info().id),
                     .parameters = parameters_};
        slot.payload = slot.encoded.first(**encoded);
      }
    }
    const bool stored = slot.payload.data() == raw.data();
    slot.payload_hash = stored ? slot.raw_hash : xxh3_64(slot.payload);
    if (stored && !slot.loaded) {
      std::swap(slot.raw, worker.raw);  // the payload must live until write()
    }
    return {};
  }

  Status begin_stream(std::uint32_t stream_id) {
    stream_id_ = stream_id;
    file_ =
        FileHeader{.hash = options_.hash,
                   .block_log = static_cast<std::uint8_t>(std::bit_width(options_.block_size - 1)),
                   .decode_kib = decode_kib(options_.block_size),
                   .stream_id = stream_id_};
    std::array<std::byte, FileHeader::kSize> bytes{};
    file_.encode(bytes);
    if (Status written = put(bytes); !written.ok()) {
      return written;
    }
    if (!options_.metadata) {
      return {};
    }
    const auto payload = encode_metadata(*options_.metadata);
    return write_record({.type = RecordType::kMetadata,
                         .payload_size = static_cast<std::uint32_t>(payload.size()),
                         .payload_hash = xxh3_64(payload)},
                        {}, payload);
  }

  Status write_segment() {
    const std::uint64_t at = written_;
    Status written = write_record(index_.segment_header(stream_id_), {}, index_.segment_payload());
    index_.segment_done(at);
    return written;
  }

  Result<std::uint64_t> write_side_record(RecordHeader header, ByteSpan payload) {
    if ((static_cast<std::uint8_t>(header.type) & warp3::kSkippableBit) == 0 ||
        payload.size() > warp3::kMaxSidePayload) {
      return Status(Code::kInvalidArgument, "not a side record that readers would skip");
    }
    const std::uint64_t at = written_;
    header.payload_size = static_cast<std::uint32_t>(payload.size());
    header.payload_hash = xxh3_64(payload);
    Status written = write_record(header, {}, payload);
    return written.ok() ? Result<std::uint64_t>(at) : written;
  }

  Status write_end() {
    warp3::End end{.top_index_offset = index_.top_index(),
                   .stream_size = 0,
                   .file = file_,
                   .content = index_.content_digest()};
    const std::size_t payload_size = end.encode().size();
    const std::size_t record_size = RecordHeader::kSize + payload_size + warp3::End::kTailSize;
    end.stream_size = written_ + record_size;
    const auto payload = end.encode();
    Status written = write_record({.type = RecordType::kEnd,
                                   .payload_size = static_cast<std::uint32_t>(payload.size()),
                                   .raw_offset = index_.raw_size(),
                                   .sequence = index_.blocks(),
                                   .payload_hash = xxh3_64(payload)},
                                  {}, payload);
    return written.ok() ? put(warp3::End::tail(static_cast<std::uint32_t>(record_size))) : written;
  }

  Status write_record(RecordHeader header, ByteSpan extension, ByteSpan payload) {
    header.stream_id = stream_id_;
    header.extension_size = static_cast<std::uint16_t>(extension.size());
    std::array<std::byte, RecordHeader::kSize + BlockExtension::kMaxSize> head{};
    header.encode(head, extension);
    std::copy(extension.begin(), extension.end(), head.begin() + RecordHeader::kSize);
    Status written = put(ByteSpan(head).first(RecordHeader::kSize + extension.size()));
    return written.ok() ? put(payload) : written;
  }

  Status put(ByteSpan bytes) {
    if (bytes.empty()) {
      return {};
    }
    Status written = sink_.write(bytes);
    written_ += bytes.size();
    return written;
  }

  Source& source_;  // NOLINT(cppcoreguidelines-*): outlives the job
  Sink& sink_;      // NOLINT(cppcoreguidelines-*): outlives the job
  WarpEncodeOptions options_;
  std::vector<std::byte> parameters_;
  BlockCutter cutter_;
  std::uint64_t read_offset_ = 0;
  // Of a source that is read in order: what follows the block that was read last.
  Buffer ahead_;
  std::size_t carried_ = 0;  // bytes of it
  Status ahead_failure_;
  bool input_ended_ = false;
  std::uint64_t data_until_ = 0;  // no hole worth keeping before this offset
  std::uint64_t written_ = 0;
  std::uint64_t raw_written_ = 0;
  std::uint32_t stream_id_ = 0;
  bool compact_ = false;  // the whole stream was written, in the compact form
  FileHeader file_;
  IndexBuilder index_;
};

}  // namespace

Result<std::unique_ptr<StagedJob>> make_warp_encode_job(Source& source, Sink& sink,
                                                        WarpEncodeOptions options) {
  if (options.block_size < (std::size_t{1} << warp3::kMinBlockLog) ||
      options.block_size > (std::size_t{1} << warp3::kMaxBlockLog)) {
    return Status(Code::kInvalidArgument, "block size must be 4 KiB to 1 GiB");
  }
  if (options.hash > HashId::kBlake2b) {
    return Status(Code::kInvalidArgument,
                  ".warp checksums are none, xxh64, xxh3, blake3 or blake2b");
  }
  if (options.codec.codec == nullptr) {
    return Status(Code::kInvalidArgument, "no codec is given");
  }
  if (options.metadata) {
    if (Status checked = check_metadata(*options.metadata); !checked.ok()) {
      return checked;
    }
  }
  return std::unique_ptr<StagedJob>(
      std::make_unique<WarpEncodeJob>(source, sink, std::move(options)));
}

}  // namespace kompakt
