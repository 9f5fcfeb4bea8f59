/// \file
/// What a call costs: the memory it begins with and may come to, threads, how long it may take.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kompakt/bytes.hpp"
#include "kompakt/options.hpp"

namespace kompakt::python {

/// The most that decompression into memory puts out unless the caller says otherwise: half of what
/// the process may use, so that no input, however small, can take the machine down.
[[nodiscard]] std::uint64_t default_max_output();

/// Fills in what small inputs would spend more time on than on coding: looking at the machine, and
/// starting threads that have nothing to do.
void settle(RunControl& run, std::size_t input_size);

/// Where the number of threads is left to the library, calls that go on at the same time share the
/// processors: with 16 of them each gets about a 16th, rather than all of them at once all.
void share_threads(RunControl& run);

/// Whether the work is over before somebody can press a key, so that no thread has to wait for that
/// beside it.
[[nodiscard]] bool is_brief(const CompressOptions& options, std::size_t input_size);
/// The same. What promises little and brings much is not brief: as long as no more than
/// kBriefOutput comes out.
[[nodiscard]] bool is_brief(const DecompressOptions& options, ByteSpan data);
inline constexpr std::uint64_t kBriefOutput = std::uint64_t{4} << 20U;

/// Bytes to begin with for the output.
[[nodiscard]] std::size_t compressed_room(ByteSpan content);
[[nodiscard]] std::size_t decompressed_room(ByteSpan data, const DecompressOptions& options);

/// Inputs up to this size are over before somebody can press a key.
inline constexpr std::size_t kBriefCompress = std::size_t{64} << 10U;
inline constexpr std::size_t kBriefDecompress = std::size_t{16} << 10U;

}  // namespace kompakt::python
