// The verb convert: from one format to another in one pass, the content proven equal.
#include <fmt/format.h>

#include "compressing.hpp"
#include "decoding.hpp"
#include "io/file.hpp"
#include "kompakt/inspect.hpp"
#include "kompakt/stream.hpp"
#include "naming.hpp"
#include "source_removal.hpp"
#include "verify.hpp"

namespace kompakt::cli {
namespace {

/// What is known of the file that the input was once made from.
std::optional<WarpMetadata> stored_metadata(const Input& input) {
  if (!input.source->random_access() || input.format.value_or(Format::kWarp) != Format::kWarp) {
    return std::nullopt;
  }
  auto info = inspect(*input.source, {.count_codecs = false});
  return info.ok() ? std::move(info->metadata) : std::nullopt;
}

class Conversion {
 public:
  Conversion(const Session& session, const Input& input, Output output)
      : session_(session),
        input_(input),
        output_(std::move(output)),
        meter_(session, input.name, input.source->size(), ContentSide::kOutput),
        file_(input.regular() && !input.is_stdin) {}

  Exit run() {
    Status status = prepare();
    if (status.ok()) {
      status = write();
    }
    session_.console.clear_status_line();
    if (status.ok()) {
      status = finish();
    }
    if (!status.ok()) {
      return session_.fail(status.in_file(input_.name));
    }
    report();
    return code_;
  }

 private:
  Status prepare() {
    if (!file_) {
      return {};
    }
    auto own = read_metadata(*session_.world.system, input_.fd);
    if (!own.ok()) {
      return own.status();
    }
    metadata_ = metadata_to_restore(stored_metadata(input_), std::move(*own));
    return {};
  }

  Status write() {
    CompressOptions to = compress_options(session_);
    if (file_ && session_.request.keep_name) {
      remember(session_, decoded_name(base_name(input_.name), std::nullopt, session_.family()).path,
               metadata_, to);
    }
    DecompressOptions from = reading_options(session_, input_.format);
    from.run.on_progress = meter_.callback();
    auto converted = convert(*input_.source, output_.sink(), to, from);
    if (!converted.ok()) {
      return converted.status();
    }
    result_ = std::move(*converted);
    return {};
  }

  Status finish() {
    code_ = report_warnings(session_, input_, result_.decoded.facts);
    if (output_.is_file()) {
      if (Status same =
              verify_content(session_, output_, result_.decoded.bytes_out, result_.content_hash);
          !same.ok()) {
        return same;
      }
      if (file_) {
        output_.set_metadata(metadata_);
      }
    }
    if (Status committed = output_.commit(); !committed.ok()) {
      return committed;
    }
    if (input_.regular() &&
        !check_unchanged(*session_.world.system, input_.fd, input_.before).ok()) {
      session_.console.warn(input_.name, "changed while it was being read");
      code_ = worse(code_, Exit::kWarning);
    }
    return session_.request.remove_source && code_ == Exit::kOk ? remove_input(session_, input_)
                                                                : Status();
  }

  void report() const {
    const std::uint64_t content = result_.decoded.bytes_out;
    const std::uint64_t before = result_.decoded.bytes_in;
    const std::uint64_t after = result_.encoded.bytes_out;
    const auto name = [](const StreamResult& result) { return format_info(result.format).name; };
    session_.console.note(
        1,
        fmt::format("{}: {} {} => {} {} bytes ({} => {}), {}", input_.name, name(result_.decoded),
                    before, name(result_.encoded), after, ratio_text(content, before),
                    ratio_text(content, after), speed_text(content, meter_.seconds())));
    if (session_.console.wants_json()) {
      JsonLine line("convert");
      line.text("file", input_.name).text("output", output_.name());
      line.text("from", name(result_.decoded)).text("to", name(result_.encoded));
      line.number("bytes_in", before).number("bytes_out", after).number("uncompressed", content);
      line.real("seconds", meter_.seconds())
          .number("threads", result_.encoded.threads)
          .flag("verified", output_.is_file());
      session_.console.json(line);
    }
  }

  const Session& session_;  // outlives the conversion
  const Input& input_;      // outlives the conversion
  Output output_;
  ProgressMeter meter_;
  bool file_;
  FileMetadata metadata_;
  ConvertResult result_;
  Exit code_ = Exit::kOk;
};

}  // namespace

Exit convert_file(const Session& session, const std::string& name) {
  const Request& request = session.request;
  const std::string path = request.output.value_or(
      name == "-" ? "-"
                  : decoded_name(name, std::nullopt, session.family()).path +
                        std::string(format_info(request.format).suffix));
  if (Status allowed = check_packed_output(session, path); !allowed.ok()) {
    return session.fail(allowed);
  }
  const Opening opening = open_compressed(session, name, false);
  if (!opening.input) {
    return opening.code;
  }
  auto output = open_removing_output(session, path, *opening.input);
  if (!output.ok()) {
    return session.fail(output.status());
  }
  return Conversion(session, *opening.input, std::move(*output)).run();
}

}  // namespace kompakt::cli
