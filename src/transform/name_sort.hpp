/// \file
/// Sorting of the rotations of a sequence of names: the inner levels of suffix_sort.
#pragma once

#include <cstdint>
#include <span>

namespace kompakt {

/// Names are places among the sorted: every name is the place where the rotations that begin with
/// it start (0, or the number of smaller names in the sequence). Sorts the rotations of `names` (2
/// to 2^30 of them, not a repetition of a shorter sequence) into `places`: the starts in order.
/// heads[name] is the last of the places of that name, for each name in use; the rest of `heads` is
/// room to work in. All three have the same size; names and heads are lost.
void sort_names(std::span<std::uint32_t> names, std::span<std::uint32_t> places,
                std::span<std::uint32_t> heads);

}  // namespace kompakt
