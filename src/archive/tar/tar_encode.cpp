#include "archive/tar/tar_encode.hpp"
#include "archive/epoch.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

#include "archive/tar/pax.hpp"
#include "archive/tar/posix_acl.hpp"
#include "archive/tar/sparse_map.hpp"
#include "archive/tar/tar_header.hpp"

namespace kompakt::tar {
namespace {

constexpr std::uint64_t kMostOctal8 = 07777777;       // 8-byte fields: 7 digits and a NUL
constexpr std::uint64_t kMostOctal12 = 077777777777;  // 12-byte fields

using Block = std::array<std::byte, kBlock>;

/// As much of `text` as there is room for.
void put_text(Block& block, Field field, std::string_view text) {
  std::memcpy(block.data() + field.at, text.data(), std::min(text.size(), field.size));
}

/// For numbers that fit: the callers have made sure.
void put_field(Block& block, Field field, std::uint64_t value) {
  put_number(MutableByteSpan(block).subspan(field.at, field.size), value);
}

/// A header with all that every header has.
Block blank_header(char mark, std::uint32_t mode, std::uint64_t size) {
  Block block{};
  put_text(block, kMagic,
           std::string_view("ustar\0"
                            "00",
                            8));
  block[kTypeAt] = static_cast<std::byte>(mark);
  put_field(block, kMode, mode);
  put_field(block, kUid, 0);
  put_field(block, kGid, 0);
  put_field(block, kSize, size);
  put_field(block, kMtime, 0);
  put_field(block, kMajor, 0);
  put_field(block, kMinor, 0);
  return block;
}

void append_block(std::string& out, Block& block) {
  put_checksum(block);
  out.append(reinterpret_cast<const char*>(block.data()), block.size());
}

char mark_of(EntryType type) {
  switch (type) {
    case EntryType::kFile:
      return '0';
    case EntryType::kHardlink:
      return '1';
    case EntryType::kSymlink:
      return '2';
    case EntryType::kCharDevice:
      return '3';
    case EntryType::kBlockDevice:
      return '4';
    case EntryType::kDirectory:
      return '5';
    case EntryType::kFifo:
      return '6';
  }
  return '0';
}

bool is_ascii(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

/// Well-formed UTF-8 without surrogates, as pax wants its values.
bool is_utf8(std::string_view text) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  for (std::size_t i = 0; i < text.size();) {
    const unsigned lead = byte(i);
    const std::size_t more = lead < 0x80 ? 0 : lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
    if ((lead >= 0x80 && lead < 0xC2) || lead > 0xF4 || more >= text.size() - i) {
      return false;
    }
    for (std::size_t k = 1; k <= more; ++k) {
      if ((byte(i + k) & 0xC0U) != 0x80) {
        return false;
      }
    }
    const unsigned second = more == 0 ? 0 : byte(i + 1);
    if ((lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F) ||
        (lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F)) {
      return false;
    }
    i += more + 1;
  }
  return true;
}

/// Where to cut a path into prefix and name; 0: no prefix is needed; npos: there is no such place.
std::size_t split_path(std::string_view path) noexcept {
  if (path.size() <= kName.size) {
    return 0;
  }
  // The name begins behind a '/' that is as far in front as the name's room allows.
  const std::size_t cut = path.find('/', path.size() - kName.size - 1);
  return cut == 0 || cut > kPrefix.size || cut + 1 >= path.size() ? std::string_view::npos : cut;
}

/// Collects what has no place in the header, and what replaces it there.
class HeaderWriter {
 public:
  HeaderWriter(const Entry& entry, const EncodeRules& rules, std::string& out)
      : entry_(entry),
        rules_(rules),
        out_(out),
        block_(blank_header(mark_of(entry.type), entry.mode.value_or(0) & 07777U, 0)) {}

  void write() {
    put_path();
    put_link();
    put_owner();
    put_time();
    put_devices();
    put_xattrs();
    std::string map;
    put_content(map);
    if (not_utf8_ && !records_.empty()) {
      std::string charset;
      append_record(charset, "hdrcharset", "BINARY");
      records_.insert(0, charset);
    }
    if (!records_.empty()) {
      // The same name for all of them: it costs nothing once it is compressed.
      Block extended = blank_header('x', 0644, records_.size());
      put_text(extended, kName, "PaxHeader");
      append_block(out_, extended);
      records_.resize(records_.size() + padding_of(records_.size()), '\0');
      out_ += records_;
    }
    append_block(out_, block_);
    out_ += map;
  }

 private:
  /// A record for text that does not fit, or whose encoding the header leaves open. What is not
  /// UTF-8 goes into the header alone where it fits: a record would have to say so.
  void record_text(std::string_view key, std::string_view text, bool fits) {
    const bool ascii = is_ascii(text);
    const bool utf8 = ascii || is_utf8(text);
    if (!fits || (utf8 && !ascii)) {
      append_record(records_, key, text);
      not_utf8_ = not_utf8_ || !utf8;
    }
  }

  /// What the header says: the path, of folders with a '/' at the end, of sparse files below a
  /// folder that tells readers without knowledge of them what they have got.
  std::string header_path() const {
    std::string path = entry_.path;
    if (entry_.type == EntryType::kDirectory && !path.ends_with('/')) {
      path += path.empty() ? "./" : "/";
    } else if (entry_.data_runs) {
      const std::size_t slash = path.rfind('/');
      path.insert(slash == std::string::npos ? 0 : slash + 1, "GNUSparseFile.0/");
    }
    return path;
  }

  void put_path() {
    const bool as_it_is = entry_.type != EntryType::kDirectory && !entry_.data_runs;
    const std::string made = as_it_is ? std::string() : header_path();
    const std::string_view path = as_it_is ? entry_.path : made;
    const std::size_t cut = split_path(path);
    const bool fits = cut != std::string_view::npos;
    record_text("path", path, fits);
    if (fits && cut != 0) {
      put_text(block_, kPrefix, path.substr(0, cut));
      put_text(block_, kName, path.substr(cut + 1));
    } else {
      put_text(block_, kName, path);
    }
  }

  void put_link() {
    if (entry_.type == EntryType::kSymlink || entry_.type == EntryType::kHardlink) {
      record_text("linkpath", entry_.link_target, entry_.link_target.size() <= kLink.size);
      put_text(block_, kLink, entry_.link_target);
    }
  }

  void put_id(Field field, std::string_view key, std::uint32_t id) {
    if (id > kMostOctal8) {
      append_record(records_, key, std::to_string(id));
    } else {
      put_field(block_, field, id);
    }
  }

  void put_owner() {
    if (rules_.reproducible) {
      return;
    }
    const Entry::Owner owner = entry_.owner.value_or(Entry::Owner{});
    put_id(kUid, "uid", owner.uid);
    put_id(kGid, "gid", owner.gid);
    // Readers want a NUL behind these.
    record_text("uname", entry_.user, entry_.user.size() < kUser.size);
    record_text("gname", entry_.group, entry_.group.size() < kGroup.size);
    put_text(block_, {kUser.at, kUser.size - 1}, entry_.user);
    put_text(block_, {kGroup.at, kGroup.size - 1}, entry_.group);
  }

  void put_time() {
    Entry::Time time = entry_.modified.value_or(Entry::Time{});
    cut_to_epoch(time, rules_.epoch);
    if (rules_.reproducible) {
      time.nanoseconds = 0;
    }
    const bool fits = time.seconds >= 0 && static_cast<std::uint64_t>(time.seconds) <= kMostOctal12;
    if (fits) {
      put_field(block_, kMtime, static_cast<std::uint64_t>(time.seconds));
    }
    if (!fits || time.nanoseconds != 0) {
      append_record(records_, "mtime", format_time(time));
    }
  }

  void put_devices() {
    if (entry_.type == EntryType::kCharDevice || entry_.type == EntryType::kBlockDevice) {
      put_field(block_, kMajor, entry_.device_major);
      put_field(block_, kMinor, entry_.device_minor);
    }
  }

  void put_xattrs() {
    for (const auto& [name, value] : entry_.xattrs) {
      if (name == kAccessAcl || name == kDefaultAcl) {
        if (const auto text = acl_to_text(value)) {
          append_record(records_, name == kAccessAcl ? "SCHILY.acl.access" : "SCHILY.acl.default",
                        *text);
          continue;
        }
      }
      // '=' would end the key.
      if (name.find('=') == std::string::npos) {
        append_record(records_, "SCHILY.xattr." + name, value);
      }
    }
  }

  void put_content(std::string& map) {
    if (entry_.type != EntryType::kFile) {
      return;
    }
    std::uint64_t stored = stored_content(entry_);
    if (entry_.data_runs) {
      map = format_text_map(*entry_.data_runs, entry_.size);
      stored += map.size();
      append_record(records_, "GNU.sparse.major", "1");
      append_record(records_, "GNU.sparse.minor", "0");
      append_record(records_, "GNU.sparse.name", entry_.path);
      append_record(records_, "GNU.sparse.realsize", std::to_string(entry_.size));
    }
    if (stored > kMostOctal12) {
      append_record(records_, "size", std::to_string(stored));
    } else {
      put_field(block_, kSize, stored);
    }
  }

  const Entry& entry_;
  const EncodeRules& rules_;
  std::string& out_;
  Block block_;
  std::string records_;
  bool not_utf8_ = false;
};

}  // namespace

void append_headers(const Entry& entry, const EncodeRules& rules, std::string& out) {
  HeaderWriter(entry, rules, out).write();
}

std::uint64_t stored_content(const Entry& entry) noexcept {
  if (entry.type != EntryType::kFile) {
    return 0;
  }
  if (!entry.data_runs) {
    return entry.size;
  }
  std::uint64_t total = 0;
  for (const Extent& run : *entry.data_runs) {
    total += run.length;
  }
  return total;
}

}  // namespace kompakt::tar
