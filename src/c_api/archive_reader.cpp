// kompakt_archive_reader.
#include "c_api/archive_convert.hpp"
#include "c_api/convert.hpp"
#include "c_api/ends.hpp"
#include "c_api/sized.hpp"
#include "kompakt/archive_file.hpp"

struct kompakt_archive_reader {
  kompakt_context context;  // outlives the reader, which calls back through it
  std::unique_ptr<kompakt::ArchiveReader> reader;
  std::optional<std::vector<kompakt::Entry>> entries;
};

using namespace kompakt;
using namespace kompakt::c_api;

namespace {

kompakt_context* context_of(kompakt_archive_reader* reader) {
  return reader != nullptr ? &reader->context : nullptr;
}

Status load_entries(kompakt_archive_reader& reader) {
  if (!reader.entries) {
    auto entries = reader.reader->entries();
    if (!entries.ok()) {
      return entries.status();
    }
    reader.entries = std::move(*entries);
  }
  return {};
}

template <typename Open>
kompakt_code open_reader(kompakt_context* context, Argument where,
                         const kompakt_archive_options* options, kompakt_archive_reader** reader,
                         const Open& open) noexcept {
  return open_object(context, reader, [&](kompakt_archive_reader& object) -> Status {
    Status status = needed({where});
    const auto cpp = status.ok() ? to_cpp(object.context, options) : status;
    if (!cpp.ok()) {
      return cpp.status();
    }
    Result<std::unique_ptr<ArchiveReader>> opened = open(*cpp);
    if (opened.ok()) {
      object.reader = std::move(*opened);
    }
    return opened.status();
  });
}

}  // namespace

kompakt_code kompakt_archive_reader_open(kompakt_context* context, kompakt_source* source,
                                         const kompakt_archive_options* options,
                                         kompakt_archive_reader** reader) {
  return open_reader(
      context, {source, "source"}, options, reader, [&](const ArchiveReadOptions& cpp) {
        return ArchiveReader::open(std::make_unique<SharedSource>(source->source), cpp);
      });
}

kompakt_code kompakt_archive_reader_open_file(kompakt_context* context, const char* path,
                                              const kompakt_archive_options* options,
                                              kompakt_archive_reader** reader) {
  return open_reader(context, {path, "path"}, options, reader, [&](const ArchiveReadOptions& cpp) {
    return ArchiveReader::open_file(path, cpp);
  });
}

const char* kompakt_archive_reader_type(const kompakt_archive_reader* reader) {
  return reader != nullptr ? reader->reader->format_name().c_str() : "";
}

kompakt_code kompakt_archive_reader_count(kompakt_archive_reader* reader, size_t* count) {
  return call(context_of(reader), [&]() -> Status {
    Status status = needed({{count, "count"}});
    if (status.ok()) {
      status = load_entries(*reader);
    }
    if (status.ok()) {
      *count = reader->entries->size();
    }
    return status;
  });
}

kompakt_code kompakt_archive_reader_damage(kompakt_archive_reader* reader) {
  return call(context_of(reader), [&]() -> Status {
    Status status = load_entries(*reader);
    return status.ok() ? reader->reader->damage() : status;
  });
}

kompakt_code kompakt_archive_reader_entry(kompakt_archive_reader* reader, size_t number,
                                          kompakt_entry* entry) {
  return call(context_of(reader), [&]() -> Status {
    Status status = needed({{entry, "entry"}});
    if (status.ok()) {
      status = check_result(entry);
    }
    if (status.ok()) {
      status = load_entries(*reader);
    }
    if (!status.ok()) {
      return status;
    }
    if (number >= reader->entries->size()) {
      return {Code::kInvalidArgument, "the archive has no member of that number"};
    }
    const auto* kept = reader->context.kept.keep(EntryTexts((*reader->entries)[number]));
    fill(entry, *kept->get());
    return {};
  });
}

kompakt_code kompakt_archive_reader_read(kompakt_archive_reader* reader, const char* path,
                                         kompakt_buffer* out) {
  return call(context_of(reader), [&]() -> Status {
    if (Status status = needed({{path, "path"}, {out, "out"}}); !status.ok()) {
      return status;
    }
    *out = {};
    HeapSink sink;
    Status status = reader->reader->read(path, sink);
    if (status.ok()) {
      *out = sink.take();
    }
    return status;
  });
}

kompakt_code kompakt_archive_reader_read_to(kompakt_archive_reader* reader, const char* path,
                                            kompakt_sink* sink) {
  return call(context_of(reader), [&]() -> Status {
    if (Status status = needed({{path, "path"}}); !status.ok()) {
      return status;
    }
    const auto open = open_sink(sink);
    return open.ok() ? reader->reader->read(path, **open) : open.status();
  });
}

kompakt_code kompakt_archive_reader_extract(kompakt_archive_reader* reader,
                                            const kompakt_extract_options* options,
                                            kompakt_archive_result* result) {
  return call(context_of(reader), [&]() -> Status {
    Status status = check_result(result);
    const auto cpp = status.ok() ? to_cpp(reader->context, options) : status;
    if (!cpp.ok()) {
      return cpp.status();
    }
    const auto done = reader->reader->extract(*cpp);
    if (done.ok()) {
      fill(result, to_c(reader->context, *done));
    }
    return done.status();
  });
}

kompakt_code kompakt_archive_reader_test(kompakt_archive_reader* reader,
                                         kompakt_archive_result* result) {
  return call(context_of(reader), [&]() -> Status {
    if (Status status = check_result(result); !status.ok()) {
      return status;
    }
    const auto done = reader->reader->test();
    if (done.ok()) {
      fill(result, to_c(reader->context, *done));
    }
    return done.status();
  });
}

kompakt_context* kompakt_archive_reader_context(kompakt_archive_reader* reader) {
  return context_of(reader);
}

void kompakt_archive_reader_free(kompakt_archive_reader* reader) { delete reader; }
