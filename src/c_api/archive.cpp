// Archives, one call for one operation.
#include "kompakt/archive.hpp"

#include <sys/stat.h>

#include "c_api/archive_convert.hpp"
#include "c_api/convert.hpp"
#include "c_api/ends.hpp"
#include "c_api/sized.hpp"

namespace kompakt::c_api {
namespace {

/// Runs `work` over an archive that is read.
template <typename Work>
kompakt_code read_call(kompakt_context* context, kompakt_source* source,
                       kompakt_archive_result* result, const Work& work) noexcept {
  return call(context, [&]() -> Status {
    Status status = needed({{source, "source"}});
    if (status.ok()) {
      status = check_result(result);
    }
    if (!status.ok()) {
      return status;
    }
    SharedSource view(source->source);
    const Result<ArchiveResult> done = work(view);
    if (done.ok()) {
      fill(result, to_c(*context, *done));
    }
    return done.status();
  });
}

/// The archive itself, should it be there already and lie in the tree.
void leave_out(const std::string& path, ArchiveCreateOptions& options) {
  struct stat found {};
  if (::stat(path.c_str(), &found) == 0) {
    options.skip.emplace_back(found.st_dev, found.st_ino);
  }
}

Result<ArchiveResult> create_file(const TreeSelection& selection, const std::string& path,
                                  CreateOptions options) {
  leave_out(path, options.archive);
  auto file = OutputFile::create(path, {.overwrite = options.overwrite, .sync = options.sync});
  if (!file.ok()) {
    return file.status();
  }
  auto done = create_archive(selection, (*file)->sink(), options.archive);
  if (!done.ok()) {
    return done;
  }
  // What cancelled it just now should find no archive.
  if (options.archive.run.cancel->cancelled()) {
    return Status(Code::kCancelled, "cancelled");
  }
  if (Status committed = (*file)->commit(); !committed.ok()) {
    return committed;
  }
  return done;
}

}  // namespace
}  // namespace kompakt::c_api

using namespace kompakt;
using namespace kompakt::c_api;

kompakt_code kompakt_archive_type(kompakt_context* context, const char* path, const char** type) {
  return call(context, [&]() -> Status {
    if (Status status = needed({{path, "path"}, {type, "type"}}); !status.ok()) {
      return status;
    }
    const auto target = archive_target(path);
    *type = target ? context->kept.text(target_name(*target)) : nullptr;
    return target ? Status() : Status(Code::kInvalidArgument, "the name is of no archive type");
  });
}

kompakt_code kompakt_archive_create(kompakt_context* context, const kompakt_selection* selection,
                                    kompakt_sink* sink, const kompakt_create_options* options,
                                    kompakt_archive_result* result) {
  return call(context, [&]() -> Status {
    Status status = check_result(result);
    const auto open = status.ok() ? open_sink(sink) : status;
    const auto files = open.ok() ? to_cpp(selection) : open.status();
    const auto cpp = files.ok() ? to_cpp(*context, options, std::string()) : files.status();
    if (!cpp.ok()) {
      return cpp.status();
    }
    const auto done = create_archive(*files, **open, cpp->archive);
    if (done.ok()) {
      fill(result, to_c(*context, *done));
    }
    return done.status();
  });
}

kompakt_code kompakt_archive_create_file(kompakt_context* context,
                                         const kompakt_selection* selection, const char* path,
                                         const kompakt_create_options* options,
                                         kompakt_archive_result* result) {
  return call(context, [&]() -> Status {
    Status status = needed({{path, "path"}});
    if (status.ok()) {
      status = check_result(result);
    }
    const auto files = status.ok() ? to_cpp(selection) : status;
    auto cpp = files.ok() ? to_cpp(*context, options, path) : files.status();
    if (!cpp.ok()) {
      return cpp.status();
    }
    const auto done = create_file(*files, path, std::move(*cpp));
    if (done.ok()) {
      fill(result, to_c(*context, *done));
    }
    return done.status();
  });
}

kompakt_code kompakt_archive_detect(kompakt_context* context, kompakt_source* source,
                                    const kompakt_archive_options* options, const char** type) {
  return call(context, [&]() -> Status {
    Status status = needed({{source, "source"}, {type, "type"}});
    const auto cpp = status.ok() ? to_cpp(*context, options) : status;
    if (!cpp.ok()) {
      return cpp.status();
    }
    SharedSource view(source->source);
    const auto found = detect_archive(view, *cpp);
    *type = nullptr;
    if (found.ok() && *found) {
      const bool other = (*found)->kind == ArchiveKind::kOther;
      *type = other ? "other" : context->kept.text(target_name(**found));
    }
    return found.status();
  });
}

kompakt_code kompakt_archive_list(kompakt_context* context, kompakt_source* source,
                                  const kompakt_archive_options* options,
                                  kompakt_archive_result* result) {
  return call(context, [&]() -> Status {
    Status status = needed({{source, "source"}});
    if (status.ok()) {
      status = check_result(result);
    }
    const auto cpp = status.ok() ? to_cpp(*context, options) : status;
    if (!cpp.ok()) {
      return cpp.status();
    }
    SharedSource view(source->source);
    auto done = list_archive(view, *cpp, cpp->decode.index_spacing != 0);
    if (!done.ok()) {
      return done.status();
    }
    kompakt_archive_result out = to_c(*context, *done);
    context->index.reset();
    if (done->index || done->table) {
      out.has_index = 1;
      context->index =
          ArchiveIndex{.index = std::move(done->index), .table = std::move(done->table)};
    }
    fill(result, out);
    return {};
  });
}

kompakt_code kompakt_archive_test(kompakt_context* context, kompakt_source* source,
                                  const kompakt_archive_options* options,
                                  kompakt_archive_result* result) {
  return read_call(context, source, result, [&](Source& archive) -> Result<ArchiveResult> {
    const auto cpp = to_cpp(*context, options);
    return cpp.ok() ? test_archive(archive, *cpp) : cpp.status();
  });
}

kompakt_code kompakt_archive_extract(kompakt_context* context, kompakt_source* source,
                                     const kompakt_extract_options* options,
                                     kompakt_archive_result* result) {
  return read_call(context, source, result, [&](Source& archive) -> Result<ArchiveResult> {
    const auto cpp = to_cpp(*context, options);
    return cpp.ok() ? extract_archive(archive, *cpp) : cpp.status();
  });
}

kompakt_code kompakt_archive_read(kompakt_context* context, kompakt_source* source,
                                  kompakt_sink* sink, const kompakt_archive_options* options,
                                  kompakt_archive_result* result) {
  return read_call(context, source, result, [&](Source& archive) -> Result<ArchiveResult> {
    const auto open = open_sink(sink);
    const auto cpp = open.ok() ? to_cpp(*context, options) : open.status();
    return cpp.ok() ? extract_members(archive, **open, *cpp) : cpp.status();
  });
}
