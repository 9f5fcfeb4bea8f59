#include "archive/tree/folder_stack.hpp"

#include <dirent.h>
#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace kompakt {
namespace {

constexpr int kFolderFlags = O_RDONLY | O_DIRECTORY | O_NOCTTY;

}  // namespace

Status NameList::read(const System& system, int fd, std::vector<char>& buffer) {
  Status status;
  for (;;) {
    const ssize_t got = system.read_directory(fd, buffer.data(), buffer.size());
    if (got == -EINTR) {
      continue;
    }
    if (got <= 0) {
      status = got < 0 ? system_error("cannot read the folder", got) : Status();
      break;
    }
    for (std::size_t at = 0; at < static_cast<std::size_t>(got);) {
      const char* record = buffer.data() + at;
      std::uint16_t length = 0;
      std::memcpy(&length, record + offsetof(dirent64, d_reclen), sizeof length);
      const char* name = record + offsetof(dirent64, d_name);
      const bool dots = name[0] == '.' && (name[1] == '\0' || (name[1] == '.' && name[2] == '\0'));
      if (!dots) {
        places_.push_back({.offset = text_.size(),
                           .type = static_cast<unsigned char>(record[offsetof(dirent64, d_type)])});
        text_.append(name, std::strlen(name) + 1);
      }
      at += length;
    }
  }
  const char* text = text_.data();
  std::sort(places_.begin(), places_.end(), [text](const Place& a, const Place& b) {
    return std::strcmp(text + a.offset, text + b.offset) < 0;
  });
  return status;
}

bool NameList::take(Name& out) {
  if (next_ == places_.size()) {
    return false;
  }
  const Place& place = places_[next_++];
  out = {.text = text_.data() + place.offset, .type = place.type};
  return true;
}

bool FolderStack::contains(std::uint64_t device, std::uint64_t inode) const {
  return std::any_of(folders_.begin(), folders_.end(), [&](const Level& level) {
    return level.folder.device == device && level.folder.inode == inode;
  });
}

void FolderStack::push(Descriptor fd, Folder folder) {
  folders_.push_back({.folder = std::move(folder), .fd = std::move(fd)});
  if (folders_.size() - first_open_ > kMaxOpen) {
    folders_[first_open_++].fd.reset();
  }
}

Status FolderStack::pop() {
  const Descriptor child = std::move(folders_.back().fd);
  folders_.pop_back();
  if (folders_.empty()) {
    first_open_ = 0;
    return {};
  }
  if (first_open_ < folders_.size()) {
    return {};
  }
  first_open_ = folders_.size() - 1;
  Descriptor fd = open_parent(child.get());
  if (!fd.valid()) {
    fd = open_by_names();
  }
  folders_.back().fd = std::move(fd);
  return folders_.back().fd.valid()
             ? Status()
             : Status(Code::kIo, "the folder was moved while it was being read");
}

bool FolderStack::is_top(int fd) const {
  struct stat status {};
  const Folder& wanted = folders_.back().folder;
  return system_.fstat(fd, &status) == 0 && status.st_dev == wanted.device &&
         status.st_ino == wanted.inode;
}

Descriptor FolderStack::open_parent(int child_fd) const {
  Descriptor fd(system_,
                child_fd < 0 ? -EBADF : open_uninterrupted(system_, child_fd, "..", kFolderFlags));
  return fd.valid() && is_top(fd.get()) ? std::move(fd) : Descriptor();
}

// For what was reached through a symlink, whose parent is elsewhere.
Descriptor FolderStack::open_by_names() const {
  Descriptor fd;
  for (std::size_t i = 0; i < folders_.size(); ++i) {
    const Folder& folder = folders_[i].folder;
    const bool follow = i == 0 || folder.through_link;
    fd = Descriptor(system_,
                    open_uninterrupted(system_, i == 0 ? base_fd_ : fd.get(), folder.name.c_str(),
                                       kFolderFlags | (follow ? 0 : O_NOFOLLOW)));
    if (!fd.valid()) {
      return {};
    }
  }
  return is_top(fd.get()) ? std::move(fd) : Descriptor();
}

}  // namespace kompakt
