/// \file
/// The header of a cm block. spec.md has the bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "codec/cm/plan.hpp"
#include "kompakt/bytes.hpp"
#include "kompakt/status.hpp"

namespace kompakt::cm {

/// A stream as it lies in a block.
struct CodedStream {
  Stream stream;
  std::size_t filtered_size = 0;  ///< bytes after the filter
  std::size_t payload_size = 0;
};

struct BlockHeader {
  Effort effort;
  bool primed = false;
  std::vector<CodedStream> streams;
  std::vector<Region> regions;
  std::size_t size = 0;  ///< of the block decoded: what the regions add up to
};

/// The strides along `stream`, which has number `index`; none where has_stretches() says so.
[[nodiscard]] std::vector<MixStretch> stretches_of(const BlockHeader& header, const Stream& stream,
                                                   std::size_t index);

[[nodiscard]] std::vector<std::byte> store_header(const BlockHeader& header);

/// Takes the header off the front of `in`. kTruncated, kCorrupt, or kUnsupported for values that
/// this version does not know; what it returns is consistent within itself.
[[nodiscard]] Result<BlockHeader> load_header(ByteSpan& in);

}  // namespace kompakt::cm
