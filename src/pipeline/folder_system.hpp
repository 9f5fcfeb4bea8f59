/// \file
/// The folder calls with the operating system injected, for the command-line tool and for tests.
#pragma once

#include <string>

#include "io/system.hpp"
#include "kompakt/folder.hpp"
#include "pipeline/file_coder.hpp"

namespace kompakt {

/// compress_in_place() or decompress_in_place(), by `kind`.
[[nodiscard]] Result<FolderResult> code_in_place(const System& system,
                                                 const TreeSelection& selection,
                                                 FileTask::Kind kind,
                                                 const InPlaceOptions& options);

/// compress_folder() or decompress_folder(), by `kind`.
[[nodiscard]] Result<FolderResult> code_folder(const System& system, FileTask::Kind kind,
                                               const std::string& input, const std::string& output,
                                               const FolderOptions& options);

}  // namespace kompakt
