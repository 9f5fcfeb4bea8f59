#include "format/xz/block_worker.hpp"

#include <algorithm>

#include "format/xz/points.hpp"

namespace kompakt {

Status XzBlockWorker::run(const XzBlockTask& task) {
  in_ = {};
  fetched_ = 0;
  lines_ = 0;
  if (Status begun = begin(task); !begun.ok()) {
    return begun;
  }
  return decode(task);
}

Status XzBlockWorker::more_input(const XzBlockTask& task) {
  const std::uint64_t left = task.total - fetched_;
  if (task.source == nullptr) {
    in_ = task.coded.last(static_cast<std::size_t>(left));
    fetched_ = task.total;
    return {};
  }
  input_.resize_discard(kInput);
  const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(left, kInput));
  const auto got = task.source->read_at(task.offset + fetched_, input_.first(wanted));
  if (!got.ok()) {
    return got.status();
  }
  if (*got < wanted) {
    return {Code::kIo, "the input became shorter while it was being read"};
  }
  in_ = std::as_const(input_).first(wanted);
  fetched_ += wanted;
  return {};
}

Status XzBlockWorker::begin(const XzBlockTask& task) {
  if (Status fetched = more_input(task); !fetched.ok()) {
    return fetched;
  }
  // A header has 1 KiB at most, so the first piece of input holds it if the block does.
  const std::size_t size = in_.empty() ? 0 : XzBlockDecoder::header_size(in_[0]);
  if (in_.empty() || in_[0] == std::byte{0} || size > in_.size()) {
    return {Code::kCorrupt, "xz: a block header is damaged"};
  }
  if (Status parsed = decoder_.parse(in_.first(size), task.check, task.max_memory); !parsed.ok()) {
    return parsed;
  }
  in_ = in_.subspan(size);
  if (Status agreed = decoder_.expect(task.unpadded, task.uncompressed); !agreed.ok()) {
    return agreed;
  }
  check_.begin(task.check);
  return decoder_.start();
}

Status XzBlockWorker::decode(const XzBlockTask& task) {
  // In pieces, so that check and count find them in the cache.
  output_.resize_discard(task.scatter != nullptr ? kOutput : 0);
  std::uint64_t done = 0;
  for (bool ended = false; !ended;) {
    const auto room =
        static_cast<std::size_t>(std::min<std::uint64_t>(task.uncompressed - done, kOutput));
    const MutableByteSpan out = task.scatter != nullptr
                                    ? output_.first(room)
                                    : MutableByteSpan(task.whole->data() + done, room);
    std::size_t filled = 0;
    while (!ended && (filled < room || room == 0)) {
      if (in_.empty() && fetched_ < task.total) {
        if (Status fetched = more_input(task); !fetched.ok()) {
          return fetched;
        }
      }
      const auto step = decoder_.step(in_, out.subspan(filled));
      if (!step.ok()) {
        // The index or the header said that the block ends here.
        return step.status().code() == Code::kTruncated
                   ? Status(Code::kCorrupt, "xz: a block is longer than stated")
                   : step.status();
      }
      in_ = in_.subspan(step->consumed);
      filled += step->produced;
      ended = step->ended;
    }
    const ByteSpan content = out.first(filled);
    check_.update(content);
    lines_ += task.count_lines ? count_lines(content) : 0;
    if (task.scatter != nullptr && !content.empty()) {
      if (Status written = task.scatter->write_at(task.content + done, content); !written.ok()) {
        return written;
      }
    }
    done += filled;
  }
  // The decoder has compared both sizes with those that it was told.
  return check_.matches(decoder_.stored_check())
             ? Status()
             : Status(Code::kCorrupt, "xz: the content does not match its check");
}

}  // namespace kompakt
