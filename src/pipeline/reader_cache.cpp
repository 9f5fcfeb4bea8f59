#include "pipeline/reader_cache.hpp"

#include <algorithm>
#include <utility>

#include "pipeline/guarded.hpp"

namespace kompakt {

Status StretchSink::write(ByteSpan bytes) {
  if (bytes.size() > out_.size() - size_) {
    return {Code::kCorrupt, "there is more content than the index says"};
  }
  std::copy(bytes.begin(), bytes.end(), out_.begin() + static_cast<std::ptrdiff_t>(size_));
  size_ += bytes.size();
  return {};
}

ReaderCache::EntryPtr ReaderCache::find_and_touch(std::uint64_t begin) {
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [begin](const EntryPtr& each) { return each->begin == begin; });
  if (found == entries_.end()) {
    return nullptr;
  }
  entries_.splice(entries_.begin(), entries_, found);
  return *found;
}

bool ReaderCache::holds(std::uint64_t begin) const {
  const std::lock_guard lock(mutex_);
  return std::any_of(entries_.begin(), entries_.end(),
                     [begin](const EntryPtr& each) { return each->begin == begin; });
}

Result<ReaderCache::Stretch> ReaderCache::get(std::uint64_t begin, const Decode& decode) {
  EntryPtr entry;
  {
    std::unique_lock lock(mutex_);
    entry = find_and_touch(begin);
    if (entry) {
      settled_.wait(lock, [&entry] { return entry->result.has_value(); });
      return *entry->result;
    }
    entry = std::make_shared<Entry>(Entry{.begin = begin, .result = std::nullopt});
    entries_.push_front(entry);
  }
  auto result = without_exceptions([&decode] { return decode(); });
  settle(entry, result);
  return result;
}

void ReaderCache::settle(const EntryPtr& entry, Result<Stretch> result) {
  {
    const std::lock_guard lock(mutex_);
    entry->result = std::move(result);
    if (entry->result->ok() && entry->result->value()->failure().ok()) {
      size_ += entry->result->value()->bytes().size();
    } else {
      entries_.remove(entry);
    }
    for (auto each = entries_.end(); size_ > capacity_ && each != entries_.begin();) {
      --each;
      if (*each != entry && (*each)->result) {
        size_ -= (*each)->result->value()->bytes().size();
        each = entries_.erase(each);
      }
    }
  }
  settled_.notify_all();
}

}  // namespace kompakt
