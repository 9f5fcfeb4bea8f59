/// \file
/// The seek table of the seekable format: a skippable frame at the end of the file that lists the
/// frames before it.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "kompakt/source.hpp"

namespace kompakt::zstd {

inline constexpr std::uint32_t kSeekTableMagic = 0x184D2A5E;
inline constexpr std::uint32_t kSeekFooterMagic = 0x8F92EAB1;
/// The footer's count of frames has 32 bits; the reference implementation stops at this.
inline constexpr std::uint64_t kMaxTableFrames = 0x8000000;

struct TableEntry {
  std::uint32_t stored = 0;   ///< bytes of the frame
  std::uint32_t content = 0;  ///< bytes it decodes to
  std::uint32_t check = 0;    ///< low half of the content's XXH64; 0 without checks
};

/// Appends the whole skippable frame.
void append_seek_table(std::vector<std::byte>& out, const std::vector<TableEntry>& entries,
                       bool checks);

/// The table at the end of `source`; nullopt where there is none or it does not describe the file.
[[nodiscard]] Result<std::optional<std::vector<TableEntry>>> read_seek_table(const Source& source);

}  // namespace kompakt::zstd
