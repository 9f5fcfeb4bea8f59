/// \file
/// Facts of a compressed input, from a file or a pipe.
#pragma once

#include <array>
#include <optional>
#include <string>

#include "examined.hpp"
#include "files.hpp"
#include "kompakt/inspect.hpp"
#include "kompakt/stream.hpp"

namespace kompakt::cli {

/// What a compressed input says of itself. Neither warp nor stream: it was reported, and `code` is
/// its fate.
struct Facts {
  std::string name;  ///< for messages
  Format format = Format::kWarp;
  std::optional<ContainerInfo> warp;   ///< of a .warp file
  std::optional<StreamResult> stream;  ///< of any other
  std::optional<std::size_t> points;   ///< places to start from, of an index beside the file
  std::array<std::byte, 16> head{};    ///< of the compressed bytes
  struct stat file {};
  bool is_stdin = false;
  Exit code = Exit::kOk;

  [[nodiscard]] bool known() const { return warp || stream; }
  [[nodiscard]] std::uint64_t compressed() const;
  [[nodiscard]] std::uint64_t content() const;
  [[nodiscard]] std::uint64_t blocks() const;
  [[nodiscard]] std::uint64_t streams() const;
  [[nodiscard]] std::string check() const;        ///< "-": none
  [[nodiscard]] std::string format_name() const;  ///< "gzip", "warp v3"
};

/// What an input says of itself, whose facts lie at both ends. Failures have been reported.
[[nodiscard]] Facts facts_of(const Session& session, Examined& examined, bool count_codecs);
[[nodiscard]] Facts read_facts(const Session& session, const std::string& name, bool count_codecs);

/// Adds the fields that list and info share.
void add_facts(JsonLine& line, const Facts& facts);

/// "zstd 12, store 3".
[[nodiscard]] std::string codecs_text(const ContainerInfo& info);

}  // namespace kompakt::cli
