#include "container/legacy/v2_writer.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <string>

#include "container/legacy/buffer_room.hpp"
#include "core/buffer.hpp"
#include "core/checked.hpp"
#include "core/endian.hpp"

namespace kompakt::legacy {
namespace {

constexpr std::size_t kEntrySize = sizeof(std::uint64_t);
constexpr std::size_t kTableWindow = 4096 * kEntrySize;

class EncodeSlot final : public StagedJob::Slot {
 public:
  std::uint64_t index = 0;
  std::size_t raw_size = 0;
  std::size_t stored_size = 0;
  bool end = false;
  double seconds = 0;
  Buffer raw;
  Buffer stored;
};

class EncodeWorker final : public StagedJob::Worker {
 public:
  explicit EncodeWorker(std::unique_ptr<Encoder> made) : encoder(std::move(made)) {}
  std::unique_ptr<Encoder> encoder;
};

void append_entry(std::vector<std::byte>& to, std::uint64_t value) {
  to.resize(to.size() + kEntrySize);
  store_le<std::uint64_t>(MutableByteSpan(to).last(kEntrySize), value);
}

std::uint32_t count_chunks(std::uint64_t size, std::uint64_t chunk_size) {
  return static_cast<std::uint32_t>(size / chunk_size + (size % chunk_size != 0 ? 1 : 0));
}

}  // namespace

Status V2TableWriter::add(std::uint64_t stored, std::uint64_t original) {
  append_entry(stored_, stored);
  append_entry(original_, original);
  return stored_.size() >= kTableWindow ? flush() : Status();
}

Status V2TableWriter::flush() {
  const std::uint64_t at = TableHeader::kSize + flushed_ * kEntrySize;
  Status written = sink_->write_at(at, stored_);
  if (written.ok()) {
    written = sink_->write_at(at + std::uint64_t{chunk_count_} * kEntrySize, original_);
  }
  flushed_ += stored_.size() / kEntrySize;
  stored_.clear();
  original_.clear();
  return written;
}

V2EncodeJob::V2EncodeJob(const Source& source, Sink& sink, const V2Plan& plan,
                         const CodecSpec& spec, V2EncodeOptions options)
    : source_(&source),
      sink_(&sink),
      plan_(plan),
      spec_(spec),
      options_(std::move(options)),
      header_{.version = 2,
              .method = *plan.method,
              .original_size = source.size().value_or(0),
              .chunk_count = count_chunks(source.size().value_or(0), plan.chunk_size)},
      tables_(sink, header_.chunk_count),
      hasher_(make_hasher(options_.hash)),
      position_(header_.payload_offset()) {}

std::uint64_t V2EncodeJob::slot_bytes() const {
  const auto chunk = static_cast<std::size_t>(std::min(plan_.chunk_size, header_.original_size));
  return buffer_room(chunk) + buffer_room(spec_.codec->max_encoded_size(chunk));
}

std::uint64_t V2EncodeJob::worker_bytes() const {
  return spec_.codec->memory(spec_.options, static_cast<std::size_t>(plan_.chunk_size)).encode;
}

std::unique_ptr<StagedJob::Slot> V2EncodeJob::make_slot() { return std::make_unique<EncodeSlot>(); }

Result<std::unique_ptr<StagedJob::Worker>> V2EncodeJob::make_worker() {
  auto encoder = spec_.codec->make_encoder(spec_.options);
  if (!encoder.ok()) {
    return encoder.status();
  }
  return std::unique_ptr<Worker>(std::make_unique<EncodeWorker>(std::move(*encoder)));
}

Result<bool> V2EncodeJob::read(Slot& slot) {
  auto& unit = static_cast<EncodeSlot&>(slot);
  if (ended_) {
    return false;
  }
  unit.index = next_index_;
  unit.end = next_index_ == header_.chunk_count;
  ended_ = unit.end;
  if (!unit.end) {
    unit.raw_size = static_cast<std::size_t>(
        std::min(plan_.chunk_size, header_.original_size - next_index_ * plan_.chunk_size));
    ++next_index_;
  }
  return true;
}

Status V2EncodeJob::work(Slot& slot, Worker& worker) {
  auto& unit = static_cast<EncodeSlot&>(slot);
  if (unit.end) {
    return {};
  }
  const std::uint64_t offset = unit.index * plan_.chunk_size;
  unit.raw.resize_discard(unit.raw_size);
  const MutableByteSpan raw = unit.raw.first(unit.raw_size);
  const auto got = source_->read_at(offset, raw);
  if (!got.ok() || *got != raw.size()) {
    Status failure =
        got.ok() ? Status(Code::kIo, "the input shrank while it was read") : got.status();
    return failure.in_block(unit.index).at_offset(offset);
  }
  const auto start = std::chrono::steady_clock::now();
  unit.stored.resize_discard(spec_.codec->max_encoded_size(raw.size()));
  const auto size = static_cast<EncodeWorker&>(worker).encoder->encode(
      raw, unit.stored.first(unit.stored.capacity()));
  if (!size.ok() || !size->has_value()) {
    Status failure = size.ok() ? Status(Code::kInternal, "a chunk outgrew its encoder's own bound")
                               : size.status();
    return failure.in_block(unit.index);
  }
  unit.stored_size = **size;
  unit.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return {};
}

Status V2EncodeJob::write_ends() {
  Status written = tables_.flush();
  if (written.ok()) {
    written = sink_->write_at(0, header_.encode());
  }
  if (written.ok() && options_.hash != HashId::kNone) {
    const auto trailer =
        ContentTrailer{.hash = options_.hash, .digest = hasher_->finish()}.encode();
    written = sink_->write_at(position_, trailer);
    position_ += trailer.size();
  }
  progress_.bytes_out = position_;
  return written;
}

Status V2EncodeJob::write(Slot& slot) {
  const auto& unit = static_cast<const EncodeSlot&>(slot);
  if (unit.end) {
    return write_ends();
  }
  hasher_->update(unit.raw.first(unit.raw_size));
  Status written = sink_->write_at(position_, unit.stored.first(unit.stored_size));
  if (written.ok()) {
    written = tables_.add(unit.stored_size, unit.raw_size);
  }
  if (!written.ok()) {
    return written.in_block(unit.index);
  }
  position_ += unit.stored_size;
  progress_.bytes_in += unit.raw_size;
  progress_.bytes_out = position_;
  if (options_.on_chunk) {
    options_.on_chunk({.index = unit.index,
                       .original_size = unit.raw_size,
                       .stored_size = unit.stored_size,
                       .seconds = unit.seconds});
  }
  return {};
}

}  // namespace kompakt::legacy
