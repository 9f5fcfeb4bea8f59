#include "format/common/carried_part_job.hpp"

#include <algorithm>

namespace kompakt {

Result<bool> CarriedPartJob::read(Slot& slot) {
  auto& part = static_cast<Part&>(slot);
  if (ended_) {
    return false;
  }
  // One byte more than a part, to know whether it is the last.
  part.room.resize_discard(config_.carry_size + config_.part_size + 1);
  std::byte* const start = part.room.data() + config_.carry_size;
  std::copy(carry_.begin(), carry_.end(), start - carry_.size());
  const std::size_t wanted = config_.part_size + 1;
  const std::size_t held = ahead_ ? 1 : 0;
  if (ahead_) {
    *start = *ahead_;
    ahead_.reset();
  }
  const MutableByteSpan room(start, wanted);
  const auto got = source_.random_access() ? source_.read_at(read_ + held, room.subspan(held))
                                           : source_.read(room.subspan(held));
  if (!got.ok()) {
    return got.status();
  }
  const std::size_t total = held + *got;
  const std::size_t size = std::min(total, config_.part_size);
  part.last = total < wanted;
  if (!part.last) {
    ahead_ = room[size];
    source_.will_need(read_ + total, config_.part_size);
  }
  part.number = parts_++;
  part.offset = read_;
  part.carry = {start - carry_.size(), carry_.size()};
  part.raw = room.first(size);
  part.coded_size = 0;
  read_ += size;
  ended_ = part.last;
  if (config_.carry_size != 0 && !part.last) {
    const ByteSpan seen(part.carry.data(), part.carry.size() + size);
    const ByteSpan tail = seen.last(std::min(seen.size(), config_.carry_size));
    carry_.assign(tail.begin(), tail.end());
  }
  if (Status passed = pass(part); !passed.ok()) {
    return passed;
  }
  return true;
}

Status CarriedPartJob::work(Slot& slot, Worker& worker) {
  auto& part = static_cast<Part&>(slot);
  part.coded.resize_discard(config_.max_coded);
  return encode(part, worker).in_block(part.number).at_offset(part.offset);
}

Status CarriedPartJob::write(Slot& slot) {
  auto& part = static_cast<Part&>(slot);
  if (!begun_) {
    begun_ = true;
    std::vector<std::byte> header;
    if (Status status = begin(header); !status.ok()) {
      return status;
    }
    if (Status status = put(header); !status.ok()) {
      return status;
    }
  }
  content_ += part.raw.size();
  return put(part.coded.first(part.coded_size));
}

Status CarriedPartJob::finish() {
  std::vector<std::byte> trailer;
  if (Status status = end(trailer); !status.ok()) {
    return status;
  }
  return put(trailer);
}

Status CarriedPartJob::put(ByteSpan bytes) {
  output_ += bytes.size();
  return bytes.empty() ? Status() : sink_.write(bytes);
}

}  // namespace kompakt
