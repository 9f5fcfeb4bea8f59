// The verb extract: members of an archive into a folder, or their content to stdout.
#include <fmt/format.h>

#include "archive_reading.hpp"
#include "decoding.hpp"
#include "index_file.hpp"

namespace kompakt::cli {
namespace {

class Extraction {
 public:
  Extraction(const Session& session, Input& input)
      : session_(session),
        input_(input),
        reporter_(session, input.name),
        meter_(session, input.name, input.source->size(), ContentSide::kOutput) {}

  Exit run() {
    Exit code = Exit::kOk;
    const auto index = read_index_file(session_, input_, code);
    ArchiveReadOptions read = archive_reading_options(session_, input_, index ? &*index : nullptr);
    reporter_.watch(read, meter_);
    const bool to_stdout = session_.request.output == "-";
    const auto result = to_stdout ? to_output(read) : to_folder(read);
    session_.console.clear_status_line();
    if (!result.ok()) {
      return session_.fail(explained(result.status()).in_file(input_.name));
    }
    code = worse(code, reporter_.verdict(*result));
    report(*result);
    return code;
  }

 private:
  [[nodiscard]] Status explained(const Status& status) const {
    return status.code() == Code::kUnsupported && !input_.source->random_access()
               ? Status(Code::kUnsupported,
                        fmt::format("{} (a pipe can deliver a tar, in any stream format; other "
                                    "archives are read from a file)",
                                    status.message()))
               : status;
  }

  Result<ArchiveResult> to_folder(const ArchiveReadOptions& read) {
    const ArchiveRequest& request = session_.request.archive;
    ArchiveExtractOptions options;
    options.read = read;
    options.directory = request.directory;
    options.overwrite = session_.request.force;
    options.skip_existing = request.skip_existing;
    options.allow_devices = request.allow_devices;
    options.allow_setuid = request.allow_setuid;
    options.keep_owner = request.same_owner;
    options.keep_xattrs = request.xattrs;
    options.sync = request.sync;
    options.strip_components = request.strip_components;
    if (request.max_ratio) {
      options.max_ratio = static_cast<double>(*request.max_ratio);
    }
    options.on_refused = [this](const Refusal& refusal) { reporter_.refused(refusal); };
    return extract_archive(*input_.source, options);
  }

  Result<ArchiveResult> to_output(const ArchiveReadOptions& read) {
    auto output = Output::open(session_, "-", input_);
    if (!output.ok()) {
      return output.status();
    }
    auto result = extract_members(*input_.source, output->sink(), read);
    if (Status committed = result.ok() ? output->commit() : Status(); !committed.ok()) {
      return committed;
    }
    return result;
  }

  void report(const ArchiveResult& result) {
    const bool to_stdout = session_.request.output == "-";
    const std::string where = to_stdout ? "<stdout>" : session_.request.archive.directory;
    if (result.refused != 0 || result.lost != 0) {
      session_.console.warn(input_.name, fmt::format("{} members extracted, {} refused, {} lost",
                                                     result.entries, result.refused, result.lost));
    }
    session_.console.note(
        1, fmt::format("{}: {} members, {} bytes => {}, {}", input_.name, result.entries,
                       result.content, where, speed_text(result.content, meter_.seconds())));
    if (!session_.console.wants_json()) {
      return;
    }
    JsonLine line("extract");
    line.text("file", input_.name).text("output", where);
    add_archive(line, result);
    line.number("refused", result.refused).number("lost", result.lost);
    line.number("warnings", result.warnings).flag("damaged", !result.damage.ok());
    line.real("seconds", meter_.seconds()).number("threads", result.threads);
    session_.console.json(line);
  }

  const Session& session_;  // outlives the extraction
  Input& input_;            // outlives the extraction
  MemberReporter reporter_;
  ProgressMeter meter_;
};

}  // namespace

Exit extract_file(const Session& session, const std::string& name) {
  Opening opening = open_compressed(session, name, false);
  if (!opening.input) {
    return opening.code;
  }
  return Extraction(session, *opening.input).run();
}

}  // namespace kompakt::cli
