/// \file
/// From the C API's archive options to those of C++, and from members and results back.
#pragma once

#include <string>

#include "c_api/context.hpp"
#include "kompakt/archive.hpp"

namespace kompakt::c_api {

/// A kompakt_entry and what it points to.
class EntryTexts {
 public:
  explicit EntryTexts(const Entry& entry);
  [[nodiscard]] const kompakt_entry* get() const noexcept { return &parts_->out; }

 private:
  struct Parts {
    Entry entry;
    std::vector<kompakt_attribute> xattrs;
    kompakt_entry out{};
  };
  // In one place, so that the pointers stay right when this object moves.
  std::shared_ptr<Parts> parts_;
};

/// For members that a program puts together.
Result<Entry> to_cpp(const kompakt_entry* entry);

/// `path` tells the type where options->type does not; empty: .warp then.
struct CreateOptions {
  ArchiveCreateOptions archive;
  bool overwrite = false;
  bool sync = true;
};
Result<CreateOptions> to_cpp(kompakt_context& context, const kompakt_create_options* options,
                             const std::string& path);
/// `index`, where there is one, is lent: it must outlive the result.
Result<ArchiveReadOptions> to_cpp(kompakt_context& context, const kompakt_archive_options* options);
Result<ArchiveExtractOptions> to_cpp(kompakt_context& context,
                                     const kompakt_extract_options* options);
/// The index is not in here: its has_index is the caller's.
kompakt_archive_result to_c(kompakt_context& context, const ArchiveResult& result);

}  // namespace kompakt::c_api
