/// \file
/// The headers of a member that is written, and the central directory.
#pragma once

#include <cstdint>
#include <vector>

#include "archive/zip/zip_layout.hpp"
#include "kompakt/archive.hpp"
#include "kompakt/sink.hpp"

namespace kompakt::zip {

/// A member and what its headers say of its data.
struct Member {
  Entry entry;
  DosTime modified;  ///< of entry.modified, in the zone that was chosen
  Method method = Method::kStore;
  std::uint32_t crc32 = 0;
  std::uint64_t stored_size = 0;
  std::uint64_t size = 0;
  /// Sizes and CRC follow the data; nothing is known of them when the local header is written.
  bool streamed = false;
  /// The local header has a zip64 field, and the descriptor 64-bit sizes. Only with `streamed`:
  /// whatever is written in one piece is small.
  bool wide = false;
};

/// The longest name that the format can hold, less the '/' of folders.
inline constexpr std::size_t kMaxName = 0xFFFE;

/// Bytes of the local header, name and extra fields included. Depends neither on sizes nor on the
/// method.
[[nodiscard]] std::size_t local_size(const Member& member);
/// Writes local_size() bytes.
void put_local(const Member& member, MutableByteSpan out);

/// Collects the entries as they will be written: 46 bytes, the name, 9 bytes for the time, 11 or 15
/// for the owner, 36 for a time with a fraction of a second, up to 28 past 4 GiB.
class CentralDirectory {
 public:
  void add(const Member& member, std::uint64_t local_offset);
  [[nodiscard]] std::uint64_t entries() const noexcept { return entries_; }
  /// Writes the directory and the end records; `offset` is where in the archive it begins. Returns
  /// the bytes written.
  [[nodiscard]] Result<std::uint64_t> write(Sink& sink, std::uint64_t offset) const;

 private:
  static constexpr std::size_t kBlock = std::size_t{1} << 20U;
  [[nodiscard]] MutableByteSpan room(std::size_t size);

  // In blocks, so that growing never copies what is there.
  std::vector<std::vector<std::byte>> blocks_;
  std::uint64_t size_ = 0;
  std::uint64_t entries_ = 0;
};

}  // namespace kompakt::zip
