#include "verify.hpp"

#include <algorithm>

#include "decoding.hpp"
#include "io/decorators.hpp"
#include "kompakt/stream.hpp"

namespace kompakt::cli {
namespace {

Status differs(std::uint64_t offset) {
  return Status(Code::kCorrupt, "verification failed: the output does not decode to the input")
      .at_offset(offset);
}

/// Takes content in order and compares it with a file.
class ComparingSink final : public Sink {
 public:
  explicit ComparingSink(const Source& expected) : expected_(expected) {}

  Status write(ByteSpan bytes) override {
    while (!bytes.empty()) {
      const std::size_t step = std::min(bytes.size(), buffer_.size());
      const auto got = expected_.read_at(position_, std::span(buffer_).first(step));
      if (!got.ok()) {
        return got.status();
      }
      const auto mismatch = std::mismatch(
          bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(*got), buffer_.begin());
      const auto same = static_cast<std::size_t>(mismatch.first - bytes.begin());
      if (same != step) {
        return differs(position_ + same);
      }
      position_ += step;
      bytes = bytes.subspan(step);
    }
    return {};
  }
  Status finish(std::uint64_t total) override {
    return total == expected_.size().value_or(0) ? Status() : differs(total);
  }

 private:
  const Source& expected_;  // NOLINT(cppcoreguidelines-*): outlives the sink
  std::vector<std::byte> buffer_ = std::vector<std::byte>(256 * kKiB);
  std::uint64_t position_ = 0;
};

DecompressOptions options_for(const Session& session) {
  DecompressOptions options = reading_options(session, std::nullopt);
  if (session.request.format != Format::kWarp) {
    options.format = session.request.format;
  }
  options.max_output = std::numeric_limits<std::uint64_t>::max();
  return options;
}

Status compare(const Session& session, Source& written, const Input& input, std::uint64_t size) {
  ComparingSink same(*input.source);
  const auto decoded = decompress(written, same, options_for(session));
  return decoded.ok() && decoded->bytes_out != size ? differs(decoded->bytes_out)
                                                    : decoded.status();
}

Status compare(const Session& session, Source& written, const Digest& digest, std::uint64_t size) {
  const auto nowhere = null_sink();
  HashingSink hashing(*nowhere, kVerifyHash);
  const auto decoded = decompress(written, hashing, options_for(session));
  if (!decoded.ok()) {
    return decoded.status();
  }
  return decoded->bytes_out == size && hashing.digest() == digest ? Status() : differs(0);
}

/// Whatever the decoder calls it: what was just written is not what was read.
Status verdict(const Status& status, const std::string& name) {
  if (status.ok() || status.code() == Code::kIo || status.code() == Code::kLimitExceeded) {
    return Status(status).in_file(name);
  }
  Status failed(Code::kCorrupt, std::string(status.message()));
  if (const auto block = status.block(); block) {
    failed.in_block(*block);
  }
  if (const auto offset = status.offset(); offset) {
    failed.at_offset(*offset);
  }
  return failed.in_file(name);
}

}  // namespace

Status verify_output(const Session& session, const Output& output, const Input& input,
                     std::uint64_t size, const std::optional<Digest>& digest) {
  auto written = output.reread(*session.world.system);
  if (!written.ok()) {
    return written.status();
  }
  return verdict(digest ? compare(session, **written, *digest, size)
                        : compare(session, **written, input, size),
                 output.name());
}

Status verify_content(const Session& session, const Output& output, std::uint64_t size,
                      std::uint64_t hash) {
  auto written = output.reread(*session.world.system);
  if (!written.ok()) {
    return written.status();
  }
  Digest digest;
  digest.size = sizeof hash;
  for (std::size_t i = 0; i < sizeof hash; ++i) {
    digest.bytes.at(i) = static_cast<std::byte>(hash >> (56U - 8 * i));
  }
  return verdict(compare(session, **written, digest, size), output.name());
}

}  // namespace kompakt::cli
