#include "codec/bzip2/block_encoder.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "codec/bzip2/front_list.hpp"
#include "codec/bzip2/layout.hpp"
#include "core/endian.hpp"

namespace kompakt::bzip2 {
namespace {

using ByteSet = std::array<bool, 256>;

// The digits of a short run of front ranks, in bijective base 2, as up to four symbols.
struct ShortRun {
  std::uint64_t symbols = 0;
  std::uint32_t count = 0;
};
constexpr std::size_t kShortRuns = 31;  // up to 30 takes four digits
constexpr std::array<ShortRun, kShortRuns> kRuns = [] {
  std::array<ShortRun, kShortRuns> runs{};
  for (std::size_t length = 1; length < kShortRuns; ++length) {
    ShortRun& run = runs[length];
    for (std::size_t left = length; left > 0; left = (left - 1) / 2) {
      run.symbols |= static_cast<std::uint64_t>((left - 1) % 2) << (16 * run.count);
      ++run.count;
    }
  }
  return runs;
}();

// How many bytes from `at` on equal `byte`. Reads up to 16 bytes past `end`.
std::size_t equal_bytes(const std::byte* at, const std::byte* end, std::byte byte) {
  const std::byte* const begin = at;
#if defined(__SSE2__)
  const __m128i splat = _mm_set1_epi8(static_cast<char>(byte));
  while (at < end) {
    const __m128i here = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    const auto differ =
        ~static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(here, splat))) & 0xFFFFU;
    if (differ != 0) {
      at += __builtin_ctz(differ);
      break;
    }
    at += 16;
  }
  return static_cast<std::size_t>(std::min(at, end) - begin);
#else
  while (at < end && *at == byte) {
    ++at;
  }
  return static_cast<std::size_t>(at - begin);
#endif
}

void put_used(BitWriter& bits, const ByteSet& used) {
  std::uint32_t rows = 0;
  for (std::size_t i = 0; i < 256; ++i) {
    rows |= used[i] ? 0x8000U >> (i / 16) : 0U;
  }
  bits.put(rows, 16);
  for (std::size_t row = 0; row < 16; ++row) {
    std::uint32_t columns = 0;
    for (std::size_t i = 0; i < 16; ++i) {
      columns |= used[row * 16 + i] ? 0x8000U >> i : 0U;
    }
    if (columns != 0) {
      bits.put(columns, 16);
    }
  }
}

}  // namespace

BlockEncoder::BlockEncoder(std::size_t max_block)
    : sorter_(max_block),
      column_(max_block + 16),
      // Four symbols are stored at a time.
      symbol_memory_((max_block + 1 + 4) * sizeof(std::uint16_t)),
      symbols_(reinterpret_cast<std::uint16_t*>(symbol_memory_.data())) {}

std::size_t BlockEncoder::max_coded(std::size_t size) {
  // Each symbol at most 17 bits, each selector 6, each code length at most 2 x 16 + 1.
  constexpr std::size_t kTables = kMaxTables * (5 + kMaxAlphabet * 33) / 8;
  const std::size_t symbols = size + 1;
  return symbols * 17 / 8 + (symbols / kGroupSize + 1) * 6 / 8 + kTables + 128;
}

std::uint64_t BlockEncoder::memory(std::size_t max_block) {
  return RotationSorter::memory(max_block) + max_block * 3 + kMaxSelectors + 65536;
}

std::uint64_t BlockEncoder::encode(ByteSpan block, std::uint32_t crc, MutableByteSpan out) {
  const std::uint32_t origin = sorter_.sort(block, column_.first(block.size()));
  BitWriter bits(out);
  bits.put(static_cast<std::uint32_t>(kBlockMagic >> 24U), 24);
  bits.put(static_cast<std::uint32_t>(kBlockMagic & 0xFFFFFF), 24);
  bits.put(crc, 32);
  bits.put(0, 1);  // not randomised
  bits.put(origin, 24);
  ByteSet used{};
  for (const std::byte byte : block) {
    used[std::to_integer<std::size_t>(byte)] = true;
  }
  put_used(bits, used);
  std::array<std::byte, 256> in_use{};
  std::size_t distinct = 0;
  for (std::size_t i = 0; i < 256; ++i) {
    if (used[i]) {
      in_use[distinct++] = static_cast<std::byte>(i);
    }
  }
  alphabet_ = distinct + 2;
  rank_symbols(block.size(), ByteSpan(in_use).first(distinct));
  tables_.choose({symbols_, symbol_count_}, counts_, alphabet_);
  put_tables(bits);
  put_symbols(bits);
  bits.flush();
  return bits.size();
}

// Move-to-front ranks and runs of rank 0 of the column, as symbols.
void BlockEncoder::rank_symbols(std::size_t size, ByteSpan in_use) {
  FrontList list{in_use};
  counts_.fill(0);
  std::uint16_t* to = symbols_;
  const std::byte* at = column_.data();
  const std::byte* const end = at + size;
  std::byte front = in_use[0];
  while (true) {
    std::size_t run = equal_bytes(at, end, front);
    at += run;
    if (run < kShortRuns) {
      std::memcpy(to, &kRuns[run].symbols, sizeof(std::uint64_t));
      to += kRuns[run].count;
    } else {
      for (; run > 0; run = (run - 1) / 2) {
        *to++ = static_cast<std::uint16_t>((run - 1) % 2);
      }
    }
    if (at == end) {
      break;
    }
    front = *at++;
    *to++ = static_cast<std::uint16_t>(list.find(std::to_integer<unsigned char>(front)) + 1);
  }
  *to++ = static_cast<std::uint16_t>(alphabet_ - 1);  // end of block
  symbol_count_ = static_cast<std::size_t>(to - symbols_);
  for (std::size_t i = 0; i < symbol_count_; ++i) {
    ++counts_[symbols_[i]];
  }
}

void BlockEncoder::put_tables(BitWriter& bits) const {
  bits.put(tables_.tables(), 3);
  bits.put(static_cast<std::uint32_t>(tables_.selectors().size()), 15);
  std::array<std::uint8_t, kMaxTables> order = {0, 1, 2, 3, 4, 5};
  for (const std::uint8_t selector : tables_.selectors()) {
    unsigned rank = 0;
    std::uint8_t carried = order[0];
    while (carried != selector) {
      ++rank;
      std::swap(carried, order[rank]);
    }
    order[0] = carried;
    bits.put((2U << rank) - 2, rank + 1);  // that many ones and a zero
  }
  for (unsigned table = 0; table < tables_.tables(); ++table) {
    const CodeLengths& lengths = tables_.lengths(table);
    unsigned length = lengths[0];
    bits.put(length, 5);
    for (std::size_t i = 0; i < alphabet_; ++i) {
      for (; length < lengths[i]; ++length) {
        bits.put(2, 2);
      }
      for (; length > lengths[i]; --length) {
        bits.put(3, 2);
      }
      bits.put(0, 1);
    }
  }
}

void BlockEncoder::put_symbols(BitWriter& bits) const {
  // Code above length, for each table.
  constexpr unsigned kLengthBits = 5;
  std::array<std::array<std::uint32_t, kMaxAlphabet>, kMaxTables> codes{};
  for (unsigned table = 0; table < tables_.tables(); ++table) {
    const CodeLengths& lengths = tables_.lengths(table);
    std::uint32_t code = 0;
    for (unsigned length = 1; length <= kMaxCodeLength; ++length) {
      for (std::size_t i = 0; i < alphabet_; ++i) {
        if (lengths[i] == length) {
          codes[table][i] = (code << kLengthBits) | length;
          ++code;
        }
      }
      code <<= 1U;
    }
  }
  const std::uint16_t* at = symbols_;
  std::size_t left = symbol_count_;
  for (const std::uint8_t selector : tables_.selectors()) {
    const auto& table = codes[selector];
    const std::size_t count = std::min<std::size_t>(left, kGroupSize);
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint32_t code = table[at[i]];
      bits.put(code >> kLengthBits, code & ((1U << kLengthBits) - 1));
    }
    at += count;
    left -= count;
  }
}

}  // namespace kompakt::bzip2
