/// \file
/// The columns of a packed member table (docs/format/kidx.md).
#pragma once

#include <cstddef>
#include <cstdint>

#include "archive/tar/tar_encode.hpp"
#include "archive/tar/tar_header.hpp"
#include "kompakt/archive.hpp"

namespace kompakt::member_columns {

/// Values of one kind lie together: they compress better, and most rows need few of them.
enum Column : std::size_t {
  kFlags,
  kHeaders,
  kShared,
  kSuffixSizes,
  kSuffixes,
  kSizes,
  kModes,
  kSeconds,
  kNanoseconds,
  kLinks,
  kOwners,
  kOthers,
  kColumns,
};

// The column of flags; the lowest three bits are the type.
inline constexpr std::uint32_t kTypeMask = 7;
inline constexpr std::uint32_t kHasMode = 1U << 3U;
inline constexpr std::uint32_t kHasModified = 1U << 4U;
inline constexpr std::uint32_t kHasAccessed = 1U << 5U;
inline constexpr std::uint32_t kHasOwner = 1U << 6U;
inline constexpr std::uint32_t kOwnerAsBefore = 1U << 7U;  ///< ids, their presence and names
inline constexpr std::uint32_t kHasOthers = 1U << 8U;
inline constexpr std::uint32_t kHasRuns = 1U << 9U;
inline constexpr std::uint32_t kKnownFlags = (1U << 10U) - 1;

// The column of others begins with these, and holds what they announce in this order.
inline constexpr std::uint32_t kStoredSize = 1;
inline constexpr std::uint32_t kCrc32 = 2;
inline constexpr std::uint32_t kDevice = 4;
inline constexpr std::uint32_t kXattrs = 8;
inline constexpr std::uint32_t kDigest = 16;
inline constexpr std::uint32_t kMethod = 32;
inline constexpr std::uint32_t kComment = 64;
inline constexpr std::uint32_t kKnownOthers = 127;

inline constexpr std::uint32_t kBillion = 1'000'000'000;
inline constexpr std::size_t kSizesSize = kColumns * sizeof(std::uint64_t);

/// Where the next member begins if it has one header block only. Modulo 2^64.
[[nodiscard]] inline std::uint64_t header_after(const MemberTable::Row& row) noexcept {
  const std::uint64_t content = tar::stored_content(row.entry);
  return row.header + tar::kBlock + content + tar::padding_of(content);
}

}  // namespace kompakt::member_columns
