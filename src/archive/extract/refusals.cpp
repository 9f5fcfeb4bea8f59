#include "archive/extract/refusals.hpp"

#include <algorithm>
#include <array>
#include <cerrno>

#include "archive/extract/tree_writer.hpp"
#include "io/system.hpp"

namespace kompakt {
namespace {

constexpr std::array kRules = {rule::kEmptyName,       rule::kNul,
                               rule::kAbsolute,        rule::kParent,
                               rule::kDrive,           rule::kNameTooLong,
                               rule::kPathTooLong,     rule::kTooDeep,
                               rule::kTooManyEntries,  rule::kDevice,
                               rule::kSymlinkInPath,   rule::kSymlinkOutside,
                               rule::kHardlinkOutside, rule::kHardlinkTarget,
                               rule::kExists,          rule::kNotFolder,
                               rule::kNameRefused,     rule::kTooLarge};

}  // namespace

Status refused(Code code, std::string_view rule, std::string_view detail) {
  std::string message(rule);
  if (!detail.empty()) {
    message += ": ";
    message += detail;
  }
  return {code, std::move(message)};
}

Status creation_error(std::string_view what, std::string_view path, std::int64_t result) {
  Status status;
  switch (-result) {
    case ELOOP:
      status = refused(Code::kCorrupt, rule::kSymlinkInPath, "a component of it is a symlink");
      break;
    case EXDEV:
      status = refused(Code::kCorrupt, rule::kParent, "the path leaves the target folder");
      break;
    case ENOTDIR:
      status = refused(Code::kAlreadyExists, rule::kNotFolder, "a component of it is a file");
      break;
    case EEXIST:
    case EISDIR:
    case ENOTEMPTY:
      status = refused(
          Code::kAlreadyExists, rule::kExists,
          -result == EEXIST ? "it is not replaced without --force" : "a folder is in the way");
      break;
    case ENAMETOOLONG:
      status = refused(Code::kUnsupported, rule::kNameTooLong, "the file system refuses it");
      break;
    case EILSEQ:
    case EINVAL:
      status = refused(Code::kUnsupported, rule::kNameRefused, "the file system refuses it");
      break;
    case EFBIG:
      status = refused(Code::kUnsupported, rule::kTooLarge, "the file system refuses the size");
      break;
    default:
      status = system_error(std::string(what), result);
      break;
  }
  return status.in_file(path);
}

std::string rule_of(const Status& status) {
  const std::string_view message = status.message();
  const std::string_view head = message.substr(0, message.find(": "));
  const bool known = std::find(kRules.begin(), kRules.end(), head) != kRules.end();
  return std::string(known ? head : code_name(status.code()));
}

bool concerns_one_member(const Status& status) noexcept {
  return status.code() == Code::kAlreadyExists || status.code() == Code::kCorrupt ||
         status.code() == Code::kUnsupported;
}

}  // namespace kompakt
