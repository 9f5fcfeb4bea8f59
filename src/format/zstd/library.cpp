#include "format/zstd/library.hpp"

#include <string>

#include "core/endian.hpp"

namespace kompakt::zstd {

Status decode_failure(std::size_t code) {
  const std::string text = std::string("zstd: ") + ZSTD_getErrorName(code);
  switch (ZSTD_getErrorCode(code)) {
    case ZSTD_error_memory_allocation:
    case ZSTD_error_frameParameter_windowTooLarge:
      return {Code::kLimitExceeded, text};
    case ZSTD_error_version_unsupported:
    case ZSTD_error_frameParameter_unsupported:
      return {Code::kUnsupported, text};
    case ZSTD_error_dictionary_wrong:
      return {Code::kMissingResource, "zstd: the frame needs another dictionary"};
    default:
      return {Code::kCorrupt, text};
  }
}

Status encode_failure(std::size_t code) {
  const std::string text = std::string("zstd: ") + ZSTD_getErrorName(code);
  switch (ZSTD_getErrorCode(code)) {
    case ZSTD_error_memory_allocation:
      return {Code::kLimitExceeded, text};
    case ZSTD_error_srcSize_wrong:
      return {Code::kIo, "the input changed its size while it was being read"};
    case ZSTD_error_parameter_unsupported:
    case ZSTD_error_parameter_outOfBound:
    case ZSTD_error_dictionary_corrupted:
      return {Code::kInvalidArgument, text};
    default:
      return {Code::kInternal, text};
  }
}

Result<DecodeDictionary> make_decode_dictionary(const Dictionary& dictionary) {
  if (!dictionary || dictionary->empty()) {
    return DecodeDictionary();
  }
  DecodeDictionary made(ZSTD_createDDict(dictionary->data(), dictionary->size()));
  if (!made) {
    return Status(Code::kInvalidArgument, "zstd: the dictionary is damaged or there is no memory");
  }
  return made;
}

ContentHash::ContentHash() : hasher_(make_hasher(HashId::kXxh64)) {}

std::uint32_t ContentHash::take() {
  const Digest digest = hasher_->finish();
  hasher_->reset();
  // The digest is big-endian: its last four bytes are the low half.
  return byte_swap(load_le<std::uint32_t>(digest.span().subspan(4)));
}

}  // namespace kompakt::zstd
