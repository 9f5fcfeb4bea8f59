/// \file
/// What the verbs that read archives share.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "files.hpp"
#include "kompakt/archive.hpp"
#include "progress.hpp"

namespace kompakt::cli {

/// How to read the archive in `input`, without anybody looking on. `index`, where given, outlives
/// the options.
[[nodiscard]] ArchiveReadOptions archive_reading_options(const Session& session, const Input& input,
                                                         const ArchiveIndex* index);

/// What is in the input; nothing where it is no archive, cannot be told, or is a pipe.
[[nodiscard]] std::optional<ArchiveTarget> archive_in(const Session& session, const Input& input,
                                                      Source& source);

/// Tells of members: each one with -v, and everything that went wrong. Its hooks may be called from
/// several threads, because decoding and writing members go on side by side.
class MemberReporter {
 public:
  MemberReporter(const Session& session, std::string archive)
      : session_(session), archive_(std::move(archive)) {}
  MemberReporter(const MemberReporter&) = delete;
  MemberReporter& operator=(const MemberReporter&) = delete;
  MemberReporter(MemberReporter&&) = delete;
  MemberReporter& operator=(MemberReporter&&) = delete;
  ~MemberReporter() = default;

  /// Hooks for members that are read; they refer to this object.
  void watch(ArchiveReadOptions& options, ProgressMeter& meter);

  void member(const Entry& entry);
  void refused(const Refusal& refusal);
  void lost(const Entry& entry, const Status& reason);
  void warned(const Status& warning);
  /// What is right here and may be wrong elsewhere: does not change the exit code.
  void noted(const Status& note);
  /// Warnings so far that are of more than names.
  [[nodiscard]] std::uint64_t warnings() const noexcept { return warnings_; }
  /// The same callback, one thread at a time with the hooks.
  template <typename Argument>
  [[nodiscard]] std::function<void(const Argument&)> guard(
      std::function<void(const Argument&)> callback) {
    return [this, callback = std::move(callback)](const Argument& argument) {
      const std::lock_guard lock(mutex_);
      callback(argument);
    };
  }

  /// Says what is left to be said once the archive has been read; its exit code. 3 where anything
  /// is damaged, 7 where members were refused or some of the names are not in the archive, 1 where
  /// none of them is, 2 after warnings.
  [[nodiscard]] Exit verdict(const ArchiveResult& result);

 private:
  [[nodiscard]] Exit unmatched(const ArchiveResult& result);

  const Session& session_;  // outlives the reporter
  std::string archive_;
  std::mutex mutex_;  // guards the console and the counts
  std::uint64_t lost_ = 0;
  std::uint64_t warnings_ = 0;
  std::uint64_t notes_ = 0;
};

/// The fields that results of archives share.
void add_archive(JsonLine& line, const ArchiveResult& result);

}  // namespace kompakt::cli
