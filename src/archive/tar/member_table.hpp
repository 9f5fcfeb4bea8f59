/// \file
/// The table of a tar's members in a sidecar file, FILE.kidx, behind the seek index or alone
/// (docs/format/kidx.md).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "kompakt/archive.hpp"
#include "kompakt/bytes.hpp"
#include "kompakt/seek_index.hpp"
#include "kompakt/source.hpp"
#include "kompakt/status.hpp"

namespace kompakt {

/// What a sidecar holds of the file that it lies beside.
struct Sidecar {
  std::optional<SeekIndex> index;
  std::optional<MemberTable> table;
  std::uint64_t file_size = 0;    ///< of the file, compressed or not
  std::uint64_t fingerprint = 0;  ///< seek_fingerprint() of it
};

/// The bytes of a sidecar of `file`; nullptr for a part that is not there. kInvalidArgument where
/// the index is of another file, or the headers of the rows are not in order.
[[nodiscard]] Result<std::vector<std::byte>> encode_sidecar(const Source& file,
                                                            const SeekIndex* index,
                                                            const MemberTable* table);

/// Reads such bytes; every number in them is checked. kCorrupt, kTruncated, kUnsupported (no
/// sidecar, or a newer version), kLimitExceeded (more than `max_memory` bytes of either part).
[[nodiscard]] Result<Sidecar> decode_sidecar(ByteSpan bytes,
                                             std::uint64_t max_memory = std::uint64_t{1} << 30U);

/// kInvalidArgument, saying so, unless the sidecar was made of what `file` holds.
[[nodiscard]] Status check_sidecar(const Sidecar& sidecar, const Source& file);

/// The payload of the table part, before it is packed. For tests and fuzzing.
[[nodiscard]] Result<std::vector<std::byte>> encode_rows(const MemberTable& table);
[[nodiscard]] Result<MemberTable> decode_rows(ByteSpan raw, std::uint64_t count,
                                              std::uint64_t max_memory);

}  // namespace kompakt
