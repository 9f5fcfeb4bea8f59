/// \file
/// Reads tar: v7, ustar, GNU, pax, star and what Solaris writes (docs/format/tar.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "archive/member_reader.hpp"
#include "kompakt/bytes.hpp"
#include "kompakt/source.hpp"
#include "kompakt/status.hpp"

namespace kompakt {

struct TarReadOptions {
  /// Where in the source to begin: 0, or the header of a member (MemberTable::Row::header). A
  /// source without random access must stand there; positions count from the source's beginning.
  std::uint64_t offset = 0;
  /// Read on behind the end of an archive, to what was appended to it.
  bool ignore_zeros = false;
  /// Bytes of extended headers in front of one member at most; members with more are lost.
  std::size_t max_extended = std::size_t{16} << 20U;
};

/// Members in order. Where a header is damaged the reader goes on at the next one, so only what was
/// hit is lost. An archive that is cut off gives what came before. kUnsupported, from next(), where
/// no header is found at all, and for a part of a multi-volume archive. The source must outlive the
/// reader; with random access it is read at offsets, and content that nobody asks for not at all.
[[nodiscard]] Result<std::unique_ptr<MemberReader>> open_tar_reader(
    Source& source, const TarReadOptions& options = {});

/// Whether `head`, the first 512 bytes of something, can be the first header of a tar. False for an
/// archive without members, which is nothing but zeros.
[[nodiscard]] bool looks_like_tar(ByteSpan head) noexcept;

}  // namespace kompakt
