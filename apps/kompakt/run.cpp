// From arguments to exit code.
#include <fmt/format.h>

#include <algorithm>

#include "help.hpp"
#include "session.hpp"

namespace kompakt::cli {
namespace {

bool is_warp_compress(const World& world) {
  if (world.args.empty()) {
    return false;
  }
  const std::string& name = world.args.front();
  return name.substr(name.rfind('/') + 1) == "warp-compress";
}

// As far as it can be told before the arguments are understood.
bool asks_for_json(const World& world) {
  for (const auto& word : world.args) {
    if (word == "--json" || word == "--") {
      return word == "--json";
    }
  }
  return false;
}

bool data_on_stdout(const Request& request) {
  switch (request.verb) {
    case Verb::kCompress:
    case Verb::kDecompress: {
      const auto& inputs = request.inputs;
      const bool stdin_too = std::find(inputs.begin(), inputs.end(), "-") != inputs.end();
      return request.output ? *request.output == "-" : stdin_too;
    }
    case Verb::kCat:
      return request.output.value_or("-") == "-";
    case Verb::kTest:
    case Verb::kList:
    case Verb::kInfo:
      break;
  }
  return false;
}

Exit run_file(const Session& session, const std::string& name) {
  switch (session.request.verb) {
    case Verb::kCompress:
      return compress_file(session, name);
    case Verb::kDecompress:
      return decompress_file(session, name);
    case Verb::kTest:
      return test_file(session, name);
    case Verb::kInfo:
      return info_file(session, name);
    case Verb::kCat:
      return cat_file(session, name);
    case Verb::kList:
      break;
  }
  return Exit::kError;
}

Exit run_request(const World& world, const Request& request, Console& console) {
  const Session session{.world = world, .request = request, .console = console};
  if (request.verb == Verb::kList) {
    return list_files(session);
  }
  Tally tally;
  for (const auto& name : request.inputs) {
    tally.add(run_file(session, name));
  }
  return tally.result();
}

}  // namespace

int run(const World& world) {
  const bool old = is_warp_compress(world);
  const std::string program = old ? "warp-compress" : "kompakt";
  const auto request = old ? make_warp_compress_request(world) : make_request(world);
  if (!request.ok()) {
    Console console(world, {.program = program, .json = asks_for_json(world)});
    console.error(request.status());
    return static_cast<int>(exit_of(request.status().code()));
  }
  Console console(
      world, {.program = program,
              .verbosity = request->verbosity,
              .json = request->json,
              .data_on_stdout = !request->help && !request->version && data_on_stdout(*request)});
  Exit code = Exit::kOk;
  if (request->help) {
    console.print(old ? warp_compress_help_text() : help_text());
  } else if (request->version) {
    console.print(fmt::format("{} {}\n", program, KOMPAKT_VERSION));
  } else {
    code = run_request(world, *request, console);
  }
  if (!console.output_status().ok()) {
    console.error(console.output_status());
    code = worse(code, Exit::kError);
  }
  return static_cast<int>(code);
}

}  // namespace kompakt::cli
