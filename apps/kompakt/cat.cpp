// The verb cat: content, or a stretch of it, to stdout.
#include <algorithm>

#include "archive_reading.hpp"
#include "decoding.hpp"
#include "index_file.hpp"
#include "kompakt/cancel.hpp"
#include "kompakt/stream.hpp"

namespace kompakt::cli {
namespace {

Result<StreamResult> decode(const Session& session, const Input& input, Decoding& decoding,
                            Sink& sink, Exit& code) {
  const Request& request = session.request;
  if (!request.range && !request.lines) {
    return decoding.run(sink, false, request.verify);
  }
  DecompressOptions options = decoding.options();
  options.verify_digests = request.verify;
  const auto index = read_index_file(session, input, code);
  const SeekIndex* points = index && index->index ? &*index->index : nullptr;
  if (request.range) {
    return decompress_range(*input.source, sink, request.range->offset, request.range->length,
                            options, points);
  }
  return decompress_lines(*input.source, sink, request.lines->first, request.lines->last, options,
                          points);
}

/// Passes on a stretch of what it is given, and asks for an end behind it.
class StretchSink final : public Sink {
 public:
  StretchSink(Sink& out, const ByteRange& range, CancelToken& enough)
      : out_(out), skip_(range.offset), left_(range.length), enough_(enough) {}

  Status write(ByteSpan bytes) override {
    const auto skipped = static_cast<std::size_t>(std::min<std::uint64_t>(skip_, bytes.size()));
    skip_ -= skipped;
    bytes = bytes.subspan(skipped);
    bytes = bytes.first(static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size())));
    left_ -= bytes.size();
    if (complete()) {
      enough_.cancel();
    }
    return bytes.empty() ? Status() : out_.write(bytes);
  }
  [[nodiscard]] bool complete() const { return left_ == 0; }
  /// False where the content ends before the stretch begins.
  [[nodiscard]] bool reached() const { return skip_ == 0; }

 private:
  Sink& out_;  // NOLINT(cppcoreguidelines-*): outlives this sink
  std::uint64_t skip_;
  std::uint64_t left_;
  CancelToken& enough_;  // NOLINT(cppcoreguidelines-*): outlives this sink
};

Result<ArchiveResult> copy_members(const Session& session, Source& source, Sink& sink,
                                   ArchiveReadOptions& read) {
  if (!session.request.range) {
    return extract_members(source, sink, read);
  }
  CancelToken enough;
  StretchSink stretch(sink, *session.request.range, enough);
  read.decode.run.cancel = &enough;
  auto result = extract_members(source, stretch, read);
  if (!result.ok() && result.status().code() == Code::kCancelled && stretch.complete()) {
    return ArchiveResult();
  }
  if (result.ok() && !stretch.reached() && result->unmatched.empty()) {
    return Status(Code::kInvalidArgument, "the range begins behind the end of the member");
  }
  return result;
}

/// Content of members of an archive, one after the other.
Exit cat_members(const Session& session, const std::string& name) {
  Opening opening = open_compressed(session, name, false);
  if (!opening.input) {
    return opening.code;
  }
  const Input& input = *opening.input;
  auto output = Output::open(session, session.request.output.value_or("-"), input);
  if (!output.ok()) {
    return session.fail(output.status());
  }
  ProgressMeter meter(session, input.name, input.source->size(), ContentSide::kOutput);
  MemberReporter reporter(session, input.name);
  Exit code = Exit::kOk;
  const auto index = read_index_file(session, input, code);
  ArchiveReadOptions read = archive_reading_options(session, input, index ? &*index : nullptr);
  reporter.watch(read, meter);
  const auto result = copy_members(session, *input.source, output->sink(), read);
  session.console.clear_status_line();
  if (!result.ok()) {
    return session.fail(result.status().in_file(input.name));
  }
  code = worse(code, reporter.verdict(*result));
  // Part of what was asked for must not pass for all of it.
  if (code > Exit::kWarning && output->is_file()) {
    return code;
  }
  Status status = output->commit();
  return status.ok() ? code : session.fail(status.in_file(input.name));
}

}  // namespace

Exit cat_file(const Session& session, const std::string& name) {
  const ArchiveRequest& members = session.request.archive;
  if (!members.members.empty() || !members.include.empty() || !members.exclude.empty()) {
    return cat_members(session, name);
  }
  const Opening opening = open_compressed(session, name, false);
  if (!opening.input) {
    return opening.code;
  }
  const Input& input = *opening.input;
  auto output = Output::open(session, session.request.output.value_or("-"), input);
  if (!output.ok()) {
    return session.fail(output.status());
  }
  ProgressMeter meter(session, input.name, std::nullopt, ContentSide::kOutput);
  Decoding decoding(session, input, meter);
  Exit code = Exit::kOk;
  WatchedOutput content(session, output->sink());
  auto result = decode(session, input, decoding, content.sink(), code);
  session.console.clear_status_line();
  Status status = result.status();
  if (status.ok()) {
    status = output->commit();
  }
  if (status.ok()) {
    status = keep_index(session, input, content.with(std::move(result->index)));
  }
  return status.ok() ? worse(code, report_warnings(session, input, result->facts))
                     : session.fail(status.in_file(input.name));
}

}  // namespace kompakt::cli
