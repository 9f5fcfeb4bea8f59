/// \file
/// One interface over the hash libraries: xxHash, BLAKE3, libsodium (BLAKE2b, SHA-256), libdeflate
/// (CRC-32, Adler-32), ISA-L (CRC-32C).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "kompakt/bytes.hpp"
#include "kompakt/options.hpp"

namespace kompakt {

inline constexpr std::size_t kMaxDigestSize = 32;

/// Digest length in bytes: 0 for none, 4 for the CRCs and Adler-32, 8 for the XXH family, else 32.
[[nodiscard]] std::size_t digest_size(HashId id) noexcept;

/// A hash value, most significant byte first for the integer-valued hashes (the canonical form of
/// xxHash). Bytes past size are zero.
struct Digest {
  std::array<std::byte, kMaxDigestSize> bytes{};
  std::size_t size = 0;
  [[nodiscard]] ByteSpan span() const noexcept { return {bytes.data(), size}; }
  friend bool operator==(const Digest&, const Digest&) = default;
};

/// The value of an integer-valued hash; of a longer digest its last 8 bytes, of an empty one 0.
[[nodiscard]] std::uint64_t integer_of(const Digest& digest) noexcept;

/// Incremental hashing. One thread at a time.
class Hasher {
 public:
  Hasher() = default;
  Hasher(const Hasher&) = delete;
  Hasher& operator=(const Hasher&) = delete;
  Hasher(Hasher&&) = delete;
  Hasher& operator=(Hasher&&) = delete;
  virtual ~Hasher() = default;
  virtual void update(ByteSpan bytes) = 0;
  /// The digest of everything since construction or reset().
  [[nodiscard]] virtual Digest finish() = 0;
  virtual void reset() = 0;
};

/// A hasher for `id`; for kNone one whose digest is empty.
[[nodiscard]] std::unique_ptr<Hasher> make_hasher(HashId id);

/// The digest of `bytes` in one call.
[[nodiscard]] Digest hash_bytes(HashId id, ByteSpan bytes);

/// CRC-32C (Castagnoli) of `bytes`, for record headers.
[[nodiscard]] std::uint32_t crc32c(ByteSpan bytes) noexcept;

/// CRC-32C over several pieces, without an allocation.
class Crc32c {
 public:
  void update(ByteSpan bytes) noexcept;
  [[nodiscard]] std::uint32_t value() const noexcept { return ~register_; }

 private:
  std::uint32_t register_ = ~0U;
};
/// XXH3-64 of `bytes`, for payloads.
[[nodiscard]] std::uint64_t xxh3_64(ByteSpan bytes) noexcept;

}  // namespace kompakt
