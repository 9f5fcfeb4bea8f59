/// \file
/// Ends of a pipe for tests: bytes in order only, of unknown length.
#pragma once

#include <algorithm>

#include "kompakt/sink.hpp"
#include "kompakt/source.hpp"
#include "test_data.hpp"

namespace kompakt::testing {

/// Bytes as a pipe gives them: in order, of unknown length.
class OrderedSource final : public Source {
 public:
  explicit OrderedSource(ByteSpan bytes) : bytes_(bytes) {}
  Result<std::size_t> read(MutableByteSpan out) override {
    const std::size_t count = std::min(out.size(), bytes_.size());
    std::copy_n(bytes_.begin(), count, out.begin());
    bytes_ = bytes_.subspan(count);
    return count;
  }

 private:
  ByteSpan bytes_;
};

/// Takes bytes in order only, as a pipe does.
class OrderedSink final : public Sink {
 public:
  explicit OrderedSink(Bytes& out) : out_(out) {}
  Status write(ByteSpan bytes) override {
    out_.insert(out_.end(), bytes.begin(), bytes.end());
    return {};
  }

 private:
  Bytes& out_;  // the test keeps it alive
};

}  // namespace kompakt::testing
