/// \file
/// Each codec described once; every test of the suite runs over this table.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "kompakt/codec.hpp"

namespace kompakt::testing {

/// A spec string to try and the largest block that it encodes in a time fit for a test.
struct SpecUnderTest {
  std::string_view spec;
  std::size_t max_size = kMiB + 1;
};

struct CodecUnderTest {
  std::string_view name;
  std::vector<SpecUnderTest> specs;  ///< the first is the fastest and also meets the bombs
  bool only_zeros = false;           ///< other content never fits
  bool limits_output = true;         ///< the decoder checks max_output itself
  bool limits_memory = false;        ///< a decoder under max_memory = 1 KiB fails
  bool flushes = true;               ///< streams offer flush points
};

inline const std::vector<CodecUnderTest>& codecs_under_test() {
  static const std::vector<CodecUnderTest> kCodecs = {
      {.name = "store", .specs = {{"store"}}, .limits_output = false},
      {.name = "zero", .specs = {{"zero"}}, .only_zeros = true, .limits_output = false},
      {.name = "zstd",
       .specs = {{"zstd:level=1"},
                 {"zstd:level=-5"},
                 {"zstd"},
                 {"zstd:level=9,long=20", 66'000},
                 {"zstd:level=19,windowlog=17,hashlog=15,chainlog=15", 66'000},
                 {"zstd:level=22,windowlog=18,hashlog=17,chainlog=18", 66'000}}},
      {.name = "lz4",
       .specs = {{"lz4"},
                 {"lz4:accel=50"},
                 {"lz4:level=3", 66'000},
                 {"lz4:level=12", 66'000},
                 {"lz4:framing=frame"},
                 {"lz4:framing=frame,accel=9", 66'000},
                 {"lz4:framing=frame,level=9", 66'000}}},
      {.name = "snappy", .specs = {{"snappy"}}},
      {.name = "brotli",
       .specs = {{"brotli:quality=1"},
                 {"brotli:quality=0,lgwin=10"},
                 {"brotli:quality=2"},
                 {"brotli"},
                 {"brotli:quality=9,lgwin=16", 66'000},
                 {"brotli:quality=11,lgwin=24", 8'000}},
       .limits_memory = true},
      {.name = "deflate",
       .specs = {{"deflate:level=1"},
                 {"deflate:level=1,framing=zlib"},
                 {"deflate:level=1,framing=gzip", 66'000},
                 {"deflate:level=2"},
                 {"deflate"},
                 {"deflate:framing=zlib", 66'000},
                 {"deflate:framing=gzip"},
                 {"deflate:level=9", 66'000},
                 {"deflate:level=12,framing=gzip", 66'000}}},
      {.name = "xz",
       .specs = {{"xz:level=0"},
                 {"xz:level=3,dictlog=16", 66'000},
                 {"xz", 66'000},
                 {"xz:level=9,extreme=1", 8'000},
                 {"xz:level=2,lc=0,lp=2,pb=0", 66'000},
                 {"xz:level=1,dictlog=12,lc=4,pb=4", 66'000}},
       .limits_memory = true},
      {.name = "bzip2",
       .specs = {{"bzip2:level=1"}, {"bzip2", 66'000}},
       .limits_memory = true,
       .flushes = false},
      {.name = "cm",
       .specs = {{"cm:depth=sorted", 65'535}, {"cm:depth=fast", 8'000}},
       .limits_memory = true},
      {.name = "bwt",
       .specs = {{"bwt", 65'535}, {"bwt:effort=strong", 8'000}, {"bwt:effort=quick", 8'000}},
       .limits_memory = true},
  };
  return kCodecs;
}

/// One line of the table with one of its specs: the parameter of every test.
struct Case {
  const CodecUnderTest* codec = nullptr;
  SpecUnderTest under_test;
};

/// What failing tests print.
inline void PrintTo(const Case& c, std::ostream* os) { *os << c.under_test.spec; }

enum class Which : std::uint8_t {
  kEverySpec,
  kStreams,      ///< every spec of the codecs with streams
  kFastestSpec,  ///< the first spec of every codec that shrinks
};

inline std::vector<Case> cases(Which which) {
  std::vector<Case> all;
  for (const auto& codec : codecs_under_test()) {
    const bool shrinks = codec.name != "store" && !codec.only_zeros;
    if ((which == Which::kStreams && !find_codec(codec.name)->info().streams) ||
        (which == Which::kFastestSpec && !shrinks)) {
      continue;
    }
    for (const auto& spec : codec.specs) {
      all.push_back({&codec, spec});
      if (which == Which::kFastestSpec) {
        break;
      }
    }
  }
  return all;
}

/// "zstd:level=-5" as a test name: letters, digits and underscores.
inline std::string case_name(const Case& c) {
  std::string name;
  for (const char ch : c.under_test.spec) {
    const bool plain = (ch >= 'a' && ch <= 'z') || (ch >= '0' && ch <= '9');
    name += plain ? std::string(1, ch) : ch == '-' ? "minus" : "_";
  }
  return name;
}

}  // namespace kompakt::testing
