/// \file
/// The members of a tar, met while its bytes go by on their way to somewhere else.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "io/decorators.hpp"
#include "kompakt/archive.hpp"
#include "kompakt/sink.hpp"

namespace kompakt {

/// Passes everything on in order and reads it as a tar on a thread of its own, if it begins like
/// one. What is no tar, or a damaged one, goes through all the same and has no table.
class TarWatch final : public ForwardingSink {
 public:
  explicit TarWatch(Sink& inner);
  TarWatch(const TarWatch&) = delete;
  TarWatch& operator=(const TarWatch&) = delete;
  TarWatch(TarWatch&&) = delete;
  TarWatch& operator=(TarWatch&&) = delete;
  ~TarWatch() override;

  bool positional() const override { return false; }
  Status write_at(std::uint64_t offset, ByteSpan bytes) override {
    return Sink::write_at(offset, bytes);
  }
  Status write(ByteSpan bytes) override;
  Status write_zeros(std::uint64_t count) override;

  /// Once everything was written: the table of a tar that is complete and sound.
  [[nodiscard]] std::optional<MemberTable> take();

 private:
  class Reading;
  void watch(ByteSpan bytes);

  std::vector<std::byte> head_;  // until there is enough of it to tell
  bool told_ = false;
  std::unique_ptr<Reading> reading_;  // where it is a tar
};

}  // namespace kompakt
