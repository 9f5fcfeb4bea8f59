/// \file
/// The digest of the whole content, which the legacy layouts keep behind it.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "checksum/hasher.hpp"
#include "kompakt/bytes.hpp"
#include "kompakt/status.hpp"

namespace kompakt::legacy {

/// Hashes content in order with every hash that its trailer may turn out to name: one where the
/// trailer could be looked at beforehand, all of the layout's where a pipe hides it until the end.
class ContentVerifier {
 public:
  explicit ContentVerifier(std::span<const HashId> candidates);

  [[nodiscard]] bool active() const noexcept { return !hashes_.empty(); }
  void update(ByteSpan bytes);
  void update_zeros(std::uint64_t count);
  /// kCorrupt unless `expected` is the digest of everything so far.
  [[nodiscard]] Status verify(HashId hash, const Digest& expected);

 private:
  struct Running {
    HashId id;
    std::unique_ptr<Hasher> hasher;
  };
  std::vector<Running> hashes_;
};

}  // namespace kompakt::legacy
