#include "format/common/carried_part_job.hpp"

#include <algorithm>

namespace kompakt {
namespace {
constexpr std::size_t kLeastRoom = std::size_t{64} << 10U;
}  // namespace

Result<bool> CarriedPartJob::read(Slot& slot) {
  auto& part = static_cast<Part&>(slot);
  if (ended_) {
    return false;
  }
  // One byte more than a part, to know whether it is the last. Room for no more than there is:
  // large buffers cost more than coding a little. A source that grows meanwhile has shorter parts.
  const std::uint64_t left = source_.random_access()
                                 ? source_.size().value_or(config_.part_size + read_) - read_
                                 : config_.part_size;
  const auto most = static_cast<std::size_t>(
      std::clamp<std::uint64_t>(left, std::min(kLeastRoom, config_.part_size), config_.part_size));
  part.room.resize_discard(config_.carry_size + most + 1);
  std::byte* const start = part.room.data() + config_.carry_size;
  std::copy(carry_.begin(), carry_.end(), start - carry_.size());
  const std::size_t wanted = most + 1;
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
  const std::size_t size = std::min(total, most);
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
  // What coding adds to a part is no less than what it adds to a shorter one.
  const std::size_t added = config_.max_coded - std::min(config_.max_coded, config_.part_size);
  part.coded.resize_discard(std::min(part.raw.size() + added, config_.max_coded));
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
