// kompakt_writer.
#include "kompakt/writer.hpp"

#include "c_api/convert.hpp"
#include "c_api/ends.hpp"
#include "c_api/sized.hpp"

struct kompakt_writer {
  kompakt_context context;  // outlives the writer, whose threads call back through it
  std::shared_ptr<kompakt::c_api::SinkState> sink;
  std::unique_ptr<kompakt::Writer> writer;
  bool closed = false;
};

using namespace kompakt;
using namespace kompakt::c_api;

namespace {

Status check_open(const kompakt_writer& writer) {
  return writer.closed ? Status(Code::kInvalidArgument, "the writer is closed") : Status();
}

}  // namespace

kompakt_code kompakt_writer_open(kompakt_context* context, kompakt_sink* sink,
                                 const kompakt_compress_options* options, kompakt_writer** writer) {
  return open_object(context, writer, [&](kompakt_writer& object) -> Status {
    const auto open = open_sink(sink);
    const auto cpp = open.ok() ? to_cpp(object.context, options) : open.status();
    if (!cpp.ok()) {
      return cpp.status();
    }
    object.sink = sink->state;
    auto opened = Writer::open(**open, *cpp);
    if (opened.ok()) {
      object.writer = std::move(*opened);
    }
    return opened.status();
  });
}

kompakt_code kompakt_writer_open_file(kompakt_context* context, const char* path,
                                      const kompakt_compress_options* options, int overwrite,
                                      kompakt_writer** writer) {
  return open_object(context, writer, [&](kompakt_writer& object) -> Status {
    Status status = needed({{path, "path"}});
    const auto cpp = status.ok() ? to_cpp(object.context, options) : status;
    if (!cpp.ok()) {
      return cpp.status();
    }
    auto opened = Writer::open_file(path, *cpp, overwrite != 0);
    if (opened.ok()) {
      object.writer = std::move(*opened);
    }
    return opened.status();
  });
}

kompakt_code kompakt_writer_write(kompakt_writer* writer, const void* data, size_t size) {
  return call(writer != nullptr ? &writer->context : nullptr, [&]() -> Status {
    if (Status status = check_open(*writer); !status.ok()) {
      return status;
    }
    if (data == nullptr && size != 0) {
      return {Code::kInvalidArgument, "data is NULL, its size is not"};
    }
    return writer->writer->write({static_cast<const std::byte*>(data), size});
  });
}

uint64_t kompakt_writer_tell(const kompakt_writer* writer) {
  return writer != nullptr ? writer->writer->position() : KOMPAKT_UNKNOWN;
}

kompakt_code kompakt_writer_close(kompakt_writer* writer, kompakt_result* result) {
  return call(writer != nullptr ? &writer->context : nullptr, [&]() -> Status {
    Status status = check_open(*writer);
    if (status.ok()) {
      status = check_result(result);
    }
    if (!status.ok()) {
      return status;
    }
    writer->closed = true;
    auto done = writer->writer->close();
    if (done.ok()) {
      fill(result, to_c(writer->context, std::move(*done)));
    }
    return done.status();
  });
}

kompakt_context* kompakt_writer_context(kompakt_writer* writer) {
  return writer != nullptr ? &writer->context : nullptr;
}

void kompakt_writer_free(kompakt_writer* writer) { delete writer; }
