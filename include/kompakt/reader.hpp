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

struct ReaderOptions {
  DecompressOptions decompress;
  /// Where decoding can start, for formats without an index of their own.
  std::optional<SeekIndex> index;
  /// Content bytes that are decoded ahead of the reader, besides what the decoder itself holds.
  std::size_t read_ahead = std::size_t{4} << 20U;
};

/// Decodes ahead on threads of its own while it is read. A Source: it goes wherever one is taken.
///
/// read(), seek() and close() are for one thread at a time, read_at() for any number of threads
/// beside them.
class KOMPAKT_API Reader : public Source {
 public:
  /// kUnsupported, kTruncated, ... where the first bytes are of no known format.
  [[nodiscard]] static Result<std::unique_ptr<Reader>> open(std::unique_ptr<Source> compressed,
                                                            ReaderOptions options = {});
  /// `compressed` must outlive the reader.
  [[nodiscard]] static Result<std::unique_ptr<Reader>> open(Source& compressed,
                                                            ReaderOptions options = {});
  /// Takes FILE.kidx beside `path` for its index where there is one that fits.
  [[nodiscard]] static Result<std::unique_ptr<Reader>> open_file(const std::string& path,
                                                                 ReaderOptions options = {});

  /// Fills `out` from the position. Fewer bytes than asked for only at the end of the content, and
  /// before a failure, which the next call returns. At the end everything was verified that
  /// decompress() verifies.
  [[nodiscard]] Result<std::size_t> read(MutableByteSpan out) override = 0;
  /// As read(), but returns as soon as there is anything (at least one byte unless at the end).
  [[nodiscard]] virtual Result<std::size_t> read_some(MutableByteSpan out) = 0;

  [[nodiscard]] virtual std::uint64_t position() const noexcept = 0;
  /// Moves to `offset`, at most the content's end. Backwards, and far forwards, only of a
  /// random-access source: from the nearest place where decoding can start, which without an index
  /// is the beginning. kUnsupported for going backwards in a pipe.
  [[nodiscard]] virtual Status seek(std::uint64_t offset) = 0;

  /// The content's size as the source tells it, or once it has been read to its end.
  [[nodiscard]] std::optional<std::uint64_t> size() const override = 0;
  /// The same, finding it out by decoding everything where that is the only way. kUnsupported for a
  /// pipe that is not at its end. Does not move the position.
  [[nodiscard]] virtual Result<std::uint64_t> content_size() = 0;

  /// True where read_at() decodes only what lies around the range: .warp v3, an index.
  [[nodiscard]] bool random_access() const override = 0;
  /// Without random access to the content, decodes from its beginning each time.
  [[nodiscard]] Result<std::size_t> read_at(std::uint64_t offset,
                                            MutableByteSpan out) const override = 0;

  [[nodiscard]] virtual Format format() const noexcept = 0;
  /// What the decoder said at the end: nullptr before, and after a seek until the end is met again.
  [[nodiscard]] virtual const StreamResult* result() const noexcept = 0;
  /// Stops the decoder; what was not read is not verified. Called by the destructor too.
  virtual void close() noexcept = 0;
};

}  // namespace kompakt
