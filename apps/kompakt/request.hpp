/// \file
/// What the user asks for, understood and free of contradictions.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "arguments.hpp"
#include "kompakt/codec.hpp"
#include "kompakt/options.hpp"
#include "kompakt/status.hpp"
#include "sizes.hpp"
#include "world.hpp"

namespace kompakt::cli {

enum class Verb : std::uint8_t { kCompress, kDecompress, kTest, kList, kInfo, kCat };

/// The name of a verb, as written on the command line and in JSON.
[[nodiscard]] std::string_view verb_name(Verb verb) noexcept;

struct Request {
  Verb verb = Verb::kCompress;
  bool help = false;
  bool version = false;
  std::vector<std::string> inputs;    ///< at least one; "-" is stdin
  std::optional<std::string> output;  ///< named by the user; "-" is stdout
  std::string suffix = ".warp";

  bool force = false;
  bool remove_source = false;
  bool recursive = false;
  bool verify = false;
  bool keep_going = false;
  bool json = false;
  bool keep_name = true;  ///< store name, mode, time, owner and attributes
  bool sync = true;
  int verbosity = 0;  ///< -v adds one, -q takes one
  std::optional<bool> progress;

  int level = 3;
  std::optional<CodecSpec> codec;
  std::optional<std::size_t> block_size;
  HashId checksum = HashId::kBlake3;
  bool checksum_given = false;
  unsigned threads = 0;
  std::uint64_t memory = 0;
  std::uint64_t max_output = std::numeric_limits<std::uint64_t>::max();
  int warp_version = 3;
  std::string v2_level = "auto";  ///< for .warp version 2, whose levels are its own
  std::optional<std::string> v2_method;
  int zstd_level = 3;
  int brotli_quality = 5;
  std::optional<ByteRange> range;
};

/// Understands arguments and KOMPAKT_OPT. kInvalidArgument for usage errors, kUnsupported for verbs
/// and formats that this build lacks.
[[nodiscard]] Result<Request> make_request(const World& world);

/// What `arguments` mean, wherever they came from.
[[nodiscard]] Result<Request> build_request(const Arguments& arguments);

/// The same for the multi-call name warp-compress, whose options and defaults are its own.
[[nodiscard]] Result<Request> make_warp_compress_request(const World& world);

}  // namespace kompakt::cli
