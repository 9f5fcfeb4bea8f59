/// \file
/// A zip archive, open for reading: its central directory, checked, and where each entry lies.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "archive/zip/zip_entry_record.hpp"
#include "core/buffer.hpp"
#include "kompakt/archive.hpp"
#include "kompakt/bytes.hpp"
#include "kompakt/source.hpp"
#include "kompakt/status.hpp"

namespace kompakt {

struct ZipReadLimits {
  std::uint64_t max_entries = 100'000'000;
  /// Bytes of the central directory, which is held in memory; 4 GiB at most whatever is set.
  std::uint64_t max_directory = std::uint64_t{2} << 30U;
  /// Bytes that decoding one entry may hold: windows and dictionaries are the archive's choice.
  std::uint64_t max_memory = std::uint64_t{1} << 30U;
};

/// An entry's data, as directory and local header agree on them.
struct ZipExtent {
  zip::Method method = zip::Method::kStore;
  std::uint64_t data = 0;  ///< offset of the first stored byte
  std::uint64_t stored_size = 0;
  std::uint64_t size = 0;
  std::uint32_t crc32 = 0;
  bool lzma_end_mark = false;  ///< of LZMA data: an end mark is promised
  [[nodiscard]] std::uint64_t end() const noexcept { return data + stored_size; }
};

/// Reads the directory, or where there is none that is sound, finds the entries by their local
/// headers. Holds the directory's own bytes and 12 bytes an entry (16 where entries are listed in
/// another order than they lie in). Everything but open() is const and may be called by many
/// threads at once.
class ZipArchive {
 public:
  /// `source` has random access and outlives the archive. kUnsupported for what is no zip archive,
  /// for archives of several disks and for hidden directories; kLimitExceeded. A damaged archive of
  /// which entries can be found opens, and damage() tells.
  [[nodiscard]] static Result<std::unique_ptr<ZipArchive>> open(const Source& source,
                                                                const ZipReadLimits& limits = {});

  /// Entries, in the directory's order. A later entry replaces an earlier one of its name.
  [[nodiscard]] std::size_t size() const noexcept { return records_.size(); }
  [[nodiscard]] Entry entry(std::size_t index) const { return zip::to_entry(record(index)); }
  /// Its spans live as long as the archive.
  [[nodiscard]] zip::DirectoryRecord record(std::size_t index) const;

  /// Reads the entry's local header and compares it with the directory: kCorrupt where they
  /// disagree, kTruncated where the data end behind the file, kUnsupported for encrypted entries.
  /// Adds to `entry`, where given, what only the local header tells.
  [[nodiscard]] Result<ZipExtent> locate(std::size_t index, Entry* entry = nullptr) const;
  /// The same with the file's bytes from begin(index) on at hand, as far as they were read.
  [[nodiscard]] Result<ZipExtent> locate_in(std::size_t index, ByteSpan bytes,
                                            Entry* entry = nullptr) const;
  /// kCorrupt where the data reach into another member or into the directory: such an entry is not
  /// to be extracted, so that no byte of the archive is ever decoded for two entries.
  [[nodiscard]] Status check_overlap(std::size_t index, const ZipExtent& extent) const;

  /// The content of a file or the target of a symlink, in order, checked: the failure of a read()
  /// is that of the entry. Also refuses what check_overlap() refuses.
  [[nodiscard]] Result<std::unique_ptr<Source>> open_entry(std::size_t index) const;

  /// Offset of the entry's local header, and where the next member or the directory begins.
  [[nodiscard]] std::uint64_t begin(std::size_t index) const noexcept { return begins_[index]; }
  [[nodiscard]] std::uint64_t limit(std::size_t index) const noexcept;
  /// Entries by the place they lie at, so that the file is read from front to back; by the
  /// directory's order where a name comes twice in another order than that.
  [[nodiscard]] std::size_t in_reading_order(std::size_t place) const noexcept {
    return reading_order_.empty() ? place : reading_order_[place];
  }

  [[nodiscard]] const Source& source() const noexcept { return source_; }
  [[nodiscard]] const ZipReadLimits& limits() const noexcept { return limits_; }
  /// What is wrong with the archive as a whole; ok for a sound one.
  [[nodiscard]] const Status& damage() const noexcept { return damage_; }
  /// The entries come from local headers, not from a directory.
  [[nodiscard]] bool recovered() const noexcept { return recovered_; }
  /// Oddities that do no harm: bytes behind the end.
  [[nodiscard]] const Status& warning() const noexcept { return warning_; }
  [[nodiscard]] const std::string& comment() const noexcept { return comment_; }
  /// Bytes in front of the archive, such as a program that unpacks it.
  [[nodiscard]] std::uint64_t prefix() const noexcept { return prefix_; }

 private:
  struct Found;
  ZipArchive(const Source& source, const ZipReadLimits& limits)
      : source_(source), limits_(limits), file_size_(source.size().value_or(0)) {}

  [[nodiscard]] Status read_end();
  [[nodiscard]] Result<Found> examine(ByteSpan tail, std::uint64_t tail_begin, std::size_t at);
  [[nodiscard]] Status widen(Found& found);
  [[nodiscard]] Status place_directory(Found& found);
  [[nodiscard]] Status adopt(const Found& found);
  [[nodiscard]] Status read_directory(const Found& found);
  [[nodiscard]] Status index_records(ByteSpan directory, std::uint64_t stated);
  [[nodiscard]] Status recover(const Status& why);
  void sort();
  [[nodiscard]] bool is_repeated_in_wrong_order() const;
  [[nodiscard]] bool has_header_at_begin(std::size_t index) const;
  [[nodiscard]] std::size_t place_of(std::size_t index) const noexcept;
  [[nodiscard]] std::size_t at_place(std::size_t place) const noexcept {
    return by_begin_.empty() ? place : by_begin_[place];
  }

  const Source& source_;  // NOLINT(cppcoreguidelines-*): outlives the archive
  ZipReadLimits limits_;
  std::uint64_t file_size_;
  Buffer directory_;
  std::size_t directory_size_ = 0;
  std::uint64_t directory_begin_ = 0;  // in the file; its end where the directory is made up
  std::uint64_t prefix_ = 0;
  std::vector<std::uint32_t> records_;        // offsets in directory_
  std::vector<std::uint64_t> begins_;         // offsets of local headers
  std::vector<std::uint32_t> by_begin_;       // empty: they lie in the directory's order
  std::vector<std::uint32_t> reading_order_;  // empty: the directory's order
  std::string comment_;
  Status damage_;
  Status warning_;
  bool recovered_ = false;
};

}  // namespace kompakt
