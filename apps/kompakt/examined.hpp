/// \file
/// Inputs that are looked at in more than one place.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "files.hpp"
#include "kompakt/archive.hpp"

namespace kompakt::cli {

/// A compressed input that can be read at any place: what comes from a pipe is first copied to an
/// unnamed file in TMPDIR.
class Examined {
 public:
  /// Failures have been reported when this returns.
  Examined(const Session& session, const std::string& name);

  /// Nothing below may be asked for otherwise.
  [[nodiscard]] bool ok() const noexcept { return source_ != nullptr; }
  [[nodiscard]] Exit code() const noexcept { return code_; }
  [[nodiscard]] const Input& input() const { return *opening_.input; }
  [[nodiscard]] Source& source() const { return *source_; }
  /// FILE.kidx beside the input, where there is one and it belongs to it. Of any other a warning is
  /// given, once, and `code` raised to it.
  [[nodiscard]] const std::optional<ArchiveIndex>& index(const Session& session, Exit& code);

 private:
  Status copy(const Session& session);

  Opening opening_;
  Descriptor copy_;
  std::unique_ptr<Source> copied_;
  Source* source_ = nullptr;  // of the input or of its copy
  Exit code_ = Exit::kOk;
  std::optional<ArchiveIndex> index_;
  bool index_read_ = false;
  Exit index_code_ = Exit::kOk;
};

}  // namespace kompakt::cli
