// kompakt_reader.
#include "kompakt/reader.hpp"

#include "c_api/convert.hpp"
#include "c_api/ends.hpp"
#include "c_api/sized.hpp"

struct kompakt_reader {
  kompakt_context context;  // outlives the reader, whose threads call back through it
  std::unique_ptr<kompakt::Reader> reader;
};

using namespace kompakt;
using namespace kompakt::c_api;

namespace {

constexpr kompakt_reader_options kReaderDefaults = KOMPAKT_READER_OPTIONS_INIT;

Result<ReaderOptions> to_cpp(kompakt_context& context, const kompakt_reader_options* options) {
  const auto given = sized(options, kReaderDefaults);
  if (!given.ok()) {
    return given.status();
  }
  auto decompress = c_api::to_cpp(context, given->decompress);
  if (!decompress.ok()) {
    return decompress.status();
  }
  ReaderOptions out;
  out.decompress = std::move(*decompress);
  if (given->index != nullptr) {
    out.index = given->index->content.index;
  }
  if (given->read_ahead != 0) {
    out.read_ahead = given->read_ahead;
  }
  if (given->cache_size != 0) {
    out.cache_size = given->cache_size;
  }
  return out;
}

/// read() or read_some().
template <typename Read>
kompakt_code read_call(kompakt_reader* reader, void* buffer, size_t size, size_t* got,
                       const Read& read) noexcept {
  if (got != nullptr) {
    *got = 0;
  }
  return call(reader != nullptr ? &reader->context : nullptr, [&]() -> Status {
    if (Status status = needed({{got, "got"}}); !status.ok()) {
      return status;
    }
    if (buffer == nullptr && size != 0) {
      return {Code::kInvalidArgument, "buffer is NULL, its size is not"};
    }
    const auto done = read(MutableByteSpan(static_cast<std::byte*>(buffer), size));
    *got = done.ok() ? *done : 0;
    return done.status();
  });
}

}  // namespace

kompakt_code kompakt_reader_open(kompakt_context* context, kompakt_source* source,
                                 const kompakt_reader_options* options, kompakt_reader** reader) {
  return open_object(context, reader, [&](kompakt_reader& object) -> Status {
    Status status = needed({{source, "source"}});
    auto cpp = status.ok() ? to_cpp(object.context, options) : status;
    if (!cpp.ok()) {
      return cpp.status();
    }
    auto opened = Reader::open(std::make_unique<SharedSource>(source->source), std::move(*cpp));
    if (opened.ok()) {
      object.reader = std::move(*opened);
    }
    return opened.status();
  });
}

kompakt_code kompakt_reader_open_file(kompakt_context* context, const char* path,
                                      const kompakt_reader_options* options,
                                      kompakt_reader** reader) {
  return open_object(context, reader, [&](kompakt_reader& object) -> Status {
    Status status = needed({{path, "path"}});
    auto cpp = status.ok() ? to_cpp(object.context, options) : status;
    if (!cpp.ok()) {
      return cpp.status();
    }
    auto opened = Reader::open_file(path, std::move(*cpp));
    if (opened.ok()) {
      object.reader = std::move(*opened);
    }
    return opened.status();
  });
}

kompakt_code kompakt_reader_read(kompakt_reader* reader, void* buffer, size_t size, size_t* got) {
  return read_call(reader, buffer, size, got,
                   [&](MutableByteSpan out) { return reader->reader->read(out); });
}

kompakt_code kompakt_reader_read_some(kompakt_reader* reader, void* buffer, size_t size,
                                      size_t* got) {
  return read_call(reader, buffer, size, got,
                   [&](MutableByteSpan out) { return reader->reader->read_some(out); });
}

kompakt_code kompakt_reader_seek(kompakt_reader* reader, uint64_t offset) {
  return call(reader != nullptr ? &reader->context : nullptr,
              [&] { return reader->reader->seek(offset); });
}

uint64_t kompakt_reader_tell(const kompakt_reader* reader) {
  return reader != nullptr ? reader->reader->position() : KOMPAKT_UNKNOWN;
}

kompakt_code kompakt_reader_size(kompakt_reader* reader, uint64_t* bytes) {
  return call(reader != nullptr ? &reader->context : nullptr, [&]() -> Status {
    if (Status status = needed({{bytes, "bytes"}}); !status.ok()) {
      return status;
    }
    const auto size = reader->reader->content_size();
    *bytes = size.ok() ? *size : KOMPAKT_UNKNOWN;
    return size.status();
  });
}

kompakt_code kompakt_reader_read_at(kompakt_reader* reader, kompakt_context* context,
                                    uint64_t offset, kompakt_buffer* into) {
  const auto read = [&]() -> Status {
    Status status = needed({{reader, "reader"}, {into, "into"}});
    if (status.ok() && into->data == nullptr && into->capacity != 0) {
      status = {Code::kInvalidArgument, "into->data is NULL, its capacity is not"};
    }
    if (!status.ok()) {
      return status;
    }
    const auto got =
        reader->reader->read_at(offset, {static_cast<std::byte*>(into->data), into->capacity});
    into->size = got.ok() ? *got : 0;
    return got.status();
  };
  return context != nullptr ? call(context, read) : plain_call(read);
}

int kompakt_reader_random_access(const kompakt_reader* reader) {
  return reader != nullptr && reader->reader->random_access() ? 1 : 0;
}

int32_t kompakt_reader_format(const kompakt_reader* reader) {
  return reader != nullptr ? static_cast<std::int32_t>(reader->reader->format())
                           : KOMPAKT_FORMAT_AUTO;
}

kompakt_code kompakt_reader_result(kompakt_reader* reader, kompakt_result* result) {
  return call(reader != nullptr ? &reader->context : nullptr, [&]() -> Status {
    Status status = needed({{result, "result"}});
    if (status.ok()) {
      status = check_result(result);
    }
    if (!status.ok()) {
      return status;
    }
    const StreamResult* found = reader->reader->result();
    if (found == nullptr) {
      return {Code::kInvalidArgument, "the reader is not at the end of the content"};
    }
    fill(result, to_c(reader->context, StreamResult(*found)));
    return {};
  });
}

kompakt_context* kompakt_reader_context(kompakt_reader* reader) {
  return reader != nullptr ? &reader->context : nullptr;
}

void kompakt_reader_free(kompakt_reader* reader) { delete reader; }
