#include <algorithm>

#include "core/endian.hpp"
#include "zip_write_support.hpp"

namespace kompakt::testing {
namespace {

template <typename T>
T checked(Result<T> result, const char* what) {
  EXPECT_TRUE(result.ok()) << what << ": " << result.status().to_string();
  return result.ok() ? *result : T{};
}

Bytes copy(ByteSpan bytes) { return {bytes.begin(), bytes.end()}; }

std::string text_of(ByteSpan bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Takes the 64-bit values from the zip64 field, in order, where the narrow ones say so.
void widen(ZipPart& part) {
  const Bytes wide = part.extra(zip::kExtraZip64, true);
  ByteSpan left = wide;
  for (std::uint64_t* const value : {&part.size, &part.stored_size, &part.offset}) {
    if (*value == zip::kIn64) {
      ASSERT_GE(left.size(), 8U) << part.name;
      *value = load_le<std::uint64_t>(left);
      left = left.subspan(8);
    }
  }
  EXPECT_TRUE(left.empty()) << part.name << ": more zip64 values than fields that ask for them";
}

}  // namespace

ZipParts::ZipParts(ByteSpan archive) : archive_(archive) {
  std::uint64_t entries = 0;
  std::uint64_t size = 0;
  std::uint64_t offset = 0;
  if (archive.size() < zip::kEndSize) {
    ADD_FAILURE() << "no archive of " << archive.size() << " bytes";
    return;
  }
  read_end(entries, size, offset);
  std::size_t at = offset;
  for (std::uint64_t i = 0; i < entries && !::testing::Test::HasFailure(); ++i) {
    at = read_central(at);
  }
  EXPECT_EQ(at, offset + size);
  // Entry after entry from the first byte up to the directory.
  std::size_t data = 0;
  for (ZipPart& part : parts_) {
    if (::testing::Test::HasFailure()) {
      return;
    }
    EXPECT_EQ(part.offset, data) << part.name;
    data = read_local(part);
  }
  EXPECT_EQ(data, offset);
}

void ZipParts::read_end(std::uint64_t& entries, std::uint64_t& size, std::uint64_t& offset) {
  const std::size_t end_at = archive_.size() - zip::kEndSize;
  const auto end = checked(zip::EndRecord::load(archive_.subspan(end_at)), "end record");
  entries = end.entries;
  size = end.central_size;
  offset = end.central_offset;
  EXPECT_EQ(end.entries, end.disk_entries);
  std::size_t behind = end_at;
  zip64_ = entries == zip::kIn64Count || size == zip::kIn64 || offset == zip::kIn64;
  if (zip64_) {
    const std::size_t locator_at = end_at - zip::kZip64LocatorSize;
    const auto locator = checked(zip::Zip64Locator::load(archive_.subspan(locator_at)), "locator");
    EXPECT_EQ(locator.disks, 1U);
    behind = locator.end_offset;
    EXPECT_EQ(behind + zip::kZip64EndSize, locator_at);
    const auto wide = checked(zip::Zip64End::load(archive_.subspan(behind)), "zip64 end");
    EXPECT_EQ(wide.record_size, zip::kZip64EndSize - 12);
    EXPECT_EQ(wide.entries, wide.disk_entries);
    EXPECT_TRUE(entries == zip::kIn64Count || entries == wide.entries);
    entries = wide.entries;
    size = wide.central_size;
    offset = wide.central_offset;
  }
  EXPECT_EQ(offset + size, behind);
}

std::size_t ZipParts::read_central(std::size_t at) {
  ZipPart part;
  part.central = checked(zip::CentralHeader::load(archive_.subspan(at)), "central");
  at += zip::kCentralSize;
  part.name = text_of(archive_.subspan(at, part.central.name_size));
  at += part.central.name_size;
  part.central_extra = copy(archive_.subspan(at, part.central.extra_size));
  at += part.central.extra_size;
  part.size = part.central.size;
  part.stored_size = part.central.stored_size;
  part.offset = part.central.local_offset;
  widen(part);
  EXPECT_EQ(part.central.comment_size, 0);
  EXPECT_EQ(part.central.host, zip::kHostUnix);
  parts_.push_back(std::move(part));
  return at;
}

/// Returns where the entry ends.
std::size_t ZipParts::read_local(ZipPart& part) {
  std::size_t at = part.offset;
  part.local = checked(zip::LocalHeader::load(archive_.subspan(at)), "local");
  at += zip::kLocalSize;
  EXPECT_EQ(text_of(archive_.subspan(at, part.local.name_size)), part.name);
  at += part.local.name_size;
  part.local_extra = copy(archive_.subspan(at, part.local.extra_size));
  at += part.local.extra_size;
  part.data = copy(archive_.subspan(at, part.stored_size));
  at += part.stored_size;
  const auto& local = part.local;
  const auto& central = part.central;
  EXPECT_EQ(local.flags, central.flags) << part.name;
  EXPECT_EQ(local.method, central.method) << part.name;
  EXPECT_EQ(local.modified, central.modified) << part.name;
  EXPECT_LE(local.version_needed, central.version_needed) << part.name;
  if ((local.flags & zip::kFlagDescriptor) == 0) {
    EXPECT_EQ(local.crc32, central.crc32) << part.name;
    EXPECT_EQ(local.size, part.size) << part.name;
    EXPECT_EQ(local.stored_size, part.stored_size) << part.name;
    return at;
  }
  const bool wide = !part.extra(zip::kExtraZip64, false).empty();
  const ByteSpan descriptor =
      archive_.subspan(at, wide ? zip::kZip64DescriptorSize : zip::kDescriptorSize);
  EXPECT_EQ(local.size, wide ? zip::kIn64 : 0) << part.name;
  EXPECT_EQ(load_le<std::uint32_t>(descriptor), zip::kDescriptorSignature);
  EXPECT_EQ(load_le<std::uint32_t>(descriptor.subspan(4)), central.crc32);
  EXPECT_EQ(wide ? load_le<std::uint64_t>(descriptor.subspan(8))
                 : load_le<std::uint32_t>(descriptor.subspan(8)),
            part.stored_size);
  EXPECT_EQ(wide ? load_le<std::uint64_t>(descriptor.subspan(16))
                 : load_le<std::uint32_t>(descriptor.subspan(12)),
            part.size);
  return at + descriptor.size();
}

bool accepts(std::string_view tool, ByteSpan archive) {
  if (!have_tool(tool)) {
    return true;
  }
  const TempFolder folder(On::kMemory);
  const std::string path = folder / "a.zip";
  write_file(path, text_of(archive));
  std::vector<std::string> argv;
  if (tool == "unzip") {
    argv = {"unzip", "-tqq", path};
  } else if (tool == "7zz") {
    argv = {"7zz", "t", "-bso0", "-bsp0", path};
  } else if (tool == "bsdtar") {
    // Extracts to nowhere, which checks every CRC.
    argv = {"bsdtar", "-xOf", path};
  } else {
    argv = {"python3", "-c",
            "import sys, zipfile\n"
            "sys.exit(zipfile.ZipFile(sys.argv[1]).testzip() is not None)",
            path};
  }
  int code = 0;
  run_tool(argv, {}, &code);
  return code == 0;
}

}  // namespace kompakt::testing
