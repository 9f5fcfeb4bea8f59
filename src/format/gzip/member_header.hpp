/// \file
/// What stands in front of a deflate stream: reading it with the fields that matter here, and
/// writing it. The extra subfields are described in spec.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "codec/deflate/header.hpp"
#include "format/format.hpp"

namespace kompakt::gzip {

using deflate::Framing;

/// The fields of one header; for zlib all are empty.
struct MemberHeader {
  std::optional<std::string> name;
  std::uint32_t modified = 0;  ///< 0: not known
  /// Bytes of the whole member, header and trailer included, where an extra field tells (BGZF's
  /// or ours). A claim.
  std::optional<std::uint64_t> member_size;
  bool bgzf = false;
  /// Content bytes of every part but the last, where our extra field tells. A claim.
  std::optional<std::uint32_t> part_size;
  /// zlib: the Adler-32 of the dictionary that is the window at the start.
  std::optional<std::uint32_t> dictionary;
};

/// Takes a header in pieces of any size; checks it and keeps its fields.
class HeaderParser {
 public:
  explicit HeaderParser(Framing framing) : reader_(framing), framing_(framing) {}

  /// Takes bytes off the front of `in` until the header is complete, and returns how many.
  [[nodiscard]] Result<std::size_t> read(ByteSpan in);
  [[nodiscard]] bool complete() const noexcept { return complete_; }
  /// The fields of a complete header.
  [[nodiscard]] MemberHeader fields() const;

 private:
  // Enough for the longest extra field and any name that a file system takes; what is behind
  // that of a name or comment is checked but not kept.
  static constexpr std::size_t kKept = std::size_t{96} << 10U;

  [[nodiscard]] Result<std::size_t> read_zlib(ByteSpan in);

  deflate::HeaderReader reader_;
  bool complete_ = false;
  Framing framing_;
  std::vector<std::byte> bytes_;
};

/// What a gzip header is made of.
struct HeaderPlan {
  std::optional<std::string> name;
  std::uint32_t modified = 0;
  int level = 6;
  std::optional<std::uint32_t> part_size;
};

/// Appends a gzip header.
void put_gzip_header(std::vector<std::byte>& out, const HeaderPlan& plan);
/// Appends a zlib header.
void put_zlib_header(std::vector<std::byte>& out, int level);

/// A member's header when its size stands in it: written in front of the member's deflate stream.
/// BGZF's is for members of at most 64 KiB; the other takes any.
inline constexpr std::size_t kBgzfHeaderSize = 18;
inline constexpr std::size_t kSizedHeaderSize = 24;
inline constexpr std::size_t kTrailerSize = 8;
void fill_bgzf_header(MutableByteSpan header, std::size_t member_size, std::uint32_t modified,
                      int level);
void fill_sized_header(MutableByteSpan header, std::uint64_t member_size, std::uint32_t modified,
                       int level);

/// A BGZF member without content, which marks the end of such a file.
[[nodiscard]] std::vector<std::byte> bgzf_end();

}  // namespace kompakt::gzip
