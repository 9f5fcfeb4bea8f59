#include "pipeline/encode_options.hpp"

#include "kompakt/sink.hpp"
#include "kompakt/source.hpp"
#include "kompakt/stream.hpp"

namespace kompakt {

Status check_encode_options(const CompressOptions& options) {
  // Of no content: everything is looked at that will be, and there is nothing to do.
  CompressOptions quiet = options;
  quiet.run.threads = 1;
  quiet.run.executor = nullptr;
  quiet.run.on_progress = nullptr;
  quiet.on_block = nullptr;
  const auto nothing = memory_source({});
  const auto nowhere = null_sink();
  return compress(*nothing, *nowhere, quiet).status();
}

}  // namespace kompakt
