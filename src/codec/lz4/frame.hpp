/// \file
/// The standard LZ4 frame, in one shot and as a stream.
#pragma once

#include <memory>

#include "kompakt/codec.hpp"

namespace kompakt::lz4 {

/// Besides the match finder: a frame block being collected, and an encoded one being given out.
inline constexpr std::uint64_t kFrameEncoderMemory = 9 * kMiB;
/// A frame block being collected and a decoded one with its 64 KiB of history, twice.
inline constexpr std::uint64_t kFrameDecoderMemory = 9 * kMiB;

/// `level` is the frame library's: 1-2 fast, 3-12 HC, negative for acceleration.
[[nodiscard]] Result<std::unique_ptr<Encoder>> make_frame_encoder(int level);
/// Reads concatenated and skippable frames.
[[nodiscard]] Result<std::unique_ptr<Decoder>> make_frame_decoder(const Limits& limits);
/// `checksum`: of the content, at the frame's end.
[[nodiscard]] Result<std::unique_ptr<StreamCoder>> make_frame_stream_encoder(int level,
                                                                             bool checksum);
/// Stops after one frame.
[[nodiscard]] Result<std::unique_ptr<StreamCoder>> make_frame_stream_decoder(const Limits& limits);

}  // namespace kompakt::lz4
