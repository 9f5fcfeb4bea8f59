/// \file
/// What the user asks for, understood and free of contradictions.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "archive_request.hpp"
#include "arguments.hpp"
#include "family.hpp"
#include "kompakt/codec.hpp"
#include "kompakt/format.hpp"
#include "kompakt/options.hpp"
#include "kompakt/status.hpp"
#include "sizes.hpp"
#include "world.hpp"

namespace kompakt::cli {

enum class Verb : std::uint8_t {
  kCompress,
  kDecompress,
  kTest,
  kList,
  kInfo,
  kCat,
  kIndex,
  kConvert,
  kArchive,
  kExtract
};

/// The name of a verb, as written on the command line and in JSON.
[[nodiscard]] std::string_view verb_name(Verb verb) noexcept;

/// Which table `list` prints.
enum class ListStyle : std::uint8_t { kKompakt, kGzip, kPigz, kZstd, kXz, kXzRobot, kLz4 };

struct Request {
  Verb verb = Verb::kCompress;
  bool as_mode = false;  ///< asked for by -d, -t, -l and not by the verb's name
  bool help = false;
  bool version = false;
  std::vector<std::string> inputs;    ///< at least one; "-" is stdin
  std::optional<std::string> output;  ///< named by the user; "-" is stdout
  std::optional<std::string> suffix;  ///< instead of the format's

  bool force = false;
  bool remove_source = false;
  bool recursive = false;
  bool verify = false;
  bool keep_going = false;
  bool json = false;
  bool keep_name = true;      ///< store name and time; in .warp mode, owner and attributes too
  bool keep_time = true;      ///< of those, the time
  bool restore_name = false;  ///< call a decompressed file as its .gz header says
  bool keep_metadata = true;  ///< mode, time, owner and attributes of the input go on the output
  bool sync = true;
  int verbosity = 0;  ///< -v adds one, -q takes one
  std::optional<bool> progress;

  Format format = Format::kWarp;  ///< to be written
  std::optional<Format> from;     ///< to be read; unset: told by the first bytes or the suffix
  std::optional<int> level;
  EncodeSettings settings;
  std::optional<std::string> dictionary;  ///< a path
  std::optional<CodecSpec> codec;
  std::optional<std::size_t> block_size;
  bool solid = false;  ///< blocks as large as the content, within bounds
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
  std::optional<LineRange> lines;
  bool count_lines = false;  ///< for the index
  bool write_index = false;  ///< FILE.kidx as a by-product
  std::uint64_t spacing = 4 * kMiB;
  ArchiveRequest archive;  ///< of the verbs for archives and folders

  // What differs from one name of the program to the other.
  const Family* family = &kompakt_family();
  ListStyle list_style = ListStyle::kKompakt;
  bool pass_unknown = false;  ///< data of no known format goes through as it is
  bool calm_exit = false;     ///< warnings are said, but exit with 0

  [[nodiscard]] bool writes_to_stdout() const;
};

/// Understands arguments and KOMPAKT_OPT. kInvalidArgument for usage errors, kUnsupported for verbs
/// and formats that this build lacks.
[[nodiscard]] Result<Request> make_request(const World& world);

/// What `arguments` mean, wherever they came from, under the name that `family` stands for.
[[nodiscard]] Result<Request> build_request(const Arguments& arguments,
                                            const Family& family = kompakt_family());

/// The same for the multi-call name warp-compress, whose options and defaults are its own.
[[nodiscard]] Result<Request> make_warp_compress_request(const World& world);

}  // namespace kompakt::cli
