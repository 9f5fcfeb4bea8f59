// Every tar of the public test sets, read by us, by libarchive and by GNU tar: whether they take
// it, and what they say is in it.
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <sstream>

#include "format/stock_tools.hpp"
#include "kompakt/stream.hpp"
#include "tar_libarchive.hpp"

namespace {

using namespace kompakt;
using namespace kompakt::testing;

constexpr std::uint64_t kMostArchive = std::uint64_t{64} << 20U;

/// The file's content, decoded where it is of a stream format; nullopt where it cannot be had.
std::optional<Bytes> load(const std::string& path) {
  const auto source = open_file_source(path);
  if (!source.ok() || (*source)->size().value_or(kMostArchive) >= kMostArchive) {
    return std::nullopt;
  }
  Bytes bytes(static_cast<std::size_t>(*(*source)->size()));
  if (!(*source)->read(bytes).ok()) {
    return std::nullopt;
  }
  if (path.ends_with(".Z")) {
    int code = 0;
    Bytes content = have_tool("gzip") ? run_tool({"gzip", "-dc"}, bytes, &code) : Bytes();
    return code == 0 && !content.empty() ? std::optional(std::move(content)) : std::nullopt;
  }
  if (!detect_format(bytes)) {
    return bytes;
  }
  Bytes content;
  const auto packed = memory_source(bytes);
  const auto sink = memory_sink(content);
  DecompressOptions options;
  options.max_output = kMostArchive;
  options.run.threads = 1;
  return decompress(*packed, *sink, options).ok() ? std::optional(std::move(content))
                                                  : std::nullopt;
}

struct Sample {
  std::string name;  // below the shared folder
  Bytes bytes;
};

/// Whatever is named as a tar, and whatever looks like one.
const std::vector<Sample>& samples() {
  static const std::vector<Sample> found = [] {
    std::vector<Sample> out;
    const std::filesystem::path root = std::filesystem::path(KOMPAKT_SHARED) / "interop";
    std::error_code missing;
    for (const auto& file : std::filesystem::recursive_directory_iterator(root, missing)) {
      if (!file.is_regular_file()) {
        continue;
      }
      const std::string name = file.path().filename();
      const bool named = name.find(".tar") != std::string::npos || name.ends_with(".tgz") ||
                         name.find(".ustar") != std::string::npos;
      std::optional<Bytes> bytes;
      if (named || file.file_size() % 512 == 0) {
        bytes = load(file.path());
      }
      if (bytes && (named || looks_like_tar(*bytes))) {
        out.push_back({file.path().lexically_relative(root), std::move(*bytes)});
      }
    }
    std::sort(out.begin(), out.end(),
              [](const Sample& a, const Sample& b) { return a.name < b.name; });
    return out;
  }();
  return found;
}

/// Where another reader answers differently, and why we stay with our answer.
using Exceptions = std::map<std::string, std::string>;

const Exceptions& libarchive_exceptions() {
  static const std::string kTest = "libarchive/libarchive/test/";
  static const std::string kGo = "tar-split/archive/tar/testdata/";
  static const Exceptions known = {
      {kTest + "test_compat_star_acl_posix1e.tar",
       "libarchive takes the permissions of the group from the list instead of the header"},
      {kTest + "test_read_format_gtar_sparse_skip_entry.tar.Z",
       "libarchive 3.6 loses its place when it skips a sparse file (GNU tar does not)"},
      {kTest + "test_read_format_tar_V_negative_size.tar",
       "no header in it has a checksum that fits: GNU tar refuses it too"},
      {kTest + "test_read_format_tar_pax_large_attr.tar.Z",
       "an attribute of 8 MB, which later releases of libarchive take too"},
      {kTest + "test_read_pax_empty_val_no_nl.tar",
       "a record cut off before its newline: GNU tar calls it malformed too"},
      {kTest + "test_read_format_gtar_sparse_1_17_posix10_modified.tar",
       "text behind the sparse map: GNU tar calls it malformed too"},
      {kGo + "nil-uid.tar",
       "libarchive takes text behind the fields for the size of a sparse file"},
      {kGo + "pax-bad-hdr-file.tar", "records of a wrong length: GNU tar calls them malformed too"},
      {kGo + "pax-bad-hdr-large.tar.bz2",
       "an extended header of 1 MiB, past a limit of libarchive: GNU tar takes it too"},
      {kGo + "pax-bad-mtime-file.tar",
       "a time that is none: libarchive takes the digits in front, we the time of the header"},
      {kGo + "pax-global-records.tar",
       "libarchive ignores global headers; GNU tar and pax take the times from them"},
      {kGo + "pax-nul-path.tar", "a NUL in a name: libarchive cuts it there"},
      {kGo + "pax-nul-xattrs.tar", "a NUL in the name of an attribute: libarchive cuts it there"},
  };
  return known;
}

const Exceptions& gnu_exceptions() {
  static const std::string kTest = "libarchive/libarchive/test/";
  static const std::string kGo = "tar-split/archive/tar/testdata/";
  static const Exceptions known = {
      {kTest + "test_compat_solaris_tar_acl.tar",
       "GNU tar takes access control lists of Solaris for files"},
      {kTest + "test_compat_tar_directory_1.tar",
       "a folder with a size and no content: GNU tar skips what follows, libarchive does not"},
      {kTest + "test_read_format_tar_empty_with_gnulabel.tar", "GNU tar lists labels"},
      {kGo + "hdr-only.tar",
       "links and folders with a size and no content: GNU tar loses its place"},
      {kGo + "pax-global-records.tar",
       "GNU tar takes names from global headers too, so that all members have one name"},
      {kGo + "pax-nul-path.tar", "a NUL in a name: GNU tar cuts it there"},
      {kGo + "pax-path-hdr.tar", "an extended header at the end: GNU tar does not mind"},
  };
  return known;
}

/// What is compared: how the reading ended, and each member in a line.
std::string describe(const Member& member) {
  std::ostringstream out;
  const Entry& entry = member.entry;
  const Entry::Time time = entry.modified.value_or(Entry::Time{});
  out << entry_type_name(entry.type) << " '" << entry.path << "' " << entry.size << " " << std::oct
      << entry.mode.value_or(0) << std::dec << " " << time.seconds << "." << time.nanoseconds
      << (entry.link_target.empty() ? "" : " -> ") << entry.link_target << " #"
      << std::hash<std::string>()(member.content);
  return out.str();
}

std::string describe(const std::optional<Listing>& listing) {
  if (!listing || !listing->clean()) {
    return "refused or damaged";
  }
  std::string text = "accepted";
  for (const Member& member : listing->members) {
    text += "\n    " + describe(member);
  }
  return text;
}

void compare(const std::string& name, const std::string& ours, const std::string& theirs,
             const Exceptions& exceptions) {
  if (const auto known = exceptions.find(name); known != exceptions.end()) {
    EXPECT_NE(ours, theirs) << name << " is not an exception any more: " << known->second;
  } else {
    EXPECT_EQ(ours, theirs) << name;
  }
}

TEST(TarDifferential, LibarchiveSeesTheSameMembers) {
  if (samples().empty()) {
    GTEST_SKIP() << "no shared test files";
  }
  const LibarchiveJudge judge;
  if (!judge.available()) {
    GTEST_SKIP() << "no libarchive";
  }
  for (const Sample& sample : samples()) {
    auto theirs = judge.read(sample.bytes);
    if (theirs) {
      theirs->damage = {};  // warnings are about encodings and such
    }
    compare(sample.name, describe(read_tar(sample.bytes)), describe(theirs),
            libarchive_exceptions());
  }
}

/// The names that GNU tar lists, one a line; nullopt where it is not content with the archive.
std::optional<std::string> gnu_names(ByteSpan bytes) {
  int code = 0;
  const Bytes out = run_tool(
      {"tar", "--force-local", "-t", "-P", "--quoting-style=literal", "-f", "-"}, bytes, &code);
  return code == 0
             ? std::optional(std::string(reinterpret_cast<const char*>(out.data()), out.size()))
             : std::nullopt;
}

TEST(TarDifferential, GnuTarSeesTheSameNames) {
  if (samples().empty() || !have_tool("tar")) {
    GTEST_SKIP() << "no shared test files, or no tar";
  }
  for (const Sample& sample : samples()) {
    const Listing ours = read_tar(sample.bytes, {.content = false});
    std::string names;
    for (const Member& member : ours.members) {
      names += member.entry.path;
      const bool slash = member.entry.type == EntryType::kDirectory &&
                         member.entry.path.find_first_not_of('/') != std::string::npos;
      names += slash ? "/\n" : "\n";
    }
    const auto theirs = gnu_names(sample.bytes);
    compare(sample.name, ours.clean() ? names : "refused or damaged",
            theirs ? *theirs : "refused or damaged", gnu_exceptions());
  }
}

}  // namespace
