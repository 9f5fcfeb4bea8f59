#include "container/legacy/chunk_table.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "core/checked.hpp"
#include "core/endian.hpp"

namespace kompakt::legacy {
namespace {

constexpr std::size_t kWindowEntries = 1024;
constexpr std::size_t kEntrySize = sizeof(std::uint64_t);
using WindowBytes = std::array<std::byte, kWindowEntries * kEntrySize>;

void append_entries(ByteSpan bytes, std::vector<std::uint64_t>& to) {
  for (; !bytes.empty(); bytes = bytes.subspan(kEntrySize)) {
    to.push_back(load_le<std::uint64_t>(bytes));
  }
}

std::size_t window_size(std::uint64_t entries_left) {
  return static_cast<std::size_t>(std::min<std::uint64_t>(entries_left, kWindowEntries)) *
         kEntrySize;
}

}  // namespace

Status check_chunk_sizes(std::uint64_t stored, std::uint64_t original, const Limits& limits) {
  if (original > std::min(limits.max_memory, kMaxChunkSize)) {
    return {Code::kLimitExceeded, "chunk of " + std::to_string(original) + " bytes"};
  }
  if (stored > max_stored_size(original)) {
    return {Code::kCorrupt, "chunk is stored in more bytes than any encoder makes"};
  }
  return {};
}

Result<SizeColumn> SizeColumn::load(InputCursor& cursor, std::uint32_t count) {
  SizeColumn column(cursor.source(), cursor.position(), count);
  WindowBytes bytes{};
  while (column.window_.size() < count) {
    const auto part = MutableByteSpan(bytes).first(window_size(count - column.window_.size()));
    if (Status read = cursor.read_exact(part, "the chunk tables"); !read.ok()) {
      return read;
    }
    append_entries(part, column.window_);
  }
  return column;
}

Status SizeColumn::fill_window() {
  WindowBytes bytes{};
  const auto part = MutableByteSpan(bytes).first(window_size(count_ - next_));
  if (Status read = read_exact_at(*source_, position(), part, "the chunk tables"); !read.ok()) {
    return read;
  }
  window_.clear();
  append_entries(part, window_);
  window_start_ = next_;
  return {};
}

Result<std::uint64_t> SizeColumn::next() {
  if (next_ >= count_) {
    return Status(Code::kInternal, "read past the end of a chunk table");
  }
  if (next_ < window_start_ || next_ - window_start_ >= window_.size()) {
    if (Status filled = fill_window(); !filled.ok()) {
      return filled;
    }
  }
  const std::uint64_t value = window_[next_ - window_start_];
  ++next_;
  return value;
}

Status ChunkTable::open(InputCursor& cursor, const TableHeader& header, const Limits& limits) {
  has_original_ = header.version != 1;
  if (cursor.random_access()) {
    const std::uint64_t first = cursor.position();
    stored_ = SizeColumn(cursor.source(), first, header.chunk_count);
    if (has_original_) {
      original_ =
          SizeColumn(cursor.source(), first + kEntrySize * header.chunk_count, header.chunk_count);
    }
    cursor.seek(header.payload_offset());
    return {};
  }
  if (header.payload_offset() > limits.max_memory) {
    return {Code::kLimitExceeded, "the chunk tables exceed the memory limit"};
  }
  auto stored = SizeColumn::load(cursor, header.chunk_count);
  if (!stored.ok()) {
    return stored.status();
  }
  stored_ = std::move(*stored);
  if (!has_original_) {
    return {};
  }
  auto original = SizeColumn::load(cursor, header.chunk_count);
  if (!original.ok()) {
    return original.status();
  }
  original_ = std::move(*original);
  return {};
}

Result<ChunkTable> ChunkTable::read(InputCursor& cursor, const TableHeader& header,
                                    const Limits& limits) {
  const auto file_size = cursor.known_size();
  const std::uint64_t payload_offset = header.payload_offset();
  if (file_size && payload_offset > *file_size) {
    return Status(Code::kTruncated, "the file ends inside the chunk tables").at_offset(*file_size);
  }
  ChunkTable table;
  Status status = table.open(cursor, header, limits);
  if (status.ok()) {
    status = table.check(header, limits);
  }
  if (!status.ok()) {
    return status;
  }
  if (file_size && table.stored_total_ > *file_size - payload_offset) {
    return Status(Code::kTruncated, "the file ends before its last chunk").at_offset(*file_size);
  }
  return table;
}

Status ChunkTable::check(const TableHeader& header, const Limits& limits) {
  std::uint64_t original_total = 0;
  for (std::uint32_t i = 0; i < header.chunk_count; ++i) {
    const std::uint64_t entry = (has_original_ ? original_ : stored_).position();
    const auto sizes = next();
    if (!sizes.ok()) {
      return sizes.status();
    }
    Status bad;
    const auto stored_total = checked_add(stored_total_, sizes->stored);
    const auto original_sum = checked_add(original_total, sizes->original.value_or(0));
    if (sizes->stored == 0 || !stored_total || !original_sum ||
        *original_sum > header.original_size) {
      bad = Status(Code::kCorrupt, "impossible size in the chunk tables");
    } else if (sizes->original) {
      bad = check_chunk_sizes(sizes->stored, *sizes->original, limits);
    }
    if (!bad.ok()) {
      return bad.in_block(i).at_offset(entry);
    }
    stored_total_ = *stored_total;
    original_total = *original_sum;
    largest_stored_ = std::max(largest_stored_, sizes->stored);
    largest_original_ = std::max(largest_original_, sizes->original.value_or(0));
  }
  if (has_original_ ? original_total != header.original_size
                    : header.chunk_count == 0 && header.original_size != 0) {
    return Status(Code::kCorrupt, "the chunk sizes do not add up to the original size")
        .at_offset(6);
  }
  rewind();
  return {};
}

void ChunkTable::rewind() noexcept {
  stored_.rewind();
  original_.rewind();
}

Result<ChunkSizes> ChunkTable::next() {
  const auto stored = stored_.next();
  if (!stored.ok()) {
    return stored.status();
  }
  ChunkSizes sizes{.stored = *stored, .original = std::nullopt};
  if (has_original_) {
    const auto original = original_.next();
    if (!original.ok()) {
      return original.status();
    }
    sizes.original = *original;
  }
  return sizes;
}

Result<std::optional<ContentTrailer>> read_content_trailer(InputCursor& cursor) {
  const std::uint64_t start = cursor.position();
  std::array<std::byte, ContentTrailer::kPrefixSize> prefix{};
  const auto got = cursor.read_some(prefix);
  if (!got.ok()) {
    return got.status();
  }
  if (*got == 0) {
    return std::optional<ContentTrailer>();
  }
  const auto known = std::min(*got, kMagicSize);
  if (!starts_with(prefix, kTrailerMagic.substr(0, known))) {
    return Status(Code::kCorrupt, "what follows the last chunk is no trailer").at_offset(start);
  }
  if (*got < prefix.size()) {
    return Status(Code::kTruncated, "the file ends inside the trailer")
        .at_offset(cursor.position());
  }
  auto trailer = ContentTrailer::decode_prefix(prefix);
  if (!trailer.ok()) {
    return trailer.status().at_offset(start);
  }
  const auto digest = MutableByteSpan(trailer->digest.bytes).first(trailer->digest.size);
  Status read = cursor.read_exact(digest, "the trailer");
  if (read.ok()) {
    read = cursor.expect_end();
  }
  return read.ok() ? Result<std::optional<ContentTrailer>>(std::optional(*trailer)) : read;
}

}  // namespace kompakt::legacy
