/// \file
/// Writing .warp version 3.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "container/metadata.hpp"
#include "container/warp3_layout.hpp"
#include "core/staged_job.hpp"
#include "kompakt/codec.hpp"
#include "kompakt/options.hpp"
#include "kompakt/sink.hpp"
#include "kompakt/source.hpp"

namespace kompakt {

/// Writes a record of a skippable type: type, flags and raw fields are the caller's, the rest is
/// filled in. Returns the record's offset in the stream.
using SideRecordWriter =
    std::function<Result<std::uint64_t>(warp3::RecordHeader header, ByteSpan payload)>;

struct WarpEncodeOptions {
  CodecSpec codec;
  std::size_t block_size = std::size_t{1} << 20U;  ///< 4 KiB to 1 GiB
  bool even_end = false;  ///< see BlockCutter; takes memory for a block more where a pipe is read
  HashId hash = HashId::kBlake3;
  std::optional<WarpMetadata> metadata;
  std::function<void(const BlockReport&)> on_block;  ///< called in block order
  /// Called once, when the blocks and their index are written, for records that stand between them
  /// and the end record.
  std::function<Status(const SideRecordWriter&)> before_end = nullptr;
};

/// A job that compresses all of `source` to `sink`; both must outlive it. kInvalidArgument for a
/// block size out of range or a hash that .warp has no number for.
[[nodiscard]] Result<std::unique_ptr<StagedJob>> make_warp_encode_job(Source& source, Sink& sink,
                                                                      WarpEncodeOptions options);

}  // namespace kompakt
