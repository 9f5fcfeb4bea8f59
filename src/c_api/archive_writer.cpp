// kompakt_archive_writer.
#include "c_api/archive_convert.hpp"
#include "c_api/convert.hpp"
#include "c_api/ends.hpp"
#include "c_api/sized.hpp"
#include "kompakt/archive_file.hpp"

struct kompakt_archive_writer {
  kompakt_context context;  // outlives the writer, which calls back through it
  std::shared_ptr<kompakt::c_api::SinkState> sink;
  std::unique_ptr<kompakt::ArchiveWriter> writer;
  bool closed = false;
};

using namespace kompakt;
using namespace kompakt::c_api;

namespace {

/// A call on a writer that is not closed.
template <typename Body>
kompakt_code open_call(kompakt_archive_writer* writer, const Body& body) noexcept {
  return call(writer != nullptr ? &writer->context : nullptr, [&]() -> Status {
    return writer->closed ? Status(Code::kInvalidArgument, "the archive is closed") : body();
  });
}

}  // namespace

kompakt_code kompakt_archive_writer_open(kompakt_context* context, kompakt_sink* sink,
                                         const kompakt_create_options* options,
                                         kompakt_archive_writer** writer) {
  return open_object(context, writer, [&](kompakt_archive_writer& object) -> Status {
    const auto open = open_sink(sink);
    const auto cpp = open.ok() ? to_cpp(object.context, options, std::string()) : open.status();
    if (!cpp.ok()) {
      return cpp.status();
    }
    object.sink = sink->state;
    auto opened = ArchiveWriter::open(**open, cpp->archive);
    if (opened.ok()) {
      object.writer = std::move(*opened);
    }
    return opened.status();
  });
}

kompakt_code kompakt_archive_writer_open_file(kompakt_context* context, const char* path,
                                              const kompakt_create_options* options,
                                              kompakt_archive_writer** writer) {
  return open_object(context, writer, [&](kompakt_archive_writer& object) -> Status {
    Status status = needed({{path, "path"}});
    auto cpp = status.ok() ? to_cpp(object.context, options, path) : status;
    if (!cpp.ok()) {
      return cpp.status();
    }
    auto opened = ArchiveWriter::open_file(path, std::move(cpp->archive), cpp->overwrite);
    if (opened.ok()) {
      object.writer = std::move(*opened);
    }
    return opened.status();
  });
}

kompakt_code kompakt_archive_writer_add_tree(kompakt_archive_writer* writer,
                                             const kompakt_selection* selection) {
  return open_call(writer, [&]() -> Status {
    const auto files = to_cpp(selection);
    return files.ok() ? writer->writer->add_tree(*files) : files.status();
  });
}

kompakt_code kompakt_archive_writer_add_path(kompakt_archive_writer* writer, const char* path,
                                             const char* member) {
  return open_call(writer, [&]() -> Status {
    Status status = needed({{path, "path"}, {member, "member"}});
    return status.ok() ? writer->writer->add(path, member) : status;
  });
}

kompakt_code kompakt_archive_writer_add_memory(kompakt_archive_writer* writer,
                                               const kompakt_entry* entry, const void* data,
                                               size_t size) {
  return open_call(writer, [&]() -> Status {
    if (data == nullptr && size != 0) {
      return {Code::kInvalidArgument, "data is NULL, its size is not"};
    }
    const auto cpp = to_cpp(entry);
    return cpp.ok() ? writer->writer->add(*cpp, ByteSpan(static_cast<const std::byte*>(data), size))
                    : cpp.status();
  });
}

kompakt_code kompakt_archive_writer_add_source(kompakt_archive_writer* writer,
                                               const kompakt_entry* entry, kompakt_source* source) {
  return open_call(writer, [&]() -> Status {
    Status status = needed({{source, "source"}});
    const auto cpp = status.ok() ? to_cpp(entry) : status;
    if (!cpp.ok()) {
      return cpp.status();
    }
    SharedSource view(source->source);
    return writer->writer->add(*cpp, view);
  });
}

kompakt_code kompakt_archive_writer_close(kompakt_archive_writer* writer,
                                          kompakt_archive_result* result) {
  return open_call(writer, [&]() -> Status {
    if (Status status = check_result(result); !status.ok()) {
      return status;
    }
    writer->closed = true;
    const auto done = writer->writer->close();
    if (done.ok()) {
      fill(result, to_c(writer->context, *done));
    }
    return done.status();
  });
}

kompakt_context* kompakt_archive_writer_context(kompakt_archive_writer* writer) {
  return writer != nullptr ? &writer->context : nullptr;
}

void kompakt_archive_writer_free(kompakt_archive_writer* writer) { delete writer; }
