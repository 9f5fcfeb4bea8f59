/// \file
/// Content of a compressed source, read like a file: in order, or from any place.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "kompakt/bytes.hpp"
#include "kompakt/export.h"
#include "kompakt/options.hpp"
#include "kompakt/seek_index.hpp"
#include "kompakt/source.hpp"
#include "kompakt/status.hpp"
#include "kompakt/stream.hpp"

namespace kompakt {

/// How a Reader decodes, and how much it keeps.
struct ReaderOptions {
  DecompressOptions decompress{};
  /// Where decoding can start, for formats without an index of their own.
  std::optional<SeekIndex> index{};
  /// Content bytes that are decoded ahead of the reader, besides what the decoder itself holds; at
  /// least 4 KiB.
  std::size_t read_ahead = std::size_t{4} << 20U;
  /// Content bytes kept of what read_at(), and reads after a seek, decoded last. Blocks that are
  /// larger than this are not kept as a whole, and reads in them decode from their beginning.
  std::size_t cache_size = std::size_t{64} << 20U;
};

/// Decodes ahead on threads of its own while it is read. A Source: it goes wherever one is taken.
///
/// read(), seek() and close() are for one thread at a time, read_at() for any number of threads
/// beside them, close() excepted.
///
/// DecompressOptions::max_output is the highest offset of content that may be decoded, from
/// whatever place decoding starts. With keep_going content is decoded from its beginning only.
class KOMPAKT_API Reader : public Source {
 public:
  /// kUnsupported, kTruncated, ... where the first bytes are of no known format. kInvalidArgument
  /// where options.index is of something else. A pipe's first bytes are read at once.
  [[nodiscard]] static Result<std::unique_ptr<Reader>> open(std::unique_ptr<Source> compressed,
                                                            ReaderOptions options = {});
  /// `compressed` must outlive the reader.
  [[nodiscard]] static Result<std::unique_ptr<Reader>> open(Source& compressed,
                                                            ReaderOptions options = {});
  /// Takes FILE.kidx beside `path` for its index where there is one that fits; one that does not
  /// is ignored. Knows brotli by the suffix ".br".
  [[nodiscard]] static Result<std::unique_ptr<Reader>> open_file(const std::string& path,
                                                                 ReaderOptions options = {});

  /// Fills `out` from the position. Fewer bytes than asked for only at the end of the content, and
  /// before a failure, which the next call returns. Whoever reads from the beginning to the end,
  /// the short read included, has everything verified that decompress() verifies. After a seek in
  /// content with random access, each stretch that is decoded is verified for itself.
  [[nodiscard]] Result<std::size_t> read(MutableByteSpan out) override = 0;
  /// As read(), but returns as soon as there is anything (at least one byte unless at the end).
  [[nodiscard]] virtual Result<std::size_t> read_some(MutableByteSpan out) = 0;

  /// Offset in the content of the next read().
  [[nodiscard]] virtual std::uint64_t position() const noexcept = 0;
  /// Moves to `offset`; kInvalidArgument behind the content's end. With random access to the
  /// content nothing is decoded before the next read, and then only around the place. Otherwise
  /// going forwards decodes what lies between (and fails where that fails; having met the end, a
  /// pipe stays there), going backwards begins again: kUnsupported in a pipe.
  [[nodiscard]] virtual Status seek(std::uint64_t offset) = 0;

  /// The content's size as the source tells it, or once it has been read to its end.
  [[nodiscard]] std::optional<std::uint64_t> size() const override = 0;
  /// The same, finding it out by decoding everything where that is the only way. kUnsupported for a
  /// pipe that was not read to its end. Does not move the position.
  [[nodiscard]] virtual Result<std::uint64_t> content_size() = 0;

  /// True where read_at() decodes only what lies around the range: .warp v3, an index.
  [[nodiscard]] bool random_access() const override = 0;
  /// Without random access to the content it is decoded from its beginning; reads in rising order
  /// go on where the last one ended. kUnsupported for a pipe.
  [[nodiscard]] Result<std::size_t> read_at(std::uint64_t offset,
                                            MutableByteSpan out) const override = 0;

  /// Of the source, as its first bytes or the options said.
  [[nodiscard]] virtual Format format() const noexcept = 0;
  /// What the decoder said at the end: nullptr before, and after a seek until the end is met again.
  [[nodiscard]] virtual const StreamResult* result() const noexcept = 0;
  /// Stops the decoder, waiting for the blocks (and the read of the source) that are under way;
  /// what was not read is not verified. kInvalidArgument from every read after it. Called by the
  /// destructor too.
  virtual void close() noexcept = 0;
};

}  // namespace kompakt
