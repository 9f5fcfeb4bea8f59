/// \file
/// Which members an extraction writes, and in which order their content is met.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "archive/warp/member_store.hpp"
#include "archive/warp/warp_extract.hpp"

namespace kompakt {

/// A file that is to be written.
struct PlannedFile {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  std::uint32_t member = 0;
  [[nodiscard]] std::uint64_t end() const noexcept { return offset + length; }
};

/// Goes through the index once: folders are made and links left to the writer at once, files are
/// collected. Memory: a packed entry (MemberStore) and 24 bytes for each file.
class ExtractPlan {
 public:
  ExtractPlan(TreeWriter& writer, const WarpExtractOptions& options, ExtractCounts& counts)
      : writer_(writer), options_(options), counts_(counts) {}

  [[nodiscard]] Status make(WarpArchive& archive, MemberFilter& filter);

  /// Files with content by the place where it lies. Of two of them the ranges are equal or have
  /// nothing in common.
  [[nodiscard]] const std::vector<PlannedFile>& files() const noexcept { return files_; }
  [[nodiscard]] const std::vector<PlannedFile>& empty_files() const noexcept { return empty_; }
  /// Files whose path another file has too: to be written when all others are, in this order.
  [[nodiscard]] std::vector<PlannedFile>& late_files() noexcept { return late_; }

  void get(const PlannedFile& file, Entry& entry) const { store_.get(file.member, entry); }
  [[nodiscard]] std::string path_of(const PlannedFile& file) const;
  /// Counts and tells of a member that the writer would not take.
  void refuse(const Entry& entry, const Status& reason, std::string rule);

 private:
  [[nodiscard]] Status take(const Entry& entry, const warp_index::MemberRange& range);
  [[nodiscard]] Status take_file(const Entry& entry, const warp_index::MemberRange& range,
                                 const Placement& placement);
  [[nodiscard]] Status visit_all(WarpArchive& archive, const WarpArchive::Visitor& visit) const;
  void drop_overlapping();

  TreeWriter& writer_;                 // NOLINT(cppcoreguidelines-*): outlives the plan
  const WarpExtractOptions& options_;  // NOLINT(cppcoreguidelines-*): outlives the plan
  ExtractCounts& counts_;              // NOLINT(cppcoreguidelines-*): outlives the plan
  MemberStore store_;
  std::unordered_map<std::uint32_t, std::string> renamed_;
  std::vector<PlannedFile> files_;
  std::vector<PlannedFile> empty_;
  std::vector<PlannedFile> late_;
  std::uint64_t planned_bytes_ = 0;
  std::uint64_t archive_bytes_ = 0;
};

}  // namespace kompakt
