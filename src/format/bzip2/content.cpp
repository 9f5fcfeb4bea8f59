#include "format/bzip2/content.hpp"

#include <algorithm>

#include "codec/bzip2/crc.hpp"

namespace kompakt::bzip2 {

Status BlockContent::decode(BlockDecoder& decoder, ByteSpan in, std::uint64_t begin,
                            bool count_lines) {
  size_ = 0;
  lines_ = 0;
  coded_.resize_discard(kMaxBlock);
  auto block = decoder.decode(in, begin, coded_.first(kMaxBlock));
  if (!block.ok()) {
    return block.status();
  }
  block_ = *block;
  const ByteSpan coded = std::as_const(coded_).first(block_.size);
  size_ = decoded_size(coded);
  if (size_ <= kMaxExpanded) {
    const auto total = static_cast<std::size_t>(size_);
    expanded_.resize_discard(std::max<std::size_t>(total, kMaxRun));
    static_cast<void>(decode_runs(coded, expanded_.first(expanded_.capacity())));
  }
  Crc crc;
  Status read = for_each([&](ByteSpan bytes) {
    crc.update(bytes);
    if (count_lines) {
      lines_ += static_cast<std::uint64_t>(std::count(bytes.begin(), bytes.end(), std::byte{'\n'}));
    }
    return Status();
  });
  if (read.ok() && crc.value() != block_.crc) {
    return {Code::kCorrupt, "bzip2: the block does not match its checksum"};
  }
  return read;
}

}  // namespace kompakt::bzip2
