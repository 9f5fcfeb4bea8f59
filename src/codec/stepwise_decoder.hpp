/// \file
/// What a block decoder may offer besides decode(): saying how far it has come.
#pragma once

#include <cstddef>
#include <functional>

#include "kompakt/codec.hpp"

namespace kompakt {

/// A decoder whose output becomes final from front to back, so that a caller can pass on what is
/// ready while the rest is being decoded.
class StepwiseDecoder : public Decoder {
 public:
  /// Is told how many bytes at the front of the output are final; never less than before. An error
  /// ends the decoding.
  using Step = std::function<Status(std::size_t ready)>;

  /// As decode(), with the same results and errors, calling `step` every so often before the end.
  /// Steps may have been reported when an error is returned.
  [[nodiscard]] virtual Result<std::size_t> decode_stepwise(ByteSpan in, MutableByteSpan out,
                                                            const Step& step) = 0;
};

}  // namespace kompakt
