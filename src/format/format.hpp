/// \file
/// The contract of the stream formats: each offers jobs that write it, read it, and read a stretch
/// of it. The pipeline runs them; a format holds no threads.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/staged_job.hpp"
#include "kompakt/codec.hpp"
#include "kompakt/format.hpp"
#include "kompakt/seek_index.hpp"
#include "kompakt/sink.hpp"
#include "kompakt/source.hpp"

namespace kompakt {

/// What a reader is asked for.
struct DecodeSettings {
  Limits limits;
  /// Collect seek points at least this many content bytes apart; 0: none.
  std::uint64_t index_spacing = 0;
  bool index_lines = false;  ///< count newlines for the seek points
  Dictionary dictionary;
  /// Threads that will work on the job: a choice of method may depend on it, the result may not.
  unsigned threads = 1;
};

/// A decoding job that also tells what it met. Facts and index are complete once the run is.
class DecodeJob : public StagedJob {
 public:
  [[nodiscard]] virtual const StreamFacts& facts() const = 0;
  /// Empty unless index_spacing was set and the format has places to start from. Call once.
  [[nodiscard]] virtual std::optional<SeekIndex> take_index() { return std::nullopt; }
};

struct RangeSettings {
  std::uint64_t offset = 0;
  std::uint64_t length = std::numeric_limits<std::uint64_t>::max();  ///< cut at the content's end
  Limits limits;
  Dictionary dictionary;
};

/// What one format offers. Rows of the table in registry.cpp. `source`, `sink` and `index` must
/// outlive the jobs. Jobs write the whole output to `sink` but leave Sink::finish() to the caller.
/// Writers and readers work over pipes; scan, native_index and ranges need random access.
struct FormatEntry {
  FormatInfo info;
  /// True when these first bytes (up to 16, maybe fewer) can only be this format; nullptr where
  /// nothing marks it.
  bool (*recognises)(ByteSpan head) = nullptr;
  Result<std::unique_ptr<StagedJob>> (*make_encoder)(Source& source, Sink& sink,
                                                     const EncodeSettings& settings) = nullptr;
  /// Reads everything up to the end of the source: all members, padding and trailing bytes as the
  /// stock tool treats them.
  Result<std::unique_ptr<DecodeJob>> (*make_decoder)(Source& source, Sink& sink,
                                                     const DecodeSettings& settings) = nullptr;
  /// What can be told without decoding content (headers, block sizes, footers); nullptr where that
  /// is nothing.
  Result<StreamFacts> (*scan)(const Source& source) = nullptr;
  /// The index that the file itself carries (xz, seekable zstd, BGZF); nullopt where it has none;
  /// nullptr where the format has no such thing.
  Result<std::optional<SeekIndex>> (*native_index)(const Source& source) = nullptr;
  /// Decodes a stretch, starting from the index's points; nullptr where the format cannot. Every
  /// point that is used is checked against the input as far as that is possible.
  Result<std::unique_ptr<StagedJob>> (*make_range_decoder)(const Source& source, Sink& sink,
                                                           const SeekIndex& index,
                                                           const RangeSettings& settings) = nullptr;
  /// A coder of one stream that is fed by hand, for settings that make_encoder() takes; null where
  /// these need whole parts at a time. nullptr where the format has none.
  Result<std::unique_ptr<StreamCoder>> (*make_stream_encoder)(const EncodeSettings& settings) =
      nullptr;
  /// It stops behind one stream (member, frame), passing over frames without content before it.
  Result<std::unique_ptr<StreamCoder>> (*make_stream_decoder)(const DecodeSettings& settings) =
      nullptr;
};

/// nullptr for kWarp, which is a container of its own.
[[nodiscard]] const FormatEntry* find_format_entry(Format id) noexcept;

}  // namespace kompakt
