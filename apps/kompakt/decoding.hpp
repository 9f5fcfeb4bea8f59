/// \file
/// What the verbs that read compressed data share.
#pragma once

#include "files.hpp"
#include "kompakt/stream.hpp"
#include "progress.hpp"

namespace kompakt::cli {

/// Opens an input that holds compressed data and looks at its first bytes; refuses a terminal
/// without --force.
[[nodiscard]] Opening open_compressed(const Session& session, const std::string& name,
                                      bool regular_only);

/// How to read `input`, without anybody looking on.
[[nodiscard]] DecompressOptions reading_options(const Session& session,
                                                const std::optional<Format>& format);

/// Says what the stock tool warns of. The exit code that it leaves.
[[nodiscard]] Exit report_warnings(const Session& session, const Input& input,
                                   const StreamFacts& facts);

/// Decodes one input and tells of every lost range.
class Decoding {
 public:
  Decoding(const Session& session, const Input& input, ProgressMeter& meter)
      : session_(session), input_(input), meter_(meter) {}

  /// With `keep_going`, damage is reported and not a failure: ask lost() afterwards.
  [[nodiscard]] Result<StreamResult> run(Sink& sink, bool keep_going, bool verify_digests);
  /// Ranges reported so far.
  [[nodiscard]] std::uint64_t lost() const noexcept { return lost_; }
  [[nodiscard]] DecompressOptions options() const;

 private:
  void report(const LostRange& range);

  const Session& session_;  // NOLINT(cppcoreguidelines-*): outlives the decoding
  const Input& input_;      // NOLINT(cppcoreguidelines-*): outlives the decoding
  ProgressMeter& meter_;    // NOLINT(cppcoreguidelines-*): outlives the decoding
  std::uint64_t lost_ = 0;
};

}  // namespace kompakt::cli
