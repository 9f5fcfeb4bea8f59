/// \file
/// Records of the central directory: read, and turned into an Entry.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "archive/zip/zip_layout.hpp"
#include "kompakt/archive.hpp"
#include "kompakt/bytes.hpp"
#include "kompakt/status.hpp"

namespace kompakt::zip {

/// One record with its zip64 values resolved. The spans lie in the bytes that it was read from.
struct DirectoryRecord {
  CentralHeader fixed;
  std::uint64_t stored_size = 0;
  std::uint64_t size = 0;
  std::uint64_t local_offset = 0;  ///< as stated: without the length of anything before the archive
  ByteSpan name;
  ByteSpan extra;
  ByteSpan comment;
  /// Why the entry cannot be read although the record has its whole length; null where it can.
  const char* problem = nullptr;

  [[nodiscard]] std::size_t record_size() const noexcept {
    return kCentralSize + name.size() + extra.size() + comment.size();
  }
};

/// Reads the record at the start of `bytes`. kCorrupt and kTruncated where not even its length can
/// be trusted.
[[nodiscard]] Result<DirectoryRecord> read_record(ByteSpan bytes);

/// A local header with its zip64 values resolved.
struct LocalRecord {
  LocalHeader fixed;
  std::uint64_t stored_size = 0;
  std::uint64_t size = 0;
  ByteSpan name;
  ByteSpan extra;
  bool zip64 = false;  ///< has a zip64 field, so that a descriptor has 64-bit sizes

  [[nodiscard]] std::size_t record_size() const noexcept {
    return kLocalSize + name.size() + extra.size();
  }
};

/// Reads the header at the start of `bytes`. kTruncated where `bytes` ends before it.
[[nodiscard]] Result<LocalRecord> read_local(ByteSpan bytes);

/// False where the stored bytes cannot decode to the size that the record states.
[[nodiscard]] bool has_possible_size(const DirectoryRecord& record) noexcept;

/// "deflate", or "method 97" where it has no name here.
[[nodiscard]] std::string describe_method(Method method);

/// Whether names in a local header and in the directory are the same; '\' counts as '/'.
[[nodiscard]] bool same_bytes(ByteSpan local, ByteSpan central) noexcept;
/// Whether they are the same once decoded, each as its record says.
[[nodiscard]] bool same_name(const LocalRecord& local, const DirectoryRecord& central);

/// Everything that the directory tells of an entry.
[[nodiscard]] Entry to_entry(const DirectoryRecord& record);

/// Adds what only local headers tell (owners in old fields, access times) where the directory does
/// not.
void add_local_extra(Entry& entry, ByteSpan extra);

}  // namespace kompakt::zip
