#include "format/gzip/member_header.hpp"

#include <algorithm>
#include <array>

#include "core/endian.hpp"

namespace kompakt::gzip {
namespace {

constexpr std::uint8_t kExtraFlag = 0x04;
constexpr std::uint8_t kNameFlag = 0x08;
constexpr std::size_t kFixedSize = 10;
constexpr std::size_t kSubfieldHeader = 4;
constexpr std::uint8_t kLayoutVersion = 1;
constexpr std::size_t kPartField = 5;  // version, part size
constexpr std::size_t kSizeField = 8;  // member size
constexpr std::size_t kBgzfField = 2;  // member size - 1

std::uint8_t byte_at(ByteSpan bytes, std::size_t at) {
  return std::to_integer<std::uint8_t>(bytes[at]);
}

bool is_subfield(ByteSpan field, char first, char second, std::size_t length) {
  return byte_at(field, 0) == static_cast<std::uint8_t>(first) &&
         byte_at(field, 1) == static_cast<std::uint8_t>(second) &&
         field.size() == kSubfieldHeader + length;
}

void take_subfield(ByteSpan field, MemberHeader& header) {
  const ByteSpan value = field.subspan(kSubfieldHeader);
  if (is_subfield(field, 'B', 'C', kBgzfField)) {
    header.member_size = std::uint64_t{load_le<std::uint16_t>(value)} + 1;
    header.bgzf = true;
  } else if (is_subfield(field, 'K', 'M', kSizeField)) {
    header.member_size = load_le<std::uint64_t>(value);
  } else if (is_subfield(field, 'K', 'P', kPartField) && byte_at(value, 0) == kLayoutVersion) {
    header.part_size = load_le<std::uint32_t>(value.subspan(1));
  }
}

// A malformed extra field is nobody's error: RFC 1952 readers skip it as a whole.
void take_extra(ByteSpan extra, MemberHeader& header) {
  while (extra.size() >= kSubfieldHeader) {
    const std::size_t size = kSubfieldHeader + load_le<std::uint16_t>(extra.subspan(2));
    if (size > extra.size()) {
      return;
    }
    take_subfield(extra.first(size), header);
    extra = extra.subspan(size);
  }
}

std::uint8_t extra_flags(int level) { return level >= 9 ? 2 : level == 1 ? 4 : 0; }

std::array<std::byte, kFixedSize> fixed_part(std::uint8_t flags, std::uint32_t modified,
                                             int level) {
  constexpr std::byte kUnix{3};
  std::array<std::byte, kFixedSize> fixed{std::byte{0x1F}, std::byte{0x8B}, std::byte{8},
                                          std::byte{flags}};
  store_le(MutableByteSpan(fixed).subspan(4), modified);
  fixed[8] = std::byte{extra_flags(level)};
  fixed[9] = kUnix;
  return fixed;
}

/// The start of a header whose only extra subfield is `id` with `length` bytes of value.
MutableByteSpan begin_sized(MutableByteSpan header, std::array<char, 2> id, std::uint16_t length,
                            const std::array<std::byte, kFixedSize>& fixed) {
  std::copy(fixed.begin(), fixed.end(), header.begin());
  MutableByteSpan extra = header.subspan(kFixedSize);
  store_le(extra, static_cast<std::uint16_t>(kSubfieldHeader + length));
  extra[2] = static_cast<std::byte>(id[0]);
  extra[3] = static_cast<std::byte>(id[1]);
  store_le(extra.subspan(4), length);
  return extra.subspan(6);
}

}  // namespace

// The codec's reader knows no dictionaries, whose number stands behind the two fixed bytes.
Result<std::size_t> HeaderParser::read_zlib(ByteSpan in) {
  constexpr std::size_t kFixed = 2;
  constexpr std::size_t kWithDictionary = 6;
  constexpr std::uint8_t kDictionaryFlag = 0x20;
  std::size_t used = 0;
  while (!complete_ && used < in.size()) {
    bytes_.push_back(in[used++]);
    if (bytes_.size() == kFixed) {
      const auto checked = reader_.read(bytes_);
      if (!checked.ok() && checked.status().code() != Code::kMissingResource) {
        return checked.status();
      }
    }
    complete_ = bytes_.size() == kWithDictionary ||
                (bytes_.size() == kFixed && (byte_at(bytes_, 1) & kDictionaryFlag) == 0);
  }
  return used;
}

Result<std::size_t> HeaderParser::read(ByteSpan in) {
  if (framing_ == Framing::kZlib) {
    return read_zlib(in);
  }
  auto used = reader_.read(in);
  if (used.ok()) {
    const std::size_t kept = std::min(*used, kKept - bytes_.size());
    bytes_.insert(bytes_.end(), in.begin(), in.begin() + static_cast<std::ptrdiff_t>(kept));
    complete_ = reader_.complete();
  }
  return used;
}

MemberHeader HeaderParser::fields() const {
  MemberHeader header;
  if (framing_ == Framing::kZlib && bytes_.size() == 6) {
    header.dictionary = byte_swap(load_le<std::uint32_t>(ByteSpan(bytes_).subspan(2)));
  }
  if (framing_ != Framing::kGzip || bytes_.size() < kFixedSize) {
    return header;
  }
  ByteSpan rest(bytes_);
  const std::uint8_t flags = byte_at(rest, 3);
  header.modified = load_le<std::uint32_t>(rest.subspan(4));
  rest = rest.subspan(kFixedSize);
  if ((flags & kExtraFlag) != 0) {
    const std::size_t size = load_le<std::uint16_t>(rest);
    take_extra(rest.subspan(2, size), header);
    rest = rest.subspan(2 + size);
  }
  if ((flags & kNameFlag) != 0) {
    const auto end = std::find(rest.begin(), rest.end(), std::byte{0});
    header.name.emplace();
    std::transform(rest.begin(), end, std::back_inserter(*header.name),
                   [](std::byte byte) { return static_cast<char>(byte); });
  }
  return header;
}

void put_gzip_header(std::vector<std::byte>& out, const HeaderPlan& plan) {
  const int flags = (plan.part_size ? kExtraFlag : 0) | (plan.name ? kNameFlag : 0);
  const auto fixed = fixed_part(static_cast<std::uint8_t>(flags), plan.modified, plan.level);
  if (plan.part_size) {
    std::array<std::byte, kFixedSize + 2 + kSubfieldHeader + kPartField> header{};
    const MutableByteSpan value = begin_sized(header, {'K', 'P'}, kPartField, fixed);
    value[0] = std::byte{kLayoutVersion};
    store_le(value.subspan(1), *plan.part_size);
    out.insert(out.end(), header.begin(), header.end());
  } else {
    out.insert(out.end(), fixed.begin(), fixed.end());
  }
  if (plan.name) {
    std::transform(plan.name->begin(), plan.name->end(), std::back_inserter(out),
                   [](char c) { return static_cast<std::byte>(c); });
    out.push_back(std::byte{0});
  }
}

void put_zlib_header(std::vector<std::byte>& out, int level) {
  constexpr unsigned kMethodAndWindow = 0x78;  // deflate, 32 KiB
  const unsigned speed = level <= 1 ? 0 : level <= 5 ? 1 : level == 6 ? 2 : 3;
  unsigned flags = speed << 6U;
  flags += 31 - (kMethodAndWindow * 256 + flags) % 31;
  out.push_back(static_cast<std::byte>(kMethodAndWindow));
  out.push_back(static_cast<std::byte>(flags));
}

void fill_bgzf_header(MutableByteSpan header, std::size_t member_size, std::uint32_t modified,
                      int level) {
  const MutableByteSpan value =
      begin_sized(header, {'B', 'C'}, kBgzfField, fixed_part(kExtraFlag, modified, level));
  header[9] = std::byte{0xFF};  // "unknown", as BGZF's own writers have it
  store_le(value, static_cast<std::uint16_t>(member_size - 1));
}

void fill_sized_header(MutableByteSpan header, std::uint64_t member_size, std::uint32_t modified,
                       int level) {
  const MutableByteSpan value =
      begin_sized(header, {'K', 'M'}, kSizeField, fixed_part(kExtraFlag, modified, level));
  store_le(value, member_size);
}

std::vector<std::byte> bgzf_end() {
  constexpr std::size_t kSize = kBgzfHeaderSize + 2 + kTrailerSize;
  std::vector<std::byte> member(kSize);
  fill_bgzf_header(member, kSize, 0, 6);
  member[kBgzfHeaderSize] = std::byte{3};  // a final block of fixed codes that ends at once
  return member;
}

}  // namespace kompakt::gzip
