// From one format to another in one pass: a decoder and an encoder joined by a pipe in memory.
#include <optional>
#include <utility>

#include "io/decorators.hpp"
#include "kompakt/stream.hpp"
#include "pipeline/content_stream.hpp"
#include "pipeline/guarded.hpp"
#include "pipeline/whole_content.hpp"

namespace kompakt {

Result<ConvertResult> convert(Source& source, Sink& sink, const CompressOptions& to,
                              const DecompressOptions& from) {
  std::optional<StreamResult> decoded;
  Digest digest;
  // Each side has all the threads: the slower one, the encoder as a rule, gets what the other
  // leaves while it waits for the pipe.
  ContentStream stream([&](Sink& pipe) {
    HashingSink content(pipe, HashId::kXxh3);
    auto result = decompress(source, content, from);
    if (!result.ok()) {
      return result.status();
    }
    decoded = std::move(*result);
    digest = content.digest();
    return Status();
  });
  WholeContent whole(stream.content());
  auto encoded = without_exceptions([&] { return compress(whole, sink, to); });
  const Status decoding = stream.stop();
  // A failure on one side stops the other too: the cause is the one that is no consequence.
  if (!decoding.ok() && decoding.code() != Code::kCancelled) {
    return decoding;
  }
  if (!encoded.ok()) {
    return encoded.status();
  }
  if (!decoding.ok()) {
    return decoding;
  }
  return ConvertResult{.decoded = std::move(*decoded),
                       .encoded = std::move(*encoded),
                       .content_hash = integer_of(digest)};
}

}  // namespace kompakt
