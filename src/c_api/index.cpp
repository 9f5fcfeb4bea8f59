// Indexes beside compressed files: FILE.kidx.
#include <cstdlib>
#include <new>

#include "c_api/convert.hpp"
#include "c_api/ends.hpp"
#include "c_api/sized.hpp"
#include "kompakt/archive.hpp"

using namespace kompakt;
using namespace kompakt::c_api;

namespace {

constexpr std::uint64_t kUsualSpacing = 4 * kMiB;

Result<ArchiveIndex> index_tar(kompakt_context& context, Source& source,
                               const DecompressOptions& options) {
  ArchiveReadOptions read;
  read.decode = options;
  read.on_warning = context.messages(KOMPAKT_MESSAGE_WARNING);
  auto listed = list_archive(source, read, true);
  if (!listed.ok()) {
    return listed.status();
  }
  if (!listed->damage.ok()) {
    return listed->damage;
  }
  return ArchiveIndex{.index = std::move(listed->index), .table = std::move(listed->table)};
}

Result<ArchiveIndex> index_stream(kompakt_context& context, Source& source,
                                  const DecompressOptions& options) {
  const auto nowhere = null_sink();
  auto decoded = decompress(source, *nowhere, options);
  if (!decoded.ok()) {
    return decoded.status();
  }
  if (const auto tell = context.messages(KOMPAKT_MESSAGE_WARNING)) {
    std::for_each(decoded->facts.warnings.begin(), decoded->facts.warnings.end(), tell);
  }
  if (!decoded->index) {
    return decoded->format == Format::kWarp
               ? Status(Code::kInvalidArgument, ".warp carries its own index")
               : Status(Code::kUnsupported, "this " +
                                                std::string(format_info(decoded->format).name) +
                                                " cannot be entered in its middle: there is "
                                                "nothing to index");
  }
  return ArchiveIndex{.index = std::move(decoded->index), .table = {}};
}

Result<ArchiveIndex> build(kompakt_context& context, Source& source, DecompressOptions options) {
  if (!source.random_access()) {
    return Status(Code::kUnsupported, "an index of a pipe could never be used");
  }
  if (options.index_spacing == 0) {
    options.index_spacing = kUsualSpacing;
  }
  ArchiveReadOptions read;
  read.decode = options;
  read.decode.run.on_progress = {};
  const auto archive = detect_archive(source, read);
  if (!archive.ok()) {
    return archive.status();
  }
  const bool tar = *archive && (*archive)->kind == ArchiveKind::kTar;
  return tar ? index_tar(context, source, options) : index_stream(context, source, options);
}

}  // namespace

kompakt_code kompakt_index_build(kompakt_context* context, kompakt_source* source,
                                 const kompakt_decompress_options* options, kompakt_index** index) {
  return call(context, [&]() -> Status {
    if (Status status = needed({{source, "source"}, {index, "index"}}); !status.ok()) {
      return status;
    }
    *index = nullptr;
    auto cpp = to_cpp(*context, options);
    if (!cpp.ok()) {
      return cpp.status();
    }
    SharedSource view(source->source);
    auto built = build(*context, view, std::move(*cpp));
    if (built.ok()) {
      *index = new kompakt_index{std::move(*built)};
    }
    return built.status();
  });
}

kompakt_code kompakt_index_take(kompakt_context* context, kompakt_index** index) {
  return call(context, [&]() -> Status {
    if (Status status = needed({{index, "index"}}); !status.ok()) {
      return status;
    }
    *index = nullptr;
    if (!context->index) {
      return {Code::kInvalidArgument, "no index was collected"};
    }
    *index = new kompakt_index{std::move(*context->index)};
    context->index.reset();
    return {};
  });
}

kompakt_code kompakt_index_save(kompakt_context* context, const kompakt_index* index,
                                kompakt_source* source, kompakt_buffer* out) {
  return call(context, [&]() -> Status {
    if (Status status = needed({{index, "index"}, {source, "source"}, {out, "out"}});
        !status.ok()) {
      return status;
    }
    *out = {};
    const auto bytes = encode_archive_index(index->content, *source->source);
    if (!bytes.ok()) {
      return bytes.status();
    }
    void* memory = std::malloc(bytes->size());
    if (memory == nullptr) {
      throw std::bad_alloc();
    }
    std::memcpy(memory, bytes->data(), bytes->size());
    *out = {.data = memory, .size = bytes->size(), .capacity = bytes->size()};
    return {};
  });
}

kompakt_code kompakt_index_load(kompakt_context* context, const void* data, size_t size,
                                kompakt_source* source, kompakt_index** index) {
  return call(context, [&]() -> Status {
    if (Status status = needed({{data, "data"}, {source, "source"}, {index, "index"}});
        !status.ok()) {
      return status;
    }
    *index = nullptr;
    auto read = decode_archive_index({static_cast<const std::byte*>(data), size}, *source->source);
    if (read.ok()) {
      *index = new kompakt_index{std::move(*read)};
    }
    return read.status();
  });
}

kompakt_code kompakt_index_get_info(const kompakt_index* index, kompakt_index_info* info) {
  if (index == nullptr || !fits(info)) {
    return KOMPAKT_INVALID_ARGUMENT;
  }
  const auto& [points, table] = index->content;
  fill(info,
       kompakt_index_info{.struct_size = sizeof(kompakt_index_info),
                          .points = points ? points->points.size() : 0,
                          .content_size = points ? points->content_size : KOMPAKT_UNKNOWN,
                          .lines = points && points->has_lines ? points->lines : KOMPAKT_UNKNOWN,
                          .members = table ? table->rows.size() : KOMPAKT_UNKNOWN});
  return KOMPAKT_OK;
}

void kompakt_index_free(kompakt_index* index) { delete index; }
