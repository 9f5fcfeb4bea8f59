/// \file
/// The writers of .zst. Each checks the settings that are its own; make_encoder() the common ones.
#pragma once

#include <memory>

#include "format/format.hpp"
#include "format/zstd/library.hpp"

namespace kompakt::zstd {

inline constexpr int kDefaultLevel = 3;

/// Settings as the writers use them.
struct Wishes {
  int level = kDefaultLevel;
  bool checksum = true;
  std::size_t part_size = 0;  ///< asked for; 0: the writer's own choice
  int window_log = 0;         ///< long-distance matching over such a window; 0: not asked for
  Dictionary dictionary;
};

/// What the settings ask for, or kInvalidArgument.
[[nodiscard]] Result<Wishes> check_wishes(const EncodeSettings& settings);
/// Makes a context ready for one frame of all content; `content_size` where it is known.
[[nodiscard]] Status configure_stream(ZSTD_CCtx* context, const Wishes& wishes,
                                      std::optional<std::uint64_t> content_size);
/// Bytes that such a context holds.
[[nodiscard]] std::uint64_t stream_memory(const Wishes& wishes);

/// How one frame is cut into parts that are coded side by side.
struct FramePlan {
  ZSTD_compressionParameters parameters{};
  std::size_t part_size = 0;
  std::size_t overlap = 0;  ///< content before a part that its matches may refer to
};
[[nodiscard]] FramePlan plan_frame(const Wishes& wishes, std::optional<std::uint64_t> content_size);

/// Whether the linked library lets parts of one frame be coded without repeated offsets from
/// before the part.
[[nodiscard]] bool can_stitch_parts() noexcept;
/// One frame from parts that our workers code.
[[nodiscard]] Result<std::unique_ptr<StagedJob>> make_frame_writer(Source& source, Sink& sink,
                                                                   const Wishes& wishes);
/// One frame from one context.
[[nodiscard]] Result<std::unique_ptr<StagedJob>> make_stream_writer(Source& source, Sink& sink,
                                                                    const Wishes& wishes);
/// Many frames and a seek table.
[[nodiscard]] Result<std::unique_ptr<StagedJob>> make_seekable_writer(Source& source, Sink& sink,
                                                                      const Wishes& wishes);

/// A writer for `settings`, or kInvalidArgument.
[[nodiscard]] Result<std::unique_ptr<StagedJob>> make_encoder(Source& source, Sink& sink,
                                                              const EncodeSettings& settings);

}  // namespace kompakt::zstd
