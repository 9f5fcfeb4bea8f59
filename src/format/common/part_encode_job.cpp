#include "format/common/part_encode_job.hpp"

#include <algorithm>

namespace kompakt {

PartEncodeJob::PartEncodeJob(Source& source, Sink& sink, const Config& config)
    : source_(source), sink_(sink), config_(config) {}

std::uint64_t PartEncodeJob::slot_bytes() const {
  // One byte more than a part: see ahead_.
  return config_.max_coded + (source_.random_access() ? 0 : config_.part_size + 1);
}

std::uint64_t PartEncodeJob::worker_bytes() const {
  return config_.coder_bytes + (source_.random_access() ? config_.part_size : 0);
}

std::unique_ptr<StagedJob::Slot> PartEncodeJob::make_slot() { return std::make_unique<Part>(); }

Result<std::unique_ptr<StagedJob::Worker>> PartEncodeJob::make_worker() {
  auto coder = make_coder();
  if (!coder.ok()) {
    return coder.status();
  }
  return std::unique_ptr<Worker>(std::move(*coder));
}

Result<bool> PartEncodeJob::read(Slot& slot) {
  auto& part = static_cast<Part&>(slot);
  if (ended_) {
    return false;
  }
  auto got = source_.random_access() ? read_random(part) : read_ordered(part);
  if (!got.ok() || !*got) {
    return got;
  }
  part.number = parts_++;
  part.offset = read_;
  part.raw = {};
  part.coded_size = 0;
  part.check = 0;
  part.extra = 0;
  read_ += part.size;
  ended_ = part.last;
  return part.size != 0 || config_.part_for_empty;
}

Result<bool> PartEncodeJob::read_random(Part& part) {
  const std::uint64_t left = source_.size().value_or(0) - read_;
  part.size = static_cast<std::size_t>(std::min<std::uint64_t>(left, config_.part_size));
  part.last = part.size == left;
  if (!part.last) {
    source_.will_need(read_ + part.size, config_.part_size);
  }
  return true;
}

Result<bool> PartEncodeJob::read_ordered(Part& part) {
  const std::size_t wanted = config_.part_size + 1;
  part.input.resize_discard(wanted);
  const std::size_t carried = ahead_ ? 1 : 0;
  if (ahead_) {
    *part.input.data() = *ahead_;
    ahead_.reset();
  }
  const auto got = source_.read(part.input.first(wanted).subspan(carried));
  if (!got.ok()) {
    return got.status();
  }
  const std::size_t total = carried + *got;
  part.last = total < wanted;
  part.size = std::min(total, config_.part_size);
  if (!part.last) {
    ahead_ = part.input.data()[config_.part_size];
  }
  return true;
}

Status PartEncodeJob::work(Slot& slot, Worker& worker) {
  auto& part = static_cast<Part&>(slot);
  auto& coder = static_cast<Coder&>(worker);
  if (source_.random_access()) {
    coder.input.resize_discard(part.size);
    const MutableByteSpan room = coder.input.first(part.size);
    const auto got = source_.read_at(part.offset, room);
    if (!got.ok()) {
      return got.status();
    }
    if (*got != part.size) {
      return Status(Code::kIo, "the input became shorter while it was being read")
          .at_offset(part.offset + *got);
    }
    part.raw = room;
  } else {
    part.raw = part.input.first(part.size);
  }
  part.coded.resize_discard(config_.max_coded);
  Status encoded = encode(part, coder);
  return encoded.in_block(part.number).at_offset(part.offset);
}

Status PartEncodeJob::write(Slot& slot) {
  auto& part = static_cast<Part&>(slot);
  if (Status header = put_header(); !header.ok()) {
    return header;
  }
  if (Status noted = append(part); !noted.ok()) {
    return noted;
  }
  content_ += part.size;
  return put(part.coded.first(part.coded_size));
}

Status PartEncodeJob::finish() {
  if (Status header = put_header(); !header.ok()) {
    return header;
  }
  std::vector<std::byte> trailer;
  if (Status ended = end(trailer); !ended.ok()) {
    return ended;
  }
  return put(trailer);
}

StagedJob::Progress PartEncodeJob::progress() const { return {content_, output_}; }

Status PartEncodeJob::put_header() {
  if (header_written_) {
    return {};
  }
  header_written_ = true;
  std::vector<std::byte> header;
  if (Status begun = begin(header); !begun.ok()) {
    return begun;
  }
  return put(header);
}

Status PartEncodeJob::put(ByteSpan bytes) {
  output_ += bytes.size();
  return bytes.empty() ? Status() : sink_.write(bytes);
}

}  // namespace kompakt
