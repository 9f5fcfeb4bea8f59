/// \file
/// Content behind a pipe, for an encoder.
#pragma once

#include <cstddef>

#include "io/decorators.hpp"

namespace kompakt {

/// A pipe's last read before a failure is short like one at the clean end. Here it fails: an
/// encoder would make a whole stream of a part.
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

}  // namespace kompakt
