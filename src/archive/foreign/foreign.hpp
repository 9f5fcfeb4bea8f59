/// \file
/// Archives that Kompakt reads by libarchive: 7-Zip, cpio, ISO 9660, RAR, CAB, ar, xar, LHA, WARC.
///
/// libarchive is opened at run time, when the first such archive is met: linked, it would add a
/// dozen shared libraries to every start of the tool. It decodes and nothing else: what it says of
/// a member goes through the same rules of extraction as every other archive's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "archive/member_reader.hpp"
#include "kompakt/bytes.hpp"
#include "kompakt/source.hpp"
#include "kompakt/status.hpp"

namespace kompakt {

enum class ForeignKind : std::uint8_t {
  k7Zip,
  kCpio,
  kIso9660,
  kRar,
  kRar5,
  kCab,
  kAr,
  kXar,
  kLha,
  kWarc,
};

/// So many bytes from the beginning tell every kind; fewer tell all but ISO 9660.
inline constexpr std::size_t kForeignHeadSize = 32768 + 8;

/// By the first bytes alone; libarchive is not touched.
[[nodiscard]] std::optional<ForeignKind> foreign_kind(ByteSpan head) noexcept;
[[nodiscard]] inline bool may_be_foreign(ByteSpan head) noexcept {
  return foreign_kind(head).has_value();
}

/// "7-Zip", "cpio", "ISO 9660", ...
[[nodiscard]] std::string_view foreign_name(ForeignKind kind) noexcept;

/// A reader of the archive in `source`, which must outlive it. 7-Zip and xar need random access,
/// everything else can come through a pipe, after a stream format's decoder too. kUnsupported where
/// libarchive is not installed (saying what to install), or where this is no archive of these
/// kinds.
///
/// Access control lists are not told: none of these formats keeps them. Owners are told only of
/// formats that store them. Of a cpio's hard links the name that comes with the content is the
/// file, and the names before it follow as links to it. Names are UTF-8 where the format says what
/// they are, with accents composed (libarchive does that), and else the bytes of the archive.
///
/// Memory is libarchive's: windows up to 1 GiB and more of 7-Zip, and of hostile RAR files.
[[nodiscard]] Result<std::unique_ptr<MemberReader>> open_foreign_reader(Source& source);

}  // namespace kompakt
