// Archives as objects against other people's programs: what they make is read, what is written
// they read.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "api/archive_support.hpp"
#include "format/stock_tools.hpp"
#include "temp_folder.hpp"

namespace kompakt::testing {
namespace {

/// The files in a folder of their own, "src" for the tools to pack.
void lay_out(const TempFolder& folder, const Files& files) {
  for (const auto& [path, content] : files) {
    const std::string at = folder / ("src/" + path);
    std::filesystem::create_directories(std::filesystem::path(at).parent_path());
    write_file(at, as_text(content));
  }
}

Files small_files() {
  return {{"empty", {}},
          {"notes.txt", to_bytes("one line\n")},
          {"deep/er/prose.txt", text_bytes(70'000)},
          {"deep/\xC3\xBC.bin", random_bytes(30'000)}};
}

struct Maker {
  const char* tool;
  const char* archive;
  const char* line;  ///< of the shell, in the folder that is packed; $1 is the archive
  const char* format_name;
};

constexpr std::array kMakers = {
    Maker{"7zz", "a.7z", "7zz a -bd -y \"$1\" . >/dev/null", "7-Zip"},
    Maker{"7zz", "b.zip", "7zz a -bd -y -tzip -mm=BZip2 \"$1\" . >/dev/null", "zip"},
    Maker{"zip", "c.zip", "zip -qr \"$1\" .", "zip"},
    Maker{"bsdtar", "d.cpio", "bsdtar -c --format newc -f \"$1\" .", "cpio"},
    Maker{"bsdtar", "e.iso", "bsdtar -c --format iso9660 -f \"$1\" .", "ISO 9660"},
    Maker{"bsdtar", "f.cpio.gz", "bsdtar -cz --format newc -f \"$1\" .", "cpio.gz"},
    Maker{"bsdtar", "g.tar.xz", "bsdtar -cJ -f \"$1\" .", "tar.xz"},
    Maker{"tar", "h.tar.gz", "tar -czf \"$1\" .", "tar.gz"},
    Maker{"tar", "i.tar", "tar -cf \"$1\" .", "tar"},
    Maker{
        "python3", "j.tar.bz2",
        "python3 -c 'import sys, tarfile; tarfile.open(sys.argv[1], \"w:bz2\").add(\".\")' \"$1\"",
        "tar.bz2"},
    Maker{"python3", "k.zip", "python3 -m zipfile -c \"$1\" *", "zip"},
};

TEST(ArchiveObjectsAndStockTools, ReadWhatTheyMake) {
  const Files files = small_files();
  const TempFolder folder(On::kMemory);
  lay_out(folder, files);
  for (const Maker& maker : kMakers) {
    if (!have_tool(maker.tool)) {
      std::printf("no %s: skipped\n", maker.tool);
      continue;
    }
    const std::string archive = folder / maker.archive;
    run_tool({"env", "LC_ALL=C.UTF-8", "bash", "-c", "cd \"$2\" && " + std::string(maker.line),
              "bash", archive, folder / "src"},
             {});
    const auto reader = ArchiveReader::open_file(archive);
    ASSERT_TRUE(reader.ok()) << maker.archive << ": " << reader.status().to_string();
    EXPECT_EQ((*reader)->format_name(), maker.format_name);
    const auto entries = (*reader)->entries();
    ASSERT_TRUE(entries.ok()) << entries.status().to_string();
    for (const auto& [path, content] : files) {
      const auto got = (*reader)->read(path);
      ASSERT_TRUE(got.ok()) << maker.archive << ": " << got.status().to_string();
      EXPECT_EQ(*got == content, true) << maker.archive << ": " << path;
    }
    EXPECT_EQ((*reader)->read("absent").status().code(), Code::kInvalidArgument);
    const auto tested = (*reader)->test();
    ASSERT_TRUE(tested.ok()) << tested.status().to_string();
    EXPECT_EQ(tested->files, files.size()) << maker.archive;
  }
}

/// In python: every member's name and content to stdout, in the archive's order.
constexpr const char* kReadZip =
    "import sys, zipfile\n"
    "z = zipfile.ZipFile(sys.argv[1])\n"
    "assert z.testzip() is None\n"
    "for i in z.infolist():\n"
    "  if not i.is_dir(): sys.stdout.buffer.write(i.filename.encode() + b'\\n' + z.read(i))\n";
constexpr const char* kReadTar =
    "import sys, tarfile\n"
    "t = tarfile.open(sys.argv[1])\n"
    "for m in t:\n"
    "  if m.isreg(): sys.stdout.buffer.write(m.name.encode() + b'\\n' + t.extractfile(m).read())\n";

Bytes names_and_contents(const Files& files) {
  Bytes all;
  for (const auto& [path, content] : files) {
    const Bytes name = to_bytes(path + "\n");
    all.insert(all.end(), name.begin(), name.end());
    all.insert(all.end(), content.begin(), content.end());
  }
  return all;
}

TEST(ArchiveObjectsAndStockTools, WriteWhatPythonReads) {
  if (!have_python("lzma, bz2, zlib")) {
    GTEST_SKIP() << "no python3";
  }
  const Files files = small_files();
  const TempFolder folder(On::kMemory);
  for (const std::string kind : {"zip", "tar", "tar.gz", "tar.bz2", "tar.xz"}) {
    const std::string path = folder / ("x." + kind);
    write_file(path, as_text(archive_of(kind, files)));
    const Bytes read = run_tool({"python3", "-c", kind == "zip" ? kReadZip : kReadTar, path}, {});
    EXPECT_EQ(read == names_and_contents(files), true) << kind;
  }
}

TEST(ArchiveObjectsAndStockTools, WriteWhatTheyTestAndExtract) {
  const Files files = small_files();
  const TempFolder folder(On::kMemory);
  const std::string zip = folder / "x.zip";
  const std::string tar = folder / "x.tar.zst";
  write_file(zip, as_text(archive_of("zip", files)));
  write_file(tar, as_text(archive_of("tar.zst", files)));
  const auto expect_extracted = [&](const char* tool, const std::string& line,
                                    const std::string& archive) {
    if (!have_tool(tool)) {
      std::printf("no %s: skipped\n", tool);
      return;
    }
    const std::string out = folder / (std::string("out-") + tool);
    ASSERT_EQ(::mkdir(out.c_str(), 0755), 0);
    run_tool({"env", "LC_ALL=C.UTF-8", "bash", "-c", "cd \"$2\" && " + line, "bash", archive, out},
             {});
    for (const auto& [path, content] : files) {
      EXPECT_EQ(read_file(out + "/" + path) == as_text(content), true) << tool << ": " << path;
    }
    EXPECT_EQ(stat_of(out + "/notes.txt").st_mtim.tv_sec, 1'600'000'000) << tool;
  };
  expect_extracted("unzip", "unzip -tqq \"$1\" && unzip -qq \"$1\"", zip);
  expect_extracted("7zz", "7zz x -bd -y \"$1\" >/dev/null", zip);
  expect_extracted("bsdtar", "bsdtar -xf \"$1\"", tar);
}

}  // namespace
}  // namespace kompakt::testing
