/// \file
/// Reading .warp version 3: whole streams in order, and byte ranges through the index.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "container/metadata.hpp"
#include "container/warp_index.hpp"
#include "core/staged_job.hpp"
#include "kompakt/codec.hpp"
#include "kompakt/options.hpp"
#include "kompakt/sink.hpp"
#include "kompakt/source.hpp"

namespace kompakt {

struct WarpDecodeOptions {
  Limits limits;
  bool verify_digests = false;  ///< besides the checksums, which are verified always
  /// Go on after damage: lost ranges are reported and filled with zeros. Needs random access to
  /// find the records after a damaged header; in a pipe everything behind one is lost.
  bool keep_going = false;
  std::function<void(const LostRange&)> on_lost;  ///< called in order, from one thread at a time
};

/// A decode job that also tells what it found.
class WarpDecodeJob : public StagedJob {
 public:
  /// Of the first stream; known once the first block has been read.
  [[nodiscard]] virtual const std::optional<WarpMetadata>& metadata() const = 0;
  /// After a run with keep_going: the first damage that was met, whether or not content was lost
  /// with it; ok for an intact file.
  [[nodiscard]] virtual const Status& damage() const = 0;
};

/// A job that decodes every .warp v3 stream in `source`, laid end to end, to `sink`; both must
/// outlive it. Reads the file header at once, so that memory needs are known: kUnsupported,
/// kCorrupt or kTruncated come from there.
[[nodiscard]] Result<std::unique_ptr<WarpDecodeJob>> make_warp_decode_job(
    Source& source, Sink& sink, WarpDecodeOptions options);

struct WarpRangeOptions {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  Limits limits;
  bool verify_digests = false;
};

/// A job that writes the bytes [offset, offset + length) of the content to `sink`, in order,
/// reading only the records that hold them. `index` and `sink` must outlive it. The range is cut
/// at the content's end.
[[nodiscard]] Result<std::unique_ptr<StagedJob>> make_warp_range_job(
    WarpIndex& index, Sink& sink, const WarpRangeOptions& options);
/// The same for one who has found the `blocks` of the range, which lies within the content. Leaves
/// the index as it is, so that many jobs may share it.
[[nodiscard]] Result<std::unique_ptr<StagedJob>> make_warp_range_job(
    const WarpIndex& index, std::vector<BlockLocation> blocks, Sink& sink,
    const WarpRangeOptions& options);

}  // namespace kompakt
