#include "c_api/ends.hpp"

#include "kompakt/memory.hpp"

namespace kompakt::c_api {
namespace {

kompakt_code make_source(kompakt_context* context, kompakt_source** out, auto&& open) noexcept {
  return call(context, [&]() -> Status {
    if (Status status = needed({{out, "source"}}); !status.ok()) {
      return status;
    }
    *out = nullptr;
    Result<std::shared_ptr<Source>> source = open();
    if (source.ok()) {
      auto made = std::make_unique<kompakt_source>();
      made->source = std::move(*source);
      *out = made.release();
    }
    return source.status();
  });
}

Result<std::shared_ptr<Source>> shared(Result<std::unique_ptr<Source>> source) {
  return source.ok() ? Result<std::shared_ptr<Source>>(std::move(*source)) : source.status();
}

kompakt_code make_sink(kompakt_context* context, kompakt_sink** out, auto&& open) noexcept {
  return call(context, [&]() -> Status {
    if (Status status = needed({{out, "sink"}}); !status.ok()) {
      return status;
    }
    *out = nullptr;
    auto state = std::make_shared<SinkState>();
    Status status = open(*state);
    if (status.ok()) {
      auto made = std::make_unique<kompakt_sink>();
      made->state = std::move(state);
      *out = made.release();
    }
    return status;
  });
}

Status not_such_a_sink(const char* what) { return {Code::kInvalidArgument, what}; }

}  // namespace

Result<std::size_t> SharedSource::read(MutableByteSpan out) {
  if (!inner_->random_access()) {
    return inner_->read(out);
  }
  auto got = inner_->read_at(position_, out);
  if (got.ok()) {
    position_ += *got;
  }
  return got;
}

Result<Sink*> open_sink(kompakt_sink* sink) {
  if (sink == nullptr) {
    return Status(Code::kInvalidArgument, "sink is NULL");
  }
  if (sink->state->over) {
    return Status(Code::kInvalidArgument, "the sink was committed or taken");
  }
  return sink->state->sink;
}

}  // namespace kompakt::c_api

using namespace kompakt;
using namespace kompakt::c_api;

kompakt_code kompakt_source_open(kompakt_context* context, const char* path,
                                 kompakt_source** source) {
  return make_source(context, source, [&]() -> Result<std::shared_ptr<Source>> {
    if (Status status = needed({{path, "path"}}); !status.ok()) {
      return status;
    }
    return shared(open_file_source(path));
  });
}

kompakt_code kompakt_source_map(kompakt_context* context, const char* path,
                                kompakt_source** source) {
  return make_source(context, source, [&]() -> Result<std::shared_ptr<Source>> {
    if (Status status = needed({{path, "path"}}); !status.ok()) {
      return status;
    }
    return shared(open_mapped_source(path));
  });
}

kompakt_code kompakt_source_memory(kompakt_context* context, const void* data, size_t size,
                                   kompakt_source** source) {
  return make_source(context, source, [&]() -> Result<std::shared_ptr<Source>> {
    if (data == nullptr && size != 0) {
      return Status(Code::kInvalidArgument, "data is NULL, its size is not");
    }
    return std::shared_ptr<Source>(memory_source({static_cast<const std::byte*>(data), size}));
  });
}

kompakt_code kompakt_source_fd(kompakt_context* context, int fd, const char* name,
                               kompakt_source** source) {
  return make_source(context, source, [&] {
    return shared(descriptor_source(fd, name != nullptr ? name : "<descriptor>"));
  });
}

kompakt_code kompakt_source_custom(kompakt_context* context,
                                   const kompakt_source_callbacks* callbacks,
                                   kompakt_source** source) {
  return make_source(context, source, [&] { return custom_source(callbacks); });
}

void kompakt_source_free(kompakt_source* source) { delete source; }

kompakt_code kompakt_sink_open(kompakt_context* context, const char* path, uint32_t flags,
                               kompakt_sink** sink) {
  return make_sink(context, sink, [&](SinkState& state) -> Status {
    if (Status status = needed({{path, "path"}}); !status.ok()) {
      return status;
    }
    if ((flags & ~std::uint32_t{KOMPAKT_SINK_OVERWRITE | KOMPAKT_SINK_NO_SYNC}) != 0) {
      return {Code::kInvalidArgument, "flags that only a newer library knows"};
    }
    auto file = OutputFile::create(path, {.overwrite = (flags & KOMPAKT_SINK_OVERWRITE) != 0,
                                          .sync = (flags & KOMPAKT_SINK_NO_SYNC) == 0});
    if (!file.ok()) {
      return file.status();
    }
    state.file = std::move(*file);
    state.sink = &state.file->sink();
    return {};
  });
}

kompakt_code kompakt_sink_memory(kompakt_context* context, void* data, size_t capacity,
                                 kompakt_sink** sink) {
  return make_sink(context, sink, [&](SinkState& state) -> Status {
    if (data == nullptr && capacity != 0) {
      return {Code::kInvalidArgument, "data is NULL, its capacity is not"};
    }
    state.other = span_sink({static_cast<std::byte*>(data), capacity}, &state.used);
    state.sink = state.other.get();
    state.memory = data;
    state.capacity = capacity;
    state.caller_memory = true;
    return {};
  });
}

kompakt_code kompakt_sink_growing(kompakt_context* context, kompakt_sink** sink) {
  return make_sink(context, sink, [&](SinkState& state) -> Status {
    state.heap = std::make_unique<HeapSink>();
    state.sink = state.heap.get();
    return {};
  });
}

kompakt_code kompakt_sink_fd(kompakt_context* context, int fd, const char* name,
                             kompakt_sink** sink) {
  return make_sink(context, sink, [&](SinkState& state) -> Status {
    state.other = descriptor_sink(fd, name != nullptr ? name : "<descriptor>");
    state.sink = state.other.get();
    return {};
  });
}

kompakt_code kompakt_sink_null(kompakt_context* context, kompakt_sink** sink) {
  return make_sink(context, sink, [&](SinkState& state) -> Status {
    state.other = null_sink();
    state.sink = state.other.get();
    return {};
  });
}

kompakt_code kompakt_sink_custom(kompakt_context* context, const kompakt_sink_callbacks* callbacks,
                                 kompakt_sink** sink) {
  return make_sink(context, sink, [&](SinkState& state) -> Status {
    auto custom = custom_sink(callbacks);
    if (!custom.ok()) {
      return custom.status();
    }
    state.other = std::move(*custom);
    state.sink = state.other.get();
    return {};
  });
}

kompakt_code kompakt_sink_commit(kompakt_context* context, kompakt_sink* sink) {
  return call(context, [&]() -> Status {
    if (const auto open = open_sink(sink); !open.ok()) {
      return open.status();
    }
    SinkState& state = *sink->state;
    if (!state.file) {
      return not_such_a_sink("only a sink of kompakt_sink_open() is committed");
    }
    state.over = true;
    return state.file->commit();
  });
}

kompakt_code kompakt_sink_take(kompakt_context* context, kompakt_sink* sink, kompakt_buffer* out) {
  return call(context, [&]() -> Status {
    if (Status status = needed({{out, "out"}}); !status.ok()) {
      return status;
    }
    if (const auto open = open_sink(sink); !open.ok()) {
      return open.status();
    }
    SinkState& state = *sink->state;
    if (state.heap) {
      state.over = true;
      *out = state.heap->take();
      return {};
    }
    if (!state.caller_memory) {
      return not_such_a_sink("only memory sinks have something to take");
    }
    *out = {.data = state.memory, .size = state.used, .capacity = state.capacity};
    return {};
  });
}

void kompakt_sink_free(kompakt_sink* sink) { delete sink; }
