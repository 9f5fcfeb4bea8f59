// The command line of the multi-call name warp-compress.
#include <fmt/format.h>

#include <array>
#include <utility>

#include "option_table.hpp"
#include "request.hpp"

namespace kompakt::cli {
namespace {

Status usage(std::string message) { return {Code::kInvalidArgument, std::move(message)}; }

// Numbers that only this command line has.
Status take_numbers(const Arguments& arguments, Request& request) {
  constexpr std::array kNumbers = {std::pair(Key::kZstdLevel, 22U),
                                   std::pair(Key::kZstdThreads, 4096U),
                                   std::pair(Key::kBrotliQuality, 11U)};
  for (const auto& [key, most] : kNumbers) {
    const Given* given = arguments.find(key);
    if (given == nullptr) {
      continue;
    }
    const auto number = parse_number(given->value, most);
    if (!number.ok()) {
      return usage(fmt::format("{}: {}", given->spelling, number.status().message()));
    }
    // Threads inside a zstd frame would only change its bytes: chunks are coded in parallel.
    if (key != Key::kZstdThreads) {
      (key == Key::kZstdLevel ? request.zstd_level : request.brotli_quality) =
          static_cast<int>(*number);
    }
  }
  return {};
}

}  // namespace

Result<Request> make_warp_compress_request(const World& world) {
  const Syntax syntax{.rows = kWarpCompressOptions};
  auto arguments = parse_arguments(std::span(world.args).subspan(1), syntax);
  if (!arguments.ok()) {
    return arguments.status();
  }
  const bool asks =
      arguments->find(Key::kHelp) != nullptr || arguments->find(Key::kVersion) != nullptr;
  const bool verb =
      !arguments->names.empty() && !arguments->plain_first &&
      (arguments->names.front() == "compress" || arguments->names.front() == "decompress");
  if (!verb && !asks) {
    return usage("usage: warp-compress compress|decompress [OPTIONS] IN [OUT]");
  }
  arguments->options.try_emplace(Key::kWarpVersion, Given{"2", "--warp-version", 1, false});
  auto request = build_request(*arguments);
  if (!request.ok() || asks) {
    return request;
  }
  if (Status taken = take_numbers(*arguments, *request); !taken.ok()) {
    return taken;
  }
  if (const Given* method = arguments->find(Key::kMethod); method != nullptr) {
    request->v2_method = method->value;
  }
  // There --verbose tells of every chunk.
  request->verbosity = request->verbosity > 0 ? 2 : 0;
  return request;
}

}  // namespace kompakt::cli
