#include "codec/bzip2/prefix_decoder.hpp"

#include <algorithm>

namespace kompakt::bzip2 {

void PrefixDecoder::build(const std::array<std::uint8_t, kMaxAlphabet>& lengths,
                          std::size_t alphabet) {
  std::array<std::uint32_t, kMaxCodeLength + 2> first{};  // place of each length in by_code_
  for (std::size_t i = 0; i < alphabet; ++i) {
    ++first[lengths[i] + 1U];
  }
  for (std::size_t length = 1; length < first.size(); ++length) {
    first[length] += first[length - 1];
  }
  auto next = first;
  for (std::size_t i = 0; i < alphabet; ++i) {
    by_code_[next[lengths[i]]++] = static_cast<std::uint16_t>(i);
  }
  fast_.fill(0);
  std::uint32_t code = 0;
  for (unsigned length = 1; length <= kMaxCodeLength; ++length) {
    code <<= 1U;
    base_[length] = code - first[length];
    // Lengths may claim more codes than there are: the shorter ones have them.
    const std::uint32_t count =
        std::min(first[length + 1U] - first[length], (std::uint32_t{1} << length) - code);
    if (length <= kFastBits) {
      const std::size_t span = std::size_t{1} << (kFastBits - length);
      for (std::uint32_t i = 0; i < count; ++i) {
        const auto symbol = static_cast<std::uint32_t>(by_code_[first[length] + i]);
        std::fill_n(fast_.begin() + static_cast<std::ptrdiff_t>((code + i) * span), span,
                    static_cast<std::uint16_t>((symbol << 5U) | length));
      }
    }
    code += count;
    end_[length] = code << (kMaxCodeLength - length);
  }
}

unsigned PrefixDecoder::decode_long(BitReader& bits) const noexcept {
  const auto code = static_cast<std::uint32_t>(bits.peek(kMaxCodeLength));
  for (unsigned length = kFastBits + 1; length <= kMaxCodeLength; ++length) {
    if (code < end_[length]) {
      bits.skip(length);
      return by_code_[(code >> (kMaxCodeLength - length)) - base_[length]];
    }
  }
  bits.skip(kMaxCodeLength);
  return kInvalid;
}

}  // namespace kompakt::bzip2
