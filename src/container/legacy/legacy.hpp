/// \file
/// Reading of the .warp layouts that came before version 3: v1, v2 and stream v2.
/// docs/format/warp-legacy.md describes them.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "container/legacy/layout.hpp"
#include "core/staged_job.hpp"
#include "kompakt/bytes.hpp"
#include "kompakt/codec.hpp"
#include "kompakt/options.hpp"
#include "kompakt/sink.hpp"
#include "kompakt/source.hpp"

namespace kompakt::legacy {

/// What became of one chunk, for --verbose. A v1 chunk is reported in pieces of up to 1 MiB.
struct ChunkReport {
  std::uint64_t index = 0;
  std::uint64_t original_size = 0;
  std::uint64_t stored_size = 0;
  double seconds = 0;  ///< spent in the codec, by one thread
};

struct LegacyDecodeOptions {
  /// Check the digest of the content against the trailer, where there is one.
  bool verify = true;
  /// Called in chunk order by the thread that runs write().
  std::function<void(const ChunkReport&)> on_chunk = {};
};

/// How many bytes is_legacy_warp() needs to see.
inline constexpr std::size_t kLegacyProbeSize = 5;
/// True when a file that starts with `first_bytes` is a v1, v2 or stream v2 .warp file.
[[nodiscard]] bool is_legacy_warp(ByteSpan first_bytes) noexcept;

/// A job that decodes `source`, which stands at byte 0 of a file for which is_legacy_warp() holds,
/// into `sink`: by position from many threads where the sink takes that, else in order. The caller
/// ends with sink.finish(job.progress().bytes_out). Headers and tables are checked here, the rest
/// while the job runs. Both must outlive the job.
[[nodiscard]] Result<std::unique_ptr<StagedJob>> make_legacy_decode_job(
    Source& source, Sink& sink, const Limits& limits, LegacyDecodeOptions options = {});

/// What the headers of a file say.
struct LegacyInfo {
  Layout layout = Layout::kV2;
  std::vector<std::string> methods;  ///< names of the chunk methods, each once, in wire order
  std::uint64_t original_size = 0;
  std::uint64_t stored_size = 0;  ///< the whole file
  std::uint64_t chunk_count = 0;
  std::uint64_t largest_chunk = 0;  ///< original bytes; 0 for v1, which does not say
  HashId hash = HashId::kNone;
  bool has_trailer = false;
  bool has_index = false;  ///< stream v2 only
};

/// "v1", "v2" or "stream v2".
[[nodiscard]] std::string_view layout_name(Layout layout) noexcept;

/// Reads headers, tables and trailers, and no payload. kUnsupported without random access.
[[nodiscard]] Result<LegacyInfo> read_legacy_info(const Source& source, const Limits& limits = {});

}  // namespace kompakt::legacy
