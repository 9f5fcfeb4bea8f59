/// \file
/// Small bridges between libzstd and this library's types, for the files of this folder.
#pragma once

// For buffer-less coding, frame headers and parameters by strategy, which have no stable API.
#ifndef ZSTD_STATIC_LINKING_ONLY
#define ZSTD_STATIC_LINKING_ONLY
#endif
#include <zstd.h>
#include <zstd_errors.h>

#include <memory>

#include "checksum/hasher.hpp"
#include "codec/zstd/contexts.hpp"
#include "format/format.hpp"

namespace kompakt::zstd {

struct DictionaryDeleter {
  void operator()(ZSTD_DDict* dictionary) const noexcept { ZSTD_freeDDict(dictionary); }
};
using DecodeDictionary = std::unique_ptr<ZSTD_DDict, DictionaryDeleter>;

[[nodiscard]] inline bool failed(std::size_t code) noexcept { return ZSTD_isError(code) != 0U; }

/// What a failed call of the decoder says about the data.
[[nodiscard]] Status decode_failure(std::size_t code);
/// What a failed call of the encoder says: of the data it never is.
[[nodiscard]] Status encode_failure(std::size_t code);

/// nullptr for no dictionary.
[[nodiscard]] Result<DecodeDictionary> make_decode_dictionary(const Dictionary& dictionary);

/// The low 32 bits of a 64-bit hash of the content, as frames store it.
class ContentHash {
 public:
  ContentHash();
  void update(ByteSpan bytes) { hasher_->update(bytes); }
  /// The check of everything since construction or the last call.
  [[nodiscard]] std::uint32_t take();

 private:
  std::unique_ptr<Hasher> hasher_;
};

}  // namespace kompakt::zstd
