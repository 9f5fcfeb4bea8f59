#include "archive/warp/extract_plan.hpp"

#include <algorithm>
#include <tuple>

#include "archive/extract/refusals.hpp"
#include "core/checked.hpp"

namespace kompakt {
namespace {

// Below this any ratio is allowed.
constexpr std::uint64_t kRatioFreeBytes = 64 * kMiB;
constexpr std::uint64_t kFewNames = 16;

/// The paths that a plain name can take: itself and everything below it. False where the name is
/// not simple enough to tell.
bool range_of_name(std::string_view name, std::pair<std::string, std::string>& range) {
  while (name.starts_with("./") || name.starts_with('/')) {
    name.remove_prefix(name.starts_with('/') ? 1 : 2);
  }
  while (name.ends_with('/')) {
    name.remove_suffix(1);
  }
  if (name.empty() || name == "." || is_glob(name) || name.find("//") != std::string_view::npos ||
      name.find("/.") != std::string_view::npos || name.starts_with("..")) {
    return false;
  }
  range.first = name;
  range.second = std::string(name) + static_cast<char>('/' + 1);
  return true;
}

}  // namespace

std::string ExtractPlan::path_of(const PlannedFile& file) const {
  const auto renamed = renamed_.find(file.member);
  return renamed != renamed_.end() ? renamed->second : std::string(store_.path(file.member));
}

void ExtractPlan::refuse(const Entry& entry, const Status& reason, std::string rule) {
  ++counts_.refused;
  if (options_.hooks.on_refused) {
    options_.hooks.on_refused({.path = entry.path, .rule = std::move(rule), .reason = reason});
  }
}

Status ExtractPlan::visit_all(WarpArchive& archive, const WarpArchive::Visitor& visit) const {
  std::vector<std::pair<std::string, std::string>> ranges(options_.names.size());
  // Each name takes a look into a segment at least: many go faster by looking into all of them.
  const std::uint64_t many =
      std::max(kFewNames, archive.members() / std::uint64_t{warp_index::kSegmentMembers});
  bool plain = !ranges.empty() && ranges.size() <= many;
  for (std::size_t i = 0; i < ranges.size() && plain; ++i) {
    plain = range_of_name(options_.names[i], ranges[i]);
  }
  std::sort(ranges.begin(), ranges.end());
  for (std::size_t i = 1; i < ranges.size() && plain; ++i) {
    plain = ranges[i - 1].second <= ranges[i].first;  // otherwise members would come twice
  }
  if (!plain) {
    return archive.for_each(visit);
  }
  for (const auto& [lower, upper] : ranges) {
    if (Status visited = archive.for_each(visit, lower, upper); !visited.ok()) {
      return visited;
    }
  }
  return {};
}

Status ExtractPlan::make(WarpArchive& archive, MemberFilter& filter) {
  archive_bytes_ = archive.source().size().value_or(0);
  Status visited =
      visit_all(archive, [&](const Entry& entry, const warp_index::MemberRange& range) -> Status {
        return filter.takes(entry.path) ? take(entry, range) : Status();
      });
  counts_.damage = counts_.damage.ok() ? archive.damage() : counts_.damage;
  if (!visited.ok()) {
    return visited;
  }
  std::sort(files_.begin(), files_.end(), [](const PlannedFile& a, const PlannedFile& b) {
    return std::tie(a.offset, a.length, a.member) < std::tie(b.offset, b.length, b.member);
  });
  drop_overlapping();
  return {};
}

void ExtractPlan::drop_overlapping() {
  std::uint64_t end = 0;
  const PlannedFile* last = nullptr;
  std::size_t kept = 0;
  Entry entry;
  for (const PlannedFile file : files_) {
    const bool same = last != nullptr && last->offset == file.offset && last->length == file.length;
    if (!same && file.offset < end) {
      store_.get(file.member, entry);
      refuse(entry, {Code::kCorrupt, "its content overlaps that of another member"},
             "overlapping members");
      continue;
    }
    end = file.end();
    files_[kept] = file;
    last = &files_[kept++];
  }
  files_.resize(kept);
}

Status ExtractPlan::take(const Entry& entry, const warp_index::MemberRange& range) {
  const Placement placement = writer_.place(entry);
  if (placement.kind == Placement::Kind::kSkip) {
    return {};
  }
  if (placement.kind == Placement::Kind::kRefuse) {
    if (placement.refusal.rule == rule::kTooManyEntries) {
      return placement.refusal.reason;
    }
    refuse(entry, placement.refusal.reason, placement.refusal.rule);
    return {};
  }
  if (!placement.warning.ok() && options_.hooks.on_note) {
    options_.hooks.on_note(placement.warning);
  }
  if (entry.type == EntryType::kFile) {
    return take_file(entry, range, placement);
  }
  if (entry.type == EntryType::kDirectory) {
    if (Status made = writer_.make_directory(entry, placement.path); !made.ok()) {
      if (!concerns_one_member(made)) {
        return made;
      }
      refuse(entry, made, rule_of(made));
      return {};
    }
  } else {
    writer_.defer(entry, placement.path);
  }
  ++counts_.entries;
  if (options_.hooks.on_entry) {
    options_.hooks.on_entry(entry);
  }
  return {};
}

Status ExtractPlan::take_file(const Entry& entry, const warp_index::MemberRange& range,
                              const Placement& placement) {
  const auto total = checked_add(planned_bytes_, entry.size);
  if (!total || *total > options_.limits.max_output) {
    return {Code::kLimitExceeded, "output is larger than the limit of " +
                                      std::to_string(options_.limits.max_output) + " bytes"};
  }
  if (*total > kRatioFreeBytes &&
      static_cast<double>(*total) >
          options_.limits.max_ratio * static_cast<double>(archive_bytes_)) {
    return {Code::kLimitExceeded,
            "the archive unpacks to more than the allowed multiple of its size"};
  }
  if (store_.size() == UINT32_MAX) {
    return {Code::kLimitExceeded, "more than 2^32 - 1 files"};
  }
  planned_bytes_ = *total;
  const PlannedFile file{.offset = range.offset,
                         .length = range.length,
                         .member = static_cast<std::uint32_t>(store_.size())};
  store_.add(entry);
  if (placement.path != entry.path) {
    renamed_.emplace(file.member, placement.path);
  }
  (placement.duplicate ? late_ : range.length == 0 ? empty_ : files_).push_back(file);
  return {};
}

}  // namespace kompakt
