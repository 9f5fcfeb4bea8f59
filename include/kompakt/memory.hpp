/// \file
/// One call from memory to memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "kompakt/bytes.hpp"
#include "kompakt/export.h"
#include "kompakt/options.hpp"
#include "kompakt/sink.hpp"
#include "kompakt/status.hpp"

namespace kompakt {

/// Compresses `content`. The same bytes as compress() of a file with that content.
[[nodiscard]] KOMPAKT_API Result<std::vector<std::byte>> compress(
    ByteSpan content, const CompressOptions& options = {});

/// Decompresses all of `data`. Set options.max_output where the data is not trusted. Memory is
/// taken as content comes: what the data claims of its size reserves addresses at most, and of
/// those no more than 64 MiB or 256 times its own size.
[[nodiscard]] KOMPAKT_API Result<std::vector<std::byte>> decompress(
    ByteSpan data, const DecompressOptions& options = {});

/// The same into memory of the caller's; returns the bytes used. kLimitExceeded where `out` is too
/// small, with its content unspecified. A large `out` of decompress_into() is put on huge pages
/// where the system has them: best leave it untouched before.
[[nodiscard]] KOMPAKT_API Result<std::size_t> compress_into(ByteSpan content, MutableByteSpan out,
                                                            const CompressOptions& options = {});
/// See compress_into().
[[nodiscard]] KOMPAKT_API Result<std::size_t> decompress_into(
    ByteSpan data, MutableByteSpan out, const DecompressOptions& options = {});

/// Room in which compress_into() of `content_size` bytes always succeeds, whatever they are.
[[nodiscard]] KOMPAKT_API std::uint64_t max_compressed_size(std::uint64_t content_size,
                                                            const CompressOptions& options = {});

/// The content's size where `data`, a whole compressed input, says so in its headers or at its end
/// (of .gz: modulo 2^32, and only where there seems to be one member). A claim, not a promise:
/// bound it before you allocate by it.
[[nodiscard]] KOMPAKT_API std::optional<std::uint64_t> claimed_content_size(
    ByteSpan data, const DecompressOptions& options = {});

/// A sink over memory of the caller's. Positional. kLimitExceeded for what goes beyond it.
/// `*written`, where given, is the number of bytes from the start that belong to the content: those
/// written in order so far, and from finish() on all of them.
[[nodiscard]] KOMPAKT_API std::unique_ptr<Sink> span_sink(MutableByteSpan out,
                                                          std::size_t* written = nullptr);

}  // namespace kompakt
