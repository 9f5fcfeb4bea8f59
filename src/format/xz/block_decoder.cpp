#include "format/xz/block_decoder.hpp"

#include <algorithm>
#include <limits>

namespace kompakt {

Status XzBlockDecoder::parse(ByteSpan header, lzma_check check, std::uint64_t max_memory) {
  block_ = lzma_block{};
  block_.version = 1;
  block_.check = check;
  block_.filters = filters_.fresh();
  block_.header_size = static_cast<std::uint32_t>(header.size());
  if (Status parsed = lzma_status(lzma_block_header_decode(&block_, nullptr, lzma_bytes(header)),
                                  "block header");
      !parsed.ok()) {
    return parsed;
  }
  // Checks are computed by XzCheck.
  block_.ignore_check = 1;
  memory_ = lzma_raw_decoder_memusage(filters_.get());
  if (memory_ == std::numeric_limits<std::uint64_t>::max()) {
    return lzma_status(LZMA_OPTIONS_ERROR, "block header");
  }
  return memory_ > max_memory ? lzma_memory_status(memory_, max_memory) : Status();
}

XzBlockSizes XzBlockDecoder::sizes() const noexcept {
  const auto known = [](lzma_vli size) {
    return size == LZMA_VLI_UNKNOWN ? std::nullopt : std::optional<std::uint64_t>(size);
  };
  return {known(block_.compressed_size), known(block_.uncompressed_size)};
}

std::uint64_t XzBlockDecoder::window() const noexcept {
  for (const lzma_filter* filter = filters_.get(); filter->id != LZMA_VLI_UNKNOWN; ++filter) {
    if (filter->id == LZMA_FILTER_LZMA2) {
      return static_cast<const lzma_options_lzma*>(filter->options)->dict_size;
    }
  }
  return 0;
}

Status XzBlockDecoder::expect(std::uint64_t unpadded, std::uint64_t uncompressed) {
  const bool agrees =
      lzma_block_compressed_size(&block_, unpadded) == LZMA_OK &&
      (block_.uncompressed_size == LZMA_VLI_UNKNOWN || block_.uncompressed_size == uncompressed);
  if (!agrees) {
    return {Code::kCorrupt, "xz: a block header and the index state different sizes"};
  }
  block_.uncompressed_size = uncompressed;
  return {};
}

Status XzBlockDecoder::start() {
  return lzma_status(lzma_block_decoder(stream_.get(), &block_), "block");
}

Result<XzBlockDecoder::Step> XzBlockDecoder::step(ByteSpan in, MutableByteSpan out) {
  const lzma_ret code = stream_.step(in, out, LZMA_RUN);
  const bool stuck = code == LZMA_BUF_ERROR ||
                     (code == LZMA_OK && stream_.consumed() == 0 && stream_.produced() == 0);
  if (stuck) {
    // With input and nowhere to go, the data want to give more than was stated.
    return lzma_status(in.empty() ? LZMA_BUF_ERROR : LZMA_DATA_ERROR, "block");
  }
  if (Status decoded = lzma_status(code, "block"); !decoded.ok()) {
    return decoded;
  }
  return Step{stream_.consumed(), stream_.produced(), code == LZMA_STREAM_END};
}

}  // namespace kompakt
