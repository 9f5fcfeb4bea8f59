// From arguments to exit code.
#include <fcntl.h>
#include <fmt/format.h>

#include <memory>

#include "applets/applet.hpp"
#include "help.hpp"
#include "io/file.hpp"
#include "name_file.hpp"
#include "naming.hpp"
#include "recursive.hpp"
#include "session.hpp"

namespace kompakt::cli {
namespace {

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
    case Verb::kDecompress:
    case Verb::kConvert:
    case Verb::kArchive:
      return request.writes_to_stdout();
    case Verb::kExtract:
      return request.output == "-";
    case Verb::kCat:
      return request.output.value_or("-") == "-";
    case Verb::kTest:
    case Verb::kList:
    case Verb::kInfo:
    case Verb::kIndex:
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
    case Verb::kIndex:
      return index_file(session, name);
    case Verb::kConvert:
      return convert_file(session, name);
    case Verb::kExtract:
      return extract_file(session, name);
    case Verb::kList:
    case Verb::kArchive:
      break;
  }
  return Exit::kError;
}

Result<Dictionary> read_dictionary(const World& world, const Request& request) {
  if (!request.dictionary) {
    return Dictionary();
  }
  constexpr std::uint64_t kLargest = 2 * kGiB - 1;
  const int fd = open_uninterrupted(*world.system, AT_FDCWD, request.dictionary->c_str(), O_RDONLY);
  if (fd < 0) {
    return Status(Code::kMissingResource,
                  std::string(system_error("cannot open the dictionary", fd).message()))
        .in_file(*request.dictionary);
  }
  auto source =
      make_descriptor_source(*world.system, Descriptor(*world.system, fd), *request.dictionary);
  if (!source.ok()) {
    return source.status();
  }
  auto bytes = std::make_shared<std::vector<std::byte>>();
  for (std::size_t got = kMiB; got == kMiB;) {
    const std::size_t before = bytes->size();
    if (before > kLargest) {
      return Status(Code::kLimitExceeded, "the dictionary is too large")
          .in_file(*request.dictionary);
    }
    bytes->resize(before + kMiB);
    const auto read = (*source)->read(MutableByteSpan(*bytes).subspan(before));
    if (!read.ok()) {
      return read.status();
    }
    got = *read;
    bytes->resize(before + got);
  }
  return Dictionary(std::move(bytes));
}

Exit run_request(const World& world, const Request& asked, Console& console) {
  const auto listed = with_listed_names(world, asked);
  if (!listed.ok()) {
    console.error(listed.status());
    return exit_of(listed.status().code());
  }
  const bool enters = asked.recursive && asked.family->own_codes;
  const Request& request =
      enters && asked.verb == Verb::kTest ? with_files_of_folders(*listed) : *listed;
  auto dictionary = read_dictionary(world, request);
  const Session session{.world = world,
                        .request = request,
                        .console = console,
                        .dictionary = dictionary.ok() ? std::move(*dictionary) : nullptr};
  if (!dictionary.ok()) {
    return session.fail(dictionary.status());
  }
  if (request.verb == Verb::kList) {
    return list_files(session);
  }
  if (request.verb == Verb::kArchive) {
    return archive_files(session);
  }
  if (enters && (request.verb == Verb::kCompress || request.verb == Verb::kDecompress)) {
    return request.inputs.empty() ? Exit::kOk : recurse(session);
  }
  Tally tally;
  for (const auto& name : request.inputs) {
    tally.add(run_file(session, name));
  }
  return request.family->own_codes ? tally.result() : tally.worst();
}

/// The name that the program was called by.
std::string called_as(const World& world) {
  return world.args.empty() ? std::string() : base_name(world.args.front());
}

Result<Request> understand(const World& world, const std::string& name, const Applet* applet) {
  if (applet != nullptr) {
    return make_applet_request(world, *applet);
  }
  return name == "warp-compress" ? make_warp_compress_request(world) : make_request(world);
}

std::string help_for(const std::string& name, const Applet* applet) {
  if (applet != nullptr) {
    return applet_help(*applet);
  }
  return name == "warp-compress" ? warp_compress_help_text() : help_text();
}

}  // namespace

int run(const World& world) {
  const std::string name = called_as(world);
  const Applet* applet = find_applet(name);
  const std::string program = applet != nullptr         ? std::string(applet->tool->family->program)
                              : name == "warp-compress" ? name
                                                        : "kompakt";
  const auto request = understand(world, name, applet);
  if (!request.ok()) {
    Console console(world, {.program = program, .json = asks_for_json(world)});
    console.error(request.status());
    return applet != nullptr ? applet->tool->family->usage_code
                             : static_cast<int>(exit_of(request.status().code()));
  }
  Console console(
      world, {.program = program,
              .verbosity = request->verbosity,
              .json = request->json,
              .data_on_stdout = !request->help && !request->version && data_on_stdout(*request)});
  Exit code = Exit::kOk;
  if (request->help) {
    console.print(help_for(name, applet));
  } else if (request->version) {
    console.print(applet != nullptr ? fmt::format("{} (kompakt) {}\n", program, KOMPAKT_VERSION)
                                    : fmt::format("{} {}\n", program, KOMPAKT_VERSION));
  } else {
    code = run_request(world, *request, console);
  }
  if (!console.output_status().ok()) {
    console.error(console.output_status());
    code = worse(code, Exit::kError);
  }
  return process_code(*request->family, code, request->calm_exit);
}

}  // namespace kompakt::cli
