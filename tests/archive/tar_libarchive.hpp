/// \file
/// libarchive as a judge of tar archives, opened at run time.
#pragma once

#include <dlfcn.h>

#include <sys/types.h>
#include <cerrno>
#include <clocale>
#include <optional>
#include <string>
#include <vector>

#include "tar_support.hpp"

namespace kompakt::testing {

class LibarchiveJudge {
 public:
  LibarchiveJudge() : library_(::dlopen("libarchive.so.13", RTLD_NOW | RTLD_LOCAL)) {
    // Names in pax headers are converted to the locale's encoding.
    std::setlocale(LC_CTYPE, "C.UTF-8");
  }
  LibarchiveJudge(const LibarchiveJudge&) = delete;
  LibarchiveJudge& operator=(const LibarchiveJudge&) = delete;
  LibarchiveJudge(LibarchiveJudge&&) = delete;
  LibarchiveJudge& operator=(LibarchiveJudge&&) = delete;
  ~LibarchiveJudge() {
    std::setlocale(LC_CTYPE, "C");
    if (library_ != nullptr) {
      ::dlclose(library_);
    }
  }
  [[nodiscard]] bool available() const { return library_ != nullptr; }

  /// nullopt where libarchive does not take it for a tar.
  [[nodiscard]] std::optional<Listing> read(ByteSpan bytes) const;

 private:
  template <typename Result, typename... Arguments>
  Result call(const char* name, Arguments... arguments) const {
    auto* const function = reinterpret_cast<Result (*)(Arguments...)>(::dlsym(library_, name));
    errno = 0;  // libarchive ends the process where an earlier test left ENOMEM
    return function(arguments...);
  }
  void fill(void* entry, Member& member) const;

  void* library_;
};

inline void LibarchiveJudge::fill(void* entry, Member& member) const {
  const auto text = [](const char* value) { return std::string(value == nullptr ? "" : value); };
  Entry& to = member.entry;
  to.path = text(call<const char*, void*>("archive_entry_pathname", entry));
  const auto type = call<mode_t, void*>("archive_entry_filetype", entry);
  const std::string hardlink = text(call<const char*, void*>("archive_entry_hardlink", entry));
  to.type = !hardlink.empty() ? EntryType::kHardlink
            : type == 0040000 ? EntryType::kDirectory
            : type == 0120000 ? EntryType::kSymlink
            : type == 0020000 ? EntryType::kCharDevice
            : type == 0060000 ? EntryType::kBlockDevice
            : type == 0010000 ? EntryType::kFifo
                              : EntryType::kFile;
  to.link_target = to.type == EntryType::kSymlink
                       ? text(call<const char*, void*>("archive_entry_symlink", entry))
                       : hardlink;
  to.size = to.type == EntryType::kFile
                ? static_cast<std::uint64_t>(call<std::int64_t, void*>("archive_entry_size", entry))
                : 0;
  to.mode = static_cast<std::uint32_t>(call<mode_t, void*>("archive_entry_perm", entry));
  to.modified = Entry::Time{.seconds = call<time_t, void*>("archive_entry_mtime", entry),
                            .nanoseconds = static_cast<std::uint32_t>(
                                call<long, void*>("archive_entry_mtime_nsec", entry))};
  while (to.type == EntryType::kDirectory && to.path.size() > 1 && to.path.back() == '/') {
    to.path.pop_back();
  }
}

inline std::optional<Listing> LibarchiveJudge::read(ByteSpan bytes) const {
  constexpr int kEof = 1;
  constexpr int kWarn = -20;
  void* const archive = call<void*>("archive_read_new");
  static_cast<void>(call<int, void*>("archive_read_support_format_tar", archive));
  std::optional<Listing> listing;
  int code = call<int, void*, const void*, std::size_t>("archive_read_open_memory", archive,
                                                        bytes.data(), bytes.size());
  void* entry = nullptr;
  while (code >= kWarn) {
    code = call<int, void*, void**>("archive_read_next_header", archive, &entry);
    if (code == kEof) {
      listing = listing ? std::move(listing) : Listing();
      break;
    }
    if (code < kWarn) {
      break;
    }
    listing = listing ? std::move(listing) : Listing();
    if (code != 0) {
      listing->damage = {Code::kCorrupt, "warning"};
    }
    Member member;
    fill(entry, member);
    std::string buffer(65536, '\0');
    const bool wanted = member.entry.type == EntryType::kFile && member.entry.size <= kMostContent;
    while (wanted) {
      const auto got = call<ssize_t, void*, void*, std::size_t>("archive_read_data", archive,
                                                                buffer.data(), buffer.size());
      if (got < 0) {
        member.status = {Code::kCorrupt, "libarchive"};
      }
      if (got <= 0) {
        break;
      }
      member.content.append(buffer, 0, static_cast<std::size_t>(got));
    }
    if (wanted && member.status.ok()) {
      // archive_read_data() leaves a hole at the end out.
      member.content.resize(static_cast<std::size_t>(member.entry.size), '\0');
    }
    listing->members.push_back(std::move(member));
  }
  if (listing && code != kEof) {
    listing->end = {Code::kCorrupt, "libarchive"};
  }
  static_cast<void>(call<int, void*>("archive_read_free", archive));
  return listing;
}

}  // namespace kompakt::testing
