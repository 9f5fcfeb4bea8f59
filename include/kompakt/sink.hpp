/// \file
/// Sink: where bytes go.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "kompakt/bytes.hpp"
#include "kompakt/export.h"
#include "kompakt/status.hpp"

namespace kompakt {

/// Takes bytes in order, and at any offset where the sink is positional.
///
/// A user writes either in order (write, write_zeros) or by position (write_at) and ends with
/// finish(); the two styles are not mixed on one sink. Not thread-safe except for write_at().
class KOMPAKT_API Sink {
 public:
  Sink() = default;
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;
  Sink(Sink&&) = delete;
  Sink& operator=(Sink&&) = delete;
  virtual ~Sink() = default;

  /// Appends all of `bytes`, or fails.
  [[nodiscard]] virtual Status write(ByteSpan bytes) = 0;

  /// Appends `count` zero bytes; a sink that can makes a hole of them.
  [[nodiscard]] virtual Status write_zeros(std::uint64_t count);

  /// True when write_at() works and what is never written reads as zeros.
  [[nodiscard]] virtual bool positional() const { return false; }

  /// Writes all of `bytes` at `offset`. Safe to call from many threads on disjoint ranges.
  /// kUnsupported unless positional.
  [[nodiscard]] virtual Status write_at(std::uint64_t offset, ByteSpan bytes);

  /// Says that the content is `total` bytes long and nothing more will come. A positional sink
  /// extends itself with a hole where the end was never written.
  [[nodiscard]] virtual Status finish(std::uint64_t total);

  /// What to call this sink in messages.
  [[nodiscard]] virtual std::string_view name() const { return "<memory>"; }
};

/// A sink that appends to `out`, which the caller keeps alive. Positional.
[[nodiscard]] KOMPAKT_API std::unique_ptr<Sink> memory_sink(std::vector<std::byte>& out);

/// A sink that drops everything: for tests of integrity. Positional.
[[nodiscard]] KOMPAKT_API std::unique_ptr<Sink> null_sink();

/// A sink over an open descriptor that the caller keeps open; written in order, as a pipe is.
[[nodiscard]] KOMPAKT_API std::unique_ptr<Sink> descriptor_sink(int fd, std::string name);

}  // namespace kompakt
