// The sidecar of an archive, as the public API has it.
#include <utility>

#include "archive/tar/member_table.hpp"
#include "kompakt/archive.hpp"

namespace kompakt {

Result<std::vector<std::byte>> encode_archive_index(const ArchiveIndex& index,
                                                    const Source& archive) {
  return encode_sidecar(archive, index.index ? &*index.index : nullptr,
                        index.table ? &*index.table : nullptr);
}

Result<ArchiveIndex> decode_archive_index(ByteSpan bytes, const Source& archive) {
  auto sidecar = decode_sidecar(bytes);
  if (!sidecar.ok()) {
    return sidecar.status();
  }
  if (Status status = check_sidecar(*sidecar, archive); !status.ok()) {
    return status;
  }
  return ArchiveIndex{.index = std::move(sidecar->index), .table = std::move(sidecar->table)};
}

}  // namespace kompakt
