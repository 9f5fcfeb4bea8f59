#include "container/legacy/content_verifier.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace kompakt::legacy {

ContentVerifier::ContentVerifier(std::span<const HashId> candidates) {
  for (const HashId id : candidates) {
    if (id != HashId::kNone) {
      hashes_.push_back({id, make_hasher(id)});
    }
  }
}

void ContentVerifier::update(ByteSpan bytes) {
  for (const auto& running : hashes_) {
    running.hasher->update(bytes);
  }
}

void ContentVerifier::update_zeros(std::uint64_t count) {
  static constexpr std::array<std::byte, 65536> kZeros{};
  if (!active()) {
    return;
  }
  while (count > 0) {
    const auto piece = static_cast<std::size_t>(std::min<std::uint64_t>(count, kZeros.size()));
    update(ByteSpan(kZeros).first(piece));
    count -= piece;
  }
}

Status ContentVerifier::verify(HashId hash, const Digest& expected) {
  if (hash == HashId::kNone) {
    return {};
  }
  const auto running = std::find_if(hashes_.begin(), hashes_.end(),
                                    [hash](const Running& row) { return row.id == hash; });
  if (running == hashes_.end()) {
    return {Code::kCorrupt, "the trailer names another checksum than it did at the start"};
  }
  if (running->hasher->finish() != expected) {
    return {Code::kCorrupt,
            std::string(hash_name(hash)) + " of the content differs from the trailer's"};
  }
  return {};
}

}  // namespace kompakt::legacy
