/// \file
/// Source: where bytes come from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "kompakt/bytes.hpp"
#include "kompakt/export.h"
#include "kompakt/status.hpp"

namespace kompakt {

/// A run of data or of hole (bytes that read as zero and take no storage).
struct Extent {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  bool hole = false;
};

/// Bytes in order, and at any offset where the source has random access.
///
/// Every read has three outcomes: data (a positive count), a clean end (a count short of what was
/// asked for), failure (a Status). Not thread-safe except for read_at().
class KOMPAKT_API Source {
 public:
  Source() = default;
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;
  Source(Source&&) = delete;
  Source& operator=(Source&&) = delete;
  virtual ~Source() = default;

  /// Fills `out` from the current position. Returns fewer bytes than asked for only at the end.
  [[nodiscard]] virtual Result<std::size_t> read(MutableByteSpan out) = 0;

  /// Total size in bytes where it is known beforehand. A promise for random-access sources, a hint
  /// otherwise.
  [[nodiscard]] virtual std::optional<std::uint64_t> size() const { return std::nullopt; }

  /// True when read_at() works and size() is known.
  [[nodiscard]] virtual bool random_access() const { return false; }

  /// Fills `out` from `offset`, independent of read()'s position. Safe to call from many threads.
  /// Returns fewer bytes than asked for only at the end. kUnsupported without random access.
  [[nodiscard]] virtual Result<std::size_t> read_at(std::uint64_t offset,
                                                    MutableByteSpan out) const;

  /// Says that [offset, offset + length) will be read_at() soon, so that a disk can start on it.
  virtual void will_need(std::uint64_t offset, std::uint64_t length) const;

  /// The data or hole run that starts at `offset` (< size()). Without knowledge of holes: one data
  /// extent up to the end.
  [[nodiscard]] virtual Result<Extent> extent_at(std::uint64_t offset) const;

  /// What to call this source in messages: a path, or "<stdin>".
  [[nodiscard]] virtual std::string_view name() const { return "<memory>"; }
};

/// A source over bytes that the caller keeps alive. Random access.
[[nodiscard]] KOMPAKT_API std::unique_ptr<Source> memory_source(ByteSpan bytes);

/// A source over a file: of a regular one with positional reads, holes found with SEEK_HOLE; of
/// anything else read in order. kIo when it cannot be opened or is a directory.
[[nodiscard]] KOMPAKT_API Result<std::unique_ptr<Source>> open_file_source(const std::string& path);

/// A source over a regular file mapped into memory. The mapping counts towards resident memory, and
/// a file that shrinks meanwhile raises SIGBUS: prefer open_file_source() unless the file is yours.
[[nodiscard]] KOMPAKT_API Result<std::unique_ptr<Source>> open_mapped_source(
    const std::string& path);

/// A source over an open descriptor that the caller keeps open. A regular file behind it gets
/// random access from its current position on; anything else is read as a pipe.
[[nodiscard]] KOMPAKT_API Result<std::unique_ptr<Source>> descriptor_source(int fd,
                                                                            std::string name);

}  // namespace kompakt
