/// \file
/// Making and reading .warp archives in tests.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "archive/warp/warp_create.hpp"
#include "archive/warp/warp_extract.hpp"
#include "kompakt/sink.hpp"
#include "kompakt/source.hpp"
#include "pipeline/run.hpp"
#include "temp_folder.hpp"
#include "test_data.hpp"

namespace kompakt::testing::warp_archive {

/// Gives what another walk gave, in any order.
class ListedWalk final : public TreeWalk {
 public:
  explicit ListedWalk(std::vector<WalkedEntry> entries) : entries_(std::move(entries)) {}
  Result<bool> next(WalkedEntry& out) override {
    if (next_ == entries_.size()) {
      return false;
    }
    out = entries_[next_++];
    return true;
  }
  Result<Descriptor> open_current() override {
    return open_walked(real_system(), entries_[next_ - 1]);
  }

 private:
  std::vector<WalkedEntry> entries_;
  std::size_t next_ = 0;
};

inline std::vector<WalkedEntry> walk_of(const std::string& folder) {
  std::vector<WalkedEntry> entries;
  TreeSelection selection;
  selection.base = folder;
  selection.paths = {"."};
  auto walk = TreeWalk::open(real_system(), selection, {});
  EXPECT_TRUE(walk.ok()) << walk.status().to_string();
  WalkedEntry entry;
  for (;;) {
    const auto more = (*walk)->next(entry);
    EXPECT_TRUE(more.ok()) << more.status().to_string();
    if (!more.ok() || !*more) {
      break;
    }
    if (!entry.entry.path.empty() && entry.entry.path != ".") {
      entries.push_back(entry);
    }
  }
  return entries;
}

inline Status run(StagedJob& job, unsigned threads) {
  RunOptions options;
  options.threads = threads;
  return run_job(job, options);
}

struct Packed {
  Status status;
  Bytes file;
  WarpArchiveCounts counts;
  std::vector<std::string> warnings;
};

struct Packing {
  std::string codec = "zstd:level=3";
  std::size_t block_size = 4096;
  HashId hash = HashId::kBlake3;
  unsigned threads = 1;
};

inline Packed pack(std::vector<WalkedEntry> entries, const Packing& packing = {}) {
  Packed out;
  const auto sink = memory_sink(out.file);
  auto job = make_warp_archive_job(
      real_system(), std::make_unique<ListedWalk>(std::move(entries)), *sink,
      {.codec = parse_codec_spec(packing.codec).value(),
       .block_size = packing.block_size,
       .hash = packing.hash,
       .adjust = nullptr,
       .on_entry = nullptr,
       .on_warning = [&out](const Status& status) { out.warnings.push_back(status.to_string()); },
       .on_block = nullptr});
  if (!job.ok()) {
    out.status = job.status();
    return out;
  }
  out.status = run(**job, packing.threads);
  out.counts = (*job)->counts();
  return out;
}

/// Keeps members in memory, under the names that they were asked to have.
class MemoryWriter final : public TreeWriter {
 public:
  struct Kept {
    Entry entry;
    std::string content;  // with its holes as zeros
  };
  Placement place(const Entry& entry) override {
    Placement placement;
    placement.path = entry.path;
    placement.duplicate = !placed_.insert({entry.path, true}).second;
    return placement;
  }
  Result<std::unique_ptr<FileInProgress>> create_file(const Entry& entry,
                                                      const std::string& path) override {
    return std::unique_ptr<FileInProgress>(std::make_unique<File>(*this, entry, path));
  }
  Status write_file(const Entry& entry, const std::string& path, ByteSpan content) override {
    File file(*this, entry, path);
    const Status written = file.write_at(0, content);
    return written.ok() ? file.commit() : written;
  }
  Status make_directory(const Entry& entry, const std::string& path) override {
    keep(path, {entry, {}});
    return {};
  }
  void defer(const Entry& entry, const std::string& path) override { keep(path, {entry, {}}); }
  Status finish(const std::function<void(const Refusal&)>&) override { return {}; }
  std::uint64_t bytes_written() const override { return 0; }

  [[nodiscard]] const std::map<std::string, Kept>& kept() const { return kept_; }

 private:
  class File final : public FileInProgress {
   public:
    File(MemoryWriter& writer, Entry entry, std::string path)
        : writer_(writer), entry_(std::move(entry)), path_(std::move(path)) {
      content_.resize(static_cast<std::size_t>(entry_.size));
    }
    Status write_at(std::uint64_t offset, ByteSpan bytes) override {
      if (offset > content_.size() || bytes.size() > content_.size() - offset) {
        return {Code::kInternal, "written behind the end"};
      }
      std::transform(bytes.begin(), bytes.end(),
                     content_.begin() + static_cast<std::ptrdiff_t>(offset),
                     [](std::byte byte) { return static_cast<char>(byte); });
      return {};
    }
    Status commit() override {
      writer_.keep(path_, {entry_, content_});
      return {};
    }

   private:
    MemoryWriter& writer_;
    Entry entry_;
    std::string path_;
    std::string content_;
  };
  void keep(const std::string& path, Kept kept) {
    const std::lock_guard<std::mutex> lock(mutex_);
    kept_[path] = std::move(kept);
  }

  std::mutex mutex_;
  std::map<std::string, bool> placed_;
  std::map<std::string, Kept> kept_;
};

struct Unpacked {
  Status status;  // of opening or of the run
  std::map<std::string, MemoryWriter::Kept> members;
  ExtractCounts counts;
  std::vector<std::string> lost;
  std::vector<std::string> refused;

  /// Nothing went wrong and nothing was gone over.
  [[nodiscard]] bool clean() const {
    return status.ok() && counts.damage.ok() && lost.empty() && refused.empty();
  }
};

inline Unpacked unpack(ByteSpan file, const MemberSelection& selection = {}, unsigned threads = 1) {
  Unpacked out;
  const auto source = memory_source(file);
  auto archive = WarpArchive::open(*source);
  if (!archive.ok()) {
    out.status = archive.status();
    return out;
  }
  MemoryWriter writer;
  MemberFilter filter(selection);
  WarpExtractOptions options;
  options.names = selection.names;
  options.hooks.on_lost = [&out](const Entry& entry, const Status&) {
    out.lost.push_back(entry.path);
  };
  options.hooks.on_refused = [&out](const Refusal& refusal) {
    out.refused.push_back(refusal.path + ": " + refusal.rule);
  };
  auto job = make_warp_extract_job(**archive, writer, filter, options);
  if (!job.ok()) {
    out.status = job.status();
    return out;
  }
  out.status = run(**job, threads);
  out.counts = (*job)->counts();
  out.members = writer.kept();
  return out;
}

/// What must come back of an entry.
inline void expect_same_entry(const Entry& got, const Entry& wanted) {
  EXPECT_EQ(got.path, wanted.path);
  EXPECT_EQ(got.type, wanted.type) << wanted.path;
  EXPECT_EQ(got.size, wanted.size) << wanted.path;
  EXPECT_EQ(got.mode, wanted.mode) << wanted.path;
  EXPECT_EQ(got.modified, wanted.modified) << wanted.path;
  EXPECT_EQ(got.owner, wanted.owner) << wanted.path;
  EXPECT_EQ(got.user, wanted.user) << wanted.path;
  EXPECT_EQ(got.group, wanted.group) << wanted.path;
  EXPECT_EQ(got.link_target, wanted.link_target) << wanted.path;
  EXPECT_EQ(got.xattrs, wanted.xattrs) << wanted.path;
  EXPECT_EQ(got.data_runs.has_value(), wanted.data_runs.has_value()) << wanted.path;
}

}  // namespace kompakt::testing::warp_archive
