#include "checksum/hasher.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "test_data.hpp"

namespace kompakt {
namespace {

using testing::hex_of;
using testing::to_bytes;

struct Vector {
  HashId id;
  std::string_view input;
  std::string_view digest;
};

// From the algorithms' own publications: the xxHash and BLAKE3 test suites, RFC 7693, FIPS 180,
// and the "123456789" check values of the CRC catalogues.
constexpr std::array kVectors = {
    Vector{HashId::kNone, "abc", ""},
    Vector{HashId::kXxh64, "", "ef46db3751d8e999"},
    Vector{HashId::kXxh64, "abc", "44bc2cf5ad770999"},
    Vector{HashId::kXxh3, "", "2d06800538d394c2"},
    Vector{HashId::kXxh3, "abc", "78af5f94892f3950"},
    Vector{HashId::kBlake3, "", "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"},
    Vector{HashId::kBlake3, "abc",
           "6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85"},
    Vector{HashId::kBlake2b, "",
           "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8"},
    Vector{HashId::kBlake2b, "abc",
           "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319"},
    Vector{HashId::kSha256, "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    Vector{HashId::kSha256, "abc",
           "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    Vector{HashId::kCrc32, "", "00000000"},
    Vector{HashId::kCrc32, "123456789", "cbf43926"},
    Vector{HashId::kCrc32c, "", "00000000"},
    Vector{HashId::kCrc32c, "123456789", "e3069283"},
    Vector{HashId::kAdler32, "", "00000001"},
    Vector{HashId::kAdler32, "123456789", "091e01de"},
};

constexpr std::array kAllHashes = {
    HashId::kNone,   HashId::kXxh64, HashId::kXxh3,   HashId::kBlake3,  HashId::kBlake2b,
    HashId::kSha256, HashId::kCrc32, HashId::kCrc32c, HashId::kAdler32,
};

TEST(Hasher, KnownAnswers) {
  for (const auto& vector : kVectors) {
    EXPECT_EQ(hex_of(hash_bytes(vector.id, to_bytes(vector.input)).span()), vector.digest)
        << hash_name(vector.id) << " of '" << vector.input << "'";
  }
}

TEST(Hasher, IncrementalEqualsOneShot) {
  const auto content = testing::text_bytes(10'000);
  for (const HashId id : kAllHashes) {
    const Digest whole = hash_bytes(id, content);
    const auto hasher = make_hasher(id);
    for (const std::size_t step : {1U, 7U, 64U, 1000U, 9999U, 20'000U}) {
      hasher->reset();
      for (std::size_t at = 0; at < content.size(); at += step) {
        hasher->update(ByteSpan(content).subspan(at, std::min(step, content.size() - at)));
        hasher->update({});
      }
      EXPECT_EQ(hasher->finish(), whole) << hash_name(id) << " in steps of " << step;
    }
  }
}

TEST(Hasher, ResetForgets) {
  for (const HashId id : kAllHashes) {
    const auto hasher = make_hasher(id);
    const Digest empty = hasher->finish();
    hasher->reset();
    hasher->update(to_bytes("something"));
    hasher->reset();
    EXPECT_EQ(hasher->finish(), empty) << hash_name(id);
  }
}

TEST(Hasher, DigestHasTheStatedSizeAndZeroesBehindIt) {
  for (const HashId id : kAllHashes) {
    const Digest digest = hash_bytes(id, to_bytes("content"));
    EXPECT_EQ(digest.size, digest_size(id)) << hash_name(id);
    for (std::size_t i = digest.size; i < kMaxDigestSize; ++i) {
      EXPECT_EQ(digest.bytes[i], std::byte{0}) << hash_name(id);
    }
  }
}

TEST(Hasher, NamesFindTheirHashes) {
  for (const HashId id : kAllHashes) {
    EXPECT_EQ(find_hash(hash_name(id)), id);
  }
  EXPECT_EQ(find_hash("md5"), std::nullopt);
  EXPECT_EQ(find_hash(""), std::nullopt);
}

TEST(Hasher, ShortcutsAgreeWithTheHashers) {
  const auto content = to_bytes("123456789");
  EXPECT_EQ(crc32c(content), 0xE3069283U);
  EXPECT_EQ(xxh3_64(to_bytes("abc")), 0x78AF5F94892F3950U);
  EXPECT_EQ(integer_of(hash_bytes(HashId::kXxh3, to_bytes("abc"))), 0x78AF5F94892F3950U);
  EXPECT_EQ(integer_of(hash_bytes(HashId::kCrc32c, content)), 0xE3069283U);
  EXPECT_EQ(integer_of(hash_bytes(HashId::kNone, content)), 0U);
}

}  // namespace
}  // namespace kompakt
