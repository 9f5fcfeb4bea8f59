#include <algorithm>
#include <array>
#include <string>

#include "container/legacy/chunk_table.hpp"
#include "container/legacy/stream_reader.hpp"
#include "core/endian.hpp"

namespace kompakt::legacy {
namespace {

constexpr std::size_t kEntriesAtOnce = 256;
constexpr std::array kTrailerMagics = {kIndexMagic, kDigestMagic, kFooterMagic};

}  // namespace

StreamWalker::StreamWalker(InputCursor cursor, const StreamHeader& header, const Limits& limits)
    : cursor_(cursor),
      chunk_size_(header.chunk_size),
      limits_(limits),
      index_hash_(make_hasher(HashId::kXxh3)) {}

// The first four bytes of what comes next: a trailer's magic, the start of a chunk header, or
// nothing. Chunk methods are small numbers, so the two cannot be confused.
Result<std::optional<StreamChunkHeader>> StreamWalker::next_chunk() {
  std::array<std::byte, StreamChunkHeader::kSize> bytes{};
  const std::uint64_t start = cursor_.position();
  const MutableByteSpan all(bytes);
  const auto got = cursor_.read_some(all.first(kMagicSize));
  if (!got.ok()) {
    return got.status();
  }
  pending_ = {};
  if (*got == 0) {
    return std::optional<StreamChunkHeader>();
  }
  for (const std::string_view magic : kTrailerMagics) {
    if (starts_with(all.first(*got), magic)) {
      pending_ = magic;
      return std::optional<StreamChunkHeader>();
    }
  }
  Status read = *got < kMagicSize ? Status(Code::kTruncated, "the file ends inside a chunk header")
                                        .at_offset(cursor_.position())
                                  : cursor_.read_exact(all.subspan(kMagicSize), "a chunk header");
  if (!read.ok()) {
    return read;
  }
  const auto chunk = StreamChunkHeader::decode(bytes);
  Status bad = chunk.ok() ? Status() : chunk.status();
  if (chunk.ok() && chunk->original_size > chunk_size_) {
    bad = Status(Code::kCorrupt, "a chunk is larger than the header allows");
  } else if (chunk.ok()) {
    bad = check_chunk_sizes(chunk->stored_size, chunk->original_size, limits_);
  }
  if (!bad.ok()) {
    return bad.at_offset(start);
  }
  note({.payload_offset = cursor_.position(), .chunk = *chunk});
  return std::optional<StreamChunkHeader>(*chunk);
}

void StreamWalker::note(const IndexEntry& entry) {
  index_hash_->update(entry.encode());
  ++chunk_count_;
}

Status StreamWalker::read_magic() {
  std::array<std::byte, kMagicSize> bytes{};
  if (Status read = cursor_.read_exact(bytes, "the trailers"); !read.ok()) {
    return read;
  }
  for (const std::string_view magic : kTrailerMagics) {
    if (starts_with(bytes, magic)) {
      pending_ = magic;
      return {};
    }
  }
  return Status(Code::kCorrupt, "unknown trailer").at_offset(cursor_.position() - kMagicSize);
}

Status StreamWalker::read_index() {
  footer_.index_offset = cursor_.position() - kMagicSize;
  const auto corrupt = [this](std::string message) {
    return Status(Code::kCorrupt, std::move(message)).at_offset(footer_.index_offset);
  };
  std::array<std::byte, sizeof(std::uint32_t)> word{};
  if (Status read = cursor_.read_exact(word, "the index"); !read.ok()) {
    return read;
  }
  std::uint64_t left = load_le<std::uint32_t>(word);
  if (left != chunk_count_) {
    return corrupt("the index counts " + std::to_string(left) + " chunks, the file has " +
                   std::to_string(chunk_count_));
  }
  const auto crc = make_hasher(HashId::kCrc32);
  const auto found = make_hasher(HashId::kXxh3);
  std::array<std::byte, kEntriesAtOnce * IndexEntry::kSize> bytes{};
  while (left > 0) {
    const auto entries = static_cast<std::size_t>(std::min<std::uint64_t>(left, kEntriesAtOnce));
    const auto part = MutableByteSpan(bytes).first(entries * IndexEntry::kSize);
    if (Status read = cursor_.read_exact(part, "the index"); !read.ok()) {
      return read;
    }
    crc->update(part);
    found->update(part);
    left -= entries;
  }
  if (Status read = cursor_.read_exact(word, "the index"); !read.ok()) {
    return read;
  }
  // A Digest is written from the most significant byte on, the file from the least.
  std::reverse(word.begin(), word.end());
  if (!std::equal(word.begin(), word.end(), crc->finish().bytes.begin())) {
    return corrupt("CRC-32 of the index differs");
  }
  return found->finish() == index_hash_->finish() ? Status()
                                                  : corrupt("the index contradicts the chunks");
}

Result<ContentTrailer> StreamWalker::read_digest() {
  footer_.digest_offset = cursor_.position() - kMagicSize;
  std::array<std::byte, DigestHeader::kSize> bytes{};
  const auto rest = MutableByteSpan(bytes).subspan(kMagicSize);
  if (Status read = cursor_.read_exact(rest, "the digest"); !read.ok()) {
    return read;
  }
  const auto header = DigestHeader::decode(bytes);
  if (!header.ok()) {
    return header.status().at_offset(footer_.digest_offset);
  }
  ContentTrailer trailer{.hash = header->hash, .digest = {}};
  trailer.digest.size = digest_size(header->hash);
  Status read = cursor_.read_exact(MutableByteSpan(trailer.digest.bytes).first(trailer.digest.size),
                                   "the digest");
  return read.ok() ? Result<ContentTrailer>(trailer) : read;
}

Status StreamWalker::read_footer() {
  const std::uint64_t start = cursor_.position() - kMagicSize;
  std::array<std::byte, StreamFooter::kSize> bytes{};
  std::copy_n(reinterpret_cast<const std::byte*>(kFooterMagic.data()), kMagicSize, bytes.begin());
  const auto rest = MutableByteSpan(bytes).subspan(kMagicSize);
  if (Status read = cursor_.read_exact(rest, "the footer"); !read.ok()) {
    return read;
  }
  const auto footer = StreamFooter::decode(bytes);
  if (!footer.ok()) {
    return footer.status();
  }
  if (footer->index_offset != footer_.index_offset ||
      footer->digest_offset != footer_.digest_offset) {
    return Status(Code::kCorrupt, "the footer contradicts the trailers").at_offset(start);
  }
  return cursor_.expect_end();
}

Result<ContentTrailer> StreamWalker::read_trailers() {
  ContentTrailer trailer;
  if (pending_.empty()) {
    return trailer;
  }
  if (pending_ == kIndexMagic) {
    Status read = read_index();
    read = read.ok() ? read_magic() : read;
    if (!read.ok()) {
      return read;
    }
  }
  if (pending_ == kDigestMagic) {
    auto digest = read_digest();
    if (!digest.ok()) {
      return digest;
    }
    trailer = *digest;
    if (Status read = read_magic(); !read.ok()) {
      return read;
    }
  }
  if (pending_ != kFooterMagic) {
    return Status(Code::kCorrupt, "trailers out of order")
        .at_offset(cursor_.position() - kMagicSize);
  }
  Status read = read_footer();
  return read.ok() ? Result<ContentTrailer>(trailer) : read;
}

}  // namespace kompakt::legacy
