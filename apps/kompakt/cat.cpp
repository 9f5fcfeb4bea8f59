// The verb cat: content, or a stretch of it, to stdout.
#include <array>

#include "decoding.hpp"
#include "kompakt/stream.hpp"

namespace kompakt::cli {
namespace {

/// Passes a stretch of what is written on and drops the rest: for inputs without random access.
class WindowSink final : public Sink {
 public:
  WindowSink(Sink& inner, const ByteRange& range)
      : inner_(inner), skip_(range.offset), left_(range.length) {}

  Status write(ByteSpan bytes) override {
    const auto skipped = static_cast<std::size_t>(std::min<std::uint64_t>(skip_, bytes.size()));
    skip_ -= skipped;
    bytes = bytes.subspan(skipped);
    bytes = bytes.first(static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size())));
    left_ -= bytes.size();
    return bytes.empty() ? Status() : inner_.write(bytes);
  }

 private:
  Sink& inner_;  // NOLINT(cppcoreguidelines-*): outlives the window
  std::uint64_t skip_;
  std::uint64_t left_;
};

bool has_index(const Source& source) {
  std::array<std::byte, 5> head{};
  if (!source.random_access()) {
    return false;
  }
  const auto got = source.read_at(0, head);
  return got.ok() && *got == head.size() && head[0] == std::byte{'W'} && head[4] == std::byte{3};
}

Result<StreamResult> decode(const Session& session, const Input& input, Decoding& decoding,
                            Sink& sink) {
  if (!session.request.range) {
    return decoding.run(sink, false, session.request.verify);
  }
  const ByteRange range = *session.request.range;
  if (has_index(*input.source)) {
    return decompress_range(*input.source, sink, range.offset, range.length, decoding.options());
  }
  WindowSink window(sink, range);
  auto result = decoding.run(window, false, session.request.verify);
  if (result.ok() && range.offset > result->bytes_out) {
    return Status(Code::kInvalidArgument, "the range begins behind the end of the content");
  }
  return result;
}

}  // namespace

Exit cat_file(const Session& session, const std::string& name) {
  const Opening opening = open_compressed(session, name, false);
  if (!opening.input) {
    return opening.code;
  }
  auto output = Output::open(session, session.request.output.value_or("-"), *opening.input);
  if (!output.ok()) {
    return session.fail(output.status());
  }
  ProgressMeter meter(session, opening.input->name, std::nullopt, ContentSide::kOutput);
  Decoding decoding(session, *opening.input, meter);
  Status status = decode(session, *opening.input, decoding, output->sink()).status();
  session.console.clear_status_line();
  if (status.ok()) {
    status = output->commit();
  }
  return status.ok() ? Exit::kOk : session.fail(status.in_file(opening.input->name));
}

}  // namespace kompakt::cli
