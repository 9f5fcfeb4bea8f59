#include "archive/warp/content_source.hpp"

#include <sys/stat.h>

#include <algorithm>

#include "core/endian.hpp"

namespace kompakt {
namespace {

// A file of up to this size is in memory whole before its place is decided.
constexpr std::uint64_t kSmall = std::uint64_t{1} << 20U;

std::uint64_t length_of(const Entry& entry) {
  std::uint64_t length = 0;
  if (!entry.data_runs) {
    return entry.size;
  }
  for (const auto& run : *entry.data_runs) {
    length += run.length;
  }
  return length;
}

/// Of a reproducible archive the walked time is not the file's: then only its size tells.
bool changed_since(const Entry& walked, const struct stat& now) {
  return walked.modified && walked.modified->seconds != now.st_mtim.tv_sec;
}

}  // namespace

std::size_t ContentSource::ContentKeyHash::operator()(const ContentKey& key) const noexcept {
  return static_cast<std::size_t>(load_le<std::uint64_t>(ByteSpan(key.digest.bytes)));
}

void ContentSource::start(const MemberStore& members, std::vector<std::uint32_t> files) {
  members_ = &members;
  files_ = std::move(files);
  stored_.assign(files_.size(), {});
  hasher_ = make_hasher(options_.hash);
  identity_ = make_hasher(HashId::kBlake3);
  std::vector<std::uint64_t> lengths;
  lengths.reserve(files_.size());
  for (const std::uint32_t file : files_) {
    members.get(file, entry_);
    lengths.push_back(length_of(entry_));
  }
  std::sort(lengths.begin(), lengths.end());
  for (std::size_t i = 1; i < lengths.size(); ++i) {
    if (lengths[i] == lengths[i - 1] && lengths[i] != 0) {
      repeated_lengths_.insert(lengths[i]);
    }
  }
}

bool ContentSource::may_be_repeated(std::uint64_t length) const {
  return repeated_lengths_.contains(length);
}

Result<std::size_t> ContentSource::read(MutableByteSpan out) {
  std::size_t filled = 0;
  while (filled < out.size()) {
    const MutableByteSpan room = out.subspan(filled);
    if (carry_begin_ < carry_end_) {
      const std::size_t piece = std::min(room.size(), carry_end_ - carry_begin_);
      std::copy_n(carry_.data() + carry_begin_, piece, room.begin());
      carry_begin_ += piece;
      filled += piece;
      continue;
    }
    if (!in_large_ && next_ == files_.size()) {
      break;
    }
    const auto got = in_large_ ? continue_large(room) : take_file(room);
    if (!got.ok()) {
      return got.status();
    }
    filled += *got;
  }
  return filled;
}

void ContentSource::warn(Status status, std::size_t place) {
  if (options_.on_warning) {
    options_.on_warning(status.in_file(members_->origin(files_[place]).real_path));
  }
}

bool ContentSource::open(std::size_t place) {
  StoredFile& file = stored_[place];
  members_->get(files_[place], entry_);
  const auto origin = members_->origin(files_[place]);
  WalkedEntry walked;
  walked.real_path = origin.real_path;
  walked.device = origin.device;
  walked.inode = origin.inode;
  struct stat now {};
  auto fd = opener_.open(walked, &now);
  if (!fd.ok()) {
    file.missing = true;
    warn(fd.status(), place);
    return false;
  }
  file.size = static_cast<std::uint64_t>(now.st_size);
  // Holes that were found in another state of the file may hold data by now.
  file.sparse =
      entry_.data_runs.has_value() && file.size == entry_.size && !changed_since(entry_, now);
  current_.fd = std::move(*fd);
  current_.changed = file.size != entry_.size;
  if (file.sparse) {
    current_.runs = *entry_.data_runs;
  } else {
    current_.runs.assign(1, {.offset = 0, .length = file.size, .hole = false});
  }
  rewind();
  return true;
}

void ContentSource::rewind() {
  current_.run = 0;
  current_.in_run = 0;
  current_.left = 0;
  for (const auto& run : current_.runs) {
    current_.left += run.length;
  }
}

Status ContentSource::read_some(MutableByteSpan out) {
  while (!out.empty()) {
    const Extent& run = current_.runs[current_.run];
    const auto piece =
        static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), run.length - current_.in_run));
    bool changed = false;
    if (Status got = read_exactly(system_, current_.fd.get(), run.offset + current_.in_run,
                                  out.first(piece), &changed);
        !got.ok()) {
      return got;
    }
    current_.changed = current_.changed || changed;
    out = out.subspan(piece);
    current_.left -= piece;
    current_.in_run += piece;
    if (current_.in_run == run.length) {
      ++current_.run;
      current_.in_run = 0;
    }
  }
  return {};
}

void ContentSource::reset_hashers(bool may_repeat) {
  may_repeat_ = may_repeat;
  hasher_->reset();
  if (options_.hash != HashId::kBlake3) {
    identity_->reset();
  }
}

void ContentSource::update_hashers(ByteSpan bytes) {
  hasher_->update(bytes);
  if (may_repeat_ && options_.hash != HashId::kBlake3) {
    identity_->update(bytes);
  }
}

void ContentSource::finish_digests(StoredFile& file, std::optional<ContentKey>& key,
                                   std::uint64_t length) {
  file.digest = hasher_->finish();
  key.reset();
  if (may_repeat_) {
    key = ContentKey{length, options_.hash == HashId::kBlake3 ? file.digest : identity_->finish()};
  }
  file.digest.size = std::min(file.digest.size, options_.digest_bytes);
}

/// Takes the next file; the bytes that it put into `room`.
Result<std::size_t> ContentSource::take_file(MutableByteSpan room) {
  const std::size_t place = next_++;
  if (!open(place)) {
    return std::size_t{0};
  }
  if (options_.on_entry) {
    options_.on_entry(entry_);
  }
  StoredFile& file = stored_[place];
  if (current_.left > kSmall) {
    if (Status started = start_large(file); !started.ok()) {
      return started;
    }
    return std::size_t{0};
  }
  return take_small(file, room);
}

Result<std::size_t> ContentSource::take_small(StoredFile& file, MutableByteSpan room) {
  const auto length = static_cast<std::size_t>(current_.left);
  const bool fits = length <= room.size();
  if (!fits) {
    carry_.resize_discard(static_cast<std::size_t>(kSmall));
  }
  const MutableByteSpan bytes = fits ? room.first(length) : carry_.first(length);
  reset_hashers(may_be_repeated(length));
  if (Status got = read_some(bytes); !got.ok()) {
    file.missing = true;
    current_.fd.reset();
    warn(got, next_ - 1);
    return std::size_t{0};
  }
  update_hashers(bytes);
  std::optional<ContentKey> key;
  finish_digests(file, key, length);
  finish_file();
  if (key) {
    const auto [known, added] = contents_.try_emplace(*key, position_);
    if (!added) {
      file.offset = known->second;
      file.duplicate = true;
      return std::size_t{0};
    }
  }
  file.offset = position_;
  position_ += length;
  if (!fits) {
    carry_begin_ = 0;
    carry_end_ = length;
  }
  return fits ? length : std::size_t{0};
}

/// Begins a file that is read piece by piece. Where another may be equal it is read beforehand, to
/// know before its content is laid down.
Status ContentSource::start_large(StoredFile& file) {
  const std::uint64_t length = current_.left;
  in_large_ = true;
  if (may_be_repeated(length)) {
    reset_hashers(true);
    carry_.resize_discard(static_cast<std::size_t>(kSmall));
    while (current_.left != 0) {
      const auto piece = carry_.first(static_cast<std::size_t>(std::min(current_.left, kSmall)));
      if (Status got = read_some(piece); !got.ok()) {
        in_large_ = false;
        file.missing = true;
        current_.fd.reset();
        warn(got, next_ - 1);
        return {};
      }
      update_hashers(piece);
    }
    std::optional<ContentKey> key;
    finish_digests(file, key, length);
    if (const auto known = contents_.find(*key); known != contents_.end()) {
      file.offset = known->second;
      file.duplicate = true;
      in_large_ = false;
      finish_file();
      return {};
    }
    rewind();
  }
  reset_hashers(may_be_repeated(length));
  file.offset = position_;
  return {};
}

Result<std::size_t> ContentSource::continue_large(MutableByteSpan room) {
  const auto piece = room.first(
      static_cast<std::size_t>(std::min<std::uint64_t>({room.size(), current_.left, kSmall})));
  if (Status got = read_some(piece); !got.ok()) {
    // What was laid down of it stays in the content and belongs to no member.
    stored_[next_ - 1].missing = true;
    in_large_ = false;
    current_.fd.reset();
    warn(got, next_ - 1);
    return std::size_t{0};
  }
  update_hashers(piece);
  position_ += piece.size();
  if (current_.left == 0) {
    StoredFile& file = stored_[next_ - 1];
    std::optional<ContentKey> key;
    finish_digests(file, key, position_ - file.offset);
    if (key) {
      contents_.try_emplace(*key, file.offset);
    }
    in_large_ = false;
    finish_file();
  }
  return piece.size();
}

void ContentSource::finish_file() {
  if (current_.changed) {
    warn({Code::kIo, "file changed while it was read"}, next_ - 1);
  }
  current_.fd.reset();
}

}  // namespace kompakt
