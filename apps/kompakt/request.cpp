#include "request.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "option_table.hpp"

namespace kompakt::cli {
namespace {

constexpr std::array<std::pair<std::string_view, Verb>, 6> kVerbs = {{
    {"compress", Verb::kCompress},
    {"decompress", Verb::kDecompress},
    {"test", Verb::kTest},
    {"list", Verb::kList},
    {"info", Verb::kInfo},
    {"cat", Verb::kCat},
}};
constexpr std::array<std::string_view, 8> kLaterVerbs = {"archive", "extract", "convert", "analyze",
                                                         "bench",   "train",   "models",  "serve"};
constexpr std::array<std::string_view, 8> kLaterFormats = {"gzip", "zlib",  "zstd",   "lz4",
                                                           "xz",   "bzip2", "brotli", "snappy"};
// Names for levels of the one scale; docs/cli.md repeats them.
constexpr std::array<std::pair<std::string_view, int>, 6> kLevelNames = {
    {{"auto", 3}, {"fastest", 1}, {"throughput", 2}, {"balanced", 3}, {"ratio", 7}, {"max", 9}}};

Status usage(std::string message) { return {Code::kInvalidArgument, std::move(message)}; }

template <typename Table>
auto find_row(const Table& table, std::string_view name) {
  return std::find_if(table.begin(), table.end(),
                      [name](const auto& row) { return row.first == name; });
}

bool contains(std::span<const std::string_view> names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// Turns arguments into a request, one step after the other; the first failure stays.
class Builder {
 public:
  explicit Builder(const Arguments& arguments) : arguments_(arguments) {}

  Result<Request> run() {
    flags();
    if (out_.help || out_.version) {
      return std::move(out_);
    }
    verb();
    numbers();
    names();
    format();
    contradictions();
    return status_.ok() ? Result<Request>(std::move(out_)) : status_;
  }

 private:
  [[nodiscard]] bool has(Key key) const { return arguments_.find(key) != nullptr; }
  [[nodiscard]] bool is(Key key, std::string_view value) const {
    const Given* given = arguments_.find(key);
    return given != nullptr && given->value == value;
  }
  void fail(Status status) {
    if (status_.ok()) {
      status_ = std::move(status);
    }
  }
  /// Calls `use` with the option's text and stores what it gives; a failure names the option.
  template <typename To, typename Parse>
  void take(Key key, To& to, Parse parse) {
    const Given* given = arguments_.find(key);
    if (given == nullptr) {
      return;
    }
    auto value = parse(given->value);
    if (value.ok()) {
      to = static_cast<To>(*value);
    } else {
      fail(Status(value.status().code(),
                  fmt::format("{}: {}", given->spelling, value.status().message())));
    }
  }

  void flags() {
    out_.help = has(Key::kHelp);
    out_.version = has(Key::kVersion);
    out_.force = has(Key::kForce);
    out_.remove_source = is(Key::kRemove, "remove");
    out_.recursive = has(Key::kRecursive);
    out_.verify = has(Key::kVerify);
    out_.keep_going = has(Key::kKeepGoing);
    out_.json = has(Key::kJson);
    out_.keep_name = !has(Key::kName);
    out_.sync = !has(Key::kSync);
    const Given* louder = arguments_.find(Key::kVerbose);
    const Given* quieter = arguments_.find(Key::kQuiet);
    out_.verbosity =
        (louder != nullptr ? louder->count : 0) - (quieter != nullptr ? quieter->count : 0);
    if (const Given* progress = arguments_.find(Key::kProgress); progress != nullptr) {
      out_.progress = progress->value == "on";
    }
  }

  void verb() {
    names_ = arguments_.names;
    const Given* mode = arguments_.find(Key::kMode);
    if (mode != nullptr) {
      out_.verb = find_row(kVerbs, mode->value)->second;
    }
    if (names_.empty() || arguments_.plain_first) {
      return;
    }
    const std::string word = names_.front();
    if (contains(kLaterVerbs, word)) {
      fail({Code::kUnsupported,
            fmt::format("'{0}' is not in this build (a file of that name is ./{0})", word)});
      return;
    }
    const auto* row = find_row(kVerbs, word);
    if (row == kVerbs.end()) {
      return;
    }
    if (mode != nullptr && mode->value != word) {
      fail(usage(
          fmt::format("{} and the verb '{}' contradict each other (a file of that name is ./{})",
                      mode->spelling, word, word)));
    }
    out_.verb = row->second;
    as_verb_ = true;
    names_.erase(names_.begin());
  }

  void numbers() {
    take(Key::kThreads, out_.threads,
         [](const std::string& text) { return parse_number(text, 4096); });
    take(Key::kMemory, out_.memory, [](const std::string& text) { return parse_memory(text); });
    take(Key::kMaxOutput, out_.max_output,
         [](const std::string& text) { return parse_size(text); });
    take(Key::kBlockSize, out_.block_size,
         [](const std::string& text) { return parse_size(text); });
    take(Key::kRange, out_.range, [](const std::string& text) { return parse_range(text); });
    take(Key::kCodec, out_.codec, [](const std::string& text) { return parse_codec_spec(text); });
    take(Key::kChecksum, out_.checksum, [](const std::string& text) -> Result<HashId> {
      const auto id = find_hash(text);
      return id && *id <= HashId::kBlake2b
                 ? Result<HashId>(*id)
                 : usage(fmt::format("'{}' is none of none, xxh64, xxh3, blake3, blake2b", text));
    });
    out_.checksum_given = has(Key::kChecksum);
    take(Key::kWarpVersion, out_.warp_version, [](const std::string& text) -> Result<int> {
      return text == "2" || text == "3" ? Result<int>(text == "2" ? 2 : 3)
                                        : usage(fmt::format("'{}' is neither 2 nor 3", text));
    });
    if (out_.warp_version == 2) {
      version2();
    } else {
      take(Key::kLevel, out_.level, level_of);
    }
  }

  static Result<int> level_of(const std::string& text) {
    if (const auto* row = find_row(kLevelNames, text); row != kLevelNames.end()) {
      return row->second;
    }
    const auto number = parse_number(text, 15);
    return number.ok()
               ? Result<int>(static_cast<int>(*number))
               : usage(fmt::format("'{}' is no level; valid: 0 to 15, auto, fastest, throughput, "
                                   "balanced, ratio, max",
                                   text));
  }

  // Version 2 has levels of its own; --codec chooses the method and its strength.
  void version2() {
    if (const Given* level = arguments_.find(Key::kLevel); level != nullptr) {
      out_.v2_level = level->value;
    }
    if (!out_.checksum_given) {
      out_.checksum = HashId::kNone;
    }
    if (!out_.codec) {
      return;
    }
    const CodecId id = out_.codec->codec->info().id;
    out_.v2_method = out_.codec->codec->info().name;
    if (id == CodecId::kZstd) {
      out_.zstd_level = static_cast<int>(out_.codec->options.get("level"));
    } else if (id == CodecId::kBrotli) {
      out_.brotli_quality = static_cast<int>(out_.codec->options.get("quality"));
    }
  }

  void names() {
    if (const Given* output = arguments_.find(Key::kOutput); output != nullptr) {
      out_.output = output->value;
    }
    const bool pair = as_verb_ && (out_.verb == Verb::kCompress || out_.verb == Verb::kDecompress);
    if (pair && names_.size() > 2) {
      fail(usage(
          fmt::format("'{}' takes IN and OUT, and not '{}' too", verb_name(out_.verb), names_[2])));
    }
    if (pair && names_.size() == 2) {
      if (out_.output) {
        fail(usage(fmt::format("{} and the output '{}' contradict each other",
                               arguments_.find(Key::kOutput)->spelling, names_[1])));
      }
      out_.output = names_[1];
      names_.pop_back();
    }
    if (out_.verb == Verb::kCat && names_.size() > 1) {
      fail({Code::kUnsupported, "cat takes one FILE; members of archives are not in this build"});
    }
    if (names_.empty()) {
      names_.emplace_back("-");
    }
    if (const Given* suffix = arguments_.find(Key::kSuffix); suffix != nullptr) {
      const bool bare = !suffix->value.empty() && suffix->value.front() != '.';
      out_.suffix = (bare ? "." : "") + suffix->value;
      if (suffix->value.empty() || suffix->value.find('/') != std::string::npos) {
        fail(usage(fmt::format("{}: '{}' is no suffix", suffix->spelling, suffix->value)));
      }
    }
    out_.inputs = std::move(names_);
  }

  void format() {
    const Given* format = arguments_.find(Key::kFormat);
    if (format == nullptr || format->value == "warp") {
      return;
    }
    fail(contains(kLaterFormats, format->value)
             ? Status(Code::kUnsupported,
                      fmt::format("the format '{}' is not in this build", format->value))
             : usage(fmt::format("unknown format '{}'; this build has: warp", format->value)));
  }

  void contradictions() {
    outputs();
    removal();
    if (out_.verify && out_.verb == Verb::kCompress && to_stdout() && has_own(Key::kVerify)) {
      fail(usage("--verify needs an output file: what went to stdout cannot be read again"));
    }
    if (out_.keep_going && out_.verb != Verb::kDecompress && out_.verb != Verb::kTest) {
      fail(usage(fmt::format("--keep-going and '{}' contradict each other", verb_name(out_.verb))));
    }
    if (out_.range && out_.verb != Verb::kCat) {
      fail(usage("--range belongs to 'cat'"));
    }
    if (std::count(out_.inputs.begin(), out_.inputs.end(), "-") > 1) {
      fail(usage("stdin ('-') can be read once only"));
    }
  }

  void outputs() {
    if (!out_.output) {
      return;
    }
    if (!writes() && out_.verb != Verb::kCat) {
      fail(usage(fmt::format("'{}' writes no output: {} contradicts it", verb_name(out_.verb),
                             arguments_.find(Key::kOutput)->spelling)));
    }
    if (*out_.output != "-" && out_.inputs.size() > 1) {
      fail(usage(fmt::format("-o {} cannot take the output of {} files", *out_.output,
                             out_.inputs.size())));
    }
    if (out_.output->empty()) {
      fail(usage("the output's name is empty"));
    }
  }

  void removal() {
    if (!out_.remove_source) {
      return;
    }
    if (!writes()) {
      fail(usage(fmt::format("--rm and '{}' contradict each other", verb_name(out_.verb))));
    }
    if (to_stdout()) {
      fail(usage("--rm needs an output file: what went to stdout cannot be checked"));
    }
    if (std::count(out_.inputs.begin(), out_.inputs.end(), "-") != 0) {
      fail(usage("--rm cannot remove stdin"));
    }
    if (out_.keep_going) {
      fail(usage("--keep-going and --rm contradict each other"));
    }
  }

  [[nodiscard]] bool writes() const {
    return out_.verb == Verb::kCompress || out_.verb == Verb::kDecompress;
  }
  [[nodiscard]] bool to_stdout() const {
    return out_.output == "-" ||
           (!out_.output && std::count(out_.inputs.begin(), out_.inputs.end(), "-") != 0);
  }
  // KOMPAKT_OPT may ask for --verify wherever it can be had.
  [[nodiscard]] bool has_own(Key key) const {
    const Given* given = arguments_.find(key);
    return given != nullptr && !given->from_environment;
  }

  const Arguments& arguments_;  // outlives the builder
  std::vector<std::string> names_;
  bool as_verb_ = false;
  Request out_;
  Status status_;
};

}  // namespace

std::string_view verb_name(Verb verb) noexcept {
  return kVerbs[static_cast<std::size_t>(verb)].first;
}

Result<Request> build_request(const Arguments& arguments) { return Builder(arguments).run(); }

Result<Request> make_request(const World& world) {
  const Syntax syntax{.rows = kOptions, .digit_levels = true};
  auto arguments = parse_arguments(
      std::span(world.args).subspan(std::min<std::size_t>(1, world.args.size())), syntax);
  if (!arguments.ok()) {
    return arguments.status();
  }
  if (const auto defaults = world.environment("KOMPAKT_OPT"); defaults) {
    if (Status added = add_defaults(*arguments, "KOMPAKT_OPT", *defaults, syntax); !added.ok()) {
      return added;
    }
  }
  return build_request(*arguments);
}

}  // namespace kompakt::cli
