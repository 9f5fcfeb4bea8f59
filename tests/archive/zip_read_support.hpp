/// \file
/// A place in memory for what comes out of a zip archive.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "archive/zip/zip_extract.hpp"
#include "pipeline/run.hpp"

namespace kompakt::testing {

/// Keeps what an extraction would write. Knows no rules but that of names that come twice.
class CollectingWriter final : public TreeWriter {
 public:
  struct File {
    Entry entry;
    std::vector<std::byte> content;
  };

  Placement place(const Entry& entry) override {
    Placement placement;
    placement.path = entry.path;
    placement.duplicate = !placed_.insert(entry.path).second;
    return placement;
  }
  Result<std::unique_ptr<FileInProgress>> create_file(const Entry& entry,
                                                      const std::string& path) override {
    return std::unique_ptr<FileInProgress>(std::make_unique<Piecewise>(*this, entry, path));
  }
  Status write_file(const Entry& entry, const std::string& path, ByteSpan content) override {
    keep(path, {entry, {content.begin(), content.end()}});
    return {};
  }
  Status make_directory(const Entry& /*entry*/, const std::string& path) override {
    const std::lock_guard lock(mutex_);
    folders.insert(path);
    return {};
  }
  void defer(const Entry& entry, const std::string& path) override {
    const std::lock_guard lock(mutex_);
    links[path] = entry.link_target;
  }
  Status finish(const std::function<void(const Refusal&)>& /*on_refused*/) override {
    ++finished;
    return {};
  }
  std::uint64_t bytes_written() const override { return written_; }

  // Looked at when the run is over.
  std::map<std::string, File> files;
  std::map<std::string, std::string> links;
  std::set<std::string> folders;
  int finished = 0;

 private:
  class Piecewise final : public FileInProgress {
   public:
    Piecewise(CollectingWriter& writer, const Entry& entry, std::string path)
        : writer_(writer), file_{entry, {}}, path_(std::move(path)) {}
    Status write_at(std::uint64_t offset, ByteSpan bytes) override {
      const std::lock_guard lock(mutex_);
      file_.content.resize(std::max(file_.content.size(), offset + bytes.size()));
      std::copy(bytes.begin(), bytes.end(),
                file_.content.begin() + static_cast<std::ptrdiff_t>(offset));
      return {};
    }
    Status commit() override {
      writer_.keep(path_, std::move(file_));
      return {};
    }

   private:
    CollectingWriter& writer_;  // outlives the file
    File file_;
    std::string path_;
    std::mutex mutex_;
  };

  void keep(const std::string& path, File file) {
    const std::lock_guard lock(mutex_);
    written_ += file.content.size();
    files[path] = std::move(file);
  }

  std::set<std::string> placed_;
  std::mutex mutex_;
  std::uint64_t written_ = 0;
};

/// What an extraction told.
struct ZipOutcome {
  Status status;  ///< of opening, or of the run
  Status damage;
  bool recovered = false;
  ExtractCounts counts;
  std::vector<std::string> order;                            ///< paths, as on_entry had them
  std::vector<std::pair<std::string, Status>> lost;          ///< paths and why
  std::vector<std::pair<std::string, std::string>> refused;  ///< paths and rules
  [[nodiscard]] bool clean() const {
    return status.ok() && counts.damage.ok() && lost.empty() && refused.empty();
  }
};

struct ZipRun {
  unsigned threads = 2;
  MemberSelection members = {};
  ExtractLimits limits = {};
  ZipReadLimits read_limits = {};
};

inline ZipOutcome extract_zip(const Source& source, TreeWriter& writer, const ZipRun& run = {}) {
  ZipOutcome outcome;
  const auto archive = ZipArchive::open(source, run.read_limits);
  if (!archive.ok()) {
    outcome.status = archive.status();
    return outcome;
  }
  outcome.damage = (*archive)->damage();
  outcome.recovered = (*archive)->recovered();
  MemberFilter filter(run.members);
  ExtractHooks hooks;
  hooks.on_entry = [&](const Entry& entry) { outcome.order.push_back(entry.path); };
  hooks.on_lost = [&](const Entry& entry, const Status& why) {
    outcome.lost.emplace_back(entry.path, why);
  };
  hooks.on_refused = [&](const Refusal& refusal) {
    outcome.refused.emplace_back(refusal.path, refusal.rule);
  };
  const auto job = make_zip_extract_job(**archive, writer, filter, hooks, run.limits);
  if (!job.ok()) {
    outcome.status = job.status();
    return outcome;
  }
  RunOptions options;
  options.threads = run.threads;
  outcome.status = run_job(**job, options);
  outcome.counts = (*job)->counts();
  return outcome;
}

}  // namespace kompakt::testing
