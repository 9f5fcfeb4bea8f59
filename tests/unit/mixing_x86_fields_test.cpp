#include "mixing/x86_fields.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

namespace kompakt {
namespace {

// The field that each byte of `code` was expected to be, before it was seen: o opcode (or prefix),
// 2 second and 3 third opcode byte, m ModRM, s SIB, d displacement, i immediate; and at the end the
// field that would follow.
std::string fields_of(const std::vector<std::uint32_t>& code, bool wide) {
  X86Fields fields(wide);
  const std::string names = "o23msdi";
  std::string found;
  for (const std::uint32_t byte : code) {
    found += names.at(fields.place() / 8);
    fields.update(byte);
  }
  return found + names.at(fields.place() / 8);
}

struct Instruction {
  const char* text;
  std::vector<std::uint32_t> code;
  const char* fields;
};

TEST(X86FieldsTest, LengthsAndPlacesOfInstructionsOf32BitCode) {
  const std::vector<Instruction> instructions = {
      {"push ebp", {0x55}, "oo"},
      {"mov ebp, esp", {0x8B, 0xEC}, "omo"},
      {"mov eax, [ebp+8]", {0x8B, 0x45, 0x08}, "omdo"},
      {"mov eax, [ebp+0x12345678]", {0x8B, 0x85, 0x78, 0x56, 0x34, 0x12}, "omddddo"},
      {"mov eax, [0x401000]", {0x8B, 0x05, 0x00, 0x10, 0x40, 0x00}, "omddddo"},
      {"mov eax, moffs", {0xA1, 0x00, 0x10, 0x40, 0x00}, "oiiiio"},
      {"mov eax, [esp+4]", {0x8B, 0x44, 0x24, 0x04}, "omsdo"},
      {"mov eax, [ecx*4+0x401000]", {0x8B, 0x04, 0x8D, 0x00, 0x10, 0x40, 0x00}, "omsddddo"},
      {"mov eax, [esp]", {0x8B, 0x04, 0x24}, "omso"},
      {"mov dword [ebp-4], 1", {0xC7, 0x45, 0xFC, 1, 0, 0, 0}, "omdiiiio"},
      {"mov word [ebp-4], 1", {0x66, 0xC7, 0x45, 0xFC, 1, 0}, "oomdiio"},
      {"mov eax, 1", {0xB8, 1, 0, 0, 0}, "oiiiio"},
      {"mov al, 1", {0xB0, 1}, "oio"},
      {"add esp, 12", {0x83, 0xC4, 0x0C}, "omio"},
      {"test ecx, 1", {0xF7, 0xC1, 1, 0, 0, 0}, "omiiiio"},
      {"not ecx", {0xF7, 0xD1}, "omo"},
      {"test cl, 1", {0xF6, 0xC1, 1}, "omio"},
      {"call", {0xE8, 0, 0, 0, 0}, "oiiiio"},
      {"jz near", {0x0F, 0x84, 0, 0, 0, 0}, "o2iiiio"},
      {"jz short", {0x74, 0x10}, "oio"},
      {"movzx eax, byte [ecx]", {0x0F, 0xB6, 0x01}, "o2mo"},
      {"ret 8", {0xC2, 0x08, 0x00}, "oiio"},
      {"enter 16, 0", {0xC8, 0x10, 0x00, 0x00}, "oiiio"},
      {"shld eax, ecx, 4", {0x0F, 0xA4, 0xC8, 0x04}, "o2mio"},
      {"pshufb mm0, mm1", {0x0F, 0x38, 0x00, 0xC1}, "o23mo"},
      {"palignr mm0, mm1, 4", {0x0F, 0x3A, 0x0F, 0xC1, 0x04}, "o23mio"},
      {"inc eax", {0x40}, "oo"},
  };
  for (const Instruction& instruction : instructions) {
    EXPECT_EQ(fields_of(instruction.code, false), instruction.fields) << instruction.text;
  }
}

TEST(X86FieldsTest, LengthsAndPlacesOfInstructionsOf64BitCode) {
  const std::vector<Instruction> instructions = {
      {"mov rax, [rip+0x1000]", {0x48, 0x8B, 0x05, 0x00, 0x10, 0, 0}, "oomddddo"},
      {"mov rax, imm64", {0x48, 0xB8, 1, 2, 3, 4, 5, 6, 7, 8}, "ooiiiiiiiio"},
      {"mov r8d, imm32", {0x41, 0xB8, 1, 2, 3, 4}, "ooiiiio"},
      {"mov qword [rsp+8], 1", {0x48, 0xC7, 0x44, 0x24, 0x08, 1, 0, 0, 0}, "oomsdiiiio"},
      {"endbr64", {0xF3, 0x0F, 0x1E, 0xFA}, "oo2mo"},
      {"movsd xmm0, [rsp+8]", {0xF2, 0x0F, 0x10, 0x44, 0x24, 0x08}, "oo2msdo"},
      {"mov eax, moffs64", {0xA1, 1, 2, 3, 4, 5, 6, 7, 8}, "oiiiiiiiio"},
  };
  for (const Instruction& instruction : instructions) {
    EXPECT_EQ(fields_of(instruction.code, true), instruction.fields) << instruction.text;
  }
}

TEST(X86FieldsTest, CodeThatIsEnteredInTheMiddleFallsIntoStep) {
  const std::vector<std::uint32_t> body = {0x55, 0x8B, 0xEC, 0x83, 0xEC, 0x10, 0x8B,
                                           0x45, 0x08, 0x50, 0xE8, 0x10, 0x20, 0x30,
                                           0x00, 0x83, 0xC4, 0x04, 0x5D, 0xC3};
  for (std::size_t skipped = 0; skipped < body.size(); ++skipped) {
    X86Fields late;
    for (std::size_t i = skipped; i < 10 * body.size(); ++i) {
      late.update(body[i % body.size()]);
    }
    EXPECT_EQ(late.place(), 0U) << skipped;
    EXPECT_EQ(late.earlier(0), 0xC3U) << skipped;
    EXPECT_EQ(late.earlier(1), 0x5DU) << skipped;
  }
}

TEST(X86FieldsTest, PlacesStayBelow64ForAnyBytes) {
  for (const bool wide : {false, true}) {
    X86Fields fields(wide);
    std::uint32_t state = 1;
    for (int i = 0; i < 100'000; ++i) {
      state = state * 1'664'525 + 1'013'904'223;
      fields.update(state >> 24U);
      ASSERT_LT(fields.place(), 64U);
    }
  }
}

}  // namespace
}  // namespace kompakt
