/// \file
/// Compresses what is written to it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "kompakt/bytes.hpp"
#include "kompakt/export.h"
#include "kompakt/options.hpp"
#include "kompakt/sink.hpp"
#include "kompakt/status.hpp"
#include "kompakt/stream.hpp"

namespace kompakt {

/// Encodes on threads of its own what is written to it. A Sink: it goes wherever one is taken.
/// Without close() the output is incomplete; a file that open_file() made does not appear then.
/// For one thread at a time. Small writes are gathered and cost little. Dropping a writer that was
/// not closed stops the encoder where it is.
class KOMPAKT_API Writer : public Sink {
 public:
  /// Options that compress() refuses are refused here.
  [[nodiscard]] static Result<std::unique_ptr<Writer>> open(std::unique_ptr<Sink> compressed,
                                                            const CompressOptions& options = {});
  /// `compressed` must outlive the writer.
  [[nodiscard]] static Result<std::unique_ptr<Writer>> open(Sink& compressed,
                                                            const CompressOptions& options = {});
  /// The file appears at close(), complete and durable, or not at all.
  [[nodiscard]] static Result<std::unique_ptr<Writer>> open_file(
      const std::string& path, const CompressOptions& options = {}, bool overwrite = false);

  /// The failure of the encoder or of its sink comes out of the next write() or of close().
  [[nodiscard]] Status write(ByteSpan content) override = 0;
  /// Waits until everything so far is encoded, then closes. Returns what compress() returns, and
  /// the same again when it is called again.
  [[nodiscard]] virtual Result<StreamResult> close() = 0;
  /// Content bytes taken so far.
  [[nodiscard]] virtual std::uint64_t position() const noexcept = 0;
};

}  // namespace kompakt
