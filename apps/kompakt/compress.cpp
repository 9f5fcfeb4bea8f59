// The verb compress: a file becomes FILE.warp, or a stream another.
#include <fmt/format.h>

#include <algorithm>

#include "compressing.hpp"
#include "files.hpp"
#include "io/decorators.hpp"
#include "io/file.hpp"
#include "kompakt/stream.hpp"
#include "naming.hpp"
#include "progress.hpp"
#include "report.hpp"
#include "source_removal.hpp"
#include "verify.hpp"

namespace kompakt::cli {
namespace {

RunControl run_control(const Request& request, ProgressMeter& meter) {
  return {.threads = request.threads,
          .max_memory = request.memory,
          .cancel = nullptr,
          .on_progress = meter.callback()};
}

Result<StreamResult> encode(const Session& session, const Input& input, Source& source, Sink& sink,
                            ProgressMeter& meter) {
  const Request& request = session.request;
  if (request.warp_version == 2) {
    V2Options options{.level = request.v2_level,
                      .method = request.v2_method,
                      .chunk_size = std::nullopt,
                      .zstd_level = request.zstd_level,
                      .brotli_quality = request.brotli_quality,
                      .checksum = request.checksum,
                      .on_block = block_printer(session),
                      .run = run_control(request, meter)};
    if (request.solid) {
      options.chunk_size = std::max<std::uint64_t>(solid_block(source.size()), 128 * kKiB);
    } else if (request.block_size) {
      options.chunk_size = *request.block_size;
    }
    return compress_v2(source, sink, options);
  }
  CompressOptions options = compress_options(session);
  if (request.solid) {
    options.block_size = solid_block(source.size());
  }
  options.on_block = block_printer(session);
  options.run = run_control(request, meter);
  if (request.keep_name && input.regular() && !input.is_stdin) {
    const auto metadata = read_metadata(*session.world.system, input.fd);
    if (!metadata.ok()) {
      return metadata.status().in_file(input.name);
    }
    remember(session, base_name(input.name), *metadata, options);
  }
  return compress(source, sink, options);
}

/// From an opened input to a finished output.
class Compression {
 public:
  Compression(const Session& session, const Input& input, Output output)
      : session_(session),
        input_(input),
        output_(std::move(output)),
        verify_((session.request.verify || session.request.remove_source) && output_.is_file()),
        meter_(session, input.name, input.source->size(), ContentSide::kInput) {}

  Exit run() {
    Status status = write();
    session_.console.clear_status_line();
    if (status.ok()) {
      status = finish();
    }
    if (!status.ok()) {
      return session_.fail(status.in_file(input_.name));
    }
    report_done(session_, {.input = input_.name,
                           .output = output_.name(),
                           .result = result_,
                           .seconds = meter_.seconds(),
                           .verified = verify_});
    return code_;
  }

 private:
  Status write() {
    // A file is compared byte by byte later; a pipe can only be hashed as it passes.
    const bool hashed = verify_ && !input_.source->random_access();
    HashingSource hashing(*input_.source, hashed ? kVerifyHash : HashId::kNone);
    Source& source = hashed ? static_cast<Source&>(hashing) : *input_.source;
    auto result = encode(session_, input_, source, output_.sink(), meter_);
    if (!result.ok()) {
      return result.status();
    }
    result_ = std::move(*result);
    if (hashed) {
      digest_ = hashing.digest();
    }
    return {};
  }

  Status finish() {
    if (input_.regular()) {
      if (Status same = check_unchanged(*session_.world.system, input_.fd, input_.before);
          !same.ok()) {
        session_.console.warn(input_.name, same.message());
        code_ = Exit::kWarning;
      }
    }
    if (verify_) {
      if (Status verified = verify_output(session_, output_, input_, result_.bytes_in, digest_);
          !verified.ok()) {
        return verified;
      }
    }
    if (session_.request.keep_metadata && input_.regular() && !input_.is_stdin &&
        output_.is_file()) {
      auto metadata = read_metadata(*session_.world.system, input_.fd);
      if (!metadata.ok()) {
        return metadata.status();
      }
      metadata->mode &= 01777U;  // nobody runs a compressed file as somebody else
      output_.set_metadata(std::move(*metadata));
    }
    if (Status committed = output_.commit(); !committed.ok()) {
      return committed;
    }
    if (!session_.request.remove_source) {
      return {};
    }
    if (code_ != Exit::kOk) {
      session_.console.warn(input_.name, "is kept, because it changed");
      return {};
    }
    return remove_input(session_, input_);
  }

  const Session& session_;  // outlives the compression
  const Input& input_;      // outlives the compression
  Output output_;
  bool verify_;
  ProgressMeter meter_;
  StreamResult result_;
  std::optional<Digest> digest_;
  Exit code_ = Exit::kOk;
};

}  // namespace

Exit compress_file(const Session& session, const std::string& name) {
  const Request& request = session.request;
  const bool in_place = !request.output && name != "-";
  const std::string suffix =
      request.suffix.value_or(std::string(format_info(request.format).suffix));
  const std::string path = request.output.value_or(in_place ? name + suffix : "-");
  const bool force = request.force && session.family().force_repacks;
  if (in_place && !force && session.family().refuses_suffix) {
    if (const auto known = packed_suffix(name, request.suffix, session.family()); known) {
      session.console.warn(
          name, fmt::format("has the suffix {} of a compressed file already, skipped (--force "
                            "compresses it)",
                            *known));
      return session.family().packed;
    }
  }
  if (Status allowed = check_packed_output(session, path); !allowed.ok()) {
    return session.fail(allowed);
  }
  const Opening opening = open_input(session, name, in_place);
  if (!opening.input) {
    return opening.code;
  }
  auto output = open_removing_output(session, path, *opening.input);
  if (!output.ok()) {
    return session.fail(output.status());
  }
  return Compression(session, *opening.input, std::move(*output)).run();
}

}  // namespace kompakt::cli
