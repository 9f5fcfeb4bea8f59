/// \file
/// What known bytes teach, kept for the next stream that begins with them.
#pragma once

#include <memory>
#include <vector>

#include "core/buffer.hpp"
#include "mixing/stream.hpp"

namespace kompakt {

/// What a kernel's memory depends on besides the stream.
struct PrimedKey {
  MixSettings settings;
  MixTarget target = MixTarget::kPlain;

  friend bool operator==(const PrimedKey&, const PrimedKey&) = default;
};

/// The memory of a kernel that has seen known bytes. What it holds points into itself: it is copied
/// back to where it was taught.
struct PrimedArea {
  [[nodiscard]] bool begins_with(ByteSpan bytes) const noexcept;

  PrimedKey key;
  std::vector<std::byte> known;
  Buffer tables;
  Buffer taught;  ///< a copy of the tables as the known bytes left them; empty until then
};

/// Its deleter keeps the two areas that were let go of last.
using PrimedAreaHandle = std::unique_ptr<PrimedArea, PrimedAreaDeleter>;

/// An area for streams that begin with `known`: one that was let go of and knows them where there
/// is one, otherwise one that is still to be taught. Areas are some twenty megabytes, twice; to be
/// taught takes as long as a hundred small streams. Thread-safe. Throws std::bad_alloc.
[[nodiscard]] PrimedAreaHandle primed_area(const PrimedKey& key, ByteSpan known);

}  // namespace kompakt
