/// \file
/// libarchive as a table of functions, opened at run time.
#pragma once

#include <archive.h>
#include <archive_entry.h>
#include <clocale>

#include "kompakt/status.hpp"

namespace kompakt {

/// The functions in use, under their own names less "archive_". The types come from libarchive's
/// headers; the functions are those that every release since 3.2 has, whose shared object is
/// libarchive.so.13.
struct ArchiveLibrary {
  decltype(&::archive_read_new) read_new = nullptr;
  decltype(&::archive_read_free) read_free = nullptr;
  decltype(&::archive_read_support_format_7zip) read_support_format_7zip = nullptr;
  decltype(&::archive_read_support_format_cpio) read_support_format_cpio = nullptr;
  decltype(&::archive_read_support_format_iso9660) read_support_format_iso9660 = nullptr;
  decltype(&::archive_read_support_format_rar) read_support_format_rar = nullptr;
  /// Since 3.4; stays null before.
  decltype(&::archive_read_support_format_rar5) read_support_format_rar5 = nullptr;
  decltype(&::archive_read_support_format_cab) read_support_format_cab = nullptr;
  decltype(&::archive_read_support_format_ar) read_support_format_ar = nullptr;
  decltype(&::archive_read_support_format_xar) read_support_format_xar = nullptr;
  decltype(&::archive_read_support_format_lha) read_support_format_lha = nullptr;
  decltype(&::archive_read_support_format_warc) read_support_format_warc = nullptr;
  decltype(&::archive_read_set_read_callback) read_set_read_callback = nullptr;
  decltype(&::archive_read_set_skip_callback) read_set_skip_callback = nullptr;
  decltype(&::archive_read_set_seek_callback) read_set_seek_callback = nullptr;
  decltype(&::archive_read_set_callback_data) read_set_callback_data = nullptr;
  decltype(&::archive_read_open1) read_open1 = nullptr;
  decltype(&::archive_read_next_header2) read_next_header2 = nullptr;
  decltype(&::archive_read_header_position) read_header_position = nullptr;
  decltype(&::archive_read_data_block) read_data_block = nullptr;
  decltype(&::archive_errno) error_number = nullptr;
  decltype(&::archive_error_string) error_string = nullptr;
  decltype(&::archive_set_error) set_error = nullptr;
  decltype(&::archive_format) format = nullptr;

  decltype(&::archive_entry_new) entry_new = nullptr;
  decltype(&::archive_entry_free) entry_free = nullptr;
  decltype(&::archive_entry_pathname) entry_pathname = nullptr;
  decltype(&::archive_entry_hardlink) entry_hardlink = nullptr;
  decltype(&::archive_entry_symlink) entry_symlink = nullptr;
  decltype(&::archive_entry_uname) entry_uname = nullptr;
  decltype(&::archive_entry_gname) entry_gname = nullptr;
  decltype(&::archive_entry_filetype) entry_filetype = nullptr;
  decltype(&::archive_entry_perm) entry_perm = nullptr;
  decltype(&::archive_entry_size) entry_size = nullptr;
  decltype(&::archive_entry_size_is_set) entry_size_is_set = nullptr;
  decltype(&::archive_entry_uid) entry_uid = nullptr;
  decltype(&::archive_entry_gid) entry_gid = nullptr;
  decltype(&::archive_entry_dev) entry_dev = nullptr;
  decltype(&::archive_entry_ino64) entry_ino64 = nullptr;
  decltype(&::archive_entry_nlink) entry_nlink = nullptr;
  decltype(&::archive_entry_rdevmajor) entry_rdevmajor = nullptr;
  decltype(&::archive_entry_rdevminor) entry_rdevminor = nullptr;
  decltype(&::archive_entry_mtime) entry_mtime = nullptr;
  decltype(&::archive_entry_mtime_nsec) entry_mtime_nsec = nullptr;
  decltype(&::archive_entry_mtime_is_set) entry_mtime_is_set = nullptr;
  decltype(&::archive_entry_atime) entry_atime = nullptr;
  decltype(&::archive_entry_atime_nsec) entry_atime_nsec = nullptr;
  decltype(&::archive_entry_atime_is_set) entry_atime_is_set = nullptr;
  decltype(&::archive_entry_xattr_reset) entry_xattr_reset = nullptr;
  decltype(&::archive_entry_xattr_next) entry_xattr_next = nullptr;
  decltype(&::archive_entry_is_encrypted) entry_is_encrypted = nullptr;
};

/// Opens the library with the first call and keeps it for the life of the process. kUnsupported,
/// saying what to install, where there is none. Thread-safe.
[[nodiscard]] Result<const ArchiveLibrary*> archive_library();

/// libarchive turns names into the character set of the locale. While one of these lives, that is
/// UTF-8 for the calling thread, whatever the program's locale is.
class Utf8Scope {
 public:
  Utf8Scope();
  Utf8Scope(const Utf8Scope&) = delete;
  Utf8Scope& operator=(const Utf8Scope&) = delete;
  Utf8Scope(Utf8Scope&&) = delete;
  Utf8Scope& operator=(Utf8Scope&&) = delete;
  ~Utf8Scope();

 private:
  ::locale_t before_;
};

}  // namespace kompakt
