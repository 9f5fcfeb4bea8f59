/// \file
/// Contexts for x86 machine code whose branches were made absolute (transform/e8e9.hpp).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "mixing/bit_view.hpp"
#include "mixing/byte_history.hpp"
#include "mixing/models/binary_lists.hpp"
#include "mixing/stream.hpp"
#include "mixing/x86_fields.hpp"

namespace kompakt {

template <MixStrength kStrength>
class X86Model : public BinaryLists<kStrength, 4> {
 public:
  using BinaryLists<kStrength, 4>::kContexts;
  using BinaryLists<kStrength, 4>::kLean;
  using BinaryLists<kStrength, 4>::kSets;
  static constexpr unsigned kShortMatch = 5;
  static constexpr unsigned kLongMatch = 12;

  /// A stride of 8 says 64-bit code.
  explicit X86Model(const MixSettings& settings) noexcept : fields_(settings.stride == 8) {}

  void update(const std::uint8_t* history, std::uint32_t position) noexcept {
    bytes_.update(history[position - 1]);
    fields_.update(history[position - 1]);
  }

  void contexts(const std::uint8_t* /*history*/, std::uint32_t /*position*/,
                std::uint32_t* h) noexcept {
    const std::uint32_t last = bytes_.last();
    const std::uint32_t place = fields_.place();
    const X86Fields& f = fields_;
    opcode_ = hash_of(place | f.prefixes() << 8U, f.opcode());
    const std::uint32_t operands = hash_of(opcode_, f.modrm() | f.sib() << 8U);
    for (unsigned order = 1; order <= (kLean ? 2U : 3U); ++order) {
      *h++ = bytes_.order(order);
    }
    if constexpr (!kLean) {
      *h++ = hash_of(operands, f.earlier(1), f.earlier(2), 30);
    }
    *h++ = hash_of(bytes_.last4 & 0xE0E0E0E0U, bytes_.before4 & 0xE0E0E0E0U, 4);
    if constexpr (!kLean) {
      *h++ = bytes_.order(6);
    }
    *h++ = hash_of(operands, 1);
    *h++ = hash_of(opcode_, last);
    if constexpr (!kLean) {
      *h++ = hash_of(operands, f.value());
    }
    *h++ = hash_of(operands, f.earlier(0));
    *h++ = hash_of(operands, f.earlier(0), f.earlier(1));
    *h++ = hash_of(operands, f.opcodes(), f.value());
    *h++ = hash_of(opcode_, f.earlier(0) & 0xFFFFU, f.earlier(1) & 0xFFFFU) +
           hash_of(f.earlier(2) & 0xFFFFU, f.modrm());
    *h++ = hash_of(bytes_.last4 & 0xFFFF00U, 3);
    *h++ = hash_of(bytes_.after_pair[bytes_.last4 & 0xFFFFU], last) + 7;
    *h++ = hash_of(bytes_.last4 & 0xFFF0F0U, place);
    if constexpr (kContexts > 16) {
      more_contexts(h, operands);
    }
  }

  void select(const BitView& view, std::array<std::size_t, kSets>& rows) const noexcept {
    rows[0] = view.match * 256 + view.partial;
    rows[1] = (fields_.place() & 63U) * 8 + view.bit + (view.match > 2 ? 512U : 0U);
    if constexpr (kSets > 2) {
      rows[kSets - 1] = view.bit * 256 + bytes_.last();
    }
    if constexpr (kSets > 3) {
      rows[2] = view.bit * 256 + (fields_.opcode() & 0xFFU);
    }
  }

  [[nodiscard]] std::array<std::size_t, 2> refine(const BitView& view) const noexcept {
    return {hash_of(view.partial, bytes_.last()) >> 19U, hash_of(opcode_, view.partial) >> 19U};
  }

  [[nodiscard]] std::uint32_t place(std::uint32_t /*position*/) const noexcept {
    return fields_.place();
  }

 private:
  void more_contexts(std::uint32_t* h, std::uint32_t operands) noexcept {
    const std::uint32_t last = bytes_.last();
    const std::uint32_t place = fields_.place();
    *h++ = hash_of(bytes_.order(7), 17);
    *h++ = hash_of(bytes_.order(8), 18);
    *h++ = hash_of(bytes_.last4 & 0xFF00U, 19);
    *h++ = hash_of(bytes_.last4 & 0xFF0000U, 20);
    *h++ = hash_of(bytes_.last4 & 0xFF0000FFU, 21);
    *h++ = hash_of(bytes_.last4 & 0xFF00FFU, 22);
    *h++ = hash_of(bytes_.last4 & 0xF0F0F0F0U, 23);
    *h++ = hash_of(bytes_.last4 & 0xFFFFFF00U, 24);
    *h++ = hash_of(bytes_.after_byte[last], last, 25);
    *h++ = hash_of(operands, bytes_.order(2), 26);
    *h++ = hash_of(operands, bytes_.order(3), 27);
    *h++ = hash_of(opcode_, fields_.earlier(0), fields_.value(), 28);
    *h++ = hash_of(place, fields_.opcodes(), fields_.modrm(), 29);
    *h++ = bytes_.order(4);
    *h++ = hash_of(place, fields_.modrm() & 0x38U, fields_.earlier(0), 31);
    *h++ = hash_of(place, last, 32);
  }

  ByteHistory bytes_;
  X86Fields fields_;
  std::uint32_t opcode_ = 0;
};

}  // namespace kompakt
