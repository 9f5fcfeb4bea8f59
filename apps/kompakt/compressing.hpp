/// \file
/// What the verbs that write compressed data share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "files.hpp"
#include "kompakt/stream.hpp"

namespace kompakt::cli {

/// kInvalidArgument where compressed data would go to a terminal and nobody insists on it.
[[nodiscard]] Status check_packed_output(const Session& session, const std::string& path);

/// Output::open(), once it is clear that `input` can be removed where that is asked for.
[[nodiscard]] Result<Output> open_removing_output(const Session& session, const std::string& path,
                                                  const Input& input);

/// Of --solid: the block for content of `size` bytes, or of unknown size.
[[nodiscard]] std::size_t solid_block(std::optional<std::uint64_t> size);

/// What the request says of the output, without anybody looking on.
[[nodiscard]] CompressOptions compress_options(const Session& session);

/// SOURCE_DATE_EPOCH, where it is set to a number.
[[nodiscard]] std::optional<std::int64_t> source_date_epoch(const World& world);

/// Lets the output remember the file it is made from: its base name and what `metadata` says, as
/// far as the format has places for it. No time after SOURCE_DATE_EPOCH.
void remember(const Session& session, std::string name, const FileMetadata& metadata,
              CompressOptions& options);

}  // namespace kompakt::cli
