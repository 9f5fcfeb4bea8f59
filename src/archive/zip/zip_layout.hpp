/// \file
/// The records of the zip format (APPNOTE.TXT): the fixed parts, both directions. All integers are
/// little-endian. Nothing here follows an offset or trusts a size: callers check what they read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "kompakt/bytes.hpp"
#include "kompakt/status.hpp"

namespace kompakt::zip {

inline constexpr std::uint32_t kLocalSignature = 0x04034B50;
inline constexpr std::uint32_t kCentralSignature = 0x02014B50;
inline constexpr std::uint32_t kEndSignature = 0x06054B50;
inline constexpr std::uint32_t kZip64EndSignature = 0x06064B50;
inline constexpr std::uint32_t kZip64LocatorSignature = 0x07064B50;
inline constexpr std::uint32_t kDescriptorSignature = 0x08074B50;

// Bytes of the fixed parts, signatures included.
inline constexpr std::size_t kLocalSize = 30;
inline constexpr std::size_t kCentralSize = 46;
inline constexpr std::size_t kEndSize = 22;
inline constexpr std::size_t kZip64EndSize = 56;
inline constexpr std::size_t kZip64LocatorSize = 20;
inline constexpr std::size_t kDescriptorSize = 16;
inline constexpr std::size_t kZip64DescriptorSize = 24;

// What a narrow field holds where the zip64 records hold the value.
inline constexpr std::uint32_t kIn64 = 0xFFFFFFFF;
inline constexpr std::uint16_t kIn64Count = 0xFFFF;

// Bits of the general purpose flags.
inline constexpr std::uint16_t kFlagEncrypted = 1U << 0U;
inline constexpr std::uint16_t kFlagDescriptor = 1U << 3U;
inline constexpr std::uint16_t kFlagStrongEncryption = 1U << 6U;
inline constexpr std::uint16_t kFlagUtf8 = 1U << 11U;
inline constexpr std::uint16_t kFlagMaskedHeaders = 1U << 13U;

/// Values of the method field. Others may come in files.
enum class Method : std::uint16_t {
  kStore = 0,
  kDeflate = 8,
  kDeflate64 = 9,
  kBzip2 = 12,
  kLzma = 14,
  kZstd = 93,
  kXz = 95,
  kPpmd = 98,
  kAes = 99,
};

/// "store", "deflate", ...; empty for methods that have no name here.
[[nodiscard]] std::string_view method_name(Method method) noexcept;
/// The version of the specification that a reader needs for a method, in tenths.
[[nodiscard]] std::uint16_t version_for(Method method) noexcept;
inline constexpr std::uint16_t kVersionZip64 = 45;

// Upper byte of "version made by": whose attributes the external attributes are.
inline constexpr std::uint8_t kHostDos = 0;
inline constexpr std::uint8_t kHostUnix = 3;
inline constexpr std::uint8_t kHostDarwin = 19;
inline constexpr std::uint32_t kDosDirectory = 0x10;
inline constexpr std::uint32_t kDosReadOnly = 0x01;

// Ids of extra fields.
inline constexpr std::uint16_t kExtraZip64 = 0x0001;
inline constexpr std::uint16_t kExtraNtfs = 0x000A;
inline constexpr std::uint16_t kExtraTime = 0x5455;         // "UT"
inline constexpr std::uint16_t kExtraUnixOld = 0x5855;      // "UX": times, 16-bit owner (local)
inline constexpr std::uint16_t kExtraUnix16 = 0x7855;       // "Ux": 16-bit owner (local)
inline constexpr std::uint16_t kExtraOwner = 0x7875;        // "ux": owner of any width
inline constexpr std::uint16_t kExtraUnicodePath = 0x7075;  // "up"
inline constexpr std::uint16_t kExtraAes = 0x9901;
inline constexpr std::size_t kExtraHeaderSize = 4;  // id and length

/// A date and time as MS-DOS packs them, without a zone, to 2 seconds.
struct DosTime {
  std::uint16_t time = 0;
  std::uint16_t date = 0x21;  ///< 1980-01-01
  friend bool operator==(const DosTime&, const DosTime&) = default;
};
enum class DosZone : std::uint8_t { kLocal, kUtc };
/// Seconds since 1970; times before 1980 and after 2107 become the nearest that can be packed. Odd
/// seconds are rounded down.
[[nodiscard]] DosTime dos_time_of(std::int64_t seconds, DosZone zone) noexcept;
/// Values out of range (month 0, hour 31) are carried over as mktime() does.
[[nodiscard]] std::int64_t seconds_of(const DosTime& when, DosZone zone) noexcept;

/// In front of every entry's data. The name and the extra fields follow it.
struct LocalHeader {
  std::uint16_t version_needed = 10;
  std::uint16_t flags = 0;
  Method method = Method::kStore;
  DosTime modified;
  std::uint32_t crc32 = 0;
  std::uint32_t stored_size = 0;  ///< bytes of the data; kIn64 with a zip64 field
  std::uint32_t size = 0;         ///< bytes of the content; kIn64 with a zip64 field
  std::uint16_t name_size = 0;
  std::uint16_t extra_size = 0;

  void store(MutableByteSpan out) const noexcept;  ///< fills kLocalSize bytes
  /// kCorrupt for another signature, kTruncated for less than kLocalSize bytes.
  [[nodiscard]] static Result<LocalHeader> load(ByteSpan bytes);
};

/// One entry of the central directory. Name, extra fields and comment follow it.
struct CentralHeader {
  std::uint8_t version_made = 63;
  std::uint8_t host = kHostUnix;
  std::uint16_t version_needed = 10;
  std::uint16_t flags = 0;
  Method method = Method::kStore;
  DosTime modified;
  std::uint32_t crc32 = 0;
  std::uint32_t stored_size = 0;
  std::uint32_t size = 0;
  std::uint16_t name_size = 0;
  std::uint16_t extra_size = 0;
  std::uint16_t comment_size = 0;
  std::uint16_t disk = 0;
  std::uint16_t internal_attributes = 0;
  std::uint32_t external_attributes = 0;
  std::uint32_t local_offset = 0;

  void store(MutableByteSpan out) const noexcept;  ///< fills kCentralSize bytes
  [[nodiscard]] static Result<CentralHeader> load(ByteSpan bytes);
};

/// Closes the file; a comment may follow it.
struct EndRecord {
  std::uint16_t disk = 0;
  std::uint16_t central_disk = 0;
  std::uint16_t disk_entries = 0;
  std::uint16_t entries = 0;
  std::uint32_t central_size = 0;
  std::uint32_t central_offset = 0;
  std::uint16_t comment_size = 0;

  void store(MutableByteSpan out) const noexcept;  ///< fills kEndSize bytes
  [[nodiscard]] static Result<EndRecord> load(ByteSpan bytes);
};

/// The end record in 64 bits.
struct Zip64End {
  std::uint64_t record_size = kZip64EndSize - 12;  ///< what follows this field
  std::uint16_t version_made = 63 | kHostUnix << 8U;
  std::uint16_t version_needed = kVersionZip64;
  std::uint32_t disk = 0;
  std::uint32_t central_disk = 0;
  std::uint64_t disk_entries = 0;
  std::uint64_t entries = 0;
  std::uint64_t central_size = 0;
  std::uint64_t central_offset = 0;

  void store(MutableByteSpan out) const noexcept;  ///< fills kZip64EndSize bytes
  [[nodiscard]] static Result<Zip64End> load(ByteSpan bytes);
};

/// Directly in front of the end record where there is a Zip64End.
struct Zip64Locator {
  std::uint32_t disk = 0;
  std::uint64_t end_offset = 0;
  std::uint32_t disks = 1;

  void store(MutableByteSpan out) const noexcept;  ///< fills kZip64LocatorSize bytes
  [[nodiscard]] static Result<Zip64Locator> load(ByteSpan bytes);
};

/// Behind the data of an entry with kFlagDescriptor. Writers may leave the signature out; ours do
/// not. The sizes have 64 bits where the local header has a zip64 field.
struct Descriptor {
  std::uint32_t crc32 = 0;
  std::uint64_t stored_size = 0;
  std::uint64_t size = 0;

  /// Fills kDescriptorSize or kZip64DescriptorSize bytes.
  void store(MutableByteSpan out, bool zip64) const noexcept;
};

/// One extra field.
struct ExtraField {
  std::uint16_t id = 0;
  ByteSpan data;
};
/// Walks the extra fields of a header.
class ExtraFields {
 public:
  explicit ExtraFields(ByteSpan all) noexcept : left_(all) {}
  /// nullopt at the end, and where the rest is no whole field: see leftover().
  [[nodiscard]] std::optional<ExtraField> next() noexcept;
  /// Bytes behind the last whole field; padding of up to 3 bytes is common.
  [[nodiscard]] std::size_t leftover() const noexcept { return left_.size(); }

 private:
  ByteSpan left_;
};

/// 100 ns since 1601-01-01 UTC, as NTFS has it.
struct NtfsTimes {
  std::uint64_t modified = 0;
  std::uint64_t accessed = 0;
  std::uint64_t created = 0;
};
inline constexpr std::size_t kNtfsDataSize = 32;
/// nullopt where it does not fit.
[[nodiscard]] std::optional<std::uint64_t> ntfs_time_of(std::int64_t seconds,
                                                        std::uint32_t nanoseconds) noexcept;
struct UnixTime {
  std::int64_t seconds = 0;
  std::uint32_t nanoseconds = 0;
};
[[nodiscard]] UnixTime unix_time_of(std::uint64_t ntfs) noexcept;
/// The data of a field kExtraNtfs (tag 1), kNtfsDataSize bytes.
void store_ntfs(MutableByteSpan out, const NtfsTimes& times) noexcept;
[[nodiscard]] std::optional<NtfsTimes> load_ntfs(ByteSpan data) noexcept;

}  // namespace kompakt::zip
