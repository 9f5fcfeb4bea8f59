#include "checksum/hasher.hpp"

#include <blake3.h>
#include <isa-l/crc.h>
#include <libdeflate.h>
#include <sodium.h>
#include <xxhash.h>

#include <cstdlib>
#include <cstring>
#include <string_view>

#include "checksum/xxh3_avx2.hpp"
#include "core/endian.hpp"

namespace kompakt {
namespace {

struct HashRow {
  HashId id;
  std::string_view name;
  std::size_t size;
};
constexpr std::array kHashes = {
    HashRow{HashId::kNone, "none", 0},        HashRow{HashId::kXxh64, "xxh64", 8},
    HashRow{HashId::kXxh3, "xxh3", 8},        HashRow{HashId::kBlake3, "blake3", 32},
    HashRow{HashId::kBlake2b, "blake2b", 32}, HashRow{HashId::kSha256, "sha256", 32},
    HashRow{HashId::kCrc32, "crc32", 4},      HashRow{HashId::kCrc32c, "crc32c", 4},
    HashRow{HashId::kAdler32, "adler32", 4},
};

const unsigned char* octets(ByteSpan bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

template <typename T>
Digest integer_digest(T value) {
  Digest digest;
  store_be<T>(digest.bytes, value);
  digest.size = sizeof(T);
  return digest;
}

class NoHasher final : public Hasher {
 public:
  void update(ByteSpan /*bytes*/) override {}
  Digest finish() override { return {}; }
  void reset() override {}
};

class Blake3Hasher final : public Hasher {
 public:
  Blake3Hasher() { blake3_hasher_init(&state_); }
  void update(ByteSpan bytes) override {
    blake3_hasher_update(&state_, bytes.data(), bytes.size());
  }
  Digest finish() override {
    Digest digest;
    digest.size = BLAKE3_OUT_LEN;
    blake3_hasher_finalize(&state_, reinterpret_cast<std::uint8_t*>(digest.bytes.data()),
                           digest.size);
    return digest;
  }
  void reset() override { blake3_hasher_reset(&state_); }

 private:
  blake3_hasher state_{};
};

class Xxh64Hasher final : public Hasher {
 public:
  Xxh64Hasher() : state_(XXH64_createState()) { reset(); }
  void update(ByteSpan bytes) override { XXH64_update(state_.get(), bytes.data(), bytes.size()); }
  Digest finish() override { return integer_digest<std::uint64_t>(XXH64_digest(state_.get())); }
  void reset() override { XXH64_reset(state_.get(), 0); }

 private:
  struct Free {
    void operator()(XXH64_state_t* state) const noexcept { XXH64_freeState(state); }
  };
  std::unique_ptr<XXH64_state_t, Free> state_;
};

class Xxh3Hasher final : public Hasher {
 public:
  Xxh3Hasher() : state_(XXH3_createState()) { reset(); }
  void update(ByteSpan bytes) override {
    XXH3_64bits_update(state_.get(), bytes.data(), bytes.size());
  }
  Digest finish() override {
    return integer_digest<std::uint64_t>(XXH3_64bits_digest(state_.get()));
  }
  void reset() override { XXH3_64bits_reset(state_.get()); }

 private:
  struct Free {
    void operator()(XXH3_state_t* state) const noexcept { XXH3_freeState(state); }
  };
  std::unique_ptr<XXH3_state_t, Free> state_;
};

// libsodium picks its SIMD code in sodium_init(), which may be called again at no cost.
void ensure_sodium() {
  if (sodium_init() < 0) {
    std::abort();  // no usable random source or memory protection: the platform is broken
  }
}

class Blake2bHasher final : public Hasher {
 public:
  Blake2bHasher() {
    ensure_sodium();
    reset();
  }
  void update(ByteSpan bytes) override {
    crypto_generichash_update(&state_, octets(bytes), bytes.size());
  }
  Digest finish() override {
    Digest digest;
    digest.size = kMaxDigestSize;
    auto copy = state_;
    crypto_generichash_final(&copy, reinterpret_cast<unsigned char*>(digest.bytes.data()),
                             digest.size);
    return digest;
  }
  void reset() override { crypto_generichash_init(&state_, nullptr, 0, kMaxDigestSize); }

 private:
  crypto_generichash_state state_{};
};

class Sha256Hasher final : public Hasher {
 public:
  Sha256Hasher() { reset(); }
  void update(ByteSpan bytes) override {
    crypto_hash_sha256_update(&state_, octets(bytes), bytes.size());
  }
  Digest finish() override {
    Digest digest;
    digest.size = crypto_hash_sha256_BYTES;
    auto copy = state_;
    crypto_hash_sha256_final(&copy, reinterpret_cast<unsigned char*>(digest.bytes.data()));
    return digest;
  }
  void reset() override { crypto_hash_sha256_init(&state_); }

 private:
  crypto_hash_sha256_state state_{};
};

// CRC-32C over ISA-L, which keeps the register un-inverted between calls.
std::uint32_t crc32c_update(std::uint32_t reg, ByteSpan bytes) noexcept {
  constexpr std::size_t kStep = std::size_t{1} << 30U;  // the length is an int
  while (!bytes.empty()) {
    const auto piece = bytes.first(bytes.size() < kStep ? bytes.size() : kStep);
    // ISA-L only reads, whatever its prototype says.
    reg =
        crc32_iscsi(const_cast<unsigned char*>(octets(piece)), static_cast<int>(piece.size()), reg);
    bytes = bytes.subspan(piece.size());
  }
  return reg;
}

class Checksum32Hasher final : public Hasher {
 public:
  explicit Checksum32Hasher(HashId id) : id_(id) { reset(); }
  void update(ByteSpan bytes) override {
    if (bytes.empty()) {
      return;  // libdeflate takes a null pointer as a wish for the start value
    }
    switch (id_) {
      case HashId::kCrc32:
        value_ = libdeflate_crc32(value_, bytes.data(), bytes.size());
        break;
      case HashId::kAdler32:
        value_ = libdeflate_adler32(value_, bytes.data(), bytes.size());
        break;
      default:
        value_ = crc32c_update(value_, bytes);
    }
  }
  Digest finish() override {
    return integer_digest<std::uint32_t>(id_ == HashId::kCrc32c ? ~value_ : value_);
  }
  void reset() override {
    value_ = id_ == HashId::kAdler32 ? 1U : id_ == HashId::kCrc32c ? ~0U : 0U;
  }

 private:
  HashId id_;
  std::uint32_t value_ = 0;
};

}  // namespace

std::string_view hash_name(HashId id) noexcept {
  const auto row = static_cast<std::size_t>(id);
  return row < kHashes.size() ? kHashes[row].name : "unknown";
}

std::optional<HashId> find_hash(std::string_view name) noexcept {
  for (const auto& row : kHashes) {
    if (row.name == name) {
      return row.id;
    }
  }
  return std::nullopt;
}

std::size_t digest_size(HashId id) noexcept {
  const auto row = static_cast<std::size_t>(id);
  return row < kHashes.size() ? kHashes[row].size : 0;
}

std::uint64_t integer_of(const Digest& digest) noexcept {
  std::uint64_t value = 0;
  for (const std::byte byte : digest.span()) {
    value = value << 8U | std::to_integer<std::uint64_t>(byte);
  }
  return value;
}

std::unique_ptr<Hasher> make_hasher(HashId id) {
  switch (id) {
    case HashId::kXxh64:
      return std::make_unique<Xxh64Hasher>();
    case HashId::kXxh3:
      return std::make_unique<Xxh3Hasher>();
    case HashId::kBlake3:
      return std::make_unique<Blake3Hasher>();
    case HashId::kBlake2b:
      return std::make_unique<Blake2bHasher>();
    case HashId::kSha256:
      return std::make_unique<Sha256Hasher>();
    case HashId::kCrc32:
    case HashId::kCrc32c:
    case HashId::kAdler32:
      return std::make_unique<Checksum32Hasher>(id);
    case HashId::kNone:
      break;
  }
  return std::make_unique<NoHasher>();
}

Digest hash_bytes(HashId id, ByteSpan bytes) {
  switch (id) {
    case HashId::kNone:
      return {};
    case HashId::kXxh3:
      return integer_digest<std::uint64_t>(xxh3_64(bytes));
    case HashId::kXxh64:
      return integer_digest<std::uint64_t>(XXH64(bytes.data(), bytes.size(), 0));
    default: {
      const auto hasher = make_hasher(id);
      hasher->update(bytes);
      return hasher->finish();
    }
  }
}

std::uint32_t crc32c(ByteSpan bytes) noexcept { return ~crc32c_update(~0U, bytes); }

void Crc32c::update(ByteSpan bytes) noexcept { register_ = crc32c_update(register_, bytes); }

std::uint64_t xxh3_64(ByteSpan bytes) noexcept {
#if defined(__x86_64__)
  // The library is built for SSE2. Shorter inputs are no loop over vectors.
  constexpr std::size_t kLong = 240;
  static const bool kAvx2 = __builtin_cpu_supports("avx2") != 0;
  if (kAvx2 && bytes.size() > kLong) {
    return kompakt_xxh3_64_avx2(bytes.data(), bytes.size());
  }
#endif
  return XXH3_64bits(bytes.data(), bytes.size());
}

}  // namespace kompakt
