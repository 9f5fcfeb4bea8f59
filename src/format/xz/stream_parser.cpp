#include "format/xz/stream_parser.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace kompakt {
namespace {

constexpr std::array kMagic{std::byte{0xFD}, std::byte{'7'}, std::byte{'z'},
                            std::byte{'X'},  std::byte{'Z'}, std::byte{0}};

bool begins_as_stream(ByteSpan bytes) {
  return std::equal(kMagic.begin(), kMagic.begin() + std::min(kMagic.size(), bytes.size()),
                    bytes.begin());
}

}  // namespace

Result<std::optional<XzStreamParser::FirstBlock>> XzStreamParser::first_block() {
  const std::optional<FirstBlock> none;
  if (Status filled = input_.fill(LZMA_STREAM_HEADER_SIZE + LZMA_BLOCK_HEADER_SIZE_MAX);
      !filled.ok()) {
    return filled;
  }
  const ByteSpan head = input_.available();
  lzma_stream_flags flags{};
  if (head.size() <= LZMA_STREAM_HEADER_SIZE ||
      lzma_stream_header_decode(&flags, lzma_bytes(head)) != LZMA_OK) {
    return none;
  }
  const ByteSpan rest = head.subspan(LZMA_STREAM_HEADER_SIZE);
  const std::size_t size = XzBlockDecoder::header_size(rest[0]);
  if (rest[0] == std::byte{0} || size > rest.size() ||
      !decoder_.parse(rest.first(size), flags.check, max_memory_).ok()) {
    return none;
  }
  const XzBlockSizes sizes = decoder_.sizes();
  if (!sizes.compressed || !sizes.uncompressed) {
    return none;
  }
  return std::optional<FirstBlock>(
      FirstBlock{decoder_.total_size(), *sizes.uncompressed, decoder_.memory()});
}

Result<bool> XzStreamParser::next_block() {
  for (;;) {
    if (!in_stream_) {
      auto more = next_stream();
      if (!more.ok() || !*more) {
        return more;
      }
    }
    if (Status filled = input_.fill(1); !filled.ok()) {
      return filled;
    }
    if (input_.available().empty()) {
      return Status(Code::kTruncated, "xz: the stream ends before its index")
          .at_offset(input_.position());
    }
    if (input_.available()[0] != std::byte{0}) {
      Status parsed = block_header();
      parsed.in_block(blocks_).at_offset(input_.position());
      ++blocks_;
      return parsed.ok() ? Result<bool>(true) : Result<bool>(parsed);
    }
    if (Status ended = index_and_footer(); !ended.ok()) {
      return ended.at_offset(input_.position());
    }
    in_stream_ = false;
  }
}

Result<bool> XzStreamParser::next_stream() {
  if (facts_.streams != 0) {
    if (Status skipped = skip_padding(); !skipped.ok()) {
      return skipped.at_offset(input_.position());
    }
  }
  if (Status filled = input_.fill(LZMA_STREAM_HEADER_SIZE); !filled.ok()) {
    return filled;
  }
  if (input_.available().empty()) {
    if (facts_.streams == 0) {
      return Status(Code::kTruncated, "xz: the input is empty");
    }
    facts_.compressed = input_.position();
    facts_.blocks = blocks_;
    return false;
  }
  if (Status begun = stream_header(); !begun.ok()) {
    return begun.at_offset(input_.position());
  }
  in_stream_ = true;
  return true;
}

Status XzStreamParser::skip_padding() {
  const std::uint64_t begin = input_.position();
  for (;;) {
    if (Status filled = input_.fill(1); !filled.ok()) {
      return filled;
    }
    const ByteSpan bytes = input_.available();
    const auto* const end = std::find_if(bytes.data(), bytes.data() + bytes.size(),
                                         [](std::byte each) { return each != std::byte{0}; });
    const auto zeros = static_cast<std::size_t>(end - bytes.data());
    input_.consume(zeros);
    if (zeros == 0 || zeros < bytes.size()) {
      break;
    }
  }
  return (input_.position() - begin) % 4 == 0
             ? Status()
             : Status(Code::kCorrupt, "xz: stream padding is not a multiple of four bytes");
}

Status XzStreamParser::stream_header() {
  const ByteSpan head = input_.available();
  if (!begins_as_stream(head)) {
    return {Code::kCorrupt,
            facts_.streams == 0 ? "not in the xz format" : "xz: garbage after the end of a stream"};
  }
  if (head.size() < LZMA_STREAM_HEADER_SIZE) {
    return {Code::kTruncated, "xz: the stream header ends too early"};
  }
  if (Status parsed =
          lzma_status(lzma_stream_header_decode(&flags_, lzma_bytes(head)), "stream header");
      !parsed.ok()) {
    return parsed;
  }
  if (!XzCheck::known(flags_.check)) {
    facts_.warnings.push_back(XzCheck::warning(flags_.check, input_.position()));
  }
  if (facts_.streams == 0) {
    facts_.check = XzCheck::name(flags_.check);
  }
  ++facts_.streams;
  hash_.reset(lzma_index_hash_init(hash_.release(), nullptr));
  input_.consume(LZMA_STREAM_HEADER_SIZE);
  return hash_ ? Status() : lzma_status(LZMA_MEM_ERROR, "index");
}

Status XzStreamParser::block_header() {
  header_size_ = XzBlockDecoder::header_size(input_.available()[0]);
  block_offset_ = input_.position();
  if (Status filled = input_.fill(header_size_); !filled.ok()) {
    return filled;
  }
  if (input_.available().size() < header_size_) {
    return {Code::kTruncated, "xz: a block header ends too early"};
  }
  if (Status parsed =
          decoder_.parse(input_.available().first(header_size_), flags_.check, max_memory_);
      !parsed.ok()) {
    return parsed;
  }
  facts_.window = std::max(facts_.window.value_or(0), decoder_.window());
  return {};
}

Status XzStreamParser::index_and_footer() {
  const std::uint64_t begin = input_.position();
  for (lzma_ret code = LZMA_OK; code != LZMA_STREAM_END;) {
    if (Status filled = input_.fill(1); !filled.ok()) {
      return filled;
    }
    const ByteSpan in = input_.available();
    if (in.empty()) {
      return lzma_status(LZMA_BUF_ERROR, "index");
    }
    std::size_t used = 0;
    code = lzma_index_hash_decode(hash_.get(), lzma_bytes(in), &used, in.size());
    if (Status decoded = lzma_status(code, "index"); !decoded.ok()) {
      return decoded;
    }
    input_.consume(used);
  }
  if (Status filled = input_.fill(LZMA_STREAM_HEADER_SIZE); !filled.ok()) {
    return filled;
  }
  if (input_.available().size() < LZMA_STREAM_HEADER_SIZE) {
    return lzma_status(LZMA_BUF_ERROR, "stream footer");
  }
  lzma_stream_flags footer{};
  if (Status parsed = lzma_status(
          lzma_stream_footer_decode(&footer, lzma_bytes(input_.available())), "stream footer");
      !parsed.ok()) {
    return parsed;
  }
  flags_.backward_size = input_.position() - begin;
  if (lzma_stream_flags_compare(&flags_, &footer) != LZMA_OK) {
    return {Code::kCorrupt, "xz: the stream's footer does not match its header and index"};
  }
  input_.consume(LZMA_STREAM_HEADER_SIZE);
  return {};
}

Result<bool> XzStreamParser::whole_block(std::size_t total) {
  if (Status filled = input_.fill(total); !filled.ok()) {
    return filled;
  }
  return input_.available().size() >= total;
}

Result<XzBlockDecoder::Step> XzStreamParser::step_block(MutableByteSpan out) {
  if (Status filled = input_.fill(1); !filled.ok()) {
    return filled;
  }
  auto step = decoder_.step(input_.available(), out);
  if (step.ok()) {
    input_.consume(step->consumed);
  }
  return step;
}

Status XzStreamParser::count_block(std::uint64_t content) {
  return lzma_status(lzma_index_hash_append(hash_.get(), decoder_.unpadded_size(), content),
                     "index");
}

}  // namespace kompakt
