/// \file
/// Deflate for zip entries, whole or as one raw stream from parts.
#pragma once

#include <cstdint>
#include <memory>

#include "core/staged_job.hpp"
#include "format/gzip/part_coder.hpp"
#include "kompakt/sink.hpp"
#include "kompakt/source.hpp"

namespace kompakt::zip {

// 1 is ISA-L, 2-8 libdeflate's 1-8, 10-12 its own. 9 codes by 10 what is dense, where the search
// for the shortest encoding gains most for its time, and by 7 what is not.
inline constexpr int kMinDeflateLevel = 0;
inline constexpr int kMaxDeflateLevel = 12;
inline constexpr int kDefaultDeflateLevel = 9;

/// The compressors behind one level above 0. One thread at a time.
class DeflateCoder {
 public:
  [[nodiscard]] static Result<std::unique_ptr<DeflateCoder>> make(int level);
  /// Working memory.
  [[nodiscard]] static std::uint64_t memory(int level);
  /// False for content that looks random throughout.
  [[nodiscard]] static bool worth_coding(ByteSpan raw);

  /// As PartCoder::encode().
  [[nodiscard]] Result<std::size_t> encode(ByteSpan raw, gzip::PartEnd end, MutableByteSpan out);

 private:
  std::unique_ptr<gzip::PartCoder> first_;
  std::unique_ptr<gzip::PartCoder> dense_;  // may be missing
};

/// Codes parts by themselves and lays them end to end; parts that look random become stored blocks.
[[nodiscard]] Result<std::unique_ptr<StagedJob>> make_deflate_job(Source& source, Sink& sink,
                                                                  int level);

}  // namespace kompakt::zip
