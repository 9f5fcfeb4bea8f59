// The parts of the bzip2 coders, each against a plain way to do the same.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "codec/bzip2/bit_writer.hpp"
#include "codec/bzip2/block_decoder.hpp"
#include "codec/bzip2/block_encoder.hpp"
#include "codec/bzip2/block_finder.hpp"
#include "codec/bzip2/code_tables.hpp"
#include "codec/bzip2/crc.hpp"
#include "codec/bzip2/front_list.hpp"
#include "codec/bzip2/inverse_transform.hpp"
#include "codec/bzip2/layout.hpp"
#include "codec/bzip2/prefix_decoder.hpp"
#include "codec/bzip2/rotation_sort.hpp"
#include "codec/bzip2/run_length.hpp"
#include "test_data.hpp"

namespace kompakt::bzip2 {
namespace {

using testing::Bytes;
using testing::Random;

constexpr std::size_t kLarge = testing::kSanitized ? 60'000 : 300'000;

Bytes letters(std::size_t size, std::size_t alphabet, std::uint64_t seed) {
  Random random(seed);
  Bytes bytes(size);
  for (auto& byte : bytes) {
    byte = static_cast<std::byte>(random.below(alphabet));
  }
  return bytes;
}

Bytes repeated(const Bytes& piece, std::size_t size) {
  Bytes bytes;
  while (bytes.size() < size) {
    bytes.insert(bytes.end(), piece.begin(), piece.end());
  }
  bytes.resize(size);
  return bytes;
}

/// Runs as the symbol decoder makes them.
std::vector<std::uint32_t> runs_of(const Bytes& column) {
  std::vector<std::uint32_t> runs;
  for (std::size_t i = 0; i < column.size();) {
    std::size_t end = i;
    while (end < column.size() && column[end] == column[i]) {
      ++end;
    }
    runs.push_back(InverseTransform::make_run(static_cast<std::uint32_t>(end - i),
                                              std::to_integer<std::uint32_t>(column[i])));
    i = end;
  }
  return runs;
}

void expect_sorted(RotationSorter& sorter, const Bytes& text, const std::string& what) {
  Bytes column(text.size());
  const std::uint32_t origin = sorter.sort(text, column);
  ASSERT_LT(origin, text.size()) << what;
  Bytes twice = text;
  twice.insert(twice.end(), text.begin(), text.end());
  std::vector<std::size_t> order(text.size());
  std::iota(order.begin(), order.end(), 0);
  const auto rotation = [&](std::size_t at) { return twice.begin() + static_cast<long>(at); };
  const auto size = static_cast<long>(text.size());
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return std::lexicographical_compare(rotation(a), rotation(a) + size, rotation(b),
                                        rotation(b) + size);
  });
  for (std::size_t i = 0; i < order.size(); ++i) {
    ASSERT_EQ(column[i], twice[order[i] + text.size() - 1]) << what << " row " << i;
  }
  EXPECT_TRUE(std::equal(text.begin(), text.end(), rotation(order[origin]))) << what;
}

TEST(Bzip2RotationSort, MatchesComparingWholeRotations) {
  RotationSorter sorter(3000);
  Random random(1);
  for (int round = 0; round < (testing::kSanitized ? 120 : 400); ++round) {
    const std::size_t size = 1 + random.below(round % 8 == 0 ? 2000 : 200);
    const std::size_t alphabet = 1 + random.below(round % 3 == 0 ? 256 : 4);
    const Bytes plain = letters(size, alphabet, random.next());
    const Bytes periodic = repeated(letters(1 + random.below(40), alphabet, random.next()), size);
    const std::string what = "size " + std::to_string(size) + " of " + std::to_string(alphabet);
    expect_sorted(sorter, plain, what);
    expect_sorted(sorter, periodic, what + ", periodic");
    Bytes flawed = periodic;
    flawed[random.below(size)] = std::byte{200};
    expect_sorted(sorter, flawed, what + ", periodic but for one byte");
  }
}

TEST(Bzip2RotationSort, SlopesWithLevelStretchesSort) {
  // Where the next peak is shows only behind its level stretch.
  RotationSorter sorter(4000);
  Random random(2);
  for (int round = 0; round < 60; ++round) {
    const std::size_t values = 2 + random.below(12);
    const std::size_t level = 1 + random.below(9);
    Bytes text;
    std::size_t value = 0;
    for (bool up = true; text.size() < 1500; up = !up) {
      for (std::size_t steps = 1 + random.below(values); steps > 0; --steps) {
        value = up ? std::min(values, value + 1) : value - std::min<std::size_t>(value, 1);
        text.insert(text.end(), 1 + random.below(level), static_cast<std::byte>(value));
      }
    }
    expect_sorted(sorter, text, "round " + std::to_string(round));
  }
}

TEST(Bzip2RotationSort, LongRepeatsSortAndInvert) {
  RotationSorter sorter(kLarge);
  InverseTransform inverse(kLarge);
  Bytes fibonacci = testing::to_bytes("ab");
  for (Bytes before = testing::to_bytes("a"); fibonacci.size() < kLarge;) {
    Bytes next = fibonacci;
    next.insert(next.end(), before.begin(), before.end());
    before = std::exchange(fibonacci, std::move(next));
  }
  fibonacci.resize(kLarge);
  const std::vector<Bytes> texts = {
      fibonacci,
      repeated(letters(2, 256, 1), kLarge),
      repeated(letters(1000, 3, 2), kLarge),
      repeated(letters(kLarge / 2, 256, 3), kLarge),
      repeated(letters(kLarge / 2 + 1, 256, 3), kLarge),
      Bytes(kLarge, std::byte{7}),
      letters(kLarge, 256, 4),
      testing::text_bytes(kLarge),
  };
  for (std::size_t i = 0; i < texts.size(); ++i) {
    Bytes column(kLarge);
    Bytes back(kLarge);
    const std::uint32_t origin = sorter.sort(texts[i], column);
    inverse.invert(runs_of(column), origin, back);
    EXPECT_EQ(back, texts[i]) << i;
  }
}

TEST(Bzip2InverseTransform, ChainThatMeetsNoMarkIsFollowedToItsEnd) {
  // Of a word written twice the rows come in equal pairs, and the odd rows are a cycle of their
  // own, on which none of the marked rows lies: one lane would have to walk all of it.
  const Bytes text = repeated(letters(kMaxBlock / 2, 256, 5), kMaxBlock);
  RotationSorter sorter(kMaxBlock);
  InverseTransform inverse(kMaxBlock);
  Bytes column(kMaxBlock);
  Bytes back(kMaxBlock);
  const std::uint32_t origin = sorter.sort(text, column);
  for (const std::uint32_t row : {origin & ~1U, origin | 1U}) {
    inverse.invert(runs_of(column), row, back);
    EXPECT_EQ(back, text);
  }
}

std::uint32_t plain_crc(ByteSpan bytes) {
  std::uint32_t crc = 0xFFFFFFFF;
  for (const std::byte byte : bytes) {
    crc ^= std::to_integer<std::uint32_t>(byte) << 24U;
    for (int bit = 0; bit < 8; ++bit) {
      crc = (crc << 1U) ^ ((crc >> 31U) != 0 ? 0x04C11DB7U : 0U);
    }
  }
  return ~crc;
}

TEST(Bzip2Crc, MatchesTheDefinitionForAnyLengthAndCut) {
  Crc check;
  check.update(testing::to_bytes("123456789"));
  EXPECT_EQ(check.value(), 0xFC891918U);
  const Bytes bytes = testing::random_bytes(1000);
  for (std::size_t size = 0; size < bytes.size(); size += size < 200 ? 1 : 13) {
    const ByteSpan whole = ByteSpan(bytes).first(size);
    Crc crc;
    crc.update(whole.first(size / 3));
    crc.update(whole.subspan(size / 3));
    ASSERT_EQ(crc.value(), plain_crc(whole)) << size;
  }
}

Bytes run_coded(ByteSpan raw, std::size_t piece, std::size_t room) {
  Bytes out(room);
  std::size_t produced = 0;
  for (std::size_t at = 0, end = 0; at < raw.size();) {
    end = std::min(raw.size(), end + piece);
    const auto done = encode_runs(raw.subspan(at, end - at), end == raw.size(),
                                  MutableByteSpan(out).subspan(produced));
    at += done.consumed;
    produced += done.produced;
    if (done.full) {
      break;
    }
  }
  out.resize(produced);
  return out;
}

Bytes run_decoded(ByteSpan coded, std::size_t room) {
  Bytes out;
  Bytes piece(room);
  while (!coded.empty()) {
    const auto done = decode_runs(coded, piece);
    out.insert(out.end(), piece.begin(), piece.begin() + static_cast<long>(done.produced));
    coded = coded.subspan(done.consumed);
  }
  return out;
}

TEST(Bzip2RunLength, RunsOfEveryLengthComeBack) {
  Bytes raw;
  for (std::size_t length = 1; length < 600; length += length < 270 ? 1 : 41) {
    raw.insert(raw.end(), length, static_cast<std::byte>(length % 7));
    // The count of one run may equal its byte, or the next one's.
    raw.insert(raw.end(), length % 9, static_cast<std::byte>(length - 4));
  }
  const Bytes coded = run_coded(raw, raw.size(), raw.size() * 2);
  EXPECT_LT(coded.size(), raw.size());
  EXPECT_EQ(decoded_size(coded), raw.size());
  EXPECT_EQ(run_decoded(coded, kMaxRun), raw);
  EXPECT_EQ(run_decoded(coded, raw.size()), raw);
}

TEST(Bzip2RunLength, CodeDoesNotDependOnHowInputIsCut) {
  Random random(3);
  Bytes raw;
  while (raw.size() < 20'000) {
    raw.insert(raw.end(), 1 + random.below(random.below(40) == 0 ? 700 : 6),
               static_cast<std::byte>(random.below(3)));
  }
  const Bytes coded = run_coded(raw, raw.size(), raw.size());
  EXPECT_EQ(run_decoded(coded, 300), raw);
  for (const std::size_t piece : {1U, 2U, 3U, 4U, 5U, 64U, 259U, 1000U}) {
    EXPECT_EQ(run_coded(raw, piece, raw.size()), coded) << piece;
    // A full block ends at the same place too.
    EXPECT_EQ(run_coded(raw, piece, 5000), run_coded(raw, raw.size(), 5000)) << piece;
  }
}

TEST(Bzip2RunLength, RunOfFourWithoutCountAtTheEndIsFourBytes) {
  const Bytes coded(4, std::byte{9});
  EXPECT_EQ(decoded_size(coded), 4U);
  EXPECT_EQ(run_decoded(coded, kMaxRun), coded);
}

TEST(Bzip2FrontList, MatchesErasingAndInserting) {
  Bytes in_use(256);
  for (std::size_t i = 0; i < 256; ++i) {
    in_use[i] = static_cast<std::byte>(i);
  }
  std::vector<unsigned char> plain(256);
  std::iota(plain.begin(), plain.end(), 0);
  FrontList finding{in_use};
  FrontList taking{in_use};
  Random random(4);
  for (int i = 0; i < 20'000; ++i) {
    const std::size_t rank = random.below(1 + random.below(i % 5 == 0 ? 256 : 20));
    const unsigned char byte = plain[rank];
    plain.erase(plain.begin() + static_cast<long>(rank));
    plain.insert(plain.begin(), byte);
    ASSERT_EQ(finding.find(byte), rank) << i;
    ASSERT_EQ(taking.take(static_cast<unsigned>(rank)), byte) << i;
  }
}

TEST(Bzip2CodeLengths, AreACompleteCodeNoLongerThanSeventeenBits) {
  std::vector<SymbolCounts> cases(4);
  cases[0].fill(1);
  cases[1].fill(0);
  cases[1][5] = 900'000;
  std::uint32_t low = 1;
  std::uint32_t high = 1;
  for (std::size_t i = 0; i < kMaxAlphabet; ++i) {  // the deepest tree that counts can make
    cases[2][i] = i < 30 ? low : 1;
    low = std::exchange(high, low + high);
    cases[3][i] = static_cast<std::uint32_t>(i * i);
  }
  for (const std::size_t alphabet : {3U, 31U, 258U}) {
    for (const auto& counts : cases) {
      CodeLengths lengths{};
      make_code_lengths(counts, alphabet, lengths);
      double sum = 0;
      for (std::size_t i = 0; i < alphabet; ++i) {
        ASSERT_GE(lengths[i], 1);
        ASSERT_LE(lengths[i], 17);
        sum += 1.0 / static_cast<double>(1U << lengths[i]);
      }
      EXPECT_EQ(sum, 1.0);
    }
  }
}

TEST(Bzip2PrefixDecoder, CodesOfTwentyBitsAndNoCode) {
  // Lengths 1, 2, ... 20: the codes 0, 10, 110, ...; twenty ones are no code.
  std::array<std::uint8_t, kMaxAlphabet> lengths{};
  for (std::size_t i = 0; i < 20; ++i) {
    lengths[i] = static_cast<std::uint8_t>(i + 1);
  }
  PrefixDecoder decoder;
  decoder.build(lengths, 20);
  for (unsigned symbol = 0; symbol <= 20; ++symbol) {
    Bytes bytes(12);
    BitWriter bits(bytes);
    bits.put((1U << symbol) - 1, symbol);
    bits.put(0, 1);
    bits.flush();
    BitReader reader(bytes, 0);
    EXPECT_EQ(decoder.decode(reader), symbol < 20 ? symbol : PrefixDecoder::kInvalid);
    EXPECT_EQ(reader.position(), std::min(symbol + 1, 20U));
  }
}

TEST(Bzip2PrefixDecoder, MoreCodesThanThereAreStayInBounds) {
  std::array<std::uint8_t, kMaxAlphabet> lengths{};
  for (std::size_t i = 0; i < kMaxAlphabet; ++i) {
    lengths[i] = static_cast<std::uint8_t>(1 + i % 3);
  }
  PrefixDecoder decoder;
  decoder.build(lengths, kMaxAlphabet);
  const Bytes bytes = testing::random_bytes(200);
  BitReader reader(bytes, 0);
  while (!reader.overrun()) {
    reader.refill();
    EXPECT_LT(decoder.decode(reader), kMaxAlphabet);
  }
}

using Places = std::vector<std::pair<std::uint64_t, bool>>;

Places plain_find(ByteSpan bytes) {
  Places places;
  std::uint64_t window = 0;
  for (std::uint64_t bit = 0; bit < bytes.size() * 8; ++bit) {
    const auto byte = std::to_integer<std::uint64_t>(bytes[static_cast<std::size_t>(bit / 8)]);
    window = ((window << 1U) | ((byte >> (7 - bit % 8)) & 1U)) & ((std::uint64_t{1} << 48U) - 1);
    if (bit >= 47 && (window == kBlockMagic || window == kFooterMagic)) {
      places.emplace_back(bit - 47, window == kFooterMagic);
    }
  }
  return places;
}

TEST(Bzip2BlockFinder, FindsEveryMagicAtEveryBitAndNothingElse) {
  for (const std::size_t size : {6U, 7U, 40U, 67U, 131U, 300U}) {
    for (std::size_t bit = 0; bit + 48 <= size * 8; ++bit) {
      Bytes bytes = testing::random_bytes(size, bit);
      const std::uint64_t magic = bit % 2 == 0 ? kBlockMagic : kFooterMagic;
      for (std::size_t i = 0; i < 48; ++i) {
        const auto mask = static_cast<std::byte>(0x80U >> ((bit + i) % 8));
        auto& byte = bytes[(bit + i) / 8];
        byte = ((magic >> (47 - i)) & 1U) != 0 ? byte | mask : byte & ~mask;
      }
      Places found;
      find_magics(bytes, [&](std::uint64_t at, bool footer) { found.emplace_back(at, footer); });
      ASSERT_EQ(found, plain_find(bytes)) << size << " bit " << bit;
      ASSERT_FALSE(found.empty());
    }
  }
}

struct Coded {
  Bytes bits;
  std::uint64_t count = 0;
};

Coded encoded(ByteSpan block, std::uint32_t crc) {
  BlockEncoder encoder(block.size());
  Coded coded;
  coded.bits.resize(BlockEncoder::max_coded(block.size()));
  coded.count = encoder.encode(block, crc, coded.bits);
  coded.bits.resize(static_cast<std::size_t>(coded.count + 7) / 8);
  return coded;
}

TEST(Bzip2Block, ComesBackFromAnyBitOffset) {
  const std::vector<Bytes> blocks = {Bytes(1, std::byte{'x'}), letters(100, 2, 1),
                                     letters(5000, 256, 2), testing::text_bytes(kLarge)};
  BlockDecoder decoder;
  Bytes out(kMaxBlock);
  for (const Bytes& block : blocks) {
    const Coded coded = encoded(block, 0xDEADBEEF);
    for (std::uint64_t shift = 0; shift < 8; ++shift) {
      Bytes moved(coded.bits.size() + 1);
      for (std::size_t i = 0; i < coded.bits.size(); ++i) {
        moved[i] |= coded.bits[i] >> shift;
        moved[i + 1] |= shift == 0 ? std::byte{} : coded.bits[i] << (8 - shift);
      }
      const auto decoded = decoder.decode(moved, shift, out);
      ASSERT_TRUE(decoded.ok()) << decoded.status().to_string();
      EXPECT_EQ(decoded->crc, 0xDEADBEEFU);
      EXPECT_EQ(decoded->end, coded.count + shift);
      ASSERT_EQ(decoded->size, block.size());
      EXPECT_TRUE(std::equal(block.begin(), block.end(), out.begin()));
    }
  }
}

TEST(Bzip2Block, CutAnywhereIsTruncatedAndFlippedBitsStayInBounds) {
  const Bytes block = testing::text_bytes(700);
  const Coded coded = encoded(block, 1);
  BlockDecoder decoder;
  Bytes out(kMaxBlock);
  for (std::size_t size = 0; size + 1 < coded.bits.size(); ++size) {
    const auto decoded = decoder.decode(ByteSpan(coded.bits).first(size), 0, out);
    ASSERT_FALSE(decoded.ok()) << size;
    ASSERT_EQ(decoded.status().code(), Code::kTruncated) << size;
  }
  for (std::size_t bit = 0; bit < coded.count; ++bit) {
    Bytes bad = coded.bits;
    bad[bit / 8] ^= static_cast<std::byte>(0x80U >> (bit % 8));
    const auto decoded = decoder.decode(bad, 0, out);
    if (decoded.ok()) {
      ASSERT_LE(decoded->size, kMaxBlock);
    }
  }
}

}  // namespace
}  // namespace kompakt::bzip2
