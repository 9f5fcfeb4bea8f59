#include "facts.hpp"

#include <fmt/format.h>

#include <vector>

#include "decoding.hpp"
#include "index_file.hpp"

namespace kompakt::cli {
namespace {

Status read_warp(Source& source, bool count_codecs, Facts& facts) {
  auto info = inspect(source, {.count_codecs = count_codecs});
  if (info.ok()) {
    facts.warp = std::move(*info);
  }
  return info.status();
}

Status read_stream(const Session& session, const Input& input, Source& source, Facts& facts) {
  DecompressOptions options = reading_options(session, facts.format);
  Result<StreamResult> result = Status(Code::kInternal, "not inspected");
  ArchiveIndex sidecar;
  if (session.request.write_index) {
    options.index_spacing = session.request.spacing;
    options.index_lines = true;
    const auto nowhere = null_sink();
    WatchedOutput output(session, *nowhere);
    result = decompress(source, output.sink(), options);
    if (result.ok()) {
      sidecar = output.with(result->index);
    }
  } else {
    result = inspect_stream(source, options);
  }
  if (result.ok()) {
    facts.code = report_warnings(session, input, result->facts);
    if (Status kept = keep_index(session, input, std::move(sidecar)); !kept.ok()) {
      return kept;
    }
    facts.stream = std::move(*result);
  }
  return result.status();
}

Status read_all(const Session& session, Examined& examined, bool count_codecs, Facts& facts) {
  const Input& input = examined.input();
  Source& source = examined.source();
  const auto got = source.read_at(0, facts.head);
  if (!got.ok()) {
    return got.status();
  }
  const auto format = input.format ? input.format : detect_format(ByteSpan(facts.head).first(*got));
  facts.format = format.value_or(Format::kWarp);
  if (facts.format == Format::kWarp) {
    return read_warp(source, count_codecs, facts);
  }
  Status status = read_stream(session, input, source, facts);
  if (status.ok() && !input.is_stdin) {
    if (const auto& beside = examined.index(session, facts.code); beside && beside->index) {
      facts.points = beside->index->points.size();
    }
  }
  return status;
}

Status damage_of(const ContainerInfo& info) {
  if (!info.recovered.ok()) {
    return {Code::kCorrupt,
            fmt::format("{}; the blocks that were found are shown", info.recovered.message())};
  }
  return info.damaged_blocks == 0
             ? Status()
             : Status(Code::kCorrupt, fmt::format("{} block headers are damaged; 'test' names them",
                                                  info.damaged_blocks));
}

}  // namespace

std::uint64_t Facts::compressed() const {
  return warp ? warp->stored_size : stream->facts.compressed;
}
std::uint64_t Facts::content() const {
  return warp ? warp->raw_size : stream->facts.content.value_or(stream->bytes_out);
}
std::uint64_t Facts::blocks() const { return warp ? warp->blocks : stream->facts.blocks; }
std::uint64_t Facts::streams() const { return warp ? warp->streams : stream->facts.streams; }
std::string Facts::check() const {
  if (warp) {
    return std::string(hash_name(warp->checksum));
  }
  return stream->facts.check.empty() ? "-" : stream->facts.check;
}
std::string Facts::format_name() const {
  const std::string id(format_info(format).name);
  return warp ? id + " " + warp->layout : id;
}

Facts facts_of(const Session& session, Examined& examined, bool count_codecs) {
  const Input& input = examined.input();
  Facts facts;
  facts.name = input.name;
  facts.file = input.before;
  facts.is_stdin = input.is_stdin;
  Status status = read_all(session, examined, count_codecs, facts);
  if (status.ok() && facts.warp) {
    status = damage_of(*facts.warp);
  }
  if (!status.ok()) {
    facts.code = session.fail(status.in_file(input.name));
  }
  return facts;
}

Facts read_facts(const Session& session, const std::string& name, bool count_codecs) {
  Examined examined(session, name);
  if (!examined.ok()) {
    Facts facts;
    facts.name = name;
    facts.code = examined.code();
    return facts;
  }
  return facts_of(session, examined, count_codecs);
}

std::string codecs_text(const ContainerInfo& info) {
  std::string out;
  for (const auto& [name, count] : info.codecs) {
    out += (out.empty() ? "" : ", ") + name + (count != 0 ? fmt::format(" {}", count) : "");
  }
  return out.empty() ? "-" : out;
}

void add_facts(JsonLine& line, const Facts& facts) {
  line.text("file", facts.name).text("format", format_info(facts.format).name);
  if (facts.warp) {
    line.number("version", facts.warp->version).text("layout", facts.warp->layout);
  }
  line.number("streams", facts.streams())
      .number("blocks", facts.blocks())
      .number("compressed", facts.compressed())
      .number("uncompressed", facts.content());
  line.text("checksum", facts.check()).flag("damaged", facts.code > Exit::kWarning);
  if (facts.points) {
    line.number("seek_points", *facts.points);
  }
  if (!facts.stream) {
    return;
  }
  const StreamFacts& stream = facts.stream->facts;
  if (stream.skipped != 0) {
    line.number("skipped", stream.skipped);
  }
  if (stream.window) {
    line.number("window", *stream.window);
  }
  if (stream.name) {
    line.text("name", *stream.name);
  }
  if (stream.modified.value_or(0) != 0) {
    line.number("modified_seconds", *stream.modified);
  }
}

}  // namespace kompakt::cli
