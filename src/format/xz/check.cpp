#include "format/xz/check.hpp"

#include <isa-l/crc64.h>

#include <algorithm>
#include <cstring>

#include "core/endian.hpp"

namespace kompakt {

void XzCheck::begin(lzma_check id) {
  id_ = id;
  crc64_ = 0;
  if (id == LZMA_CHECK_CRC32 || id == LZMA_CHECK_SHA256) {
    if (hasher_id_ == id) {
      hasher_->reset();
    } else {
      hasher_ = make_hasher(id == LZMA_CHECK_CRC32 ? HashId::kCrc32 : HashId::kSha256);
      hasher_id_ = id;
    }
  }
}

void XzCheck::update(ByteSpan content) {
  if (id_ == LZMA_CHECK_CRC64) {
    crc64_ = crc64_ecma_refl(crc64_, reinterpret_cast<const unsigned char*>(content.data()),
                             content.size());
  } else if (id_ == LZMA_CHECK_CRC32 || id_ == LZMA_CHECK_SHA256) {
    hasher_->update(content);
  }
}

bool XzCheck::matches(const std::uint8_t* stored) {
  const ByteSpan field(reinterpret_cast<const std::byte*>(stored), LZMA_CHECK_SIZE_MAX);
  switch (id_) {
    case LZMA_CHECK_CRC64:
      return load_le<std::uint64_t>(field) == crc64_;
    case LZMA_CHECK_CRC32: {
      // The digest has the most significant byte first, the field the least.
      const Digest digest = hasher_->finish();
      return std::equal(digest.span().rbegin(), digest.span().rend(), field.begin());
    }
    case LZMA_CHECK_SHA256: {
      const Digest digest = hasher_->finish();
      return std::equal(digest.span().begin(), digest.span().end(), field.begin());
    }
    default:
      return true;
  }
}

bool XzCheck::known(lzma_check id) noexcept {
  return id == LZMA_CHECK_NONE || id == LZMA_CHECK_CRC32 || id == LZMA_CHECK_CRC64 ||
         id == LZMA_CHECK_SHA256;
}

std::string XzCheck::name(lzma_check id) {
  switch (id) {
    case LZMA_CHECK_NONE:
      return "None";
    case LZMA_CHECK_CRC32:
      return "CRC32";
    case LZMA_CHECK_CRC64:
      return "CRC64";
    case LZMA_CHECK_SHA256:
      return "SHA-256";
    default:
      return "Unknown-" + std::to_string(static_cast<unsigned>(id));
  }
}

Status XzCheck::warning(lzma_check id, std::uint64_t offset) {
  return Status(Code::kUnsupported, "xz: integrity checks of type " +
                                        std::to_string(static_cast<unsigned>(id)) +
                                        " are not supported; the content is not verified")
      .at_offset(offset);
}

}  // namespace kompakt
