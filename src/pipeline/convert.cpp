// From one format to another in one pass: a decoder and an encoder joined by a pipe in memory.
#include <exception>
#include <optional>
#include <string>
#include <thread>

#include "core/endian.hpp"
#include "io/decorators.hpp"
#include "kompakt/stream.hpp"
#include "pipeline/byte_pipe.hpp"

namespace kompakt {
namespace {

constexpr std::size_t kPipeSize = std::size_t{4} << 20U;

template <typename Call>
Result<StreamResult> guarded(Call&& call) noexcept {
  try {
    return call();
  } catch (const std::bad_alloc&) {
    return Status(Code::kLimitExceeded, "out of memory");
  } catch (const std::exception& error) {
    return Status(Code::kInternal, std::string("unexpected failure: ") + error.what());
  }
}

/// The content behind a pipe, whose last read before a failure is short like one at the clean end.
/// Here it fails: an encoder would make a whole stream of a part.
class WholeContent final : public ForwardingSource {
 public:
  using ForwardingSource::ForwardingSource;
  Result<std::size_t> read(MutableByteSpan out) override {
    auto got = inner_.read(out);
    if (!got.ok() || *got == out.size()) {
      return got;
    }
    std::byte behind{};
    const auto rest = inner_.read({&behind, 1});
    return rest.ok() ? got : rest;
  }
};

std::uint64_t integer_of(const Digest& digest) {
  std::uint64_t value = 0;
  for (const std::byte byte : digest.span()) {
    value = value << 8U | std::to_integer<std::uint64_t>(byte);
  }
  return value;
}

}  // namespace

Result<ConvertResult> convert(Source& source, Sink& sink, const CompressOptions& to,
                              const DecompressOptions& from) {
  BytePipe pipe(kPipeSize);
  HashingSink content(pipe.input(), HashId::kXxh3);
  std::optional<Result<StreamResult>> decoded;
  // Each side has all the threads: the slower one, the encoder as a rule, gets what the other
  // leaves while it waits for the pipe.
  std::thread decoder([&] {
    decoded = guarded([&] { return decompress(source, content, from); });
    pipe.close_input(decoded->status());
  });
  WholeContent whole(pipe.output());
  auto encoded = guarded([&] { return compress(whole, sink, to); });
  pipe.close_output();
  decoder.join();
  // A failure on one side stops the other too: the cause is the one that is no consequence.
  if (!decoded->ok() && decoded->status().code() != Code::kCancelled) {
    return decoded->status();
  }
  if (!encoded.ok()) {
    return encoded.status();
  }
  if (!decoded->ok()) {
    return decoded->status();
  }
  return ConvertResult{.decoded = std::move(**decoded),
                       .encoded = std::move(*encoded),
                       .content_hash = integer_of(content.digest())};
}

}  // namespace kompakt
