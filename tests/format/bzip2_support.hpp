/// \file
/// Short ways to run the bzip2 jobs, and blocks made by hand.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "codec/bzip2/bit_writer.hpp"
#include "codec/bzip2/layout.hpp"
#include "format/rows.hpp"
#include "ordered_ends.hpp"
#include "pipeline/run.hpp"
#include "run_format.hpp"
#include "test_data.hpp"

namespace kompakt::testing {

/// What a decoding run gave.
struct Bzip2Decoded {
  Bytes content;
  Status status;
  StreamFacts facts;
  std::optional<SeekIndex> index;
};

inline Bytes bzip2_packed(ByteSpan content, int level = 9, unsigned threads = 2,
                          bool piped = false) {
  Bytes out;
  const auto file = memory_source(content);
  OrderedSource pipe(content);
  const auto sink = memory_sink(out);
  EncodeSettings settings;
  settings.level = level;
  auto job =
      bzip2_format().make_encoder(piped ? static_cast<Source&>(pipe) : *file, *sink, settings);
  EXPECT_TRUE(job.ok());
  const Status status = run_on(**job, threads);
  EXPECT_TRUE(status.ok()) << status.to_string();
  return out;
}

inline Bzip2Decoded bzip2_unpacked(ByteSpan input, unsigned threads = 2,
                                   const DecodeSettings& settings = {}, bool piped = false) {
  Bzip2Decoded out;
  const auto file = memory_source(input);
  OrderedSource pipe(input);
  OrderedSink sink(out.content);
  auto job =
      bzip2_format().make_decoder(piped ? static_cast<Source&>(pipe) : *file, sink, settings);
  if (!job.ok()) {
    out.status = job.status();
    return out;
  }
  out.status = run_on(**job, threads);
  out.facts = (*job)->facts();
  out.index = (*job)->take_index();
  return out;
}

/// A stream of one block, all of whose fields can be wrong.
struct Bzip2Maker {
  unsigned level = 9;
  std::uint32_t crc = 0;
  std::uint32_t stream_crc = 0;
  bool randomised = false;
  std::uint32_t origin = 0;
  unsigned tables = 2;
  std::uint32_t selectors = 0;     ///< 0: as many as the symbols need
  std::uint32_t bad_selector = 0;  ///< this one names a table that is not there; counted from 1
  unsigned first_length = 8;
  bool any_byte = true;  ///< all 256 bytes are in use, otherwise none

  /// Symbols of an alphabet of 258, of which 0 to 253 have codes of eight bits and the others of
  /// nine: a symbol below 254 is its own code.
  [[nodiscard]] Bytes make(const std::vector<unsigned>& symbols) const {
    Bytes out(symbols.size() * 2 + 64'000);
    bzip2::BitWriter bits(out);
    bits.put(0x425A6800U | ('0' + level), 32);
    put_magic(bits, bzip2::kBlockMagic);
    bits.put(crc, 32);
    bits.put(randomised ? 1 : 0, 1);
    bits.put(origin, 24);
    bits.put(any_byte ? 0xFFFF : 0, 16);
    for (int row = 0; row < (any_byte ? 16 : 0); ++row) {
      bits.put(0xFFFF, 16);
    }
    bits.put(tables, 3);
    const auto needed = static_cast<std::uint32_t>((symbols.size() + 49) / 50);
    const std::uint32_t count = selectors == 0 ? needed : selectors;
    bits.put(count, 15);
    for (std::uint32_t i = 1; i <= count; ++i) {
      bits.put(i == bad_selector ? (1U << (tables + 1)) - 2 : 0,
               i == bad_selector ? tables + 1 : 1);
    }
    for (unsigned table = 0; table < tables; ++table) {
      bits.put(first_length, 5);
      for (unsigned symbol = 0; symbol < bzip2::kMaxAlphabet; ++symbol) {
        bits.put(symbol == 254 ? 4 : 0, symbol == 254 ? 3 : 1);  // one longer, and the end
      }
    }
    for (const unsigned symbol : symbols) {
      bits.put(symbol < 254 ? symbol : 508 + (symbol - 254), symbol < 254 ? 8 : 9);
    }
    put_magic(bits, bzip2::kFooterMagic);
    bits.put(stream_crc, 32);
    bits.flush();
    out.resize(static_cast<std::size_t>(bits.size() + 7) / 8);
    return out;
  }

 private:
  static void put_magic(bzip2::BitWriter& bits, std::uint64_t magic) {
    bits.put(static_cast<std::uint32_t>(magic >> 24U), 24);
    bits.put(static_cast<std::uint32_t>(magic & 0xFFFFFF), 24);
  }
};

inline constexpr unsigned kEndOfBlock = 257;  ///< in Bzip2Maker's alphabet

}  // namespace kompakt::testing
