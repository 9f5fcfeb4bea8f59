/// \file
/// Text with its frequent words replaced by codes of one to three bytes, and capital letters by
/// flags. The dictionary is the text's own and stands in front, to be compressed with the rest.
///
/// After the word replacing transforms (WRT) of Skibinski, Grabowski and Deorowicz, "Revisiting
/// dictionary-based compression" (2005): flags for capitals, codes whose bytes tell by themselves
/// how long a code is. Spaces stay: leaving them out was measured to lose
/// (docs/decisions/0011-transforms.md).
///
/// Form: varints (7 bits a byte, low bits first, high bit: more) and bytes.
///
///     size of the text                varint
///     escape, first, all              three byte values, different from each other
///     code bytes                      32 bytes: a bitmap, bit b % 8 of byte b / 8 for byte value b
///     middles, leads                  two bytes: how many of the code bytes, from the greatest
///     down,
///                                     are first of three (leads) and second of three (middles)
///     words                           varint: their number
///     each word                       a byte: how many bytes it shares with the word before; how
///                                     many follow; these
///     text                            to the end
///
/// A code is LAST, MIDDLE LAST or LEAD MIDDLE LAST, the words being numbered in this order with
/// LAST running fastest: every code ends with a byte that nothing else ends with. In the text,
/// `first` says that the next letter, or that of the next code's word, is a capital; `all` that all
/// letters up to the end of the word are; `escape` that the next byte stands for itself. A word is
/// a run of ASCII letters and of bytes from 0x80 up; words of the dictionary have no ASCII
/// capitals.
#pragma once

#include <cstddef>
#include <vector>

#include "kompakt/bytes.hpp"
#include "kompakt/status.hpp"

namespace kompakt {

/// Appends the transformed `text` to `out`. Returns false, with `out` as it was, where the text
/// does not become shorter by an eighth at least, or is empty or 4 GiB and larger.
[[nodiscard]] bool encode_words(ByteSpan text, std::vector<std::byte>& out);

/// Writes the text to the start of `out` and returns its size. `encoded` may be anything:
/// kTruncated where it ends too early, kCorrupt where it contradicts itself, kLimitExceeded where
/// `out` is too small for the size it tells. Takes up to 3 MiB for the dictionary.
[[nodiscard]] Result<std::size_t> decode_words(ByteSpan encoded, MutableByteSpan out);

}  // namespace kompakt
