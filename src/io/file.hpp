/// \file
/// Sources and sinks over descriptors, with the system injected.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "io/system.hpp"
#include "kompakt/sink.hpp"
#include "kompakt/source.hpp"

namespace kompakt {

/// A source over `descriptor`. A regular file gives random access from its current position on
/// (offset 0 of the source is that position); anything else is read in order.
[[nodiscard]] Result<std::unique_ptr<Source>> make_descriptor_source(const System& system,
                                                                     Descriptor descriptor,
                                                                     std::string name);

/// As above for a descriptor that somebody else owns.
[[nodiscard]] Result<std::unique_ptr<Source>> borrow_descriptor_source(const System& system, int fd,
                                                                       std::string name);

/// kOk, or why a regular file's size or modification time differ from `before`.
[[nodiscard]] Status check_unchanged(const System& system, int fd, const struct stat& before);

enum class SinkAccess : std::uint8_t {
  kOrdered,     ///< write() only: pipes, terminals, files opened by somebody else
  kPositional,  ///< also write_at(); the file must be empty and ours
};

/// A sink over `fd`, which the caller keeps open.
[[nodiscard]] std::unique_ptr<Sink> make_descriptor_sink(const System& system, int fd,
                                                         std::string name, SinkAccess access);

/// A sink over `fd`, which somebody else opened and keeps open. Positional where it is a regular
/// file that stands at its end and does not append; otherwise written in order. Afterwards the
/// descriptor stands behind the content; where the sink is not finished, behind the part of it that
/// has no gap, and the rest is cut off.
[[nodiscard]] std::unique_ptr<Sink> make_shared_file_sink(const System& system, int fd,
                                                          std::string name);

}  // namespace kompakt
