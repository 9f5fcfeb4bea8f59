#include "request.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "option_table.hpp"
#include "request_format.hpp"
#include "taking.hpp"

namespace kompakt::cli {
namespace {

constexpr std::array<std::pair<std::string_view, Verb>, 10> kVerbs = {{
    {"compress", Verb::kCompress},
    {"decompress", Verb::kDecompress},
    {"test", Verb::kTest},
    {"list", Verb::kList},
    {"info", Verb::kInfo},
    {"cat", Verb::kCat},
    {"index", Verb::kIndex},
    {"convert", Verb::kConvert},
    {"archive", Verb::kArchive},
    {"extract", Verb::kExtract},
}};
constexpr std::array<std::string_view, 5> kLaterVerbs = {"analyze", "bench", "train", "models",
                                                         "serve"};
constexpr std::string_view kDigits = "0123456789";

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
  Builder(const Arguments& arguments, const Family& family)
      : arguments_(arguments), own_(&family == &kompakt_family()) {
    out_.family = &family;
  }

  Result<Request> run() {
    flags();
    if (out_.help || out_.version) {
      return std::move(out_);
    }
    verb();
    numbers();
    names();
    if (own_) {
      fail(understand_archive(arguments_, out_));
    }
    fail(understand_format(arguments_, out_));
    if (own_) {
      contradictions();
    } else {
      customs();
    }
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

  void flags() {
    out_.help = has(Key::kHelp);
    out_.version = has(Key::kVersion);
    out_.force = has(Key::kForce);
    out_.remove_source = is(Key::kRemove, "remove");
    out_.recursive = has(Key::kRecursive);
    out_.verify = has(Key::kVerify);
    out_.keep_going = has(Key::kKeepGoing);
    out_.json = has(Key::kJson);
    out_.keep_name = !is(Key::kName, "off");
    out_.restore_name = is(Key::kName, "on");
    out_.keep_time = !is(Key::kTime, "off");
    out_.sync = !is(Key::kSync, "off");
    out_.write_index = has(Key::kIndex);
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
    if (!names_.empty() && !arguments_.plain_first && own_) {
      verb_by_name(mode);
    }
    out_.as_mode = mode != nullptr && !as_verb_;
    if (has(Key::kArchive) && out_.verb == Verb::kCompress) {
      out_.verb = Verb::kArchive;
    }
  }

  void verb_by_name(const Given* mode) {
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
    out_first_ = archives();
    names_.erase(names_.begin());
  }

  void numbers() {
    const auto size = [](const std::string& text) { return parse_size(text); };
    fail(take(arguments_, Key::kThreads, out_.threads,
              [](const std::string& text) { return parse_number(text, 4096); }));
    fail(take(arguments_, Key::kMemory, out_.memory,
              [](const std::string& text) { return parse_memory(text); }));
    fail(take(arguments_, Key::kMaxOutput, out_.max_output, size));
    fail(take(arguments_, Key::kSpacing, out_.spacing, size));
    fail(take(arguments_, Key::kRange, out_.range,
              [](const std::string& text) { return parse_range(text); }));
    out_.count_lines = is(Key::kLines, "count");
    if (!out_.count_lines) {
      fail(take(arguments_, Key::kLines, out_.lines,
                [](const std::string& text) { return parse_lines(text); }));
    }
    fail(take(arguments_, Key::kWarpVersion, out_.warp_version,
              [](const std::string& text) -> Result<int> {
                return text == "2" || text == "3"
                           ? Result<int>(text == "2" ? 2 : 3)
                           : usage(fmt::format("'{}' is neither 2 nor 3", text));
              }));
  }

  void names() {
    if (const Given* output = arguments_.find(Key::kOutput); output != nullptr) {
      out_.output = output->value;
    }
    if (out_first_) {
      archive_names();
    }
    const bool pair = as_verb_ && (writes() || out_.verb == Verb::kConvert);
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
    if ((out_.verb == Verb::kCat || out_.verb == Verb::kExtract) && names_.size() > 1) {
      out_.archive.members.assign(names_.begin() + 1, names_.end());
      names_.resize(1);
    }
    const bool listed =
        (has(Key::kFilesFrom) || has(Key::kFilesFrom0)) && out_.verb != Verb::kExtract && own_;
    if (names_.empty() && archives() && !listed) {
      fail(usage("'archive' needs a PATH to pack"));
    } else if (names_.empty() && !listed) {
      names_.emplace_back("-");
    }
    if (const Given* suffix = arguments_.find(Key::kSuffix); suffix != nullptr) {
      const bool bare = own_ && !suffix->value.empty() && suffix->value.front() != '.';
      out_.suffix = (bare ? "." : "") + suffix->value;
      if (suffix->value.empty() || suffix->value.find('/') != std::string::npos) {
        fail(usage(fmt::format("{}: '{}' is no suffix", suffix->spelling, suffix->value)));
      }
    }
    out_.inputs = std::move(names_);
  }

  // OUT PATH..., or with -o and -c every name is a PATH.
  void archive_names() {
    if (out_.output) {
      return;
    }
    if (names_.empty()) {
      fail(usage("'archive' takes OUT and one PATH or more"));
      return;
    }
    out_.output = names_.front();
    names_.erase(names_.begin());
  }

  // Multi-call names: what their originals settle without a word.
  void customs() {
    const bool stdin_too = std::count(out_.inputs.begin(), out_.inputs.end(), "-") != 0;
    if (!writes()) {
      out_.output.reset();
    }
    const bool stays = !writes() || to_stdout() || stdin_too || out_.output == "/dev/null";
    out_.remove_source = !stays && (out_.remove_source ||
                                    (out_.family->removes_source && !is(Key::kRemove, "keep")));
    out_.pass_unknown = out_.verb == Verb::kDecompress && out_.force && out_.output == "-";
    if (out_.output && *out_.output != "-" && out_.inputs.size() > 1) {
      fail(usage(fmt::format("one output for {} inputs: {}", out_.inputs.size(), *out_.output)));
    }
  }

  // zcat -r would glue files together, and a folder has no place in a pipe.
  void recursion() {
    const bool enters = out_.recursive && (writes() || out_.verb == Verb::kTest);
    if (!enters) {
      return;
    }
    if (out_.output == "-") {
      fail(usage("-r and -c contradict each other: 'archive -c' makes one stream of a folder"));
    }
    if (std::count(out_.inputs.begin(), out_.inputs.end(), "-") != 0) {
      fail(usage("-r needs a folder or a file, and not stdin"));
    }
  }

  void contradictions() {
    outputs();
    removal();
    recursion();
    if (out_.verify && (out_.verb == Verb::kCompress || archives()) && to_stdout() &&
        has_own(Key::kVerify)) {
      fail(usage("--verify needs an output file: what went to stdout cannot be read again"));
    }
    if (out_.keep_going && out_.verb != Verb::kDecompress && out_.verb != Verb::kTest &&
        out_.verb != Verb::kExtract) {
      fail(usage(fmt::format("--keep-going and '{}' contradict each other", verb_name(out_.verb))));
    }
    stretches();
    if (archives() && std::count(out_.inputs.begin(), out_.inputs.end(), "-") != 0) {
      fail(usage("stdin ('-') is no file to pack; a file of that name is ./-"));
    }
    if (std::count(out_.inputs.begin(), out_.inputs.end(), "-") > 1) {
      fail(usage("stdin ('-') can be read once only"));
    }
  }

  void stretches() {
    if ((out_.range || out_.lines) && out_.verb != Verb::kCat) {
      fail(usage(out_.range ? "--range belongs to 'cat'" : "--lines belongs to 'cat' and 'index'"));
    }
    if (out_.range && out_.lines) {
      fail(usage("--range and --lines contradict each other"));
    }
    if (out_.verb == Verb::kCat && !out_.archive.members.empty() &&
        (out_.lines || (out_.range && out_.archive.members.size() > 1))) {
      fail(usage(out_.lines ? "--lines is for whole streams, not for members of archives"
                            : "--range goes with one MEMBER"));
    }
    const bool indexes = out_.verb == Verb::kDecompress || out_.verb == Verb::kTest ||
                         out_.verb == Verb::kList ||
                         (out_.verb == Verb::kCat && !out_.range && !out_.lines);
    if (out_.write_index && !indexes) {
      fail(usage(fmt::format("--index and '{}' contradict each other", verb_name(out_.verb))));
    }
    if (out_.write_index && std::count(out_.inputs.begin(), out_.inputs.end(), "-") != 0) {
      fail(usage("--index needs a file: an index of a pipe could never be used"));
    }
    if (has(Key::kSpacing) && !out_.write_index && out_.verb != Verb::kIndex) {
      fail(usage("--spacing belongs to 'index' and --index"));
    }
    if (out_.spacing == 0) {
      fail(usage("--spacing: seek points need a distance"));
    }
    if (out_.verb == Verb::kConvert && out_.warp_version == 2) {
      fail({Code::kUnsupported, "convert writes no version 2 of .warp"});
    }
  }

  void outputs() {
    if (!out_.output) {
      return;
    }
    if (out_.verb == Verb::kExtract && *out_.output != "-") {
      fail(usage("'extract' writes into a folder: -C DIR, or -c to stdout"));
    }
    if (!writes() && !archives() && out_.verb != Verb::kExtract && out_.verb != Verb::kCat &&
        out_.verb != Verb::kIndex && out_.verb != Verb::kConvert) {
      fail(usage(fmt::format("'{}' writes no output: {} contradicts it", verb_name(out_.verb),
                             arguments_.find(Key::kOutput)->spelling)));
    }
    if (*out_.output != "-" && out_.inputs.size() > 1 && !archives() && !out_.recursive) {
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
    if (!writes() && out_.verb != Verb::kConvert) {
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
  [[nodiscard]] bool archives() const { return out_.verb == Verb::kArchive; }
  [[nodiscard]] bool to_stdout() const { return out_.writes_to_stdout(); }
  // KOMPAKT_OPT may ask for --verify wherever it can be had.
  [[nodiscard]] bool has_own(Key key) const {
    const Given* given = arguments_.find(key);
    return given != nullptr && !given->from_environment;
  }

  const Arguments& arguments_;  // outlives the builder
  bool own_;
  std::vector<std::string> names_;
  bool as_verb_ = false;
  bool out_first_ = false;  ///< the first name is OUT
  Request out_;
  Status status_;
};

}  // namespace

std::string_view verb_name(Verb verb) noexcept {
  return kVerbs[static_cast<std::size_t>(verb)].first;
}

bool Request::writes_to_stdout() const {
  return output == "-" || (!output && std::count(inputs.begin(), inputs.end(), "-") != 0);
}

Result<Request> build_request(const Arguments& arguments, const Family& family) {
  return Builder(arguments, family).run();
}

Result<Request> make_request(const World& world) {
  const auto words = std::span(world.args).subspan(std::min<std::size_t>(1, world.args.size()));
  Syntax syntax{.rows = kOptions, .level_digits = kDigits, .long_levels = true};
  auto arguments = parse_arguments(words, syntax);
  if (arguments.ok() && !arguments->plain_first && !arguments->names.empty() &&
      arguments->names.front() == "index") {
    syntax.rows = kIndexOptions;  // where --lines is a flag
    arguments = parse_arguments(words, syntax);
  }
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
