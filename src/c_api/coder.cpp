// kompakt_coder.
#include "kompakt/coder.hpp"

#include "c_api/convert.hpp"
#include "c_api/ends.hpp"

struct kompakt_coder {
  kompakt_context context;  // outlives the coder, which may call back through it
  std::unique_ptr<kompakt::StreamCoder> coder;
};

using namespace kompakt;
using namespace kompakt::c_api;

static_assert(KOMPAKT_RUN == static_cast<int>(StreamMode::kRun) &&
              KOMPAKT_FLUSH == static_cast<int>(StreamMode::kFlush) &&
              KOMPAKT_FINISH == static_cast<int>(StreamMode::kFinish));
static_assert(KOMPAKT_NEEDS_INPUT == static_cast<int>(StreamState::kNeedsInput) &&
              KOMPAKT_NEEDS_OUTPUT == static_cast<int>(StreamState::kNeedsOutput) &&
              KOMPAKT_FINISHED == static_cast<int>(StreamState::kFinished));

namespace {

template <typename Options, typename Make>
kompakt_code make(kompakt_context* context, const Options* options, kompakt_coder** coder,
                  const Make& make_coder) noexcept {
  return open_object(context, coder, [&](kompakt_coder& object) -> Status {
    const auto cpp = to_cpp(object.context, options);
    if (!cpp.ok()) {
      return cpp.status();
    }
    Result<std::unique_ptr<StreamCoder>> made = make_coder(*cpp);
    if (made.ok()) {
      object.coder = std::move(*made);
    }
    return made.status();
  });
}

Status check_io(const kompakt_coder_io& io, std::int32_t mode) {
  if (io.in == nullptr && io.in_size != 0) {
    return {Code::kInvalidArgument, "io->in is NULL, its size is not"};
  }
  if (io.out == nullptr && io.out_size != 0) {
    return {Code::kInvalidArgument, "io->out is NULL, its size is not"};
  }
  if (mode < KOMPAKT_RUN || mode > KOMPAKT_FINISH) {
    return {Code::kInvalidArgument, "no mode of a coder has number " + std::to_string(mode)};
  }
  return {};
}

}  // namespace

kompakt_code kompakt_compressor_new(kompakt_context* context,
                                    const kompakt_compress_options* options,
                                    kompakt_coder** coder) {
  return make(context, options, coder,
              [](const CompressOptions& cpp) { return make_compressor(cpp); });
}

kompakt_code kompakt_decompressor_new(kompakt_context* context,
                                      const kompakt_decompress_options* options,
                                      kompakt_coder** coder) {
  return make(context, options, coder,
              [](const DecompressOptions& cpp) { return make_decompressor(cpp); });
}

kompakt_code kompakt_coder_step(kompakt_coder* coder, kompakt_coder_io* io, int32_t mode,
                                int32_t* state) {
  return call(coder != nullptr ? &coder->context : nullptr, [&]() -> Status {
    Status status = needed({{io, "io"}, {state, "state"}});
    if (status.ok()) {
      status = check_io(*io, mode);
    }
    if (!status.ok()) {
      return status;
    }
    const auto* in = static_cast<const std::byte*>(io->in);
    auto* out = static_cast<std::byte*>(io->out);
    const auto progress =
        coder->coder->step({in, io->in_size}, {out, io->out_size}, static_cast<StreamMode>(mode));
    if (!progress.ok()) {
      return progress.status();
    }
    // A pointer that is NULL stays so: nothing was added to it.
    io->in = progress->consumed != 0 ? in + progress->consumed : in;
    io->in_size -= progress->consumed;
    io->out = progress->produced != 0 ? out + progress->produced : out;
    io->out_size -= progress->produced;
    *state = static_cast<std::int32_t>(progress->state);
    return {};
  });
}

kompakt_code kompakt_coder_reset(kompakt_coder* coder) {
  return call(coder != nullptr ? &coder->context : nullptr, [&] { return coder->coder->reset(); });
}

kompakt_context* kompakt_coder_context(kompakt_coder* coder) {
  return coder != nullptr ? &coder->context : nullptr;
}

void kompakt_coder_free(kompakt_coder* coder) { delete coder; }
