/// \file
/// Proof that an output decodes to what was read, before anything is deleted or named.
#pragma once

#include <optional>

#include "checksum/hasher.hpp"
#include "files.hpp"

namespace kompakt::cli {

/// Decodes all that was written to `output` and compares it with the input: byte by byte with a
/// file, which is read a second time; by size and `digest` (XXH3) with a pipe.
[[nodiscard]] Status verify_output(const Session& session, const Output& output, const Input& input,
                                   std::uint64_t size, const std::optional<Digest>& digest);

/// The same where the input is not at hand, but the hash and the size of what should come out are.
[[nodiscard]] Status verify_content(const Session& session, const Output& output,
                                    std::uint64_t size, std::uint64_t hash);

inline constexpr HashId kVerifyHash = HashId::kXxh3;

}  // namespace kompakt::cli
