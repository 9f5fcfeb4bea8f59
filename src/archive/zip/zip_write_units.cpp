#include "archive/zip/zip_write_units.hpp"
#include "archive/epoch.hpp"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

namespace kompakt::zip {
namespace {

std::size_t content_size(const Entry& entry) {
  switch (entry.type) {
    case EntryType::kFile:
      return static_cast<std::size_t>(entry.size);
    case EntryType::kSymlink:
      return entry.link_target.size();
    default:
      return 0;
  }
}

bool is_large(const Entry& entry) {
  return entry.type == EntryType::kFile && entry.size > kSmallFile;
}

}  // namespace

Status code_batch(Unit& unit, ContentCoder& coder, const Coding& coding) {
  std::size_t room = 0;
  for (const BatchItem& item : unit.items) {
    room += local_size(item.member) + coded_room(coding, item.raw_size);
  }
  unit.coded.resize_discard(room);
  std::size_t at = 0;
  for (BatchItem& item : unit.items) {
    Member& member = item.member;
    const ByteSpan raw =
        std::as_const(unit.raw).first(unit.raw_size).subspan(item.raw, item.raw_size);
    member.size = raw.size();
    member.crc32 = crc32_of(raw);
    const std::size_t header = local_size(member);
    const MutableByteSpan data = unit.coded.first(room).subspan(at + header);
    std::optional<std::size_t> size;
    if (!raw.empty() && member.entry.type == EntryType::kFile) {
      const auto coded = coder.encode(raw, data.first(coded_room(coding, raw.size())));
      if (!coded.ok()) {
        return coded.status().in_file(member.entry.path);
      }
      size = *coded;
    }
    if (!size && !raw.empty()) {
      std::memcpy(data.data(), raw.data(), raw.size());
    }
    member.method = size ? coding.method : Method::kStore;
    member.stored_size = size.value_or(raw.size());
    item.coded = at;
    put_local(member, unit.coded.first(room).subspan(at));
    at += header + static_cast<std::size_t>(member.stored_size);
  }
  unit.coded_size = at;
  return {};
}

std::uint64_t batch_memory(const Coding& coding) {
  // A member on its own may have a name past the bound.
  const std::uint64_t names = kBatchNames + kMaxName;
  const std::uint64_t items = kBatchItems * (sizeof(BatchItem) + 128 + coded_room(coding, 1));
  return kBatchContent + 1 + coded_room(coding, kBatchContent) + 2 * names + items;
}

void Policy::apply(Entry& entry) const {
  if (reproducible) {
    entry.owner.reset();
    entry.user.clear();
    entry.group.clear();
    entry.accessed.reset();
  }
  for (auto* const time : {&entry.modified, &entry.accessed}) {
    if (*time) {
      cut_to_epoch(**time, epoch);
    }
  }
}

DosTime Policy::dos_time(const Entry& entry) const {
  return entry.modified
             ? dos_time_of(entry.modified->seconds, reproducible ? DosZone::kUtc : DosZone::kLocal)
             : DosTime{};
}

Result<bool> UnitReader::read(Unit& unit) {
  unit.items.clear();
  unit.raw_size = 0;
  unit.names = 0;
  unit.coded_size = 0;
  unit.large.reset();
  if (large_ != nullptr) {
    return read_part(unit);
  }
  unit.kind = Unit::Kind::kBatch;
  while (true) {
    if (!pending_) {
      const auto more = fetch();
      if (!more.ok()) {
        return more.status();
      }
      if (!*more) {
        return !unit.items.empty();
      }
    }
    if (is_large(entry_)) {
      if (!unit.items.empty()) {
        return true;
      }
      if (Status begun = begin_large(); !begun.ok()) {
        return begun;
      }
      return read_part(unit);
    }
    if (!fits(unit)) {
      return true;
    }
    take(unit);
  }
}

/// Goes on to the next entry that can be stored, which is pending_ then. False at the end.
Result<bool> UnitReader::fetch() {
  while (!ended_) {
    WalkedEntry walked;
    const auto more = walk_->next(walked);
    if (!more.ok()) {
      return more.status();
    }
    if (!*more) {
      ended_ = true;
      break;
    }
    if (usable(walked)) {
      setup_.policy.apply(entry_);
      pending_ = true;
      return true;
    }
  }
  return false;
}

bool UnitReader::usable(const WalkedEntry& walked) {
  entry_ = walked.entry;
  if (entry_.path.empty()) {
    return false;  // the folder itself that is packed
  }
  if (entry_.path.size() > kMaxName) {
    warn(Status(Code::kUnsupported, "zip has no room for so long a name; left out"));
    return false;
  }
  switch (entry_.type) {
    case EntryType::kDirectory:
      return true;
    case EntryType::kSymlink:
      // A target is at most a page long wherever it comes from.
      return entry_.link_target.size() <= kSmallFile;
    case EntryType::kFile:
    case EntryType::kHardlink:
      return open_file(walked);
    default:
      warn(Status(
          Code::kUnsupported,
          "zip has no place for a " + std::string(entry_type_name(entry_.type)) + "; left out"));
      return false;
  }
}

bool UnitReader::open_file(const WalkedEntry& walked) {
  const bool again = entry_.type == EntryType::kHardlink;
  auto file = again ? open_walked(*setup_.system, walked) : walk_->open_current();
  if (!file.ok()) {
    warn(file.status());
    return false;
  }
  file_ = std::move(*file);
  if (again) {
    // The format has no second names: the content is stored again.
    struct stat status {};
    if (const int got = setup_.system->fstat(file_.get(), &status); got < 0) {
      warn(system_error("cannot be read", got));
      return false;
    }
    entry_.type = EntryType::kFile;
    entry_.size = static_cast<std::uint64_t>(status.st_size);
    entry_.link_target.clear();
  }
  return true;
}

bool UnitReader::fits(const Unit& unit) const {
  return unit.items.empty() ||
         (unit.items.size() < kBatchItems && unit.names + entry_.path.size() <= kBatchNames &&
          unit.raw_size + content_size(entry_) <= kBatchContent);
}

/// Reads the pending member into the batch.
void UnitReader::take(Unit& unit) {
  // Once, at its full size: growing would lose what is in it. One byte more shows growth of a file.
  unit.raw.resize_discard(std::max(kBatchContent, kSmallFile) + 1);
  pending_ = false;
  BatchItem item;
  item.raw = unit.raw_size;
  item.raw_size = content_size(entry_);
  const MutableByteSpan room = unit.raw.first(unit.raw.capacity()).subspan(item.raw);
  if (entry_.type == EntryType::kSymlink) {
    std::memcpy(room.data(), entry_.link_target.data(), item.raw_size);
  } else if (entry_.type == EntryType::kFile) {
    const kompakt::Descriptor file = std::move(file_);
    const auto content = read_small(*setup_.system, file.get(), item.raw_size, room);
    if (!content.ok()) {
      warn(content.status());
      return;
    }
    if (!content->problem.ok()) {
      warn(content->problem);
    }
    item.raw_size = content->size;
    entry_.size = content->size;
  }
  unit.raw_size += item.raw_size;
  unit.names += entry_.path.size();
  item.member.modified = setup_.policy.dos_time(entry_);
  item.member.entry = std::move(entry_);
  unit.items.push_back(std::move(item));
}

/// Makes the pending member the one that is read in parts.
Status UnitReader::begin_large() {
  pending_ = false;
  auto large =
      std::make_shared<LargeMember>(*setup_.system, std::move(file_), std::move(entry_), sink_);
  auto job = make_content_job(large->content, large->sink, setup_.coding);
  if (!job.ok()) {
    return job.status();
  }
  large->job = std::move(*job);
  Member& member = large->member;
  member.modified = setup_.policy.dos_time(member.entry);
  member.method = setup_.coding.method;
  member.streamed = true;
  member.wide = max_stream(member.entry.size) >= kIn64;
  large_ = std::move(large);
  return {};
}

Result<bool> UnitReader::read_part(Unit& unit) {
  if (unit.slot_owner != large_) {
    unit.slot = large_->job->make_slot();
    unit.slot_owner = large_;
  }
  const auto more = large_->job->read(*unit.slot);
  if (!more.ok()) {
    return more.status().in_file(large_->content.name());
  }
  unit.large = large_;
  unit.kind = *more ? Unit::Kind::kPart : Unit::Kind::kEnd;
  if (!*more) {
    if (Status problem = large_->content.problem(); !problem.ok() && setup_.on_warning) {
      setup_.on_warning(problem.in_file(large_->content.name()));
    }
    large_.reset();
  }
  return true;
}

/// Tells of the entry that is at hand.
void UnitReader::warn(const Status& status) const {
  if (setup_.on_warning) {
    Status told = status;
    setup_.on_warning(told.in_file(entry_.path));
  }
}

}  // namespace kompakt::zip
