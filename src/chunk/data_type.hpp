/// \file
/// What kind of data lies where in a block: what chooses transforms and context lists.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "kompakt/bytes.hpp"

namespace kompakt {

/// Values are stored by codecs that write a region's type into their streams: append only.
enum class DataType : std::uint8_t {
  kGeneric = 0,  ///< nothing below fits
  kText = 1,     ///< prose and source code: ASCII, UTF-8 or an 8-bit code page with words
  kLines = 2,    ///< text whose lines or tags repeat: markup, JSON, CSV, logs, tables
  kX86 = 3,      ///< 32- or 64-bit x86 machine code
  kRecords = 4,  ///< fixed-size records; `stride` bytes each
  kRaster = 5,   ///< a picture's samples; a row has `stride` bytes, a pixel `sample_bytes`
  kPcm = 6,      ///< sound; a frame has `stride` bytes, one channel's sample `sample_bytes`
  kPacked = 7,   ///< near-random: compressed or encrypted already
};

/// A stretch of a block that holds one kind of data.
struct Region {
  std::size_t begin = 0;  ///< offset in the block
  std::size_t size = 0;   ///< bytes; never 0
  DataType type = DataType::kGeneric;
  std::uint32_t stride = 0;       ///< bytes of a record, a raster row or a PCM frame; else 0
  std::uint8_t sample_bytes = 0;  ///< raster: 1 to 4 (2: 16-bit little-endian); PCM: 1 or 2; else 0

  friend bool operator==(const Region&, const Region&) = default;
};

/// The regions of `block` in order, without gaps; none for an empty block. Decided by the bytes
/// alone, in integers, so that every machine finds the same ones. Strides are at most kMaxStride;
/// they are measured, and their phase is not: a record need not begin where its region does.
[[nodiscard]] std::vector<Region> classify(ByteSpan block);

/// The longest raster row that classify() finds.
inline constexpr std::uint32_t kMaxStride = 16384;

}  // namespace kompakt
