/// \file
/// Tiny legacy files made by hand, bit by bit, so that the tests need neither a writer nor files.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "checksum/hasher.hpp"
#include "container/legacy/layout.hpp"
#include "legacy_support.hpp"

namespace kompakt::testing {

/// A raw snappy block: the length as a varint, then one literal, whose tag byte holds the length
/// minus one above two zero bits. For texts of 1 to 60 bytes.
inline Bytes snappy_literal(std::string_view text) {
  const auto size = static_cast<unsigned>(text.size());
  return StreamBuilder().octets({size, (size - 1) << 2U}).text(text).data;
}

/// A zstd frame: magic FD2FB528; descriptor 20 = single segment, one-byte content size, nothing
/// else; that size; a raw block, whose 24-bit header is last (1), type raw (00), size.
inline Bytes zstd_raw_frame(std::string_view text) {
  const auto size = static_cast<unsigned>(text.size());
  const unsigned block = size << 3U | 1U;
  return StreamBuilder()
      .octets({0x28, 0xB5, 0x2F, 0xFD, 0x20, size})
      .octets({block & 0xFFU, block >> 8U, 0})
      .text(text)
      .data;
}

/// An LZ4 frame: magic 184D2204; flags 60 = version 1, independent blocks; 40 = blocks up to 64
/// KiB; 82 = the header checksum of these two; one block, stored (top bit of its size); end mark 0.
inline Bytes lz4_stored_frame(std::string_view text) {
  return StreamBuilder()
      .octets({0x04, 0x22, 0x4D, 0x18, 0x60, 0x40, 0x82})
      .le<std::uint32_t>(static_cast<std::uint32_t>(text.size()) | 0x80000000U)
      .text(text)
      .le<std::uint32_t>(0)
      .data;
}

/// An LZ4 block of literals only: the token's upper half is their number. For texts under 15 bytes.
inline Bytes lz4_literal_block(std::string_view text) {
  return StreamBuilder().octets({static_cast<unsigned>(text.size()) << 4U}).text(text).data;
}

/// One chunk of a table file.
struct HandChunk {
  Bytes stored;
  std::uint64_t original = 0;
};

/// A v1 or v2 file with a checksum number (0: no trailer) over `content`.
inline Bytes table_file(unsigned version, unsigned method, std::string_view content,
                        const std::vector<HandChunk>& chunks, unsigned checksum = 0) {
  StreamBuilder file;
  file.text("PRAW").octets({version, method});
  file.le<std::uint64_t>(content.size()).le(static_cast<std::uint32_t>(chunks.size()));
  for (const auto& chunk : chunks) {
    file.le<std::uint64_t>(chunk.stored.size());
  }
  for (std::size_t i = 0; version == 2 && i < chunks.size(); ++i) {
    file.le<std::uint64_t>(chunks[i].original);
  }
  for (const auto& chunk : chunks) {
    file.bytes(chunk.stored);
  }
  if (checksum != 0) {
    constexpr std::array kHashes = {HashId::kNone, HashId::kBlake3, HashId::kXxh64,
                                    HashId::kBlake2b};
    const Digest digest = hash_bytes(kHashes.at(checksum), to_bytes(content));
    file.text("WFT1").octets({checksum}).le(static_cast<std::uint16_t>(digest.size));
    file.bytes(digest.span());
  }
  return file.data;
}

/// A file and what it holds.
struct HandFile {
  std::string name;
  Bytes file;
  std::string content;
  bool checked = false;  ///< a checksum covers the content
};

/// Collects the chunks of a stream v2 file and writes its trailers.
class StreamFile {
 public:
  explicit StreamFile(std::uint32_t chunk_size) {
    out_.text("WARP").octets({2, 0}).le(chunk_size).le<std::uint32_t>(0);
  }
  StreamFile& chunk(unsigned method, std::string_view text, const Bytes& stored) {
    const auto original = static_cast<std::uint32_t>(text.size());
    const auto size = static_cast<std::uint32_t>(stored.size());
    out_.octets({method}).le(original).le(size);
    entries_.le<std::uint64_t>(out_.data.size()).le(original).le(size).octets({method});
    out_.bytes(stored);
    content_ += text;
    ++count_;
    return *this;
  }
  StreamFile& index() {
    index_offset_ = out_.data.size();
    const Digest crc = hash_bytes(HashId::kCrc32, entries_.data);
    out_.text("WIX1").le(count_).bytes(entries_.data);
    // The digest is big-endian, the file little-endian.
    for (std::size_t i = crc.size; i > 0; --i) {
      out_.data.push_back(crc.bytes[i - 1]);
    }
    return *this;
  }
  StreamFile& digest(unsigned number, HashId hash) {
    digest_offset_ = out_.data.size();
    const Digest digest = hash_bytes(hash, to_bytes(content_));
    out_.text("WCHK").octets({number, static_cast<unsigned>(digest.size)}).bytes(digest.span());
    return *this;
  }
  StreamFile& footer() {
    out_.text("WFTR").le(index_offset_).le(digest_offset_);
    return *this;
  }
  [[nodiscard]] const Bytes& bytes() const { return out_.data; }
  [[nodiscard]] const std::string& content() const { return content_; }

 private:
  StreamBuilder out_;
  StreamBuilder entries_;
  std::string content_;
  std::uint32_t count_ = 0;
  std::uint64_t index_offset_ = 0;
  std::uint64_t digest_offset_ = 0;
};

inline const std::string kFirst = "hello, old ";
inline const std::string kSecond = "warp!\n";

/// Two chunks of v1 or v2 in the way that `make` stores a text.
inline HandFile two_chunks(std::string name, unsigned version, unsigned method, unsigned checksum,
                           Bytes (*make)(std::string_view)) {
  const std::vector<HandChunk> chunks = {{make(kFirst), kFirst.size()},
                                         {make(kSecond), kSecond.size()}};
  return {std::move(name), table_file(version, method, kFirst + kSecond, chunks, checksum),
          kFirst + kSecond, checksum != 0};
}

inline StreamFile all_stream_methods() {
  StreamFile file(64);
  file.chunk(1, kFirst, zstd_raw_frame(kFirst))
      .chunk(2, kSecond, lz4_literal_block(kSecond))
      .chunk(5, std::string(37, '\0'), {})
      .chunk(2, kFirst, lz4_stored_frame(kFirst))
      .chunk(3, kSecond, snappy_literal(kSecond))
      .chunk(4, "as it is", to_bytes("as it is"));
  return file;
}

inline HandFile stream_file(std::string name, StreamFile file, bool checked) {
  return {std::move(name), file.bytes(), file.content(), checked};
}

inline std::vector<HandFile> hand_files() {
  return {
      two_chunks("v1_lz4_blake3", 1, 0, 1, lz4_stored_frame),
      two_chunks("v1_zstd_xxh64", 1, 1, 2, zstd_raw_frame),
      two_chunks("v1_snappy_blake2b", 1, 2, 3, snappy_literal),
      two_chunks("v1_snappy", 1, 2, 0, snappy_literal),
      two_chunks("v2_lz4_xxh64", 2, 0, 2, lz4_stored_frame),
      two_chunks("v2_zstd_blake3", 2, 1, 1, zstd_raw_frame),
      two_chunks("v2_snappy_blake2b", 2, 2, 3, snappy_literal),
      two_chunks("v2_zstd", 2, 1, 0, zstd_raw_frame),
      {"v2_empty", table_file(2, 2, "", {}), "", false},
      {"v2_empty_xxh64", table_file(2, 2, "", {}, 2), "", true},
      stream_file("stream_empty", StreamFile(64), false),
      stream_file("stream_plain", all_stream_methods(), false),
      stream_file("stream_footer_only", all_stream_methods().footer(), false),
      stream_file("stream_index", all_stream_methods().index().footer(), false),
      stream_file("stream_xxh64", all_stream_methods().digest(1, HashId::kXxh64).footer(), true),
      stream_file("stream_index_blake3",
                  all_stream_methods().index().digest(2, HashId::kBlake3).footer(), true),
      stream_file("stream_index_sha256",
                  all_stream_methods().index().digest(3, HashId::kSha256).footer(), true),
  };
}

}  // namespace kompakt::testing
