/// \file
/// A Source as libarchive takes it: read, skip and seek by callbacks.
#pragma once

#include <cstddef>
#include <cstdint>

#include "archive/foreign/library.hpp"
#include "core/buffer.hpp"
#include "kompakt/source.hpp"
#include "kompakt/status.hpp"

namespace kompakt {

/// Must stay where it is while libarchive has it.
class ForeignInput {
 public:
  explicit ForeignInput(Source& source);

  /// The first bytes, which the first read gives again.
  [[nodiscard]] Result<ByteSpan> peek(std::size_t size);
  /// Registers the callbacks.
  void attach(const ArchiveLibrary& library, struct archive* to);

  /// Why the source failed, or why a wish of libarchive was refused; ok otherwise. Cleared by the
  /// caller before each call of the library, which may go on in spite of it.
  [[nodiscard]] const Status& failure() const { return failure_; }
  void clear_failure() { failure_ = {}; }
  /// Bytes that libarchive got or went over, at most as many as there are.
  [[nodiscard]] std::uint64_t consumed() const;
  /// Where the next read begins.
  [[nodiscard]] std::uint64_t position() const { return position_; }

 private:
  static ::la_ssize_t read_callback(struct archive* a, void* self, const void** out);
  static ::la_int64_t skip_callback(struct archive* a, void* self, ::la_int64_t request);
  static ::la_int64_t seek_callback(struct archive* a, void* self, ::la_int64_t offset, int whence);

  Result<ByteSpan> read();
  std::uint64_t skip(std::uint64_t request);
  Result<std::uint64_t> seek(std::int64_t offset, int whence);

  Source& source_;
  const ArchiveLibrary* library_ = nullptr;
  std::uint64_t size_ = 0;  ///< with random access
  Buffer buffer_;
  // What the buffer holds. Seeks inside it cost nothing: 7-Zip archives of many small folders seek
  // for each of them.
  std::uint64_t buffered_from_ = 0;
  std::uint64_t buffered_to_ = 0;
  std::size_t step_ = 0;  ///< bytes that the next read asks for; grows while reads are in order
  std::uint64_t position_ = 0;
  std::uint64_t consumed_ = 0;
  Status failure_;
};

}  // namespace kompakt
