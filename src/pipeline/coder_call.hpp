/// \file
/// An ordinary call, source in and sink out, turned into a coder that is fed by hand.
#pragma once

#include <functional>
#include <memory>

#include "kompakt/codec.hpp"
#include "kompakt/sink.hpp"
#include "kompakt/source.hpp"

namespace kompakt {

/// Tells where in its input one stream ends, without decoding it.
class StreamExtent {
 public:
  StreamExtent() = default;
  StreamExtent(const StreamExtent&) = delete;
  StreamExtent& operator=(const StreamExtent&) = delete;
  StreamExtent(StreamExtent&&) = delete;
  StreamExtent& operator=(StreamExtent&&) = delete;
  virtual ~StreamExtent() = default;
  /// How many of the next bytes surely belong to the stream; 0: it has ended.
  [[nodiscard]] virtual std::uint64_t sure() const = 0;
  /// The next bytes, at most sure() of them.
  virtual void pass(ByteSpan bytes) = 0;
  virtual void reset() = 0;
};

struct CallCoderOptions {
  /// The call. It reads its source in order, on one thread.
  std::function<Status(Source&, Sink&)> call;
  /// For decoders: where a stream ends. Without one it ends with the input.
  std::unique_ptr<StreamExtent> extent;
};

/// The call runs on a thread of its own, which is at work only while step() waits for it: one of
/// the two runs at a time, as with a coroutine, so that step() knows what the call waits for.
/// kFlush is kUnsupported.
[[nodiscard]] std::unique_ptr<StreamCoder> make_call_coder(CallCoderOptions options);

}  // namespace kompakt
