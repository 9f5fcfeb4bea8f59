#include "archive/tree/member_walk.hpp"

#include <algorithm>
#include <utility>

namespace kompakt {
namespace {

constexpr std::uint32_t kSecond = 1'000'000'000;  // in nanoseconds

Status refused(std::string_view name, std::string_view rule) {
  return Status(Code::kInvalidArgument, "not a name for a member: " + std::string(rule))
      .in_file(name.empty() ? "''" : name);
}

bool has_nul(std::string_view text) { return text.find('\0') != std::string_view::npos; }

Status check_attributes(const Entry& entry) {
  const bool sound = std::all_of(entry.xattrs.begin(), entry.xattrs.end(), [](const auto& each) {
    return !each.first.empty() && !has_nul(each.first) && each.first.find('=') == std::string::npos;
  });
  return sound ? Status()
               : Status(Code::kInvalidArgument,
                        "the name of an extended attribute is empty or has a '=' or a NUL in it");
}

}  // namespace

Status check_member_name(std::string_view name) {
  if (name.empty()) {
    return refused(name, "it is empty");
  }
  if (has_nul(name)) {
    return refused(name.substr(0, name.find('\0')), "it has a NUL in it");
  }
  if (name.starts_with('/')) {
    return refused(name, "absolute path");
  }
  for (std::size_t at = 0; at <= name.size();) {
    const std::size_t end = std::min(name.find('/', at), name.size());
    const std::string_view part = name.substr(at, end - at);
    if (part.empty()) {
      return refused(name, "empty component");
    }
    if (part == "." || part == "..") {
      return refused(name, part == "." ? "component '.'" : "parent directory");
    }
    at = end + 1;
  }
  return {};
}

Status check_made_entry(const Entry& entry) {
  if (Status named = check_member_name(entry.path); !named.ok()) {
    return named;
  }
  Status status;
  const bool link = entry.type == EntryType::kSymlink || entry.type == EntryType::kHardlink;
  if (entry.type > EntryType::kBlockDevice) {
    status = {Code::kInvalidArgument, "a type of entry that there is not"};
  } else if (entry.mode && *entry.mode > 07777U) {
    status = {Code::kInvalidArgument, "mode: permission bits are 07777 at most"};
  } else if (link && (entry.link_target.empty() || has_nul(entry.link_target))) {
    status = {Code::kInvalidArgument, "a link needs a target, without a NUL in it"};
  } else if (!link && !entry.link_target.empty()) {
    status = {Code::kInvalidArgument, "a target is for links"};
  } else if ((entry.modified && entry.modified->nanoseconds >= kSecond) ||
             (entry.accessed && entry.accessed->nanoseconds >= kSecond)) {
    status = {Code::kInvalidArgument, "a time has fewer than 1,000,000,000 nanoseconds"};
  } else if (has_nul(entry.user) || has_nul(entry.group)) {
    status = {Code::kInvalidArgument, "the name of an owner has a NUL in it"};
  } else {
    status = check_attributes(entry);
  }
  return status.in_file(entry.path);
}

MemberNames::Verdict MemberNames::look(std::string_view path, bool folder) const {
  for (std::size_t at = path.find('/'); at != std::string_view::npos; at = path.find('/', at + 1)) {
    const auto above = states_.find(path.substr(0, at));
    if (above == states_.end()) {
      break;  // nothing lies below it either
    }
    if (above->second == State::kOther) {
      return Verdict::kTaken;
    }
  }
  const auto found = states_.find(path);
  if (found == states_.end()) {
    return Verdict::kFree;
  }
  if (!folder || found->second == State::kOther) {
    return Verdict::kTaken;
  }
  return found->second == State::kFolder ? Verdict::kSameFolder : Verdict::kFree;
}

void MemberNames::take(std::string_view path, bool folder) {
  states_.insert_or_assign(std::string(path), folder ? State::kFolder : State::kOther);
  for (std::size_t at = path.rfind('/'); at != std::string_view::npos && at != 0;
       at = path.rfind('/', at - 1)) {
    if (!states_.try_emplace(std::string(path.substr(0, at)), State::kImplied).second) {
      return;  // and so all above it
    }
  }
}

void MemberWalk::add_tree(std::unique_ptr<TreeWalk> tree) {
  parts_.push_back({.tree = std::move(tree), .made = {}, .next = 0});
}

Status MemberWalk::check_free(const Entry& entry) const {
  const bool folder = entry.type == EntryType::kDirectory;
  return names_.look(entry.path, folder) == MemberNames::Verdict::kTaken
             ? Status(Code::kInvalidArgument, "the name is taken by another member")
                   .in_file(entry.path)
             : Status();
}

void MemberWalk::add(WalkedEntry member) {
  const bool folder = member.entry.type == EntryType::kDirectory;
  if (names_.look(member.entry.path, folder) == MemberNames::Verdict::kSameFolder) {
    return;
  }
  names_.take(member.entry.path, folder);
  if (parts_.empty() || parts_.back().tree) {
    parts_.emplace_back();
  }
  parts_.back().made.push_back(std::move(member));
}

/// The next member of a tree whose name is free.
Result<bool> MemberWalk::next_of_tree(TreeWalk& tree, WalkedEntry& out) {
  for (;;) {
    auto more = tree.next(out);
    if (!more.ok() || !*more) {
      return more;
    }
    const bool folder = out.entry.type == EntryType::kDirectory;
    if (Status free = check_free(out.entry); !free.ok()) {
      return free;
    }
    if (names_.look(out.entry.path, folder) == MemberNames::Verdict::kFree) {
      names_.take(out.entry.path, folder);
      return true;
    }
  }
}

Result<bool> MemberWalk::next(WalkedEntry& out) {
  for (; part_ < parts_.size(); ++part_) {
    Part& part = parts_[part_];
    made_ = part.tree == nullptr;
    if (!made_) {
      auto more = next_of_tree(*part.tree, out);
      if (!more.ok() || *more) {
        return more;
      }
      part.tree.reset();
    } else if (part.next < part.made.size()) {
      out = std::move(part.made[part.next++]);
      current_ = {
          .entry = {}, .real_path = out.real_path, .device = out.device, .inode = out.inode};
      current_.entry.type = out.entry.type;
      return true;
    }
  }
  return false;
}

Result<Descriptor> MemberWalk::open_current() {
  if (part_ < parts_.size() && !made_) {
    return parts_[part_].tree->open_current();
  }
  if (current_.entry.type != EntryType::kFile || current_.real_path.empty()) {
    return Status(Code::kInvalidArgument, "no file to open");
  }
  return open_walked(files_, current_);
}

}  // namespace kompakt
