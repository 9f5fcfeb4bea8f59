/// \file
/// Which files to lay next to each other so that they compress well together.
#pragma once

#include <cstdint>
#include <vector>

#include "archive/warp/member_store.hpp"

namespace kompakt {

/// `files` (indices into `members`) in the order in which to lay their content. Depends on the
/// paths only.
///
/// Neighbours in a tree resemble each other more than files of one kind from all over it, so the
/// order of paths is kept, but for names that come again and again: parallel folders
/// ("*/LC_MESSAGES/tool.mo", "*/include/asm/irq.h") and names with a meaning ("Makefile",
/// "copyright"), which resemble each other across folders, and for files whose names say that they
/// are compressed already, which only would fill the window.
[[nodiscard]] std::vector<std::uint32_t> similar_order(const MemberStore& members,
                                                       std::vector<std::uint32_t> files);

}  // namespace kompakt
