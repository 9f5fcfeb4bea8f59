#include "format/xz/point_reader.hpp"

#include <algorithm>

namespace kompakt {
namespace {
constexpr std::size_t kChunk = 256 * kKiB;
}  // namespace

Status xz_misleading_index() {
  return {Code::kCorrupt, "xz: the index does not belong to this input"};
}

Status XzPointReader::open(const SeekPoint& point) {
  if (point.bit % 8 != 0 || point.context > LZMA_CHECK_ID_MAX) {
    return xz_misleading_index();
  }
  input_.emplace(source_, point.bit / 8, kChunk);
  id_ = static_cast<lzma_check>(point.context);
  in_block_ = false;
  parsed_ = false;
  return next_header();
}

Result<std::size_t> XzPointReader::read(MutableByteSpan out) {
  if (!in_block_) {
    if (!parsed_) {
      if (Status found = next_header(); !found.ok()) {
        return found;
      }
    }
    if (Status started = decoder_.start(); !started.ok()) {
      return started;
    }
    check_.begin(id_);
    parsed_ = false;
    in_block_ = true;
  }
  std::size_t filled = 0;
  while (filled < out.size() && in_block_) {
    if (Status more = input_->fill(1); !more.ok()) {
      return more;
    }
    const auto step = decoder_.step(input_->available(), out.subspan(filled));
    if (!step.ok()) {
      return step.status();
    }
    input_->consume(step->consumed);
    filled += step->produced;
    in_block_ = !step->ended;
  }
  check_.update(out.first(filled));
  if (!in_block_ && !check_.matches(decoder_.stored_check())) {
    return Status(Code::kCorrupt, "xz: the content does not match its check");
  }
  return filled;
}

Status XzPointReader::next_header() {
  for (;;) {
    if (Status filled = input_->fill(LZMA_BLOCK_HEADER_SIZE_MAX); !filled.ok()) {
      return filled;
    }
    const ByteSpan head = input_->available();
    if (head.empty()) {
      return xz_misleading_index();
    }
    if (head[0] == std::byte{0}) {
      if (Status passed = pass_stream_end(); !passed.ok()) {
        return passed;
      }
      continue;
    }
    const std::size_t size = XzBlockDecoder::header_size(head[0]);
    if (size > head.size()) {
      return xz_misleading_index();
    }
    if (Status parsed = decoder_.parse(head.first(size), id_, max_memory_); !parsed.ok()) {
      return parsed;
    }
    input_->consume(size);
    parsed_ = true;
    return {};
  }
}

// An index, a footer, padding and the next stream's header lie between the blocks of two streams.
Status XzPointReader::pass_stream_end() {
  if (Status passed = pass_index(); !passed.ok()) {
    return passed;
  }
  if (Status filled = input_->fill(LZMA_STREAM_HEADER_SIZE); !filled.ok()) {
    return filled;
  }
  input_->consume(std::min<std::size_t>(input_->available().size(), LZMA_STREAM_HEADER_SIZE));
  for (;;) {
    if (Status filled = input_->fill(LZMA_STREAM_HEADER_SIZE); !filled.ok()) {
      return filled;
    }
    const ByteSpan head = input_->available();
    if (head.size() < LZMA_STREAM_HEADER_SIZE) {
      return xz_misleading_index();
    }
    if (head[0] == std::byte{0}) {
      input_->consume(1);
      continue;
    }
    lzma_stream_flags flags{};
    if (lzma_stream_header_decode(&flags, lzma_bytes(head)) != LZMA_OK) {
      return xz_misleading_index();
    }
    id_ = flags.check;
    input_->consume(LZMA_STREAM_HEADER_SIZE);
    return {};
  }
}

Status XzPointReader::pass_index() {
  constexpr std::uint64_t kMaxIndex = 256 * kMiB;
  LzmaStream stream;
  lzma_index* index = nullptr;
  if (Status begun = lzma_status(
          lzma_index_decoder(stream.get(), &index, std::min(max_memory_, kMaxIndex)), "index");
      !begun.ok()) {
    return begun;
  }
  for (lzma_ret code = LZMA_OK; code != LZMA_STREAM_END;) {
    if (Status filled = input_->fill(1); !filled.ok()) {
      return filled;
    }
    const ByteSpan in = input_->available();
    code = stream.step(in, {}, in.empty() ? LZMA_FINISH : LZMA_RUN);
    input_->consume(stream.consumed());
    if (Status decoded = lzma_status(code, "index"); !decoded.ok()) {
      return decoded;
    }
  }
  lzma_index_end(index, stream.allocator());
  return {};
}

}  // namespace kompakt
