/// \file
/// Asking the system for huge pages.
#pragma once

#include <cstddef>

namespace kompakt {

/// Asks for huge pages under [data, data + size) where that is worth a system call. A hint: memory
/// that is written for the first time then costs one page fault for each 2 MiB instead of 512.
void prefer_huge_pages(void* data, std::size_t size) noexcept;

}  // namespace kompakt
