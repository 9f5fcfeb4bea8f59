// Facts of compressed files.
#include "kompakt/inspect.hpp"

#include "c_api/convert.hpp"
#include "c_api/ends.hpp"
#include "c_api/sized.hpp"

using namespace kompakt;
using namespace kompakt::c_api;

namespace {

kompakt_container_info to_c(kompakt_context& context, ContainerInfo&& info) {
  std::vector<kompakt_codec_use> codecs;
  for (const auto& [name, blocks] : info.codecs) {
    codecs.push_back({.name = context.kept.text(name), .blocks = blocks});
  }
  const auto* kept_codecs = context.kept.keep(std::move(codecs));
  const auto* digest = context.kept.keep(std::move(info.content_digest));
  kompakt_container_info out = KOMPAKT_CONTAINER_INFO_INIT;
  out.layout = context.kept.text(info.layout);
  out.version = info.version;
  out.streams = info.streams;
  out.raw_size = info.raw_size;
  out.stored_size = info.stored_size;
  out.blocks = info.blocks;
  out.block_size = info.block_size;
  out.decode_memory = info.decode_memory;
  out.damaged_blocks = info.damaged_blocks;
  out.codecs = kept_codecs->empty() ? nullptr : kept_codecs->data();
  out.codec_count = kept_codecs->size();
  out.digest = digest->empty() ? nullptr : digest->data();
  out.digest_size = digest->size();
  out.metadata = c_api::to_c(context, info.metadata);
  out.recovered_text = context.kept.text(info.recovered.ok() ? "" : info.recovered.to_string());
  out.recovered = static_cast<std::int32_t>(info.recovered.code());
  out.checksum = static_cast<std::int32_t>(info.checksum);
  return out;
}

}  // namespace

kompakt_code kompakt_inspect(kompakt_context* context, kompakt_source* source, int count_codecs,
                             kompakt_container_info* info) {
  return call(context, [&]() -> Status {
    Status status = needed({{source, "source"}, {info, "info"}});
    if (status.ok()) {
      status = check_result(info);
    }
    if (!status.ok()) {
      return status;
    }
    SharedSource view(source->source);
    auto found = inspect(view, {.count_codecs = count_codecs != 0});
    if (found.ok()) {
      fill(info, to_c(*context, std::move(*found)));
    }
    return found.status();
  });
}

kompakt_code kompakt_inspect_stream(kompakt_context* context, kompakt_source* source,
                                    const kompakt_decompress_options* options,
                                    kompakt_result* result) {
  return call(context, [&]() -> Status {
    Status status = needed({{source, "source"}, {result, "result"}});
    if (status.ok()) {
      status = check_result(result);
    }
    const auto cpp = status.ok() ? c_api::to_cpp(*context, options) : status;
    if (!cpp.ok()) {
      return cpp.status();
    }
    SharedSource view(source->source);
    auto found = inspect_stream(view, *cpp);
    if (found.ok()) {
      fill(result, c_api::to_c(*context, std::move(*found)));
    }
    return found.status();
  });
}
