#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <filesystem>
#include <sstream>

#include "support/tree.hpp"

namespace kompakt::testing {
namespace {

std::map<std::string, std::string> xattrs_of(const std::string& path) {
  std::map<std::string, std::string> found;
  std::string names(65536, '\0');
  const ::ssize_t size = ::llistxattr(path.c_str(), names.data(), names.size());
  names.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
  std::istringstream each(names);
  for (std::string name; std::getline(each, name, '\0');) {
    std::string value(65536, '\0');
    const ::ssize_t length = ::lgetxattr(path.c_str(), name.c_str(), value.data(), value.size());
    if (length >= 0 && (name.starts_with("user.") || name.starts_with("system.posix_acl"))) {
      value.resize(static_cast<std::size_t>(length));
      found[name] = value;
    }
  }
  return found;
}

NodeFacts facts_of(const std::string& path) {
  const struct stat status = stat_of(path);
  NodeFacts facts;
  facts.mode = status.st_mode;
  facts.uid = status.st_uid;
  facts.gid = status.st_gid;
  facts.seconds = status.st_mtim.tv_sec;
  facts.nanoseconds = status.st_mtim.tv_nsec;
  if (S_ISREG(status.st_mode)) {
    facts.size = static_cast<std::uint64_t>(status.st_size);
    facts.allocated = static_cast<std::uint64_t>(status.st_blocks) * 512;
    facts.content_hash = std::hash<std::string>{}(read_file(path));
  } else if (S_ISLNK(status.st_mode)) {
    facts.link_target = std::filesystem::read_symlink(path).string();
  } else if (S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode)) {
    facts.device = status.st_rdev;
  }
  if (!S_ISLNK(status.st_mode)) {
    facts.xattrs = xattrs_of(path);
  }
  return facts;
}

bool is_device(::mode_t mode) { return S_ISCHR(mode) || S_ISBLK(mode); }

/// What `kept` lets an archive drop as a whole.
bool left_out(const std::string& path, const NodeFacts& facts, const Kept& kept) {
  return (path.find("\xCC\x81") != std::string::npos && !kept.decomposed_names) ||
         (S_ISFIFO(facts.mode) && !kept.fifos) || (is_device(facts.mode) && !kept.devices);
}

bool times_differ(const NodeFacts& a, const NodeFacts& b, std::int64_t step) {
  const auto total = [](const NodeFacts& facts) {
    return static_cast<__int128>(facts.seconds) * 1'000'000'000 + facts.nanoseconds;
  };
  const __int128 gap = total(a) < total(b) ? total(b) - total(a) : total(a) - total(b);
  return gap >= step;
}

bool times_count(const NodeFacts& facts, const Kept& kept) {
  return kept.time_step && (kept.directory_times || !S_ISDIR(facts.mode)) &&
         (kept.symlink_times || !S_ISLNK(facts.mode)) &&
         (kept.fractions_before_the_epoch || facts.seconds >= 0 || facts.nanoseconds == 0);
}

std::map<std::string, std::string> attributes_that_count(const NodeFacts& facts, const Kept& kept) {
  std::map<std::string, std::string> counting;
  for (const auto& [name, value] : facts.xattrs) {
    if (name.starts_with("user.") ? kept.xattrs : kept.acls) {
      counting[name] = value;
    }
  }
  return counting;
}

std::string octal(::mode_t mode) {
  std::ostringstream text;
  text << std::oct << mode;
  return text.str();
}

std::string time_text(const NodeFacts& facts) {
  return std::to_string(facts.seconds) + "s+" + std::to_string(facts.nanoseconds) + "ns";
}

/// Lines about one path that both trees have.
void compare_content(const NodeFacts& a, const NodeFacts& b, const Kept& kept,
                     const std::function<void(const std::string&)>& tell) {
  if ((a.mode & S_IFMT) != (b.mode & S_IFMT)) {
    tell("kind " + octal(a.mode) + " became " + octal(b.mode));
    return;
  }
  if (a.size != b.size) {
    tell("size " + std::to_string(a.size) + " became " + std::to_string(b.size));
  } else if (a.content_hash != b.content_hash) {
    tell("content differs");
  }
  if (a.link_target != b.link_target) {
    tell("link target " + a.link_target + " became " + b.link_target);
  }
  if (a.device != b.device) {
    tell("device number differs");
  }
  if (kept.hardlinks && a.first_link != b.first_link) {
    tell("hardlink of '" + a.first_link + "' became one of '" + b.first_link + "'");
  }
  if (kept.holes && b.allocated > a.allocated + 65536) {
    tell("takes " + std::to_string(b.allocated) + " bytes of disk, not " +
         std::to_string(a.allocated));
  }
}

void compare_metadata(const NodeFacts& a, const NodeFacts& b, const Kept& kept,
                      const std::function<void(const std::string&)>& tell) {
  // With a list, the group's bits of the mode are the list's mask.
  const bool same_rules = kept.acls || !a.xattrs.contains("system.posix_acl_access");
  const ::mode_t mask = kept.special_modes ? 07777 : 0777;
  if (kept.modes && same_rules && !S_ISLNK(a.mode) && (a.mode & mask) != (b.mode & mask)) {
    tell("mode " + octal(a.mode & mask) + " became " + octal(b.mode & mask));
  }
  if (times_count(a, kept) && times_differ(a, b, *kept.time_step)) {
    tell("time " + time_text(a) + " became " + time_text(b));
  }
  if (kept.owners && (a.uid != b.uid || a.gid != b.gid)) {
    tell("owner " + std::to_string(a.uid) + ":" + std::to_string(a.gid) + " became " +
         std::to_string(b.uid) + ":" + std::to_string(b.gid));
  }
  const auto wanted = attributes_that_count(a, kept);
  const auto found = attributes_that_count(b, kept);
  for (const auto& [name, value] : wanted) {
    const auto at = found.find(name);
    if (at == found.end()) {
      tell("attribute " + name + " is missing");
    } else if (at->second != value) {
      tell("attribute " + name + " differs");
    }
  }
  for (const auto& [name, value] : found) {
    if (!wanted.contains(name)) {
      tell("attribute " + name + " was not there");
    }
  }
}

}  // namespace

TreeFacts read_tree(const std::string& root) {
  TreeFacts tree;
  tree[""] = facts_of(root);
  for (const auto& found : std::filesystem::recursive_directory_iterator(root)) {
    const std::string path = found.path().string();
    tree[path.substr(root.size() + 1)] = facts_of(path);
  }
  std::map<std::pair<::dev_t, ::ino_t>, std::vector<std::string>> names;
  for (const auto& [path, facts] : tree) {
    if (S_ISREG(facts.mode)) {
      const struct stat status = stat_of(root + "/" + path);
      names[{status.st_dev, status.st_ino}].push_back(path);
    }
  }
  for (const auto& [inode, paths] : names) {
    for (const auto& path : paths) {
      tree[path].first_link = paths.size() > 1 ? paths.front() : "";
    }
  }
  return tree;
}

std::vector<std::string> tree_differences(const TreeFacts& expected, const TreeFacts& found,
                                          const Kept& kept) {
  std::vector<std::string> lines;
  for (const auto& [path, facts] : expected) {
    const auto at = found.find(path);
    if (at == found.end()) {
      if (!left_out(path, facts, kept)) {
        lines.push_back("'" + path + "': is missing");
      }
      continue;
    }
    const auto tell = [&, name = path](const std::string& what) {
      lines.push_back("'" + name + "': " + what);
    };
    compare_content(facts, at->second, kept, tell);
    if (!path.empty() || kept.root_itself) {
      compare_metadata(facts, at->second, kept, tell);
    }
  }
  for (const auto& [path, facts] : found) {
    if (!expected.contains(path)) {
      lines.push_back("'" + path + "': was not there");
    }
  }
  return lines;
}

std::string joined(const std::vector<std::string>& lines, std::size_t most) {
  std::string text = std::to_string(lines.size()) + " differences\n";
  for (std::size_t i = 0; i < std::min(most, lines.size()); ++i) {
    text += "  " + lines[i] + "\n";
  }
  return text;
}

TreeFolder::~TreeFolder() {
  std::error_code ignored;
  // Each folder before what is in it: the walk must be able to enter.
  (void)::chmod(path().c_str(), 0700);
  for (std::filesystem::recursive_directory_iterator at(path(), ignored), end; at != end;
       at.increment(ignored)) {
    if (at->is_directory(ignored) && !at->is_symlink(ignored)) {
      std::filesystem::permissions(at->path(), std::filesystem::perms::owner_all,
                                   std::filesystem::perm_options::add, ignored);
    }
  }
}

}  // namespace kompakt::testing
