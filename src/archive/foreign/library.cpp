#include "archive/foreign/library.hpp"

#include <dlfcn.h>

namespace kompakt {
namespace {

constexpr const char* kSharedObject = "libarchive.so.13";

/// Takes functions out of a shared object and remembers whether one was missing.
class Loader {
 public:
  explicit Loader(void* handle) : handle_(handle) {}

  template <typename Function>
  void optional(Function& function, const char* name) {
    function = reinterpret_cast<Function>(::dlsym(handle_, name));
  }
  template <typename Function>
  void needed(Function& function, const char* name) {
    optional(function, name);
    complete_ = complete_ && function != nullptr;
  }
  [[nodiscard]] bool complete() const { return complete_; }

 private:
  void* handle_;
  bool complete_ = true;
};

void load_reading(Loader& from, ArchiveLibrary& to) {
  from.needed(to.read_new, "archive_read_new");
  from.needed(to.read_free, "archive_read_free");
  from.needed(to.read_support_format_7zip, "archive_read_support_format_7zip");
  from.needed(to.read_support_format_cpio, "archive_read_support_format_cpio");
  from.needed(to.read_support_format_iso9660, "archive_read_support_format_iso9660");
  from.needed(to.read_support_format_rar, "archive_read_support_format_rar");
  from.optional(to.read_support_format_rar5, "archive_read_support_format_rar5");
  from.needed(to.read_support_format_cab, "archive_read_support_format_cab");
  from.needed(to.read_support_format_ar, "archive_read_support_format_ar");
  from.needed(to.read_support_format_xar, "archive_read_support_format_xar");
  from.needed(to.read_support_format_lha, "archive_read_support_format_lha");
  from.needed(to.read_support_format_warc, "archive_read_support_format_warc");
  from.needed(to.read_set_read_callback, "archive_read_set_read_callback");
  from.needed(to.read_set_skip_callback, "archive_read_set_skip_callback");
  from.needed(to.read_set_seek_callback, "archive_read_set_seek_callback");
  from.needed(to.read_set_callback_data, "archive_read_set_callback_data");
  from.needed(to.read_open1, "archive_read_open1");
  from.needed(to.read_next_header2, "archive_read_next_header2");
  from.needed(to.read_header_position, "archive_read_header_position");
  from.needed(to.read_data_block, "archive_read_data_block");
  from.needed(to.error_number, "archive_errno");
  from.needed(to.error_string, "archive_error_string");
  from.needed(to.set_error, "archive_set_error");
  from.needed(to.format, "archive_format");
}

void load_entries(Loader& from, ArchiveLibrary& to) {
  from.needed(to.entry_new, "archive_entry_new");
  from.needed(to.entry_free, "archive_entry_free");
  from.needed(to.entry_pathname, "archive_entry_pathname");
  from.needed(to.entry_hardlink, "archive_entry_hardlink");
  from.needed(to.entry_symlink, "archive_entry_symlink");
  from.needed(to.entry_uname, "archive_entry_uname");
  from.needed(to.entry_gname, "archive_entry_gname");
  from.needed(to.entry_filetype, "archive_entry_filetype");
  from.needed(to.entry_perm, "archive_entry_perm");
  from.needed(to.entry_size, "archive_entry_size");
  from.needed(to.entry_size_is_set, "archive_entry_size_is_set");
  from.needed(to.entry_uid, "archive_entry_uid");
  from.needed(to.entry_gid, "archive_entry_gid");
  from.needed(to.entry_dev, "archive_entry_dev");
  from.needed(to.entry_ino64, "archive_entry_ino64");
  from.needed(to.entry_nlink, "archive_entry_nlink");
  from.needed(to.entry_rdevmajor, "archive_entry_rdevmajor");
  from.needed(to.entry_rdevminor, "archive_entry_rdevminor");
  from.needed(to.entry_mtime, "archive_entry_mtime");
  from.needed(to.entry_mtime_nsec, "archive_entry_mtime_nsec");
  from.needed(to.entry_mtime_is_set, "archive_entry_mtime_is_set");
  from.needed(to.entry_atime, "archive_entry_atime");
  from.needed(to.entry_atime_nsec, "archive_entry_atime_nsec");
  from.needed(to.entry_atime_is_set, "archive_entry_atime_is_set");
  from.needed(to.entry_xattr_reset, "archive_entry_xattr_reset");
  from.needed(to.entry_xattr_next, "archive_entry_xattr_next");
  from.needed(to.entry_is_encrypted, "archive_entry_is_encrypted");
}

Result<ArchiveLibrary> load() {
  // Never closed: its functions may be in use until the process ends.
  void* const handle = ::dlopen(kSharedObject, RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    return Status(Code::kUnsupported,
                  std::string("archives of this kind are read by libarchive, and ") +
                      kSharedObject + " is not there; install the package libarchive13");
  }
  Loader loader(handle);
  ArchiveLibrary library;
  load_reading(loader, library);
  load_entries(loader, library);
  if (!loader.complete()) {
    return Status(Code::kUnsupported,
                  std::string(kSharedObject) + " is too old; 3.2 or newer is needed");
  }
  return library;
}

::locale_t utf8_locale() {
  static const ::locale_t locale = [] {
    for (const char* const name : {"C.UTF-8", "en_US.UTF-8"}) {
      if (const ::locale_t found = ::newlocale(LC_CTYPE_MASK, name, nullptr)) {
        return found;
      }
    }
    return ::locale_t{};
  }();
  return locale;
}

}  // namespace

Result<const ArchiveLibrary*> archive_library() {
  static const Result<ArchiveLibrary> library = load();
  if (!library.ok()) {
    return library.status();
  }
  return &library.value();
}

// uselocale(nullptr) only asks: without a UTF-8 locale everything stays as it is.
Utf8Scope::Utf8Scope() : before_(::uselocale(utf8_locale())) {}

Utf8Scope::~Utf8Scope() { ::uselocale(before_); }

}  // namespace kompakt
