/// \file
/// Bridges to the standard library's streams.
#pragma once

#include <ios>
#include <istream>
#include <memory>
#include <ostream>
#include <string>

#include "kompakt/export.h"
#include "kompakt/sink.hpp"
#include "kompakt/source.hpp"
#include "kompakt/status.hpp"

namespace kompakt {

/// A source that reads `in` in order; kIo where it goes bad. `in` must outlive the source.
[[nodiscard]] KOMPAKT_API std::unique_ptr<Source> istream_source(std::istream& in,
                                                                 std::string name = "<istream>");
/// A sink that writes to `out` in order and flushes it at finish(); kIo where it goes bad.
[[nodiscard]] KOMPAKT_API std::unique_ptr<Sink> ostream_sink(std::ostream& out,
                                                             std::string name = "<ostream>");

/// An istream over a source (a Reader, say), with seekg() where the source is a Reader, as far as
/// that can seek, or has random access; tellg() always. A failure sets badbit; stream_status() says
/// why.
[[nodiscard]] KOMPAKT_API std::unique_ptr<std::istream> source_istream(
    std::unique_ptr<Source> source);
/// An ostream over a sink (a Writer, say). The sink itself is left open: flush the stream, then
/// close the writer. What the destructor of the stream cannot write is lost without a word.
[[nodiscard]] KOMPAKT_API std::unique_ptr<std::ostream> sink_ostream(Sink& sink);

/// The first failure of the source or sink behind a stream made here; ok for all others.
[[nodiscard]] KOMPAKT_API Status stream_status(const std::ios& stream);

}  // namespace kompakt
