/// \file
/// The wrappers a DEFLATE stream comes in, shared by the codec's parts.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>

#include "kompakt/codec.hpp"

namespace kompakt::deflate {

/// Values are frozen: the codec's parameter byte holds them.
enum class Framing : std::uint8_t { kRaw = 0, kZlib = 1, kGzip = 2 };

inline constexpr std::array<std::string_view, 3> kFramingNames = {"raw", "zlib", "gzip"};

/// A streaming encoder of zlib's; `level` above 9 means 9.
[[nodiscard]] Result<std::unique_ptr<StreamCoder>> make_stream_encoder(Framing framing, int level);
/// A streaming decoder; it stops after one stream or gzip member.
[[nodiscard]] Result<std::unique_ptr<StreamCoder>> make_stream_decoder(Framing framing);

/// Bytes that each of the two holds.
inline constexpr std::uint64_t kStreamEncoderMemory = 272 * kKiB;
inline constexpr std::uint64_t kStreamDecoderMemory = 96 * kKiB;

}  // namespace kompakt::deflate
