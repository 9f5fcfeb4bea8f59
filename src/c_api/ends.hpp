/// \file
/// What stands behind kompakt_source and kompakt_sink.
#pragma once

#include <memory>
#include <utility>

#include "c_api/context.hpp"
#include "c_api/heap_sink.hpp"
#include "kompakt/file.hpp"
#include "kompakt/sink.hpp"
#include "kompakt/source.hpp"

namespace kompakt::c_api {

/// A view of a shared source for one operation: one with random access is read from its beginning
/// by each, whoever else reads it.
class SharedSource final : public Source {
 public:
  explicit SharedSource(std::shared_ptr<Source> inner) : inner_(std::move(inner)) {}

  Result<std::size_t> read(MutableByteSpan out) override;
  std::optional<std::uint64_t> size() const override { return inner_->size(); }
  bool random_access() const override { return inner_->random_access(); }
  Result<std::size_t> read_at(std::uint64_t offset, MutableByteSpan out) const override {
    return inner_->read_at(offset, out);
  }
  void will_need(std::uint64_t offset, std::uint64_t length) const override {
    inner_->will_need(offset, length);
  }
  Result<Extent> extent_at(std::uint64_t offset) const override {
    return inner_->extent_at(offset);
  }
  std::string_view name() const override { return inner_->name(); }

 private:
  std::shared_ptr<Source> inner_;
  std::uint64_t position_ = 0;
};

/// A sink and what owns it.
struct SinkState {
  std::unique_ptr<OutputFile> file;  ///< of kompakt_sink_open()
  std::unique_ptr<HeapSink> heap;    ///< of kompakt_sink_growing()
  std::unique_ptr<Sink> other;
  Sink* sink = nullptr;    ///< one of those three
  void* memory = nullptr;  ///< of kompakt_sink_memory()
  std::size_t capacity = 0;
  std::size_t used = 0;
  bool caller_memory = false;  ///< it is one of kompakt_sink_memory()
  bool over = false;           ///< committed or taken
};

Result<std::shared_ptr<Source>> custom_source(const kompakt_source_callbacks* callbacks);
Result<std::unique_ptr<Sink>> custom_sink(const kompakt_sink_callbacks* callbacks);

/// kInvalidArgument for a file that was committed, and memory that was taken.
Result<Sink*> open_sink(kompakt_sink* sink);

}  // namespace kompakt::c_api

struct kompakt_source {
  std::shared_ptr<kompakt::Source> source;
};

struct kompakt_sink {
  std::shared_ptr<kompakt::c_api::SinkState> state;
};

namespace kompakt::c_api {

/// Makes an object with a context of its own, which has the settings of `context`, has `open` fill
/// it in and hands it over, unless `open` fails.
template <typename Object, typename Open>
kompakt_code open_object(kompakt_context* context, Object** out, Open&& open) noexcept {
  return call(context, [&]() -> Status {
    if (out == nullptr) {
      return {Code::kInvalidArgument, "there is no place for the object"};
    }
    *out = nullptr;
    auto object = std::make_unique<Object>();
    object->context.inner = true;
    object->context.settings = context->settings;
    Status status = std::forward<Open>(open)(*object);
    if (status.ok()) {
      *out = object.release();
    }
    return status;
  });
}

}  // namespace kompakt::c_api
