/// \file
/// Where in an x86 instruction the next byte stands.
///
/// Follows opcode, ModRM, SIB, displacement and immediate by the lengths that the opcode maps give
/// (Intel's Software Developer's Manual, volume 2, appendix A). It need not be right: it only names
/// contexts, and code that is entered in the middle falls into step after a few instructions.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace kompakt {

class X86Fields {
 public:
  explicit X86Fields(bool wide = false) noexcept : wide_(wide) {}

  /// Takes the next byte of the code.
  void update(std::uint32_t byte) noexcept;

  /// The kind of the next byte's field and its place in it; below 64.
  [[nodiscard]] std::uint32_t place() const noexcept {
    return static_cast<std::uint32_t>(field_) * 8 + index_;
  }
  [[nodiscard]] std::uint32_t opcode() const noexcept { return opcode_; }
  [[nodiscard]] std::uint32_t modrm() const noexcept { return modrm_; }
  [[nodiscard]] std::uint32_t sib() const noexcept { return sib_; }
  [[nodiscard]] std::uint32_t prefixes() const noexcept { return prefixes_; }
  /// The bytes of this displacement or immediate so far.
  [[nodiscard]] std::uint32_t value() const noexcept { return value_; }
  /// Opcode and ModRM (without its register) of the instruction `back` (0 to 2) before this one.
  [[nodiscard]] std::uint32_t earlier(std::size_t back) const noexcept { return earlier_[back]; }
  /// Hash of the last eight opcodes or so.
  [[nodiscard]] std::uint32_t opcodes() const noexcept { return opcodes_; }

 private:
  enum class Field : std::uint8_t {
    kOpcode,
    kSecond,
    kThird,
    kModRm,
    kSib,
    kDisplacement,
    kImmediate
  };

  void first_byte(std::uint32_t byte) noexcept;
  void second_byte(std::uint32_t byte) noexcept;
  void after_opcode(bool has_modrm, unsigned immediate) noexcept;
  void after_modrm(std::uint32_t byte) noexcept;
  void begin_displacement(unsigned bytes) noexcept;
  void begin_immediate() noexcept;
  void begin_instruction() noexcept;

  bool wide_;
  Field field_ = Field::kOpcode;
  std::uint32_t index_ = 0;
  unsigned left_ = 0;
  unsigned immediate_ = 0;  // code of its length
  std::uint32_t opcode_ = 0;
  std::uint32_t modrm_ = 0;
  std::uint32_t sib_ = 0;
  std::uint32_t prefixes_ = 0;
  std::uint32_t value_ = 0;
  std::uint32_t opcodes_ = 0;
  std::array<std::uint32_t, 3> earlier_{};
};

}  // namespace kompakt
