#include "codec/deflate/inflate/block_finder.hpp"

#include <algorithm>
#include <array>
#include <bit>

#include "codec/deflate/inflate/bit_input.hpp"

namespace kompakt::deflate {
namespace {

// Code space, in 128ths, that four code lengths of 3 bits take.
constexpr auto kPrecodeSpace = [] {
  std::array<std::uint16_t, 1U << 12U> space{};
  for (unsigned lengths = 0; lengths < space.size(); ++lengths) {
    for (unsigned shift = 0; shift < 12; shift += 3) {
      const unsigned length = (lengths >> shift) & 7U;
      space[lengths] =
          static_cast<std::uint16_t>(space[lengths] + (length > 0 ? 128U >> length : 0));
    }
  }
  return space;
}();

// Bits of a dynamic header before the precode's lengths, and with all of them.
constexpr unsigned kPrecodeCountBit = 13;
constexpr unsigned kPrecodeBit = 17;

// Of 64 bits, the offsets at which the first 13 bits of a non-final dynamic header may stand: block
// type 2, at most 286 literals and lengths (the field is below 30), at most 30 distances. Only the
// lower 48 offsets have all their bits within the word.
constexpr unsigned kOffsetsPerWord = 48;
[[nodiscard]] std::uint64_t possible_headers(std::uint64_t word) noexcept {
  const std::uint64_t pairs = word & (word >> 1U);
  const std::uint64_t fours = pairs & (pairs >> 2U);
  return ~word & ~(word >> 1U) & (word >> 2U) & ~(fours >> 4U) & ~(fours >> 9U);
}
// The same with the highest bits of all three counts set.
[[nodiscard]] std::uint64_t possible_large_headers(std::uint64_t word) noexcept {
  return possible_headers(word) & (word >> 7U) & (word >> 12U) & (word >> 16U);
}

// Whether the precode of a header at `bit` is complete. Reads up to 10 bytes from bit / 8 on.
[[nodiscard]] bool precode_is_complete(const std::byte* data, std::uint64_t bit) noexcept {
  const std::uint64_t count_bit = bit + kPrecodeCountBit;
  const auto count =
      4 + static_cast<unsigned>(load_bits(data + count_bit / 8) >> (count_bit % 8)) % 16;
  const std::uint64_t lengths_bit = bit + kPrecodeBit;
  const std::uint64_t lengths =
      low_bits(load_bits(data + lengths_bit / 8) >> (lengths_bit % 8), 3 * count);
  unsigned space = 0;
  for (unsigned shift = 0; shift < 60; shift += 12) {
    space += kPrecodeSpace[(lengths >> shift) & 0xFFFU];
  }
  return space == 128;
}

// What a look at one header may read beyond its byte.
constexpr std::size_t kHeaderLook = 16;

[[nodiscard]] bool header_is_valid(ByteSpan data, std::uint64_t bit) noexcept {
  BlockHeader header;
  return read_block_header(data, bit, header) == Fault::kNone &&
         check_code(header.litlen_lengths(), false) == CodeFault::kNone &&
         check_code(header.distance_lengths(), true) == CodeFault::kNone;
}

using Filter = std::uint64_t (*)(std::uint64_t word) noexcept;

// The last few bytes, where words cannot be loaded.
template <Filter kPossible>
[[nodiscard]] std::optional<std::uint64_t> find_near_end(ByteSpan data, std::uint64_t from_bit,
                                                         std::uint64_t to_bit) noexcept {
  for (std::uint64_t bit = from_bit; bit < to_bit; ++bit) {
    if ((kPossible(peek_bits(data, bit)) & 1U) != 0 && header_is_valid(data, bit)) {
      return bit;
    }
  }
  return std::nullopt;
}

template <Filter kPossible>
[[nodiscard]] std::optional<std::uint64_t> find_dynamic(ByteSpan data, std::uint64_t from_bit,
                                                        std::uint64_t to_bit) noexcept {
  to_bit = std::min(to_bit, std::uint64_t{data.size()} * 8);
  // Words are taken at whole bytes, so that offsets before from_bit are masked away at first.
  std::uint64_t base = from_bit / 8 * 8;
  std::uint64_t wanted = ~std::uint64_t{0} << (from_bit % 8);
  constexpr std::uint64_t kWordOffsets = (std::uint64_t{1} << kOffsetsPerWord) - 1;
  while (base < to_bit && data.size() - base / 8 > kHeaderLook) {
    std::uint64_t candidates = kPossible(load_bits(data.data() + base / 8)) & wanted & kWordOffsets;
    for (; candidates != 0; candidates &= candidates - 1) {
      const std::uint64_t bit = base + static_cast<unsigned>(std::countr_zero(candidates));
      if (precode_is_complete(data.data(), bit)) [[unlikely]] {
        if (bit >= to_bit) {
          return std::nullopt;
        }
        if (header_is_valid(data, bit)) {
          return bit;
        }
      }
    }
    wanted = ~std::uint64_t{0};
    base += kOffsetsPerWord;
  }
  return find_near_end<kPossible>(data, std::max(base, from_bit), to_bit);
}

}  // namespace

std::optional<std::uint64_t> find_dynamic_block(ByteSpan data, std::uint64_t from_bit,
                                                std::uint64_t to_bit) noexcept {
  return find_dynamic<possible_headers>(data, from_bit, to_bit);
}

std::optional<std::uint64_t> find_large_dynamic_block(ByteSpan data, std::uint64_t from_bit,
                                                      std::uint64_t to_bit) noexcept {
  return find_dynamic<possible_large_headers>(data, from_bit, to_bit);
}

std::optional<FoundBlock> find_stored_block(ByteSpan data, std::uint64_t from_bit,
                                            std::uint64_t to_bit) noexcept {
  const std::byte* const bytes = data.data();
  // `at` is where LEN stands; the header's three bits end at or before it.
  for (std::uint64_t at = from_bit / 8 + 1; at * 8 - 3 < to_bit && at + 4 <= data.size(); ++at) {
    const auto before = std::to_integer<unsigned>(bytes[at - 1]);
    const auto length = load_le<std::uint16_t>(data.subspan(at, 2));
    const auto complement = load_le<std::uint16_t>(data.subspan(at + 2, 2));
    if ((length ^ complement) != 0xFFFFU || (before & 0xE0U) != 0 || at * 8 - 3 < from_bit) {
      continue;
    }
    FoundBlock found{.type = BlockType::kStored, .bit = at * 8 - 3, .earliest_bit = at * 8 - 3};
    // The zero bits before: at most seven of padding, and the header's own.
    for (unsigned bit = 5; bit-- > 0 && (before >> bit & 1U) == 0;) {
      --found.earliest_bit;
    }
    if (before == 0 && at >= 2) {
      const auto earlier = std::to_integer<unsigned>(bytes[at - 2]);
      for (unsigned bit = 8; bit-- > 6 && (earlier >> bit & 1U) == 0;) {
        --found.earliest_bit;
      }
    }
    return found;
  }
  return std::nullopt;
}

std::optional<FoundBlock> find_block(ByteSpan data, std::uint64_t from_bit,
                                     std::uint64_t to_bit) noexcept {
  to_bit = std::min(to_bit, std::uint64_t{data.size()} * 8);
  constexpr std::uint64_t kStepBits = 65536;  // so that neither search runs far ahead of the other
  while (from_bit < to_bit) {
    const std::uint64_t step_end = std::min(to_bit, from_bit + kStepBits);
    const auto stored = find_stored_block(data, from_bit, step_end);
    const auto dynamic = find_dynamic_block(data, from_bit, stored ? stored->bit : step_end);
    if (dynamic) {
      return FoundBlock{.bit = *dynamic, .earliest_bit = *dynamic};
    }
    if (stored) {
      return stored;
    }
    from_bit = step_end;
  }
  return std::nullopt;
}

}  // namespace kompakt::deflate
