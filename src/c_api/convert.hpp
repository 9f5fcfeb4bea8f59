/// \file
/// From the C API's options to those of C++, and from results back.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "c_api/context.hpp"
#include "kompakt/folder.hpp"
#include "kompakt/inspect.hpp"
#include "kompakt/options.hpp"
#include "kompakt/stream.hpp"

struct kompakt_index {
  kompakt::ArchiveIndex content;
};

namespace kompakt::c_api {

/// kInvalidArgument, naming the choices.
Result<Format> to_format(std::int32_t format);
Result<HashId> to_hash(const char* name, HashId fallback);
inline std::string to_string(const char* text) { return text != nullptr ? text : std::string(); }
Result<std::vector<std::string>> to_strings(const char* const* items, std::size_t count,
                                            const char* what);

/// The callbacks in the results go through `context`, which must outlive them.
Result<CompressOptions> to_cpp(kompakt_context& context, const kompakt_compress_options* options);
Result<DecompressOptions> to_cpp(kompakt_context& context,
                                 const kompakt_decompress_options* options);
Result<V2Options> to_cpp(kompakt_context& context, const kompakt_v2_options* options);
Result<TreeSelection> to_cpp(const kompakt_selection* selection);
Result<WarpMetadata> to_cpp(const kompakt_metadata& metadata);

/// What the options of files and of coding in place have in common.
template <typename Cpp, typename Options>
Result<Cpp> file_options(kompakt_context& context, const Options& given) {
  auto compress = to_cpp(context, given.compress);
  auto decompress = to_cpp(context, given.decompress);
  if (!compress.ok() || !decompress.ok()) {
    return compress.ok() ? decompress.status() : compress.status();
  }
  Cpp out;
  out.compress = std::move(*compress);
  out.decompress = std::move(*decompress);
  out.run = context.control();
  out.overwrite = given.overwrite != 0;
  out.remove_source = given.remove_source != 0;
  out.verify = given.verify != 0;
  out.keep_metadata = given.drop_metadata == 0;
  out.store_metadata = given.hide_metadata == 0;
  out.sync = given.no_sync == 0;
  return out;
}

/// The parts of compression options that an archive takes: of a tar in a stream format those of the
/// format.
Result<ArchiveCreateOptions> archive_options(kompakt_context& context,
                                             const kompakt_compress_options* options,
                                             const ArchiveTarget& target);

std::function<void(const BlockReport&)> block_callback(kompakt_context& context,
                                                       kompakt_block_callback callback, void* user);

/// What they point to is kept by `context`.
const kompakt_metadata* to_c(kompakt_context& context, const std::optional<WarpMetadata>& metadata);
/// `attributes` keep what the array points to.
const kompakt_attribute* to_c(kompakt_context& context,
                              const std::vector<std::pair<std::string, std::string>>& attributes);
/// The index goes to the context, and warnings to its callback.
kompakt_result to_c(kompakt_context& context, StreamResult&& result);

}  // namespace kompakt::c_api
