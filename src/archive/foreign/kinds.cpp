#include <algorithm>
#include <array>
#include <string_view>

#include "archive/foreign/foreign.hpp"
#include "core/endian.hpp"

namespace kompakt {
namespace {

std::string_view text_of(ByteSpan bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

bool has_at(ByteSpan head, std::size_t offset, std::string_view magic) {
  return head.size() >= offset + magic.size() &&
         text_of(head.subspan(offset, magic.size())) == magic;
}

/// The old binary cpio has a magic of two bytes only, so the rest of its first header must make
/// sense too: a type of file, and a name that ends where it says.
bool is_binary_cpio(ByteSpan head) {
  constexpr std::size_t kHeader = 26;
  constexpr std::size_t kModeAt = 6;
  constexpr std::size_t kNameSizeAt = 20;
  constexpr unsigned kMagic = 070707;
  if (head.size() < kHeader + 2) {
    return false;
  }
  const unsigned magic = load_le<std::uint16_t>(head);
  if (magic != kMagic && byte_swap(static_cast<std::uint16_t>(magic)) != kMagic) {
    return false;
  }
  const auto field = [&](std::size_t at) {
    const auto value = load_le<std::uint16_t>(head.subspan(at));
    return static_cast<unsigned>(magic == kMagic ? value : byte_swap(value));
  };
  const unsigned type = field(kModeAt) >> 12U;
  const std::size_t name = field(kNameSizeAt);
  constexpr std::array<unsigned, 7> kTypes = {01, 02, 04, 06, 010, 011, 012};
  return std::find(kTypes.begin(), kTypes.end(), type) != kTypes.end() && name >= 2 &&
         (head.size() < kHeader + name || head[kHeader + name - 1] == std::byte{0});
}

bool is_cpio(ByteSpan head) {
  return has_at(head, 0, "070701") || has_at(head, 0, "070702") || has_at(head, 0, "070707") ||
         has_at(head, 0, "070727") || is_binary_cpio(head);
}

/// A method "-lh5-" or "-lzs-" at 2 and a level of the header that exists.
bool is_lha(ByteSpan head) {
  constexpr std::size_t kLevelAt = 20;
  if (head.size() <= kLevelAt || !has_at(head, 2, "-l") || !has_at(head, 6, "-") ||
      head[kLevelAt] > std::byte{3}) {
    return false;
  }
  const char family = static_cast<char>(head[4]);
  const char method = static_cast<char>(head[5]);
  return family == 'h'   ? (method >= '0' && method <= '7') || method == 'd'
         : family == 'z' ? method == 's' || method == '4' || method == '5'
                         : false;
}

}  // namespace

std::optional<ForeignKind> foreign_kind(ByteSpan head) noexcept {
  using namespace std::string_view_literals;
  struct Magic {
    ForeignKind kind;
    std::size_t offset;
    std::string_view bytes;
  };
  static constexpr std::array<Magic, 8> kMagics = {{
      {ForeignKind::k7Zip, 0, "7z\xBC\xAF\x27\x1C"sv},
      {ForeignKind::kRar, 0, "Rar!\x1A\x07\x00"sv},
      {ForeignKind::kRar5, 0, "Rar!\x1A\x07\x01\x00"sv},
      {ForeignKind::kCab, 0, "MSCF\0\0\0\0"sv},
      {ForeignKind::kAr, 0, "!<arch>\n"sv},
      {ForeignKind::kXar, 0, "xar!\0"sv},
      {ForeignKind::kWarc, 0, "WARC/"sv},
      {ForeignKind::kIso9660, 32769, "CD001"sv},
  }};
  for (const auto& magic : kMagics) {
    if (has_at(head, magic.offset, magic.bytes)) {
      return magic.kind;
    }
  }
  if (is_cpio(head)) {
    return ForeignKind::kCpio;
  }
  return is_lha(head) ? std::optional(ForeignKind::kLha) : std::nullopt;
}

std::string_view foreign_name(ForeignKind kind) noexcept {
  switch (kind) {
    case ForeignKind::k7Zip:
      return "7-Zip";
    case ForeignKind::kCpio:
      return "cpio";
    case ForeignKind::kIso9660:
      return "ISO 9660";
    case ForeignKind::kRar:
      return "RAR";
    case ForeignKind::kRar5:
      return "RAR5";
    case ForeignKind::kCab:
      return "CAB";
    case ForeignKind::kAr:
      return "ar";
    case ForeignKind::kXar:
      return "xar";
    case ForeignKind::kLha:
      return "LHA";
    case ForeignKind::kWarc:
      return "WARC";
  }
  return "archive";
}

}  // namespace kompakt
