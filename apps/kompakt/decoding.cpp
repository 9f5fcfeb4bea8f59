#include "decoding.hpp"

#include <fmt/format.h>

#include "report.hpp"

namespace kompakt::cli {

Opening open_compressed(const Session& session, const std::string& name, bool regular_only) {
  if (name == "-" && !session.request.force && session.world.is_terminal(session.world.in)) {
    return {.input = std::nullopt,
            .code = session.fail(
                {Code::kInvalidArgument,
                 "compressed data is not read from a terminal (--force does it; -h shows help)"})};
  }
  return open_input(session, name, regular_only);
}

DecompressOptions Decoding::options() const {
  DecompressOptions options;
  options.max_output = session_.request.max_output;
  options.on_block = block_printer(session_);
  options.run.threads = session_.request.threads;
  options.run.max_memory = session_.request.memory;
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
