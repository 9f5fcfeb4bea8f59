/// \file
/// What the stock tools do to their list of inputs.
#pragma once

#include "kompakt/request.hpp"

namespace kompakt::cli {

/// -r: puts the files below every directory in its place, in the order of their names. With
/// `suffixes_matter`, files that would be skipped for their suffix are left out.
void expand_directories(Request& request, bool suffixes_matter);

/// Decompressing NAME where there is none: NAME.gz and its like, the first of `suffixes` that is
/// there.
void complete_names(const World& world, Request& request,
                    std::span<const std::string_view> suffixes);

}  // namespace kompakt::cli
