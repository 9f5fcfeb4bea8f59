/// \file
/// Zip archives for tests: made from folders or from lists of files, and taken apart by the records
/// of the format alone.
#pragma once

#include <gtest/gtest.h>

#include <sys/mman.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "archive/tree/tree_walk.hpp"
#include "archive/zip/zip_layout.hpp"
#include "archive/zip/zip_write.hpp"
#include "format/stock_tools.hpp"
#include "pipeline/run.hpp"
#include "test_data.hpp"

namespace kompakt::testing {

inline ByteSpan as_span(std::string_view text) {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}

/// An entry for a ListWalk. The size that the walk tells may be wrong, as where a file changes.
struct ListedFile {
  Entry entry;
  Bytes content;
  bool opens = true;
};

inline ListedFile listed(std::string path, Bytes content) {
  ListedFile file;
  file.entry.path = std::move(path);
  file.entry.size = content.size();
  file.entry.mode = 0644;
  file.entry.modified = Entry::Time{.seconds = 1'000'000'000, .nanoseconds = 0};
  file.content = std::move(content);
  return file;
}

inline ListedFile listed(std::string path, EntryType type) {
  ListedFile file = listed(std::move(path), Bytes());
  file.entry.type = type;
  file.entry.mode = 0755;
  return file;
}

/// A walk over files that need not exist.
class ListWalk final : public TreeWalk {
 public:
  explicit ListWalk(std::vector<ListedFile> files) : files_(std::move(files)) {}

  Result<bool> next(WalkedEntry& out) override {
    if (at_ == files_.size()) {
      return false;
    }
    out = {};
    out.entry = files_[at_++].entry;
    return true;
  }

  Result<Descriptor> open_current() override {
    const ListedFile& file = files_[at_ - 1];
    if (!file.opens) {
      return Status(Code::kIo, "cannot be opened");
    }
    const int fd = ::memfd_create("content", MFD_CLOEXEC);
    EXPECT_GE(fd, 0);
    EXPECT_EQ(::write(fd, file.content.data(), file.content.size()),
              static_cast<::ssize_t>(file.content.size()));
    ::lseek(fd, 0, SEEK_SET);
    return Descriptor(real_system(), fd);
  }

 private:
  std::vector<ListedFile> files_;
  std::size_t at_ = 0;
};

inline std::unique_ptr<TreeWalk> walk_of(std::vector<ListedFile> files) {
  return std::make_unique<ListWalk>(std::move(files));
}

/// A walk over what is in a folder.
inline std::unique_ptr<TreeWalk> walk_folder(const std::string& folder) {
  TreeSelection selection;
  selection.paths = {"."};
  selection.base = folder;
  auto walk = TreeWalk::open(real_system(), selection, {});
  EXPECT_TRUE(walk.ok()) << walk.status().to_string();
  return walk.ok() ? std::move(*walk) : nullptr;
}

inline ZipWriteOptions with_method(std::string method, std::optional<int> level = {}) {
  ZipWriteOptions options;
  options.method = std::move(method);
  options.level = level;
  return options;
}

inline ZipWriteOptions reproducible(std::optional<std::int64_t> epoch = {}) {
  ZipWriteOptions options;
  options.reproducible = true;
  options.epoch = epoch;
  return options;
}

struct BuiltZip {
  Bytes bytes;
  ZipWriteCounts counts;
  std::vector<Status> warnings;
  std::vector<Entry> told;
  Status status;
};

inline BuiltZip make_zip(std::unique_ptr<TreeWalk> walk, ZipWriteOptions options = {},
                         unsigned threads = 2) {
  BuiltZip made;
  const auto sink = memory_sink(made.bytes);
  options.on_warning = [&](const Status& status) { made.warnings.push_back(status); };
  options.on_entry = [&](const Entry& entry) { made.told.push_back(entry); };
  const auto job = make_zip_encode_job(std::move(walk), *sink, std::move(options));
  if (!job.ok()) {
    made.status = job.status();
    return made;
  }
  RunOptions run;
  run.threads = threads;
  made.status = run_job(**job, run);
  made.counts = (*job)->counts();
  return made;
}

/// One entry as the records tell of it.
struct ZipPart {
  std::string name;
  zip::CentralHeader central;
  zip::LocalHeader local;
  std::uint64_t size = 0;
  std::uint64_t stored_size = 0;
  std::uint64_t offset = 0;
  Bytes central_extra;
  Bytes local_extra;
  Bytes data;

  [[nodiscard]] Bytes extra(std::uint16_t id, bool central_one) const {
    zip::ExtraFields fields(central_one ? central_extra : local_extra);
    while (const auto field = fields.next()) {
      if (field->id == id) {
        return {field->data.begin(), field->data.end()};
      }
    }
    return {};
  }
};

/// Takes an archive apart and fails the test wherever records contradict each other, overlap or
/// leave gaps.
class ZipParts {
 public:
  explicit ZipParts(ByteSpan archive);
  [[nodiscard]] const std::vector<ZipPart>& all() const { return parts_; }
  /// Fails the test where there is none.
  [[nodiscard]] const ZipPart& at(std::string_view name) const {
    for (const ZipPart& part : parts_) {
      if (part.name == name) {
        return part;
      }
    }
    ADD_FAILURE() << "no entry " << name;
    static const ZipPart kNone;
    return kNone;
  }
  [[nodiscard]] bool zip64() const { return zip64_; }

 private:
  void read_end(std::uint64_t& entries, std::uint64_t& size, std::uint64_t& offset);
  std::size_t read_central(std::size_t at);
  std::size_t read_local(ZipPart& part);

  ByteSpan archive_;
  std::vector<ZipPart> parts_;
  bool zip64_ = false;
};

/// Whether a stock tool finds the archive whole: "unzip", "7zz", "bsdtar", "python3". Tools that
/// are not installed find everything whole.
[[nodiscard]] bool accepts(std::string_view tool, ByteSpan archive);

}  // namespace kompakt::testing
