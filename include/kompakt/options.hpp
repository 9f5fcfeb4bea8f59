/// \file
/// What a caller can ask of compression and decompression.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kompakt/bytes.hpp"
#include "kompakt/cancel.hpp"
#include "kompakt/codec.hpp"
#include "kompakt/executor.hpp"
#include "kompakt/export.h"
#include "kompakt/format.hpp"
#include "kompakt/status.hpp"

namespace kompakt {

/// Hash functions for checksums and digests. Values are frozen: .warp v3 stores them.
enum class HashId : std::uint8_t {
  kNone = 0,
  kXxh64 = 1,
  kXxh3 = 2,
  kBlake3 = 3,
  kBlake2b = 4,
  kSha256 = 5,
  kCrc32 = 6,
  kCrc32c = 7,
  kAdler32 = 8,
};

/// "none", "xxh64", "xxh3", "blake3", "blake2b", "sha256", "crc32", "crc32c", "adler32".
[[nodiscard]] KOMPAKT_API std::string_view hash_name(HashId id) noexcept;
/// By that name; nullopt where there is none of it.
[[nodiscard]] KOMPAKT_API std::optional<HashId> find_hash(std::string_view name) noexcept;

/// What a .warp file remembers of the file it was made from. Every field is optional.
struct WarpMetadata {
  /// A point in time.
  struct Time {
    std::int64_t seconds = 0;  ///< since 1970-01-01 UTC
    std::uint32_t nanoseconds = 0;
    friend bool operator==(const Time&, const Time&) = default;
  };
  /// Numbers of a user and a group.
  struct Owner {
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    friend bool operator==(const Owner&, const Owner&) = default;
  };
  std::optional<std::string> name{};    ///< a base name, never a path
  std::optional<std::uint32_t> mode{};  ///< permission bits, 07777 at most
  std::optional<Time> modified{};
  std::optional<Owner> owner{};
  std::vector<std::pair<std::string, std::string>> xattrs{};

  friend bool operator==(const WarpMetadata&, const WarpMetadata&) = default;
};

/// How far an operation is.
struct Progress {
  std::uint64_t bytes_in = 0;   ///< read from the source so far
  std::uint64_t bytes_out = 0;  ///< written to the sink so far
};

/// One block's fate, for per-block listings.
struct BlockReport {
  std::uint64_t number = 0;
  std::uint64_t raw_size = 0;
  std::uint64_t stored_size = 0;  ///< encoded bytes, headers not counted
  std::string_view codec;
  double seconds = 0;  ///< spent reading, checking and encoding it
};

/// Content that could not be recovered from a damaged file.
struct LostRange {
  std::uint64_t offset = 0;  ///< in the decoded content
  std::uint64_t length = 0;  ///< 0: up to an end that is not known
  Status reason;
};

/// Means that every operation shares.
struct RunControl {
  /// Threads that may code at the same time; 0: what affinity and the cgroup quota allow.
  unsigned threads = 0;
  /// Bytes that buffers and codecs may hold; 0: what the cgroup and the machine allow. Fewer
  /// threads are used where they do not fit.
  std::uint64_t max_memory = 0;
  const CancelToken* cancel = nullptr;
  /// Lends threads, besides the one that makes the call; nullptr: the call starts its own.
  Executor* executor = nullptr;
  /// Called after every block, from one thread at a time.
  std::function<void(const Progress&)> on_progress{};
};

/// What to write, and how.
struct CompressOptions {
  Format format = Format::kWarp;
  /// On the format's scale (format_info()); unset: its default.
  std::optional<int> level{};
  /// Wishes for formats other than .warp.
  EncodeSettings settings{};
  // From here on for .warp only.
  std::optional<CodecSpec> codec{};         ///< instead of the level's codec
  std::optional<std::size_t> block_size{};  ///< instead of the level's; 4 KiB to 1 GiB
  HashId checksum = HashId::kBlake3;        ///< none, xxh64, xxh3, blake3 or blake2b
  std::optional<WarpMetadata> metadata{};   ///< stored where given
  std::function<void(const BlockReport&)> on_block{};
  // For every format.
  RunControl run{};
};

/// What to expect, and what to allow.
struct DecompressOptions {
  /// Unset: told by the first bytes. Brotli has to be named.
  std::optional<Format> format{};
  Dictionary dictionary{};  ///< zstd, lz4, zlib
  /// Collect seek points at least this many content bytes apart into StreamResult::index; 0: none.
  /// Formats other than .warp, which has an index of its own.
  std::uint64_t index_spacing = 0;
  bool index_lines = false;  ///< count lines for the index
  /// The most bytes that may come out.
  std::uint64_t max_output = std::numeric_limits<std::uint64_t>::max();
  /// Recompute the digests of blocks too (.warp v3). Their checksums, of the stored bytes and of
  /// the decoded ones, are verified always and tell accidents; a digest by BLAKE3 or BLAKE2b also
  /// tells what somebody changed on purpose.
  bool verify_digests = false;
  /// Go on after damage, filling lost ranges with zeros. Needs a file, not a pipe.
  bool keep_going = false;
  std::function<void(const LostRange&)> on_lost{};
  /// In block order, from one thread at a time. Only the layouts before version 3 report so far.
  std::function<void(const BlockReport&)> on_block{};
  RunControl run{};
};

}  // namespace kompakt
