#include "decoding.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "io/decorators.hpp"
#include "naming.hpp"
#include "report.hpp"

namespace kompakt::cli {
namespace {

constexpr std::size_t kHeadSize = 16;

/// The first bytes. Those of a pipe are put back in front of it.
Result<std::vector<std::byte>> look_at_head(Input& input) {
  std::vector<std::byte> head(kHeadSize);
  const bool random = input.source->random_access();
  const auto got = random ? input.source->read_at(0, head) : input.source->read(head);
  if (!got.ok()) {
    return got.status();
  }
  head.resize(*got);
  if (!random) {
    input.raw = std::move(input.source);
    input.source = std::make_unique<PeekedSource>(*input.raw, head);
  }
  return head;
}

/// Finds out what `input` holds.
Status recognise(const Session& session, Input& input) {
  const Request& request = session.request;
  const auto formats = session.family().formats;
  if (request.from) {
    input.format = request.from;
    return {};
  }
  const bool brotli_name = has_suffix(input.name, format_info(Format::kBrotli).suffix);
  if (formats.empty() && !brotli_name && !input.source->random_access()) {
    return {};  // the library looks for itself
  }
  const auto head = look_at_head(input);
  if (!head.ok()) {
    return head.status();
  }
  input.format = detect_format(*head);
  if (formats.empty()) {
    if (!input.format && brotli_name && !head->empty()) {
      input.format = Format::kBrotli;
    }
    return {};
  }
  const bool read =
      input.format && std::find(formats.begin(), formats.end(), *input.format) != formats.end();
  if (head->empty() || (!read && formats.front() == Format::kBrotli)) {
    input.format = formats.front();
  } else {
    input.foreign = !read;
  }
  return {};
}

}  // namespace

Opening open_compressed(const Session& session, const std::string& name, bool regular_only) {
  if (name == "-" && !session.request.force && session.world.is_terminal(session.world.in)) {
    return {.input = std::nullopt,
            .code = session.fail(
                {Code::kInvalidArgument,
                 "compressed data is not read from a terminal (--force does it; -h shows help)"})};
  }
  Opening opening = open_input(session, name, regular_only);
  if (!opening.input) {
    return opening;
  }
  Status status = recognise(session, *opening.input);
  if (status.ok() && opening.input->foreign && !session.request.pass_unknown) {
    // To the original, what it does not know is broken.
    status =
        Status(Code::kCorrupt,
               fmt::format("not in {} format", format_info(session.family().formats.front()).name));
  }
  if (!status.ok()) {
    return {.input = std::nullopt, .code = session.fail(status.in_file(opening.input->name))};
  }
  return opening;
}

DecompressOptions reading_options(const Session& session, const std::optional<Format>& format) {
  DecompressOptions options;
  options.format = format;
  options.dictionary = session.dictionary;
  options.max_output = session.request.max_output;
  options.run.threads = session.request.threads;
  options.run.max_memory = session.request.memory;
  return options;
}

Exit report_warnings(const Session& session, const Input& input, const StreamFacts& facts) {
  Exit code = Exit::kOk;
  for (const Status& warning : facts.warnings) {
    session.console.warn(input.name,
                         warning.offset()
                             ? fmt::format("byte {}: {}", *warning.offset(), warning.message())
                             : std::string(warning.message()));
    code = session.family().garbage;
  }
  return code;
}

DecompressOptions Decoding::options() const {
  DecompressOptions options = reading_options(session_, input_.format);
  if (session_.request.write_index) {
    options.index_spacing = session_.request.spacing;
    options.index_lines = true;
  }
  options.on_block = block_printer(session_);
  options.run.on_progress = meter_.callback();
  return options;
}

Result<StreamResult> Decoding::run(Sink& sink, bool keep_going, bool verify_digests) {
  DecompressOptions chosen = options();
  chosen.verify_digests = verify_digests;
  chosen.keep_going = keep_going && input_.source->random_access();
  chosen.on_lost = [this](const LostRange& range) { report(range); };
  return decompress(*input_.source, sink, chosen);
}

void Decoding::report(const LostRange& range) {
  ++lost_;
  std::string bytes = fmt::format("bytes {} to the end of the content are lost", range.offset);
  if (range.length != 0) {
    bytes = fmt::format("bytes {}-{} of the content are lost", range.offset,
                        range.offset + range.length - 1);
  }
  Status status(range.reason.code(), fmt::format("{} ({})", range.reason.message(), bytes));
  status.in_file(input_.name);
  if (const auto block = range.reason.block(); block) {
    status.in_block(*block);
  }
  if (const auto offset = range.reason.offset(); offset) {
    status.at_offset(*offset);
  }
  session_.console.error(status);
}

}  // namespace kompakt::cli
